"""Tenants: the customers of one server. Written by the command line, beside a running server too."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Rules, Tenant
from collabchat.errors import InvalidTenant
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Row, Transaction

_table = tables.tenant
_SELECT_ALL = sql(select(_table).order_by(_table.c.id))
_SELECT = sql(select(_table).where(*where(_table, "id")))
_insert = insert(_table)
_STORE = sql(
    _insert.on_conflict_do_update(
        index_elements=["id"], set_={column.name: _insert.excluded[column.name] for column in _table.columns}
    )
)
_DELETE = sql(delete(_table).where(*where(_table, "id")))


class TenantChanges(Struct, frozen=True):
    """What to change of a tenant; UNSET leaves it, as does a rule that is not named (by its name in `Rules`)."""

    name: str | UnsetType = UNSET
    origins: tuple[str, ...] | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET
    rules: Mapping[str, object] = {}


def list_all(reader: Reader) -> list[Tenant]:
    """Every tenant, disabled ones too, by id."""
    return [_read(row) for row in reader.all(_SELECT_ALL, {})]


def find(reader: Reader, tenant_id: str) -> Tenant:
    """The tenant by this id; raises InvalidTenant."""
    if (row := reader.one(_SELECT, {"id": tenant_id})) is None:
        raise InvalidTenant
    return _read(row)


def store(transaction: Transaction, tenant: Tenant) -> None:
    """Insert a tenant, or replace what is stored of it."""
    transaction.run(
        _STORE,
        {
            "id": tenant.id,
            "name": tenant.name,
            "origins": msgspec.json.encode(tenant.origins).decode(),
            "rules": msgspec.json.encode(tenant.rules).decode(),
            "is_enabled": tenant.is_enabled,
            "created_at": tenant.created_at,
        },
    )


def change(transaction: Transaction, tenant_id: str, changes: TenantChanges) -> Tenant:
    """Change a tenant's name, origins or rules; raises InvalidTenant."""
    tenant = find(transaction, tenant_id)
    given = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    given["rules"] = replace(tenant.rules, **changes.rules)
    changed = replace(tenant, **given)
    store(transaction, changed)
    return changed


def remove(transaction: Transaction, tenant_id: str) -> None:
    """Delete a tenant with everything that belongs to it; raises InvalidTenant."""
    if transaction.run(_DELETE, {"id": tenant_id}) == 0:
        raise InvalidTenant


def _read(row: Row) -> Tenant:
    id_, name, origins, rules, is_enabled, created_at = row
    allowed = msgspec.json.decode(origins, type=tuple[str, ...])
    return Tenant(id_, name, allowed, created_at, bool(is_enabled), msgspec.json.decode(rules, type=Rules))
