"""Cross-origin rules, outermost: a tenant's own sites may call, exactly compared, and nobody else's."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from collabchat.api.paths import tenant_in_address
from collabchat.identity.directory import Directory
from collabchat.identity.origins import is_allowed


def _readable_by_all(send: Send) -> Send:
    """Let any site load the widget as a module, or with a checked hash; it is the same for everybody."""

    async def send_readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"access-control-allow-origin", b"*")]
        await send(message)

    return send_readable


_PREFLIGHT_AGE_S = 600


class Cors:
    """An ASGI layer that answers preflights and marks answers as readable by the tenant's origins."""

    def __init__(self, app: ASGIApp, directory: Directory) -> None:
        self._app = app
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith("/js/"):
            await self._app(scope, receive, _readable_by_all(send))
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin")
        tenant = None if origin is None else self._directory.find_tenant(tenant_in_address(scope))
        if origin is None or tenant is None or not is_allowed(tenant, origin):
            await self._app(scope, receive, send)
            return
        allow = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"Retry-After"),
            (b"vary", b"Origin"),
        ]
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            allow += [
                (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
                (b"access-control-allow-headers", b"authorization, content-type, x-api-key, x-tenant-id"),
                (b"access-control-max-age", str(_PREFLIGHT_AGE_S).encode()),
                (b"content-length", b"0"),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": allow})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *allow]
            await send(message)

        await self._app(scope, receive, send_allowed)
