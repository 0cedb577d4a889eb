from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.periods import ROWS_MAX, before, gather, next_start, start_of, starts_within
from collabchat.core.usage import HOUR_MS, Counts, Granularity

GRANULARITIES: list[Granularity] = ["hour", "day", "month"]
times = st.integers(0, 4_000_000_000_000)


def ms(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 1_000


@given(times, st.sampled_from(GRANULARITIES))
def test_every_time_is_in_one_period(at: int, granularity: Granularity) -> None:
    start, after = start_of(at, granularity), next_start(at, granularity)
    assert start <= at < after
    assert start_of(start, granularity) == start_of(after - 1, granularity) == start
    assert start_of(after, granularity) == after


@given(times, st.integers(1, 400 * 24 * HOUR_MS), st.sampled_from(GRANULARITIES))
def test_periods_have_no_holes_and_go_on_into_those_before(since: int, length: int, granularity: Granularity) -> None:
    starts = starts_within(since, since + length, granularity)
    assert starts[0] <= since
    assert len(starts) > ROWS_MAX or starts[-1] < since + length <= next_start(starts[-1], granularity)
    assert starts[1:] == [next_start(start, granularity) for start in starts[:-1]]
    earlier = before(starts, granularity)
    assert len(earlier) == len(starts)
    assert next_start(earlier[-1], granularity) == starts[0]


def test_months_are_as_long_as_they_are() -> None:
    assert starts_within(ms(2028, 1, 31), ms(2028, 3, 1), "month") == [ms(2028, 1, 1), ms(2028, 2, 1)]
    assert before([ms(2028, 1, 1), ms(2028, 2, 1)], "month") == [ms(2027, 11, 1), ms(2027, 12, 1)]
    assert next_start(ms(2028, 2, 29, 23), "month") == ms(2028, 3, 1)


def test_too_many_rows_are_not_made() -> None:
    assert len(starts_within(0, 2**53, "hour")) == ROWS_MAX + 1


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_sums_go_where_they_belong_and_the_peak_is_the_highest(granularity: Granularity) -> None:
    first = ms(2026, 11, 1)
    starts = starts_within(first, first + 1, granularity)
    hours = [
        (first - HOUR_MS, Counts(page_load_count=100)),
        (first, Counts(page_load_count=1, peak_concurrent_viewers=3)),
        (first, Counts(page_load_count=2, peak_concurrent_viewers=2)),
    ]
    assert gather(hours, starts, granularity) == [(first, Counts(page_load_count=3, peak_concurrent_viewers=3))]
