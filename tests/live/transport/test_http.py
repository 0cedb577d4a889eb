"""uvicorn's connections as we have them: what a request for a WebSocket is answered."""

import base64
import inspect
from collections.abc import Callable
from typing import Any, cast

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware, _TrustedHosts
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from websockets.frames import Opcode

from collabchat.errors import Forbidden, RateLimited, Refusal
from collabchat.live.transport.contract import Handshake
from collabchat.live.transport.http import HttpProtocol
from tests.live.transport.client import ACCEPT, Client, masked, request, text, until, upgrade
from tests.live.transport.server import Server, echo, with_tls

# -- A request for a WebSocket -----------------------------------------------------------------------------------------


@with_tls
@pytest.mark.parametrize("connection", ["Upgrade", "keep-alive, Upgrade", "upgrade"])
async def test_a_handshake_is_answered_by_the_rules(server: Server, client: Client, connection: str) -> None:
    client.say(upgrade(Connection=connection, Upgrade="WebSocket"))
    answer = await client.answer()
    assert answer.status == 101
    assert answer.headers["sec-websocket-accept"] == ACCEPT
    assert answer.headers["upgrade"] == "websocket"
    assert "sec-websocket-extensions" not in answer.headers
    assert len(server.gate.heads) == len(server.gate.bodies) == 0


@with_tls
async def test_what_comes_together_with_the_handshake_is_heard(server: Server, client: Client) -> None:
    server.hears = echo
    client.say(upgrade(), text("a"), masked(Opcode.TEXT, b"b", fin=False))
    assert (await client.answer()).status == 101
    assert await client.texts(1) == ["a"]
    client.say(masked(Opcode.CONT, b"c"))
    assert await client.texts(1) == ["bc"]


async def test_a_handshake_may_come_byte_by_byte(server: Server, client: Client) -> None:
    server.hears = echo
    for byte in [*upgrade(), *text("a")]:
        client.say(bytes([byte]))
        await until(lambda: True)
    assert (await client.answer()).status == 101
    assert await client.texts(1) == ["a"]


async def test_the_door_is_told_who_asks(server: Server, client: Client) -> None:
    client.say(upgrade("GET /sub?a=1&b=%C3%BC HTTP/1.1", Origin="https://x.example", X_Forwarded_For="192.0.2.7"))
    assert (await client.answer()).status == 101
    assert server.handshakes == [Handshake("a=1&b=%C3%BC", "127.0.0.1", "https://x.example", "x")]


async def test_a_socket_may_be_asked_for_after_ordinary_requests(server: Server, client: Client) -> None:
    client.say(request())
    assert (await client.answer()).status == 200
    client.say(upgrade())
    assert (await client.answer()).status == 101
    assert len(server.handshakes) == 1


@pytest.mark.parametrize("key", [None, "", "short", base64.b64encode(b"x" * 15).decode()])
async def test_a_handshake_without_a_true_key_is_refused(server: Server, client: Client, key: str | None) -> None:
    client.say(upgrade(Sec_WebSocket_Key=key))
    assert (await client.refusal()).status == 400
    assert server.handshakes == []


@pytest.mark.parametrize("version", [None, "8", "14"])
async def test_only_version_13_is_spoken(server: Server, client: Client, version: str | None) -> None:
    client.say(upgrade(Sec_WebSocket_Version=version))
    assert (await client.refusal()).status in {400, 426}
    assert server.handshakes == []


@pytest.mark.parametrize("path", ["/", "/subs", "/sub/x", "/SUB", "//sub"])
async def test_there_are_no_sockets_elsewhere(server: Server, client: Client, path: str) -> None:
    client.say(upgrade(f"GET {path} HTTP/1.1"))
    answer = await client.refusal()
    assert (answer.status, answer.code) == (404, "not-found")
    assert server.handshakes == []


async def test_only_get_asks_for_a_socket(server: Server, client: Client) -> None:
    client.say(upgrade("POST /sub HTTP/1.1", Content_Length="3"), b"abc")
    answer = await client.refusal()
    assert (answer.status, answer.code) == (400, "invalid-input")
    assert server.handshakes == []


@pytest.mark.parametrize(("refusal", "status"), [(Forbidden(), 403), (RateLimited(7), 429)])
async def test_whom_the_door_refuses_is_told_why(server: Server, client: Client, refusal: Refusal, status: int) -> None:
    server.refusal = refusal
    client.say(upgrade(), text("a"))
    answer = await client.refusal()
    assert (answer.status, answer.code) == (status, refusal.code)
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
    assert server.guests == []


@pytest.mark.parametrize("start", ["GET http://x HTTP/1.1", "GET * HTTP/1.1", "CONNECT x:80 HTTP/1.1"])
async def test_an_address_that_has_no_path_is_refused(server: Server, client: Client, start: str) -> None:
    client.say(upgrade(start))
    assert 400 <= (await client.refusal()).status < 500
    assert server.handshakes == []


# -- Behind a proxy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusted", "said", "address"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["10.0.0.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["10.0.0.1", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1,192.0.2.7", ["198.51.100.1, 192.0.2.7"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("192.0.2.1", ["192.0.2.7"], "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_says_whom_a_request_comes_from(
    proxied: Callable[..., Server], trusted: str, said: list[str], address: str
) -> None:
    server = proxied(trusted)
    await server.start()
    client = await server.dial()
    head = upgrade().removesuffix(b"\r\n")
    client.say(head, *[f"X-Forwarded-For: {each}\r\n".encode() for each in said], b"\r\n")
    assert (await client.answer()).status == 101
    assert [handshake.address for handshake in server.handshakes] == [address]


# -- What is not uvicorn's public API ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("connection_made", ["transport"]),
        ("connection_lost", ["exc"]),
        ("data_received", ["data"]),
        ("on_message_begin", []),
        ("on_headers_complete", []),
        ("on_message_complete", []),
        ("_unset_keepalive_if_required", []),
        ("_should_upgrade", []),
        ("shutdown", []),
    ],
)
def test_uvicorn_still_has_what_we_override_and_call(method: str, arguments: list[str]) -> None:
    theirs = getattr(HttpToolsProtocol, method)
    assert [*inspect.signature(theirs).parameters] == ["self", *arguments]
    assert (
        inspect.signature(getattr(HttpProtocol, method)).parameters.keys()
        == inspect.signature(theirs).parameters.keys()
    )


async def test_uvicorn_still_has_what_we_read(server: Server, client: Client) -> None:
    client.say(request("POST /x HTTP/1.1", Content_Length="3"))
    await until(lambda: len(server.gate.bodies) == 1)
    (protocol,) = server.gate.bodies._until
    assert protocol.connections is server.state.connections
    assert protocol in server.state.connections
    assert isinstance(protocol.cycle, RequestResponseCycle)
    assert protocol.cycle.response_started is False
    assert protocol.app is server.config.loaded_app
    assert protocol.url == b"/x"
    assert protocol.scope["method"] == "POST"
    assert (b"content-length", b"3") in protocol.scope["headers"]
    assert protocol.client is not None
    assert protocol.client[0] == "127.0.0.1"
    assert callable(protocol.parser.feed_data)


def test_uvicorn_still_finds_the_client_as_we_do() -> None:
    middleware: Any = ProxyHeadersMiddleware(cast(Any, None), "127.0.0.1")
    assert isinstance(middleware.trusted_hosts, _TrustedHosts)
    assert middleware.trusted_hosts.get_trusted_client_address("192.0.2.7")[0] == "192.0.2.7"
