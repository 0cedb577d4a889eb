"""Who asks, and what of their request is usable: dependencies that every route shares."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from collabchat.api.parts import Parts
from collabchat.api.paths import site_of
from collabchat.clock import now_ms
from collabchat.core.model import BROADCAST_ID_PATTERN, URL_ID_MAX, Actor, Tenant
from collabchat.core.usage import Counts
from collabchat.errors import CommentTooBig, EmptyComment, Forbidden, InvalidInput, MissingUrlId, Unauthenticated
from collabchat.identity.directory import Directory
from collabchat.identity.origins import is_allowed, normalize_origin
from collabchat.identity.quotas import home

AnyRequest = Request[Any, Any, Any]

UrlId = Annotated[
    str | None, QueryParameter(name="urlId", description=f"The page's or thread's id, at most {URL_ID_MAX} characters.")
]
BroadcastId = Annotated[
    str | None,
    QueryParameter(
        name="broadcastId", description="Made by the client: 1-64 printable ASCII characters; names this write."
    ),
]

Sso = Annotated[str | None, QueryParameter(name="sso", description="FastComments' SSO payload as JSON.")]

_SURROGATE = re.compile("[\ud800-\udfff]")

COOKIE_PREFIX = "collabchat_session_"
WRITES = {"POST", "PATCH", "PUT", "DELETE"}


def provide_tenant(request: AnyRequest, tenant_id: str, parts: Parts) -> Tenant:
    """The tenant of the path; a page of another site may not write to it."""
    tenant = parts.directory.tenant(tenant_id)
    origin = request.headers.get("origin")
    if request.method in WRITES:
        if origin is not None and not is_allowed(tenant, origin):
            raise Forbidden(
                f"The origin {origin[:200]} is not one of this tenant's: add it with "
                f"`collabchat tenant update {tenant.id} --add-origin …`."
            )
        if origin is None and _is_from_another_site(request):
            raise Forbidden("A browser must say which site a request comes from: its Origin is missing.")
    return tenant


async def provide_actor(request: AnyRequest, tenant: Tenant, parts: Parts, sso: Sso = None) -> Actor | None:
    """Who asks; None for nobody. Raises Banned for whom the tenant has banned."""
    actor = await identify(request, tenant, parts, sso)
    if actor is not None and request.method in WRITES:
        parts.rate_limits.admit_write_of(tenant, actor.id)
    return actor


async def identify(request: AnyRequest, tenant: Tenant, parts: Parts, sso: str | None) -> Actor | None:
    """Who asks: by bearer session, else by the `sso` query, else by the session cookie; raises Banned."""
    actor = await _find(request, tenant, parts.directory, sso)
    if actor is not None:
        parts.directory.require_not_banned(actor, None, now_ms())
    return actor


async def _find(request: AnyRequest, tenant: Tenant, directory: Directory, sso: str | None) -> Actor | None:
    now = now_ms()
    if "authorization" in request.headers:
        if (token := bearer_of(request)) is None:
            raise Unauthenticated("Authorization must be: Bearer <session>.")
        return await directory.find_by_session(tenant, token, now)
    if sso is not None:
        return await directory.find_by_sso(tenant, sso, origin_of(request), now, is_writing=request.method in WRITES)
    if (cookie := request.cookies.get(COOKIE_PREFIX + tenant.id)) is not None:
        # A browser sends cookies for any site: one writes only with an Origin, which provide_tenant has compared.
        origin = request.headers.get("origin")
        if origin is None and (request.method in WRITES or _is_from_another_site(request)):
            return None
        if origin is not None and not is_allowed(tenant, origin):
            return None
        # Nobody chose to send it: where it has ended, the asker is nobody in particular.
        with suppress(Unauthenticated):
            return await directory.find_by_session(tenant, cookie, now)
    return None


def bearer_of(request: AnyRequest) -> str | None:
    """The session that a request carries in its `Authorization`; None for anything else there, and for nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def use_of(request: AnyRequest, parts: Parts, tenant: Tenant, room: str) -> Counts:
    """Where it is counted that a request uses a room."""
    return parts.metering.ledger.count(tenant.id, site_of(request.scope, tenant), room)


def _is_from_another_site(request: AnyRequest) -> bool:
    """Whether a browser says that another site made it ask; others say nothing."""
    return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}


def origin_of(request: AnyRequest) -> str | None:
    """The site that asks, as tenants' origins are written; None where no browser says so."""
    origin = request.headers.get("origin")
    return None if origin is None else normalize_origin(origin) or ""


def address_of(request: AnyRequest) -> str:
    """What the asker's network address is counted as (IPv6: its /64); behind trusted proxies, the one they forward."""
    return home(request.client.host) if request.client is not None else ""


def require_url_id(*candidates: str | None) -> str:
    """The first urlId given; raises MissingUrlId or InvalidInput."""
    url_id = next((candidate for candidate in candidates if candidate), None)
    if url_id is None:
        raise MissingUrlId
    return check_text("urlId", url_id, URL_ID_MAX)


def require_broadcast_id(*candidates: str | None) -> str:
    """The first broadcastId given; raises InvalidInput when there is none or it is not printable ASCII."""
    broadcast_id = next((candidate for candidate in candidates if candidate is not None), None)
    if broadcast_id is None or BROADCAST_ID_PATTERN.match(broadcast_id) is None:
        raise InvalidInput("broadcastId", "give 1-64 printable ASCII characters, made anew for each write.")
    return broadcast_id


def check_text(field: str, text: str, most: int) -> str:
    """Text of at most `most` characters that can be stored; raises InvalidInput, naming the field."""
    if len(text) > most:
        raise InvalidInput(field, f"at most {most} characters, not {len(text)}.")
    if _SURROGATE.search(text) is not None:
        raise InvalidInput(field, "must be valid Unicode, without lone surrogates.")
    return text


def check_comment(text: str, tenant: Tenant) -> str:
    """A comment's text; raises EmptyComment or CommentTooBig."""
    if not text.strip():
        raise EmptyComment
    if len(text) > tenant.rules.max_comment_length:
        raise CommentTooBig(tenant.rules.max_comment_length)
    return check_text("comment", text, tenant.rules.max_comment_length)


def split_ids(text: str | None, field: str, most: int = 100) -> Sequence[str]:
    """A comma list of ids; raises InvalidInput when there are too many."""
    ids = [id_ for id_ in (text or "").split(",") if id_]
    if len(ids) > most:
        raise InvalidInput(field, f"at most {most} ids at once.")
    return ids
