"""What a request says that begins a conversation: its body, and what of that is usable."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from collabchat.api.asking import check_comment, check_text
from collabchat.core.markup import render
from collabchat.core.model import RANGE_PATTERN, Anchor, Groups, Tenant
from collabchat.errors import InvalidInput, InvalidRange
from collabchat.storage.comments import Words
from collabchat.storage.places import Place

THREAD_MAX = 990
"""A thread's name must leave room for `~2`, `~3` …"""

RANGE_MAX = 900
QUOTE_MAX = 512
CONTEXT_MAX = 64
GROUPS_MAX = 100

Text = str | None


class FirstComment(Struct, rename="camel"):
    """The comment that begins a conversation, as FastComments' CommentData."""

    comment: str
    commenter_name: Text = None
    url: Text = None
    page_title: Text = None
    website: Text = None


class NewConversation(Struct, rename="camel"):
    """Body of create: where, and either the first `comment` or `createdFromCommentId` (the classic way).

    With `groups` it is private: only people in one of them see it.
    """

    url_id: Text = None
    url_id_with_range: Text = None
    page_title: Text = None
    selector: Text = None
    range: Text = None
    created_from_comment_id: Text = None
    broadcast_id: Text = None
    anchor: Anchor | None = None
    comment: FirstComment | None = None
    groups: list[Annotated[str, Meta(min_length=1, max_length=50)]] | None = None


def read_place(data: NewConversation, page: str) -> Place:
    """Where a new conversation shall be; raises InvalidInput or InvalidRange."""
    if data.range is None or len(data.range) > RANGE_MAX or RANGE_PATTERN.fullmatch(data.range) is None:
        raise InvalidRange
    check_text("range", data.range, RANGE_MAX)
    if not data.url_id_with_range:
        raise InvalidInput("urlIdWithRange", "is missing: <urlId>:<selector>:<range>.")
    thread = check_text("urlIdWithRange", data.url_id_with_range, THREAD_MAX)
    if thread == page:
        raise InvalidInput("urlIdWithRange", "must differ from urlId: <urlId>:<selector>:<range>.")
    if data.anchor is not None:
        check_anchor(data.anchor)
    selector = None if data.selector is None else check_text("selector", data.selector, 1_000)
    title = None if data.page_title is None else check_text("pageTitle", data.page_title, 1_000)
    return Place(page, thread, data.range, selector, title, data.anchor, _read_groups(data))


def _read_groups(data: NewConversation) -> Groups | None:
    if data.groups is None:
        return None
    if not 0 < len(data.groups) <= GROUPS_MAX:
        raise InvalidInput("groups", f"name 1 to {GROUPS_MAX} groups, or leave it out for all who see the page.")
    return tuple(sorted({check_text("groups", group, 50) for group in data.groups}))


def check_anchor(anchor: Anchor) -> None:
    """Refuse an anchor that cannot be one, by InvalidInput; its lengths are in UTF-16 units, as browsers count."""
    for name, most in (
        ("quote", QUOTE_MAX),
        ("quote_end", QUOTE_MAX),
        ("prefix", CONTEXT_MAX),
        ("suffix", CONTEXT_MAX),
    ):
        text = getattr(anchor, name)
        if text is not UNSET:
            field = f"anchor.{'quoteEnd' if name == 'quote_end' else name}"
            check_text(field, text, most)
            if len(text.encode("utf-16-le")) > 2 * most:
                raise InvalidInput(field, f"at most {most} UTF-16 units.")
    if anchor.end <= anchor.start:
        raise InvalidInput("anchor.end", "must be greater than anchor.start.")


def quoted(title: str | UnsetType | None, anchor: Anchor | UnsetType | None) -> list[str]:
    """What others will read of a page's title and words."""
    return [text for text in (title, *((anchor.quote, anchor.quote_end) if anchor else ())) if text]


def read_words(data: NewConversation, tenant: Tenant) -> Words | None:
    """What its first comment says, if it comes along; raises InvalidInput, EmptyComment or CommentTooBig."""
    if (data.comment is None) == (data.created_from_comment_id is None):
        raise InvalidInput("comment", "give either comment or createdFromCommentId.")
    if data.comment is None:
        return None
    text = check_comment(data.comment.comment, tenant)
    url = check_text("comment.url", data.comment.url or "", 2_000)
    title = data.comment.page_title or data.page_title
    return Words(text, render(text), url, None if title is None else check_text("comment.pageTitle", title, 1_000))
