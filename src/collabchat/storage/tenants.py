"""Tenants: the customers of one server. Written by the command line, beside a running server too."""

import msgspec
from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Tenant
from collabchat.errors import InvalidTenant
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Row, Transaction

_table = tables.tenant
_SELECT_ALL = sql(select(_table).order_by(_table.c.id))
_insert = insert(_table)
_STORE = sql(
    _insert.on_conflict_do_update(
        index_elements=["id"], set_={column.name: _insert.excluded[column.name] for column in _table.columns}
    )
)
_DELETE = sql(delete(_table).where(*where(_table, "id")))


class StoredTenant(Struct, frozen=True):
    """A tenant with its API key, encrypted under the server's key."""

    tenant: Tenant
    sealed_api_key: str


class TenantChanges(Struct, frozen=True):
    """What to change of a tenant; UNSET leaves it."""

    name: str | UnsetType = UNSET
    origins: tuple[str, ...] | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET
    allows_guests: bool | UnsetType = UNSET
    presence_names: str | UnsetType = UNSET
    max_comment_length: int | UnsetType = UNSET


def list_all(reader: Reader) -> list[StoredTenant]:
    """Every tenant, disabled ones too, by id."""
    return [_read(row) for row in reader.all(_SELECT_ALL, {})]


def find(reader: Reader, tenant_id: str) -> StoredTenant:
    """The tenant by this id; raises InvalidTenant."""
    for stored in list_all(reader):
        if stored.tenant.id == tenant_id:
            return stored
    raise InvalidTenant


def store(transaction: Transaction, stored: StoredTenant) -> None:
    """Insert a tenant, or replace what is stored of it."""
    transaction.run(_STORE, _row(stored))


def change(transaction: Transaction, tenant_id: str, changes: TenantChanges) -> Tenant:
    """Change a tenant's name, origins or settings; raises InvalidTenant."""
    stored = find(transaction, tenant_id)
    given = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    changed = msgspec.structs.replace(stored.tenant, **given)
    store(transaction, StoredTenant(changed, stored.sealed_api_key))
    return changed


def remove(transaction: Transaction, tenant_id: str) -> None:
    """Delete a tenant with everything that belongs to it; raises InvalidTenant."""
    if transaction.run(_DELETE, {"id": tenant_id}) == 0:
        raise InvalidTenant


def _read(row: Row) -> StoredTenant:
    id_, name, origins, api_key, is_enabled, allows_guests, presence_names, max_comment_length, created_at = row
    allowed = msgspec.json.decode(origins, type=tuple[str, ...])
    tenant = Tenant(
        id_, name, allowed, created_at, bool(is_enabled), bool(allows_guests), presence_names, max_comment_length
    )
    return StoredTenant(tenant, api_key)


def _row(stored: StoredTenant) -> dict[str, object]:
    tenant = stored.tenant
    return {
        **msgspec.structs.asdict(tenant),
        "origins": msgspec.json.encode(tenant.origins).decode(),
        "api_key": stored.sealed_api_key,
    }
