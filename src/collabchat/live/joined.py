"""uvicorn's WebSocket protocol, with all frames of one turn of the event loop in one write to the network.

A classic client gets each event in a frame of its own. Written one by one, a burst of sixty costs sixty system calls
and as many packets for every viewer; joined, it costs one.
"""

import asyncio
from asyncio.transports import BaseTransport
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class _Joined:
    """A transport that collects what is written until the loop turns; all else goes straight through."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, part: bytes) -> None:
        if not self._parts:
            asyncio.get_running_loop().call_soon(self._flush)
        self._parts.append(part)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        # The connection may have been lost in this very turn.
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))


class JoinedWrites(WebSocketsSansIOProtocol):
    """What uvicorn runs for each WebSocket."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Take over the connection from HTTP."""
        super().connection_made(cast("BaseTransport", _Joined(cast("asyncio.Transport", transport))))
