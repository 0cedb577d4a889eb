"""How well a server is: what it measures of itself, and how many of the last measurements were how bad."""

from collections import deque
from typing import Protocol

from msgspec import Struct


class Samples:
    """The last measurements of one thing, in ms."""

    def __init__(self, kept: int) -> None:
        self._kept: deque[float] = deque(maxlen=kept)

    def add(self, ms: float) -> None:
        """One more."""
        self._kept.append(ms)

    def percentile(self, percent: int) -> float:
        """So many percent of them were no higher (nearest rank); 0 without any."""
        if not self._kept:
            return 0.0
        in_order = sorted(self._kept)
        return in_order[max(0, -(-len(in_order) * percent // 100) - 1)]


class Health(Struct, frozen=True, rename="camel"):
    """A server now: the 99th percentiles of the last minutes, in ms, and what has happened since its start."""

    loop_lag_ms: float
    commit_ms: float
    slow_readers_closed: int
    disk_free_bytes: int
    uptime_s: int


class Doctor(Protocol):
    """Whoever knows how well the server is."""

    def look(self) -> Health:
        """How it is now."""
        ...
