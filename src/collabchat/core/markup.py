"""Comments as typed (a Markdown subset) to the safe HTML subset that readers get.

Kept: emphasis, strong, strikethrough, code, fences, lists, quotes, links, URLs with a scheme, line breaks. Headings,
images, tables and raw HTML stay the text they are. There are no `<p>`: paragraphs are parted by `<br><br>`. What
markdown-it makes is cleaned once more by nh3, so that a slip in the first is not a hole.
"""

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = {"a", "b", "blockquote", "br", "code", "em", "i", "li", "ol", "pre", "s", "strong", "u", "ul"}
_LINE_AT_TAG = re.compile(r"(?<=>)(?<!<code>)\n|\n(?=</)")
"""Line ends that markdown-it adds beside tags; text inside `<pre>` holds no `<` or `>`, so it is left alone."""

LINK_SCHEMES = {"http", "https", "mailto"}
DEEPEST_NESTING = 20
FENCES_MAX = 40
"""With more, they are the text they are: a fence that ends a quote makes all that follows be read once more."""


class _Renderer(RendererHTML):
    """HTML without paragraphs: a paragraph that follows something in its block is parted from it by an empty line."""

    def paragraph_open(self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
        return "<br><br>" if index > 0 and tokens[index - 1].type == "paragraph_close" else ""

    def paragraph_close(self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType) -> str:
        return ""

    def softbreak(self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType) -> str:
        return "<br>"

    def hardbreak(self, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType) -> str:
        return "<br>"


def _make() -> MarkdownIt:
    made = (
        MarkdownIt("zero", {"linkify": True, "maxNesting": DEEPEST_NESTING}, renderer_cls=_Renderer)
        .enable(["emphasis", "strikethrough", "backticks", "fence", "list", "blockquote"])
        .enable(["link", "linkify", "autolink", "newline", "escape", "entity"])
    )
    assert made.linkify is not None
    # `main.py` and `README.md` are files, and countries' domains: an address has its `https://`.
    made.linkify.set({"fuzzy_link": False})
    return made


_markdown = _make()
_without_fences = _make().disable("fence")


def render(text: str) -> str:
    """Return the HTML subset for a comment as typed; the same text always gives the same HTML."""
    fences = text.count("```") + text.count("~~~")
    html = (_markdown if fences <= FENCES_MAX else _without_fences).render(text)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}},
        url_schemes=LINK_SCHEMES,
        link_rel="nofollow noopener ugc",
    )
    return _LINE_AT_TAG.sub("", clean).strip()
