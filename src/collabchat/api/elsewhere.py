"""`/dashboard/oidc`: to the OpenID provider and back. Browsers go here by themselves: every answer leads to a page.

What comes to nothing leads to `/dashboard#error=CODE` (the codes are in `identity.provider`).
"""

from typing import Annotated

import structlog
from litestar import Router, get
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Redirect

from collabchat.api.asking import AnyRequest
from collabchat.api.parts import Parts
from collabchat.api.staff import host_cookie, read_host_cookie, session_cookie
from collabchat.clock import now_ms
from collabchat.identity.provider import TICKET_MS, Answer, SignInFailed

COOKIE = "collabchat_ticket"
CALLBACK = "/dashboard/oidc/callback"
PRIVATELY = {"Cache-Control": "private, no-store"}

log = structlog.get_logger()


@get("/", include_in_schema=False)
async def leave(request: AnyRequest, parts: Parts) -> Redirect:
    """Lead to the provider."""
    scheme = "https" if parts.uses_tls else "http"
    back = f"{scheme}://{request.headers.get('host', '')}{CALLBACK}"
    try:
        url, ticket = await parts.staff_room.lead_elsewhere(back, now_ms())
    except SignInFailed as failure:
        return _fail(parts, failure)
    return Redirect(url, headers=PRIVATELY, cookies=[_cookie(parts, ticket, TICKET_MS // 1_000)])


@get("/callback", include_in_schema=False)
async def come_back(
    request: AnyRequest,
    parts: Parts,
    given: Annotated[str, QueryParameter(name="state")] = "",
    code: str = "",
    error: str = "",
    issuer: Annotated[str | None, QueryParameter(name="iss")] = None,
) -> Redirect:
    """Begin a session for whom the provider vouches."""
    now = now_ms()
    ticket = read_host_cookie(request, parts, COOKIE)
    try:
        token, staff = await parts.staff_room.sign_in_elsewhere(ticket, Answer(given, code, error, issuer), now)
    except SignInFailed as failure:
        return _fail(parts, failure)
    session = session_cookie(parts, token, (staff.ends_at - now) // 1_000)
    return Redirect("/dashboard", headers=PRIVATELY, cookies=[session, _cookie(parts, "", 0)])


def _fail(parts: Parts, failure: SignInFailed) -> Redirect:
    log.warning("Nobody was signed in by the OpenID provider", code=failure.code, reason=str(failure))
    return Redirect(f"/dashboard#error={failure.code}", headers=PRIVATELY, cookies=[_cookie(parts, "", 0)])


def _cookie(parts: Parts, ticket: str, max_age_s: int) -> Cookie:
    """The ticket; `lax`, as it has to come along when the provider leads back."""
    return host_cookie(parts, COOKIE, ticket, max_age_s, "lax")


elsewhere_routes = Router("/dashboard/oidc", route_handlers=[leave, come_back])
