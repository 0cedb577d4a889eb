"""Readers and rooms that are wrong in the ways in which others have been wrong. Each must be caught."""

from collections.abc import Awaitable, Callable

from collabchat.core.catchup import MISSED_MAX, Numbered, Position, merge, why_not
from collabchat.live.room import Room, Seat
from tests.model.world import Reader


class SnapshotThenSubscribe(Reader):
    """Takes a snapshot, then listens from whenever the server lets it in."""

    def place(self) -> Position | None:
        return None


class AdvancesBeforeApplying(Reader):
    """Moves its position when an event arrives, and applies it a little later."""

    def crash(self, position: Position, seq: int) -> None:
        self.position = Position(position.epoch, seq)


class ReadsTheLogBeforeRegistering(Room):
    """Reads what a reader missed, and only then lets the reader in, at wherever the room is by that time."""

    async def watch(self, seat: Seat, position: Position | None, may_watch: Callable[[], Awaitable[bool]]) -> bool:
        standing, events = await self._history.last(MISSED_MAX)
        is_known = position is not None and why_not(standing, position) is None
        missed: list[Numbered] | None = None
        if is_known and position is not None:
            missed = merge(events, [], position.seq, standing.head)
        if missed is None or self._funnel.standing is None or not await may_watch():
            return await super().watch(seat, position, may_watch)
        self._stand_up(seat)
        self._seat(seat, self._funnel.standing, missed)
        return True


class ReachesWhoHasLeft(Room):
    """Lets what is on its way reach sockets that have been brought up, reset or sent away meanwhile."""

    def _stand_up(self, seat: Seat) -> None:
        sending, self._sending = self._sending, []
        super()._stand_up(seat)
        self._sending = sending


class SendsBeforeTheLastIsThrough(Room):
    """Begins a delivery while one is under way."""

    def _turn(self) -> None:
        sending, self._sending = self._sending, []
        super()._turn()
        self._sending = [*sending, *self._sending]
