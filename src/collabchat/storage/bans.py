"""Who may not take part: by person, and by address, which is stored only as a salted hash."""

from msgspec.structs import replace
from sqlalchemy import bindparam, delete, select

from collabchat.core.model import Ban, Tenant
from collabchat.errors import NotFound
from collabchat.storage import rights, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Row, Transaction

_table = tables.ban
_names = ("id", "user_id", "address_hash", "reason", "by_id", "created_at", "until", "is_by_admin", "tenant_id")
_columns = (
    select(*(_table.c[name] for name in _names))
    .where(_table.c.until.is_(None) | (_table.c.until > bindparam("now")))
    .order_by(_table.c.created_at, _table.c.id)
)
_SELECT_ALL = sql(_columns)
_SELECT = sql(_columns.where(*where(_table, "tenant_id")))
_INSERT = insert_row(_table)
_DELETE = sql(delete(_table).where(*where(_table, "tenant_id", "id")))
_PRUNE = sql(delete(_table).where(_table.c.until < bindparam("now")))


def add(transaction: Transaction, tenant: Tenant, ban: Ban) -> None:
    """Ban somebody."""
    row = {
        "tenant_id": tenant.id, "id": ban.id, "user_id": ban.user_id, "address_hash": ban.address_hash,
        "reason": ban.reason, "by_id": ban.by_id, "created_at": ban.created_at, "until": ban.until,
        "is_by_admin": ban.is_by_admin,
    }  # fmt: skip
    transaction.run(_INSERT, row)
    _note(transaction, tenant, ban)


def lift(transaction: Transaction, tenant: Tenant, ban_id: str, now: int) -> Ban:
    """Take a ban back; raises NotFound."""
    found = next((ban for ban in list_of(transaction, tenant, now) if ban.id == ban_id), None)
    if found is None:
        raise NotFound
    transaction.run(_DELETE, {"tenant_id": tenant.id, "id": ban_id})
    _note(transaction, tenant, found, now)
    return found


def list_of(reader: Reader, tenant: Tenant, now: int) -> list[Ban]:
    """The bans of a tenant that hold now, oldest first."""
    return [_read(row) for row in reader.all(_SELECT, {"tenant_id": tenant.id, "now": now})]


def list_all(reader: Reader, now: int) -> list[tuple[str, Ban]]:
    """The bans of all tenants that hold now, each with its tenant's id."""
    return [(row[-1], _read(row)) for row in reader.all(_SELECT_ALL, {"now": now})]


def prune(transaction: Transaction, now: int) -> None:
    """Forget bans that are over."""
    transaction.run(_PRUNE, {"now": now})


def _read(row: Row) -> Ban:
    return replace(Ban(*row[:-2]), is_by_admin=bool(row[-2]))


def _note(transaction: Transaction, tenant: Tenant, ban: Ban, now: int | None = None) -> None:
    """A ban by address bars from writing; by person, from watching too."""
    rights.note(transaction, tenant.id, "person", ban.user_id or "", ban.created_at if now is None else now)
