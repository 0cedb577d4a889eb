"""Who views a room: a pure machine that takes comings and goings and says what to tell, and when.

A person is present while any of their sockets is open, and for `linger_ms` after the last one closed, so that a
reload does not flicker. Changes are merged into one telling per `window_ms`; the first one is told at once.

    absent ──enter──▶ present ──last exit──▶ lingering ──linger over──▶ absent
                         ▲────────enter─────────┘            (told)
"""

from collections import Counter
from itertools import takewhile
from typing import Protocol, runtime_checkable

from msgspec import Struct

from collabchat.core.catchup import Standing
from collabchat.core.model import Tenant


@runtime_checkable
class Viewers(Protocol):
    """Whoever knows who views which room now, and where it stands."""

    def people(self, tenant: Tenant, url_id: str) -> list[str]:
        """The ids of who views a room now."""
        ...

    def standing(self, tenant: Tenant, url_id: str) -> Standing | None:
        """Where a room stands, if somebody watches it; then this is never behind what has been answered."""
        ...


class Change(Struct, frozen=True):
    """What the room is told: user ids that came and went, and the number of people now."""

    joined: tuple[str, ...]
    left: tuple[str, ...]
    count: int


class Presence:
    """The people of one room. Times are ms of a monotonic clock, given by the caller."""

    def __init__(self, linger_ms: int = 5_000, window_ms: int = 100) -> None:
        self.window_ms = window_ms
        self._linger_ms = linger_ms
        self._sockets: Counter[str] = Counter()
        # In the order of their ends, as all linger equally long.
        self._lingering: dict[str, int] = {}
        self._told: set[str] = set()
        self._coming: dict[str, None] = {}
        self._quiet_until = 0

    @property
    def people(self) -> list[str]:
        """The ids of all who are present, in the order of their coming."""
        return [*self._sockets, *self._lingering]

    @property
    def count(self) -> int:
        """How many people are present, each once."""
        return len(self._sockets) + len(self._lingering)

    def enter(self, user: str) -> None:
        """Note one more open socket of a person."""
        self._lingering.pop(user, None)
        self._sockets[user] += 1
        if user not in self._told:
            self._coming[user] = None

    def exit(self, user: str, now: int) -> None:
        """Note that one of a person's sockets closed."""
        self._sockets[user] -= 1
        if self._sockets[user] <= 0:
            del self._sockets[user]
            # Whose coming was not told yet goes without a word.
            if user in self._coming:
                del self._coming[user]
            else:
                self._lingering[user] = now + self._linger_ms

    def due(self) -> int | None:
        """When `tell` has something to say, or None while nothing changes."""
        first = self._quiet_until if self._coming else next(iter(self._lingering.values()), None)
        return None if first is None else max(first, self._quiet_until)

    def tell(self, now: int) -> Change | None:
        """Say what changed since the last telling, if it is time; the caller sends it to the whole room."""
        if now < self._quiet_until or not (self._coming or self._lingering):
            return None
        # They end in order, so that a thousand who leave at once are not looked through a thousand times.
        left = tuple(user for user, _ in takewhile(lambda each: each[1] <= now, self._lingering.items()))
        joined = tuple(self._coming)
        if not joined and not left:
            return None
        for user in left:
            del self._lingering[user]
        self._coming.clear()
        self._told.update(joined)
        self._told.difference_update(left)
        self._quiet_until = now + self.window_ms
        return Change(joined, left, self.count)
