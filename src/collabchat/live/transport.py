"""The only place that knows the web server: one viewer's socket, and how a frame goes to many.

Here an ordinary ASGI WebSocket with a queue of its own, so that a slow reader never holds up another. A sequenced
frame is never dropped: a socket that falls too far behind is closed, and its client catches up from the log.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect, WebSocketException

from collabchat.core.close_codes import CLOSE_TOO_SLOW

INBOUND_MAX_BYTES = 16 * 1024
BEHIND_MAX_BYTES = 256 * 1024

GONE = (OSError, WebSocketException)
"""What sending to a client that has just gone raises."""


class Transport:
    """One open socket. `write` never waits; `serve` runs until the socket is closed by either side."""

    def __init__(self, socket: WebSocket[Any, Any, Any]) -> None:
        self._socket = socket
        self._waiting: deque[tuple[str, int]] = deque()
        self._waiting_bytes = 0
        self._may_wait_bytes = BEHIND_MAX_BYTES
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._close_code: int | None = None

    def write(self, text: str, size_bytes: int) -> None:
        """Queue a frame; closes the socket when more than 256 KiB wait already."""
        if self._close_code is not None:
            return
        if self._waiting_bytes + size_bytes > self._may_wait_bytes:
            self.close(CLOSE_TOO_SLOW)
            return
        self._waiting_bytes += size_bytes
        self._waiting.append((text, size_bytes))
        self._wake.set()

    def write_all(self, frames: Iterable[bytes]) -> None:
        """Queue what the client has missed: however long it is, it does not make the client a slow one."""
        for frame in frames:
            self._may_wait_bytes += len(frame)
            self.write(frame.decode(), len(frame))

    def close(self, code: int, last_words: bytes = b"") -> None:
        """Close as soon as the frame under way is out; what still waits is given up, but for the last words."""
        if self._close_code is None:
            self._close_code = code
            self._waiting.clear()
            if last_words:
                self._waiting.append((last_words.decode(), len(last_words)))
            self._wake.set()

    async def drain(self) -> None:
        """Wait until all that was queued has gone out; only while `serve` runs."""
        while self._waiting:
            self._empty.clear()
            await self._empty.wait()

    async def serve(self, receive: Callable[[str | bytes], Awaitable[None]]) -> None:
        """Send what is queued, and hand over what comes, one after the other, until the end."""
        sender = asyncio.create_task(self._send())
        listener = asyncio.create_task(self._listen(receive))
        try:
            done, _ = await asyncio.wait({sender, listener}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Also when this is called off from outside.
            sender.cancel()
            listener.cancel()
            await asyncio.gather(sender, listener, return_exceptions=True)
        for task in done:
            if (error := task.exception()) is not None and not isinstance(error, GONE):
                raise error

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            # Frames that wait together leave together: the loop writes them to the network in one call.
            while self._waiting:
                text, size_bytes = self._waiting.popleft()
                self._waiting_bytes -= size_bytes
                await self._socket.send_text(text)
            self._may_wait_bytes = BEHIND_MAX_BYTES
            self._empty.set()
            if self._close_code is not None:
                await self._socket.close(self._close_code)
                return

    async def _listen(self, receive: Callable[[str | bytes], Awaitable[None]]) -> None:
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text, data = message.get("text"), message.get("bytes")
                if isinstance(text, str):
                    await receive(text)
                elif isinstance(data, bytes):
                    await receive(data)
        except WebSocketDisconnect:
            return


def broadcast(transports: Iterable[Transport], frame: bytes) -> None:
    """Hand one frame, encoded once, to many sockets."""
    text, size_bytes = frame.decode(), len(frame)
    for transport in transports:
        transport.write(text, size_bytes)
