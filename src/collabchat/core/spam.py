"""Guards against spam and abuse that cost nothing: looks at a comment as it was typed, and as readers would see it.

    honeypot   a field was filled in that people do not see
    links      more links than the site takes; a link is whatever a reader could click, a mail address too
    words      a word or phrase that the site does not take
    repeated   the same long text as a moment ago (storage knows, by `fingerprint`)

Links are counted in the HTML, so that there is no second opinion on what Markdown makes one: `[x](y)`, `<https://y>`,
`https://y` and mail addresses count, each once; `y.com`, `hxxp://y` and "y dot com" do not, as nobody can click them
and file names, times and ordinary sentences look the same. Nor do addresses in code.

Words are compared in one form, without regard to case, width, invisible characters, stress marks, marks that make no
letter, and Markdown: `**B**a\\u200bd` is `bad`. A letter of its own stays one: `ñ` is not `n`, `й` is not `и`. Only
whole words count, so that Scunthorpe is a town. `*` at the end of a blocked word stands for any ending: `casino*`.

Everything here takes time in proportion to the text, whatever it is (`tests/core/test_spam.py`).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal
from unicodedata import category, normalize

from msgspec import Struct

FINGERPRINT_LETTERS_MIN = 30
"""Shorter texts ("thanks", "so do I", "please name your source") are honestly written again and again."""

REPEATED_WITHIN_MS = 10 * 60_000
SHOWN_MAX = 40
LINK = "<a "
"""What begins a link in our HTML, and nothing else: a `<` that somebody typed is `&lt;` there."""

_COMPILED_LISTS = 256
_MARKS_MAX = 8
_HALF_WIDTH_MARKS = "\uff9e\uff9f"
"""Marks in compatible form, which Unicode calls letters."""

_STRESS = str.maketrans("\u02bb\u02bc", "''", "\u0300\u0301")
"""Stress marks go, and apostrophes that Unicode calls letters become ordinary ones."""

_DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""What is left of these when letters have been composed is there for show, or to help with reading."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Control characters, and what Unicode calls default ignorable: it is there, and shows nothing."""

_INLINE_TAG = re.compile(r"</?(?:a|b|code|em|i|s|strong|u)(?: [^<>]*)?>")
_TAG = re.compile("<[^<>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " ", "&amp;": "&"}
"""All that our HTML has; the last one must be undone last."""

_SYMBOLS = {"Sc", "So"}
"""Currencies and pictures; other symbols are punctuation here."""


class Guards(Struct, frozen=True):
    """What a site takes. `links_max`: 0 is none at all. A blocked word may be a phrase."""

    links_max: int = 5
    blocked_words: tuple[str, ...] = ()


class Suspicion(Struct, frozen=True):
    """Why a comment is not taken; `reason` tells its writer what to change."""

    rule: Literal["links", "words", "repeated", "honeypot"]
    reason: str


def suspect(text: str, shown: str, guards: Guards, trap: str = "") -> Suspicion | None:
    """What speaks against a comment, typed as `text` and shown as the HTML `shown`; None if nothing does.

    `trap` is what came in the field that people do not see.
    """
    if trap:
        return Suspicion("honeypot", "This seems to come from a program: leave the field empty that no reader sees.")
    links = shown.count(LINK)
    if links > guards.links_max:
        return Suspicion("links", _say_links(links, guards.links_max))
    for seen in (_strip(shown), text):
        if (found := find_blocked(seen, guards.blocked_words)) is not None:
            return Suspicion("words", f"This site does not take “{found}”: please put it in other words.")
    return None


def suspect_repeat(written_at: int | None, now: int) -> Suspicion | None:
    """What speaks against a text whose `fingerprint` somebody last left at `written_at`. Times are epoch ms."""
    if written_at is None or now - written_at >= REPEATED_WITHIN_MS:
        return None
    minutes = REPEATED_WITHIN_MS // 60_000
    return Suspicion(
        "repeated",
        f"You wrote the same less than {minutes} minutes ago: it is there, and once is enough. Say what is new here.",
    )


def find_blocked(text: str, blocked_words: tuple[str, ...]) -> str | None:
    """The first blocked word in a plain text, as it is there but in one form; for names and titles, too."""
    if not blocked_words:
        return None
    blocked = _compile(blocked_words)
    text = _fold(text)
    spans = list(_spans(text))
    words = [text[start:end] for start, end in spans]
    for at in range(len(words)):
        count = blocked.begins(words, at)
        if count:
            start, end = spans[at][0], spans[at + count - 1][1]
            return text[start:end][:SHOWN_MAX]
    return None


def fingerprint(text: str) -> str | None:
    """What texts have in common that differ only in case, spaces, punctuation and symbols; None for short ones."""
    words = [word for word in _words(_fold(text)) if category(word[0]) not in _SYMBOLS]
    if sum(map(len, words)) < FINGERPRINT_LETTERS_MIN:
        return None
    return hashlib.blake2b(" ".join(words).encode(errors="replace"), digest_size=16).hexdigest()


def _say_links(links: int, most: int) -> str:
    if most <= 0:
        return f"Links are not taken here: this has {links}."
    return f"At most {most} link{'' if most == 1 else 's'}: this has {links}."


class _Blocked(Struct, frozen=True):
    """A list of blocked words, ready to look up: whole phrases, and beginnings by (words, letters of the last)."""

    phrases: frozenset[str]
    counts: tuple[int, ...]
    stems: frozenset[str]
    stem_shapes: tuple[tuple[int, int], ...]

    def begins(self, words: Sequence[str], at: int) -> int:
        """How many words from `at` on are a blocked phrase; 0 if none begins there."""
        for count in self.counts:
            if " ".join(words[at : at + count]) in self.phrases:
                return count
        for count, length in self.stem_shapes:
            *before, last = words[at : at + count]
            if " ".join((*before, last[:length])) in self.stems:
                return len(before) + 1
        return 0


@lru_cache(_COMPILED_LISTS)
def _compile(blocked_words: tuple[str, ...]) -> _Blocked:
    phrases, stems = {}, {}
    for blocked in blocked_words:
        words = _words(_fold(blocked))
        if not words:
            continue
        if blocked.rstrip().endswith("*"):
            stems[" ".join(words)] = (len(words), len(words[-1]))
        else:
            phrases[" ".join(words)] = len(words)
    return _Blocked(
        frozenset(phrases), tuple(sorted(set(phrases.values()))), frozenset(stems), tuple(sorted(set(stems.values())))
    )


def _words(folded: str) -> list[str]:
    return [folded[start:end] for start, end in _spans(folded)]


def _spans(folded: str) -> Iterator[tuple[int, int]]:
    """Where the words of a text in the one form begin and end; a picture is a word by itself."""
    start = 0
    for at, kind in enumerate(map(category, folded)):
        # Letters, marks and numbers: marks are vowels in some scripts.
        if kind[0] in "LMN":
            continue
        if start < at:
            yield start, at
        if kind in _SYMBOLS:
            yield at, at + 1
        start = at + 1
    if start < len(folded):
        yield start, len(folded)


def _fold(text: str) -> str:
    """The one form in which texts are compared."""
    text = _INVISIBLE.sub("", text)
    if text.isascii():
        return text.lower()
    text = normalize("NFKC", _shorten_marks(text)).casefold()
    # What shows nothing may have come of something that does.
    text = _INVISIBLE.sub("", normalize("NFD", text)).translate(_STRESS)
    return _DECORATION.sub("", normalize("NFC", text))


def _shorten_marks(text: str) -> str:
    """Keep few of the marks that follow each other: putting them in order takes time by the square of their number."""
    kept, run = [], 0
    for character in text:
        run = run + 1 if category(character)[0] == "M" or character in _HALF_WIDTH_MARKS else 0
        if run <= _MARKS_MAX:
            kept.append(character)
    return "".join(kept)


def _strip(shown: str) -> str:
    """HTML as plain text: what is only emphasised stays one word."""
    text = _TAG.sub(" ", _INLINE_TAG.sub("", shown))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text
