"""Servers, readers and all that can go wrong between them, in virtual time; the rooms are the real ones.

    write ─▶ Database (log, base, epoch) ─ hints, which are lost, doubled, late, out of order ─▶ Node: a real Room
                                         ◀─ log reads, which are slow ─ heads, every 2 s ──────▶
    Reader ─ snapshot, watch ─▶ Node ─ frames, in order, until the line is cut ─▶ Reader

A server must bring each watch an unbroken run of events; a reader must end with what the database holds.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from typing import Any, cast

from msgspec.structs import replace

from collabchat.core.catchup import Numbered, Position, Standing
from collabchat.core.usage import Ledger
from collabchat.live.fanout import Fanout
from collabchat.live.metering import RoomMeter
from collabchat.live.room import Room, Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, unpack
from tests.model.virtual_time import VirtualLoop

PAGE = "page"
NODES = 2
SWEEP_MS = 2_000
QUIET_MS = 20_000
LOG_MAX = 700


class Violation(AssertionError):
    """Something was missed, doubled, out of order, or seen by somebody who may not."""


class Database:
    """The truth: one room's log, which may be pruned and restored."""

    def __init__(self) -> None:
        self.standing = Standing("life.1", 0, 0)
        self.content: list[str] = []
        self.log: list[Numbered] = []
        self.backup: tuple[Standing, list[str], list[Numbered]] = (self.standing, [], [])
        self.lives = 1

    def append(self, text: str) -> Numbered:
        """Commit an event."""
        seq = len(self.content) + 1
        self.content.append(text)
        self.log = [*self.log[-LOG_MAX:], Numbered(seq, json.dumps({"type": "x", "seq": seq, "text": text}).encode())]
        self.standing = replace(self.standing, head=seq)
        return self.log[-1]

    def after(self, seq: int) -> list[Numbered]:
        """The events after this one, as far as they are kept."""
        return [event for event in self.log if event.seq > max(seq, self.standing.base)]

    def restore(self) -> None:
        """Put the backup in place, in a new life."""
        standing, content, self.log = self.backup
        self.lives += 1
        self.standing, self.content = replace(standing, epoch=f"life.{self.lives}"), list(content)


class Wire:
    """A transport that brings frames to a reader, in order and late, until it is cut."""

    def __init__(self, world: "World", reader: "Reader") -> None:
        self._world = world
        self._reader = reader
        self._arrives_at = 0.0
        self.turn = asyncio.Lock()
        self.is_open = True
        self.is_allowed = True
        self._sent: int | None = None

    def write(self, packed: Packed) -> None:
        """Send frames."""
        if not self.is_open:
            return
        for payload in unpack(packed):
            self._check(json.loads(payload))
            loop = self._world.loop
            self._arrives_at = max(self._arrives_at + 1e-6, loop.time() + self._world.random.random() / 20)
            loop.call_at(self._arrives_at, self._arrive, payload.decode())

    def write_missed(self, packed: Iterable[Packed]) -> None:
        """Send what was missed."""
        for each in packed:
            self.write(each)

    def close(self, _code: int) -> None:
        """Close, by either side; what is on its way is lost."""
        if self.is_open:
            self.is_open = False
            self._reader.lose(self)

    def _arrive(self, text: str) -> None:
        if self.is_open:
            self._reader.take(self, text)

    def _check(self, frame: Any) -> None:
        """What the server promises: after `watching`, an unbroken run."""
        for message in frame if isinstance(frame, list) else [frame]:
            if message["type"] == "watching":
                is_resumed = message["result"] == "resumed"
                if is_resumed and not self.is_allowed:
                    self._world.failures.append(Violation("somebody who may not watch was let in"))
                self._sent = message["seq"] - message["missed"] if is_resumed else None
            elif "text" in message:
                if self._sent is None or message["seq"] != self._sent + 1:
                    self._world.failures.append(Violation(f"{message['seq']} was sent after {self._sent}"))
                self._sent = message["seq"]


class Torn(Fanout):
    """Reaches one or two sockets at a time; much may happen before the next."""

    def __init__(self, world: "World") -> None:
        super().__init__(slice_s=0.002, step=1, clock=partial(next, count(step=0.001)))
        self._world = world

    def _go_on(self) -> None:
        self._world.later(self._world.random.choice((0, 0.001, 0.03, 0.3)), self._turn)


class Node:
    """One server process: a room while somebody watches, made anew after each start."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.wires: dict[Wire, Seat] = {}
        self.is_up = True
        self.room = self._open()

    def _open(self) -> Room:
        return self._world.make_room(
            PAGE,
            self,
            names_are_public=True,
            window_ms=20,
            fanout=self._world.fanout,
            meter=RoomMeter(Ledger(), "t", PAGE),
            on_empty=self._forget,
            clock=self._world.loop.now_ms,
        )

    def _forget(self, room: Room) -> None:
        if room is self.room:
            self.room = self._open()

    async def last(self, count: int) -> tuple[Standing, list[Numbered]]:
        """Read the log as it is now; the answer comes later."""
        database = self._world.database
        standing = database.standing
        events = database.after(standing.head - count)
        await asyncio.sleep(self._world.random.choice((0.001, 0.01, 0.3)))
        return standing, events

    def hear(self, epoch: str, event: Numbered, *, has_body: bool) -> None:
        """Take a hint."""
        if self.is_up:
            self.room.feed(epoch, event.seq, event.frame if has_body else None)

    def stop(self) -> None:
        """End as a power cut would."""
        self.is_up = False
        for wire in list(self.wires):
            wire.close(1006)
        self.wires.clear()
        self.room.close()
        self.room = self._open()

    def start(self) -> None:
        """Run again."""
        self.is_up = True

    async def watch(self, wire: Wire, seat: Seat, position: Position | None) -> None:
        """A reader's hello, or its watch."""

        async def may_watch() -> bool:
            return wire.is_allowed

        # A server takes one message of a socket after the other.
        async with wire.turn:
            room = self.room
            self.wires[wire] = seat
            await room.watch(seat, position, may_watch)
            if not wire.is_open:
                room.exit(seat)


class Reader:
    """A client that goes by the rules: snapshot, watch, apply what comes next, ask again after a gap."""

    def __init__(self, world: "World", name: str) -> None:
        self._world = world
        self.name = name
        self.position: Position | None = None
        self.content: list[str] = []
        self.wire: Wire | None = None
        self.node: Node | None = None
        self.seat: Seat | None = None
        self.may_watch = True
        self.is_away = False
        self._is_asking = False

    def connect(self) -> None:
        """Come (back) to any server."""
        if self.wire is not None or self.is_away or not self.may_watch:
            return
        self.node = self._world.random.choice(self._world.nodes)
        if not self.node.is_up:
            self._retry()
            return
        self._begin(self.node)

    def _begin(self, _node: Node) -> None:
        """Open a line to a server, and say where we stand."""
        self.wire = wire = Wire(self._world, self)
        self.seat = Seat(cast(Transport, wire), self.name, lambda _room: None)
        if self.position is None:
            self.take_snapshot()
        self._world.later(self._world.random.random() / 3, lambda: self._say_hello(wire))

    def _say_hello(self, wire: Wire) -> None:
        if wire is self.wire:
            self._watch()

    def leave(self) -> None:
        """Go away, and stay away."""
        self.is_away = True
        self.cut()

    def come_back(self) -> None:
        """Return."""
        self.is_away = False
        self.connect()

    def allow(self) -> None:
        """Be allowed to watch again."""
        self.may_watch = True
        self.connect()

    def forbid(self) -> None:
        """The right to watch ends; the sockets are closed soon after."""
        self.may_watch = False
        if (wire := self.wire) is not None:
            wire.is_allowed = False
            self._world.later(1, lambda: wire.close(4403))

    def take_snapshot(self) -> None:
        """Take the page as it is now."""
        database = self._world.database
        self.position = Position(database.standing.epoch, database.standing.head)
        self.content = list(database.content)

    def take(self, wire: Wire, text: str) -> None:
        """A frame has arrived."""
        frame = json.loads(text)
        for message in frame if isinstance(frame, list) else [frame]:
            if wire is not self.wire:
                return
            if message["type"] == "watching":
                self._is_asking = False
                if message["result"] == "reset":
                    self._world.later(0.2, self._start_over)
            elif "text" in message:
                self._apply(message)

    def _apply(self, event: dict[str, object]) -> None:
        seq, position = cast(int, event["seq"]), self.position
        assert position is not None
        if seq <= position.seq:
            return
        if seq > position.seq + 1:
            if not self._is_asking:
                self._watch()
            return
        if self._world.random.random() < 0.002:
            self.cut()  # the page crashes in the middle
            self.crash(position, seq)
            return
        self.content.append(cast(str, event["text"]))
        self.position = Position(position.epoch, seq)

    def crash(self, _position: Position, _seq: int) -> None:
        """What a crash between receipt and application leaves: the position as it was."""

    def cut(self) -> None:
        """The line breaks."""
        if self.wire is not None:
            self.wire.close(1006)

    def lose(self, wire: Wire) -> None:
        """The line is gone: tell the server, sooner or later, and try again."""
        node, seat = self.node, self.seat
        if node is not None and seat is not None:
            room = node.room
            self._world.later(0.5, lambda: room.exit(seat))
            node.wires.pop(wire, None)
        if wire is self.wire:
            self.wire = None
            self._retry()

    def reload(self) -> None:
        """Begin anew, as a fresh page does."""
        self.cut()
        self.position = None

    def _start_over(self) -> None:
        if self.wire is not None:
            self.take_snapshot()
            self._watch()

    def place(self) -> Position | None:
        """From where this reader watches."""
        return self.position

    def _watch(self) -> None:
        assert self.node is not None
        assert self.wire is not None
        assert self.seat is not None
        self._is_asking = True
        task = self._world.loop.create_task(self.node.watch(self.wire, self.seat, self.place()))
        self._world.tasks.append(task)

    def _retry(self) -> None:
        self._world.later(self._world.random.random() * 2, self.connect)


class World:
    """All of it; `make_room` and `make_reader` let a test put a wrong one in their place."""

    def __init__(
        self,
        seed: int,
        *,
        make_room: type[Room] = Room,
        make_reader: type[Reader] = Reader,
        sweeps: bool = True,
    ) -> None:
        self.random = random.Random(seed)
        self.loop = VirtualLoop()
        self.failures: list[BaseException] = []
        self.loop.set_exception_handler(
            lambda _loop, context: self.failures.append(context.get("exception") or Violation(context["message"]))
        )
        self.database = Database()
        self.fanout = Torn(self)
        self.make_room = make_room
        self.tasks: list[asyncio.Task[None]] = []
        self.events = 0
        self.nodes: list[Node] = [Node(self) for _ in range(NODES)]
        self.readers = [make_reader(self, f"demo:{name}") for name in ("ana", "bo", "cy")]
        self._sweeps = sweeps
        for node in self.nodes:
            self.later(SWEEP_MS / 1_000, lambda node=node: self._sweep(node))  # type: ignore[misc]

    def later(self, delay_s: float, act: Callable[[], object]) -> None:
        """Do something later."""
        self.loop.call_later(delay_s, act)

    def pass_ms(self, ms: float) -> None:
        """Let time pass; raises what went wrong in it."""
        self.loop.pass_ms(ms)
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            task.result()
        if self.failures:
            raise self.failures[0]

    def write(self, count: int = 1) -> None:
        """Commit some events, and tell the servers as well as it goes."""
        for _ in range(count):
            self.events += 1
            event = self.database.append(f"event {self.events}")
            if self.random.random() >= 0.03:  # else the process died between commit and telling
                for node in self.nodes:
                    self._hint(node, event)

    def _hint(self, node: Node, event: Numbered) -> None:
        """Tell a server of an event: never, once or twice, now or later, with or without what it is."""
        for _ in range(self.random.choices((0, 1, 2), (10, 85, 5))[0]):
            told = partial(node.hear, self.database.standing.epoch, event, has_body=self.random.random() < 0.8)
            self.later(self.random.choice((0, 0.001, 0.01, 0.5)), told)

    def prune(self) -> None:
        """Forget some of the log."""
        standing = self.database.standing
        self.database.standing = replace(standing, base=self.random.randint(standing.base, standing.head))

    def back_up(self) -> None:
        """Copy the database."""
        self.database.backup = (self.database.standing, list(self.database.content), self.database.log)

    def restore(self) -> None:
        """Stop all servers, restore the backup, start them."""
        for node in self.nodes:
            node.stop()
        self.database.restore()
        for node in self.nodes:
            node.is_up = True

    def check(self) -> None:
        """Let everything come to rest; then everybody must know what the database holds. Raises Violation."""
        for node in self.nodes:
            node.is_up = True
        for reader in self.readers:
            reader.is_away, reader.may_watch = False, True
            reader.connect()
        self.pass_ms(QUIET_MS)
        for reader in self.readers:
            if reader.content != self.database.content:
                raise Violation(f"{reader.name} has {reader.content[-5:]}, not {self.database.content[-5:]}")
        for node in self.nodes:
            here = sorted({reader.name for reader in self.readers if reader.node is node})
            if sorted(node.room.presence.people) != here:
                raise Violation(f"{node.room.presence.people} are counted, not {here}")

    def close(self) -> None:
        """Drop all that is still to be done."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.pass_ms(1)
        self.loop.close()

    def _sweep(self, node: Node) -> None:
        if node.is_up and self._sweeps:
            node.room.compare(self.database.standing)
        self.later(SWEEP_MS / 1_000, lambda: self._sweep(node))
