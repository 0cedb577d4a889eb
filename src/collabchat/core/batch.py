"""Adaptive batching of one room: a quiet room sends at once, a busy one collects for a window and sends one frame.

    idle ──event──▶ sent at once, a window opens ──events──▶ collected ──window over──▶ one frame, the next window
      ▲                                                                   nothing came │
      └────────────────────────────────────────────────────────────────────────────────┘

The window stretches with what the last sending cost: four times as long, so that a room with many viewers keeps most of
the processor free for others. A frame holds a contiguous run of events.
"""

from collections.abc import Iterable, Iterator, Sequence

from collabchat.core.catchup import Numbered

WINDOW_MOST_MS = 250
COST_FACTOR = 4
FRAME_EVENTS_MAX = 64
FRAME_BYTES_MAX = 16 * 1024


class Batch:
    """What one room collects. Times are ms of a monotonic clock, given by the caller."""

    def __init__(self, least_ms: int = 20) -> None:
        self._least_ms = least_ms
        self.window_ms = float(least_ms)
        self._quiet_from = 0.0
        self._waiting: list[Numbered] = []
        self._bytes = 0

    def add(self, events: Iterable[Numbered]) -> None:
        """Collect events, which come in order."""
        for event in events:
            self._waiting.append(event)
            self._bytes += len(event.frame)

    def due(self) -> float | None:
        """When the collected must go out: an instant in the past for at once, None if there is nothing."""
        if not self._waiting:
            return None
        is_full = len(self._waiting) >= FRAME_EVENTS_MAX or self._bytes >= FRAME_BYTES_MAX
        return 0 if is_full else self._quiet_from

    def take(self, now: float) -> list[Numbered]:
        """Hand over the collected, and open the next window."""
        self._quiet_from = now + self.window_ms
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        return waiting

    def note_cost(self, cost_ms: float) -> None:
        """Say how long the last sending took: the window that is open follows it."""
        if COST_FACTOR * cost_ms <= self._least_ms == self.window_ms:
            return
        window_ms = max(self._least_ms, min(COST_FACTOR * cost_ms, max(WINDOW_MOST_MS, self._least_ms)))
        self._quiet_from += window_ms - self.window_ms
        self.window_ms = window_ms


def frames(events: Sequence[Numbered]) -> Iterator[bytes]:
    """The frames that carry a run of events: one alone as it is, several as JSON arrays of limited size."""
    if len(events) == 1:
        yield events[0].frame
        return
    part: list[bytes] = []
    size = 0
    for event in events:
        if part and (len(part) == FRAME_EVENTS_MAX or size + len(event.frame) > FRAME_BYTES_MAX):
            yield _join(part)
            part, size = [], 0
        part.append(event.frame)
        size += len(event.frame) + 1
    if part:
        yield _join(part)


def _join(part: Sequence[bytes]) -> bytes:
    return part[0] if len(part) == 1 else b"[" + b",".join(part) + b"]"
