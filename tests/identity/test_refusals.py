"""Which refusals are written down."""

import pytest

from collabchat.identity.refusals import WINDOW_S, Refusals

ASKED: tuple[str, ...] = ("docs", "staff:a1", "GET", "/api/v1/keys", "docs")


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0 * WINDOW_S

    def __call__(self) -> float:
        return self.now


def test_the_same_is_news_once_a_minute() -> None:
    clock = Clock()
    refusals = Refusals(clock=clock)
    assert [refusals.is_news(*ASKED) for _ in range(3)] == [True, False, False]
    clock.now += WINDOW_S - 1
    assert not refusals.is_news(*ASKED)
    clock.now += 2
    assert [refusals.is_news(*ASKED) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("part", range(len(ASKED)))
def test_another_tenant_person_deed_or_thing_is_news(part: int) -> None:
    refusals = Refusals(clock=Clock())
    refusals.is_news(*ASKED)
    other = ["another" if number == part else each for number, each in enumerate(ASKED)]
    assert refusals.is_news(*other)
