"""What is refused as spam, what is not though it looks like it, and that looking takes no longer than reading."""

import time
from collections.abc import Callable
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.markup import render
from collabchat.core.spam import (
    FINGERPRINT_LETTERS_MIN,
    REPEATED_WITHIN_MS,
    SHOWN_MAX,
    Guards,
    Suspicion,
    find_blocked,
    fingerprint,
    suspect,
    suspect_repeat,
)

LINKS = {
    "Markdown": "[text](https://a.example/x)",
    "Markdown with a title": '[text](https://a.example/x "title")',
    "Markdown with an address as its text": "[https://a.example/](https://b.example/)",
    "in angle brackets": "<https://a.example/>",
    "bare": "https://a.example/x?y=1&z=(2)#w",
    "plain HTTP": "http://a.example",
    "upper case": "HTTPS://A.EXAMPLE/",
    "a mail address": "ana@example.com",
    "mailto:": "<mailto:ana@example.com>",
    "an image": "![text](https://a.example/x.png)",
    "amid emphasis": "**https://a.example/**",
}
NO_LINKS = [
    "Thanks, e.g. for 3.14 at 10:30.", "end.Next sentence, and/or so...", "`https://a.example/`", "[1] and [2](",
    "a <a b", "```\nhttps://a.example/\n```", "hxxp://a.example", "example dot com",
    "main.py", "the README.md of example.com", "www.example.com",
    "C++ is std::vector",
]  # fmt: skip
LONG = "Please come to the meeting about chapter two of the manual"


def look(text: str, *words: str, links_max: int = 5) -> Suspicion | None:
    return suspect(text, render(text), Guards(links_max, words))


# -- Links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINKS)
def test_every_form_of_a_link_counts_once(name: str) -> None:
    assert look(f"see {LINKS[name]} there", links_max=1) is None
    assert look(f"see {LINKS[name]} there", links_max=0) == Suspicion("links", "Links are not taken here: this has 1.")


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_nobody_can_click_is_no_link(text: str) -> None:
    assert look(text, links_max=0) is None


def test_the_writer_is_told_how_many_links_there_are_and_may_be() -> None:
    assert look(" ".join(f"https://a.example/{n}" for n in range(7))) == Suspicion(
        "links", "At most 5 links: this has 7."
    )
    assert look("https://example.com https://example.org", links_max=1) == Suspicion(
        "links", "At most 1 link: this has 2."
    )


@given(st.lists(st.sampled_from([*LINKS.values()]), max_size=12), st.integers(0, 12))
def test_links_are_refused_from_the_first_that_is_too_many(links: list[str], most: int) -> None:
    found = look(" and ".join(links), links_max=most)
    assert (found is not None and found.rule == "links") == (len(links) > most)


# -- Words ------------------------------------------------------------------------------------------------------------

HIDDEN = [
    "hell", "HELL!", "a hell.", "(hell)", "hell's", "**hell**", "_hell_", "h**el**l", "&#104;ell", "> hell",
    "- hell", "~~hell~~", "`hell`", "hell-like", "line\nhell", "[x](https://hell.example/)", "[hell](https://a.example)",
    "he\u200bll", "h\u00adell", "h\u2060e\ufeffl\u200dl", "he\u034fll", "h\x01ell", "h\0ell", "he\U000e0041ll",
    "h\ufe0fell", "ｈｅｌｌ", "𝐡𝐞𝐥𝐥", "ⓗⓔⓛⓛ", "h\u0336e\u0336l\u0336l\u0336", "héll", "he\u0301ll",
]  # fmt: skip
NOT_HIDDEN = [
    "Michelle",
    "shell",
    "hello",
    "hells",
    "he'll",
    "h ell",
    "he-ll",
    "h.e.l.l",
    "нell",
    "hêll",
    "heļl",
    "",
    " ",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_blocked_word_is_found_however_it_is_dressed(text: str) -> None:
    assert look(text, "hell") == Suspicion("words", "This site does not take “hell”: please put it in other words.")


@pytest.mark.parametrize("text", NOT_HIDDEN)
def test_another_word_is_another_word(text: str) -> None:
    assert look(text, "hell") is None


@pytest.mark.parametrize(
    ("blocked", "text", "found"),
    [
        ("дурень", "Ти ДУРЕНЬ, друже", "дурень"),
        ("дурень", "ду\u0301рень", "дурень"),
        ("дурень", "ду\u200bре\u00adнь", "дурень"),
        ("дурень", "дуренький", None),
        ("дур*", "Які ж ви дурні!", "дурні"),
        ("дур*", "авантюра й культура", None),
        ("її", "ї\u0301ї", "її"),
        ("її", "i\u0308ї", None),
        ("її", "іі", None),
        ("мій", "мии", None),
        ("мій", "міи\u0306", "мій"),
        ("п’яниця", "п'яниця", "п'яниця"),
        ("п'яниця", "пʼяниця", "п'яниця"),
        ("ano", "¡Feliz año!", None),
        ("año", "FELIZ AN\u0303O", "año"),
        ("schon", "schön", None),
        ("straße", "STRASSE", "strasse"),
        ("σοφος", "ΣΟΦΌΣ", "σοφοσ"),
        ("कल", "कुल", None),
        ("कुल", "(कुल)", "कुल"),
        ("كتب", "كَتَبَ", "كتب"),
        ("buy now", "Buy, now!", "buy, now"),
        ("buy now", "buy\n\nnow", "buy\n\nnow"),
        ("buy now", "buy it now", None),
        ("buy now", "buy", None),
        ("buy no*", "BUY nothing", "buy nothing"),
        ("buy no*", "buy any", None),
        ("casino*", "casinos", "casinos"),
        ("casino*", "casino", "casino"),
        ("casino*", "minicasino", None),
        ("casino*", "casin", None),
        ("f*ck", "f*ck that", "f*ck"),
        ("f*ck", "frick", None),
        ("hell", "he'll come", None),
        ("🖕", "no🖕🏽!", "🖕"),
        ("$$$", "make $$$ fast", "$$$"),
        ("42", "42.", "42"),
        ("42", "142", None),
    ],
)
def test_words_of_every_language_phrases_and_beginnings(blocked: str, text: str, found: str | None) -> None:
    assert find_blocked(text, (blocked,)) == found


@pytest.mark.parametrize("blocked", ["", " ", "*", "**", "...", "\u200b", "\u0301"])
def test_a_blocked_word_without_a_letter_blocks_nothing(blocked: str) -> None:
    assert look("Any * text ... at\u200ball", blocked) is None


def test_the_first_of_many_is_named_and_not_at_any_length() -> None:
    many = tuple(f"word{number}" for number in range(1_000))
    assert find_blocked("one word999 two word5", many) == "word999"
    assert find_blocked("x" * 1_000, ("x*",)) == "x" * SHOWN_MAX


letters = st.sampled_from("abcdeіїйжщґñöß")
words = st.text(letters, min_size=1, max_size=8)
hidings = st.lists(
    st.sampled_from(["", "", "\u200b", "\u200d", "\u00ad", "\ufeff", "\u0336", "\u0301", "\u20dd", "\ufe0f"]),
    min_size=8,
    max_size=8,
)


@given(words, hidings, st.sampled_from([str.upper, str.title, str]), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_no_letter_can_be_hidden_behind_what_does_not_show(
    word: str, hiding: list[str], case: Callable[[str], str], form: str
) -> None:
    dressed = "".join(letter + hidden for letter, hidden in zip(case(word), hiding * 2, strict=False))
    dressed = normalize(form, dressed)  # type: ignore[arg-type] # a literal is wanted
    assert find_blocked(f"so, {dressed} - then", (word,)) is not None


@given(words, words, words)
def test_a_word_within_a_word_is_none(before: str, word: str, after: str) -> None:
    assert find_blocked(f"{before}{word}{after}", (word,)) is None
    assert find_blocked(f"{word}{after}", (word,)) is None
    assert find_blocked(f"{word}{after}", (f"{word}*",)) is not None
    assert find_blocked(f"{before}{word}", (f"{word}*",)) is None or before.startswith(word)


# -- The same again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "+1", "so", "Thanks!", "Дякую!", "I agree.", "👍" * 100, "... --- ...", "\u200b" * 99]
)
def test_a_short_text_is_never_a_repeated_one(text: str) -> None:
    assert fingerprint(text) is None


def test_a_text_counts_from_so_many_letters_on() -> None:
    assert fingerprint("x " * (FINGERPRINT_LETTERS_MIN - 1)) is None
    assert fingerprint("x " * FINGERPRINT_LETTERS_MIN) is not None


@pytest.mark.parametrize(
    "same",
    [
        LONG.upper(), f"  {LONG}!!!", LONG.replace(" ", "\n\n"), LONG.replace(" ", " - "), f"{LONG} 👍👍",
        f"**{LONG}**", LONG.replace("a", "a\u200b"), LONG.replace("m", "ｍ"),
    ],
)  # fmt: skip
def test_what_was_only_dressed_anew_is_the_same(same: str) -> None:
    assert fingerprint(same) == fingerprint(LONG) is not None


@pytest.mark.parametrize("other", [f"{LONG} 2", LONG.replace("two", "three"), LONG[:-1], LONG.replace(" ", "")])
def test_what_says_something_else_is_not(other: str) -> None:
    assert fingerprint(other) != fingerprint(LONG)


def test_a_fingerprint_has_one_length_and_tells_nothing_of_the_text() -> None:
    found = fingerprint(LONG * 100)
    assert found is not None
    assert len(found) == 32
    assert set(found) <= set("0123456789abcdef")


texts = st.lists(st.text(letters, min_size=1, max_size=9), min_size=30, max_size=40)
gaps = st.text(st.sampled_from(" \n\t.,;!?-*_()…—"), min_size=1, max_size=3)


@given(texts, gaps, gaps)
def test_neither_spaces_nor_punctuation_nor_case_make_another_text(parts: list[str], one: str, other: str) -> None:
    assert fingerprint(one.join(parts)) == fingerprint(other + other.join(parts).upper()) is not None


@given(texts, texts)
def test_other_words_make_another_text(parts: list[str], others: list[str]) -> None:
    same = [part.casefold() for part in parts] == [other.casefold() for other in others]
    assert (fingerprint(" ".join(parts)) == fingerprint(" ".join(others))) == same


@pytest.mark.parametrize(
    ("written_at", "is_refused"),
    [(None, False), (0, True), (1_000, True), (1_000 - REPEATED_WITHIN_MS, False), (1_001 - REPEATED_WITHIN_MS, True)],
)
def test_the_same_again_is_refused_for_a_while(written_at: int | None, is_refused: bool) -> None:
    found = suspect_repeat(written_at, 1_000)
    assert (found is not None) == is_refused
    if found is not None:
        assert found.rule == "repeated"
        assert "10 minutes" in found.reason


# -- All of it --------------------------------------------------------------------------------------------------------


def test_a_field_that_people_do_not_see_is_left_empty_by_them() -> None:
    assert suspect("Hi", "Hi", Guards(), trap="") is None
    found = suspect("Hi", "Hi", Guards(), trap=" ")
    assert found is not None
    assert found.rule == "honeypot"


def test_an_ordinary_comment_is_let_pass_by_a_site_that_has_said_nothing() -> None:
    assert look("Is this right? See [the source](https://a.example/), p. 12, and ask ana@example.com.") is None


@given(st.text(st.characters()), st.text(st.characters()), st.lists(st.text(st.characters())))
def test_no_text_is_worse_than_refused(text: str, shown: str, blocked: list[str]) -> None:
    suspect(text, shown, Guards(blocked_words=tuple(blocked)))
    fingerprint(text)


SHORT, EIGHT_TIMES = 2_500, 20_000
HARD = {
    "brackets": "[", "links that never end": "[a](", "angle brackets": "<", "tags that never end": "<a ",
    "entities": "&lt", "addresses": "http://", "www": "www.", "dots": "a.", "ats": "a@", "one word": "a", "words": "a ",
    "blocked beginnings": "buy ", "almost stems": "casin", "stars": "*", "zero width": "\u200b", "marks": "\u0301",
    "marks out of order": "\u0301\u0323", "marks that are two": "\u0f73", "marks in half width": "\u0301\uff9e",
    "long ligatures": "\ufdfa", "spaces": " ", "line ends": "\n", "emoji": "😀", "surrogates": "\ud800",
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_eight_times_the_text_takes_eight_times_the_work_whatever_it_is(name: str) -> None:
    guards = Guards(0, ("buy buy buy now", "casino*", "a a a b*", "badword"))

    def took(length: int) -> float:
        text = (HARD[name] * length)[:length]
        began = time.process_time()
        suspect(text, text, Guards(length, guards.blocked_words))
        fingerprint(text)
        return time.process_time() - began

    # By the square it would be 64 times; what the machine does besides only ever makes it longer.
    assert any(took(EIGHT_TIMES) < 24 * min(took(SHORT) for _ in range(3)) for _ in range(5))
