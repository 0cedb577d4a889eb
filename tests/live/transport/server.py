"""The server's end on 127.0.0.1: our transport behind uvicorn's connections, in the test's own loop."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from collabchat.core.pace import Pace
from collabchat.live.deadlines import Deadlines
from collabchat.live.transport.backlog import Backlog
from collabchat.live.transport.contract import Handshake, Owner, Transport
from collabchat.live.transport.frames import Packed, pack, pack_bytes
from collabchat.live.transport.http import Gate, HttpProtocol
from collabchat.live.transport.raw import RawTransport
from collabchat.live.transport.switchboard import Switchboard
from tests.live.transport.client import KERNEL_BYTES, Client, soon, until, upgrade

LONG_S = 600.0
"""A deadline that no test is to reach."""

with_tls = pytest.mark.parametrize("server", ["plain", "tls"], indirect=True)
"""For what TLS might do otherwise."""

under_tls = pytest.mark.parametrize("server", ["tls"], indirect=True)


class Guest:
    """An owner of a socket, who notes what happens; the test says what it does with a message."""

    def __init__(self, server: "Server", transport: RawTransport) -> None:
        self.transport = transport
        self.heard: list[str | bytes] = []
        self.signs = 0
        self.times_left = 0
        self.taken_back: list[Packed] = []
        self._server = server

    def enter(self) -> Awaitable[bool] | None:
        return self._server.enters(self)

    def hear(self, message: str | bytes) -> Awaitable[None] | None:
        self.heard.append(message)
        return self._server.hears(self, message)

    def note_life(self) -> None:
        self.signs += 1

    def take_back(self, packed: Iterable[Packed]) -> None:
        self.taken_back += packed

    def leave(self) -> None:
        self.times_left += 1

    # What the tests look at inside.

    @property
    def network(self) -> asyncio.Transport:
        return self.transport._network

    @property
    def state(self) -> str:
        return self.transport._state

    @property
    def writes_straight(self) -> bool:
        """Whether what is written goes to the network as it is."""
        return self.transport.write == self.network.write


def echo(guest: Guest, message: str | bytes) -> None:
    guest.transport.write(pack(message.encode()) if isinstance(message, str) else pack_bytes(message))


async def read_all(_scope: Any, receive: Any, send: Any) -> None:
    """An application that says how long the body was, once it has all of it."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Server:
    """A door that lets everybody in, and uvicorn's part in it, in the test's own loop. Its deadlines are far away."""

    def __init__(self, certificate: Path | None = None, proxies: str | None = None) -> None:
        self.guests: list[Guest] = []
        self.handshakes: list[Handshake] = []
        self.refusal: Exception | None = None
        self.enters: Callable[[Guest], Awaitable[bool] | None] = lambda _guest: None
        self.hears: Callable[[Guest, str | bytes], Awaitable[None] | None] = lambda _guest, _message: None
        self._clients: list[Client] = []
        self.errors: list[object] = []
        """What the loop had to handle itself."""
        self.switchboard = Switchboard(budget_bytes=2**40, pace=Pace(0, 0))
        self.gate = Gate(self, self.switchboard)
        self.state = ServerState()
        self._certificate = certificate
        self.config = uvicorn.Config(
            read_all,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            http=self.gate.protocol(),
            ws=RawTransport,
            proxy_headers=proxies is not None,
            forwarded_allow_ips=proxies,
            ssl_certfile=certificate and certificate / "cert.pem",
            ssl_keyfile=certificate and str(certificate / "key.pem"),
        )
        self.config.load()
        self.give_time()

    def give_time(
        self,
        *,
        head: float = LONG_S,
        body: float = LONG_S,
        message: float = LONG_S,
        close: float = LONG_S,
    ) -> None:
        """How long clients have for each."""
        gate, board = self.gate, self.switchboard
        gate.heads = Deadlines(head, gate.heads._due)
        gate.bodies = Deadlines(body, gate.bodies._due)
        board.unfinished = Deadlines(message, board.unfinished._due)
        board.closing = Deadlines(close, board.closing._due)

    def use_clock(self, clock: Callable[[], float], budget_bytes: int = 2**40) -> None:
        self.switchboard.backlog = Backlog(budget_bytes, clock)

    def knock(self, handshake: Handshake) -> Callable[[Transport], Owner]:
        if self.refusal is not None:
            raise self.refusal
        self.handshakes.append(handshake)
        return self._welcome

    def _welcome(self, transport: Transport) -> Owner:
        assert isinstance(transport, RawTransport)
        self.guests.append(Guest(self, transport))
        return self.guests[-1]

    def make_protocol(self) -> HttpProtocol:
        """As uvicorn makes one for each connection."""
        make = cast(Callable[..., HttpProtocol], self.config.http_protocol_class)
        return make(config=self.config, server_state=self.state, app_state={})

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self.errors.append(context.get("exception", context)))
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server = await loop.create_server(self.make_protocol, sock=listener, ssl=self.config.ssl)

    async def stop(self) -> None:
        self._server.close()
        for client in self._clients:
            await client.close()
        for connection in list(self.state.connections):
            transport = connection._network if isinstance(connection, RawTransport) else connection.transport
            transport.abort()
        self.gate.close()
        await until(lambda: not self.state.connections and not self.state.tasks)
        await until(lambda: all(guest.times_left for guest in self.guests))
        assert {guest.times_left for guest in self.guests} <= {1}

    # -- Clients -------------------------------------------------------------------------------------------------------

    async def dial(self) -> Client:
        """A connection on which nothing has been said."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BYTES)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self.port))
        tls = self._certificate and ssl.create_default_context(cafile=self._certificate / "ca.pem")
        options: dict[str, Any] = {"ssl": tls, "server_hostname": "127.0.0.1"} if tls else {}
        self._clients.append(Client(*await soon(asyncio.open_connection(sock=line, limit=KERNEL_BYTES, **options))))
        return self._clients[-1]

    async def enter(self) -> tuple[Client, Guest]:
        """An open socket, at both ends."""
        client, known = await self.dial(), len(self.guests)
        client.say(upgrade())
        assert (await client.answer()).status == 101
        await until(lambda: self.guests[known].state == "open")
        return client, self.guests[known]
