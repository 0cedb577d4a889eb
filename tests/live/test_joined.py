"""Frames that are written in one turn of the loop reach the network in one write."""

import asyncio
from typing import cast

from collabchat.live.joined import _Joined


class Wire(asyncio.Transport):
    """The network's end: keeps what was written, and in which order it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []
        self.is_lost = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.heard.append(bytes(data))

    def close(self) -> None:
        self.heard.append(b"<closed>")

    def is_closing(self) -> bool:
        return self.is_lost


def joined() -> tuple[Wire, asyncio.Transport]:
    wire = Wire()
    return wire, cast("asyncio.Transport", _Joined(wire))


async def test_what_is_written_in_one_turn_is_one_write() -> None:
    wire, transport = joined()
    for part in (b"one ", b"two ", b"three"):
        transport.write(part)
    assert wire.heard == []
    await asyncio.sleep(0)
    assert wire.heard == [b"one two three"]
    transport.write(b"four")
    await asyncio.sleep(0)
    assert wire.heard == [b"one two three", b"four"]


async def test_what_was_written_goes_out_before_the_end() -> None:
    wire, transport = joined()
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert wire.heard == [b"last words", b"<closed>"]


async def test_nothing_is_written_to_a_connection_that_was_lost_in_the_same_turn() -> None:
    wire, transport = joined()
    transport.write(b"too late")
    wire.is_lost = True
    await asyncio.sleep(0)
    assert wire.heard == []
