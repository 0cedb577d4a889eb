"""One live feed: the funnel that all its events go through, the sockets that hear them, and who is there.

commit · word of a later event · log ─▶ funnel (in order, each once) ─▶ batch ─▶ one frame ─▶ fan-out ─▶ the seats
socket ─▶ watch: a seat that catches up ─▶ missed events ─▶ a seat among the others
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

import structlog
from msgspec import UNSET

from collabchat.clock import monotonic_ms, now_ms
from collabchat.core.batch import Batch, frames
from collabchat.core.catchup import MISSED_MAX, Numbered, Position, Reason, Standing, is_far, merge, why_not
from collabchat.core.close_codes import CLOSE_OVERLOADED, CLOSE_RESTART
from collabchat.core.events import PresenceUpdate, encode
from collabchat.core.funnel import RECENT_MAX, Funnel
from collabchat.core.messages import Typing, Watching
from collabchat.core.presence import Change, Presence
from collabchat.core.usage import Account
from collabchat.live.fanout import Delivery, Sender
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, measure, pack, pack_all

NAMES_MAX = 100
"""A presence update names at most this many who came or went at once; `sc` counts them all."""

CATCH_UP_TRIES = 3
TYPING_EVERY_MS = 3_000

log = structlog.get_logger()


class History(Protocol):
    """The room's log, as the database has it."""

    async def last(self, count: int) -> tuple[Standing, list[Numbered]]:
        """Where the room stands, and its last events."""
        ...


class Meter(Protocol):
    """Counts the room's use, by the site that it is viewed on."""

    def account(self, origin: str) -> Account:
        """Where what goes to viewers on a site is counted."""
        ...

    def enter(self, origin: str, user_id: str) -> None:
        """Somebody begins to view the room."""
        ...

    def leave(self, origin: str, user_id: str) -> None:
        """They end it."""
        ...


class Seat:
    """One socket's place in one room. `lost` is told when the room is taken from it; None for a classic one.

    `origin` is the site that it views the room on, as far as that is known.
    """

    __slots__ = ("is_classic", "lost", "origin", "transport", "user_id")

    def __init__(
        self, transport: Transport, user_id: str, lost: Callable[[str], object] | None = None, origin: str = ""
    ) -> None:
        self.transport = transport
        self.user_id = user_id
        self.origin = origin
        self.lost = lost
        self.is_classic = lost is None
        """Gets each event in a frame of its own, and no words but events."""


class Room:
    """One live feed of a tenant. Runs on the event loop only; `on_empty` is called when nobody is left, maybe again."""

    def __init__(
        self,
        url_id: str,
        history: History,
        *,
        names_are_public: bool,
        window_ms: int,
        fanout: Sender,
        meter: Meter,
        on_empty: Callable[["Room"], object],
        clock: Callable[[], float] = monotonic_ms,
    ) -> None:
        self.url_id = url_id
        self.names_are_public = names_are_public
        self.presence = Presence(window_ms=window_ms)
        self.is_staffs = False
        """The room of those who run the tenant, in which all hear how it is used."""

        self._history = history
        self._funnel = Funnel()
        self._batch = Batch(window_ms)
        self._on_empty = on_empty
        self._clock = clock
        self._fanout = fanout
        # Where what goes to the viewers of each site is counted.
        self._meter = meter
        self._accounts: dict[str, Account] = {}
        # What is on its way to the seats, and what has gone out of it has cost.
        self._sending: list[Delivery] = []
        self._cost_s = 0.0
        # Who has heard all that was sent; who is ahead of it, and up to where; who catches up; who is counted.
        self._level: dict[Seat, None] = {}
        self._early: dict[Seat, int] = {}
        self._catching_up: set[Seat] = set()
        self._present: set[Seat] = set()
        self._reading: asyncio.Task[list[Numbered]] | None = None
        # Who was told to be typing, and from when on that may be told again.
        self._typing_from: dict[str, float] = {}
        # What is told besides events and presence, to those who speak v2.
        self._notices: list[Packed] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None

    # -- Events --------------------------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing | None:
        """Where the room stands, if that is known and nothing is known to be missing."""
        return None if self._funnel.is_behind else self._funnel.standing

    @property
    def head(self) -> int:
        """The seq of the last event that went through the funnel."""
        return self._funnel.last

    def feed(self, epoch: str, seq: int, frame: bytes | None = None) -> None:
        """Take an event, or word of one: the only way in."""
        standing = self._funnel.standing
        if standing is not None and standing.epoch != epoch:
            self._begin_anew(Standing(epoch, 0, seq), "epoch")
            return
        self._batch.add(self._funnel.take(epoch, seq, frame))
        if standing is not None and self._funnel.is_behind:
            self._read()
        self._turn()

    def forget(self, standing: Standing) -> None:
        """Take word that nothing before `base` is kept any more."""
        self._funnel.prune(standing)

    def compare(self, standing: Standing) -> None:
        """Take word of where the database says that the room stands."""
        if self._funnel.standing is not None:
            self._funnel.prune(standing)
            self.feed(standing.epoch, standing.head)

    def _read(self) -> asyncio.Task[list[Numbered]]:
        """Read the log, once for all who want it now."""
        # One that is over tells nothing new, and is not always gone yet.
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._fill())
            self._reading.add_done_callback(self._end_reading)
        return self._reading

    async def _fill(self) -> list[Numbered]:
        """Read the last events of the log; what the room has missed of them goes on through the funnel.

        More may have come meanwhile than can wait: then read again, as long as that leads anywhere.
        """
        while True:
            funnel, before = self._funnel, self._funnel.standing
            standing, events = await self._history.last(RECENT_MAX if before is None else MISSED_MAX)
            if funnel is not self._funnel:
                return []
            if before is None:
                self._batch.add(funnel.open(standing, events))
            elif before.epoch != standing.epoch:
                self._begin_anew(standing, "epoch")
            elif (events[0].seq if events else standing.head + 1) > funnel.last + 1:
                self._begin_anew(standing, "far")
            else:
                funnel.prune(standing)
                for event in events:
                    self._batch.add(funnel.take(standing.epoch, event.seq, event.frame))
            self._turn()
            if funnel is not self._funnel or not funnel.is_behind or funnel.standing == before:
                return events

    def _end_reading(self, task: asyncio.Task[list[Numbered]]) -> None:
        if self._reading is task:
            self._reading = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Could not read a room's log; trying again", room=self.url_id, exc_info=error)

    def _begin_anew(self, standing: Standing, reason: Reason) -> None:
        """What the viewers know does not lead to where the room stands: all of them need a snapshot."""
        self._funnel = Funnel()
        self._batch.take(self._clock())
        words = self._reset_words(standing, reason)
        for seat in [*self._level, *self._early]:
            self._reset(seat, words)
        self._turn()

    # -- Sockets -------------------------------------------------------------------------------------------------------

    async def watch(self, seat: Seat, position: Position | None, may_watch: Callable[[], Awaitable[bool]]) -> bool:
        """Bring a socket up from a position (None: from now on) and keep it so, or tell it to take a snapshot.

        `may_watch` is asked again when the log has been read; without it, False is returned and the socket is out.
        """
        self._stand_up(seat)
        # From here on the room is open to what is committed, and keeps it: only then the log is read.
        self._catching_up.add(seat)
        try:
            missed: list[Numbered] | Reason | None = None
            for _ in range(CATCH_UP_TRIES):
                is_enough = self._look_up(position, None) is not None
                # Others may wait for the same reading: whoever goes does not end it.
                events = [] if is_enough else await asyncio.shield(self._read())
                if not await may_watch() or seat not in self._catching_up:
                    self.exit(seat)
                    return False
                # What follows is done in one go, so that nothing comes between what was missed and what is live.
                if (missed := self._look_up(position, events)) is not None:
                    break
            standing = self._funnel.standing
            if isinstance(missed, list) and standing is not None:
                self._seat(seat, standing, missed)
            elif standing is not None:
                self._reset(seat, self._reset_words(standing, missed if isinstance(missed, str) else "far"))
            else:
                # The room began anew each time that its log was read.
                seat.transport.close(CLOSE_OVERLOADED)
            return True
        finally:
            self._catching_up.discard(seat)
            self._turn()

    def exit(self, seat: Seat) -> None:
        """Take a socket out; whether its person left shows after a while."""
        self._catching_up.discard(seat)
        self._stand_up(seat)
        if seat in self._present:
            self._present.discard(seat)
            self._meter.leave(seat.origin, seat.user_id)
            self._typing_from.pop(seat.user_id, None)
            self.presence.exit(seat.user_id, int(self._clock()))
        self._turn()

    def ask_to_refresh(self, seat: Seat) -> None:
        """Tell a socket to take a fresh snapshot: there is more to see, of which no event tells."""
        if (standing := self._funnel.standing) is not None:
            self._reset(seat, self._reset_words(standing, "far"))

    def _stand_up(self, seat: Seat) -> None:
        """A socket hears no more of what is sent, nor what is on its way to it."""
        self._level.pop(seat, None)
        self._early.pop(seat, None)
        for delivery in self._sending:
            delivery.drop(seat.transport)

    def _look_up(self, position: Position | None, log: Sequence[Numbered] | None) -> list[Numbered] | Reason | None:
        """What a reader at a position has missed, or why they need a snapshot; None if more of the log is needed."""
        standing = self._funnel.standing
        if standing is None or position is None:
            return None if standing is None else []
        if (reason := why_not(standing, position)) is not None:
            # Who is ahead may know of what this room has not heard yet.
            return None if reason == "ahead" and log is None else reason
        missed = self._funnel.recent(position.seq)
        if missed is None:
            missed = merge(log or (), self._funnel.all_recent, position.seq, standing.head)
        return "far" if missed is not None and is_far(missed) else missed

    def _seat(self, seat: Seat, standing: Standing, missed: Sequence[Numbered]) -> None:
        """Send what was missed and who is here in one write, then whatever comes."""
        if seat not in self._present:
            self._present.add(seat)
            self.presence.enter(seat.user_id)
            self._meter.enter(seat.origin, seat.user_id)
            self._account_of(seat).see(self.presence.count)
        words: list[Packed] = []
        if not seat.is_classic:
            watching = Watching(self.url_id, standing.epoch, standing.head, "resumed", missed=len(missed))
            words += map(pack, (encode(watching), *frames(missed)))
        if not self._is_about_to_tell():
            words.append(self._presence_frame(Change((), (), self.presence.count)))
        if words:
            self._write_missed(seat, words)
        if self._batch.due() is None:
            self._level[seat] = None
        else:
            self._early[seat] = standing.head
        self._turn()

    def _is_about_to_tell(self) -> bool:
        """Whether everybody is told of presence in the turn that follows."""
        due = self.presence.due()
        return not self._sending and due is not None and due <= int(self._clock())

    def _reset_words(self, standing: Standing, reason: Reason) -> Packed:
        return pack(encode(Watching(self.url_id, standing.epoch, standing.head, "reset", reason=reason)))

    def _reset(self, seat: Seat, words: Packed) -> None:
        """Take the room from a socket until it knows a snapshot; a classic one has to come back."""
        self.exit(seat)
        if seat.lost is None:
            seat.transport.close(CLOSE_RESTART)
        else:
            self._write_missed(seat, [words])
            seat.lost(self.url_id)

    def _write_missed(self, seat: Seat, words: Sequence[Packed]) -> None:
        all_ = Packed(b"".join(words))
        if all_ and seat.transport.write_missed([all_]):
            self._account_of(seat).send(*measure(all_))

    def _account_of(self, seat: Seat) -> Account:
        """Where what goes to a seat is counted."""
        if (account := self._accounts.get(seat.origin)) is None:
            account = self._accounts[seat.origin] = self._meter.account(seat.origin)
        return account

    # -- What goes out -------------------------------------------------------------------------------------------------

    def tell_typing(self, notice: Typing) -> None:
        """Tell all who speak v2 that somebody is typing, at most every 3 s, unless names are nobody's business here."""
        now, typist = self._clock(), notice.user.id
        if self.names_are_public and now >= self._typing_from.get(typist, 0):
            self._typing_from[typist] = now + TYPING_EVERY_MS
            self.tell(encode(notice))

    def tell(self, message: bytes) -> None:
        """Tell all who speak v2 something that is not stored."""
        self._notices.append(pack(message))
        self._turn()

    @property
    def is_looked_at(self) -> bool:
        """Whether this is the room of those who run the tenant, and somebody is here."""
        return self.is_staffs and bool(self._level or self._early)

    def close(self) -> None:
        """Stop the alarm; for shutdown."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _turn(self) -> None:
        """Send what is due, and set the alarm for the rest."""
        if self._sending:
            # One thing after the other: what comes meanwhile is collected.
            return
        now = self._clock()
        due = self._batch.due()
        events = self._batch.take(now) if due is not None and due <= now else []
        change = self.presence.tell(int(now))
        notices, self._notices = self._notices, []
        if events or change is not None or notices:
            self._send(events, b"" if change is None else self._presence_frame(change), b"".join(notices))
        self._set_alarm(now)

    def _send(self, events: Sequence[Numbered], presence: bytes, notices: bytes) -> None:
        """Send everything in one write: one frame of events to those who have heard all before it."""
        joined = pack_all(frames(events))
        is_same_for_all = len(events) <= 1 and not notices
        if is_same_for_all and not self._early:
            groups: list[tuple[Iterable[Seat], bytes]] = [(self._level, joined + presence)]
        else:
            singly = joined if is_same_for_all else pack_all(event.frame for event in events)
            groups = [
                (_of(self._level, is_classic=False), joined + presence + notices),
                (_of(self._level, is_classic=True), singly + presence),
                (_of(self._early, is_classic=False), presence + notices),
                (_of(self._early, is_classic=True), presence),
            ]
            self._send_later_part(events)
        self._cost_s = 0.0
        for seats, packed in groups:
            for account, transports in self._by_site(seats) if packed else ():
                delivery = Delivery(transports, Packed(packed), account, self._note_sent)
                if self._fanout.send(delivery):
                    self._cost_s += delivery.cost_s
                else:
                    self._sending.append(delivery)
        if not self._sending:
            self._note_cost()

    def _by_site(self, seats: Iterable[Seat]) -> Iterable[tuple[Account, list[Transport]]]:
        """The sockets of seats, by the site that what they get is counted for; most rooms are on one site only."""
        for origin, account in self._accounts.items():
            is_only = len(self._accounts) == 1
            if transports := [seat.transport for seat in seats if is_only or seat.origin == origin]:
                yield account, transports

    def _send_later_part(self, events: Sequence[Numbered]) -> None:
        """Send to those who are ahead of these events what they have not heard; then all are level."""
        for seat, position in self._early.items():
            later = [event for event in events if event.seq > position]
            own = (event.frame for event in later) if seat.is_classic else frames(later)
            self._write_missed(seat, [pack(frame) for frame in own])
        if events:
            self._level.update(dict.fromkeys(self._early))
            self._early.clear()

    def _note_sent(self, delivery: Delivery) -> None:
        """A delivery that took its time is done; after the last one, what was collected meanwhile may go."""
        self._sending.remove(delivery)
        self._cost_s += delivery.cost_s
        if not self._sending:
            self._note_cost()
            self._turn()

    def _note_cost(self) -> None:
        self._batch.note_cost(self._cost_s * 1_000)
        self.presence.window_ms = int(self._batch.window_ms)

    def _set_alarm(self, now: float) -> None:
        at, other = self._batch.due(), self.presence.due()
        if at is None or (other is not None and other < at):
            at = other
        if at != self._alarm_at and self._alarm is not None:
            self._alarm.cancel()
        if at is not None and at != self._alarm_at:
            self._alarm = asyncio.get_running_loop().call_later(max(0, at - now + 1) / 1_000, self._ring)
        self._alarm_at = at
        if at is None and not (self._level or self._early or self._catching_up):
            self._on_empty(self)

    def _ring(self) -> None:
        self._alarm_at = None
        self._turn()

    def _presence_frame(self, change: Change) -> Packed:
        shows = self.names_are_public
        update = PresenceUpdate(
            "p-u",
            self.url_id,
            secrets.token_urlsafe(6),
            change.count,
            now_ms(),
            list(change.joined[:NAMES_MAX]) if shows and change.joined else UNSET,
            list(change.left[:NAMES_MAX]) if shows and change.left else UNSET,
        )
        return pack(encode(update))


def _of(seats: Iterable[Seat], *, is_classic: bool) -> list[Seat]:
    return [seat for seat in seats if seat.is_classic is is_classic]
