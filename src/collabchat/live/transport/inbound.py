"""What a client sends, taken apart: bytes in, whole messages out, by the rules of RFC 6455.

Single frames are read by the sans-I/O core of `websockets`; how frames make messages (§5.4) and what is valid text
(§8.1) is here, because that library takes a close amid a fragmented message for an error, and leaves text to others.
Whoever has nothing unfinished (`is_idle`) needs none of this: a socket has an `Inbound` only while bytes are under way.
"""

import codecs
from collections.abc import Generator, Iterator

from msgspec import Struct
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from collabchat.core.close_codes import CLOSE_NOT_TEXT, CLOSE_PROTOCOL, CLOSE_TOO_BIG

CONTROL_MAX_BYTES = 125
"""No control frame is longer (§5.5), and one may come amid a message of any length."""


class Violation(Exception):
    """The client broke the rules, or went over a limit; the connection ends with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Ping(Struct, frozen=True):
    """To be answered with the same payload."""

    payload: bytes


class Pong(Struct, frozen=True):
    """A sign of life."""


class Part(Struct, frozen=True):
    """A piece of a message that is not whole yet."""


class Goodbye(Struct, frozen=True):
    """The client closes; 1005 if it does not say why."""

    code: int


Received = str | bytes | Ping | Pong | Part | Goodbye


class Inbound:
    """Reads what one client sends; raises Violation for whatever no client may send. Limits are of one message."""

    __slots__ = ("_frame", "_max_bytes", "_max_parts", "_opcode", "_parts", "_reader", "_size", "_text")

    def __init__(self, max_bytes: int, max_parts: int) -> None:
        self._max_bytes = max_bytes
        self._max_parts = max_parts
        self._reader = StreamReader()
        self._frame: Generator[None, None, Frame] | None = None
        self._opcode: Opcode | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._text: codecs.IncrementalDecoder | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing has begun that is not complete."""
        return self._frame is None and self._opcode is None

    def feed(self, data: bytes) -> Iterator[Received]:
        """Take bytes as they came; yields what is complete, one after the other."""
        self._reader.feed_data(data)
        while self._frame is not None or self._reader.buffer:
            frame = self._read()
            if frame is None:
                return
            yield self._take(frame)

    def _read(self) -> Frame | None:
        """The next frame, when all of it is there; a length over the limit is refused before anything is kept."""
        if self._frame is None:
            most = max(self._max_bytes - self._size, CONTROL_MAX_BYTES)
            self._frame = Frame.parse(self._reader.read_exact, mask=True, max_size=most)
        try:
            next(self._frame)
        except StopIteration as end:
            self._frame = None
            frame: Frame = end.value
            return frame
        except ProtocolError:
            raise Violation(CLOSE_PROTOCOL) from None
        except PayloadTooBig:
            raise Violation(CLOSE_TOO_BIG) from None
        return None

    def _take(self, frame: Frame) -> Received:
        match frame.opcode:
            case Opcode.PING:
                return Ping(bytes(frame.data))
            case Opcode.PONG:
                return Pong()
            case Opcode.CLOSE:
                return self._read_goodbye(bytes(frame.data))
        is_first = frame.opcode is not Opcode.CONT
        if is_first is not (self._opcode is None):
            raise Violation(CLOSE_PROTOCOL)
        if is_first and frame.fin:
            return self._read_whole(frame)
        return self._read_part(frame)

    def _read_whole(self, frame: Frame) -> str | bytes:
        if len(frame.data) > self._max_bytes:
            raise Violation(CLOSE_TOO_BIG)
        data = bytes(frame.data)
        if frame.opcode is Opcode.BINARY:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise Violation(CLOSE_NOT_TEXT) from None

    def _read_part(self, frame: Frame) -> Received:
        if self._opcode is None:
            self._opcode = frame.opcode
            self._text = codecs.getincrementaldecoder("utf-8")() if frame.opcode is Opcode.TEXT else None
        self._parts.append(bytes(frame.data))
        self._size += len(frame.data)
        if self._size > self._max_bytes or len(self._parts) > self._max_parts:
            raise Violation(CLOSE_TOO_BIG)
        if self._text is not None:
            try:
                self._text.decode(frame.data, final=frame.fin)
            except UnicodeDecodeError:
                raise Violation(CLOSE_NOT_TEXT) from None
        if not frame.fin:
            return Part()
        data = b"".join(self._parts)
        message = data if self._text is None else data.decode()
        self._opcode, self._text, self._parts, self._size = None, None, [], 0
        return message

    @staticmethod
    def _read_goodbye(data: bytes) -> Goodbye:
        try:
            return Goodbye(Close.parse(data).code)
        except ProtocolError:
            raise Violation(CLOSE_PROTOCOL) from None
        except UnicodeDecodeError:
            raise Violation(CLOSE_NOT_TEXT) from None
