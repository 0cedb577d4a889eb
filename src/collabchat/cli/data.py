"""The data, as commands work on it, and how they answer."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import msgspec

from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.core.rules import ID_EXPECTED, is_tenant_id
from collabchat.errors import InvalidTenant, Refusal, StartupError
from collabchat.identity.keys import ServerKey
from collabchat.identity.origins import normalize_origin
from collabchat.identity.tenancy import ORIGIN_EXPECTED
from collabchat.settings import Settings
from collabchat.storage import audit, tenants
from collabchat.storage.schema import migrate as migrate_schema
from collabchat.storage.sqlite import connect
from collabchat.storage.transaction import Transaction

T = TypeVar("T")

BY = "operator"
"""Whoever has a shell on the server."""


def in_data(settings: Settings, work: Callable[[Transaction, ServerKey], T], *, may_begin: bool = False) -> T:
    """Do some work in one transaction on the data, migrated if need be.

    Where there is none, it is begun if it `may_begin`; else raises StartupError, as what would be done in another
    folder than the server's would come to nothing.
    """
    if not may_begin and not settings.database_path.exists():
        raise StartupError(
            f"There is no data at {settings.database_path.absolute()}: name the server's folder by --data-dir. "
            "`collabchat demo`, `serve` and `tenant create` begin one."
        )
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


def on_tenant(options: dict[str, Any], tenant_id: str, work: Callable[[Transaction, ServerKey, Tenant], T]) -> T:
    """Do some work on a tenant that is there; what is refused is a mistake in the command."""
    try:
        return in_data(
            Settings(**options), lambda transaction, key: work(transaction, key, tenants.find(transaction, tenant_id))
        )
    except InvalidTenant as error:
        raise click.UsageError(f"{error} `collabchat tenant list` shows all.") from error
    except Refusal as error:
        raise click.UsageError(str(error)) from error


def note(
    transaction: Transaction,
    tenant_id: str | None,
    act: str,
    resource: str,
    subject: str,
    *,
    now: int | None = None,
    **details: object,
) -> None:
    """Write down what was done on the command line, at `now` (epoch ms; None: this moment).

    Without a tenant, it was done to the server.
    """
    actor = Actor(tenant_id or "", BY, "", BY, role="admin")
    audit.note(
        transaction, tenant_id, actor, "cli", act, resource, subject, now_ms() if now is None else now, **details
    )


def check_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A tenant's id."""
    if not is_tenant_id(value):
        raise click.BadParameter(f"{value!r} {ID_EXPECTED}")
    return value


def check_origin(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A site, in its canonical form."""
    origin = None if value is None else normalize_origin(value)
    if value is not None and origin is None:
        raise click.BadParameter(f"{value!r} {ORIGIN_EXPECTED}")
    return origin


tenant_argument = click.argument("tenant_id", metavar="TENANT", callback=check_id)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def show(values: dict[str, Any], *, as_json: bool) -> None:
    """Print what is known of one thing."""
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        click.echo(f"{name}: {' '.join(shown) if isinstance(shown, list | tuple) else shown}")


def show_all(answer: dict[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print a list: as one JSON object, or a line for each thing."""
    if as_json:
        print_json(answer)
        return
    for line in lines:
        click.echo(line)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object to stdout."""
    click.echo(msgspec.json.encode(value).decode())
