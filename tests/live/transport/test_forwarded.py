"""What proxies say of a request: whom it comes from, and whether it came to them in the clear."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from litestar import Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from collabchat.api.asking import COOKIE_PREFIX, address_of
from collabchat.api.staff import COOKIE as STAFF_COOKIE
from collabchat.errors import RateLimited
from collabchat.identity.quotas import home
from collabchat.redaction import OUR_COOKIES
from tests.live.transport.client import request, upgrade
from tests.live.transport.server import Server
from tests.live.transport.test_http_limits import Network

# -- Whom it comes from ------------------------------------------------------------------------------------------------


async def tell_address(scope: Any, _receive: Any, send: Any) -> None:
    """An application that says whom it takes a request to come from."""
    body = address_of(Request(scope)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def behind(proxied: Callable[..., Server]) -> Callable[..., Server]:
    """Makes servers that trust proxies, and run `tell_address`."""

    def make(proxies: str) -> Server:
        server = proxied(proxies)
        server.config.loaded_app = ProxyHeadersMiddleware(cast(Any, tell_address), proxies)
        return server

    return make


@pytest.mark.parametrize(
    ("trusted", "said", "address"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        # What a client has put before its own address is nothing.
        ("127.0.0.1", ["10.0.0.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["127.0.0.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["10.0.0.1", "198.51.100.1,192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", [", ,192.0.2.7"], "192.0.2.7"),
        # Every proxy that is trusted is passed over, from the right, up to whom none of them is.
        ("127.0.0.0/8,10.0.0.0/8", ["203.0.113.9, 192.0.2.7, 10.1.2.3, 10.0.0.2"], "192.0.2.7"),
        ("127.0.0.1", ["10.0.0.1, [2001:db8:1:2::7]:443"], "2001:db8:1:2::7"),
        ("127.0.0.1", ["2001:db8:1:2:ffff::9"], "2001:db8:1:2:ffff::9"),
        ("127.0.0.1", ["192.0.2.7:1234"], "192.0.2.7"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("192.0.2.1", ["192.0.2.7"], "127.0.0.1"),
        ("192.0.2.1", ["127.0.0.1, 192.0.2.1"], "127.0.0.1"),
    ],
)
async def test_a_socket_and_a_request_come_from_the_same_address_the_last_that_no_trusted_proxy_has(
    behind: Callable[..., Server], trusted: str, said: list[str], address: str
) -> None:
    server = behind(trusted)
    await server.start()
    headers = [f"X-Forwarded-For: {each}\r\n".encode() for each in said]
    client = await server.dial()
    client.say(request().removesuffix(b"\r\n"), *headers, b"\r\n")
    assert (await client.answer()).body.decode() == home(address)
    client.say(upgrade().removesuffix(b"\r\n"), *headers, b"\r\n")
    assert (await client.answer()).status == 101
    assert [handshake.address for handshake in server.handshakes] == [address]


# -- In the clear ------------------------------------------------------------------------------------------------------

TOLD = [["http"], ["ws"], ["HTTP"], [" http "], ["https, http"], ["http,https"], ["https", "http"]]

PRIVATE = [
    upgrade(),
    request("POST /x HTTP/1.1", Content_Length="0"),
    request("DELETE /x HTTP/1.1"),
    request(Authorization="Bearer x"),
    request(X_API_Key="x"),
    request(Cookie=f"a=b; {COOKIE_PREFIX}demo=x"),
    request(Cookie=f"__Host-{STAFF_COOKIE}=x"),
    request("GET /x?sso=%7B%7D HTTP/1.1"),
    request("GET /x?a=b&user%49dWS=x HTTP/1.1"),
    request("HEAD /x?urlIdWS=x HTTP/1.1"),
]
PUBLIC = [
    request(),
    request("GET /x?urlId=y HTTP/1.1", Cookie="a=b"),
    request("HEAD / HTTP/1.1"),
    request("OPTIONS / HTTP/1.1", Origin="https://x.example"),
]
ALLOWED = None


class Peer(Network):
    """Stands for a connection from elsewhere."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def get_extra_info(self, name: str) -> object:
        return (self._address, 1) if name.endswith("name") else None

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


async def refused(peer: str, said: bytes, *forwarded: str, only_tls: bool = True) -> str | None:
    """Why a request is refused that comes from there; ALLOWED if it is not, and goes on to whom it asks."""
    server = Server(proxies="192.0.2.1")
    server.gate.only_tls = only_tls
    network, protocol = Peer(peer), server.make_protocol()
    protocol.connection_made(cast(asyncio.Transport, network))
    # A door that refuses takes the place of sockets, which are not for this network.
    server.refusal = RateLimited(1)
    head = said.removesuffix(b"\r\n") + b"".join(f"X-Forwarded-Proto: {each}\r\n".encode() for each in forwarded)
    try:
        protocol.data_received(head + b"\r\n")
        if not network.written.startswith(b"HTTP/1.1 403 "):
            return ALLOWED
        assert network.is_closed
        answer = json.loads(network.written.partition(b"\r\n\r\n")[2])
        assert answer["code"] == "forbidden"
        return str(answer["reason"])
    finally:
        protocol.connection_lost(None)
        server.gate.close()
        for task in server.state.tasks:
            task.cancel()


@pytest.mark.parametrize("said", PRIVATE)
@pytest.mark.parametrize("told", TOLD)
async def test_what_proves_somebody_is_refused_when_the_proxy_got_it_in_the_clear(said: bytes, told: list[str]) -> None:
    reason = await refused("192.0.2.1", said, *told)
    assert reason is not None
    assert "X-Forwarded-Proto" in reason


@pytest.mark.parametrize("said", PRIVATE)
@pytest.mark.parametrize("told", [["https"], ["wss"], []])
async def test_it_is_not_when_the_proxy_got_it_by_tls_or_does_not_say(said: bytes, told: list[str]) -> None:
    assert await refused("192.0.2.1", said, *told) is ALLOWED


@pytest.mark.parametrize("said", PRIVATE)
@pytest.mark.parametrize("peer", ["192.0.2.9", "2001:db8::1", "::ffff:192.0.2.9"])
@pytest.mark.parametrize("told", [[], ["https"]])
async def test_it_is_refused_when_it_came_past_the_proxies(said: bytes, peer: str, told: list[str]) -> None:
    reason = await refused(peer, said, *told)
    assert reason is not None
    assert "--trusted-proxies" in reason


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_itself_may_ask_in_the_clear(peer: str) -> None:
    assert [await refused(peer, said) for said in PRIVATE] == [ALLOWED] * len(PRIVATE)


@pytest.mark.parametrize("said", PUBLIC)
@pytest.mark.parametrize(("peer", "told"), [("192.0.2.1", ["http"]), ("192.0.2.9", [])])
async def test_what_anybody_may_read_is_not_refused(said: bytes, peer: str, told: list[str]) -> None:
    assert await refused(peer, said, *told) is ALLOWED


async def test_without_tls_at_the_proxy_nothing_is_asked_of_it() -> None:
    assert [await refused("192.0.2.1", said, "http", only_tls=False) for said in PRIVATE] == [ALLOWED] * len(PRIVATE)


async def test_a_proxy_is_known_also_where_ipv4_comes_by_ipv6() -> None:
    assert await refused("::ffff:192.0.2.1", upgrade(), "https") is ALLOWED


def test_our_cookies_are_known_by_their_name() -> None:
    assert all(name.startswith(OUR_COOKIES) for name in (COOKIE_PREFIX, STAFF_COOKIE))
