"""Starlette, as a user would write it: a set of sockets for each room, and a loop of `await socket.send_text`."""

import json
from collections import defaultdict

# It is installed in an environment of its own.
from starlette.applications import Starlette  # type: ignore[import-not-found]
from starlette.routing import WebSocketRoute  # type: ignore[import-not-found]
from starlette.websockets import WebSocket, WebSocketDisconnect  # type: ignore[import-not-found]

rooms: defaultdict[str, set[WebSocket]] = defaultdict(set)


async def view(socket: WebSocket) -> None:
    """Stay in the room until the socket closes."""
    await socket.accept()
    name = socket.path_params["room"]
    rooms[name].add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        rooms[name].discard(socket)
        if not rooms[name]:
            del rooms[name]


async def publish(socket: WebSocket) -> None:
    """Tell a room whatever the publisher says."""
    await socket.accept()
    try:
        while True:
            message = await socket.receive_json()
            text = json.dumps(message["payload"])
            for viewer in list(rooms.get(message["room"], ())):
                await viewer.send_text(text)
    except WebSocketDisconnect:
        pass


app = Starlette(routes=[WebSocketRoute("/pub", publish), WebSocketRoute("/{room}", view)])
