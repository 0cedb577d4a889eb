"""One frame to many sockets, a slice at a time: however many they are, the event loop is never held for long.

    send ──▶ written at once, up to SLICE_S ──▶ the rest waits in its tenant's lane ──▶ a slice each turn of the loop

The tenants take turns, and so do the deliveries of each: a small room has its event soon, however many events go to
however many sockets of however many rooms of another tenant.

A socket that has left the room meanwhile is passed over; who comes in is not in a delivery that has begun.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from collabchat.core.usage import Account
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, measure

SLICE_S = 0.001
"""So long one turn of the loop writes, before it looks after everybody else."""

REST_S = 0.01
"""After this long, what is sent at once counts anew."""

log = structlog.get_logger()

Write = Callable[[Sequence[Transport], Packed], int]
"""Writes to many sockets; returns how many of them are open."""

STEP = 32
"""The clock is looked at after so many sockets."""


def write_each(transports: Sequence[Transport], packed: Packed) -> int:
    """Write to one after the other."""
    open_ones = len(transports)
    for transport in transports:
        if transport.write(packed) is False:
            open_ones -= 1
    return open_ones


def _make_native() -> Write | None:
    """Write to all in one call, where the extension was built; what a socket did not take goes by its transport."""
    try:
        from collabchat.live._sender import send_to_all  # noqa: PLC0415 - may be absent
    except ImportError:
        return None

    def write_at_once(transports: Sequence[Transport], packed: Packed) -> int:
        open_ones = len(transports)
        for index, sent in send_to_all([transport.fd for transport in transports], packed):
            if transports[index].write(Packed(packed[sent:])) is False:
                open_ones -= 1
        return open_ones

    return write_at_once


write_at_once = _make_native()
"""The native sender, or None where there was no compiler."""


class Delivery:
    """Frames on their way to sockets of a room; `done` is told when all have them, if not at once.

    They are counted on `account`, each as often as a socket takes it.
    """

    __slots__ = ("_account", "_done", "_gone", "_next", "_packed", "_size", "_transports", "cost_s")

    def __init__(
        self, transports: Sequence[Transport], packed: Packed, account: Account, done: Callable[["Delivery"], None]
    ) -> None:
        self._transports = transports
        self._account = account
        self._size = measure(packed)
        self._packed = packed
        self._done = done
        self._next = 0
        self._gone: set[Transport] = set()
        self.cost_s = 0.0
        """The processor's time that it has taken."""

    def drop(self, transport: Transport) -> None:
        """Leave a socket out, if it has not been reached yet."""
        self._gone.add(transport)

    def run(self, until: float, step: int, clock: Callable[[], float], write: Write) -> bool:
        """Write until a time, which is looked at after each `step`; whether all have been reached."""
        transports, packed = self._transports, self._packed
        reached = 0
        began = now = clock()
        while self._next < len(transports) and now < until:
            part = transports[self._next : self._next + step]
            self._next += step
            if self._gone:
                part = [transport for transport in part if transport not in self._gone]
            reached += write(part, packed)
            now = clock()
        frames, size_bytes = self._size
        self._account.send(reached * frames, reached * size_bytes)
        self.cost_s += now - began
        return self._next >= len(transports)

    def finish(self) -> None:
        """Tell that all have been reached."""
        self._done(self)


class Sender(Protocol):
    """Whatever a room sends by."""

    def send(self, delivery: Delivery) -> bool:
        """Write a delivery, as much of it as goes at once now, the rest in the next turns; whether that was all."""
        ...


class Fanout:
    """All deliveries of a server, by tenant in turns. Who sends to a room waits until the delivery before is done."""

    def __init__(
        self,
        write: Write = write_each,
        slice_s: float = SLICE_S,
        step: int = STEP,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._write = write
        self._slice_s = slice_s
        self._step = step
        self._clock = clock
        self._began = 0.0
        self._is_turning = False
        self._lanes: OrderedDict[str, deque[Delivery]] = OrderedDict()

    def of(self, tenant_id: str) -> Sender:
        """The way to send for the rooms of one tenant."""
        return _Share(self, tenant_id)

    def send(self, delivery: Delivery, tenant_id: str = "") -> bool:
        """As `Sender.send`, for a tenant."""
        now = self._clock()
        if now - self._began > REST_S:
            self._began = now
        if not self._lanes and delivery.run(self._began + self._slice_s, self._step, self._clock, self._write):
            return True
        self._wait(tenant_id, delivery)
        if not self._is_turning:
            self._go_on()
        return False

    def _wait(self, tenant_id: str, delivery: Delivery) -> None:
        self._lanes.setdefault(tenant_id, deque()).append(delivery)

    def _go_on_with(self, tenant_id: str, delivery: Delivery, until: float) -> None:
        """Write a slice of a delivery; one that fails must not keep the others waiting."""
        try:
            if delivery.run(until, self._step, self._clock, self._write):
                delivery.finish()
            else:
                self._wait(tenant_id, delivery)
        except Exception:
            log.exception("A delivery failed")

    def _go_on(self) -> None:
        """Have the next slice in the next turn of the loop."""
        self._is_turning = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """Write for one slice: a delivery of each tenant, then the next ones."""
        now = self._began = self._clock()
        until = now + self._slice_s
        while self._lanes and now < until:
            tenant_id, lane = self._lanes.popitem(last=False)
            delivery = lane.popleft()
            if lane:
                self._lanes[tenant_id] = lane
            self._go_on_with(tenant_id, delivery, until)
            now = self._clock()
        self._is_turning = False
        if self._lanes:
            self._go_on()


class _Share:
    """One tenant's."""

    def __init__(self, fanout: Fanout, tenant_id: str) -> None:
        self._fanout = fanout
        self._tenant_id = tenant_id

    def send(self, delivery: Delivery) -> bool:
        """As `Sender.send`."""
        return self._fanout.send(delivery, self._tenant_id)
