"""A viewer's socket under uvicorn: frames, packed once for everybody, go straight to the network.

    state     write                          → state     when
    ────────  ─────────────────────────────  → ────────  ──────────────────────────────────────────────
    opening   waits for the handshake        → open      the owner has come in
    open      goes to the network            → behind    the network does not take all of it at once
    behind    waits (see `backlog`)          → open      everything has gone out
    closing   is dropped                     → closed    the client has said goodbye, or a second has passed
    deaf      is dropped                     → closed    as closing; what comes is dropped, too: rules were broken
    closed    is dropped

An idle socket holds nothing but itself: what reads bytes (`inbound`) and what keeps frames (`backlog.Held`) is made
when there is something to read or to keep. All sockets share one `Switchboard`, which has the only timers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal

import structlog

from collabchat.core.close_codes import (
    CLOSE_ERROR,
    CLOSE_RESTART,
    CLOSE_TOO_MANY,
    CLOSE_TOO_SLOW,
)
from collabchat.live.transport import frames
from collabchat.live.transport.backlog import Held
from collabchat.live.transport.contract import Owner
from collabchat.live.transport.frames import NOTHING, Packed
from collabchat.live.transport.inbound import Goodbye, Inbound, Part, Ping, Pong, Received, Violation
from collabchat.live.transport.switchboard import Switchboard

INBOX_MAX = 4
"""So many messages are taken in while one is dealt with; then the socket is not read until it is."""

_FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

AFTER_END_MAX = 64
"""So many frames are looked through for the answer to our close; whoever sends more at once is not listened to."""

log = structlog.get_logger()


class RawTransport(asyncio.Protocol):
    """One socket, as `contract.Transport`; made by `http` when a request asks for a WebSocket."""

    __slots__ = (
        "_drained",
        "_full_at",
        "_inbound",
        "_inbox",
        "_network",
        "_owner",
        "_peers",
        "_plain_fd",
        "_state",
        "_switchboard",
        "_task",
        "fd",
        "held",
        "write",
    )

    def __init__(self, switchboard: Switchboard, network: asyncio.Transport, peers: set[object]) -> None:
        """Take over a connection; `peers` are the web server's open connections, of which this becomes one."""
        self._switchboard = switchboard
        self._network = network
        self._peers = peers
        self._state: Literal["opening", "open", "behind", "closing", "deaf", "closed"] = "opening"
        self._owner: Owner | None = None
        self._inbound: Inbound | None = None
        self._inbox: list[str | bytes] | None = None
        self._task: asyncio.Task[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._full_at = 0.0
        # What may be written past the network's buffer: nothing under TLS.
        self._plain_fd = -1
        self.held: Held | None = Held()
        self.fd = -1
        self.write: Callable[[Packed], object] = self._hold
        peers.add(self)

    @property
    def _is_live(self) -> bool:
        """Open, and not about to be closed."""
        return self._state in {"open", "behind"}

    # -- The handshake -------------------------------------------------------------------------------------------------

    def open(self, owner: Owner, accepted: bytes, refused: bytes, rest: bytes) -> None:
        """Let the owner come in, then answer the handshake; `rest` is what came after it."""
        self._owner = owner
        entering = owner.enter()
        if entering is None:
            self._accept(accepted, rest)
            return

        async def enter(entering: Awaitable[bool]) -> None:
            if await entering:
                self._accept(accepted, rest)
            else:
                self._network.write(refused)
                self._network.close()

        # Until it is answered, the client has nothing to say.
        self._network.pause_reading()
        self._begin(enter(entering))

    def _accept(self, accepted: bytes, rest: bytes) -> None:
        if self._state == "closed":
            return
        network = self._network
        is_plain = network.get_extra_info("ssl_object") is None
        self._plain_fd = network.get_extra_info("socket").fileno() if is_plain else -1
        # Whatever the network does not take at once is to be known of. Under TLS a limit of zero is always reached, and
        # the connection below takes up to 64 KiB on its own account, of which nobody is told.
        network.set_write_buffer_limits(high=0 if is_plain else 1, low=0)
        waiting = [] if self.held is None else self.held.take()
        self.held = None
        if self._state == "opening":
            self._level()
        else:
            self._switchboard.closing.start(self)
        network.writelines([accepted, *waiting])
        if network.get_write_buffer_size():
            # An answer from before may not have gone out yet: then the network does not say so anew.
            self.pause_writing()
        network.resume_reading()
        if rest:
            self.data_received(rest)

    # -- What goes out -------------------------------------------------------------------------------------------------

    def write_missed(self, packed: Iterable[Packed]) -> bool:
        """Send what the client has missed: however long it is, it does not make the client a slow one."""
        all_ = Packed(b"".join(packed))
        before = self.held
        if before is not None:
            before.allow(len(all_))
        is_sent = self.write(all_) is not False
        if before is None and self.held is not None:
            # The network did not take all of it: from here on the client is behind.
            self.held.allow(len(all_))
        return is_sent

    def ping(self) -> bool:
        """Ask for a sign of life."""
        self.write(frames.PING)
        return True

    async def drain(self) -> None:
        """Wait until nothing waits to be sent any more."""
        if self._state == "behind":
            self._drained = self._drained or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)

    def pause_writing(self) -> None:
        """The network could not take all of what was written last."""
        if self._state == "open":
            self._state = "behind"
            self.held = Held()
            self.fd = -1
            self.write = self._hold
            self._switchboard.backlog.join(self)
        if self.held is not None:
            self.held.stick(self._network.get_write_buffer_size(), self._switchboard.backlog.now())

    def resume_writing(self) -> None:
        """The network has sent all that it had."""
        if (held := self.held) is None or self._state == "opening":
            # What came before the handshake has gone out: what follows it still waits for it.
            return
        if waiting := held.take():
            # It may be too much once more: then this is called again.
            self._network.writelines(waiting)
            if self._network.get_write_buffer_size():
                return
        self.held = None
        if self._state == "behind":
            self._level()
        self._forget_backlog()

    def _level(self) -> None:
        """Nothing waits: frames go straight to the network."""
        self._state = "open"
        self.write = self._network.write
        self.fd = self._plain_fd

    def _hold(self, packed: Packed) -> bool:
        assert self.held is not None
        backlog = self._switchboard.backlog
        if not self.held.add(packed, backlog.now()):
            backlog.close(self)
            return False
        backlog.grow(len(packed))
        return True

    def _forget_backlog(self) -> None:
        self._switchboard.backlog.leave(self)
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    # -- What comes in -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network."""
        if self._state == "deaf":
            return
        switchboard = self._switchboard
        inbound = self._inbound or Inbound(switchboard.inbound_max_bytes, switchboard.parts_max)
        is_new = self._inbound is None
        after_end = 0
        try:
            for received in inbound.feed(data):
                is_new |= isinstance(received, str | bytes)
                self._take(received)
                after_end += self._state == "closing"
                if after_end > AFTER_END_MAX:
                    self._go_deaf()
                    return
        except Violation as violation:
            self._fail(violation.code)
            return
        if inbound.is_idle or not self._is_live:
            self._inbound = None if inbound.is_idle else inbound
            switchboard.unfinished.stop(self)
            return
        self._inbound = inbound
        if is_new:
            switchboard.unfinished.start(self)

    def _take(self, received: Received) -> None:
        if isinstance(received, Goodbye):
            self._part(received.code)
            return
        if not self._is_live or self._owner is None:
            return
        full_at = self._switchboard.pace.step(self._full_at, self._switchboard.backlog.now())
        if full_at is None:
            self.close(CLOSE_TOO_MANY)
            return
        self._full_at = full_at
        self._owner.note_life()
        match received:
            case Ping(payload):
                self.write(frames.pong(payload))
            case Pong() | Part():
                pass
            case message:
                self._hear(message)

    def _hear(self, message: str | bytes) -> None:
        """Hand a message to the owner; while it is being dealt with, others wait."""
        if self._task is not None:
            self._inbox = self._inbox or []
            self._inbox.append(message)
            if len(self._inbox) >= INBOX_MAX:
                self._network.pause_reading()
            return
        assert self._owner is not None
        try:
            hearing = self._owner.hear(message)
        except Exception as error:
            self._give_way(error)
            return
        if hearing is not None:
            self._begin(hearing)

    def _give_way(self, error: BaseException) -> None:
        """The owner failed: that is our defect, and the end of this connection."""
        log.error("A socket's owner failed", exc_info=error)
        if self._state == "opening":
            self._network.write(_FAILED)
            self._network.close()
        else:
            self.close(CLOSE_ERROR)

    def _begin(self, doing: Awaitable[None]) -> None:
        self._task = asyncio.ensure_future(doing)
        self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Future[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._give_way(error)
        if self._state == "closed":
            self._leave()
            return
        waiting, self._inbox = self._inbox or [], None
        for message in waiting:
            if self._is_live:
                self._hear(message)
        if waiting and len(self._inbox or ()) < INBOX_MAX:
            self._network.resume_reading()

    # -- The end -------------------------------------------------------------------------------------------------------

    def close(self, code: int, last_words: Packed = NOTHING) -> bool:
        """Close; what still waits is given up, but for the last words. False where it is closed already."""
        if self._state not in {"opening", "open", "behind"}:
            return False
        was, self._state = self._state, "closing"
        self.write = _drop
        self.fd = -1
        ending = Packed(last_words + frames.close(code))
        if self.held is not None:
            given_up = self.held.replace(ending, self._switchboard.backlog.now())
            if self._owner is not None:
                self._owner.take_back(given_up)
        else:
            self._network.write(ending)
        if was != "opening":
            self._switchboard.unfinished.stop(self)
            self._switchboard.backlog.leave(self)
            self._switchboard.closing.start(self)
        return True

    def _fail(self, code: int) -> None:
        """Close for what the client sent, and listen no more."""
        self.close(code)
        self._go_deaf()

    def _go_deaf(self) -> None:
        """Listen no more; the end has been said."""
        self._state = "deaf"
        self._inbound = None
        if self.held is None and self._network.can_write_eof():
            # The client need not answer; and what it still sends must not be answered by a reset, which takes our word.
            self._network.write_eof()

    def give_up(self) -> None:
        """Close a reader who is too far behind."""
        self.close(CLOSE_TOO_SLOW)

    def hang_up(self) -> None:
        """End the connection, with what the client has not taken."""
        if self._network.get_write_buffer_size() or self.held is not None:
            self._network.abort()
        else:
            self._network.close()

    def shutdown(self) -> None:
        """The web server stops."""
        self.close(CLOSE_RESTART)
        self.hang_up()

    def _part(self, code: int) -> None:
        """The client closes, or answers our close."""
        self.close(code)
        self.hang_up()

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection is gone."""
        self._state = "closed"
        self.write = _drop
        self.fd = -1
        self.held = None
        self._inbound = self._inbox = None
        self._switchboard.unfinished.stop(self)
        self._switchboard.closing.stop(self)
        self._forget_backlog()
        self._peers.discard(self)
        if self._task is None:
            self._leave()
        else:
            # It leaves as soon as whatever it was doing has ended.
            self._task.cancel()

    def _leave(self) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.leave()


def _drop(_packed: Packed) -> bool:
    """Where the frames of a closed socket go."""
    return False
