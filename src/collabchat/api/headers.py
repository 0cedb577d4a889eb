"""What every answer tells the browser: to take it for nothing but what it says it is, and to let nobody else use it.

| header | value | unless |
|---|---|---|
| X-Content-Type-Options | nosniff | |
| X-Frame-Options | DENY | a route says otherwise |
| Content-Security-Policy | default-src 'none'; frame-ancestors 'none' | a route says otherwise, as pages do |
| Referrer-Policy | no-referrer | a route says otherwise |
| Cross-Origin-Resource-Policy | same-origin | under /js, which any site may load: cross-origin |
| Cross-Origin-Opener-Policy | same-origin | only on pages |
| Strict-Transport-Security | a year | only where readers come by TLS, and not to this machine itself |

Cross-Origin-Resource-Policy is about what a page takes in without asking (`<img>`, `<script>`, `no-cors`). A tenant's
pages ask by CORS, where `cors` alone decides, and they go on working.
"""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from collabchat.identity.origins import is_loopback
from collabchat.settings import Settings

HSTS_S = 31_536_000
OPEN_TO_ALL = "/js/"
"""Under this path is what other sites load."""

Pairs = list[tuple[bytes, bytes]]

_OPENER = (b"cross-origin-opener-policy", b"same-origin")


def base_headers(settings: Settings) -> dict[str, str]:
    """What an answer gets for which no route says anything else."""
    headers = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
    }
    # Who tries TLS on their own machine must not lose plain http://localhost there, for every port and a whole year.
    if settings.proxy_tls or (settings.tls_cert is not None and not is_loopback(settings.host)):
        headers["strict-transport-security"] = f"max-age={HSTS_S}"
    return headers


class SafeHeaders:
    """An ASGI layer, the outermost, which adds to every answer the headers above that it does not have."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        own = {name.encode(): value.encode() for name, value in base_headers(settings).items()}
        shared = {**own, b"cross-origin-resource-policy": b"cross-origin"}
        self._names = frozenset([*own, _OPENER[0]])
        # By whether it is open to all, and whether it is a page.
        self._usual: dict[tuple[bool, bool], Pairs] = {
            (is_open, is_page): [*(shared if is_open else own).items(), *([_OPENER] if is_page else [])]
            for is_open in (False, True)
            for is_page in (False, True)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        is_open = scope["path"].startswith(OPEN_TO_ALL)

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                given = dict(headers)
                is_page = given.get(b"content-type", b"").startswith(b"text/html")
                usual = self._usual[is_open, is_page]
                if not self._names.isdisjoint(given):
                    usual = [pair for pair in usual if pair[0] not in given]
                message["headers"] = [*headers, *usual]
            await send(message)

        await self._app(scope, receive, send_safe)
