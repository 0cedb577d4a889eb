"""What a request's address says, before any route has looked at it: which path, and which tenant it is about."""

import re
from urllib.parse import parse_qs

from litestar.types import HTTPScope

from collabchat.core.model import Tenant
from collabchat.identity.origins import is_allowed, normalize_origin

_TENANT_PATH = re.compile(r"/(?:sessions|comment-collab-chats|comments|event-log|pages|people|bans)/([^/]+)")
_NAMED_IN_QUERY = re.compile(r"/user-presence-status\Z|/flag-comment/")
_KEYED_PATH = "/api/v1/"
_SLASHES = re.compile("//+")


def path_of(scope: HTTPScope) -> str:
    """The path as the router reads it: of slashes in a row one counts, and none at the end."""
    return _SLASHES.sub("/", f"/{scope['path'].strip('/')}")


def tenant_in_address(scope: HTTPScope) -> str | None:
    """The tenant's id, whether there is such a tenant or not; None where the address names none."""
    path = path_of(scope)
    if (match := _TENANT_PATH.match(path)) is not None:
        return match[1]
    if _NAMED_IN_QUERY.match(path) is not None:
        return parse_qs(scope["query_string"].decode("latin-1")).get("tenantId", [None])[0]
    return None


def site_of(scope: HTTPScope, tenant: Tenant) -> str:
    """The site of the tenant's that asks, as far as a browser says so; empty where that is unknown.

    Asking its own server, a browser names the page only as the referrer.
    """
    headers = dict(scope["headers"])
    named = headers.get(b"origin") or headers.get(b"referer", b"")
    origin = normalize_origin("/".join(named.decode("latin-1").split("/")[:3]))
    return origin if origin is not None and is_allowed(tenant, origin) else ""


def tenant_named(scope: HTTPScope) -> str | None:
    """The same; where requests carry a key, a header names the tenant."""
    if path_of(scope).startswith(_KEYED_PATH):
        return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-tenant-id"), None)
    return tenant_in_address(scope)
