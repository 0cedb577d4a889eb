"""Words that are looked for whatever their case, in any script: one column, one pattern.

SQLite's `LIKE` knows the case of ASCII alone, but its `GLOB` takes a set for a character: `*[іІ][жЖ][аА]*`. So nothing
is stored twice, and no function of Python's is called for each of 20,000 comments, for each of which a reader would
wait for the interpreter. A database that has its own way (PostgreSQL: `ILIKE`) would need other than these two.
"""

from collections import defaultdict
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement

_CASED_END = 0x1E944
"""No character from here on has another case."""


def matches(column: ColumnElement[Any], pattern: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column fits what `pattern_of` made of the words."""
    return column.op("GLOB", is_comparison=True)(pattern)


def pattern_of(words: str) -> str:
    """The pattern of all texts that hold these words; what would mean something else in a pattern is as it is."""
    return f"*{''.join(map(_set_of, words))}*"


def _set_of(character: str) -> str:
    folded = character.casefold()
    same = _others().get(folded, "") + (folded if len(folded) == 1 else "")
    if len(same) > 1:
        return f"[{same}]"
    return f"[{character}]" if character in "*?[" else character


@cache
def _others() -> dict[str, str]:
    """By what a letter is without case, all others that are the same: `к` has `К`, and `σ` has `Σ` and `ς`."""
    others: defaultdict[str, str] = defaultdict(str)
    for character in map(chr, range(_CASED_END)):
        if (folded := character.casefold()) != character:
            others[folded] += character
    return dict(others)
