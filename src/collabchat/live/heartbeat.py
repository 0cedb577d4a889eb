"""The heartbeats of all v2 sockets, by one clock: a wheel of 25 slots, one of which has its turn each second.

A socket whose slot comes gets `h`; ten seconds later, whoever has not said anything since is closed. So a client that
is gone without a word is noticed within 35 s, and no socket needs a timer of its own.
"""

import asyncio
from itertools import count
from typing import Protocol

from collabchat.core.session import ANSWER_WITHIN_S, HEARTBEAT_S


class Beating(Protocol):
    """A socket that is asked for signs of life."""

    def beat(self) -> None:
        """Send a heartbeat."""
        ...

    def check(self) -> None:
        """Close if there was no answer."""
        ...


class Heartbeat:
    """The wheel. `run` turns it; whoever joins stays in the emptiest slot until they leave."""

    def __init__(self) -> None:
        self._slots: list[dict[Beating, None]] = [{} for _ in range(HEARTBEAT_S)]

    def join(self, socket: Beating) -> dict[Beating, None]:
        """Take a socket in; returns its slot, for `leave`."""
        slot = min(self._slots, key=len)
        slot[socket] = None
        return slot

    async def run(self) -> None:
        """Turn the wheel for ever, a slot a second."""
        for second in count():
            self.turn(second)
            await asyncio.sleep(1)

    def turn(self, second: int) -> None:
        """Do what is due in this second."""
        for socket in list(self._slots[(second - ANSWER_WITHIN_S) % HEARTBEAT_S]):
            socket.check()
        for socket in list(self._slots[second % HEARTBEAT_S]):
            socket.beat()
