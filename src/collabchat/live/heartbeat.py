"""Signs of life of all sockets, by one clock: a wheel of 250 slots, one of which has its turn each tenth of a second.

A socket whose slot comes is asked; ten seconds later, whoever has not said anything since is closed. So a client that
is gone without a word is noticed within 35 s, no socket needs a timer of its own, and of ten thousand sockets no more
than forty are looked after in one go.
"""

from itertools import count, cycle
from typing import Protocol

from collabchat.core.session import ANSWER_WITHIN_S, HEARTBEAT_S

TURN_S = 0.1
TURNS = round(HEARTBEAT_S / TURN_S)
ANSWER_TURNS = round(ANSWER_WITHIN_S / TURN_S)


class Beating(Protocol):
    """A socket that is asked for signs of life."""

    def beat(self) -> None:
        """Send a heartbeat."""
        ...

    def check(self) -> None:
        """Close if there was no answer."""
        ...


class Heartbeat:
    """The wheel. `advance` turns it; whoever joins gets the next slot, and stays in it until they leave."""

    def __init__(self) -> None:
        self._slots: list[dict[Beating, None]] = [{} for _ in range(TURNS)]
        self._next = cycle(self._slots)
        self._turns = count()

    def join(self, socket: Beating) -> dict[Beating, None]:
        """Take a socket in; returns its slot, out of which it is taken to leave."""
        slot = next(self._next)
        slot[socket] = None
        return slot

    def advance(self) -> None:
        """Have the next turn."""
        self.turn(next(self._turns))

    def turn(self, number: int) -> None:
        """Do what is due in this turn."""
        for socket in list(self._slots[(number - ANSWER_TURNS) % TURNS]):
            socket.check()
        for socket in list(self._slots[number % TURNS]):
            socket.beat()
