"""Where a new conversation shall be: who may begin it there, and what its thread is called."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, select

from collabchat.core.model import Anchor, Groups
from collabchat.core.permissions import authorise, require_may_share_with
from collabchat.errors import NotFound
from collabchat.storage import audiences, tables
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Write, new_id

_table = tables.conversation
_SELECT_VARIANTS = sql(
    select(_table.c.thread).where(
        *where(_table, "tenant_id"), _table.c.thread > bindparam("after"), _table.c.thread < bindparam("before")
    )
)


class Place(Struct, frozen=True):
    """Where a new conversation belongs: the page, the thread it asks for, and the words, in all their forms."""

    page: str
    wanted_thread: str
    range: str
    selector: str | None
    page_title: str | None
    anchor: Anchor | None
    groups: Groups | None = None
    """Whom it is private to."""


def require_place(write: Write, place: Place) -> bool:
    """Let pass who may see where a conversation shall be; raises NotFound or Forbidden.

    Returns whether the name that its thread asks for is no name for it: it has been open to people for whom the
    conversation is not, or belongs to one that waits for a moderator, which must be in nobody's way.
    """
    if place.groups is not None:
        require_may_share_with(write.actor, place.groups)
    page, thread = (
        audiences.of_room(write.transaction, write.tenant, room) for room in (place.page, place.wanted_thread)
    )
    is_of_waiting = thread.is_staffs and thread.person is not None
    if is_of_waiting:
        thread = replace(thread, is_staffs=False, person=None)
    for audience in (page, thread):
        authorise(write.tenant.rules, audience, write.actor)
    # Neither a private discussion nor what waits of one person is a page.
    if page.around or page.person is not None:
        raise NotFound
    return place.groups is not None or is_of_waiting or thread.pages != page.pages


def name_thread(write: Write, place: Place, *, is_open: bool) -> str:
    """What a thread is called: as nobody can guess, if others might wait where it was asked for (`is_open`)."""
    if is_open:
        return f"{place.wanted_thread}~{new_id()}"
    return _free_thread(write, place.wanted_thread)


def _free_thread(write: Write, wanted: str) -> str:
    """The wanted name, or with `~2`, `~3` … where others selected the same words before, or are about to."""
    transaction, tenant = write.transaction, write.tenant
    if transaction.room(tenant, wanted).head == 0 and conversation_of_thread(transaction, tenant, wanted) is None:
        return wanted
    stem = f"{wanted}~"
    rows = transaction.all(_SELECT_VARIANTS, {"tenant_id": tenant.id, "after": stem, "before": f"{wanted}\x7f"})
    taken = [int(suffix) for (thread,) in rows if (suffix := thread.removeprefix(stem)).isdecimal()]
    return f"{stem}{max(taken, default=1) + 1}"
