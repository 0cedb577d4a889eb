"""`/comment-collab-chats`: the page's snapshot, and creating, changing and deleting conversations."""

from collections.abc import Sequence, Set
from typing import Annotated, Any, cast

from litestar import Response, Router, delete, get, patch, post
from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType, field

from collabchat.api.asking import UrlId, check_comment, check_text, require_broadcast_id, require_url_id, split_ids
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.snapshots import RoomSnapshot
from collabchat.api.snapshots import render as render_all
from collabchat.api.views import (
    ConversationView,
    Position,
    User,
    answer_privately,
    conversation_view,
    user_view,
    written,
)
from collabchat.api.writing import Writer
from collabchat.clock import now_ms
from collabchat.core.markup import render
from collabchat.core.model import RANGE_PATTERN, Actor, Anchor, Circle, Groups, Tenant
from collabchat.errors import InvalidInput, InvalidRange, NotFound
from collabchat.storage import conversations, operations, people, reading
from collabchat.storage.comments import Words
from collabchat.storage.conversations import Changes, Place
from collabchat.storage.transaction import Reader, Write

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


class ConversationChange(Struct, rename="camel"):
    """Body of change: the id of this write, and what to change."""

    broadcast_id: Text = None
    is_resolved: bool | UnsetType = UNSET
    anchor: Anchor | UnsetType = UNSET
    page_title: Annotated[str, Meta(max_length=1_000)] | UnsetType = UNSET


class ConversationDeletion(Struct, rename="camel"):
    """Body of delete: the id of this write."""

    broadcast_id: Text = None


class Snapshot(Struct, rename="camel"):
    """A page as it is now: where the log stands, and the ids that let a socket in.

    `rooms` are the page's and those of private conversations that the asker may see there, if there are any.
    """

    status: str
    user: User | None
    conversations: list[ConversationView]
    url_id_clean: str
    is_site_admin: bool
    tenant_id_ws: str = field(name="tenantIdWS")
    url_id_ws: str = field(name="urlIdWS")
    user_id_ws: str = field(name="userIdWS")
    epoch: str
    seq: int
    viewer_count: int
    rooms: list[Position] | UnsetType = UNSET
    settled: list[dict[str, Any]] | UnsetType = UNSET


class Mine(Struct):
    """What a snapshot holds for one person: read up to when, by thread, or else since; and settled writes' events."""

    read: dict[str, int] = {}
    since: int = 0
    settled: list[Any] = []


@get("/", summary="A page's conversations", responses=FAILURES)
async def snapshot(
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    url_id: UrlId = None,
    pending: Annotated[
        str | None, QueryParameter(name="pending", description="broadcastIds of writes whose answer is outstanding")
    ] = None,
) -> Response[Snapshot]:
    """Everything that a reader who opens the page needs, at one position of its log."""
    page = require_url_id(url_id)
    await parts.access.authorise(tenant, actor, page)
    circles = await parts.access.circles(tenant, actor, page)
    mine = Mine()
    if actor is not None:
        ids = split_ids(pending, "pending")
        # Before the snapshot is taken: what is said to be settled must be in it.
        rooms = {page, *(circle.room for circle in circles)}
        mine = await parts.database.read(lambda reader: _read_mine(reader, tenant, actor, page, rooms, ids))
    shared = await parts.snapshots.take(tenant, page)
    private = [await parts.snapshots.take(tenant, page, circle) for circle in circles]
    array = render_all(
        (shared, *private),
        lambda entry: actor is not None and entry.last_comment_at > mine.read.get(entry.thread, mine.since),
    )
    # Rights may have changed while all this was read.
    await parts.access.authorise(tenant, actor, page)
    if not {circle.room for circle in circles} <= {
        circle.room for circle in await parts.access.circles(tenant, actor, page)
    }:
        raise NotFound
    body = Snapshot(
        "success",
        None if actor is None else user_view(actor),
        # Bytes that are such a list.
        cast("list[ConversationView]", array),
        page,
        actor is not None and actor.is_admin,
        tenant.id,
        parts.directory.tokens.room(tenant.id, page),
        parts.directory.live_token(tenant, actor, now_ms()),
        shared.room.epoch,
        shared.room.head,
        len(parts.viewers.people(tenant, page)),
        _positions(page, shared, circles, private) if circles else UNSET,
        mine.settled if pending else UNSET,
    )
    return answer_privately(body)


@post(
    "/",
    status_code=200,
    summary="Begin a conversation",
    before_request=strict_body(NewConversation),
    responses=FAILURES,
)
async def create(
    tenant: Tenant, writer: Writer, data: NewConversation, url_id: UrlId = None
) -> Response[dict[str, Any]]:
    """Begin a conversation: with its first comment at once, or from a comment that was posted before."""
    broadcast_id = require_broadcast_id(data.broadcast_id)
    page = require_url_id(data.url_id, url_id)
    place = _read_place(data, page)
    words = _read_words(data, tenant)
    if words is not None and data.comment is not None:
        writer.check_words(words.text, words.html, data.comment.website)

    def change(write: Write) -> dict[str, Any]:
        if words is not None:
            created = conversations.create(write, place, words)
        else:
            assert data.created_from_comment_id is not None
            created = conversations.create_from_comment(write, place, data.created_from_comment_id)
        conversation = conversation_view(created.conversation, is_unread=False)
        return written(created.page, created.thread, createdChatId=created.conversation.id, conversation=conversation)

    text = "" if words is None else words.text
    return await writer.once(broadcast_id, ("create-conversation", data), change, words=text)


@patch(
    "/{chat_id:str}",
    summary="Resolve, reopen, re-attach or rename a conversation",
    before_request=strict_body(ConversationChange),
    responses=FAILURES,
)
async def change(writer: Writer, chat_id: str, data: ConversationChange) -> Response[dict[str, Any]]:
    """Change what is given, leave the rest."""
    broadcast_id = require_broadcast_id(data.broadcast_id)
    changes = Changes(data.is_resolved, data.anchor, data.page_title)
    if changes == Changes():
        raise InvalidInput("body", "give isResolved, anchor or pageTitle.")
    if data.anchor is not UNSET:
        _check_anchor(data.anchor)
    if data.page_title is not UNSET:
        check_text("pageTitle", data.page_title, 1_000)

    def do(write: Write) -> dict[str, Any]:
        changed = conversations.change(write, chat_id, changes)
        return written(changed.page, None, conversation=conversation_view(changed.conversation, is_unread=False))

    return await writer.once(broadcast_id, ("change-conversation", chat_id, data), do)


@delete(
    "/{chat_id:str}",
    status_code=200,
    summary="Delete a conversation",
    before_request=strict_body(ConversationDeletion),
    responses=FAILURES,
)
async def remove(writer: Writer, chat_id: str, data: ConversationDeletion) -> Response[dict[str, Any]]:
    """Delete a conversation with all its comments; its creator, a moderator or an admin may."""
    broadcast_id = require_broadcast_id(data.broadcast_id)

    def do(write: Write) -> dict[str, Any]:
        return written(conversations.remove(write, chat_id), None)

    return await writer.once(broadcast_id, ("delete-conversation", chat_id), do)


def _positions(
    page: str, shared: RoomSnapshot, circles: Sequence[Circle], private: Sequence[RoomSnapshot]
) -> list[Position]:
    """Where to watch from, in each room."""
    named = [(page, shared), *zip((circle.room for circle in circles), private, strict=True)]
    return [Position(name, snapshot.room.epoch, snapshot.room.head) for name, snapshot in named]


def _read_mine(
    reader: Reader, tenant: Tenant, actor: Actor, page: str, rooms: Set[str], pending: Sequence[str]
) -> Mine:
    return Mine(
        reading.of_page(reader, tenant, actor.id, page),
        people.known_since(reader, actor) or now_ms(),
        operations.settled(reader, actor, rooms, pending),
    )


def _read_place(data: NewConversation, page: str) -> Place:
    if data.range is None or len(data.range) > RANGE_MAX or RANGE_PATTERN.fullmatch(data.range) is None:
        raise InvalidRange
    check_text("range", data.range, RANGE_MAX)
    if not data.url_id_with_range:
        raise InvalidInput("urlIdWithRange", "is missing: <urlId>:<selector>:<range>.")
    thread = check_text("urlIdWithRange", data.url_id_with_range, THREAD_MAX)
    if thread == page:
        raise InvalidInput("urlIdWithRange", "must differ from urlId: <urlId>:<selector>:<range>.")
    if data.anchor is not None:
        _check_anchor(data.anchor)
    selector = None if data.selector is None else check_text("selector", data.selector, 1_000)
    title = None if data.page_title is None else check_text("pageTitle", data.page_title, 1_000)
    return Place(page, thread, data.range, selector, title, data.anchor, _read_groups(data))


def _read_groups(data: NewConversation) -> Groups | None:
    if data.groups is None:
        return None
    if not 0 < len(data.groups) <= GROUPS_MAX:
        raise InvalidInput("groups", f"name 1 to {GROUPS_MAX} groups, or leave it out for all who see the page.")
    return tuple(sorted({check_text("groups", group, 50) for group in data.groups}))


def _check_anchor(anchor: Anchor) -> None:
    """Refuse an anchor that cannot be one; its lengths are in UTF-16 units, as browsers count."""
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


def _read_words(data: NewConversation, tenant: Tenant) -> Words | None:
    if (data.comment is None) == (data.created_from_comment_id is None):
        raise InvalidInput("comment", "give either comment or createdFromCommentId.")
    if data.comment is None:
        return None
    text = check_comment(data.comment.comment, tenant)
    url = check_text("comment.url", data.comment.url or "", 2_000)
    title = data.comment.page_title or data.page_title
    return Words(text, render(text), url, None if title is None else check_text("comment.pageTitle", title, 1_000))


conversation_routes = Router(
    "/comment-collab-chats/{tenant_id:str}", route_handlers=[snapshot, create, change, remove], tags=["Conversations"]
)
