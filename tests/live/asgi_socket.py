"""The web server's end of an ASGI socket, played by the test."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from litestar.exceptions import WebSocketDisconnect


class Socket:
    """The web server's end of a socket, played by the test; while it is stuck, nothing leaves."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: int | None = None
        self.is_lost = False
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()

    async def send_text(self, text: str) -> None:
        await self._flows.wait()
        if self.is_lost:
            raise WebSocketDisconnect(detail="gone")
        self.sent.append(text)
        self._news.set()

    async def close(self, code: int) -> None:
        self.closed = code

    async def receive(self) -> dict[str, Any]:
        return await self._inbox.get()

    def say(self, **message: Any) -> None:
        self._inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def say_bytes(self, data: bytes) -> None:
        self._inbox.put_nowait({"type": "websocket.receive", "bytes": data})

    @property
    def unread(self) -> int:
        """How many messages the server has not taken in."""
        return self._inbox.qsize()

    def hang_up(self) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect"})

    def stick(self) -> None:
        self._flows.clear()

    def unstick(self) -> None:
        self._flows.set()

    @property
    def frames(self) -> list[Any]:
        """What arrived, presence left out."""
        frames = [json.loads(text) for text in self.sent]
        return [frame for frame in frames if isinstance(frame, list) or frame["type"] != "p-u"]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for frames until it is so."""
        while not is_so():
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)

    async def hear(self, type_: str, count: int = 1) -> Any:
        """The last of so many frames of a type."""

        def found() -> list[Any]:
            return [frame for frame in self.frames if isinstance(frame, dict) and frame["type"] == type_]

        await self.until(lambda: len(found()) >= count)
        return found()[count - 1]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(1_000):
        await asyncio.sleep(0)
