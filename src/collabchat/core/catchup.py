"""What a reader missed: from a position and the log to an unbroken run of events, or to the reason why there is none.

    position known?  ──no──▶ reset: epoch (another numbering) · ahead (from the future) · retention (pruned) · far
          │ yes
          ▼
    the room's recent events reach back to it? ──yes──▶ resumed, without reading the log
          │ no
          ▼
    log read while the room went on ─ merge with what came since ─▶ resumed, or a hole: read again

The reader must be known to the room before its log is read: what is committed after that is among the room's recent
events, so nothing can fall between the two.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

MISSED_MAX = 500
MISSED_BYTES_MAX = 256 * 1024
"""Who missed more than this is better served by a snapshot."""

Reason = Literal["epoch", "retention", "ahead", "far"]


class Position(Struct, frozen=True):
    """Up to where a reader knows a room: all events up to `seq` within `epoch`."""

    epoch: str
    seq: int


class Numbered(Struct, frozen=True):
    """One event of a room: its seq, and its frame as every socket gets it."""

    seq: int
    frame: bytes


class Standing(Struct, frozen=True):
    """Where a room stands: its epoch, the greatest pruned seq, and the greatest seq."""

    epoch: str
    base: int
    head: int


def why_not(room: Standing, position: Position) -> Reason | None:
    """Why a reader cannot go on from where they are, or None if they can."""
    if position.epoch != room.epoch:
        return "epoch"
    if position.seq > room.head:
        return "ahead"
    if position.seq < room.base:
        return "retention"
    return "far" if room.head - position.seq > MISSED_MAX else None


def merge(log: Iterable[Numbered], recent: Iterable[Numbered], after: int, head: int) -> list[Numbered] | None:
    """The events after a position up to `head`, each once and in order; None if they leave a hole.

    `log` is what was read, `recent` what the room has delivered lately: they may overlap, and both may hold more.
    """
    found = {event.seq: event for part in (log, recent) for event in part if after < event.seq <= head}
    missed = [event for seq in range(after + 1, head + 1) if (event := found.get(seq)) is not None]
    return missed if len(missed) == head - after else None


def is_far(missed: Iterable[Numbered]) -> bool:
    """More bytes than a resume is worth."""
    return sum(len(event.frame) for event in missed) > MISSED_BYTES_MAX
