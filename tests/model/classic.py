"""Readers of the classic way in, and what everybody was told of who is here, in the same worlds."""

import asyncio
import json
from typing import Any, cast

from collabchat.core.catchup import Numbered, Position
from collabchat.live.room import Seat
from collabchat.live.transport.contract import Transport
from tests.model.world import Database, Node, Reader, Violation, Wire, World

LONG = (0, 3_000, 20_000)
"""Lengths of events: with the last, 256 KiB are missed before 500 events are."""


class Unequal(Database):
    """A log whose events are of different lengths."""

    def append(self, text: str) -> Numbered:
        return super().append(text + "y" * LONG[len(self.content) % 7 % len(LONG)])


class ClassicWire(Wire):
    """Expects single events and presence, and once it is open no event may be missing."""

    def _check(self, frame: Any) -> None:
        if isinstance(frame, list) or ("text" not in frame and frame["type"] != "p-u"):
            self._world.failures.append(Violation(f"a classic reader was sent {frame}"))
        elif "text" in frame:
            if self._sent is not None and frame["seq"] != self._sent + 1:
                self._world.failures.append(Violation(f"{frame['seq']} was sent after {self._sent}"))
            self._sent = frame["seq"]


class ClassicReader(Reader):
    """Opens its socket, then takes a snapshot, and applies what came after it. Knows of no gaps and no positions."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._early: list[dict[str, object]] = []

    def _begin(self, node: Node) -> None:
        self.wire = wire = ClassicWire(self._world, self)
        self.seat = seat = Seat(cast(Transport, wire), self.name)
        self.position, self._early = None, []
        self._world.tasks.append(self._world.loop.create_task(self._open(wire, node, seat)))

    async def _open(self, wire: Wire, node: Node, seat: Seat) -> None:
        await node.watch(wire, seat, None)
        await asyncio.sleep(self._world.random.random() / 3)
        if wire is self.wire and self.may_watch:
            self.take_snapshot()
            for event in self._early:
                self._apply(event)

    def take(self, wire: Wire, text: str) -> None:
        event = json.loads(text)
        if wire is self.wire and "text" in event:
            if self.position is None:
                self._early.append(event)
            else:
                self._apply(event)

    def _apply(self, event: dict[str, object]) -> None:
        seq, position = cast(int, event["seq"]), self.position
        assert position is not None
        if seq == position.seq + 1:
            self.content.append(cast(str, event["text"]))
            self.position = Position(position.epoch, seq)
        elif seq > position.seq:
            self._world.failures.append(Violation(f"{seq} came to a classic reader who was at {position.seq}"))


class MixedWorld(World):
    """One more reader of the classic way in, one person with two sockets, and events of different lengths."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.database = Unequal()
        self.readers += [ClassicReader(self, "demo:di"), Reader(self, "demo:ana")]
