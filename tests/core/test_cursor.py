import pytest

from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.errors import InvalidInput


def test_a_cursor_names_its_place() -> None:
    assert read_cursor(make_cursor("t", "pages", [5, "x"]), "t", "pages", tuple[int, str]) == (5, "x")
    assert read_cursor(None, "t", "pages", int) is None
    assert read_cursor("", "t", "pages", int) is None


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
