"""Which names can be shown as they are."""

import pytest

from collabchat.core.model import is_presentable


@pytest.mark.parametrize("name", ["Ana", "Олена", "J. O’Neil-Ward", "李", "7", "🦊", "👩‍💻", "نسرین‌جان", "Zoë"])
def test_names_that_show_something_are_names(name: str) -> None:
    assert is_presentable(name)


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b", "\u2066", "Ana\u202e", "a\nb", "a\0", "\u200d", "a\u2028b", "\u00ad"]
)
def test_names_that_show_nothing_or_turn_their_surroundings_are_none(name: str) -> None:
    assert not is_presentable(name)
