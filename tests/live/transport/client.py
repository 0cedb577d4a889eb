"""The client's end of a connection on 127.0.0.1: it does what a test says, and no more."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from msgspec import Struct
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from collabchat.core.close_codes import CLOSE_NO_CODE

HANGS_AFTER_S = 5
"""A guard: nothing here takes so long."""

KERNEL_BYTES = 16 * 1024
"""What each side's kernel may keep, about: so little that a reader who stops is noticed soon."""

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""RFC 6455, §1.3."""

T = TypeVar("T")


async def soon(what: Awaitable[T]) -> T:
    return await asyncio.wait_for(what, HANGS_AFTER_S)


async def until(is_so: Callable[[], object]) -> None:
    """Let the loop turn until it is so."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while not is_so():  # noqa: ASYNC110 - there is no event for what is looked at
            await asyncio.sleep(0)


class Answer(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code in our body of a refusal."""
        body = json.loads(self.body)
        assert body["status"] == "failed"
        assert self.headers["content-type"] == "application/json"
        assert self.headers["cache-control"] == "no-store"
        return str(body["code"])


def request(start: str = "GET / HTTP/1.1", **headers: str | None) -> bytes:
    """The head of a request; underscores in names stand for dashes."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([start, "Host: x", *lines, "", ""]).encode()


def upgrade(start: str = "GET /sub HTTP/1.1", **headers: str | None) -> bytes:
    """A request for a WebSocket."""
    usual: dict[str, str | None] = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": KEY,
    }
    return request(start, **{**usual, **headers})


def masked(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A frame of a client."""
    return Frame(opcode, data, fin).serialize(mask=True)


def text(words: str) -> bytes:
    return masked(Opcode.TEXT, words.encode())


def goodbye(code: int) -> bytes:
    return masked(Opcode.CLOSE, b"" if code == CLOSE_NO_CODE else Close(code, "").serialize())


class Client:
    """The other end. It reads no more than its kernel and `KERNEL_BYTES` take, unless the test does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._transport = cast(asyncio.Transport, writer.transport)
        self._stream = StreamReader()

    def say(self, *pieces: bytes) -> None:
        """Send in one go."""
        self._writer.write(b"".join(pieces))

    async def answer(self) -> Answer:
        """What the server answers to a request."""
        head = (await soon(self._reader.readuntil(b"\r\n\r\n"))).decode("latin-1")
        start, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await soon(self._reader.readexactly(int(headers.get("content-length", 0))))
        return Answer(int(start.split()[1]), headers, body)

    async def refusal(self) -> Answer:
        """An answer after which the connection ends."""
        answer = await self.answer()
        assert await self.frame() is None
        return answer

    async def frame(self) -> Frame | None:
        """The next frame; None at the end."""
        parser = Frame.parse(self._stream.read_exact, mask=False)
        while True:
            try:
                next(parser)
            except StopIteration as end:
                return cast(Frame, end.value)
            try:
                data = await soon(self._reader.read(2**16))
            except ConnectionError:
                data = b""
            if not data:
                return None
            self._stream.feed_data(data)

    async def texts(self, count: int) -> list[str]:
        """The next messages; there is nothing between them."""
        found = []
        for _ in range(count):
            frame = await self.frame()
            assert frame is not None
            assert frame.opcode is Opcode.TEXT, frame
            found.append(bytes(frame.data).decode())
        return found

    async def end(self) -> tuple[list[str], int | None]:
        """All that comes until the end: messages, and the code that the server closes with."""
        words, code = list[str](), None
        while (frame := await self.frame()) is not None:
            assert code is None, "nothing may follow a close"
            if frame.opcode is Opcode.CLOSE:
                code = int(Close.parse(bytes(frame.data)).code)
            else:
                words.append(bytes(frame.data).decode())
        return words, code

    async def close_code(self) -> int | None:
        """The code that the server closes with, next; answered as clients do."""
        frame = await self.frame()
        assert frame is not None
        assert frame.opcode is Opcode.CLOSE
        code = int(Close.parse(bytes(frame.data)).code)
        self.say(goodbye(code))
        assert await self.frame() is None
        return code

    def stop_reading(self) -> None:
        self._transport.pause_reading()

    def read_on(self) -> None:
        self._transport.resume_reading()

    def hang_up(self) -> None:
        """Close without a word."""
        self._writer.close()

    def vanish(self) -> None:
        """Be gone; what comes is answered by a reset."""
        self._transport.abort()

    async def close(self) -> None:
        """Leave nothing open."""
        self.vanish()
        with contextlib.suppress(OSError):
            await soon(self._writer.wait_closed())
