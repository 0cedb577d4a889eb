"""Fair shares of the event loop: what is done for a tenant is done step by step, and the tenants take turns.

    request ─▶ step ─▶ waits for the database ─▶ step ─▶ answer
                │                                  │
                ├─ the tenant has time left in this turn of the loop: at once
                └─ else in the tenant's lane, until a later turn

So a turn of the loop is short, however much one tenant asks for at once, and who makes a few steps hardly waits. A
tenant that is alone has the whole loop, one step after the other.
"""

import asyncio
import os
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from collabchat.storage.turns import on_behalf_of

T = TypeVar("T")
SLICE_S = 0.0001
"""So much of each turn of the loop a tenant has, where there are others.

A step of a request takes several times as long: its tenant then sits out as many turns, in which others' steps, what
comes from the network and what the database has done are seen to.
"""

TURN_S = 0.002
"""So much of a turn all tenants have together."""

LINGERS_S = 1.0
"""Who asked for something so lately is there still: the next request then finds the turns short already."""

WEIGHT = 1 / 8
"""How much the last step counts in what a lane's steps are taken to cost."""

_give_way: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class Lane:
    """One tenant's steps. `doing` counts what is under way; `owed_s` is the time that was taken before its turn."""

    __slots__ = ("doing", "owed_s", "seen_s", "step_s", "waiting")

    def __init__(self) -> None:
        self.doing = 0
        self.owed_s = 0.0
        self.seen_s = 0.0
        self.step_s = SLICE_S
        self.waiting: deque[asyncio.Future[None]] = deque()


class Turnstile:
    """Says who goes on. Runs on the event loop only."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        # By tenant; who has asked last is last.
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        # Who has taken time, and who waits, in the order of their turns.
        self._owing: dict[Lane, None] = {}
        self._queue: OrderedDict[Lane, None] = OrderedDict()
        self._used_s = 0.0
        self._is_turning = False

    def __len__(self) -> int:
        """How many tenants are there."""
        return len(self._lanes)

    async def run(self, tenant_id: str, doing: Awaitable[T]) -> T:
        """Do something for a tenant: its steps take turns with others', and so do its reads and writes."""
        on_behalf_of.set(tenant_id)
        lane = self._lanes.get(tenant_id)
        if lane is None:
            lane = self._lanes[tenant_id] = Lane()
        else:
            self._lanes.move_to_end(tenant_id)
        lane.doing += 1
        try:
            return await _Steps(self, lane, doing)
        finally:
            lane.doing -= 1

    def step(self, lane: Lane, go: Callable[[Any], Any], value: Any) -> Any:
        """Make a step, and note what it costs."""
        began = self._clock()
        try:
            return go(value)
        finally:
            lane.seen_s = self._clock()
            cost_s = lane.seen_s - began
            lane.owed_s += cost_s
            lane.step_s += (cost_s - lane.step_s) * WEIGHT
            self._used_s += cost_s
            self._owing[lane] = None
            self._go_on()

    def may_go(self, lane: Lane) -> bool:
        """Whether a step may be made at once."""
        return not lane.waiting and lane.owed_s < SLICE_S and self._used_s < TURN_S

    def wait(self, lane: Lane) -> asyncio.Future[None]:
        """A place in the lane: done when it is its turn."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append(place)
        self._queue[lane] = None
        self._go_on()
        return place

    def _go_on(self) -> None:
        if not self._is_turning:
            self._is_turning = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """The loop has turned: everybody gets their slice, and those go on who have not taken it already."""
        self._is_turning = False
        self._used_s = 0.0
        is_alone = len(self._lanes) == 1
        for lane in [*self._owing]:
            lane.owed_s = 0.0 if is_alone else max(0.0, lane.owed_s - SLICE_S)
            if not lane.owed_s:
                del self._owing[lane]
        promised_s = 0.0
        for _ in range(len(self._queue)):
            if promised_s >= TURN_S:
                break
            lane, _none = self._queue.popitem(last=False)
            promised_s += self._let_go(lane, TURN_S - promised_s)
            if lane.waiting:
                self._queue[lane] = None
        if self._queue:
            # A loop that never rests keeps its core for a whole slice of the kernel's, some 3 ms, and the database's
            # threads wait for it where cores are few.
            _give_way()
        if self._queue or self._owing:
            self._go_on()
        elif not is_alone:
            self._drop_absent()

    def _drop_absent(self) -> None:
        """Forget the tenants that have not asked for anything lately."""
        since = self._clock() - LINGERS_S
        while self._lanes:
            tenant_id, lane = next(iter(self._lanes.items()))
            if lane.doing or lane.seen_s > since:
                break
            del self._lanes[tenant_id]

    @staticmethod
    def _let_go(lane: Lane, most_s: float) -> float:
        """Let steps of a lane be made, as many as it has time for; how much that will be."""
        left_s, promised_s = SLICE_S - lane.owed_s, 0.0
        while lane.waiting and promised_s < min(left_s, most_s):
            place = lane.waiting.popleft()
            if not place.done():  # called off
                place.set_result(None)
                promised_s += lane.step_s
        return promised_s


class _Steps(Generic[T]):
    """Something that is awaited, its steps made when it is their turn. What is called off goes on at once."""

    def __init__(self, turnstile: Turnstile, lane: Lane, doing: Awaitable[T]) -> None:
        self._turnstile = turnstile
        self._lane = lane
        self._doing = doing

    def __await__(self) -> Generator[Any, Any, T]:
        turnstile, lane, steps = self._turnstile, self._lane, self._doing.__await__()
        go: Callable[[Any], Any] = steps.send
        value: Any = None
        while True:
            if not isinstance(value, BaseException) and not turnstile.may_go(lane):
                try:
                    yield from turnstile.wait(lane)
                except BaseException as error:
                    go, value = steps.throw, error
            try:
                waits_for = turnstile.step(lane, go, value)
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                go, value = steps.send, (yield waits_for)
            except BaseException as error:
                go, value = steps.throw, error
