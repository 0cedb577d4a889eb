"""What waits for readers that are behind: how much, for how long, and who must go."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.live.transport.backlog import BEHIND_MAX_BYTES, BEHIND_MAX_S, RELIEF, Backlog, Held
from collabchat.live.transport.frames import Packed

KIB = 1024


def size(count: int) -> Packed:
    return Packed(b"x" * count)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Slow:
    """A reader that takes nothing; it leaves when it is given up, as sockets do."""

    def __init__(self, backlog: Backlog, waiting_bytes: int = 0) -> None:
        self.held: Held | None = Held()
        self.times_given_up = 0
        self._backlog = backlog
        backlog.join(self)
        if waiting_bytes:
            self.held.allow(waiting_bytes)
            assert self.held.add(size(waiting_bytes), backlog.now())

    @property
    def is_gone(self) -> bool:
        return self.times_given_up > 0

    def give_up(self) -> None:
        self.times_given_up += 1
        self._backlog.leave(self)


# -- One reader --------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 100 * KIB), max_size=30))
def test_256_kib_may_wait_and_not_a_byte_more(sizes: list[int]) -> None:
    held, waiting = Held(), 0
    for each in sizes:
        fits = waiting + each <= BEHIND_MAX_BYTES
        assert held.add(size(each), 0) is fits
        waiting += each if fits else 0
        assert held.size_bytes == waiting


def test_256_kib_is_the_limit() -> None:
    held = Held()
    assert held.add(size(256 * KIB), 0)
    assert not held.add(size(1), 0)
    assert [*map(len, held.take())] == [256 * KIB]


def test_what_is_allowed_may_wait_too_until_all_has_been_sent() -> None:
    held = Held()
    held.allow(1_000)
    assert held.add(size(1_000 + BEHIND_MAX_BYTES), 0)
    assert not held.add(size(1), 0)
    held.take()
    assert held.add(size(1_000 + BEHIND_MAX_BYTES), 0)
    assert not Held().add(size(1 + BEHIND_MAX_BYTES), 0)


def test_what_is_taken_comes_in_order_and_once() -> None:
    held = Held()
    for letter in (b"a", b"b", b"c"):
        held.add(Packed(letter), 0)
    assert held.take() == [b"a", b"b", b"c"]
    assert held.take() == []


def test_what_the_network_has_not_sent_still_counts() -> None:
    held = Held()
    held.add(size(100), 0)
    held.take()
    held.stick(60, 0)
    held.add(size(5), 0)
    assert held.size_bytes == 65


def test_nothing_that_waits_is_no_time() -> None:
    assert Held().waits_s(1_000) == 0


def test_age_counts_from_the_oldest_frame() -> None:
    held = Held()
    held.add(size(1), 10)
    held.add(size(1), 14)
    assert held.waits_s(15) == 5


def test_age_goes_on_with_what_the_network_has_taken_over() -> None:
    held = Held()
    held.add(size(10), 10)
    held.take()
    held.stick(10, 12)
    held.add(size(1), 13)
    assert held.waits_s(15) == 5
    held.take()
    held.stick(1, 16)
    assert held.waits_s(18) == 5


def test_age_counts_from_the_moment_when_the_network_got_stuck() -> None:
    held = Held()
    held.stick(10, 12)
    held.add(size(1), 14)
    assert held.waits_s(15) == 3


def test_what_is_replaced_is_given_up_and_counts_anew() -> None:
    held = Held()
    held.add(size(BEHIND_MAX_BYTES), 10)
    held.replace(Packed(b"bye"), 14)
    assert (held.size_bytes, held.waits_s(15)) == (3, 1)
    assert held.take() == [b"bye"]


# -- All together ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("too_long", [False, True])
def test_who_is_behind_for_more_than_5_seconds_must_go(too_long: bool) -> None:
    clock = Clock()
    backlog = Backlog(2**30, clock)
    old = Slow(backlog, 1)
    clock.now_s += 1
    young = Slow(backlog, 1)
    clock.now_s = 100 + BEHIND_MAX_S + (0.01 if too_long else 0)
    backlog.sweep()
    assert (old.is_gone, young.is_gone) == (too_long, False)
    assert backlog.closed == too_long


def test_who_has_caught_up_is_nobodys_concern() -> None:
    clock = Clock()
    backlog = Backlog(10, clock)
    level, gone = Slow(backlog, 1), Slow(backlog, 1_000)
    level.held = None
    backlog.leave(gone)
    backlog.leave(gone)
    clock.now_s += 100
    backlog.sweep()
    assert not level.is_gone
    assert not gone.is_gone


def test_over_the_budget_the_worst_go_until_three_quarters_are_left() -> None:
    backlog = Backlog(1_000, Clock())
    readers = {count: Slow(backlog, count) for count in (100, 400, 150, 300, 51)}
    backlog.sweep()
    assert [count for count, reader in readers.items() if reader.is_gone] == [400]
    assert backlog.closed == 1


def test_within_the_budget_nobody_goes() -> None:
    backlog = Backlog(1_000, Clock())
    readers = [Slow(backlog, 500), Slow(backlog, 500)]
    backlog.sweep()
    assert not any(reader.is_gone for reader in readers)


@given(st.lists(st.integers(1, 500), max_size=20), st.integers(1, 3_000), st.randoms(use_true_random=False))
def test_no_more_go_than_must_and_each_once(sizes: list[int], budget: int, chance: random.Random) -> None:
    backlog = Backlog(budget, Clock())
    readers = [(each, Slow(backlog, each)) for each in sizes]
    chance.shuffle(readers)
    backlog.sweep()
    gone = sorted(each for each, reader in readers if reader.is_gone)
    left = sorted(each for each, reader in readers if not reader.is_gone)
    assert {reader.times_given_up for _, reader in readers} <= {0, 1}
    assert backlog.closed == len(gone)
    if sum(sizes) <= budget:
        assert not gone
        return
    assert sum(left) <= budget * RELIEF < sum(left) + gone[0]
    assert not left or left[-1] <= gone[0]


def test_what_grows_fast_does_not_wait_for_the_second_to_be_over() -> None:
    backlog = Backlog(1_000, Clock())
    small, big = Slow(backlog, 300), Slow(backlog, 900)
    backlog.grow(250)
    assert big.times_given_up == 0
    backlog.grow(1)
    assert (small.times_given_up, big.times_given_up) == (0, 1)


def test_growth_counts_anew_after_each_sweep() -> None:
    backlog = Backlog(1_000, Clock())
    backlog.grow(250)
    backlog.sweep()
    big = Slow(backlog, 2_000)
    backlog.grow(250)
    assert big.times_given_up == 0
    backlog.grow(1)
    assert big.times_given_up == 1
