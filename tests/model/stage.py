"""One room on its own in virtual time, with a log that can be slow, and transports that keep what they are told."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar, cast

from collabchat.core.catchup import Numbered, Position, Standing
from collabchat.core.usage import Ledger
from collabchat.live.fanout import Fanout
from collabchat.live.metering import RoomMeter
from collabchat.live.room import Room, Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, unpack
from tests.model.virtual_time import VirtualLoop

T = TypeVar("T")
WINDOW_MS = 20


class Ear:
    """A transport that keeps what it is told; `behind` is what counts against a slow reader."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.behind: list[Any] = []
        self.closed: int | None = None

    def write(self, packed: Packed) -> None:
        self.frames += map(json.loads, unpack(packed))
        self.behind += map(json.loads, unpack(packed))

    def write_missed(self, packed: Iterable[Packed]) -> None:
        self.frames += [json.loads(payload) for each in packed for payload in unpack(each)]

    def close(self, code: int) -> None:
        self.closed = code

    @property
    def told(self) -> list[Any]:
        """The frames without presence."""
        return [frame for frame in self.frames if isinstance(frame, list) or frame["type"] != "p-u"]

    @property
    def seqs(self) -> list[int]:
        """The events, batches taken apart."""
        all_ = [event for frame in self.frames for event in (frame if isinstance(frame, list) else [frame])]
        return [event["seq"] for event in all_ if event["type"] == "x"]

    @property
    def watching(self) -> Any:
        """The last answer to a watch, without what is always the same."""
        words = [frame for frame in self.told if isinstance(frame, dict) and frame["type"] == "watching"][-1]
        return {name: words[name] for name in words if name not in ("type", "urlId")}

    @property
    def presence(self) -> list[tuple[int, list[str], list[str]]]:
        """How many there were, who came and who went, as told."""
        updates = [frame for frame in self.frames if isinstance(frame, dict) and frame["type"] == "p-u"]
        return [(each["sc"], each.get("uj", []), each.get("ul", [])) for each in updates]


class SlowLog:
    """The log; while it is held, a read takes its content at once and delivers it when released."""

    def __init__(self, size: int) -> None:
        self.epoch, self.base, self.size = "e", 0, 10
        self.reads = 0
        self.fails = False
        self._event_size = size
        self._gate = asyncio.Event()
        self._gate.set()

    def event(self, seq: int) -> Numbered:
        frame = {"type": "x", "seq": seq, "epoch": self.epoch, "text": "y" * self._event_size}
        return Numbered(seq, json.dumps(frame).encode())

    async def last(self, count: int) -> tuple[Standing, list[Numbered]]:
        self.reads += 1
        if self.fails:
            raise OSError("The disk is gone.")
        first = max(self.base, self.size - count) + 1
        found = Standing(self.epoch, self.base, self.size), [self.event(seq) for seq in range(first, self.size + 1)]
        await self._gate.wait()
        return found

    def hold(self) -> None:
        self._gate.clear()

    def release(self) -> None:
        self._gate.set()


class Stage:
    """A room, its log and its loop."""

    def __init__(self, loop: VirtualLoop, size: int = 10, *, names_are_public: bool = True) -> None:
        self.loop = loop
        self.log = SlowLog(size)
        self.emptied = 0
        self.ledger = Ledger()
        self.may_watch = True
        self.lost: list[Ear] = []
        self.room = Room(
            "p",
            self.log,
            names_are_public=names_are_public,
            window_ms=WINDOW_MS,
            fanout=Fanout(clock=lambda: loop.now_ms() / 1_000),
            meter=RoomMeter(self.ledger, "t", "p"),
            on_empty=self._note_empty,
            clock=loop.now_ms,
        )

    def _note_empty(self, _room: Room) -> None:
        self.emptied += 1

    async def _may_watch(self) -> bool:
        return self.may_watch

    def seat(self, name: str = "ana", *, is_classic: bool = False) -> tuple[Ear, Seat]:
        ear = Ear()
        return ear, Seat(cast(Transport, ear), name, None if is_classic else lambda _room: self.lost.append(ear))

    def watching(self, seat: Seat, seq: int | None = None, epoch: str = "e") -> Coroutine[Any, Any, bool]:
        return self.room.watch(seat, None if seq is None else Position(epoch, seq), self._may_watch)

    def enter(self, seq: int | None = None, name: str = "ana", *, epoch: str = "e", is_classic: bool = False) -> Ear:
        """Watch from a position, to the end of it."""
        ear, seat = self.seat(name, is_classic=is_classic)
        self.run(self.watching(seat, seq, epoch))
        return ear

    def begin(self, seat: Seat, seq: int | None = None) -> "asyncio.Task[bool]":
        """Watch from a position, and let it take its time."""
        task = self.loop.create_task(self.watching(seat, seq))
        self.loop.pass_ms(1)
        return task

    def commit(self, count: int = 1, *, is_told: bool = True) -> None:
        """Commit events, and feed the room with them."""
        for _ in range(count):
            self.log.size += 1
            if is_told:
                self.feed(self.log.size)

    def feed(self, *seqs: int) -> None:

        def feed() -> None:
            for seq in seqs:
                self.room.feed(self.log.epoch, seq, self.log.event(seq).frame)

        self.call(feed)

    def sweep(self) -> None:
        """Compare with the database, as is done every other second."""
        self.call(lambda: self.room.compare(Standing(self.log.epoch, self.log.base, self.log.size)))
        self.loop.pass_ms(100)

    def call(self, act: Callable[[], T]) -> T:
        async def do() -> T:
            return act()

        return self.run(do())

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)
