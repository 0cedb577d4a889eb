"""What happens in a room, as it goes over the wire: built here, encoded once, stored and sent as bytes.

    new-text-chat       a conversation begins, with its first comment       page room
    updated-text-chat   a comment in it comes, changes or goes; resolved, reopened, re-attached, renamed, locked, pinned
    deleted-text-chat   the conversation is gone                            page and thread room
    new-comment, updated-comment, deleted-comment                           the comment's own room
    updated-comment     something became of a comment (`QueuedComment`)     the moderators' room
    p-u                 who came, who went, how many are here               not stored, no `seq`

A field that equals the event's own (`createdAt` = `timestamp`, the author = `userId`) or the default is left out.
"""

from datetime import UTC, datetime
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from collabchat.core.model import Anchor, Comment, Conversation, Person

Maybe = UnsetType
T = TypeVar("T")


class Chat(Struct, rename="camel"):
    """The part of an event that says what is true of the conversation now."""

    id: str = field(name="_id")
    url_id: str | Maybe = UNSET
    range: str | Maybe = UNSET
    selector: str | Maybe = UNSET
    anchor: Anchor | Maybe = UNSET
    created_by: Person | Maybe = UNSET
    created_at: int | Maybe = UNSET
    comment_count: int | Maybe = UNSET
    last_comment_at: int | Maybe = UNSET
    is_resolved: bool | Maybe = UNSET
    resolved_by: str | Maybe | None = UNSET
    resolved_at: int | Maybe | None = UNSET
    page_title: str | Maybe = UNSET
    is_locked: bool | Maybe = UNSET
    is_pinned: bool | Maybe = UNSET
    is_waiting: bool | Maybe = UNSET


class ChatComment(Struct, rename="camel"):
    """A comment as the page room gets it. Absent: `userId` = the event's, `date` = its `timestamp`."""

    id: str = field(name="_id")
    comment_html: str = field(name="commentHTML")
    user_id: str | Maybe = UNSET
    commenter_name: str | Maybe = UNSET
    avatar_src: str | Maybe = UNSET
    date: str | Maybe = UNSET
    edited_at: int | Maybe = UNSET
    approved: bool | Maybe = UNSET
    """False for its author alone, while it waits for a moderator."""


class QueuedComment(Struct, rename="camel"):
    """A comment as the moderators' room gets it: word that something became of it, and none of its own."""

    id: str = field(name="_id")
    state: Literal["shown", "waiting", "spam", "deleted"]


class PubSubComment(Struct, rename="camel", omit_defaults=True):
    """A comment in full, as FastComments' clients expect it; a guest's id is `anonUserId`, another's `userId`."""

    id: str = field(name="_id")
    tenant_id: str
    url_id: str
    commenter_name: str
    comment_html: str = field(name="commentHTML")
    comment: str
    verified: bool = field()
    url: str
    approved: bool = field()
    date: str
    user_id: str | Maybe = UNSET
    anon_user_id: str | Maybe = UNSET
    avatar_src: str | Maybe = UNSET
    parent_id: str | Maybe = UNSET
    page_title: str | Maybe = UNSET
    edited_at: int | Maybe = UNSET


class Parts(Struct):
    """What an event tells; each type of event has its own of them."""

    chat: Chat | Maybe = UNSET
    comment: ChatComment | PubSubComment | QueuedComment | Maybe = UNSET
    deleted_comment_id: str | Maybe = UNSET


class Event(Struct, rename="camel"):
    """Something that happened in a room; `seq` and `timestamp` are given to it by the transaction that stores it."""

    type: str
    url_id: str
    seq: int
    timestamp: int
    broadcast_id: str
    user_id: str
    chat: Chat | Maybe = UNSET
    comment: ChatComment | PubSubComment | QueuedComment | Maybe = UNSET
    deleted_comment_id: str | Maybe = UNSET


class PresenceUpdate(Struct, rename="camel"):
    """Who came (`uj`), who went (`ul`), and how many people view the room now (`sc`)."""

    type: str
    url_id: str
    b_id: str
    sc: int
    timestamp: int
    uj: list[str] | Maybe = UNSET
    ul: list[str] | Maybe = UNSET


def encode(event: Struct) -> bytes:
    """Encode as JSON with every `%` as `\\u0025`: clients that percent-decode first read the same."""
    return msgspec.json.encode(event).replace(b"%", b"\\u0025")


def encode_text(text: str) -> bytes:
    """A string as it stands in encoded events, with its quotes."""
    return msgspec.json.encode(text).replace(b"%", b"\\u0025")


def iso_date(at: int) -> str:
    """Epoch ms as FastComments' `date`: `2026-11-22T20:55:37.123Z`."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unless_equal(value: T, default: T | None) -> T | Maybe:
    """The value, or nothing at all when the reader knows it anyway."""
    return UNSET if value == default else value


def new_chat(conversation: Conversation, timestamp: int) -> Chat:
    """A conversation as `new-text-chat` tells it."""
    return Chat(
        id=conversation.id,
        url_id=conversation.thread,
        range=conversation.range,
        selector=conversation.selector or UNSET,
        anchor=conversation.anchor or UNSET,
        created_by=conversation.created_by,
        created_at=unless_equal(conversation.created_at, timestamp),
        comment_count=unless_equal(conversation.comment_count, 1),
        last_comment_at=unless_equal(conversation.last_comment_at, timestamp),
        is_resolved=conversation.is_resolved or UNSET,
        resolved_by=UNSET if conversation.resolved_by is None else conversation.resolved_by,
        resolved_at=UNSET if conversation.resolved_at is None else conversation.resolved_at,
        is_locked=conversation.locked_at is not None or UNSET,
        is_pinned=conversation.pinned_at is not None or UNSET,
        is_waiting=conversation.is_waiting or UNSET,
    )


def page_comment(comment: Comment, told_by: Person, timestamp: int, *, is_first: bool = False) -> ChatComment:
    """A comment as the page room gets it; the first one's author stands in the chat's `createdBy` already."""
    is_known = is_first and comment.author == told_by
    return ChatComment(
        id=comment.id,
        comment_html=comment.html,
        user_id=unless_equal(comment.author.id, told_by.id),
        commenter_name=UNSET if is_known else comment.author.name,
        avatar_src=UNSET if is_known else comment.author.avatar_src or UNSET,
        date=UNSET if comment.created_at == timestamp else iso_date(comment.created_at),
        edited_at=UNSET if comment.edited_at is None else comment.edited_at,
        approved=UNSET if comment.state == "shown" else False,
    )


def thread_comment(comment: Comment) -> PubSubComment:
    """A comment as its own room gets it."""
    return PubSubComment(
        id=comment.id,
        tenant_id=comment.tenant_id,
        url_id=comment.thread,
        commenter_name=comment.author.name,
        comment_html=comment.html,
        comment=comment.text,
        verified=not comment.is_by_guest,
        url=comment.url,
        approved=comment.state == "shown",
        date=iso_date(comment.created_at),
        user_id=UNSET if comment.is_by_guest else comment.author.id,
        anon_user_id=comment.author.id if comment.is_by_guest else UNSET,
        avatar_src=comment.author.avatar_src or UNSET,
        parent_id=comment.parent_id or UNSET,
        page_title=comment.page_title or UNSET,
        edited_at=UNSET if comment.edited_at is None else comment.edited_at,
    )
