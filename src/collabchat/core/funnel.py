"""Puts a room's events into order. Whichever way they come, how often and when, each leaves once, in the order of seq.

Local commits, hints from other servers, log reads and comparisons of heads all end here. What comes too early waits;
when something is missing in between, `is_behind` says so, and the caller reads the log from `last` on.

    closed ──open(standing, log)──▶ open: take(epoch, seq, frame) → what is due now
             what came meanwhile waits; what is of the room's epoch leaves after the log
"""

from collections import deque
from collections.abc import Iterable, Sequence

from collabchat.core.catchup import MISSED_BYTES_MAX, Numbered, Standing

RECENT_MAX = 256
"""So many events are kept for those who come back: an ordinary resume reads nothing from the database."""

EARLY_MAX = 64
"""So many events may wait for one before them; the log has the rest."""


class Funnel:
    """The order of one room within one epoch. Knows nothing until it is opened."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self._unopened: list[tuple[str, int, bytes | None]] = []
        self._early: dict[int, bytes] = {}
        self._heard = 0
        self._recent: deque[Numbered] = deque()
        self._recent_bytes = 0
        self._pruned: Standing | None = None

    @property
    def last(self) -> int:
        """The seq of the last event that has left."""
        return 0 if self.standing is None else self.standing.head

    @property
    def is_behind(self) -> bool:
        """There are later events than those that have left."""
        return self._heard > self.last

    def open(self, standing: Standing, log: Sequence[Numbered]) -> list[Numbered]:
        """Begin at where the room stands, with the last events of its log; returns what came meanwhile and is due."""
        self.standing = standing
        if self._pruned is not None:
            self.prune(self._pruned)
        for event in log:
            self._remember(event)
        unopened, self._unopened = self._unopened, []
        return [event for told in unopened for event in self.take(*told)]

    def take(self, epoch: str, seq: int, frame: bytes | None = None) -> list[Numbered]:
        """Take an event, or only word that there is one; returns what is due now, in order."""
        if self.standing is None:
            # Of which epoch the room is will show. The log has what is dropped here.
            self._unopened = [*self._unopened[1 - EARLY_MAX :], (epoch, seq, frame)]
            return []
        if epoch != self.standing.epoch:
            return []
        self._heard = max(self._heard, seq)
        if frame is not None and seq > self.last and (len(self._early) < EARLY_MAX or seq == self.last + 1):
            self._early[seq] = frame
        return self._advance()

    def recent(self, after: int) -> list[Numbered] | None:
        """The events after a position, if they all are among the recent ones."""
        missed = self.last - after
        return [*self._recent][len(self._recent) - missed :] if 0 <= missed <= len(self._recent) else None

    @property
    def all_recent(self) -> Iterable[Numbered]:
        """The recent events, oldest first."""
        return self._recent

    def prune(self, known: Standing) -> None:
        """Note from where on the log is kept, as the database says; it may say so before the room is open, or late."""
        if self.standing is None:
            self._pruned = known
        elif self.standing.epoch == known.epoch:
            self.standing = Standing(known.epoch, max(known.base, self.standing.base), self.standing.head)

    def _advance(self) -> list[Numbered]:
        assert self.standing is not None
        due = []
        head = self.standing.head
        while (frame := self._early.pop(head + 1, None)) is not None:
            head += 1
            due.append(Numbered(head, frame))
            self._remember(due[-1])
        if self._early:
            self._early = {seq: frame for seq, frame in self._early.items() if seq > head}
        self.standing = Standing(self.standing.epoch, self.standing.base, head)
        return due

    def _remember(self, event: Numbered) -> None:
        self._recent.append(event)
        self._recent_bytes += len(event.frame)
        while len(self._recent) > RECENT_MAX or self._recent_bytes > MISSED_BYTES_MAX:
            self._recent_bytes -= len(self._recent.popleft().frame)
