"""What the HTTP answers hold: the wire shapes of docs/api.md, made from the values of `core.model`."""

from typing import Any, TypeVar

from litestar import Response
from msgspec import UNSET, Struct, UnsetType, field

from collabchat.core.events import iso_date
from collabchat.core.model import Actor, Anchor, Comment, Conversation, Groups, Person
from collabchat.storage.transaction import Told

Body = TypeVar("Body")


class User(Struct, rename="camel"):
    """The asker, as FastComments' UserSessionInfo."""

    id: str
    authorized: bool
    username: str
    display_name: str
    is_anon_session: bool
    is_admin: bool
    is_moderator: bool
    avatar_src: str | UnsetType = UNSET


class ConversationView(Struct, rename="camel"):
    """A conversation in a snapshot; `urlId` is its thread, times are epoch ms, `isUnread` is the asker's.

    A private one has the `room` that its events come in, and the `groups` it is private to. One that waits for a
    moderator (`isWaiting`) has a room of its author's own.
    """

    id: str = field(name="_id")
    url_id: str
    range: str
    selector: str | None
    page_title: str | None
    anchor: Anchor | None
    created_at: int
    created_by: Person
    comment_count: int
    last_comment_at: int
    is_resolved: bool
    resolved_by: str | None
    resolved_at: int | None
    room: str | UnsetType = UNSET
    groups: Groups | UnsetType = UNSET
    is_locked: bool | UnsetType = UNSET
    is_pinned: bool | UnsetType = UNSET
    is_waiting: bool | UnsetType = UNSET
    is_unread: bool | UnsetType = UNSET


class PublicComment(Struct, rename="camel"):
    """A comment as FastComments' PublicComment: `date` is ISO, guests have an `anonUserId`."""

    id: str = field(name="_id")
    commenter_name: str
    comment_html: str = field(name="commentHTML")
    date: str
    verified: bool
    approved: bool
    user_id: str | UnsetType = UNSET
    anon_user_id: str | UnsetType = UNSET
    avatar_src: str | UnsetType = UNSET
    parent_id: str | UnsetType = UNSET
    edited_at: int | UnsetType = UNSET


class Position(Struct, rename="camel"):
    """Where a write stands in a room."""

    url_id: str
    epoch: str
    seq: int


def user_view(actor: Actor) -> User:
    """The asker about themselves."""
    return User(
        actor.id, bool(actor.name), actor.name, actor.name, actor.is_guest, actor.is_admin,
        actor.is_moderator, actor.avatar_src or UNSET,
    )  # fmt: skip


def conversation_view(
    conversation: Conversation, is_unread: bool | UnsetType = UNSET, groups: Groups | None = None
) -> ConversationView:
    """A conversation; for one asker with `is_unread`, for all without."""
    it = conversation
    return ConversationView(
        it.id, it.thread, it.range, it.selector, it.page_title, it.anchor, it.created_at, it.created_by,
        it.comment_count, it.last_comment_at, it.is_resolved, it.resolved_by, it.resolved_at,
        it.room if it.is_private else UNSET, groups or UNSET, it.locked_at is not None or UNSET,
        it.pinned_at is not None or UNSET, it.is_waiting or UNSET, is_unread,
    )  # fmt: skip


def comment_view(comment: Comment) -> PublicComment:
    """A comment for anybody."""
    return PublicComment(
        comment.id, comment.author.name, comment.html, iso_date(comment.created_at), not comment.is_by_guest,
        comment.state == "shown",
        UNSET if comment.is_by_guest else comment.author.id,
        comment.author.id if comment.is_by_guest else UNSET,
        comment.author.avatar_src or UNSET, comment.parent_id or UNSET,
        UNSET if comment.edited_at is None else comment.edited_at,
    )  # fmt: skip


def written(page: Told, thread: Told | None, **more: Any) -> dict[str, Any]:
    """The answer to a write: what the page was told, where that stands, and what the write made."""
    answer: dict[str, Any] = {"status": "success", **more, "event": page.event, "epoch": page.epoch, "seq": page.seq}
    if thread is not None:
        answer["thread"] = Position(thread.url_id, thread.epoch, thread.seq)
    return answer


def answer_privately(body: Body) -> Response[Body]:
    """Answer with what only the asker may see, and only now: nothing between us may keep it."""
    return Response(body, headers={"Cache-Control": "private, no-store"})
