"""The counters that `limits` works with: right, and never too many."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter

from collabchat.identity.windows import DROPPED_AT_ONCE, Windows

MINUTE = 60
AT = 1_000_020.0
"""When a minute begins."""


class Clock:
    def __init__(self) -> None:
        self.now_s = AT

    def __call__(self) -> float:
        return self.now_s


class Counters:
    """Counters with a clock that stands until it is told otherwise."""

    def __init__(self, keys_max: int = 1_000) -> None:
        self.clock = Clock()
        self.windows = Windows(MINUTE, keys_max, self.clock)
        self.limiter = SlidingWindowCounterRateLimiter(self.windows)

    def hit(self, who: str = "ana", most: int = 4) -> bool:
        return self.limiter.hit(RateLimitItemPerMinute(most), who)

    def hits(self, times: int = 10) -> int:
        """How many of so many are let pass."""
        return sum(self.hit() for _ in range(times))


@pytest.fixture
def counters() -> Counters:
    return Counters()


def test_so_many_pass_in_a_minute_and_each_counts_apart(counters: Counters) -> None:
    assert counters.hits() == 4
    assert counters.hit("bo")


@pytest.mark.parametrize(("after_s", "passes"), [(59, 0), (60, 0), (75, 1), (90, 2), (105, 3), (120, 4), (600, 4)])
def test_the_minute_before_counts_for_as_much_as_is_left_of_it(counters: Counters, after_s: float, passes: int) -> None:
    counters.hits()
    counters.clock.now_s += after_s
    assert counters.hits() == passes


def test_what_was_refused_does_not_count(counters: Counters) -> None:
    assert counters.hits(1_000) == 4
    counters.clock.now_s += 90
    assert counters.hits() == 2


def test_a_clock_that_is_put_back_forgets_rather_than_refuses(counters: Counters) -> None:
    counters.hits()
    counters.clock.now_s -= 3_600
    assert counters.hits() == 4


GAPS_S = st.lists(st.floats(0, 90), max_size=80)


@given(GAPS_S)
def test_in_no_minute_do_more_than_twice_as_many_pass_and_after_a_pause_all_do(gaps_s: list[float]) -> None:
    counters, passed_at = Counters(), list[float]()
    for gap_s in gaps_s:
        counters.clock.now_s += gap_s
        if counters.hit():
            passed_at.append(counters.clock.now_s)
    for at in passed_at:
        assert sum(at - MINUTE < other <= at for other in passed_at) <= 2 * 4
    counters.clock.now_s += 2 * MINUTE
    assert counters.hits() == 4


def test_however_many_addresses_come_the_counters_are_no_more_than_three_windows_full() -> None:
    counters = Counters(keys_max=500)
    most = 0
    for number in range(50_000):
        counters.clock.now_s += 0.001
        counters.hit(f"2001:db8::{number:x}/64")
        most = max(most, len(counters.windows))
    assert most <= 3 * 500


def test_ever_more_addresses_cost_no_more_memory_than_the_first_ones() -> None:
    """The real size, and the real clock: nothing else runs that could clean up behind them."""
    limiter = SlidingWindowCounterRateLimiter(Windows(MINUTE, 5_000))
    limit = RateLimitItemPerMinute(10)
    peaks = list[int]()
    tracemalloc.start()
    try:
        for part in range(4):
            tracemalloc.reset_peak()
            for number in range(20_000):
                limiter.hit(limit, f"10.{part}.{number}")
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert peaks[3] < 1.2 * peaks[0]
    assert peaks[3] < 3 * 5_000 * 400


def test_who_asks_often_is_still_refused_after_a_crowd_has_come_by(counters: Counters) -> None:
    """A crowd that is more than fits makes the minute pass sooner; what was counted in it still weighs."""
    assert counters.hits() == 4
    for number in range(1_000):
        counters.hit(f"crowd-{number}")
    assert counters.hits() == 0


def test_old_counters_go_a_few_at_a_time_and_none_is_left(counters: Counters) -> None:
    for number in range(1_000):
        counters.hit(f"old-{number}")
    counters.clock.now_s += 2 * MINUTE
    sizes = [len(counters.windows)]
    for number in range(400):
        counters.hit(f"new-{number}")
        sizes.append(len(counters.windows))
    assert all(before - after < DROPPED_AT_ONCE for before, after in pairwise(sizes))
    assert sizes[-1] == 400


def test_what_limits_asks_of_a_storage_is_there(counters: Counters) -> None:
    windows, key = counters.windows, RateLimitItemPerMinute(4).key_for("ana")
    assert windows.check()
    assert windows.incr(key, MINUTE, 3) == windows.get(key) == 3
    assert windows.get_expiry(key) == AT + MINUTE
    assert counters.hits() == 1
    counters.limiter.clear(RateLimitItemPerMinute(4), "ana")
    assert windows.get(key) == 0
    assert counters.hits() == 4
    assert windows.reset() == 1
    assert len(windows) == 0
