"""uvicorn's HTTP protocol, with what it lacks: deadlines and a size for requests, and sockets of our own.

uvicorn makes one of these for each connection, from the class that its configuration names; a request for a WebSocket
ends it, and the connection goes on as a `RawTransport`. The names that are overridden here are not uvicorn's public
API: its version is pinned, and `tests/live/transport/test_http.py` fails when they change.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qsl

import httptools
import msgspec
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from collabchat.errors import Forbidden, InvalidInput, NotFound, Refusal, RequestTimeout, TooLarge
from collabchat.identity.origins import is_loopback
from collabchat.identity.quotas import as_itself
from collabchat.live.deadlines import Deadlines
from collabchat.live.transport.contract import PATH, Door, Handshake
from collabchat.live.transport.raw import RawTransport
from collabchat.live.transport.switchboard import Switchboard
from collabchat.redaction import OUR_COOKIES, is_secret

HEAD_WITHIN_S = 5.0
BODY_WITHIN_S = 20.0
HEAD_MAX_BYTES = 64 * 1024
READING = {b"GET", b"HEAD", b"OPTIONS"}

_silent = logging.getLogger("collabchat.handshake")
_silent.disabled = True

_handshakes = ServerProtocol(logger=_silent)
"""Checks all handshakes: without extensions and subprotocols it keeps nothing of one for the next."""


class Gate:
    """What all connections of one server share.

    `headers` goes with each answer that is made here. With `only_tls`, what must not cross the network in the clear is
    refused when a trusted proxy says that it did, or when it came past all proxies.
    """

    def __init__(
        self, door: Door, switchboard: Switchboard, *, headers: Mapping[str, str] | None = None, only_tls: bool = False
    ) -> None:
        self.door = door
        self.switchboard = switchboard
        self.only_tls = only_tls
        self._headers = headers or {}
        self.forbidden = self.serialize(_failure(Forbidden()))
        self.heads: Deadlines[HttpProtocol] = Deadlines(HEAD_WITHIN_S, HttpProtocol.time_out)
        self.bodies: Deadlines[HttpProtocol] = Deadlines(BODY_WITHIN_S, HttpProtocol.time_out_body)

    def protocol(self) -> type["HttpProtocol"]:
        """The class for uvicorn's `http=`."""
        return type("GatedHttpProtocol", (HttpProtocol,), {"gate": self})

    def serialize(self, answer: Response) -> bytes:
        """An answer with what goes with each."""
        answer.headers.update(self._headers)
        return answer.serialize()

    def close(self) -> None:
        """Stop all timers."""
        for deadlines in (self.heads, self.bodies):
            deadlines.close()
        self.switchboard.close()


class HttpProtocol(HttpToolsProtocol):
    """One HTTP connection."""

    gate: ClassVar[Gate]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin: a request is to come."""
        super().connection_made(transport)
        if self.client is not None:
            # Lists of proxies do not name it in IPv6's dress.
            self.client = as_itself(self.client[0]), self.client[1]
        self._head_bytes = 0
        self.gate.heads.start(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes; as uvicorn does, but for the limit, and for what comes after a request for a WebSocket."""
        if self.timeout_keep_alive_task is not None:
            # Our own deadline takes the place of uvicorn's, also if only blank lines come, which begin no request.
            self._unset_keepalive_if_required()
            self._head_bytes = 0
            self.gate.heads.start(self)
        self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._become_socket(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(InvalidInput("request", "is not HTTP/1.1."))
        if self._head_bytes > HEAD_MAX_BYTES:
            self._refuse(TooLarge(HEAD_MAX_BYTES, "head"))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        if self not in self.gate.heads:
            self._head_bytes = 1
            self.gate.heads.start(self)

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self.gate.heads.stop(self)
        self._head_bytes = 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_MAX_BYTES:
            self._refuse(TooLarge(HEAD_MAX_BYTES, "head"))
            raise httptools.HttpParserError
        if self.gate.only_tls and self._is_private() and (problem := self._why_in_the_clear()) is not None:
            self._refuse(Forbidden(problem))
            raise httptools.HttpParserError
        self.gate.bodies.start(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of its body: what counts as head is only what lies between, trailers for instance."""
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self.gate.bodies.stop(self)
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.gate.heads.stop(self)
        self.gate.bodies.stop(self)
        super().connection_lost(exc)

    def time_out(self) -> None:
        """A request's head did not come in time; nobody is told who has not even begun one."""
        if self._head_bytes:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def time_out_body(self) -> None:
        """A request's body did not come in time; nobody is told who was answered already."""
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._answer(_failure(RequestTimeout()))

    # -- A request for a WebSocket -------------------------------------------------------------------------------------

    def _become_socket(self, rest: bytes) -> None:
        """Hand the connection over."""
        self.gate.bodies.stop(self)
        try:
            url = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            url = None
        if url is None or url.path is None or self._is_answering:
            self._refuse(InvalidInput("request", "needs a path."))
            return
        headers = Headers()
        for name, value in self.scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        accepted = _handshakes.accept(Request(url.path.decode("latin-1"), headers))
        try:
            if url.path.rstrip(b"/") != PATH.encode():
                raise NotFound
            if self.scope["method"] != "GET":
                raise InvalidInput("method", "must be GET for a WebSocket.")
            if accepted.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                query = (url.query or b"").decode("latin-1")
                asked = Handshake(query, self._address(), headers.get("Origin"), headers.get("Host") or "")
                make_owner = self.gate.door.knock(asked)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if accepted.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._answer(accepted)
            return
        self.connections.discard(self)
        socket = RawTransport(self.gate.switchboard, self.transport, self.connections)  # type: ignore[arg-type] # a set
        self.transport.set_protocol(socket)
        socket.open(make_owner(socket), accepted.serialize(), self.gate.forbidden, rest)
        # The parser knows us, and we it: without this, both would stay until the garbage collector comes.
        self.parser = None  # type: ignore[assignment] # as when the connection is lost

    def _address(self) -> str:
        """Whom the request comes from: a trusted proxy says it, as for ordinary requests."""
        host = self.client[0] if self.client else ""
        if isinstance(self.app, ProxyHeadersMiddleware) and host in (trusted := self.app.trusted_hosts):
            host = trusted.get_trusted_client_address(", ".join(self._said(b"x-forwarded-for")))[0] or host
        return host

    def _said(self, header: bytes) -> Iterable[str]:
        """What stands in all headers of this name."""
        return (value.decode("latin-1") for name, value in self.scope["headers"] if name == header)

    # -- In the clear --------------------------------------------------------------------------------------------------

    def _is_private(self) -> bool:
        """The request asks for a socket, writes, or carries what proves somebody."""
        if self.parser.get_method() not in READING or self.parser.should_upgrade():
            return True
        if any(OUR_COOKIES in cookies for cookies in self._said(b"cookie")):
            return True
        headers = (name.decode("latin-1") for name, _ in self.scope["headers"] if name != b"cookie")
        query = parse_qsl(self.url.partition(b"?")[2].decode("latin-1"))
        return any(is_secret(name) for name in (*headers, *(name for name, _ in query)))

    def _why_in_the_clear(self) -> str | None:
        """What is wrong with the way that the request took; None for nothing, as far as one can know."""
        host = self.client[0] if self.client else ""
        if isinstance(self.app, ProxyHeadersMiddleware) and host in self.app.trusted_hosts:
            protocols = {word.strip().lower() for said in self._said(b"x-forwarded-proto") for word in said.split(",")}
            if protocols & {"http", "ws"}:
                return "This came to the proxy without TLS (X-Forwarded-Proto): use https, or wss."
        elif self.scheme == "http" and host and not is_loopback(host):
            return "This came without TLS, and past the proxy that ends it: --trusted-proxies does not name the sender."
        return None

    @property
    def _is_answering(self) -> bool:
        """An answer to a request is under way; nothing may come between, and nothing before it."""
        cycle = self.cycle
        is_of_this_request = self in self.gate.bodies
        return cycle is not None and not cycle.response_complete and (cycle.response_started or not is_of_this_request)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal; without a word where that would be taken for the answer to another request."""
        if self._is_answering:
            self.transport.close()
        else:
            self._answer(_failure(refusal))

    def _answer(self, answer: Response) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.gate.serialize(answer))
            self.transport.close()


def _failure(refusal: Refusal) -> Response:
    """A refusal as the routes answer it."""
    body = msgspec.json.encode(refusal.body())
    headers = Headers(
        {
            **refusal.headers(),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
    )
    return Response(refusal.status, HTTPStatus(refusal.status).phrase, headers, body)
