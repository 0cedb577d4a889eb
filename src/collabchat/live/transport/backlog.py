"""Readers that are behind. Frames wait here only while the network does not take them; who is too far behind must go.

level ──the network is full──▶ behind ──all is sent──▶ level
                                 │ 256 KiB or 5 s, or all together too much and this is the worst
                                 ▼
                               closed (4413): the client comes back, and resumes from the log
"""

from collections.abc import Callable
from typing import Protocol

from collabchat.live.transport.frames import Packed

BEHIND_MAX_BYTES = 256 * 1024
BEHIND_MAX_S = 5.0
SLOWEST_BYTES_PER_S = 16 * 1024
"""What a client has missed may take as long as it takes on a line of this speed."""

RELIEF = 3 / 4
"""When all together are over the budget, the worst are closed until this part of it is left."""


class Held:
    """What waits for one reader. Times are seconds of a monotonic clock."""

    __slots__ = (
        "_allowed_bytes",
        "_first_at",
        "_frames",
        "_moving_at",
        "_moving_bytes",
        "_waiting_bytes",
        "patience_s",
    )

    def __init__(self) -> None:
        self._frames: list[Packed] = []
        self._waiting_bytes = 0
        self._first_at = 0.0
        # What the network has taken over and not sent: its size, and since when its oldest frame waits.
        self._moving_bytes = 0
        self._moving_at = 0.0
        self._allowed_bytes = BEHIND_MAX_BYTES
        self.patience_s = BEHIND_MAX_S
        """How long the oldest frame may wait."""

    @property
    def size_bytes(self) -> int:
        """All that is not sent."""
        return self._waiting_bytes + self._moving_bytes

    def add(self, packed: Packed, now: float) -> bool:
        """Keep a frame; False when that is too much."""
        if self._waiting_bytes + len(packed) > self._allowed_bytes:
            return False
        self._first_at = self._first_at if self._frames else now
        self._frames.append(packed)
        self._waiting_bytes += len(packed)
        return True

    def allow(self, size_bytes: int) -> None:
        """Let that much more wait, and for longer, until everything has been sent."""
        self._allowed_bytes += size_bytes
        self.patience_s += size_bytes / SLOWEST_BYTES_PER_S

    def take(self) -> list[Packed]:
        """Hand everything over to the network."""
        frames, self._frames = self._frames, []
        self._moving_bytes, self._waiting_bytes = self._waiting_bytes, 0
        self._moving_at = self._first_at
        return frames

    def replace(self, packed: Packed, now: float) -> list[Packed]:
        """Give up what waits, and hand it back; only this is still to be sent."""
        given_up = self._frames
        self._frames, self._waiting_bytes, self._first_at = [packed], len(packed), now
        return given_up

    def stick(self, size_bytes: int, now: float) -> None:
        """The network could not send that much of what it was given last."""
        self._moving_at = self._moving_at or now
        self._moving_bytes = size_bytes

    def waits_s(self, now: float) -> float:
        """How long the oldest frame has been waiting."""
        oldest = self._moving_at if self._moving_bytes else self._first_at
        return now - oldest if self.size_bytes else 0.0


class Reader(Protocol):
    """A socket, as far as its backlog is concerned."""

    @property
    def held(self) -> Held | None:
        """What waits for it."""
        ...

    def give_up(self) -> None:
        """Close it as too slow."""
        ...


class Backlog:
    """All readers that are behind; `budget_bytes` is what may wait for all together."""

    def __init__(self, budget_bytes: int, clock: Callable[[], float]) -> None:
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._behind: dict[Reader, None] = {}
        self._grown_bytes = 0
        self.closed = 0
        """How many were closed since the start."""

    def now(self) -> float:
        """The time, in seconds of the clock that all readers go by."""
        return self._clock()

    def join(self, reader: Reader) -> None:
        """A reader falls behind."""
        self._behind[reader] = None

    def leave(self, reader: Reader) -> None:
        """A reader has caught up, or is gone."""
        self._behind.pop(reader, None)

    def grow(self, size_bytes: int) -> None:
        """So much more waits, for whomever."""
        self._grown_bytes += size_bytes
        if self._grown_bytes > self._budget_bytes * (1 - RELIEF):
            self.sweep()

    def sweep(self) -> None:
        """Close who is behind for too long, then the worst if all together are over the budget; twice a second."""
        self._grown_bytes = 0
        now = self._clock()
        for reader in [reader for reader, held in self._readers() if held.waits_s(now) > held.patience_s]:
            self.close(reader)
        total = sum(held.size_bytes for _, held in self._readers())
        if total <= self._budget_bytes:
            return
        worst = sorted(self._readers(), key=lambda each: each[1].size_bytes, reverse=True)
        for reader, held in worst:
            if total <= self._budget_bytes * RELIEF:
                break
            total -= held.size_bytes
            self.close(reader)

    def close(self, reader: Reader) -> None:
        """Close a reader as too slow."""
        self.closed += 1
        reader.give_up()

    def _readers(self) -> list[tuple[Reader, Held]]:
        return [(reader, held) for reader in self._behind if (held := reader.held) is not None]
