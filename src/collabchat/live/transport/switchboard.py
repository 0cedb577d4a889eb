"""What all raw sockets of one server share: their limits, their deadlines, and who is behind."""

import time
from typing import Protocol

from collabchat.core.close_codes import CLOSE_NO_HELLO
from collabchat.core.pace import Pace
from collabchat.live.deadlines import Deadlines
from collabchat.live.transport.backlog import Backlog

INBOUND_MAX_BYTES = 16 * 1024
PARTS_MAX = 16
"""No client of ours fragments; who sends a message in more parts than this is up to something."""

MESSAGE_WITHIN_S = 5.0
"""A message that has begun must be complete by then."""

CLOSE_WITHIN_S = 1.0
"""So long a client has to answer a close, or to take what was sent before it."""


class Socket(Protocol):
    """A raw socket, as far as its deadlines are concerned."""

    def close(self, code: int) -> object:
        """Say that it is closed, and why."""
        ...

    def hang_up(self) -> None:
        """End the connection."""
        ...


class Switchboard:
    """One for each server. `pace` is how often a socket may send a message."""

    def __init__(
        self,
        *,
        budget_bytes: int,
        pace: Pace,
        inbound_max_bytes: int = INBOUND_MAX_BYTES,
        parts_max: int = PARTS_MAX,
    ) -> None:
        self.inbound_max_bytes = inbound_max_bytes
        self.parts_max = parts_max
        self.pace = pace
        self.backlog = Backlog(budget_bytes, time.monotonic)
        self.unfinished: Deadlines[Socket] = Deadlines(MESSAGE_WITHIN_S, lambda socket: socket.close(CLOSE_NO_HELLO))
        self.closing: Deadlines[Socket] = Deadlines(CLOSE_WITHIN_S, lambda socket: socket.hang_up())

    def close(self) -> None:
        """Stop all timers."""
        self.unfinished.close()
        self.closing.close()
