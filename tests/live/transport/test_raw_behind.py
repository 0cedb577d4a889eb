"""Readers that do not keep up: others get everything, and they get what they are owed, or go."""

import asyncio

import pytest

from collabchat.core.close_codes import CLOSE_RESTART, CLOSE_TOO_SLOW
from collabchat.live.transport.backlog import BEHIND_MAX_BYTES, BEHIND_MAX_S
from collabchat.live.transport.frames import pack
from tests.live.asgi_socket import settle
from tests.live.transport.client import Client, until
from tests.live.transport.server import Guest, Server, with_tls

SHORT_S = 0.02
KIB = pack(b"x" * 1_020)


async def fall_behind(server: Server) -> tuple[Client, Guest, int]:
    """A client that has stopped reading, and how many frames of 1 KiB were sent until that was noticed."""
    client, guest = await server.enter()
    client.stop_reading()
    sent = 0
    while guest.state == "open":
        guest.transport.write(KIB)
        sent += 1
        if guest.state == "behind":
            # The kernels may make room yet; only if that does not help, it is full.
            await settle()
    return client, guest, sent


@with_tls
async def test_who_stops_reading_holds_up_nobody_and_gets_everything_in_order_later(server: Server) -> None:
    slow_client, slow, sent = await fall_behind(server)
    client, guest = await server.enter()
    # Together more than the kernels could still make room for, and less than what may wait.
    words = [f"{number} {'x' * 90}" for number in range(2_000)]
    for word in words:
        slow.transport.write(pack(word.encode()))
        guest.transport.write(pack(word.encode()))
    assert await client.texts(len(words)) == words
    assert (slow.state, slow.transport.fd, slow.writes_straight) == ("behind", -1, False)
    assert guest.writes_straight
    slow_client.read_on()
    assert (await slow_client.texts(sent + len(words)))[sent:] == words
    await until(lambda: slow.state == "open")
    assert slow.writes_straight
    assert slow.transport.held is None
    slow.transport.write(pack(b"live"))
    assert await slow_client.texts(1) == ["live"]


@with_tls
async def test_one_may_fall_behind_again_and_again(server: Server) -> None:
    client, guest = await server.enter()
    for _ in range(5):
        client.stop_reading()
        for number in range(600):
            guest.transport.write_missed([pack(b"%d" % number + b"x" * 1_000)])
        client.read_on()
        assert await client.texts(600) == [f"{number}{'x' * 1_000}" for number in range(600)]
        await until(lambda: guest.writes_straight)


@with_tls
async def test_who_is_more_than_256_kib_behind_is_closed_and_hung_up_on(server: Server) -> None:
    server.give_time(close=SHORT_S)
    _, guest, _ = await fall_behind(server)
    for _ in range(BEHIND_MAX_BYTES // 1_024):
        guest.transport.write(KIB)
    assert guest.state == "behind"
    guest.transport.write(pack(b""))
    assert guest.state == "closing"
    await until(lambda: guest.times_left)
    assert guest.state == "closed"


@with_tls
async def test_who_was_too_slow_and_reads_in_time_is_told_so_instead_of_what_waited(server: Server) -> None:
    client, guest, sent = await fall_behind(server)
    waiting = pack(b"waiting" + b"x" * 50_000)
    for _ in range(6):
        guest.transport.write(waiting)
    client.read_on()
    words, code = await asyncio.wait_for(_read_until_closed(client), 5)
    assert words == ["x" * 1_020] * sent
    assert code == CLOSE_TOO_SLOW
    await until(lambda: guest.times_left)


async def _read_until_closed(client: Client) -> tuple[list[str], int]:
    """Everything before the close, and its code, which is answered."""
    words = list[str]()
    while True:
        frame = await client.frame()
        assert frame is not None
        if frame.opcode == 8:
            client.hang_up()
            return words, int.from_bytes(frame.data, "big")
        words.append(bytes(frame.data).decode())


@with_tls
async def test_last_words_are_heard_instead_of_what_waited(server: Server) -> None:
    client, guest, sent = await fall_behind(server)
    guest.transport.write(pack(b"waiting"))
    guest.transport.close(CLOSE_RESTART, pack(b"bye"))
    guest.transport.write(pack(b"late"))
    client.read_on()
    words, code = await asyncio.wait_for(_read_until_closed(client), 5)
    assert words == [*["x" * 1_020] * sent, "bye"]
    assert code == CLOSE_RESTART


@with_tls
async def test_a_megabyte_that_was_missed_is_delivered_whole_and_what_follows_too(server: Server) -> None:
    client, guest = await server.enter()
    client.stop_reading()
    guest.transport.write_missed([pack(b"%4d" % number + b"x" * 1_016) for number in range(1_024)])
    for number in range(200):
        guest.transport.write(pack(b"%d" % number))
    assert guest.state == "behind"
    client.read_on()
    words = await client.texts(1_224)
    assert [word[:4] for word in words[:1_024]] == [f"{number:4}" for number in range(1_024)]
    assert words[1_024:] == [str(number) for number in range(200)]


async def test_who_has_caught_up_after_a_lot_was_missed_is_held_to_the_limit_again(server: Server) -> None:
    client, guest = await server.enter()
    client.stop_reading()
    guest.transport.write_missed([KIB] * 1_024)
    client.read_on()
    await client.texts(1_024)
    await until(lambda: guest.writes_straight)
    client.stop_reading()
    while guest.state == "open":
        guest.transport.write(KIB)
    for _ in range(BEHIND_MAX_BYTES // 1_024 + 1):
        guest.transport.write(KIB)
    assert guest.state == "closing"


@with_tls
async def test_who_waits_for_everything_to_be_sent_waits_until_it_is(server: Server) -> None:
    client, guest, _ = await fall_behind(server)
    for _ in range(150):
        guest.transport.write(KIB)
    draining = [asyncio.create_task(guest.transport.drain()) for _ in range(2)]
    await settle()
    assert not any(task.done() for task in draining)
    draining.pop().cancel()
    client.read_on()
    reading = asyncio.create_task(client.end())
    await asyncio.wait_for(draining[0], 5)
    assert guest.writes_straight
    await asyncio.wait_for(guest.transport.drain(), 5)
    client.vanish()
    await reading


async def test_nobody_waits_for_one_that_is_gone(server: Server) -> None:
    client, guest, _ = await fall_behind(server)
    for _ in range(150):
        guest.transport.write(KIB)
    draining = asyncio.create_task(guest.transport.drain())
    await settle()
    client.vanish()
    await asyncio.wait_for(draining, 5)
    await until(lambda: guest.times_left)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@with_tls
@pytest.mark.parametrize("late", [False, True])
async def test_who_is_more_than_5_seconds_behind_is_closed(server: Server, late: bool) -> None:
    clock = Clock()
    server.use_clock(clock)
    _, guest, _ = await fall_behind(server)
    clock.now_s += BEHIND_MAX_S + late
    server.switchboard.backlog.sweep()
    assert guest.state == ("closing" if late else "behind")
    assert (guest.transport in server.switchboard.closing) is late


async def test_who_has_caught_up_is_not_behind(server: Server) -> None:
    clock = Clock()
    server.use_clock(clock)
    client, guest, sent = await fall_behind(server)
    client.read_on()
    await client.texts(sent)
    await until(lambda: guest.state == "open")
    clock.now_s += 100
    server.switchboard.backlog.sweep()
    assert guest.state == "open"


async def test_over_the_budget_of_all_the_worst_goes(server: Server) -> None:
    server.use_clock(lambda: 100.0, budget_bytes=250_000)
    readers = [(await fall_behind(server))[1] for _ in range(3)]
    for guest, kib in zip(readers, (40, 80, 60), strict=True):
        for _ in range(kib):
            guest.transport.write(KIB)
    assert [guest.state for guest in readers] == ["behind"] * 3
    for _ in range(150):
        readers[1].transport.write(KIB)
    assert [guest.state for guest in readers] == ["behind", "closing", "behind"]
    assert server.switchboard.backlog.closed == 1
