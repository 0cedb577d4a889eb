"""Frames as they stand on the wire (RFC 6455 §5): packed once, then the same bytes for every socket of a room."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NewType

from websockets.frames import Close, Frame, Opcode

from collabchat.core.close_codes import CLOSE_NO_CODE

Packed = NewType("Packed", bytes)
"""One or more whole frames, from the server to a client: unmasked, never fragmented."""

NOTHING = Packed(b"")
PING = Packed(Frame(Opcode.PING, b"").serialize(mask=False))

_TEXT = 0x80 | Opcode.TEXT
_LENGTH_16 = 126
_LENGTH_64 = 127


def pack(payload: bytes) -> Packed:
    """A text frame; the payload is UTF-8."""
    return Packed(Frame(Opcode.TEXT, payload).serialize(mask=False))


def pack_all(payloads: Iterable[bytes]) -> Packed:
    """A text frame for each payload, to be written in one go."""
    return Packed(b"".join(map(pack, payloads)))


def pack_bytes(payload: bytes) -> Packed:
    """A binary frame."""
    return Packed(Frame(Opcode.BINARY, payload).serialize(mask=False))


def pong(payload: bytes) -> Packed:
    """The answer to a ping."""
    return Packed(Frame(Opcode.PONG, payload).serialize(mask=False))


@lru_cache
def close(code: int) -> Packed:
    """A close frame; CLOSE_NO_CODE stands for one that gives no code."""
    data = b"" if code == CLOSE_NO_CODE else Close(code, "").serialize()
    return Packed(Frame(Opcode.CLOSE, data).serialize(mask=False))


def measure(packed: Packed) -> tuple[int, int]:
    """How many text frames there are, and the bytes of their payloads."""
    count = size_bytes = at = 0
    while at < len(packed):
        is_text, length, at = packed[at] == _TEXT, packed[at + 1], at + 2
        width = {_LENGTH_16: 2, _LENGTH_64: 8}.get(length, 0)
        if width:
            length, at = int.from_bytes(packed[at : at + width], "big"), at + width
        if is_text:
            count += 1
            size_bytes += length
        at += length
    return count, size_bytes


def unpack(packed: Packed) -> list[bytes]:
    """The payloads of text frames, for those who have no use for frames."""
    payloads, at = [], 0
    while at < len(packed):
        length, at = packed[at + 1], at + 2
        width = {_LENGTH_16: 2, _LENGTH_64: 8}.get(length, 0)
        if width:
            length, at = int.from_bytes(packed[at : at + width], "big"), at + width
        payloads.append(packed[at : at + length])
        at += length
    return payloads
