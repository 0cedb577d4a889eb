"""Who has read what: per person and thread, up to when."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Tenant
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Transaction

_table = tables.reading
_insert = insert(_table)
_MARK = sql(
    _insert.on_conflict_do_update(
        index_elements=["tenant_id", "user_id", "thread"], set_={"read_at": _insert.excluded.read_at}
    )
)
# An outer join, as that settles the order: the conversations of the page, not all that the person has ever read.
_SELECT_OF_PAGE = sql(
    select(tables.conversation.c.thread, _table.c.read_at)
    .join_from(
        tables.conversation,
        _table,
        (_table.c.tenant_id == tables.conversation.c.tenant_id)
        & (_table.c.thread == tables.conversation.c.thread)
        & (_table.c.user_id == bindparam("user_id")),
        isouter=True,
    )
    .where(*where(tables.conversation, "tenant_id", "page"))
)
_SELECT_OF_THREAD = sql(select(_table.c.read_at).where(*where(_table, "tenant_id", "user_id", "thread")))


def mark(transaction: Transaction, tenant: Tenant, user_id: str, thread: str, read_at: int) -> None:
    """Note that a person has read a thread up to `read_at` (epoch ms)."""
    transaction.run(_MARK, {"tenant_id": tenant.id, "user_id": user_id, "thread": thread, "read_at": read_at})


def of_thread(reader: Reader, tenant: Tenant, user_id: str, thread: str) -> int:
    """Up to when a person has read a thread; 0 when never."""
    row = reader.one(_SELECT_OF_THREAD, {"tenant_id": tenant.id, "user_id": user_id, "thread": thread})
    return 0 if row is None else row[0]


def of_page(reader: Reader, tenant: Tenant, user_id: str, page: str) -> dict[str, int]:
    """Up to when a person has read the threads of a page, by thread."""
    rows = reader.all(_SELECT_OF_PAGE, {"tenant_id": tenant.id, "user_id": user_id, "page": page})
    return {thread: read_at for thread, read_at in rows if read_at is not None}
