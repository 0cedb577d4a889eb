"""`collabchat sign-in-link`: a link that signs somebody in to the dashboard, once."""

from typing import Any

import click

from collabchat.cli.data import check_id, in_data, json_option, print_json
from collabchat.clock import now_ms
from collabchat.identity.staff_room import LINK_MS, Invitation
from collabchat.settings import Settings, with_options
from collabchat.storage import staff, tenants
from collabchat.storage.staff import Staff, StaffRole


@click.command("sign-in-link")
@click.option(
    "--tenant", "tenant_id", callback=lambda *given: given[2] and check_id(*given), help="For one tenant only."
)
@click.option(
    "--role",
    type=click.Choice(["operator", "admin", "moderator"]),
    default="operator",
    show_default=True,
    help="What they may do: run the server, run a tenant, or moderate it.",
)
@click.option("--name", default="operator", show_default=True, help="Whom it is for; shown in what is logged of them.")
@json_option
@with_options("tenant")
def sign_in_link(tenant_id: str | None, role: StaffRole, name: str, as_json: bool, **options: Any) -> None:
    """Print a link that signs in to the dashboard: once, within an hour."""
    if (tenant_id is None) != (role == "operator"):
        raise click.UsageError("An operator runs the whole server; for an admin or a moderator, name the --tenant.")
    now = now_ms()
    invitation = Invitation.make()

    def store(transaction: Any, _key: Any) -> None:
        if tenant_id is not None and all(each.id != tenant_id for each in tenants.list_all(transaction)):
            raise click.UsageError(f"There is no tenant {tenant_id!r}: `collabchat tenant list` shows all.")
        staff.store_link(transaction, invitation.hash, Staff(tenant_id, role, name, now + LINK_MS), now)

    in_data(Settings(**options), store)
    if as_json:
        print_json({"path": invitation.path, "expiresAt": now + LINK_MS})
    else:
        click.echo(invitation.path)
        click.echo("Put your server's address before it. It works once, within an hour.", err=True)
