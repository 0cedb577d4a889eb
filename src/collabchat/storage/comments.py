"""Comments: list, add, edit, delete. What rooms are told of each change is `storage.showing`'s."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, exists, literal_column, select, update

from collabchat.core.model import SIMPLE, Actor, Comment, CommentState, Conversation, Tenant
from collabchat.core.moderation import decide, hold, why_wait
from collabchat.core.permissions import require_entry, require_may, require_may_delete, require_owner
from collabchat.core.usage import Counts
from collabchat.errors import ConversationDeleted, Forbidden, Locked, NotFound
from collabchat.storage import audiences, moderation, reading, showing, tables
from collabchat.storage.rows import conversation_of_thread, find_comment, read_comment
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Told, Write, new_id

_table = tables.comment
_INSERT = insert_row(_table)
_seen = (_table.c.state == literal_column("'shown'")) | (
    (_table.c.state == literal_column("'waiting'")) & (_table.c.author_id == bindparam("reader_id"))
)
_OLDEST_FIRST = (
    select(_table)
    .where(*where(_table, "tenant_id", "thread"), _table.c.deleted_at.is_(None), _seen)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_LIST = {
    "OF": sql(_OLDEST_FIRST.order_by(_table.c.created_at, literal_column("rowid"))),
    "NF": sql(_OLDEST_FIRST.order_by(_table.c.created_at.desc(), literal_column("rowid").desc())),
}
_IS_TRUSTED = sql(
    select(
        exists().where(
            *where(_table, "tenant_id", "author_id"),
            _table.c.state == literal_column("'shown'"),
            _table.c.deleted_at.is_(None),
        )
    )
)
_MOVE = sql(
    update(_table).values(thread=bindparam("to"), moved_from=_table.c.thread).where(*where(_table, "tenant_id", "id"))
)


class Words(Struct, frozen=True):
    """What somebody wrote: the text as typed, the HTML made of it, and what came with it."""

    text: str
    html: str
    url: str
    page_title: str | None = None
    parent_id: str | None = None


class Change(Struct, frozen=True):
    """What a change did: the comment, what the page (or its author alone) was told, and what the thread was told."""

    comment: Comment
    page: Told
    thread: Told | None


def find(reader: Reader, tenant: Tenant, comment_id: str) -> Comment:
    """The comment by this id, whoever may see it; raises NotFound when there is none, or it was deleted."""
    if (comment := find_comment(reader, tenant, comment_id)).deleted_at is not None:
        raise NotFound
    return comment


def find_visible(reader: Reader, tenant: Tenant, actor: Actor | None, comment_id: str) -> Comment:
    """The comment by this id, for somebody who may see it; else raises NotFound, as if there were none."""
    require_entry(tenant.rules, actor)
    comment = find(reader, tenant, comment_id)
    audiences.require_visible(reader, tenant, actor, comment.thread)
    _require_seen(comment, actor)
    return comment


def list_thread(
    reader: Reader,
    tenant: Tenant,
    thread: str,
    *,
    newest_first: bool,
    limit: int,
    offset: int,
    reader_id: str = "",
) -> list[Comment]:
    """The comments of a thread that somebody sees, `limit` of them from `offset` on; a limit of -1 means all."""
    statement = _LIST["NF" if newest_first else "OF"]
    key = {"tenant_id": tenant.id, "thread": thread, "reader_id": reader_id}
    return [read_comment(row) for row in reader.all(statement, {**key, "limit": limit, "offset": offset})]


def reason_to_wait(write: Write) -> str | None:
    """The rule by which what the actor writes now has to wait for a moderator, or None."""
    actor = write.actor
    is_trusted = False
    # Whom nobody vouches for by more than a name may be anybody.
    if write.tenant.rules.approval == "first" and not actor.id.startswith(SIMPLE):
        key = {"tenant_id": write.tenant.id, "author_id": actor.id}
        is_trusted = write.transaction.one(_IS_TRUSTED, key) == (1,)
    return why_wait(write.tenant.rules, actor, write.suspicion, is_trusted=is_trusted)


def insert(write: Write, thread: str, words: Words, held_because: str | None) -> Comment:
    """Store a comment; telling of it is the caller's."""
    actor = write.actor
    state: CommentState = "shown" if held_because is None else "waiting"
    row = {
        **write.key(new_id()),
        "thread": thread,
        "parent_id": words.parent_id,
        "author_id": actor.id,
        "author_name": actor.name,
        "author_avatar_src": actor.avatar_src,
        "is_by_guest": actor.is_guest,
        "text": words.text,
        "html": words.html,
        "url": words.url,
        "page_title": words.page_title,
        "address_hash": write.address_hash,
        "created_at": write.now,
        "edited_at": None,
        "deleted_at": None,
        "state": state,
        "held_because": held_because,
        "flag_count": 0,
        "reviewed_at": None,
        "shown_at": write.now,
        "moved_from": None,
    }
    write.transaction.run(_INSERT, row)
    return read_comment(tuple(row.values()))


def add(write: Write, thread: str, words: Words) -> Change:
    """Add a comment to a thread; raises ConversationDeleted, Locked, NotFound for an unknown parent, or Forbidden."""
    audiences.require_visible(write.transaction, write.tenant, write.actor, thread)
    require_may(write.tenant.rules, write.actor, "reply")
    chat = conversation_of_thread(write.transaction, write.tenant, thread)
    if chat is not None and chat.deleted_at is not None:
        raise ConversationDeleted
    require_unlocked(chat)
    if words.parent_id is not None:
        parent = find(write.transaction, write.tenant, words.parent_id)
        _require_seen(parent, write.actor)
        if parent.thread != thread:
            raise NotFound
    held_because = reason_to_wait(write)
    if chat is not None and chat.is_waiting:
        if chat.created_by.id != write.actor.id:
            raise Forbidden("This discussion waits for a moderator: approve it first.")
        # What follows a beginning that waits, waits with it.
        held_because = held_because or "first"
    comment = insert(write, thread, words, held_because)
    write.count("" if chat is None else chat.page, Counts(comment_create_count=1))
    reading.mark(write.transaction, write.tenant, write.actor.id, thread, write.now)
    return _told(write, None, comment)


def edit(write: Write, comment_id: str, text: str, html: str) -> Change:
    """Replace a comment's words, which may have to wait then; raises NotFound, Forbidden, Locked or …Deleted."""
    before, _ = _find_to_change(write, comment_id)
    require_owner(write.actor, before.author.id, "edit this comment")
    after = replace(before, text=text, html=html, edited_at=write.now)
    if before.is_visible and (held_because := reason_to_wait(write)) is not None:
        after = hold(after, held_because, write.now)
    moderation.store(write, after)
    is_intervention = moderation.note_intervention(write, before.author.id, "edit", "comment", comment_id)
    return _told(write, before, after, is_hidden=is_intervention or not after.is_visible)


def remove(write: Write, comment_id: str) -> Change:
    """Delete a comment, and with the last one its conversation; raises NotFound, Forbidden, Locked, …Deleted."""
    before, _ = _find_to_change(write, comment_id)
    require_may_delete(write.tenant.rules, write.actor, before.author.id, "this comment")
    is_intervention = moderation.note_intervention(write, before.author.id, "delete", "comment", comment_id)
    after = decide(before, "delete", write.now) if is_intervention else replace(before, deleted_at=write.now)
    moderation.store(write, after)
    return _told(write, before, after, is_hidden=is_intervention)


def move(write: Write, comment: Comment, thread: str, held_because: str | None) -> Comment:
    """Take a comment out of its thread, telling whoever sees it there, and put it into another, yet untold.

    `held_because` is the rule by which it has to wait there, if it does not wait already. Without one, the logs of the
    place where it was keep it until somebody hides it.
    """
    write.transaction.run(_MOVE, {**write.key(comment.id), "to": thread})
    showing.tell(write, comment, replace(comment, deleted_at=write.now), is_hidden=held_because is not None)
    moved = find(write.transaction, write.tenant, comment.id)
    if held_because is not None:
        moved = hold(moved, held_because, write.now)
        moderation.store(write, moved)
    return moved


def require_unlocked(chat: Conversation | None) -> None:
    """Let pass what changes a conversation that nobody has locked; raises Locked."""
    if chat is not None and chat.locked_at is not None:
        raise Locked


def _require_seen(comment: Comment, actor: Actor | None) -> None:
    """Let pass who may read this comment of a thread that they may see; raises NotFound."""
    is_own = actor is not None and actor.id == comment.author.id and comment.is_waiting
    if not (comment.is_visible or is_own or (actor is not None and actor.is_moderator)):
        raise NotFound


def _find_to_change(write: Write, comment_id: str) -> tuple[Comment, Conversation | None]:
    comment = find_comment(write.transaction, write.tenant, comment_id)
    audiences.require_visible(write.transaction, write.tenant, write.actor, comment.thread)
    if comment.state != "shown":
        _require_seen(comment, write.actor)
    chat = conversation_of_thread(write.transaction, write.tenant, comment.thread)
    if chat is not None and chat.deleted_at is not None and not comment.is_waiting:
        raise ConversationDeleted
    if comment.deleted_at is not None or comment.state == "spam":
        raise NotFound
    require_unlocked(chat)
    return comment, chat


def _told(write: Write, before: Comment | None, after: Comment, *, is_hidden: bool = False) -> Change:
    """Tell the rooms, and moderators if it concerns them."""
    shown = showing.tell(write, before, after, is_hidden=is_hidden)
    if is_hidden or any(each is not None and (each.state != "shown" or each.flag_count) for each in (before, after)):
        moderation.tell_staff(write, after)
    page = shown.page or shown.thread
    assert page is not None
    return Change(after, page, shown.thread)
