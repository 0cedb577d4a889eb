"""What there is to say of a page beside how much it is used: its discussions, and how soon somebody answers there."""

from statistics import median

from msgspec import Struct
from sqlalchemy import case, func, literal_column, select

from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader

ANSWERS_MAX = 1_000

_chats = tables.conversation
_comments = tables.comment
_live = _chats.c.deleted_at.is_(None) & _chats.c.meant_for.is_(None)
_FACTS = sql(
    select(
        func.count(),
        func.sum(case((_chats.c.resolved_at.is_(None), literal_column("1")), else_=literal_column("0"))),
        func.max(_chats.c.page_title),
    )
    .select_from(_chats)
    .where(*where(_chats, "tenant_id", "page"), _live)
)
_first_answer = (
    select(func.min(_comments.c.created_at))
    .where(
        _comments.c.tenant_id == _chats.c.tenant_id,
        _comments.c.thread == _chats.c.thread,
        _comments.c.author_id != _chats.c.created_by_id,
        _comments.c.deleted_at.is_(None),
        _comments.c.state == literal_column("'shown'"),
    )
    .scalar_subquery()
)
_ANSWERS = sql(
    select(_first_answer - _chats.c.created_at)
    .where(*where(_chats, "tenant_id", "page"), _live)
    .order_by(_chats.c.created_at.desc())
    .limit(literal_column(str(ANSWERS_MAX)))
    .offset(literal_column("0"))
)


_COUNT_COMMENTS = sql(select(func.count()).select_from(_comments).where(*where(_comments, "tenant_id")))


class Facts(Struct, frozen=True):
    """A page's discussions now; `first_answer_ms` is the median time to another person's first reply, if any came."""

    title: str | None
    conversations: int
    unresolved: int
    first_answer_ms: int | None


def find_facts(reader: Reader, tenant_id: str, page: str) -> Facts:
    """What there is to say of a page; of very many discussions, the latest tell how soon somebody answers."""
    key = {"tenant_id": tenant_id, "page": page}
    row = reader.one(_FACTS, key)
    assert row is not None
    waits = [wait for (wait,) in reader.all(_ANSWERS, key) if wait is not None]
    return Facts(row[2], row[0], row[1] or 0, round(median(waits)) if waits else None)


def count_comments(reader: Reader, tenant_id: str) -> int:
    """How many comments of a tenant are stored, whatever has become of them."""
    row = reader.one(_COUNT_COMMENTS, {"tenant_id": tenant_id})
    assert row is not None
    return int(row[0])
