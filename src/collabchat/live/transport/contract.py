"""What a transport does for its owner, and what an owner does for its transport."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from msgspec import Struct

from collabchat.live.transport.frames import NOTHING, Packed

PATH = "/sub"


class Transport(Protocol):
    """One open socket, or one that is being opened: then what is written goes out after the handshake."""

    @property
    def write(self) -> Callable[[Packed], object]:
        """Send frames; never waits. Returns False where nothing is sent any more, as the socket is closed.

        A reader who is more than 256 KiB or 5 s behind is closed (4413). What this is changes with the socket's
        state, so it must be asked for anew each time.
        """
        ...

    def write_missed(self, packed: Iterable[Packed]) -> bool:
        """Send what the client has missed: however long it is, it does not make the client a slow one.

        Returns False as `write` does.
        """
        ...

    def close(self, code: int, last_words: Packed = NOTHING) -> bool:
        """Close; what still waits is given up, but for the last words. False where it is closed already."""
        ...

    def ping(self) -> bool:
        """Ask for a sign of life; False where the web server below does that by itself."""
        ...

    @property
    def fd(self) -> int:
        """The socket's file descriptor while a frame may be written to it past the transport, else -1."""
        ...

    async def drain(self) -> None:
        """Wait until nothing waits to be sent any more."""
        ...


class Owner(Protocol):
    """Who is behind a socket. Told what comes, one message after the other, until the end."""

    def enter(self) -> Awaitable[bool] | None:
        """Come in, before the handshake is answered; False to be refused. None: nothing to wait for."""
        ...

    def hear(self, message: str | bytes) -> Awaitable[None] | None:
        """Take a message. None: that is done; else the next message waits until it is."""
        ...

    def note_life(self) -> None:
        """Something came from the client, whatever it is."""
        ...

    def take_back(self, packed: Iterable[Packed]) -> None:
        """These frames will not be sent after all: the socket is closed."""
        ...

    def leave(self) -> None:
        """The socket is gone; called once, whenever there was an `enter`."""
        ...


class Handshake(Struct, frozen=True):
    """A request for a WebSocket: its query, whom it comes from, from which site, and what it calls this server."""

    query: str
    address: str
    origin: str | None
    host: str = ""


class Door(Protocol):
    """Whoever decides who comes in."""

    def knock(self, handshake: Handshake) -> Callable[[Transport], Owner]:
        """What makes the owner of the socket; raises Refusal."""
        ...
