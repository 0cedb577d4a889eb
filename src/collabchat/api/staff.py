"""`/dashboard/session`: signing in to the dashboard by a one-time link, and out again."""

from typing import Annotated
from urllib.parse import urlsplit

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from msgspec import Meta, Struct

from collabchat.api.asking import AnyRequest
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.errors import Forbidden, Unauthenticated
from collabchat.storage.staff import Staff, StaffRole

COOKIE = "collabchat_staff"


class StaffSignIn(Struct):
    """Body: the secret of a link, which stands behind its `#sign-in=`."""

    link: Annotated[str, Meta(min_length=1, max_length=200)]


class StaffView(Struct, rename="camel"):
    """Who is signed in, with what rights, at which tenant (null: all), until when (epoch ms)."""

    status: str
    name: str
    role: StaffRole
    tenant_id: str | None
    expires_at: int


class SignedOut(Struct):
    """Success, with nothing more to say."""

    status: str = "success"


@post("/", status_code=200, summary="Sign in by a link", before_request=strict_body(StaffSignIn), responses=FAILURES)
async def sign_in(request: AnyRequest, parts: Parts, data: StaffSignIn) -> Response[StaffView]:
    """Use a link up, and begin a session."""
    require_own_page(request)
    now = now_ms()
    token, staff = await parts.staff_room.sign_in(data.link, now)
    answer = answer_privately(_view(staff))
    answer.set_cookie(_cookie(parts, token, (staff.ends_at - now) // 1_000))
    return answer


@get("/", summary="Who is signed in", responses=FAILURES)
async def whoami(request: AnyRequest, parts: Parts) -> Response[StaffView]:
    """Say whose session the request carries."""
    return answer_privately(_view(await require_staff(request, parts)))


@delete("/", status_code=200, summary="Sign out", responses=FAILURES)
async def sign_out(request: AnyRequest, parts: Parts) -> Response[SignedOut]:
    """End the session that the request carries."""
    require_own_page(request, is_on_cookie=True)
    await require_staff(request, parts)
    await parts.staff_room.sign_out(_token(request, parts))
    answer = answer_privately(SignedOut())
    answer.set_cookie(_cookie(parts, "", 0))
    return answer


async def require_staff(request: AnyRequest, parts: Parts) -> Staff:
    """Whose session the request carries; raises Unauthenticated."""
    token = _token(request, parts)
    if not token:
        raise Unauthenticated("Sign in first: `collabchat sign-in-link` prints a link.")
    return await parts.staff_room.find(token, now_ms())


def require_own_page(request: AnyRequest, *, is_on_cookie: bool = False) -> None:
    """Let pass what our own pages ask for, and what no browser does; raises Forbidden for other sites' pages.

    A cookie comes along from wherever it is asked: with that alone, the page must have been named.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    is_foreign = is_on_cookie if origin is None else urlsplit(origin).netloc != request.headers.get("host")
    if site != "same-origin" or is_foreign:
        raise Forbidden("Only the dashboard itself may do this.")


def _name(parts: Parts) -> str:
    """The cookie's name; with TLS one that no other host can set."""
    return f"__Host-{COOKIE}" if parts.uses_tls else COOKIE


def _token(request: AnyRequest, parts: Parts) -> str:
    return request.cookies.get(_name(parts)) or ""


def _cookie(parts: Parts, token: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=_name(parts), value=token, max_age=max_age_s, path="/", httponly=True, samesite="strict",
        secure=parts.uses_tls,
    )  # fmt: skip


def _view(staff: Staff) -> StaffView:
    return StaffView("success", staff.name, staff.role, staff.tenant_id, staff.ends_at)


staff_routes = Router("/dashboard/session", route_handlers=[sign_in, whoami, sign_out], tags=["Dashboard"])
