"""`collabchat tenant …`: create and change tenants and their rules."""

from typing import Any

import click
from msgspec import UNSET

from collabchat.cli.data import check_id, check_origin, in_data, json_option, note, on_tenant, show, show_all
from collabchat.cli.keys import print_key
from collabchat.cli.rules import take_rules, with_rules
from collabchat.clock import now_ms
from collabchat.core.model import RESERVED_TENANT_IDS, Tenant
from collabchat.core.rules import ID_RESERVED, NAME_EXPECTED, check_name, describe_rules
from collabchat.errors import InvalidInput
from collabchat.identity import tenancy
from collabchat.identity.keys import ServerKey
from collabchat.settings import Settings, Switch, with_options
from collabchat.storage import tenants
from collabchat.storage.tenants import TenantChanges
from collabchat.storage.transaction import Transaction


def _check_new_id(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value in RESERVED_TENANT_IDS:
        raise click.BadParameter(f"{value!r} {ID_RESERVED}")
    return check_id(context, parameter, value)


def _check_name(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else check_name(value)
    except InvalidInput:
        raise click.BadParameter(NAME_EXPECTED) from None


def _check_origins(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_origin(_context, _parameter, value) or "" for value in values))


_id = click.argument("tenant_id", metavar="ID", callback=check_id)
_origin = click.option(
    "--origin", "origins", multiple=True, callback=_check_origins, help="A site that may use it; repeat for more."
)


@click.group()
def tenant() -> None:
    """Create and change tenants, also beside a running server."""


@tenant.command("create")
@click.argument("tenant_id", metavar="ID", callback=_check_new_id)
@click.option("--name", required=True, callback=_check_name, help="What people call it.")
@_origin
@with_rules
@json_option
@with_options("tenant")
def create_tenant(tenant_id: str, name: str, origins: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Create a tenant and print its API key, once."""
    if not origins:
        raise click.UsageError("Missing option '--origin': give the site that will use it, like https://example.com.")
    rules = take_rules(options)

    def store(transaction: Transaction, key: ServerKey) -> str:
        if tenancy.is_taken(transaction, tenant_id):
            raise click.UsageError(f"The tenant {tenant_id!r} exists already: see `collabchat tenant update`.")
        _, api_key = tenancy.create(transaction, key, tenant_id, name, origins, now_ms())
        tenants.change(transaction, tenant_id, TenantChanges(rules=rules))
        note(transaction, tenant_id, "create", "tenant", tenant_id, name=name)
        return api_key

    print_key(tenant_id, in_data(Settings(**options), store, may_begin=True), as_json=as_json)


@tenant.command("list")
@json_option
@with_options("tenant")
def list_tenants(as_json: bool, **options: Any) -> None:
    """List all tenants."""
    found = in_data(Settings(**options), lambda transaction, _key: tenants.list_all(transaction))
    lines = (
        f"{each.id}\t{each.name}\t{'enabled' if each.is_enabled else 'disabled'}\t{' '.join(each.origins)}"
        for each in found
    )
    show_all({"tenants": [_describe(each) for each in found]}, lines, as_json=as_json)


@tenant.command("show")
@_id
@json_option
@with_options("tenant")
def show_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Show a tenant's settings."""
    show(_describe(on_tenant(options, tenant_id, lambda _transaction, _key, found: found)), as_json=as_json)


@tenant.command("update")
@_id
@click.option("--name", callback=_check_name, help="What people call it.")
@_origin
@click.option("--add-origin", "added", multiple=True, callback=_check_origins, help="One site more; repeat for more.")
@with_rules
@click.option("--enabled", type=Switch(), help="off: refuses everything until it is on again.")
@json_option
@with_options("tenant")
def update_tenant(
    tenant_id: str,
    name: str | None,
    origins: tuple[str, ...],
    added: tuple[str, ...],
    enabled: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Change a tenant; what --origin gives replaces all it had, --add-origin adds to them."""
    rules = take_rules(options)

    def change(transaction: Transaction, _key: ServerKey, found: Tenant) -> Tenant:
        changes = TenantChanges(
            UNSET if name is None else name,
            tuple(dict.fromkeys((*(origins or found.origins), *added))) if origins or added else UNSET,
            UNSET if enabled is None else enabled,
            rules,
        )
        given = {"name": name, "origins": [*origins, *added], "enabled": enabled, "rules": sorted(rules)}
        told: dict[str, Any] = {field: value for field, value in given.items() if value not in (None, [])}
        note(transaction, tenant_id, "update", "tenant", tenant_id, **told)
        return tenants.change(transaction, tenant_id, changes)

    show(_describe(on_tenant(options, tenant_id, change)), as_json=as_json)


@tenant.command("disable")
@_id
@json_option
@with_options("tenant")
def disable_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Refuse everything for a tenant, and keep its data."""

    def disable(transaction: Transaction, _key: ServerKey, _tenant: Tenant) -> Tenant:
        note(transaction, tenant_id, "disable", "tenant", tenant_id)
        return tenants.change(transaction, tenant_id, TenantChanges(is_enabled=False))

    changed = on_tenant(options, tenant_id, disable)
    show(_describe(changed), as_json=as_json)


@tenant.command("delete")
@_id
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@with_options("tenant")
def delete_tenant(tenant_id: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Delete a tenant with all its discussions."""
    on_tenant(options, tenant_id, lambda _transaction, _key, found: found)
    if not yes:
        click.confirm(f"Delete the tenant {tenant_id!r} with everything that was written there?", abort=True, err=True)

    def delete(transaction: Transaction, _key: ServerKey, found: Tenant) -> None:
        # Nobody reads the log of a tenant that is gone; that it went concerns the server.
        note(transaction, None, "delete", "tenant", tenant_id, name=found.name)
        tenants.remove(transaction, tenant_id)

    on_tenant(options, tenant_id, delete)
    show({"tenantId": tenant_id, "deleted": True}, as_json=as_json)


def _describe(it: Tenant) -> dict[str, Any]:
    """A tenant as it is shown, all rules included."""
    return {
        "tenantId": it.id,
        "name": it.name,
        "origins": list(it.origins),
        "enabled": it.is_enabled,
        **describe_rules(it.rules),
        "createdAt": it.created_at,
    }
