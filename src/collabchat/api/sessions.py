"""`/sessions`: saying who one is, once; then `Authorization: Bearer <session>` does it."""

from contextlib import suppress
from typing import Annotated, Any

from litestar import Response, Router, delete, post
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from msgspec import Struct

from collabchat.api.asking import COOKIE_PREFIX, AnyRequest, check_text, origin_of
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import User, user_view
from collabchat.clock import now_ms
from collabchat.core.model import SIMPLE, Actor, Tenant, is_presentable
from collabchat.errors import Forbidden, InvalidInput, Unauthenticated
from collabchat.identity import sso
from collabchat.identity.directory import GUEST_NAME_MAX, Directory


class SignIn(Struct, rename="camel"):
    """Body: an SSO payload, or a guest's name; neither gives a guest who can only read, until they give a name."""

    sso: dict[str, Any] | None = None
    guest_name: str | None = None


class SignedInAnswer(Struct, rename="camel"):
    """The session to send as a bearer token, whose it is, and until when (epoch ms)."""

    status: str
    session: str
    user: User
    expires_at: int


class Done(Struct):
    """Success, with nothing more to say."""

    status: str = "success"


@post("/", status_code=200, summary="Sign in", before_request=strict_body(SignIn), responses=FAILURES)
async def sign_in(
    request: AnyRequest,
    tenant: Tenant,
    parts: Parts,
    data: SignIn,
) -> Response[SignedInAnswer]:
    """Begin a session.

    A guest who asks with their session keeps their id and takes the new name; one who signs in by secure single
    sign-on keeps what they wrote.
    """
    now = now_ms()
    known = await _known(request, tenant, parts.directory, now)
    if data.sso is not None:
        # Whatever is named twice is refused, as in the query.
        sso.parse(await request.body())
        signed_in = await parts.directory.sign_in_sso(tenant, data.sso, origin_of(request), known, now)
    else:
        name = check_text("guestName", (data.guest_name or "").strip(), GUEST_NAME_MAX)
        if name and not is_presentable(name):
            raise InvalidInput("guestName", "must show something, without control or direction characters.")
        parts.guards.check_name(tenant, name)
        signed_in = await parts.directory.sign_in_guest(tenant, name, known, now)
    session = signed_in.session
    cookie = Cookie(
        key=COOKIE_PREFIX + tenant.id,
        value=signed_in.token,
        max_age=(session.expires_at - now) // 1000,
        httponly=True,
        samesite="lax",
        secure=parts.uses_tls,
    )
    body = SignedInAnswer("success", signed_in.token, user_view(session.actor), session.expires_at)
    return Response(body, cookies=[cookie], headers={"Cache-Control": "no-store"})


async def _known(request: AnyRequest, tenant: Tenant, directory: Directory, now: int) -> Actor | None:
    """Whom the asker has been so far; whose session has ended is nobody, and gets a new one."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    with suppress(Unauthenticated):
        return await directory.find_by_session(tenant, token, now)
    return None


@delete("/", status_code=200, summary="Sign out", responses=FAILURES)
async def sign_out(
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    everywhere: Annotated[bool, QueryParameter(description="all sessions of this person")] = False,
) -> Response[Done]:
    """End the session that the request carries, or all that its person has."""
    if actor is None or not (actor.session_id or everywhere):
        raise Unauthenticated
    if everywhere and actor.id.startswith(SIMPLE):
        raise Forbidden("Nobody vouches that you are who you say: only this session can be ended.")
    await parts.directory.sign_out(actor, now_ms(), everywhere=everywhere)
    parts.wake()
    gone = Cookie(
        key=COOKIE_PREFIX + tenant.id, value="", max_age=0, httponly=True, samesite="lax", secure=parts.uses_tls
    )
    return Response(Done(), cookies=[gone], headers={"Cache-Control": "no-store"})


session_routes = Router("/sessions/{tenant_id:str}", route_handlers=[sign_in, sign_out], tags=["Sessions"])
