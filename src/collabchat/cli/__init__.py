"""The command line. Exit codes: 0 ok, 2 usage, 3 could not start.

`demo` and `serve` run the server; all else works on the data, also beside a running one, which notices within 2 s.
"""

import sys
from typing import Any

import click

from collabchat.cli.data import in_data, print_json
from collabchat.cli.keys import list_keys, revoke_key, rotate_key
from collabchat.cli.people import page, person
from collabchat.cli.staff import make_operators_link, sign_in_link
from collabchat.cli.tenants import tenant
from collabchat.clock import now_ms
from collabchat.errors import InvalidTenant, StartupError
from collabchat.identity import tenancy
from collabchat.identity.keys import ServerKey
from collabchat.identity.origins import normalize_origin
from collabchat.settings import Settings, with_options
from collabchat.storage import tenants
from collabchat.storage.schema import migrate as migrate_schema
from collabchat.storage.tenants import TenantChanges
from collabchat.storage.transaction import Transaction

EXIT_USAGE = 2
EXIT_STARTUP = 3


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

    def add_tenant(port: int) -> str:
        scheme = settings.scheme
        hosts = {settings.host, "127.0.0.1", "localhost"} - {"0.0.0.0", "::"}  # noqa: S104 - left out, not bound
        origins = (
            normalize_origin(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}") for host in sorted(hosts)
        )
        allowed = tuple(origin for origin in origins if origin is not None)

        def store(transaction: Transaction, key: ServerKey) -> str:
            try:
                known = tenants.find(transaction, "demo").origins
                origins = tuple(dict.fromkeys((*allowed, *known)))
                tenants.change(transaction, "demo", TenantChanges(origins=origins))
            except InvalidTenant:
                tenancy.create(transaction, key, "demo", "Demo", allowed, now_ms())
            return make_operators_link(transaction)

        return in_data(settings, store, may_begin=True)

    serving.run(settings, with_demo=True, before=add_tenant)


@cli.command()
@with_options("serve")
def serve(**options: Any) -> None:
    """Serve for production."""
    from collabchat import serving  # noqa: PLC0415 - the web framework, which only serving needs, loads for a second

    settings = Settings(**options)
    serving.check_transport(settings)
    if not in_data(settings, lambda transaction, _key: tenants.list_all(transaction), may_begin=True):
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
        print_json({"from": before, "to": after})
    elif before == after:
        click.echo(f"{settings.database_path} is up to date (schema {after}).")
    else:
        click.echo(f"{settings.database_path}: schema {before or 'none'} → {after}.")


for command in (rotate_key, list_keys, revoke_key):
    tenant.add_command(command)
for command in (tenant, person, page, sign_in_link):
    cli.add_command(command)
