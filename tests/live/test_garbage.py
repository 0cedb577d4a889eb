"""The collector leaves alone what is there when many have come, until most have gone."""

import gc
from collections.abc import Iterator

import pytest

from collabchat.live.garbage import GROWTH, Garbage


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Afterwards, the collector looks after everything again."""
    yield
    gc.unfreeze()


def test_what_is_there_when_many_have_come_is_left_alone_until_most_have_gone() -> None:
    garbage = Garbage()
    at_first = gc.get_freeze_count()
    many = [[number] for number in range(50_000)]
    garbage.look(GROWTH - 1)
    assert gc.get_freeze_count() < at_first + len(many)
    garbage.look(GROWTH)
    assert gc.get_freeze_count() > at_first + len(many) / 2
    del many
    garbage.look(GROWTH // 4 - 1)
    assert gc.get_freeze_count() < at_first + 10_000
