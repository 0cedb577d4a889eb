"""`GET /sub` as an ordinary WebSocket route, for web servers that our own transport does not know."""

from typing import Any

from litestar import WebSocket, websocket

from collabchat.core.close_codes import CLOSE_FORBIDDEN
from collabchat.errors import Refusal
from collabchat.live.door import Door
from collabchat.live.transport.asgi import AsgiTransport
from collabchat.live.transport.contract import PATH, Handshake
from collabchat.live.transport.switchboard import Switchboard


@websocket(PATH)
async def sub(socket: WebSocket[Any, Any, Any], entrance: Door, switchboard: Switchboard) -> None:
    """Serve a viewer until the socket closes; who is refused gets 403, before the upgrade."""
    query = socket.scope["query_string"].decode("latin-1")
    address = socket.client.host if socket.client else ""
    try:
        headers = socket.headers
        make_owner = entrance.knock(Handshake(query, address, headers.get("origin"), headers.get("host", "")))
    except Refusal:
        await socket.close(CLOSE_FORBIDDEN)
        return
    transport = AsgiTransport(socket, switchboard)
    owner = make_owner(transport)
    try:
        entering = owner.enter()
        if entering is not None and not await entering:
            await socket.close(CLOSE_FORBIDDEN)
            return
        await socket.accept()
        await transport.serve(owner)
    finally:
        owner.leave()
