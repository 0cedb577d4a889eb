"""How a socket opens, and all the ways in which it ends: its owner always leaves, once."""

import asyncio
import json
import os
import socket as sockets

import pytest
from websockets.frames import Close, Frame, Opcode

from collabchat.core.close_codes import CLOSE_BAD_MESSAGE, CLOSE_ERROR, CLOSE_NO_CODE, CLOSE_RESTART
from collabchat.live.transport.frames import pack
from tests.live.asgi_socket import settle
from tests.live.transport.client import goodbye, masked, text, until, upgrade
from tests.live.transport.server import Guest, Server, under_tls, with_tls

SHORT_S = 0.02

# -- Opening -----------------------------------------------------------------------------------------------------------


class Hall:
    """Lets guests in, or not, when the test says so."""

    def __init__(self, server: Server) -> None:
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        server.enters = lambda _guest: self._wait()

    async def _wait(self) -> bool:
        return await self.answer


@with_tls
async def test_what_is_told_before_one_has_come_in_goes_out_after_the_handshake_in_order(server: Server) -> None:
    hall, client = Hall(server), await server.dial()
    client.say(upgrade(), text("early"))
    await until(lambda: server.guests)
    (guest,) = server.guests
    guest.transport.write(pack(b"1"))
    guest.transport.write_missed(pack(b"x" * 100_000) for _ in range(4))
    guest.transport.write(pack(b"2"))
    # The network has sent all of an answer that was given before.
    guest.transport.resume_writing()
    await settle()
    assert (guest.heard, guest.state, guest.transport.fd) == ([], "opening", -1)
    hall.answer.set_result(True)
    assert (await client.answer()).status == 101
    assert await client.texts(6) == ["1", *["x" * 100_000] * 4, "2"]
    await until(lambda: guest.heard == ["early"])
    await until(lambda: guest.writes_straight)


async def test_who_may_not_come_in_gets_no_socket(server: Server) -> None:
    hall, client = Hall(server), await server.dial()
    client.say(upgrade(), text("early"))
    hall.answer.set_result(False)
    answer = await client.answer()
    assert (answer.status, json.loads(answer.body)["code"]) == (403, "forbidden")
    assert await client.frame() is None
    await until(lambda: not server.state.connections)
    assert [(guest.heard, guest.times_left) for guest in server.guests] == [([], 1)]


@pytest.mark.parametrize("is_waiting", [False, True])
async def test_one_that_is_closed_while_it_comes_in_is_told_why_after_the_handshake(
    server: Server, is_waiting: bool
) -> None:
    def close(guest: Guest) -> None:
        guest.transport.write(pack(b"given up"))
        guest.transport.close(CLOSE_BAD_MESSAGE, pack(b"bye"))

    hall, client = Hall(server), await server.dial()
    if not is_waiting:
        server.enters = close
    client.say(upgrade(), text("early"))
    await until(lambda: server.guests)
    (guest,) = server.guests
    if is_waiting:
        close(guest)
        hall.answer.set_result(True)
    assert (await client.answer()).status == 101
    assert await client.texts(1) == ["bye"]
    assert guest.transport in server.switchboard.closing
    assert await client.close_code() == CLOSE_BAD_MESSAGE
    assert guest.heard == []


async def test_an_error_while_one_comes_in_is_answered_and_leaves_nothing_behind(server: Server) -> None:
    hall, client = Hall(server), await server.dial()
    client.say(upgrade())
    hall.answer.set_exception(ValueError("bad"))
    answer = await client.answer()
    assert answer.status == 500 or await client.close_code() == CLOSE_ERROR
    await until(lambda: [guest.times_left for guest in server.guests] == [1])
    assert not server.state.connections


# -- The file descriptor -----------------------------------------------------------------------------------------------


async def test_past_the_transport_one_may_write_while_nothing_waits(server: Server) -> None:
    client, guest = await server.enter()
    line = sockets.socket(fileno=os.dup(guest.transport.fd))
    assert line.getsockname() == ("127.0.0.1", server.port)
    line.close()
    for number in range(10):
        guest.transport.write(pack(b"%d" % (2 * number)))
        os.write(guest.transport.fd, pack(b"%d" % (2 * number + 1)))
    assert await client.texts(20) == [str(number) for number in range(20)]
    guest.transport.close(CLOSE_RESTART)
    assert guest.transport.fd == -1
    assert await client.close_code() == CLOSE_RESTART


@under_tls
async def test_under_tls_nothing_may_be_written_past_it(server: Server) -> None:
    _, guest = await server.enter()
    assert (guest.state, guest.transport.fd) == ("open", -1)


async def test_when_the_client_is_gone_nothing_may_be_written_past_it(server: Server) -> None:
    client, guest = await server.enter()
    client.hang_up()
    await until(lambda: guest.times_left)
    assert guest.transport.fd == -1


# -- The client's end --------------------------------------------------------------------------------------------------


@with_tls
@pytest.mark.parametrize("code", [1000, 4999, CLOSE_NO_CODE])
async def test_a_client_that_closes_gets_its_code_back(server: Server, code: int) -> None:
    client, guest = await server.enter()
    client.say(text("a"), goodbye(code), text("b"))
    assert await client.frame() == Frame(Opcode.CLOSE, b"" if code == CLOSE_NO_CODE else Close(code, "").serialize())
    assert await client.frame() is None
    await until(lambda: guest.times_left)
    assert guest.heard == ["a"]
    guest.transport.write(pack(b"late"))
    guest.transport.close(CLOSE_RESTART)


@with_tls
@pytest.mark.parametrize("how", ["hang_up", "vanish"])
async def test_a_client_that_is_gone_without_a_word_has_left(server: Server, how: str) -> None:
    client, guest = await server.enter()
    getattr(client, how)()
    await until(lambda: guest.times_left)
    guest.transport.write(pack(b"late"))
    guest.transport.close(CLOSE_RESTART)
    await settle()
    assert guest.times_left == 1
    assert guest.transport not in server.switchboard.closing


@with_tls
async def test_what_follows_a_goodbye_is_not_looked_at(server: Server) -> None:
    client, guest = await server.enter()
    client.say(goodbye(1000), b"\xff" * 1_000)
    assert await client.end() == ([], 1000)
    await until(lambda: guest.times_left)


# -- Our end -----------------------------------------------------------------------------------------------------------


@with_tls
async def test_a_socket_that_we_close_says_why_and_ends_with_the_clients_answer(server: Server) -> None:
    client, guest = await server.enter()
    guest.transport.write(pack(b"1"))
    guest.transport.close(CLOSE_RESTART, pack(b"bye"))
    guest.transport.close(CLOSE_BAD_MESSAGE)
    guest.transport.write(pack(b"late"))
    assert guest.transport in server.switchboard.closing
    assert await client.texts(2) == ["1", "bye"]
    client.say(text("too late"))
    assert await client.close_code() == CLOSE_RESTART
    await until(lambda: guest.times_left)
    assert guest.heard == []
    assert guest.transport not in server.switchboard.closing


@with_tls
async def test_a_client_that_does_not_answer_our_close_is_hung_up_on(server: Server) -> None:
    server.give_time(close=SHORT_S)
    client, guest = await server.enter()
    guest.transport.close(CLOSE_RESTART)
    assert await client.end() == ([], CLOSE_RESTART)
    await until(lambda: guest.times_left)


async def test_when_the_web_server_stops_everybody_is_told_to_come_back(server: Server) -> None:
    client, guest = await server.enter()
    for connection in list(server.state.connections):
        connection.shutdown()
    assert await client.end() == ([], CLOSE_RESTART)
    await until(lambda: guest.times_left)


async def test_when_the_web_server_stops_who_is_coming_in_goes(server: Server) -> None:
    hall, client = Hall(server), await server.dial()
    client.say(upgrade())
    await until(lambda: server.guests)
    for connection in list(server.state.connections):
        connection.shutdown()
    assert await client.frame() is None
    await until(lambda: server.guests[0].times_left)
    assert hall.answer.cancelled()


async def test_a_closed_switchboard_has_no_deadlines(server: Server) -> None:
    client, guest = await server.enter()
    client.say(masked(Opcode.TEXT, fin=False))
    await until(lambda: guest.transport in server.switchboard.unfinished)
    server.switchboard.close()
    assert len(server.switchboard.unfinished) == len(server.switchboard.closing) == 0
