"""`/dashboard/session`: signing in to the dashboard by a one-time link or a password, and out again."""

from typing import Annotated, Literal

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from msgspec import Meta, Struct

from collabchat.api.asking import AnyRequest, address_of
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.errors import Forbidden, InvalidInput, Unauthenticated
from collabchat.identity.staff_room import SIGN_IN_FIRST
from collabchat.storage import tenants
from collabchat.storage.accounts import StaffRole
from collabchat.storage.staff import Staff

COOKIE = "collabchat_staff"


class StaffSignIn(Struct):
    """Body: the secret of a link, which stands behind its `#sign-in=`; or an e-mail address and a password."""

    link: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    email: Annotated[str, Meta(min_length=1, max_length=254)] | None = None
    password: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None


class NewPassword(Struct):
    """Body: the password from now on; `old` where there is one."""

    password: str
    old: Annotated[str, Meta(max_length=1_000)] | None = None


class TenantName(Struct):
    """A tenant that somebody at the dashboard may look at."""

    id: str
    name: str


class Elsewhere(Struct):
    """An OpenID provider, by which one signs in at `/dashboard/oidc`."""

    name: str


class Ways(Struct):
    """How one can sign in, besides by a link; `password`: somebody has one."""

    password: bool
    oidc: Elsewhere | None


class StaffView(Struct, rename="camel"):
    """Who is signed in, with what rights, at which tenant (null: all), until when (epoch ms)."""

    status: str
    name: str
    role: StaffRole
    tenant_id: str | None
    expires_at: int
    account_id: str | None
    tenants: list[TenantName]
    ways: Ways


class SignedOut(Struct):
    """Success, with nothing more to say."""

    status: str = "success"


@post("/", status_code=200, summary="Sign in", before_request=strict_body(StaffSignIn), responses=FAILURES)
async def sign_in(request: AnyRequest, parts: Parts, data: StaffSignIn) -> Response[StaffView]:
    """Use a link up, or compare a password, and begin a session."""
    require_own_page(request, parts)
    now = now_ms()
    if data.link is not None and data.email is None and data.password is None:
        token, staff = await parts.staff_room.sign_in(data.link, now)
    elif data.link is None and data.email is not None and data.password is not None:
        address = address_of(request)
        token, staff = await parts.staff_room.sign_in_by_password(data.email, data.password, address, now)
    else:
        raise InvalidInput("link", "give either a link, or an email and a password.")
    answer = answer_privately(await _view(parts, staff))
    answer.set_cookie(session_cookie(parts, token, (staff.ends_at - now) // 1_000))
    return answer


@get("/", summary="Who is signed in", responses=FAILURES)
async def whoami(request: AnyRequest, parts: Parts) -> Response[StaffView]:
    """Say whose session the request carries; where there is none, how to get one."""
    try:
        staff = await require_staff(request, parts)
    except Unauthenticated as refusal:
        raise Unauthenticated(refusal.reason, ways=await _ways(parts)) from None
    return answer_privately(await _view(parts, staff))


@post(
    "/password", status_code=200, summary="Set a password", before_request=strict_body(NewPassword), responses=FAILURES
)
async def set_password(request: AnyRequest, parts: Parts, data: NewPassword) -> Response[SignedOut]:
    """Give the asker's account a password; their other sessions end."""
    require_own_page(request, parts, is_on_cookie=True)
    await require_staff(request, parts)
    await parts.staff_room.set_password(
        _token(request, parts), data.old, data.password, address_of(request), now_ms()
    )  # fmt: skip
    return answer_privately(SignedOut())


@delete("/", status_code=200, summary="Sign out", responses=FAILURES)
async def sign_out(request: AnyRequest, parts: Parts) -> Response[SignedOut]:
    """End the session that the request carries."""
    require_own_page(request, parts, is_on_cookie=True)
    await require_staff(request, parts)
    await parts.staff_room.sign_out(_token(request, parts), now_ms())
    answer = answer_privately(SignedOut())
    answer.set_cookie(session_cookie(parts, "", 0))
    return answer


async def require_staff(request: AnyRequest, parts: Parts) -> Staff:
    """Whose session the request carries; raises Unauthenticated."""
    token = _token(request, parts)
    if not token:
        raise Unauthenticated(SIGN_IN_FIRST)
    return await parts.staff_room.find(token, now_ms())


def require_own_page(request: AnyRequest, parts: Parts, *, is_on_cookie: bool = False) -> None:
    """Let pass what our own pages ask for, and what no browser does; raises Forbidden for other sites' pages.

    A cookie comes along from wherever it is asked: with that alone, the page must have been named.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    own = f"{'https' if parts.uses_tls else 'http'}://{request.headers.get('host', '')}"
    is_foreign = is_on_cookie if origin is None else origin != own
    if site != "same-origin" or is_foreign:
        raise Forbidden("Only the dashboard itself may do this; behind a proxy that ends TLS, with --proxy-tls on.")


def session_cookie(parts: Parts, token: str, max_age_s: int) -> Cookie:
    """The session, for our own pages alone."""
    return host_cookie(parts, COOKIE, token, max_age_s, "strict")


def host_cookie(parts: Parts, name: str, value: str, max_age_s: int, samesite: Literal["lax", "strict"]) -> Cookie:
    """A cookie that no script reads; with TLS under a name that no other host can set."""
    return Cookie(
        key=_name(parts, name), value=value, max_age=max_age_s, path="/", httponly=True, samesite=samesite,
        secure=parts.uses_tls,
    )  # fmt: skip


def read_host_cookie(request: AnyRequest, parts: Parts, name: str) -> str:
    """What a request carries of it; empty for nothing."""
    return request.cookies.get(_name(parts, name)) or ""


def _name(parts: Parts, name: str) -> str:
    return f"__Host-{name}" if parts.uses_tls else name


def _token(request: AnyRequest, parts: Parts) -> str:
    return read_host_cookie(request, parts, COOKIE)


async def _ways(parts: Parts) -> Ways:
    name = parts.staff_room.provider_name
    return Ways(await parts.staff_room.is_any_password_set(), None if name is None else Elsewhere(name))


async def _view(parts: Parts, staff: Staff) -> StaffView:
    found = await parts.database.read(tenants.list_all)
    theirs = [TenantName(it.id, it.name) for it in found if it.is_enabled and staff.tenant_id in {None, it.id}]
    return StaffView(
        "success", staff.name, staff.role, staff.tenant_id, staff.ends_at, staff.account_id, theirs, await _ways(parts)
    )


staff_routes = Router(
    "/dashboard/session", route_handlers=[sign_in, whoami, set_password, sign_out], tags=["Dashboard"]
)
