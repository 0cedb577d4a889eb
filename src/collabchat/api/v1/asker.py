"""Who asks `/api/v1`: the tenant's own server by API key, somebody at the dashboard, or a moderator of the site.

| proof                                       | tenant from   | as whom                                    | via |
|---------------------------------------------|---------------|--------------------------------------------|-----|
| `X-API-KEY`                                 | `X-TENANT-ID` | the tenant itself, an admin                | api |
| the dashboard's cookie                      | `X-TENANT-ID` | whoever signed in there, with their role   | ui  |
| `Authorization: Bearer` of a site's session | `X-TENANT-ID` | that person, if a moderator or an admin    | ui  |
"""

import hmac
from collections.abc import Callable
from typing import Annotated

from litestar.di import Provide
from litestar.params import HeaderParameter
from msgspec import Struct

from collabchat.api.asking import WRITES, AnyRequest, bearer_of
from collabchat.api.confirming import CHANGED, confirm_person, is_good
from collabchat.api.parts import Parts
from collabchat.api.staff import require_own_page, require_staff
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.errors import Forbidden, InvalidTenant, Unauthenticated
from collabchat.identity.staff_room import SIGN_IN_FIRST
from collabchat.storage import audit
from collabchat.storage.accounts import RANK
from collabchat.storage.audit import Via
from collabchat.storage.staff import Staff, find_session
from collabchat.storage.transaction import Transaction

NO_KEY = "Send the tenant's id as X-TENANT-ID and its API key as X-API-KEY."
ASKED_MAX = 200


class Asker(Struct, frozen=True):
    """Who asks, of which tenant, by which way; always a moderator at least. `staff`: they do so from the dashboard."""

    tenant: Tenant
    actor: Actor
    via: Via
    staff: Staff | None = None

    def require_admin(self) -> None:
        """Let pass an admin, or an API key; raises Forbidden."""
        if not self.actor.is_admin:
            raise Forbidden("Only an admin may do this.")

    def require_owner(self) -> None:
        """Let pass who runs the tenant: at the dashboard or by API key; raises Forbidden.

        Whom a site's own sign-in calls an admin moderates everything, and is no more when that says so; keys and
        accounts would outlast it.
        """
        self.require_admin()
        if self.staff is None and self.via != "api":
            raise Forbidden("This is done at the dashboard, or by API key.")

    @property
    def rank(self) -> int:
        """How high they stand among those who run the tenant; a key stands as an admin."""
        return RANK["admin" if self.staff is None else self.staff.role]

    def confirm(self, transaction: Transaction) -> None:
        """Look in the transaction of the deed whether they still may; raises Unauthenticated."""
        if self.staff is not None:
            confirm_staff(transaction, self.staff)
        elif self.via == "api":
            if not is_good(transaction, self.tenant, self.actor.key_id):
                raise Unauthenticated(NO_KEY)
        else:
            confirm_person(transaction, self.tenant, self.actor)


async def provide_asker(
    request: AnyRequest,
    parts: Parts,
    api_key: Annotated[str, HeaderParameter(name="X-API-KEY")] = "",
    tenant_id: Annotated[str, HeaderParameter(name="X-TENANT-ID")] = "",
) -> Asker:
    """Who asks; raises Unauthenticated, as well for a tenant that is not there, and Forbidden.

    A key that is for one origin proves people there, and opens nothing here.
    """
    tenant = parts.directory.find_tenant(tenant_id)
    session = None if api_key else bearer_of(request)
    if api_key or not (session or request.headers.get("cookie")):
        return _by_key(parts, tenant, api_key)
    if session:
        if tenant is None:
            raise Unauthenticated
        actor = await parts.directory.find_by_session(tenant, session, now_ms())
        parts.directory.require_not_banned(actor, None, now_ms())
        if not actor.is_moderator:
            raise Forbidden("Only moderators and admins may do this.")
        return Asker(tenant, actor, "ui")
    if request.method in WRITES:
        require_own_page(request, parts, is_on_cookie=True)
    staff = await require_staff(request, parts)
    if tenant is None or staff.tenant_id not in {None, tenant.id}:
        if tenant is not None:
            at = staff.tenant_id
            await _note_refusal(request, parts, at, staff.actor(at or ""), "tenant", tenant.id)
        raise InvalidTenant
    return Asker(tenant, staff.actor(tenant.id), "ui", staff)


async def provide_admin(known: Asker, request: AnyRequest, parts: Parts) -> Asker:
    """Who asks for what admins and API keys may; others are refused, and that is written down."""
    return await _admit(known, known.require_admin, request, parts)


async def provide_owner(known: Asker, request: AnyRequest, parts: Parts) -> Asker:
    """Who asks for what those may who run the tenant; others are refused, and that is written down."""
    return await _admit(known, known.require_owner, request, parts)


async def _admit(asker: Asker, require: Callable[[], None], request: AnyRequest, parts: Parts) -> Asker:
    try:
        require()
    except Forbidden:
        await _note_refusal(request, parts, asker.tenant.id, asker.actor, "tenant", asker.tenant.id)
        raise
    return asker


async def provide_operator(request: AnyRequest, parts: Parts) -> Staff:
    """Who runs the server, from the dashboard; raises Unauthenticated, and Forbidden."""
    if request.method in WRITES:
        require_own_page(request, parts, is_on_cookie=True)
    staff = await require_staff(request, parts)
    if staff.role != "operator":
        at = staff.tenant_id
        await _note_refusal(request, parts, at, staff.actor(at or ""), "server", "")
        raise Forbidden("Only an operator of this server may do this.")
    return staff


async def _note_refusal(
    request: AnyRequest, parts: Parts, tenant_id: str | None, actor: Actor, resource: str, subject: str
) -> None:
    """Write down, once a minute, that somebody asked for what is not theirs; in the log of the tenant that they run."""
    if not parts.refusals.is_news(
        tenant_id or "", actor.id, request.method, request.scope["path_template"], f"{resource} {subject}"
    ):
        return
    asked = f"{request.method} {request.url.path[:ASKED_MAX]}"
    await parts.database.write(
        lambda transaction: audit.note(
            transaction, tenant_id, actor, "ui", "refuse", resource, subject, now_ms(), asked=asked
        )
    )


def confirm_staff(transaction: Transaction, staff: Staff) -> None:
    """Look in the transaction of a deed whether somebody still may do it; raises Unauthenticated."""
    current = find_session(transaction, staff.session_id, now_ms())
    if current is None:
        raise Unauthenticated(SIGN_IN_FIRST)
    if RANK[current.role] < RANK[staff.role]:
        raise Unauthenticated(CHANGED)


def _by_key(parts: Parts, tenant: Tenant | None, api_key: str) -> Asker:
    proofs = [] if tenant is None else parts.directory.proofs(tenant, None, now_ms())
    given = api_key.encode(errors="replace")
    # All are compared, whichever fits.
    fitting = [proof.id for proof in proofs if hmac.compare_digest(proof.api_key.encode(), given)]
    if tenant is None or not fitting:
        raise Unauthenticated(NO_KEY)
    key_id = fitting[0]
    return Asker(tenant, Actor(tenant.id, f"key:{key_id}", "", "API key", role="admin", key_id=key_id), "api")


FOR_ADMINS = {"known": Provide(provide_asker), "asker": Provide(provide_admin)}
FOR_OWNERS = {"known": Provide(provide_asker), "asker": Provide(provide_owner)}
"""Dependencies of routes whose `asker` may more than moderate."""
