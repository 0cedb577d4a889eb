"""`GET /sub`, both ways in.

Classic: the ids of a snapshot let a socket into one room, where it only listens. Ours (`v=2`): the tenant's name lets
it in, and all else is said in messages, so that no secret stands in an address.
"""

import time
from typing import Annotated, Any

from litestar import WebSocket, websocket
from litestar.params import QueryParameter

from collabchat.clock import now_ms
from collabchat.core.close_codes import CLOSE_BAD_MESSAGE, CLOSE_FORBIDDEN, CLOSE_UNAUTHENTICATED
from collabchat.core.events import encode
from collabchat.core.messages import Trouble
from collabchat.core.model import Tenant
from collabchat.errors import Refusal
from collabchat.identity.directory import Directory
from collabchat.identity.origins import is_allowed
from collabchat.identity.rate_limits import RateLimits
from collabchat.live.connection import Connection
from collabchat.live.heartbeat import Heartbeat
from collabchat.live.hub import Guest, Hub
from collabchat.live.room import Seat
from collabchat.live.transport import Transport
from collabchat.storage import conversations
from collabchat.storage.sqlite import Database

VERSION = "2"

Socket = WebSocket[Any, Any, Any]


@websocket("/sub")
async def sub(
    socket: Socket,
    directory: Directory,
    database: Database,
    hub: Hub,
    heartbeat: Heartbeat,
    rate_limits: RateLimits,
    room_token: Annotated[str, QueryParameter(name="urlId")] = "",
    live_token: Annotated[str, QueryParameter(name="userIdWS")] = "",
    tenant_id: Annotated[str, QueryParameter(name="tenantIdWS")] = "",
    version: Annotated[str, QueryParameter(name="v")] = "",
) -> None:
    """Serve a viewer until the socket closes; wrong ids and foreign origins get 403, before the upgrade."""
    tenant = _admit(socket, directory, rate_limits, tenant_id)
    if tenant is None or hub.is_draining:
        await socket.close(CLOSE_FORBIDDEN)
    elif not version:
        await _serve_classic(socket, tenant, directory, hub, room_token, live_token)
    elif version == VERSION:

        async def has_conversation(page: str, chat_id: str) -> bool:
            return await database.read(lambda reader: conversations.is_on_page(reader, tenant, page, chat_id))

        await socket.accept()
        await Connection(Transport(socket), tenant, hub, heartbeat, directory, has_conversation).serve()
    else:
        await socket.accept()
        await socket.send_text(encode(Trouble("unsupported-version")).decode())
        await socket.close(CLOSE_BAD_MESSAGE)


def _admit(socket: Socket, directory: Directory, rate_limits: RateLimits, tenant_id: str) -> Tenant | None:
    """The tenant, if the page that asks may show its discussions."""
    try:
        tenant = directory.tenant(tenant_id)
        rate_limits.hit(tenant.id, "connect", socket.client.host if socket.client else "", time.time())
    except Refusal:
        return None
    origin = socket.headers.get("origin")
    return tenant if origin is None or is_allowed(tenant, origin) else None


async def _serve_classic(
    socket: Socket, tenant: Tenant, directory: Directory, hub: Hub, room_token: str, live_token: str
) -> None:
    async def may_watch() -> bool:
        return await directory.check_live(live_token, tenant.id, now_ms()) is not None

    watcher = await directory.check_live(live_token, tenant.id, now_ms())
    named = directory.tokens.read_room(room_token)
    if watcher is None or named is None or named[0] != tenant.id:
        await socket.close(CLOSE_FORBIDDEN)
        return
    transport = Transport(socket)
    room = hub.room(tenant, named[1])
    seat = Seat(transport, watcher.user_id)
    hub.guests[transport] = Guest(tenant.id, watcher.session_id, is_classic=True)

    async def ignore(message: str | bytes) -> None:
        if isinstance(message, bytes):
            transport.close(CLOSE_BAD_MESSAGE)

    try:
        # Once it is open, nothing that is committed may escape it: so it has its seat before.
        if not await room.watch(seat, None, may_watch):
            transport.close(CLOSE_UNAUTHENTICATED)
        await socket.accept()
        await transport.serve(ignore)
    finally:
        del hub.guests[transport]
        room.exit(seat)
