"""What moderators are shown of comments and conversations, whatever has become of them."""

from msgspec import Struct, field

from collabchat.core.model import Comment, CommentState, Conversation


class QueuedComment(Struct, rename="camel"):
    """A comment. `urlId` is its page, or its thread where it is in no conversation; `quote` what is discussed."""

    id: str
    url_id: str
    thread: str
    conversation_id: str | None
    user_id: str
    commenter_name: str
    avatar_src: str | None
    is_by_guest: bool
    comment: str
    comment_html: str = field(name="commentHTML")
    state: CommentState
    is_deleted: bool
    held_because: str | None
    flag_count: int
    is_reviewed: bool
    created_at: int
    edited_at: int | None
    quote: str | None
    page_title: str | None


class ChatSummary(Struct, rename="camel"):
    """A conversation. `isWaiting`: nothing in it is approved."""

    id: str
    url_id: str
    thread: str
    quote: str | None
    prefix: str | None
    suffix: str | None
    page_title: str | None
    created_by: str
    created_at: int
    comment_count: int
    last_comment_at: int
    is_resolved: bool
    is_locked: bool
    is_pinned: bool
    is_deleted: bool
    is_waiting: bool


def queued_comment(it: Comment, chat: Conversation | None) -> QueuedComment:
    """A comment for moderators."""
    anchor = None if chat is None else chat.anchor
    return QueuedComment(
        it.id, it.thread if chat is None else chat.page, it.thread, None if chat is None else chat.id, it.author.id,
        it.author.name, it.author.avatar_src, bool(it.is_by_guest), it.text, it.html, it.state,
        it.deleted_at is not None, it.held_because, it.flag_count, it.reviewed_at is not None, it.created_at,
        it.edited_at, None if anchor is None else anchor.quote,
        it.page_title if chat is None or chat.page_title is None else chat.page_title,
    )  # fmt: skip


def chat_summary(it: Conversation) -> ChatSummary:
    """A conversation for moderators."""
    anchor = it.anchor
    return ChatSummary(
        it.id, it.page, it.thread, None if anchor is None else anchor.quote, None if anchor is None else anchor.prefix,
        None if anchor is None else anchor.suffix, it.page_title, it.created_by.name, it.created_at, it.comment_count,
        it.last_comment_at, it.is_resolved, it.locked_at is not None, it.pinned_at is not None,
        it.deleted_at is not None, it.is_waiting,
    )  # fmt: skip
