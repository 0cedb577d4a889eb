"""The API keys of tenants, sealed: several at once, so that one can be replaced while it is still in use."""

import secrets

from msgspec import Struct
from sqlalchemy import bindparam, delete, select, update

from collabchat.errors import NotFound
from collabchat.storage import rights, staff, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

_table = tables.api_key
_SELECT_ALL = sql(select(_table).order_by(_table.c.created_at, _table.c.id))
_INSERT = insert_row(_table)
_END = sql(
    update(_table)
    .values(ends_at=bindparam("end"))
    .where(*where(_table, "tenant_id", "id"), _table.c.ends_at.is_(None) | (_table.c.ends_at > bindparam("end")))
)
_DELETE_ENDED = sql(delete(_table).where(_table.c.ends_at < bindparam("before")))


class ApiKey(Struct, frozen=True):
    """A key, encrypted under the server's; `origin`: it proves people on that site only. Times are epoch ms."""

    tenant_id: str
    id: str
    sealed: str
    origin: str | None
    created_at: int
    ends_at: int | None

    def is_valid(self, now: int) -> bool:
        """Whether it can be used."""
        return self.ends_at is None or now < self.ends_at


def list_all(reader: Reader) -> list[ApiKey]:
    """The keys of all tenants, oldest first."""
    return [ApiKey(*row) for row in reader.all(_SELECT_ALL, {})]


def list_of(reader: Reader, tenant_id: str, now: int) -> list[ApiKey]:
    """The valid keys of a tenant, oldest first."""
    return [key for key in list_all(reader) if key.tenant_id == tenant_id and key.is_valid(now)]


def add(transaction: Transaction, tenant_id: str, sealed: str, now: int, origin: str | None = None) -> ApiKey:
    """Store a new key."""
    key = ApiKey(tenant_id, f"k{secrets.token_hex(4)}", sealed, origin, now, None)
    transaction.run(
        _INSERT,
        {"tenant_id": tenant_id, "id": key.id, "sealed": sealed, "origin": origin, "created_at": now, "ends_at": None},
    )
    return key


def end(transaction: Transaction, tenant_id: str, key_id: str, at: int, now: int) -> None:
    """Let a key end at `at` (epoch ms), and with it the sessions that it proved; raises NotFound.

    The invitations that were made with it end now: else somebody could come in by them later.
    """
    if key_id not in {key.id for key in list_of(transaction, tenant_id, now)}:
        raise NotFound
    transaction.run(_END, {"tenant_id": tenant_id, "id": key_id, "end": at})
    staff.close_invitations_by(transaction, f"key:{key_id}", now)
    rights.note(transaction, tenant_id, "key", key_id, now)


def prune(transaction: Transaction, now: int) -> None:
    """Forget keys that have ended, and with them what they sealed."""
    transaction.run(_DELETE_ENDED, {"before": now})
