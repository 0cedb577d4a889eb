"""A socket under any ASGI server, by an ordinary WebSocket route: slower, and the server's own limits apply.

The server takes one frame at a time and may make us wait for each, so every socket has a queue of its own: a slow
reader never holds up another.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect, WebSocketException

from collabchat.core.close_codes import CLOSE_TOO_BIG, CLOSE_TOO_MANY, CLOSE_TOO_SLOW
from collabchat.live.transport.backlog import Held
from collabchat.live.transport.contract import Owner
from collabchat.live.transport.frames import NOTHING, Packed, unpack
from collabchat.live.transport.switchboard import CLOSE_WITHIN_S, Switchboard

GONE = (OSError, WebSocketException)
"""What sending to a client that has just gone raises."""


class AsgiTransport:
    """One socket, as `contract.Transport`. `serve` runs until it is closed by either side."""

    fd = -1

    def __init__(self, socket: WebSocket[Any, Any, Any], switchboard: Switchboard) -> None:
        self._socket = socket
        self._owner: Owner | None = None
        self._switchboard = switchboard
        self._backlog = switchboard.backlog
        self._full_at = 0.0
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._level = asyncio.Event()
        self._level.set()
        self._close_code: int | None = None
        self.held: Held | None = Held()

    def write(self, packed: Packed) -> bool:
        """Send frames, as soon as those before them have gone out."""
        if self._close_code is not None or self.held is None:
            return False
        if not self.held.add(packed, self._backlog.now()):
            self._backlog.close(self)
            return False
        self._level.clear()
        self._backlog.join(self)
        self._backlog.grow(len(packed))
        self._wake.set()
        return True

    def write_missed(self, packed: Iterable[Packed]) -> bool:
        """Send what the client has missed: however long it is, it does not make the client a slow one."""
        all_ = Packed(b"".join(packed))
        if self.held is not None:
            self.held.allow(len(all_))
        return self.write(all_)

    def ping(self) -> bool:
        """The server below does that."""
        return False

    def close(self, code: int, last_words: Packed = NOTHING) -> bool:
        """Close as soon as the frame under way is out; what still waits is given up, but for the last words."""
        if self._close_code is not None:
            return False
        self._close_code = code
        self._backlog.leave(self)
        if self.held is not None:
            given_up = self.held.replace(last_words, self._backlog.now())
            if self._owner is not None:
                self._owner.take_back(given_up)
        self._closing.set()
        self._wake.set()
        return True

    def give_up(self) -> None:
        """Close a reader who is too far behind."""
        self.close(CLOSE_TOO_SLOW)

    async def drain(self) -> None:
        """Wait until nothing waits to be sent any more; only while `serve` runs."""
        await self._level.wait()

    async def serve(self, owner: Owner) -> None:
        """Send what is queued, and hand over what comes, one after the other, until the end."""
        self._owner = owner
        sender = asyncio.create_task(self._send())
        listener = asyncio.create_task(self._listen(owner))
        overdue = asyncio.create_task(self._wait_for_the_end())
        tasks = (sender, listener, overdue)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Also when this is called off from outside.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._backlog.leave(self)
            self.held = None
        for task in done:
            if (error := task.exception()) is not None and not isinstance(error, GONE):
                raise error

    async def _wait_for_the_end(self) -> None:
        """Once it is closed, a client that reads nothing has this long; then the web server hangs up."""
        await self._closing.wait()
        await asyncio.sleep(CLOSE_WITHIN_S)

    async def _send(self) -> None:
        held = self.held
        assert held is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            while waiting := held.take():
                is_last = self._close_code is not None
                for payload in (payload for packed in waiting for payload in unpack(packed)):
                    if self._close_code is not None and not is_last:
                        break
                    await self._socket.send_text(payload.decode())
            self._backlog.leave(self)
            held = self.held = Held()
            self._level.set()
            if self._close_code is not None:
                await self._socket.close(self._close_code)
                return

    async def _listen(self, owner: Owner) -> None:
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text, data = message.get("text"), message.get("bytes")
                said = text if isinstance(text, str) else data
                owner.note_life()
                if isinstance(said, str | bytes) and self._may_say(said) and (hearing := owner.hear(said)) is not None:
                    await hearing
        except WebSocketDisconnect:
            return

    def _may_say(self, said: str | bytes) -> bool:
        """Whether a message is small enough, and not too soon after those before; else this is the end."""
        if len(said.encode() if isinstance(said, str) else said) > self._switchboard.inbound_max_bytes:
            self.close(CLOSE_TOO_BIG)
            return False
        full_at = self._switchboard.pace.step(self._full_at, self._backlog.now())
        if full_at is None:
            self.close(CLOSE_TOO_MANY)
            return False
        self._full_at = full_at
        return self._close_code is None
