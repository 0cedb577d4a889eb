import re
import sys
from html.parser import HTMLParser
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collabchat.core.markup import LINK_SCHEMES, TAGS, render
from tests import xss_corpus

ADDRESS = "https://x.example/?a=1&amp;b=2"
LINK = 'rel="nofollow noopener ugc"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("a *b* **c** ~~d~~ `e`", "a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code>"),
        ("one\ntwo\n\nthree", "one<br>two<br><br>three"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> said\n\nanswered", "<blockquote>said</blockquote>answered"),
        ("```\nif a < b:\n\n    pass\n```", "<pre><code>if a &lt; b:\n\n    pass</code></pre>"),
        ("at https://x.example/?a=1&b=2", f'at <a href="{ADDRESS}" {LINK}>{ADDRESS}</a>'),
        ("[here](https://x.example 'title')", f'<a href="https://x.example" {LINK}>here</a>'),
        ("[no](javascript:alert(1))", "[no](javascript:alert(1))"),
        ("# not a heading", "# not a heading"),
        ("<b>no</b><script>alert(1)</script>", "&lt;b&gt;no&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("Доброго *ранку* 👋🏽", "Доброго <em>ранку</em> 👋🏽"),
    ],
)  # fmt: skip
def test_the_subset_is_rendered(text: str, html: str) -> None:
    assert render(text) == html


@given(st.text(alphabet=st.sampled_from("ab *_~`[]()<>!#\n-1.&\"'/:=\\"), max_size=120) | st.text(max_size=80))
def test_whatever_is_typed_only_the_subset_comes_out(text: str) -> None:
    html = render(text)
    for tag, attributes in re.findall(r"</?([a-zA-Z0-9]+)([^>]*)>", html):
        assert tag in TAGS
        assert attributes == "" or re.fullmatch(r' href="[^"]*" rel="nofollow noopener ugc"', attributes)
    for address in re.findall(r'href="([^"]*)"', html):
        scheme, colon, _ = address.partition(":")
        assert not colon or scheme.lower() in LINK_SCHEMES or "/" in scheme or "?" in scheme or "#" in scheme


def test_deep_nesting_ends() -> None:
    assert render(">" * 2_000).count("<blockquote>") <= 20
    assert render("- " * 1_000)
    assert render("[" * 1_000 + "]" * 1_000)


@pytest.mark.parametrize("text", ["main.py", "see README.md", "example.com", "www.example.com", "a.rs:12"])
def test_what_may_be_a_file_is_no_link(text: str) -> None:
    assert render(text) == text


class Page(HTMLParser):
    """What a browser would make of some HTML: its elements with their attributes, its text, and nothing else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def scheme_of(address: str) -> str | None:
    """The scheme by which a browser would follow a link; None: that of the page."""
    bare = re.sub(r"[\t\n\r]", "", address.strip("".join(map(chr, range(33)))))
    found = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*(?=:)", bare)
    return None if found is None else found[0].lower()


def check(html: str) -> Page:
    """Nothing but the subset is in it, and cleaning it again would change nothing."""
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag in TAGS
        assert attributes.keys() <= ({"href", "rel"} if tag == "a" else set())
        if "href" in attributes:
            assert attributes["rel"] == "nofollow noopener ugc"
            assert scheme_of(attributes["href"] or "") in {None, *LINK_SCHEMES}
    return page


@pytest.mark.parametrize("text", xss_corpus.texts())
def test_no_attack_comes_through(text: str) -> None:
    page = check(render(text))
    assert not {"script", "style", "img", "svg", "math"} & {tag for tag, _ in page.elements}


MARKS = [
    "**",
    "*",
    "_",
    "~~",
    "`",
    "```\n",
    "> ",
    "- ",
    "1. ",
    "[",
    "](",
    ")",
    "<",
    ">",
    "![",
    "\n",
    "\n\n",
    "    ",
    "\\",
]
ADDRESSES = [
    "https://a.example/",
    "javascript:",
    "data:text/html,",
    "//a.example",
    "mailto:a@a.example",
    "www.a.example",
]
ENTITIES = ["&lt;", "&#x3c;", "&#0;", "&Tab;", "&colon;", "&NewLine;", "&amp;lt;", "&"]
SCRAPS = st.sampled_from(MARKS + ADDRESSES + ENTITIES) | st.sampled_from(xss_corpus.texts()) | st.text(max_size=6)


@settings(max_examples=400, deadline=None)
@given(st.lists(SCRAPS, max_size=24).map("".join))
def test_whatever_is_pieced_together_is_safe_and_not_much_longer(text: str) -> None:
    html = render(text)
    check(html)
    # The most is what nested lists cost: some 17 characters for 2.
    assert len(html) <= 50 * len(text)
    assert render(text) == html


def count_lines(text: str) -> int:
    """How many lines of Python run to render a text: the same on every machine, unlike a time."""
    lines = 0

    def trace(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal lines
        lines += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        render(text)
    finally:
        sys.settrace(before)
    return lines


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*MARKS, "a", " ", "https://a.example "]), min_size=1, max_size=4).map("".join))
def test_four_times_as_much_of_the_same_is_at_most_sixteen_times_the_work(unit: str) -> None:
    # Nearly all is linear; fences that end quotes are not, so that only so many are fences. Where a short text is one
    # fence, and so costs next to nothing, a long one has too many, and costs what other texts do.
    render(unit)  # compiles what is compiled once
    little, much = (count_lines(unit * (size // len(unit))) for size in (200, 800))
    assert much <= 16 * max(little, 10_000)


def test_many_fences_are_no_fences_and_cost_no_more_than_other_text() -> None:
    hard = "> ```\n**```\n"
    assert "<pre>" in render(hard)
    assert "<pre>" not in render(hard * 100)
    assert count_lines(hard * 400) <= 6 * count_lines(hard * 100)
