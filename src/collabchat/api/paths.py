"""Which tenant a request is about, as far as its address says it, before any route has looked at it."""

import re
from urllib.parse import parse_qs

from litestar.types import HTTPScope

_TENANT_PATH = re.compile(r"/+(?:sessions|comment-collab-chats|comments|event-log|pages|people|bans)/+([^/]+)")
_STATUS_PATH = "/user-presence-status"
_KEYED_PATH = "/api/v1/"


def tenant_in_address(scope: HTTPScope) -> str | None:
    """The tenant's id, whether there is such a tenant or not; None where the address names none."""
    if (match := _TENANT_PATH.match(scope["path"])) is not None:
        return match[1]
    if scope["path"].rstrip("/") == _STATUS_PATH:
        return parse_qs(scope["query_string"].decode("latin-1")).get("tenantId", [None])[0]
    return None


def tenant_named(scope: HTTPScope) -> str | None:
    """The same; where requests carry a key, a header names the tenant."""
    if scope["path"].startswith(_KEYED_PATH):
        return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-tenant-id"), None)
    return tenant_in_address(scope)
