"""`collabchat tenant rotate-key, keys, revoke-key`: a tenant's API keys."""

from typing import Any

import click

from collabchat.cli.data import check_id, check_origin, json_option, note, on_tenant, print_json, show, show_all
from collabchat.clock import now_ms
from collabchat.core.model import Tenant
from collabchat.identity import tenancy
from collabchat.identity.keys import ServerKey
from collabchat.settings import with_options
from collabchat.storage import api_keys
from collabchat.storage.transaction import Transaction

_id = click.argument("tenant_id", metavar="ID", callback=check_id)


@click.command("rotate-key")
@_id
@click.option("--origin", callback=check_origin, help="For a key that proves people on this site only.")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, tenancy.OVERLAP_MAX_HOURS),
    default=0,
    show_default=True,
    help="How long the keys before it are still good, so that nothing stops while the site takes the new one.",
)
@json_option
@with_options("tenant")
def rotate_key(tenant_id: str, origin: str | None, overlap_hours: int, as_json: bool, **options: Any) -> None:
    """Make a new API key and print it, once; those before it, with the same --origin or none, end."""

    def rotate(transaction: Transaction, key: ServerKey, found: Tenant) -> str:
        made, api_key = tenancy.rotate_key(transaction, key, found, origin, overlap_hours, now_ms())
        note(transaction, tenant_id, "rotate", "key", made.id, origin=origin, overlap_hours=overlap_hours)
        return api_key

    print_key(tenant_id, on_tenant(options, tenant_id, rotate), as_json=as_json)


@click.command("keys")
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
    lines = (f"{key.id}\t{key.origin or 'all origins'}\t{'ends soon' if key.ends_at else 'valid'}" for key in found)
    show_all({"tenantId": tenant_id, "keys": keys}, lines, as_json=as_json)


@click.command("revoke-key")
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
        note(transaction, tenant_id, "revoke", "key", key_id)

    on_tenant(options, tenant_id, revoke)
    show({"tenantId": tenant_id, "keyId": key_id, "revoked": True}, as_json=as_json)


def print_key(tenant_id: str, api_key: str, *, as_json: bool) -> None:
    """Show a new key, once."""
    if as_json:
        print_json({"tenantId": tenant_id, "apiKey": api_key})
        return
    click.echo(f"tenantId: {tenant_id}\napiKey: {api_key}")
    click.echo("Keep the API key secret: it signs your users in, and is shown only now.", err=True)
