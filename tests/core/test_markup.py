import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.markup import LINK_SCHEMES, TAGS, render

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
