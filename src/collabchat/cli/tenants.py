"""`collabchat tenant …`: create and change tenants, their rules and their API keys."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
from msgspec import UNSET, Struct

from collabchat.cli.data import check_id, in_data, json_option, on_tenant, print_json, show
from collabchat.clock import now_ms
from collabchat.core.model import RESERVED_TENANT_IDS, Rules, Tenant
from collabchat.identity.keys import ServerKey
from collabchat.identity.origins import normalize_origin
from collabchat.settings import Settings, Switch, with_options
from collabchat.storage import api_keys, tenants
from collabchat.storage.tenants import TenantChanges
from collabchat.storage.transaction import Transaction

HOUR_MS = 3_600_000
OVERLAP_MAX_HOURS = 24 * 30

Command = TypeVar("Command", bound=Callable[..., Any])


class Words(click.ParamType[tuple[str, ...]]):
    """Words and phrases, parted by commas."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words; nothing clears the list."""
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        if any(len(word) > WORD_MAX for word in words) or len(words) > WORDS_MAX:
            self.fail(f"at most {WORDS_MAX} words of {WORD_MAX} characters.", param, ctx)
        return words


WORDS_MAX = 1_000
WORD_MAX = 100


class Rule(Struct, frozen=True):
    """One row of the table of rules; `field` is its name in `core.model.Rules`."""

    field: str
    type: click.ParamType[Any]
    help: str

    @property
    def option(self) -> str:
        """The flag."""
        return f"--{self.field.replace('_', '-')}"


def _who(doing: str) -> click.Choice[str]:
    return click.Choice(
        [
            "authors" if doing == "delete" else "anyone",
            *([] if doing == "delete" else ["members"]),
            "moderators",
            "admins",
        ]
    )


RULES = (
    Rule("guests", Switch(), "Whether people may write with no more than a name (default: on)."),
    Rule(
        "require_sso", click.Choice(["no", "simple", "secure"]),
        "Whether people must have signed in on the site to read and write, in any form or in the proved one (no).",
    ),
    Rule("start", _who("start"), "Who may start a discussion (default: anyone); members: proved by secure SSO."),
    Rule("reply", _who("reply"), "Who may reply (default: anyone)."),
    Rule("resolve", _who("resolve"), "Who may resolve and reopen (default: anyone)."),
    Rule("delete", _who("delete"), "Who may delete what they wrote (default: authors, and who stands further)."),
    Rule(
        "page_access", click.Choice(["closed", "open"]),
        "Whether people without any groups see pages that have some, as with FastComments (default: closed).",
    ),
    Rule("presence_names", click.Choice(["everyone", "nobody"]), "Who sees who is viewing (default: everyone)."),
    Rule("max_comment_length", click.IntRange(1, 20_000), "Characters a comment may have (default: 2000)."),
    Rule("max_links", click.IntRange(0, 1_000), "Links a comment may have (default: 5)."),
    Rule("blocked_words", Words(), "Words and phrases that are not taken, parted by commas; `casino*` for beginnings."),
    Rule("writes_per_minute", click.IntRange(0, 1_000_000), "Of all its people together; 0: as the server says."),
    Rule("retention_days", click.IntRange(0, 36_500), "Discussions quiet for so long are deleted; 0 keeps them all."),
)  # fmt: skip


def with_rules(command: Command) -> Command:
    """Give a command a flag for each rule; all come as `rules`, those not given as None."""
    for rule in reversed(RULES):
        command = click.option(rule.option, rule.field, type=rule.type, help=rule.help)(command)
    return command


def _check_new_id(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value in RESERVED_TENANT_IDS:
        raise click.BadParameter(f"{value!r} is reserved: the ids of guests begin so.")
    return check_id(context, parameter, value)


def _check_origins(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_check_origin(_context, _parameter, value) or "" for value in values))


def _check_origin(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    origin = None if value is None else normalize_origin(value)
    if value is not None and origin is None:
        raise click.BadParameter(
            f"{value!r} must look like https://example.com, without a path; http:// only on loopback."
        )
    return origin


_id = click.argument("tenant_id", metavar="ID", callback=check_id)
_origin = click.option(
    "--origin", "origins", multiple=True, callback=_check_origins, help="A site that may use it; repeat for more."
)
_key_origin = click.option("--origin", callback=_check_origin, help="For a key that proves people on this site only.")


@click.group()
def tenant() -> None:
    """Create and change tenants, also beside a running server."""


@tenant.command("create")
@click.argument("tenant_id", metavar="ID", callback=_check_new_id)
@click.option("--name", required=True, help="What people call it.")
@_origin
@with_rules
@json_option
@with_options("tenant")
def create_tenant(tenant_id: str, name: str, origins: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Create a tenant and print its API key, once."""
    if not origins:
        raise click.UsageError("Missing option '--origin': give the site that will use it, like https://example.com.")
    rules = _take_rules(options)

    def store(transaction: Transaction, key: ServerKey) -> str:
        if any(each.id == tenant_id for each in tenants.list_all(transaction)):
            raise click.UsageError(f"The tenant {tenant_id!r} exists already: see `collabchat tenant update`.")
        api_key = create(transaction, key, tenant_id, name, origins)
        tenants.change(transaction, tenant_id, TenantChanges(rules=rules))
        return api_key

    _print_key(tenant_id, in_data(Settings(**options), store), as_json=as_json)


@tenant.command("list")
@json_option
@with_options("tenant")
def list_tenants(as_json: bool, **options: Any) -> None:
    """List all tenants."""
    found = in_data(Settings(**options), lambda transaction, _key: tenants.list_all(transaction))
    if as_json:
        print_json({"tenants": [_describe(each) for each in found]})
    for each in [] if as_json else found:
        click.echo(f"{each.id}\t{each.name}\t{'enabled' if each.is_enabled else 'disabled'}\t{' '.join(each.origins)}")


@tenant.command("show")
@_id
@json_option
@with_options("tenant")
def show_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Show a tenant's settings."""
    show(_describe(on_tenant(options, tenant_id, lambda _transaction, _key, found: found)), as_json=as_json)


@tenant.command("update")
@_id
@click.option("--name", help="What people call it.")
@_origin
@with_rules
@click.option("--enabled", type=Switch(), help="off: refuses everything until it is on again.")
@json_option
@with_options("tenant")
def update_tenant(
    tenant_id: str,
    name: str | None,
    origins: tuple[str, ...],
    enabled: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Change a tenant; the origins given replace all it had."""
    changes = TenantChanges(
        UNSET if name is None else name, origins or UNSET, UNSET if enabled is None else enabled, _take_rules(options)
    )
    changed = on_tenant(
        options, tenant_id, lambda transaction, _key, _: tenants.change(transaction, tenant_id, changes)
    )
    show(_describe(changed), as_json=as_json)


@tenant.command("disable")
@_id
@json_option
@with_options("tenant")
def disable_tenant(tenant_id: str, as_json: bool, **options: Any) -> None:
    """Refuse everything for a tenant, and keep its data."""
    changes = TenantChanges(is_enabled=False)
    changed = on_tenant(
        options, tenant_id, lambda transaction, _key, _: tenants.change(transaction, tenant_id, changes)
    )
    show(_describe(changed), as_json=as_json)


@tenant.command("rotate-key")
@_id
@_key_origin
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, OVERLAP_MAX_HOURS),
    default=0,
    show_default=True,
    help="How long the keys before it are still good, so that nothing stops while the site takes the new one.",
)
@json_option
@with_options("tenant")
def rotate_key(tenant_id: str, origin: str | None, overlap_hours: int, as_json: bool, **options: Any) -> None:
    """Make a new API key and print it, once; those before it, with the same --origin or none, end."""

    def rotate(transaction: Transaction, key: ServerKey, found: Tenant) -> str:
        if origin is not None and origin not in found.origins:
            raise click.UsageError(f"{origin} is not one of the tenant's origins: {' '.join(found.origins)}.")
        now = now_ms()
        for old in api_keys.list_of(transaction, tenant_id, now):
            if old.origin == origin:
                api_keys.end(transaction, tenant_id, old.id, now + overlap_hours * HOUR_MS, now)
        api_key = _new_api_key()
        api_keys.add(transaction, tenant_id, key.seal(api_key), now, origin)
        return api_key

    _print_key(tenant_id, on_tenant(options, tenant_id, rotate), as_json=as_json)


@tenant.command("keys")
@_id
@json_option
@with_options("tenant")
def list_keys(tenant_id: str, as_json: bool, **options: Any) -> None:
    """List a tenant's API keys by their ids; the keys themselves are shown only when they are made."""
    found = on_tenant(
        options, tenant_id, lambda transaction, _key, _: api_keys.list_of(transaction, tenant_id, now_ms())
    )
    keys = [
        {"keyId": key.id, "origin": key.origin, "createdAt": key.created_at, "endsAt": key.ends_at} for key in found
    ]
    if as_json:
        print_json({"tenantId": tenant_id, "keys": keys})
    for key in [] if as_json else found:
        click.echo(f"{key.id}\t{key.origin or 'all origins'}\t{'ends soon' if key.ends_at else 'valid'}")


@tenant.command("revoke-key")
@_id
@click.argument("key_id", metavar="KEY-ID")
@json_option
@with_options("tenant")
def revoke_key(tenant_id: str, key_id: str, as_json: bool, **options: Any) -> None:
    """End an API key at once, and with it all sessions that it proved."""

    def revoke(transaction: Transaction, _key: ServerKey, _tenant: Tenant) -> None:
        now = now_ms()
        if key_id not in {key.id for key in api_keys.list_of(transaction, tenant_id, now)}:
            raise click.UsageError(f"There is no key {key_id!r}: see `collabchat tenant keys {tenant_id}`.")
        api_keys.end(transaction, tenant_id, key_id, now, now)

    on_tenant(options, tenant_id, revoke)
    show({"tenantId": tenant_id, "keyId": key_id, "revoked": True}, as_json=as_json)


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
    on_tenant(options, tenant_id, lambda transaction, _key, _: tenants.remove(transaction, tenant_id))
    show({"tenantId": tenant_id, "deleted": True}, as_json=as_json)


def create(transaction: Transaction, key: ServerKey, tenant_id: str, name: str, origins: tuple[str, ...]) -> str:
    """Make a tenant with its first API key, and return that."""
    now, api_key = now_ms(), _new_api_key()
    tenants.store(transaction, Tenant(tenant_id, name, origins, now))
    api_keys.add(transaction, tenant_id, key.seal(api_key), now)
    return api_key


def _new_api_key() -> str:
    return secrets.token_urlsafe(32)


def _take_rules(options: dict[str, Any]) -> dict[str, object]:
    """Take the rules that were given out of a command's options."""
    given = {rule.field: options.pop(rule.field) for rule in RULES}
    return {name: value for name, value in given.items() if value is not None}


def _describe(it: Tenant) -> dict[str, Any]:
    """A tenant as it is shown, all rules included."""
    names = dict(zip(Rules.__struct_fields__, Rules.__struct_encode_fields__, strict=True))
    rules = {names[name]: value for name, value in msgspec.structs.asdict(it.rules).items()}
    return {
        "tenantId": it.id,
        "name": it.name,
        "origins": list(it.origins),
        "enabled": it.is_enabled,
        **rules,
        "createdAt": it.created_at,
    }


def _print_key(tenant_id: str, api_key: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"tenantId": tenant_id, "apiKey": api_key})
        return
    click.echo(f"tenantId: {tenant_id}\napiKey: {api_key}")
    click.echo("Keep the API key secret: it signs your users in, and is shown only now.", err=True)
