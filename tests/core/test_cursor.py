import base64
import json

import pytest

from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.errors import InvalidInput


def test_a_cursor_names_its_place() -> None:
    assert read_cursor(make_cursor("t", "pages", [5, "x"]), "t", "pages", tuple[int, str]) == (5, "x")
    assert read_cursor(None, "t", "pages", int) is None
    assert read_cursor("", "t", "pages", int) is None


@pytest.mark.parametrize("number", [0, 2**62])
def test_a_place_may_have_any_number_that_can_be_stored(number: int) -> None:
    assert read_cursor(make_cursor("t", "pages", number), "t", "pages", int) == number


@pytest.mark.parametrize("number", [-1, 2**62 + 1, 2**63, -(10**30), 10**30])
def test_a_number_that_no_place_has_is_refused(number: int) -> None:
    for position, kind in ((number, int), ((5, number, "x"), tuple[int, int, str])):
        with pytest.raises(InvalidInput, match="cursor"):
            read_cursor(forge(position), "t", "pages", kind)


def forge(position: object) -> str:
    """What `make_cursor` makes, of numbers of any size as well."""
    return base64.urlsafe_b64encode(json.dumps(["t", "pages", position]).encode()).decode()


@pytest.mark.parametrize("depth", [1, 100_000])
def test_a_position_within_positions_is_refused(depth: int) -> None:
    nested = f'["t","pages",{"[" * depth}{"]" * depth}]'
    with pytest.raises(InvalidInput, match="cursor"):
        read_cursor(base64.urlsafe_b64encode(nested.encode()).decode(), "t", "pages", int)


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "####", "é", "bnVsbA", "W10", "9" * 10_000),
        make_cursor("other", "pages", 5),
        make_cursor("t", "comments", 5),
        make_cursor("t", "pages", "5"),
        make_cursor("t", "pages", 5)[:-3],
    ],
)
def test_a_cursor_from_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        read_cursor(cursor, "t", "pages", int)
