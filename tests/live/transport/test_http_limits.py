"""How much of a request may come, and how long it may take."""

import asyncio
from typing import cast

import pytest

from collabchat.live.transport.http import HEAD_MAX_BYTES
from tests.live.transport.client import Client, request, until
from tests.live.transport.server import Server, with_tls

SHORT_S = 0.02

# -- Ordinary requests -------------------------------------------------------------------------------------------------


@with_tls
async def test_one_connection_serves_one_request_after_the_other(server: Server, client: Client) -> None:
    for size in (0, 5, 100_000, 1):
        client.say(request("POST / HTTP/1.1", Content_Length=str(size)), b"x" * size)
        answer = await client.answer()
        assert (answer.status, answer.body) == (200, b"%d" % size)
        assert len(server.gate.heads) == len(server.gate.bodies) == 0


async def test_what_is_not_http_is_refused(client: Client) -> None:
    client.say(b"\x16\x03\x01 hello\r\n\r\n")
    answer = await client.refusal()
    assert (answer.status, answer.code) == (400, "invalid-input")


async def test_a_head_that_grows_over_the_limit_is_refused(client: Client) -> None:
    client.say(request(X="x" * HEAD_MAX_BYTES).removesuffix(b"\r\n"))
    answer = await client.refusal()
    assert (answer.status, answer.code) == (413, "too-large")


class Network:
    """Stands for a connection; it keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def get_extra_info(self, name: str) -> object:
        return ("127.0.0.1", 1) if name.endswith("name") else None

    def is_closing(self) -> bool:
        return self.is_closed

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close


async def test_a_head_over_the_limit_is_refused_also_if_it_comes_at_once(server: Server) -> None:
    network, protocol = Network(), server.make_protocol()
    protocol.connection_made(cast(asyncio.Transport, network))
    protocol.data_received(request(X="x" * HEAD_MAX_BYTES))
    assert network.is_closed
    protocol.connection_lost(None)
    assert network.written.startswith(b"HTTP/1.1 413 ")


async def test_so_long_may_every_head_of_a_connection_be(server: Server, client: Client) -> None:
    for _ in range(3):
        client.say(request("POST / HTTP/1.1", X="x" * (HEAD_MAX_BYTES - 1_000), Content_Length="100000"))
        await until(lambda: len(server.gate.bodies) == 1)
        client.say(b"x" * 100_000)
        assert (await client.answer()).status == 200


# -- Taking one's time -------------------------------------------------------------------------------------------------


@with_tls
async def test_a_head_that_is_not_complete_in_time_is_refused(server: Server) -> None:
    server.give_time(head=SHORT_S)
    client = await server.dial()
    client.say(b"GET / HTTP/1.1\r\nHost:")
    answer = await client.refusal()
    assert (answer.status, answer.code) == (408, "request-timeout")
    await until(lambda: not server.state.connections)


async def test_bytes_that_keep_coming_give_a_head_no_more_time(server: Server, client: Client) -> None:
    client.say(b"GET / HTTP/1.1\r\n")
    await until(lambda: server.gate.heads)
    (begun,) = server.gate.heads._until.values()
    client.say(b"Host: x\r\nX")
    await until(lambda: all(protocol._head_bytes > 20 for protocol in server.gate.heads._until))
    assert [*server.gate.heads._until.values()] == [begun]


@with_tls
async def test_who_says_nothing_is_closed_without_a_word(server: Server) -> None:
    server.give_time(head=SHORT_S)
    client = await server.dial()
    assert await client.frame() is None
    await until(lambda: not server.state.connections)


async def test_a_body_that_is_not_complete_in_time_is_refused(server: Server) -> None:
    server.give_time(body=SHORT_S)
    client = await server.dial()
    client.say(request("POST / HTTP/1.1", Content_Length="10"), b"abc")
    answer = await client.refusal()
    assert (answer.status, answer.code) == (408, "request-timeout")
    await until(lambda: not server.state.connections)


@pytest.mark.parametrize("begin", [request("POST / HTTP/1.1", Content_Length="10"), b"GET / HTTP/1.1"])
async def test_the_second_request_of_a_connection_is_refused_as_the_first_is(server: Server, begin: bytes) -> None:
    server.give_time(head=SHORT_S, body=SHORT_S)
    client = await server.dial()
    client.say(request())
    assert (await client.answer()).status == 200
    client.say(begin)
    answer = await client.refusal()
    assert (answer.status, answer.code) == (408, "request-timeout")


async def test_blank_lines_are_no_request_and_keep_no_connection(server: Server) -> None:
    server.give_time(head=SHORT_S)
    client = await server.dial()
    client.say(request())
    assert (await client.answer()).status == 200
    client.say(b"\r\n")
    await until(lambda: not server.state.connections)


async def test_trailers_are_limited_as_heads_are(server: Server, client: Client) -> None:
    client.say(request("POST / HTTP/1.1", Transfer_Encoding="chunked"), b"5\r\nhello\r\n0\r\n")
    for number in range(2 * HEAD_MAX_BYTES // 1_000):
        client.say(b"X%d: %s\r\n" % (number, b"x" * 1_000))
    await until(lambda: not server.state.connections)


async def test_nothing_is_said_before_the_answer_that_is_due(server: Server) -> None:
    network, protocol = Network(), server.make_protocol()
    protocol.connection_made(cast(asyncio.Transport, network))
    protocol.data_received(request("POST / HTTP/1.1", Content_Length="0") + b"GET / HTTP/1.1\r\nHost:")
    protocol.time_out()
    assert (network.is_closed, network.written) == (True, b"")
    protocol.connection_lost(None)


async def test_who_is_gone_has_no_deadline(server: Server, client: Client) -> None:
    client.say(request("POST / HTTP/1.1", Content_Length="10"), b"abc")
    await until(lambda: len(server.gate.bodies) == 1)
    silent = await server.dial()
    await until(lambda: len(server.gate.heads) == 1)
    for each in (client, silent):
        each.vanish()
    await until(lambda: not server.gate.bodies and not server.gate.heads)
