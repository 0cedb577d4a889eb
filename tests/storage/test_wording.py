"""Words are found whatever their case, and nothing in them is taken for a pattern."""

import sqlite3
import sys

import pytest

from collabchat.storage import wording


def is_found(words: str, text: str) -> bool:
    with sqlite3.connect(":memory:") as data:
        return bool(data.execute("SELECT ? GLOB ?", (text, wording.pattern_of(words))).fetchone()[0])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("wool", "WOOL"), ("їжак", "Це ЇЖАК!"), ("ҐУДЗИК", "мій ґудзик"), ("ЄВРОПА", "Європа"), ("пʼять", "ПʼЯТЬ"),
        ("ΟΔΟΣ", "οδος"), ("οδοσ", "ΟΔΟΣ"), ("STRAẞE", "Straße"), ("élan", "ÉLAN"), ("ԱԲԳ", "աբգ"),
    ],
)  # fmt: skip
def test_letters_of_any_script_are_found_in_either_case(words: str, text: str) -> None:
    assert is_found(words, text)


@pytest.mark.parametrize("odd", ["100%", "a_b", "[", "]", "[a-z]", "*", "?", "^", "[^a]", "\\", "-", "'", "a\nb", "😀"])
def test_what_means_something_in_a_pattern_is_looked_for_as_it_is(odd: str) -> None:
    assert is_found(odd, f"before {odd} after")
    assert not is_found(odd, "xyzzy")


def test_other_letters_are_not_found() -> None:
    for words, text in (("їжак", "іжак"), ("ґудзик", "гудзик"), ("ab", "a b")):
        assert not is_found(words, text)


def test_no_letter_with_another_case_is_left_out() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    cased = [letter for letter in letters if letter.casefold() != letter and len(letter.casefold()) == 1]
    with sqlite3.connect(":memory:") as data:
        for letter in cased:
            pattern = wording.pattern_of(letter.casefold())
            assert data.execute("SELECT ? GLOB ?", (letter, pattern)).fetchone() == (1,), letter
