"""Addresses, looked at before anybody acts on them: whoever reads one must read the same in it.

A name given twice is taken by some readers as the first and by others as the last, and bytes that are no UTF-8 become
whatever a reader puts in their place. So both are refused here, once for all.
"""

from urllib.parse import unquote_to_bytes

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from collabchat.api.failures import send_refusal
from collabchat.errors import InvalidInput, NotFound, Refusal

GIVEN_ONCE = {
    b"urlId", b"tenantId", b"sso", b"userIdWS", b"urlIdWS", b"tenantIdWS", b"broadcastId", b"userId", b"afterSeq",
    b"epoch", b"startTime", b"endTime", b"pending",
}  # fmt: skip
"""Lists of other clients may repeat their names; these decide who sees what."""


class Addresses:
    """An ASGI layer that lets pass what can be read in one way only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == ScopeType.HTTP and (refusal := _object_to(scope)) is not None:
            await send_refusal(send, refusal)
        else:
            await self._app(scope, receive, send)


def _object_to(scope: Scope) -> Refusal | None:
    path, query = scope.get("raw_path") or b"", scope["query_string"]
    if b"%" in path and (not _is_text(path) or b"\0" in unquote_to_bytes(path)):
        return NotFound()
    if not query:
        return None
    if b"%" in query and not _is_text(query):
        return InvalidInput("query", "must be UTF-8, percent-encoded.")
    names = [unquote_to_bytes(pair.partition(b"=")[0]) for pair in query.split(b"&")]
    if len(names) > 1:
        for name in GIVEN_ONCE.intersection(names):
            if names.count(name) > 1:
                return InvalidInput(name.decode(), "was given more than once.")
    return None


def _is_text(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return False
    return True
