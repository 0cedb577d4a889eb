"""A socket under any ASGI server: who is slow holds up nobody, and may not be more than 256 KiB behind."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

import pytest

from collabchat.core.close_codes import CLOSE_TOO_BIG, CLOSE_TOO_MANY, CLOSE_TOO_SLOW
from collabchat.core.pace import Pace
from collabchat.live.transport.asgi import AsgiTransport
from collabchat.live.transport.backlog import BEHIND_MAX_BYTES
from collabchat.live.transport.frames import Packed, pack
from collabchat.live.transport.switchboard import INBOUND_MAX_BYTES, Switchboard
from tests.live.asgi_socket import Socket, settle
from tests.model.virtual_time import VirtualLoop


class Line:
    """A transport by itself, being served."""

    def __init__(self) -> None:
        self.socket = Socket()
        self.transport = AsgiTransport(cast(Any, self.socket), Switchboard(budget_bytes=2**30, pace=Pace(1, 3)))
        self.heard: list[str | bytes] = []
        self.serving = asyncio.create_task(self.transport.serve(self))

    def enter(self) -> None:
        """Nothing to do."""

    def hear(self, message: str | bytes) -> None:
        """Keep it."""
        self.heard.append(message)

    def note_life(self) -> None:
        """Nothing depends on it."""

    def take_back(self, packed: Iterable[Packed]) -> None:
        """Nothing was counted."""

    def leave(self) -> None:
        """Nothing to leave."""

    async def end(self) -> int | None:
        self.socket.unstick()
        await asyncio.wait_for(self.serving, 5)
        return self.socket.closed


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    yield line
    line.socket.hang_up()
    await line.end()


KIB = pack(b"x" * 1_020)
LIMIT_KIB = BEHIND_MAX_BYTES // 1_024


@pytest.mark.parametrize(("more", "code"), [(None, None), (pack(b"x"), CLOSE_TOO_SLOW)], ids=["256 KiB", "a byte more"])
async def test_256_kib_may_wait_and_not_a_byte_more(line: Line, more: Packed | None, code: int | None) -> None:
    for _ in range(LIMIT_KIB):
        line.transport.write(KIB)
    if more is not None:
        line.transport.write(more)
    await settle()
    assert line.socket.closed == code
    assert len(line.socket.sent) == (LIMIT_KIB if code is None else 0)


async def test_what_was_written_before_comes_in_order_and_nothing_after_the_end(line: Line) -> None:
    for number in range(5):
        line.transport.write(pack(b"%d" % number))
    await line.socket.until(lambda: len(line.socket.sent) == 5)
    line.transport.close(1012, pack(b"bye"))
    line.transport.write(pack(b"late"))
    line.transport.close(4400)
    assert await line.end() == 1012
    assert line.socket.sent == ["0", "1", "2", "3", "4", "bye"]


async def test_what_was_missed_never_makes_a_reader_too_slow(line: Line) -> None:
    line.socket.stick()
    line.transport.write_missed([KIB] * (3 * LIMIT_KIB))
    for _ in range(LIMIT_KIB):
        line.transport.write(KIB)
    line.socket.unstick()
    await line.socket.until(lambda: len(line.socket.sent) == 4 * LIMIT_KIB)
    assert line.socket.closed is None


async def test_who_has_caught_up_is_held_to_the_limit_again(line: Line) -> None:
    line.transport.write_missed([KIB] * LIMIT_KIB)
    await line.socket.until(lambda: len(line.socket.sent) == LIMIT_KIB)
    await asyncio.sleep(0)
    line.socket.stick()
    for _ in range(LIMIT_KIB + 2):
        line.transport.write(KIB)
    assert await line.end() == CLOSE_TOO_SLOW


async def test_a_slow_reader_holds_up_nobody(line: Line) -> None:
    other = Line()
    line.socket.stick()
    for transport in (line.transport, other.transport):
        transport.write(pack(b"x"))
    await other.socket.until(lambda: other.socket.sent == ["x"])
    assert line.socket.sent == []
    other.socket.hang_up()
    await other.end()


async def test_a_client_that_is_gone_while_something_is_sent_is_no_error(line: Line) -> None:
    line.socket.is_lost = True
    line.transport.write(pack(b"x"))
    assert await line.end() is None


async def test_a_socket_that_is_called_off_leaves_nothing_running() -> None:
    line = Line()
    await settle()
    line.serving.cancel()
    await asyncio.gather(line.serving, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_message_over_16_kib_is_the_end(line: Line) -> None:
    line.socket.say_bytes(b"x" * INBOUND_MAX_BYTES)
    line.socket.say_bytes(b"x" * (INBOUND_MAX_BYTES + 1))
    assert await line.end() == CLOSE_TOO_BIG
    assert [len(message) for message in line.heard] == [INBOUND_MAX_BYTES]


async def test_more_messages_than_the_pace_allows_are_the_end(line: Line) -> None:
    for _ in range(4):
        line.socket.say_bytes(b"x")
    assert await line.end() == CLOSE_TOO_MANY
    assert len(line.heard) == 3


def test_a_stuck_reader_who_was_closed_is_hung_up_on() -> None:
    loop = VirtualLoop()

    async def close() -> None:
        line = Line()
        line.socket.stick()
        line.transport.write(pack(b"x"))
        await settle()
        line.transport.close(CLOSE_TOO_SLOW)
        await line.serving
        assert line.socket.sent == []

    loop.run_until_complete(close())
    loop.close()
