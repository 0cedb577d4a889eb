"""One socket from its opening to its end, over the network, on both loops."""

import asyncio
from itertools import count

import pytest
from structlog.testing import capture_logs
from websockets.frames import Close, Frame, Opcode

from collabchat.core.close_codes import (
    CLOSE_ERROR,
    CLOSE_NO_HELLO,
    CLOSE_NOT_TEXT,
    CLOSE_PROTOCOL,
    CLOSE_TOO_BIG,
    CLOSE_TOO_MANY,
)
from collabchat.core.pace import Pace
from collabchat.live.transport.switchboard import INBOUND_MAX_BYTES
from tests.live.asgi_socket import settle
from tests.live.transport.client import masked, text, until
from tests.live.transport.server import Guest, Server, echo, with_tls

SHORT_S = 0.02


def is_idle(server: Server, guest: Guest) -> bool:
    """Whether a socket holds nothing but itself."""
    socket, board = guest.transport, server.switchboard
    holds = [socket.held, socket._inbound, socket._inbox, socket._task, socket._drained]
    return holds == [None] * 5 and not any(socket in each for each in (board.unfinished, board.closing))


# -- What comes and goes -----------------------------------------------------------------------------------------------


@with_tls
async def test_what_is_said_is_heard_and_answered_as_it_is(server: Server) -> None:
    server.hears = echo
    client, guest = await server.enter()
    client.say(
        text("Привіт"), masked(Opcode.BINARY, b"\xff"), masked(Opcode.TEXT, b"a", fin=False), masked(Opcode.CONT)
    )
    assert await client.texts(1) == ["Привіт"]
    frame = await client.frame()
    assert frame is not None
    assert (frame.opcode, frame.data) == (Opcode.BINARY, b"\xff")
    assert await client.texts(1) == ["a"]
    assert guest.heard == ["Привіт", b"\xff", "a"]


@with_tls
async def test_a_ping_is_answered_with_its_payload_and_everything_is_a_sign_of_life(server: Server) -> None:
    client, guest = await server.enter()
    client.say(masked(Opcode.PING, b"123"), masked(Opcode.PONG), masked(Opcode.TEXT, b"a", fin=False))
    frame = await client.frame()
    assert frame is not None
    assert (frame.opcode, frame.data) == (Opcode.PONG, b"123")
    await until(lambda: guest.signs == 3)
    assert guest.heard == []
    assert guest.transport.ping()
    frame = await client.frame()
    assert frame is not None
    assert frame.opcode is Opcode.PING


@with_tls
async def test_an_idle_socket_holds_nothing_but_itself(server: Server) -> None:
    server.hears = echo
    client, guest = await server.enter()
    assert is_idle(server, guest)
    message = text("a" * 300)
    for byte in message[:-1]:
        client.say(bytes([byte]))
    await until(lambda: guest.transport in server.switchboard.unfinished)
    assert not is_idle(server, guest)
    client.say(message[-1:])
    await client.texts(1)
    assert is_idle(server, guest)
    assert guest.writes_straight
    assert not hasattr(guest.transport, "__dict__")


async def test_sockets_are_the_web_servers_connections_for_as_long_as_they_live(server: Server) -> None:
    client, guest = await server.enter()
    assert [*map(id, server.state.connections)] == [id(guest.transport)]
    client.hang_up()
    await until(lambda: not server.state.connections)


# -- One after the other -----------------------------------------------------------------------------------------------


class Desk:
    """Deals with messages one by one, each when the test says so."""

    def __init__(self, server: Server) -> None:
        self.dealt_with: list[str | bytes] = []
        self._may = asyncio.Semaphore(0)
        self._at_once = 0
        server.hears = self._deal_with

    async def _deal_with(self, _guest: Guest, message: str | bytes) -> None:
        self._at_once += 1
        assert self._at_once == 1
        await self._may.acquire()
        self._at_once -= 1
        self.dealt_with.append(message)

    async def go_on(self, times: int = 1) -> None:
        due = len(self.dealt_with) + times
        for _ in range(times):
            self._may.release()
        await until(lambda: len(self.dealt_with) == due)


@with_tls
async def test_messages_are_dealt_with_one_after_the_other_and_none_is_lost(server: Server) -> None:
    desk = Desk(server)
    client, guest = await server.enter()
    words = [f"{number} {'x' * 500}" for number in range(400)]
    client.say(*map(text, words[:200]))
    for word in words[200:]:
        client.say(text(word))
    await until(lambda: guest.heard)
    await desk.go_on(400)
    assert desk.dealt_with == words
    await until(lambda: is_idle(server, guest))


async def test_a_socket_is_not_read_while_four_messages_wait(server: Server) -> None:
    desk = Desk(server)
    client, guest = await server.enter()
    for number in count():
        assert number < 5
        client.say(text(str(number)))
        await until(lambda number=number: guest.signs == number + 1)  # type: ignore[misc] # mypy cannot infer defaults
        if not guest.network.is_reading():
            break
    assert guest.heard == ["0"]
    await desk.go_on()
    await until(guest.network.is_reading)
    await desk.go_on(4)
    assert guest.heard == [*"01234"]
    await until(lambda: is_idle(server, guest))


async def test_a_socket_is_not_read_while_more_than_four_still_wait(server: Server) -> None:
    desk = Desk(server)
    client, guest = await server.enter()
    client.say(*[text(str(number)) for number in range(20)])
    await until(lambda: guest.signs == 20)
    assert not guest.network.is_reading()
    await desk.go_on(3)
    await until(lambda: len(guest.heard) == 4)
    assert not guest.network.is_reading()
    await desk.go_on(17)
    await until(guest.network.is_reading)


async def test_what_waits_when_the_socket_closes_is_not_heard(server: Server) -> None:
    desk = Desk(server)
    client, guest = await server.enter()
    client.say(*map(text, "abc"))
    await until(lambda: guest.signs == 3)
    guest.transport.close(CLOSE_TOO_MANY)
    await desk.go_on()
    await settle()
    assert guest.heard == ["a"]
    assert await client.close_code() == CLOSE_TOO_MANY


async def test_what_was_being_dealt_with_when_the_client_went_is_called_off_and_then_it_leaves(server: Server) -> None:
    desk = Desk(server)
    client, guest = await server.enter()
    client.say(text("a"), text("b"))
    await until(lambda: guest.signs == 2)
    client.vanish()
    await until(lambda: guest.times_left == 1)
    assert guest.heard == ["a"]
    assert desk.dealt_with == []
    assert is_idle(server, guest)


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "at once"])
async def test_an_error_of_the_owner_is_logged_and_ends_the_socket(server: Server, at_once: bool) -> None:
    failure = ValueError("bad")

    async def fail() -> None:
        raise failure

    def fail_at_once(_guest: Guest, _message: str | bytes) -> None:
        raise failure

    server.hears = fail_at_once if at_once else lambda _guest, _message: fail()
    client, guest = await server.enter()
    with capture_logs() as logs:
        client.say(text("a"))
        assert await client.close_code() == CLOSE_ERROR
    assert [entry["exc_info"] for entry in logs] == [failure]
    assert guest.heard == ["a"]


# -- Too much, too often, too late -------------------------------------------------------------------------------------


async def test_who_says_too_much_in_a_time_is_sent_away(server: Server) -> None:
    server.switchboard.pace = Pace(1, 3)
    server.use_clock(lambda: 100.0)
    client, guest = await server.enter()
    client.say(text("a"), masked(Opcode.PING), masked(Opcode.TEXT, b"b", fin=False), masked(Opcode.CONT), text("c"))
    frame = await client.frame()
    assert frame is not None
    assert frame.opcode is Opcode.PONG
    assert await client.close_code() == CLOSE_TOO_MANY
    assert guest.heard == ["a"]


async def test_who_keeps_the_pace_stays(server: Server) -> None:
    server.switchboard.pace = Pace(1, 3)
    seconds = count(100)
    server.use_clock(lambda: float(next(seconds)))
    client, guest = await server.enter()
    client.say(*[text("a")] * 50)
    await until(lambda: len(guest.heard) == 50)


@pytest.mark.parametrize("begin", [text("abc")[:-1], masked(Opcode.TEXT, b"a", fin=False), b"\x81"])
async def test_a_message_that_is_not_complete_in_time_ends_the_socket(server: Server, begin: bytes) -> None:
    server.give_time(message=SHORT_S, close=SHORT_S)
    client, guest = await server.enter()
    client.say(text("whole"), begin)
    assert await client.end() == ([], CLOSE_NO_HELLO)
    assert guest.heard == ["whole"]


BROKEN = [
    (masked(Opcode.CONT), CLOSE_PROTOCOL),
    (masked(Opcode.TEXT, b"\xff"), CLOSE_NOT_TEXT),
    (masked(Opcode.TEXT, b"x" * (INBOUND_MAX_BYTES + 1))[:8], CLOSE_TOO_BIG),
]


@with_tls
@pytest.mark.parametrize(("broken", "code"), BROKEN, ids=["protocol", "text", "size"])
async def test_who_breaks_the_rules_is_told_so_and_heard_no_more(server: Server, broken: bytes, code: int) -> None:
    client, guest = await server.enter()
    client.say(text("a"), broken, text("b"))
    await until(lambda: guest.state == "deaf")
    # What still comes is not answered by a reset, which would take our word with it.
    client.say(text("c"), b"\xff" * 100_000)
    assert await client.frame() == Frame(Opcode.CLOSE, Close(code, "").serialize())
    assert guest.heard == ["a"]
    assert guest.transport._inbound is None
    assert guest.transport not in server.switchboard.unfinished
    assert guest.transport in server.switchboard.closing


async def test_who_breaks_the_rules_and_stays_is_hung_up_on(server: Server) -> None:
    server.give_time(close=SHORT_S)
    client, guest = await server.enter()
    client.say(masked(Opcode.CONT))
    assert await client.end() == ([], CLOSE_PROTOCOL)
    await until(lambda: guest.times_left)


async def test_a_message_that_goes_on_slowly_is_not_given_more_time(server: Server) -> None:
    client, guest = await server.enter()
    client.say(masked(Opcode.TEXT, b"a", fin=False))
    await until(lambda: guest.signs == 1)
    until_when = server.switchboard.unfinished._until[guest.transport]
    client.say(masked(Opcode.PING), masked(Opcode.CONT, b"b", fin=False))
    await until(lambda: guest.signs == 3)
    assert server.switchboard.unfinished._until[guest.transport] == until_when
    began = asyncio.get_running_loop().time()
    await until(lambda: asyncio.get_running_loop().time() > began)
    client.say(masked(Opcode.CONT), masked(Opcode.TEXT, b"c", fin=False))
    await until(lambda: guest.heard == ["ab"])
    assert server.switchboard.unfinished._until[guest.transport] > until_when
