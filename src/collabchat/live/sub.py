"""`GET /sub`, classic form: the ids of a snapshot let a socket into one room, where it only listens."""

import time
from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.params import QueryParameter

from collabchat.errors import Refusal
from collabchat.identity.directory import Directory
from collabchat.identity.origins import is_allowed
from collabchat.identity.rate_limits import RateLimits
from collabchat.live.hub import Hub
from collabchat.live.transport import CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT, Transport


@websocket("/sub")
async def sub(
    socket: WebSocket[Any, Any, Any],
    directory: Directory,
    hub: Hub,
    rate_limits: RateLimits,
    room_token: Annotated[str, QueryParameter(name="urlId")] = "",
    live_token: Annotated[str, QueryParameter(name="userIdWS")] = "",
    tenant_id: Annotated[str, QueryParameter(name="tenantIdWS")] = "",
) -> None:
    """Serve a viewer until the socket closes; wrong ids and foreign origins get 403, before the upgrade."""
    now_s = time.time()
    try:
        tenant = directory.tenant(tenant_id)
        rate_limits.hit(tenant.id, "connect", socket.client.host if socket.client else "", now_s)
    except Refusal:
        await socket.close(CLOSE_FORBIDDEN)
        return
    origin = socket.headers.get("origin")
    claim = await directory.check_live(live_token, tenant.id, int(now_s * 1000))
    named = directory.tokens.read_room(room_token)
    if (
        claim is None
        or named is None
        or named[0] != tenant.id
        or (origin is not None and not is_allowed(tenant, origin))
    ):
        await socket.close(CLOSE_FORBIDDEN)
        return
    await socket.accept()
    transport = Transport(socket, claim.session_id)
    room = hub.enter(tenant, named[1], transport, claim.user_id)
    try:
        # Whoever signed out while the socket was being opened has no more sockets that the sign-out could close.
        if await directory.check_live(live_token, tenant.id, int(time.time() * 1000)) is None:
            transport.close(CLOSE_SIGNED_OUT)
        await transport.serve()
    finally:
        room.exit(transport)
