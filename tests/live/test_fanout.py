"""One frame to many sockets: each gets it once, and nobody else has to wait for long."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.usage import Ledger
from collabchat.live.fanout import REST_S, Delivery, Fanout
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, pack
from tests.model.virtual_time import VirtualLoop

WRITE_S = 0.001
"""What a write costs here."""

SLICE = 10
STEP = 4
MOST = SLICE + STEP
"""So many writes at most, before the clock is looked at too late."""

FRAME = pack(b"x")


class Clock:
    """Seconds that pass with each write, and when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Ear:
    """A socket that notes what is written to it; what `write` is changes as it closes."""

    def __init__(self, stage: "Stage", name: str) -> None:
        self.heard: list[Packed] = []
        self.write: Callable[[Packed], object] = self._hear
        self._stage = stage
        self._name = name

    def _hear(self, packed: Packed) -> None:
        self.heard.append(packed)
        self._stage.writes.append(self._name)
        self._stage.clock.now_s += WRITE_S

    def close(self) -> None:
        self.write = lambda _packed: None


class Stage:
    """A fan-out whose clock goes by what it writes."""

    def __init__(self, slice_: int = SLICE, step: int = STEP) -> None:
        self.clock = Clock()
        self.fanout = Fanout(slice_s=(slice_ - 0.5) * WRITE_S, step=step, clock=self.clock)
        self.account = Ledger().account("t", None, "p")
        self.writes: list[str] = []
        self.done: list[Delivery] = []

    def ears(self, count: int, name: str = "a") -> list[Ear]:
        return [Ear(self, name) for _ in range(count)]

    def delivery(self, ears: Sequence[Ear], packed: Packed = FRAME) -> Delivery:
        return Delivery(cast(list[Transport], ears), packed, self.account, self.done.append)

    def rest(self) -> None:
        """Let so much time pass that what is sent at once counts anew."""
        self.clock.now_s += REST_S + WRITE_S

    async def turns(self) -> list[int]:
        """Let the loop turn until nothing is written any more; how much was, in each turn."""
        written = list[int]()
        while not written or written[-1]:
            before = len(self.writes)
            await asyncio.sleep(0)
            written.append(len(self.writes) - before)
        return written[:-1]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def heard(ears: Sequence[Ear]) -> list[int]:
    return [len(ear.heard) for ear in ears]


async def test_a_few_have_it_at_once_and_nobody_needs_to_be_told_when(stage: Stage) -> None:
    ears = stage.ears(SLICE)
    assert stage.fanout.send(stage.delivery(ears))
    assert heard(ears) == [1] * SLICE
    assert await stage.turns() == []
    assert stage.done == []


async def test_many_have_it_by_and_by_and_then_it_is_told_once(stage: Stage) -> None:
    ears = stage.ears(10 * SLICE)
    delivery = stage.delivery(ears)
    assert not stage.fanout.send(delivery)
    assert 0 < len(stage.writes) <= MOST
    assert stage.done == []
    written = await stage.turns()
    assert max(written) <= MOST
    assert heard(ears) == [1] * len(ears)
    assert stage.done == [delivery]


async def test_10_000_sockets_never_hold_the_loop_for_more_than_a_slice() -> None:
    stage = Stage(slice_=100, step=32)
    rooms = [stage.ears(5_000, name) for name in "ab"]
    sent = 0
    for ears in rooms:
        assert not stage.fanout.send(stage.delivery(ears))
        sent, before = len(stage.writes), sent
        assert sent - before <= 100 + 32
    assert sent <= 100 + 32
    assert max(await stage.turns()) <= 100 + 32
    assert all(heard(ears) == [1] * 5_000 for ears in rooms)
    assert len(stage.done) == 2


async def test_what_is_sent_at_once_counts_together_until_there_was_a_rest(stage: Stage) -> None:
    ears = [stage.ears(SLICE - 1) for _ in range(5)]
    assert stage.fanout.send(stage.delivery(ears[0]))
    assert not stage.fanout.send(stage.delivery([*ears[1], *ears[2]]))
    assert len(stage.writes) <= MOST
    await stage.turns()
    stage.rest()
    assert stage.fanout.send(stage.delivery(ears[3]))
    stage.rest()
    assert stage.fanout.send(stage.delivery(ears[4]))


async def test_deliveries_take_turns(stage: Stage) -> None:
    long, other, short = stage.ears(20 * MOST, "a"), stage.ears(20 * MOST, "b"), stage.ears(1, "c")
    deliveries = [stage.delivery(ears) for ears in (long, other, short)]
    assert [stage.fanout.send(delivery) for delivery in deliveries] == [False] * 3
    for _ in range(3):
        await asyncio.sleep(0)
    assert {*stage.writes} == {"a", "b", "c"}
    assert stage.done == [deliveries[2]]
    await stage.turns()
    assert stage.done == [deliveries[2], deliveries[0], deliveries[1]]
    # Neither has more than a slice's lead, for as long as both are on their way.
    counts = [stage.writes[:at].count("a") - stage.writes[:at].count("b") for at in range(len(long))]
    assert max(map(abs, counts)) <= 2 * MOST


async def test_what_is_sent_later_never_overtakes_within_a_delivery_that_waits(stage: Stage) -> None:
    ears = stage.ears(3 * MOST)
    assert not stage.fanout.send(stage.delivery(ears, pack(b"1")))
    stage.rest()
    others = stage.ears(1, "b")
    assert not stage.fanout.send(stage.delivery(others))
    assert heard(others) == [0]
    await stage.turns()
    assert heard(others) == [1]


async def test_who_left_the_room_meanwhile_is_passed_over(stage: Stage) -> None:
    ears = stage.ears(5 * MOST)
    delivery = stage.delivery(ears)
    stage.fanout.send(delivery)
    reached = len(stage.writes)
    gone = {0, reached, reached + 1, len(ears) - 1}
    for number in gone:
        delivery.drop(cast(Transport, ears[number]))
    await stage.turns()
    assert heard(ears) == [int(number not in gone or number < reached) for number in range(len(ears))]
    assert stage.done == [delivery]


async def test_when_all_who_are_left_have_gone_it_is_done(stage: Stage) -> None:
    ears = stage.ears(3 * MOST)
    delivery = stage.delivery(ears)
    stage.fanout.send(delivery)
    reached = len(stage.writes)
    for ear in ears:
        delivery.drop(cast(Transport, ear))
    await stage.turns()
    await asyncio.sleep(0)
    assert len(stage.writes) == reached
    assert stage.done == [delivery]


async def test_who_closes_meanwhile_is_written_to_as_a_closed_socket_is(stage: Stage) -> None:
    ears = stage.ears(3 * MOST)
    stage.fanout.send(stage.delivery(ears))
    ears[-1].close()
    await stage.turns()
    assert heard(ears) == [1] * (len(ears) - 1) + [0]


async def test_one_that_closes_another_while_it_is_written_to_harms_nobody(stage: Stage) -> None:
    ears = stage.ears(3 * MOST)
    ears[2].write = lambda _packed: ears[3].close()
    stage.fanout.send(stage.delivery(ears))
    await stage.turns()
    assert heard(ears) == [1, 1, 0, 0, *[1] * (len(ears) - 4)]


async def test_a_delivery_knows_what_it_has_cost(stage: Stage) -> None:
    delivery = stage.delivery(stage.ears(5 * MOST))
    stage.fanout.send(delivery)
    stage.rest()
    await stage.turns()
    assert delivery.cost_s == pytest.approx(5 * MOST * WRITE_S)


async def test_nobody_at_all_is_done_at_once(stage: Stage) -> None:
    assert stage.fanout.send(stage.delivery([]))


async def test_who_sends_again_as_soon_as_it_is_done_does_not_hold_the_loop_for_longer(stage: Stage) -> None:
    again = [stage.ears(10 * MOST, name) for name in "bcd"]

    def send_next(_delivery: Delivery) -> None:
        if again:
            stage.rest()
            stage.fanout.send(Delivery(cast(list[Transport], again.pop()), FRAME, stage.account, send_next))

    stage.fanout.send(Delivery(cast(list[Transport], stage.ears(2 * MOST)), FRAME, stage.account, send_next))
    written = await stage.turns()
    assert sum(written) > 30 * MOST
    # A turn in which one is done and the next begins has two slices.
    assert max(written[-8:]) <= MOST


ROOMS = st.lists(st.tuples(st.integers(0, 60), st.sets(st.integers(0, 59))), min_size=1, max_size=5)


@given(ROOMS, st.integers(1, 20), st.integers(1, 10))
def test_each_has_every_frame_once_and_each_delivery_ends_once(
    rooms: list[tuple[int, set[int]]], slice_: int, step: int
) -> None:
    stage = Stage(slice_, step)

    async def play() -> None:
        at_once, deliveries = list[bool](), list[Delivery]()
        everybody = [stage.ears(count) for count, _ in rooms]
        for ears in everybody:
            deliveries.append(stage.delivery(ears))
            at_once.append(stage.fanout.send(deliveries[-1]))
        reached = [heard(ears) for ears in everybody]
        for delivery, ears, (_, gone) in zip(deliveries, everybody, rooms, strict=True):
            for number in gone & {*range(len(ears))}:
                delivery.drop(cast(Transport, ears[number]))
        while len(stage.done) < at_once.count(False):
            before = len(stage.writes)
            await asyncio.sleep(0)
            assert len(stage.writes) - before <= slice_ + step
        await asyncio.sleep(0)
        assert {*stage.done} == {each for each, now in zip(deliveries, at_once, strict=True) if not now}
        assert len(stage.done) == at_once.count(False)
        for ears, had, (_, gone) in zip(everybody, reached, rooms, strict=True):
            assert heard(ears) == [max(had[number], int(number not in gone)) for number in range(len(ears))]

    loop = VirtualLoop()
    loop.run_until_complete(asyncio.wait_for(play(), 5))
    loop.close()


async def test_a_delivery_that_fails_keeps_no_other_waiting(stage: Stage) -> None:
    broken, ears = stage.ears(10 * SLICE), stage.ears(10 * SLICE)

    def fail(_packed: Packed) -> None:
        raise RuntimeError("a defect")

    broken[5 * SLICE].write = fail
    assert not stage.fanout.send(stage.delivery(broken))
    delivery = stage.delivery(ears)
    assert not stage.fanout.send(delivery)
    await stage.turns()
    assert heard(ears) == [1] * len(ears)
    assert stage.done == [delivery]
