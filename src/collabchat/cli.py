"""The command line: `collabchat demo | serve | tenant … | migrate`. Exit codes: 0 ok, 2 usage, 3 could not start."""

import secrets
import sqlite3
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
from msgspec import UNSET

from collabchat.clock import now_ms
from collabchat.core.model import ID_PATTERN, Tenant
from collabchat.errors import InvalidTenant, StartupError
from collabchat.identity.keys import ServerKey
from collabchat.identity.origins import normalize_origin
from collabchat.settings import Settings, Switch, with_options
from collabchat.storage import tenants
from collabchat.storage.schema import migrate as migrate_schema
from collabchat.storage.sqlite import connect
from collabchat.storage.tenants import StoredTenant, TenantChanges
from collabchat.storage.transaction import Transaction

EXIT_USAGE = 2
EXIT_STARTUP = 3

T = TypeVar("T")


def main() -> None:
    """Run a command; a mistake is told in one line that says what would be right."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"collabchat: {error.format_message()}", err=True)
        sys.exit(EXIT_USAGE)
    except StartupError as error:
        click.echo(f"collabchat: {error}", err=True)
        sys.exit(EXIT_STARTUP)
    sys.exit(code if isinstance(code, int) else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="collabchat")
def cli() -> None:
    """Live inline discussions for any web page, on your own server."""


@cli.command()
@with_options("demo")
def demo(**options: Any) -> None:
    """Serve a demo site with real articles, and a tenant that takes guests."""
    from collabchat import serving  # noqa: PLC0415 - the web framework, which only serving needs, loads for a second

    settings = Settings(**options)
    serving.check_transport(settings)

    def add_tenant(port: int) -> None:
        scheme = settings.scheme
        hosts = {settings.host, "127.0.0.1", "localhost"} - {"0.0.0.0", "::"}  # noqa: S104 - left out, not bound
        origins = (
            normalize_origin(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}") for host in sorted(hosts)
        )
        allowed = tuple(origin for origin in origins if origin is not None)

        def store(transaction: Transaction, key: ServerKey) -> None:
            try:
                tenants.change(transaction, "demo", TenantChanges(origins=allowed))
            except InvalidTenant:
                _create(transaction, key, "demo", "Demo", allowed)

        _in_data(settings, store)

    serving.run(settings, with_demo=True, before=add_tenant)


@cli.command()
@with_options("serve")
def serve(**options: Any) -> None:
    """Serve for production."""
    from collabchat import serving  # noqa: PLC0415 - the web framework, which only serving needs, loads for a second

    settings = Settings(**options)
    serving.check_transport(settings)
    if not _in_data(settings, lambda transaction, _key: tenants.list_all(transaction)):
        raise StartupError(
            "There is no tenant yet: run `collabchat tenant create ID --name NAME --origin https://your.site` first."
        )
    serving.run(settings, with_demo=False)


@cli.command()
@with_options("migrate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def migrate(as_json: bool, **options: Any) -> None:
    """Create the database's schema, or bring it up to date."""
    settings = Settings(**options)
    before, after = migrate_schema(settings.database_path)
    if as_json:
        _print_json({"from": before, "to": after})
    elif before == after:
        click.echo(f"{settings.database_path} is up to date (schema {after}).")
    else:
        click.echo(f"{settings.database_path}: schema {before or 'none'} → {after}.")


@cli.group()
def tenant() -> None:
    """Create and change tenants, also beside a running server."""


def _check_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if ID_PATTERN.fullmatch(value) is None:
        raise click.BadParameter(f"{value!r} must be 1-64 letters, digits or . _ ~ -")
    return value


def _check_origins(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    origins = []
    for value in values:
        origin = normalize_origin(value)
        if origin is None:
            raise click.BadParameter(
                f"{value!r} must look like https://example.com, without a path; http:// only on loopback."
            )
        origins.append(origin)
    return tuple(dict.fromkeys(origins))


_id = click.argument("tenant_id", metavar="ID", callback=_check_id)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_origin = click.option(
    "--origin", "origins", multiple=True, callback=_check_origins, help="A site that may use it; repeat for more."
)
_guests = click.option(
    "--guests", type=Switch(), help="Whether people may write with no more than a name (default: on)."
)
_presence = click.option(
    "--presence-names", type=click.Choice(["everyone", "nobody"]), help="Who sees who is viewing (default: everyone)."
)
_length = click.option(
    "--max-comment-length", type=click.IntRange(1, 20_000), help="Characters a comment may have (default: 2000)."
)


@tenant.command("create")
@_id
@click.option("--name", required=True, help="What people call it.")
@_origin
@_guests
@_presence
@_length
@_json
@with_options("tenant")
def create_tenant(
    tenant_id: str,
    name: str,
    origins: tuple[str, ...],
    guests: bool | None,
    presence_names: str | None,
    max_comment_length: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Create a tenant and print its API key, once."""
    if not origins:
        raise click.UsageError("Missing option '--origin': give the site that will use it, like https://example.com.")
    settings = Settings(**options)

    def store(transaction: Transaction, key: ServerKey) -> str:
        if any(stored.tenant.id == tenant_id for stored in tenants.list_all(transaction)):
            raise click.UsageError(f"The tenant {tenant_id!r} exists already: see `collabchat tenant update`.")
        api_key = _create(transaction, key, tenant_id, name, origins)
        tenants.change(
            transaction, tenant_id, _changes(guests=guests, presence_names=presence_names, length=max_comment_length)
        )
        return api_key

    _print_key(tenant_id, _in_data(settings, store), as_json=as_json)


@tenant.command("list")
@_json
@with_options("tenant")
def list_tenants(as_json: bool, **options: Any) -> None:
    """List all tenants."""
    found = [
        stored.tenant
        for stored in _in_data(Settings(**options), lambda transaction, _key: tenants.list_all(transaction))
    ]
    if as_json:
        _print_json({"tenants": [_describe(each) for each in found]})
    for each in [] if as_json else found:
        click.echo(f"{each.id}\t{each.name}\t{'enabled' if each.is_enabled else 'disabled'}\t{' '.join(each.origins)}")


@tenant.command("show")
@_id
@_json
@with_options("tenant")
def show_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Show a tenant's settings."""
    found = _on_tenant(options, lambda transaction, _key: tenants.find(transaction, tenant_id)).tenant
    _print(_describe(found), as_json=as_json)


@tenant.command("update")
@_id
@click.option("--name", help="What people call it.")
@_origin
@_guests
@_presence
@_length
@click.option("--enabled", type=Switch(), help="off: refuses everything until it is on again.")
@_json
@with_options("tenant")
def update_tenant(
    tenant_id: str,
    name: str | None,
    origins: tuple[str, ...],
    guests: bool | None,
    presence_names: str | None,
    max_comment_length: int | None,
    enabled: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Change a tenant; the origins given replace all it had."""
    changes = _changes(
        name=name,
        origins=origins or None,
        guests=guests,
        presence_names=presence_names,
        length=max_comment_length,
        enabled=enabled,
    )
    changed = _on_tenant(options, lambda transaction, _key: tenants.change(transaction, tenant_id, changes))
    _print(_describe(changed), as_json=as_json)


@tenant.command("disable")
@_id
@_json
@with_options("tenant")
def disable_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Refuse everything for a tenant, and keep its data."""
    changes = TenantChanges(is_enabled=False)
    changed = _on_tenant(options, lambda transaction, _key: tenants.change(transaction, tenant_id, changes))
    _print(_describe(changed), as_json=as_json)


@tenant.command("rotate-key")
@_id
@_json
@with_options("tenant")
def rotate_key(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Make a new API key and print it, once; the old one is void at once."""

    def rotate(transaction: Transaction, key: ServerKey) -> str:
        api_key = _new_api_key()
        stored = tenants.find(transaction, tenant_id)
        tenants.store(transaction, StoredTenant(stored.tenant, key.seal(api_key)))
        return api_key

    _print_key(tenant_id, _on_tenant(options, rotate), as_json=as_json)


@tenant.command("delete")
@_id
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@with_options("tenant")
def delete_tenant(tenant_id: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Delete a tenant with all its discussions."""
    _on_tenant(options, lambda transaction, _key: tenants.find(transaction, tenant_id))
    if not yes:
        click.confirm(f"Delete the tenant {tenant_id!r} with everything that was written there?", abort=True, err=True)
    _on_tenant(options, lambda transaction, _key: tenants.remove(transaction, tenant_id))
    _print({"tenantId": tenant_id, "deleted": True}, as_json=as_json)


def _in_data(settings: Settings, work: Callable[[Transaction, ServerKey], T]) -> T:
    """Do some work in one transaction on the data, made or migrated if need be."""
    migrate_schema(settings.database_path)
    key = ServerKey.load(settings.data_dir)
    connection = connect(settings.database_path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = work(Transaction(connection, ""), key)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise StartupError(f"The database {settings.database_path} cannot be used: {error}.") from error
    finally:
        connection.close()
    return result


def _on_tenant(options: dict[str, Any], work: Callable[[Transaction, ServerKey], T]) -> T:
    try:
        return _in_data(Settings(**options), work)
    except InvalidTenant as error:
        raise click.UsageError(f"{error} `collabchat tenant list` shows all.") from error


def _new_api_key() -> str:
    return secrets.token_urlsafe(32)


def _create(transaction: Transaction, key: ServerKey, tenant_id: str, name: str, origins: tuple[str, ...]) -> str:
    api_key = _new_api_key()
    made = Tenant(tenant_id, name, origins, now_ms())
    tenants.store(transaction, StoredTenant(made, key.seal(api_key)))
    return api_key


def _changes(
    *,
    name: str | None = None,
    origins: tuple[str, ...] | None = None,
    guests: bool | None = None,
    presence_names: str | None = None,
    length: int | None = None,
    enabled: bool | None = None,
) -> TenantChanges:
    def given(value: T | None) -> Any:
        return UNSET if value is None else value

    return TenantChanges(
        given(name), given(origins), given(enabled), given(guests), given(presence_names), given(length)
    )


def _describe(it: Tenant) -> dict[str, Any]:
    return {
        "tenantId": it.id,
        "name": it.name,
        "origins": list(it.origins),
        "enabled": it.is_enabled,
        "guests": it.allows_guests,
        "presenceNames": it.presence_names,
        "maxCommentLength": it.max_comment_length,
        "createdAt": it.created_at,
    }


def _print(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print_json(values)
        return
    for name, value in values.items():
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        click.echo(f"{name}: {' '.join(shown) if isinstance(shown, list) else shown}")


def _print_key(tenant_id: str, api_key: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"tenantId": tenant_id, "apiKey": api_key})
        return
    click.echo(f"tenantId: {tenant_id}\napiKey: {api_key}")
    click.echo("Keep the API key secret: it signs your users in, and is shown only now.", err=True)


def _print_json(value: dict[str, Any]) -> None:
    click.echo(msgspec.json.encode(value).decode())
