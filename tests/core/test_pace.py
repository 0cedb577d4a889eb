"""So many at once, and so many a second on average; never one more, and never one less."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.pace import Pace

NOWS = st.floats(0, 1e7)
"""A monotonic clock says anything from the machine's start on."""

PACES = st.builds(Pace, st.integers(1, 50), st.integers(1, 100))


def take(pace: Pace, times: Sequence[float]) -> list[bool]:
    """Which of these may happen."""
    full_at, may = 0.0, []
    for now in times:
        stepped = pace.step(full_at, now)
        may.append(stepped is not None)
        full_at = full_at if stepped is None else stepped
    return may


def test_a_burst_is_let_through_and_what_follows_has_to_wait() -> None:
    pace = Pace(4, 8)
    assert take(pace, [0] * 10) == [True] * 8 + [False] * 2
    assert take(pace, [*[0] * 8, 0.2, 0.25, 0.25]) == [True] * 8 + [False, True, False]


def test_after_a_rest_there_may_be_a_burst_again_and_no_longer_one() -> None:
    assert take(Pace(4, 8), [*[0] * 8, *[1_000] * 9]) == [True] * 16 + [False]


def test_a_rate_of_nothing_is_no_limit() -> None:
    assert all(take(Pace(0, 0), [0] * 1_000))


def test_a_step_that_was_refused_costs_nothing() -> None:
    assert take(Pace(1, 1), [0, 0.5, 0.6, 0.7, 0.8, 1]) == [True, False, False, False, False, True]


@pytest.mark.parametrize("now", [0, 12_345.678, 1e6 + 0.1, 5e6 + 1 / 3])
@pytest.mark.parametrize("pace", [Pace(10, 20), Pace(20, 40), Pace(30, 60), Pace(7, 14), Pace(3, 6)])
def test_the_whole_burst_may_come_at_once_whatever_the_clock_says(pace: Pace, now: float) -> None:
    assert take(pace, [now] * (pace.burst + 1)) == [True] * pace.burst + [False]


@given(PACES, NOWS, st.integers(1, 200))
def test_who_keeps_the_pace_is_never_refused(pace: Pace, now: float, count: int) -> None:
    slower_s = 1 / pace.per_s + 1e-6
    assert all(take(pace, [now + number * slower_s for number in range(count)]))


@given(PACES, NOWS, st.lists(st.floats(0, 2), max_size=100))
def test_in_no_time_more_happen_than_the_burst_and_the_rate_allow(pace: Pace, now: float, gaps: list[float]) -> None:
    times = [now, *accumulate(gaps, initial=now)]
    happened = [time for time, may in zip(times, take(pace, times), strict=True) if may]
    for first, since in enumerate(happened):
        for last, until in enumerate(happened[first:], first):
            assert last - first + 1 <= pace.burst + (until - since) * pace.per_s + 0.01
