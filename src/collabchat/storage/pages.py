"""The pages of a tenant: those on which somebody has begun a discussion, and those that have been given groups."""

from contextlib import closing
from itertools import islice

from msgspec import Struct
from sqlalchemy import bindparam, exists, func, or_, select, union

from collabchat.core.model import Groups
from collabchat.storage import tables
from collabchat.storage.audiences import decode_groups
from collabchat.storage.sight import Sight
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader

_chats, _pages = tables.conversation, tables.page
_names = union(
    select(_chats.c.page.label("url_id")).where(*where(_chats, "tenant_id"), _chats.c.page > bindparam("after")),
    select(_pages.c.url_id).where(*where(_pages, "tenant_id"), _pages.c.url_id > bindparam("after")),
).subquery()
_LIST = sql(select(_names.c.url_id).order_by(_names.c.url_id))
_IS_KNOWN = sql(
    select(
        or_(exists().where(*where(_chats, "tenant_id", "page")), exists().where(*where(_pages, "tenant_id", "url_id")))
    )
)
_FACTS = sql(
    select(func.min(_chats.c.created_at), func.max(_chats.c.page_title)).where(*where(_chats, "tenant_id", "page"))
)
_COUNTS = sql(
    select(func.count(), func.sum(_chats.c.comment_count)).where(
        *where(_chats, "tenant_id", "page"), _chats.c.deleted_at.is_(None), _chats.c.meant_for.is_(None)
    )
)
_GROUPS = sql(select(_pages.c.groups, _pages.c.created_at).where(*where(_pages, "tenant_id", "url_id")))


class Page(Struct, frozen=True):
    """A page: since when it is known (epoch ms, None: not yet), what is seen there, for whom (None: everybody)."""

    url_id: str
    title: str | None = None
    created_at: int | None = None
    conversations: int = 0
    comments: int = 0
    groups: Groups | None = None


def is_known(reader: Reader, tenant_id: str, url_id: str) -> bool:
    """Whether it is one of the tenant's pages, not just a name that somebody asked for."""
    return reader.one(_IS_KNOWN, {"tenant_id": tenant_id, "page": url_id, "url_id": url_id}) == (1,)


def find_page(reader: Reader, tenant_id: str, url_id: str) -> Page:
    """What is known of a page; of one that nobody knows, nothing."""
    key = {"tenant_id": tenant_id, "page": url_id, "url_id": url_id}
    began_at, title = reader.one(_FACTS, key) or (None, None)
    conversations, comments = reader.one(_COUNTS, key) or (0, 0)
    groups, given_at = reader.one(_GROUPS, key) or (None, None)
    known_at = min((at for at in (began_at, given_at) if at is not None), default=None)
    return Page(url_id, title, known_at, conversations, comments or 0, decode_groups(groups))


def list_pages(reader: Reader, tenant_id: str, sight: Sight, after: str, limit: int) -> list[Page]:
    """The pages of a tenant by urlId that somebody may see, those after `after`."""
    with closing(reader.each(_LIST, {"tenant_id": tenant_id, "after": after})) as rows:
        names = list(islice((url_id for (url_id,) in rows if sight.has(url_id)), limit))
    return [find_page(reader, tenant_id, url_id) for url_id in names]
