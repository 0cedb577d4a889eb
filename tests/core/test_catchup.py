"""From a position and the log to an unbroken run of events, or to the reason why there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.catchup import (
    MISSED_BYTES_MAX,
    MISSED_MAX,
    Numbered,
    Position,
    Reason,
    Standing,
    is_far,
    merge,
    why_not,
)

ROOM = Standing("e", 100, 2_000)


def events(*seqs: int) -> list[Numbered]:
    return [Numbered(seq, b"%d" % seq) for seq in seqs]


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        (Position("e", 2_000), None),
        (Position("e", 2_000 - MISSED_MAX), None),
        (Position("e", 2_000 - MISSED_MAX - 1), "far"),
        (Position("e", 2_001), "ahead"),
        (Position("e", 99), "retention"),
        (Position("e", 0), "retention"),
        (Position("f", 2_000), "epoch"),
        (Position("", 2_000), "epoch"),
        (Position("f", 9_999), "epoch"),
    ],
)
def test_a_position_leads_on_or_there_is_a_reason(position: Position, reason: Reason | None) -> None:
    assert why_not(ROOM, position) == reason


@pytest.mark.parametrize(("seq", "reason"), [(99, "retention"), (100, None), (101, None)])
def test_the_position_at_the_base_leads_on_and_the_one_before_it_does_not(seq: int, reason: Reason | None) -> None:
    assert why_not(Standing("e", 100, 300), Position("e", seq)) == reason


def test_an_empty_room_leads_on_from_its_beginning_only() -> None:
    assert why_not(Standing("e", 0, 0), Position("e", 0)) is None
    assert why_not(Standing("e", 0, 0), Position("e", 1)) == "ahead"


@pytest.mark.parametrize(
    ("log", "recent", "missed"),
    [
        ((4, 5), (), (4, 5)),
        ((), (4, 5), (4, 5)),
        ((4,), (5,), (4, 5)),
        ((4, 5), (4, 5), (4, 5)),
        ((2, 3, 4), (4, 5, 6, 7), (4, 5)),
        ((5, 4), (), (4, 5)),
        ((5,), (), None),
        ((4,), (), None),
        ((4,), (6,), None),
        ((), (), None),
    ],
)
def test_log_and_recent_events_make_one_run_or_there_is_a_hole(
    log: tuple[int, ...], recent: tuple[int, ...], missed: tuple[int, ...] | None
) -> None:
    found = merge(events(*log), events(*recent), after=3, head=5)
    assert found == (None if missed is None else events(*missed))


@given(
    head=st.integers(0, 30),
    after=st.integers(0, 30),
    log=st.lists(st.integers(1, 40), max_size=40),
    recent=st.lists(st.integers(1, 40), max_size=40),
)
def test_a_run_is_all_that_lies_between_or_nothing(head: int, after: int, log: list[int], recent: list[int]) -> None:
    after = min(after, head)
    found = merge(events(*log), events(*recent), after, head)
    wanted = range(after + 1, head + 1)
    assert found == (events(*wanted) if set(wanted) <= {*log, *recent} else None)


def test_who_is_up_to_date_misses_nothing_whatever_the_log_says() -> None:
    assert merge(events(1, 2, 9), [], after=5, head=5) == []


def test_bytes_count_too() -> None:
    half = Numbered(1, b"x" * (MISSED_BYTES_MAX // 2))
    assert not is_far([half, half])
    assert is_far([half, half, Numbered(3, b"x")])
