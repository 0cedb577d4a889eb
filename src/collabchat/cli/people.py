"""`collabchat person …` and `collabchat page …`: what an operator does about one person, or one page."""

from typing import Any

import click

from collabchat.cli.data import BY, json_option, note, on_tenant, print_json, show, show_all, tenant_argument
from collabchat.clock import now_ms
from collabchat.core.model import URL_ID_MAX, Ban, Tenant
from collabchat.identity.keys import ServerKey
from collabchat.settings import Settings, with_options
from collabchat.storage import audiences, bans, people, personal
from collabchat.storage.sqlite import truncate_log
from collabchat.storage.transaction import Transaction, new_id

DAY_MS = 24 * 3_600_000


def _check_user(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value:
        raise click.BadParameter("must not be empty.")
    return value


_user = click.argument("user_id", metavar="USER-ID", callback=_check_user)


@click.group()
def person() -> None:
    """Give out or erase one person's data, ban them, sign them out."""


@person.command("export")
@tenant_argument
@_user
@with_options("tenant")
def export(tenant_id: str, user_id: str, **options: Any) -> None:
    """Print all that is stored of a person, as one JSON object."""

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> dict[str, Any]:
        note(transaction, tenant_id, "export", "person", user_id)
        return personal.export(transaction, it, user_id)

    print_json(on_tenant(options, tenant_id, work))


@person.command("erase")
@tenant_argument
@_user
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@with_options("tenant")
def erase(tenant_id: str, user_id: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Erase what a person wrote, and all that is known of them; open pages show it within 2 s."""
    if not yes:
        click.confirm(f"Erase everything that {user_id!r} wrote at {tenant_id!r}?", abort=True, err=True)

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> personal.Erased:
        note(transaction, tenant_id, "erase", "person", user_id)
        traces = personal.find_traces(transaction, it, user_id)
        return personal.erase(transaction, it, user_id, traces, now_ms())

    gone = on_tenant(options, tenant_id, work)
    truncate_log(Settings(**options).database_path)
    show(
        {"tenantId": tenant_id, "userId": user_id, "comments": gone.comments, "conversations": gone.conversations},
        as_json=as_json,
    )


@person.command("sign-out")
@tenant_argument
@_user
@json_option
@with_options("tenant")
def sign_out(tenant_id: str, user_id: str, as_json: bool, **options: Any) -> None:
    """End all sessions of a person."""

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> None:
        note(transaction, tenant_id, "sign-out", "person", user_id)
        people.end_all_sessions(transaction, it.id, user_id, now_ms())

    on_tenant(options, tenant_id, work)
    show({"tenantId": tenant_id, "userId": user_id, "signedOut": True}, as_json=as_json)


@person.command("ban")
@tenant_argument
@_user
@click.option("--reason", required=True, help="What they are told.")
@click.option("--days", type=click.IntRange(1, 36_500), help="For how long (default: for ever).")
@json_option
@with_options("tenant")
def ban(tenant_id: str, user_id: str, reason: str, days: int | None, as_json: bool, **options: Any) -> None:
    """Keep a person from taking part."""
    now = now_ms()
    made = Ban(new_id(), user_id, None, reason, BY, now, None if days is None else now + days * DAY_MS)

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> None:
        note(transaction, tenant_id, "ban", "person", user_id, now=now, until=made.until)
        bans.add(transaction, it, made)

    on_tenant(options, tenant_id, work)
    show({"tenantId": tenant_id, "banId": made.id, "userId": user_id, "bannedUntil": made.until}, as_json=as_json)


@person.command("bans")
@tenant_argument
@json_option
@with_options("tenant")
def list_bans(tenant_id: str, as_json: bool, **options: Any) -> None:
    """List who is banned."""
    found = on_tenant(options, tenant_id, lambda transaction, _key, it: bans.list_of(transaction, it, now_ms()))
    listed = [
        {"banId": each.id, "userId": each.user_id, "reason": each.reason, "bannedUntil": each.until} for each in found
    ]
    lines = (f"{each.id}\t{each.user_id or 'an address'}\t{each.reason}" for each in found)
    show_all({"tenantId": tenant_id, "bans": listed}, lines, as_json=as_json)


@person.command("unban")
@tenant_argument
@click.argument("ban_id", metavar="BAN-ID")
@json_option
@with_options("tenant")
def unban(tenant_id: str, ban_id: str, as_json: bool, **options: Any) -> None:
    """Take a ban back."""

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> None:
        lifted = bans.lift(transaction, it, ban_id, now_ms())
        note(transaction, tenant_id, "unban", "person", lifted.user_id or "")

    on_tenant(options, tenant_id, work)
    show({"tenantId": tenant_id, "banId": ban_id, "lifted": True}, as_json=as_json)


@click.group()
def page() -> None:
    """Say which groups a page is for."""


@page.command("groups")
@tenant_argument
@click.argument("url_id", metavar="URL-ID")
@click.option("--group", "groups", multiple=True, help="A group that may see it; repeat for more.")
@click.option("--everybody", is_flag=True, help="Take its groups away: everybody may see it.")
@json_option
@with_options("tenant")
def set_groups(
    tenant_id: str, url_id: str, groups: tuple[str, ...], everybody: bool, as_json: bool, **options: Any
) -> None:
    """Show the groups of a page, or set them."""
    if groups and everybody:
        raise click.UsageError("Give either --group or --everybody.")
    if not 0 < len(url_id) <= URL_ID_MAX:
        raise click.UsageError(f"URL-ID must have 1-{URL_ID_MAX} characters.")

    def work(transaction: Transaction, _key: ServerKey, it: Tenant) -> tuple[str, ...] | None:
        if groups or everybody:
            audiences.limit_page(transaction, it, url_id, None if everybody else groups, now_ms())
            note(transaction, tenant_id, "limit", "page", url_id, groups=None if everybody else list(groups))
        return audiences.page_groups(transaction, it, url_id)

    now = on_tenant(options, tenant_id, work)
    show(
        {"tenantId": tenant_id, "urlId": url_id, "accessibleByGroupIds": None if now is None else list(now)},
        as_json=as_json,
    )
