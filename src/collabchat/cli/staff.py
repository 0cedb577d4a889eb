"""`collabchat sign-in-link`: a link that signs somebody in to the dashboard, once."""

from typing import Any

import click

from collabchat.cli.data import check_id, in_data, json_option, note, print_json
from collabchat.clock import now_ms
from collabchat.identity.staff_room import LINK_MS, Invitation, invite
from collabchat.settings import Settings, with_options
from collabchat.storage import accounts, staff, tenants
from collabchat.storage.accounts import StaffRole
from collabchat.storage.staff import Link
from collabchat.storage.transaction import Transaction

OPERATOR: StaffRole = "operator"


def _check_email(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    email = None if value is None else accounts.normalize_email(value)
    if value is not None and email is None:
        raise click.BadParameter(f"{value!r} must look like ana@example.com.")
    return email


@click.command("sign-in-link")
@click.option(
    "--tenant", "tenant_id", callback=lambda *given: given[2] and check_id(*given), help="For one tenant only."
)
@click.option(
    "--role",
    type=click.Choice(["operator", "admin", "moderator"]),
    default=OPERATOR,
    show_default=True,
    help="What they may do: run the server, run a tenant, or moderate it.",
)
@click.option("--name", help="Whom it is for; shown in what is logged of them (default: what they may do).")
@click.option(
    "--email",
    callback=_check_email,
    help="Their address: gives them an account, by which they sign in again with a password or elsewhere.",
)
@json_option
@with_options("tenant")
def sign_in_link(
    tenant_id: str | None, role: StaffRole, name: str | None, email: str | None, as_json: bool, **options: Any
) -> None:
    """Print a link that signs in to the dashboard: once, within an hour."""
    if (tenant_id is None) != (role == OPERATOR):
        raise click.UsageError("An operator runs the whole server; for an admin or a moderator, name the --tenant.")
    now = now_ms()
    link = Link(tenant_id, role, name or role, now + LINK_MS, email=email)

    def store(transaction: Transaction, _key: Any) -> Invitation:
        if tenant_id is not None and all(each.id != tenant_id for each in tenants.list_all(transaction)):
            raise click.UsageError(f"There is no tenant {tenant_id!r}: `collabchat tenant list` shows all.")
        if email is None:
            return _bare(transaction, link, now)
        found = accounts.find_by_email(transaction, email)
        if found is not None and found.tenant_id != tenant_id:
            where = "the whole server" if found.tenant_id is None else f"the tenant {found.tenant_id!r}"
            raise click.UsageError(f"{email} belongs to somebody who runs {where}: name that, or another address.")
        invitation, made = invite(transaction, link, now)
        note(transaction, tenant_id, "invite", "staff", made.invitation_id or "", name=link.name, role=role)
        return invitation

    invitation = in_data(Settings(**options), store)
    if as_json:
        print_json({"path": invitation.path, "expiresAt": now + LINK_MS})
    else:
        click.echo(invitation.path)
        click.echo("Put your server's address before it. It works once, within an hour.", err=True)


def make_operators_link(transaction: Transaction) -> str:
    """Where an operator signs in, on the server: once, within an hour."""
    now = now_ms()
    return _bare(transaction, Link(None, OPERATOR, OPERATOR, now + LINK_MS), now).path


def _bare(transaction: Transaction, link: Link, now: int) -> Invitation:
    """A link without an account."""
    invitation = Invitation.make()
    staff.store_link(transaction, invitation.hash, link, now)
    note(transaction, link.tenant_id, "invite", "staff", "", name=link.name, role=link.role)
    return invitation
