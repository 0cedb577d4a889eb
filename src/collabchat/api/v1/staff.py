"""`/api/v1/staff`: who runs a tenant; and with an operator's eyes, who runs the server."""

from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
from msgspec import Meta, Struct
from msgspec.structs import replace

from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import FOR_OWNERS, Asker
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.model import STAFF
from collabchat.core.rules import check_name
from collabchat.errors import Forbidden, InvalidInput, NotFound
from collabchat.identity.staff_room import INVITATION_MS, Invitation, invite
from collabchat.storage import accounts, audit, staff
from collabchat.storage.accounts import RANK, Account, StaffRole
from collabchat.storage.staff import Link
from collabchat.storage.transaction import Reader, Transaction

OPEN_MAX = 100


class AccountView(Struct, rename="camel"):
    """Somebody who runs the tenant, or with `tenantId` null the server; `isYou`: the asker."""

    id: str
    name: str
    email: str | None
    role: StaffRole
    tenant_id: str | None
    is_enabled: bool
    is_you: bool
    has_password: bool
    has_oidc: bool
    created_at: int


class InvitationView(Struct, rename="camel"):
    """A link that can still be used; `accountId`: it leads to that account, else to a new one.

    `invitedBy` is the id of who made it (`staff:…`, `key:…`), null on the command line.
    """

    id: str
    name: str
    email: str | None
    role: StaffRole
    tenant_id: str | None
    account_id: str | None
    created_at: int
    expires_at: int
    invited_by: str | None


class StaffList(Struct):
    """Accounts and open invitations, oldest first."""

    status: str
    staff: list[AccountView]
    invitations: list[InvitationView]


class NewInvitation(Struct, rename="camel"):
    """Body: whom to invite, as what; or with `accountId` somebody who is there already, to let them in again."""

    name: str = ""
    email: Annotated[str, Meta(max_length=accounts.EMAIL_MAX)] | None = None
    role: StaffRole = "moderator"
    account_id: str | None = None


class Invited(Struct, rename="camel"):
    """Where to sign in, on the server: once, until `expiresAt`. The link is never shown again."""

    status: str
    link: str
    expires_at: int
    invitation: InvitationView


class AccountChange(Struct, rename="camel"):
    """Body: another role; whether they may sign in; `forgetPassword`, so that they can set one by their next link."""

    role: StaffRole | None = None
    is_enabled: bool | None = None
    forget_password: bool = False


class OneAccount(Struct):
    """An account as it is now."""

    status: str
    account: AccountView


class Removed(Struct):
    """The id of what is gone."""

    status: str
    id: str


@get("/", summary="Who runs the tenant", responses=FAILURES)
async def list_staff(asker: Asker, parts: Parts) -> Response[StaffList]:
    """List accounts and open invitations; for operators, the operators' as well."""

    def look(reader: Reader) -> tuple[list[Account], list[Link]]:
        whose = [*([None] if asker.rank == RANK["operator"] else []), asker.tenant.id]
        now = now_ms()
        found = [account for tenant_id in whose for account in accounts.list_of(reader, tenant_id)]
        return found, [link for tenant_id in whose for link in staff.list_invitations(reader, tenant_id, now)]

    found, links = await parts.database.read(look)
    return answer_privately(
        StaffList("success", [_view(asker, account) for account in found], [_view_link(link) for link in links])
    )


@post(
    "/invitations", status_code=200, summary="Invite somebody", before_request=strict_body(NewInvitation),
    responses=FAILURES,
)  # fmt: skip
async def invite_somebody(asker: Asker, parts: Parts, data: NewInvitation) -> Response[Invited]:
    """Make a link that leads to an account; send it to nobody else than whom it is for."""
    email = None if data.email is None else accounts.normalize_email(data.email)
    if data.email is not None and email is None:
        raise InvalidInput("email", "must look like ana@example.com.")
    if data.account_id is not None and (data.email is not None or data.name):
        raise InvalidInput("accountId", "has a name and an e-mail address already: give either it, or them.")
    name = "" if data.account_id is not None else check_name(data.name)

    def make(transaction: Transaction) -> tuple[Invitation, Link]:
        asker.confirm(transaction)
        now = now_ms()
        if data.account_id is None:
            link = _new_link(transaction, asker, data.role, name, email, now)
        else:
            known = _find(transaction, asker, data.account_id)
            if not known.is_enabled:
                raise InvalidInput("accountId", "is disabled: enable it first.")
            _require_above(asker, known)
            link = Link(known.tenant_id, known.role, known.name, now + INVITATION_MS, account_id=known.id)
        if len(staff.list_invitations(transaction, link.tenant_id, now)) >= OPEN_MAX:
            raise InvalidInput("name", f"there are {OPEN_MAX} open invitations already: take some of them back first.")
        made = invite(transaction, replace(link, by_id=asker.actor.id), now)
        subject = made[1].account_id or made[1].invitation_id or ""
        _note(transaction, asker, "invite", link.tenant_id, subject, now, name=link.name, role=link.role)
        return made

    invitation, link = await parts.database.write(make)
    return answer_privately(Invited("success", invitation.path, link.ends_at, _view_link(link)))


@patch(
    "/{account_id:str}", summary="Change somebody's role", before_request=strict_body(AccountChange), responses=FAILURES
)
async def change(asker: Asker, parts: Parts, account_id: str, data: AccountChange) -> Response[OneAccount]:
    """Give somebody another role, from their next request on; keep them out, at once, or let them in again."""

    def alter(transaction: Transaction) -> Account:
        asker.confirm(transaction)
        now, before = now_ms(), _find(transaction, asker, account_id)
        role = before.role if data.role is None else data.role
        is_enabled = before.is_enabled if data.is_enabled is None else data.is_enabled
        if (role == "operator") != (before.tenant_id is None):
            raise InvalidInput("role", "an operator runs the whole server, others one tenant: invite them anew.")
        _require_rank(asker, role)
        is_other = (role, is_enabled) != (before.role, before.is_enabled)
        if is_other or data.forget_password:
            _require_spare(transaction, asker, before, stays_admin=role == "admin" and is_enabled)
        if not is_enabled or RANK[role] < RANK[before.role]:
            staff.close_invitations_by(transaction, f"{STAFF}{before.id}", now)
        disabled_at = None if is_enabled else before.disabled_at or now
        after = replace(before, role=role, disabled_at=disabled_at)
        if data.forget_password:
            after = replace(after, password_hash=None)
        accounts.store(transaction, after, now)
        told = {"role": role, "isEnabled": is_enabled, "forgetPassword": data.forget_password}
        _note(transaction, asker, "update", before.tenant_id, before.id, now, **told)
        return after

    changed = await parts.database.write(alter)
    return answer_privately(OneAccount("success", _view(asker, changed)))


@delete("/{staff_id:str}", status_code=200, summary="Remove somebody", responses=FAILURES)
async def remove(asker: Asker, parts: Parts, staff_id: str) -> Response[Removed]:
    """Remove an account, which ends its sessions at once; or take an invitation back."""

    def end(transaction: Transaction) -> None:
        asker.confirm(transaction)
        now = now_ms()
        for tenant_id in (asker.tenant.id, None):
            for link in staff.list_invitations(transaction, tenant_id, now):
                if link.invitation_id == staff_id and _is_theirs(asker, tenant_id):
                    _require_rank(asker, link.role)
                    staff.close_invitation(transaction, staff_id, now)
                    _note(transaction, asker, "revoke-invitation", tenant_id, staff_id, now, name=link.name)
                    return
        account = _find(transaction, asker, staff_id)
        _require_spare(transaction, asker, account, stays_admin=False)
        staff.close_invitations_by(transaction, f"{STAFF}{account.id}", now)
        accounts.remove(transaction, account.id, now)
        _note(transaction, asker, "remove", account.tenant_id, account.id, now, name=account.name)

    await parts.database.write(end)
    return answer_privately(Removed("success", staff_id))


def _new_link(transaction: Transaction, asker: Asker, role: StaffRole, name: str, email: str | None, now: int) -> Link:
    """An invitation for somebody; who has an account by this address is let in to that."""
    _require_rank(asker, role)
    tenant_id = None if role == "operator" else asker.tenant.id
    known = accounts.find_by_email(transaction, email)
    if known is not None and (known.tenant_id != tenant_id or known.role != role or not known.is_enabled):
        raise InvalidInput("email", "belongs to somebody who is known here already, not as this: give another address.")
    if known is not None:
        _require_above(asker, known)
    return Link(tenant_id, role, name, now + INVITATION_MS, email=email)


def _find(reader: Reader, asker: Asker, account_id: str) -> Account:
    """An account that the asker may change; raises NotFound, and Forbidden for one above them."""
    account = accounts.find(reader, account_id)
    if not _is_theirs(asker, account.tenant_id):
        raise NotFound
    _require_rank(asker, account.role)
    return account


def _is_theirs(asker: Asker, tenant_id: str | None) -> bool:
    """Whether somebody of this tenant (None: an operator) concerns the asker."""
    return tenant_id == asker.tenant.id or (tenant_id is None and asker.rank == RANK["operator"])


def _require_rank(asker: Asker, role: StaffRole) -> None:
    if RANK[role] > asker.rank:
        raise Forbidden("Nobody gives or takes away what is above their own role.")


def _require_above(asker: Asker, account: Account) -> None:
    """Let pass who stands above somebody, or is they: who has a link to an account may act in its name."""
    is_own = asker.staff is not None and asker.staff.account_id == account.id
    if not is_own and asker.rank < RANK["operator"] and asker.rank <= RANK[account.role]:
        raise Forbidden("Only who stands above somebody lets them in again: else one could act in their name.")


def _require_spare(transaction: Transaction, asker: Asker, account: Account, *, stays_admin: bool) -> None:
    """Nobody takes away their own rights, nor but an operator those of a tenant's last admin; raises Forbidden."""
    if asker.staff is not None and asker.staff.account_id == account.id:
        raise Forbidden("Nobody changes or removes themselves: ask another admin.")
    is_lost = account.role == "admin" and account.is_enabled and not stays_admin
    if not is_lost or account.tenant_id is None or asker.rank == RANK["operator"]:
        return
    if accounts.count_admins(transaction, account.tenant_id) <= 1:
        raise Forbidden("This is the tenant's last admin: only an operator of the server may do that.")


def _note(
    transaction: Transaction, asker: Asker, act: str, tenant_id: str | None, subject: str, now: int, **details: object
) -> None:
    audit.note(transaction, tenant_id, asker.actor, asker.via, act, "staff", subject, now, **details)


def _view(asker: Asker, it: Account) -> AccountView:
    is_you = asker.staff is not None and asker.staff.account_id == it.id
    return AccountView(
        it.id, it.name, it.email, it.role, it.tenant_id, it.is_enabled, is_you, it.password_hash is not None,
        it.subject is not None, it.created_at,
    )  # fmt: skip


def _view_link(it: Link) -> InvitationView:
    return InvitationView(
        it.invitation_id or "", it.name, it.email, it.role, it.tenant_id, it.account_id, it.created_at, it.ends_at,
        it.by_id,
    )  # fmt: skip


staff_admin_routes = Router(
    "/api/v1/staff",
    route_handlers=[list_staff, invite_somebody, change, remove],
    dependencies=FOR_OWNERS,
    tags=["Admin"],
)
