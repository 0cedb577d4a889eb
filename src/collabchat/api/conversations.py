"""`/comment-collab-chats`: the page's snapshot, and creating, changing and deleting conversations."""

from collections.abc import Sequence, Set
from typing import Annotated, Any, cast

from litestar import Response, Router, delete, get, patch, post
from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType, field
from msgspec.structs import replace

from collabchat.api.asking import AnyRequest, UrlId, check_text, require_broadcast_id, require_url_id, split_ids, use_of
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.new_conversation import NewConversation, check_anchor, quoted, read_place, read_words
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
from collabchat.core.model import Actor, Anchor, Circle, Tenant
from collabchat.errors import InvalidInput, NotFound
from collabchat.storage import conversations, operations, people, reading
from collabchat.storage.conversations import Changes
from collabchat.storage.transaction import Reader, Write

Text = str | None


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
    request: AnyRequest,
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
    circles = await parts.access.open(tenant, actor, page)
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
    if not set(circles) <= set(await parts.access.open(tenant, actor, page)):
        raise NotFound
    use_of(request, parts, tenant, page).page_load_count += 1
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
    place = read_place(data, page)
    place = replace(place, page_title=writer.known_title(place.page_title))
    words = read_words(data, tenant)
    writer.check_quoted(quoted(None, place.anchor), may_wait=True)
    if words is not None and data.comment is not None:
        writer.check_words(words.text, words.html, data.comment.website)

    def change(write: Write) -> dict[str, Any]:
        if words is not None:
            created = conversations.create(write, place, words)
        else:
            assert data.created_from_comment_id is not None
            created = conversations.create_from_comment(write, place, data.created_from_comment_id)
        writer.note(is_held=created.conversation.is_waiting)
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
        check_anchor(data.anchor)
    if data.page_title is not UNSET:
        check_text("pageTitle", data.page_title, 1_000)

    def look() -> None:
        writer.check_quoted(quoted(data.page_title, data.anchor), may_wait=False)

    def do(write: Write) -> dict[str, Any]:
        changed = conversations.change(write, chat_id, changes, look)
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


conversation_routes = Router(
    "/comment-collab-chats/{tenant_id:str}", route_handlers=[snapshot, create, change, remove], tags=["Conversations"]
)
