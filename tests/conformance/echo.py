"""Sockets of our transport that say back whatever they hear, on a free port, which is the one line it prints.

`python -m tests.conformance.echo`, until SIGTERM. It takes far bigger messages than collabchat does: a part of
Autobahn's cases is about 16 MiB in one piece.
"""

import socket
import sys
from collections.abc import Callable, Iterable

import uvicorn
from litestar.types import Receive, Scope, Send

from collabchat.core.pace import Pace
from collabchat.live.transport.contract import Handshake, Owner, Transport
from collabchat.live.transport.frames import Packed, pack, pack_bytes
from collabchat.live.transport.http import Gate
from collabchat.live.transport.raw import RawTransport
from collabchat.live.transport.switchboard import Switchboard

MESSAGE_MAX_BYTES = 32 * 1024 * 1024
PARTS_MAX = 10_000


class Echo:
    """Says back what it hears, as text or bytes as it came."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def enter(self) -> None:
        """Nothing to do."""

    def hear(self, message: str | bytes) -> None:
        """Say it back."""
        self._transport.write(pack(message.encode()) if isinstance(message, str) else pack_bytes(message))

    def note_life(self) -> None:
        """Nothing depends on it."""

    def take_back(self, packed: Iterable[Packed]) -> None:
        """Nothing was counted."""

    def leave(self) -> None:
        """Nothing to leave."""


class OpenDoor:
    """Lets everybody in."""

    def knock(self, _handshake: Handshake) -> Callable[[Transport], Owner]:
        """An echo for each."""
        return Echo


async def no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """There are only sockets."""
    raise AssertionError("nobody asks for anything but a socket")


def main() -> None:
    """Serve until a signal ends it."""
    listener = socket.create_server(("127.0.0.1", 0))
    switchboard = Switchboard(
        budget_bytes=2**40, pace=Pace(0, 0), inbound_max_bytes=MESSAGE_MAX_BYTES, parts_max=PARTS_MAX
    )
    config = uvicorn.Config(
        no_app,
        lifespan="off",
        log_config=None,
        access_log=False,
        http=Gate(OpenDoor(), switchboard).protocol(),
        ws=RawTransport,
    )
    # Who comes before the first accept waits in the backlog, so that the port is true at once.
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
