"""`/comments`: the comments of a thread or page, shaped as FastComments' clients expect."""

from typing import Annotated, Any, Literal

from litestar import Response, Router, delete, get, post
from litestar.params import QueryParameter
from msgspec import Struct, field

from collabchat.api.asking import (
    AnyRequest,
    BroadcastId,
    UrlId,
    check_comment,
    check_text,
    require_broadcast_id,
    require_url_id,
    use_of,
)
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.flags import flag
from collabchat.api.parts import Parts
from collabchat.api.views import PublicComment, User, answer_privately, comment_view, user_view, written
from collabchat.api.writing import Writer
from collabchat.clock import now_ms
from collabchat.core.catchup import Standing
from collabchat.core.markup import render
from collabchat.core.model import Actor, Comment, Tenant
from collabchat.storage import audiences, comments, reading, showing
from collabchat.storage.comments import Words
from collabchat.storage.transaction import Reader, Write

PAGE_SIZE = 30
PAGE_SIZE_MAX = 200

Text = str | None


class NewComment(Struct, rename="camel"):
    """Body of create, FastComments' CommentData as far as it is used here; other fields are let pass."""

    comment: str
    commenter_name: Text = None
    url: Text = None
    url_id: Text = None
    page_title: Text = None
    parent_id: Text = None
    broadcast_id: Text = None
    website: Text = None


class CommentEdit(Struct, rename="camel"):
    """Body of update-text."""

    comment: str
    broadcast_id: Text = None


class CommentList(Struct, rename="camel"):
    """FastComments' answer to getCommentsPublic, and where the thread's log stands."""

    status: str
    comments: list[PublicComment]
    user: User | None
    page_number: int
    comment_count: int
    has_more: bool
    url_id_clean: str
    is_site_admin: bool
    tenant_id_ws: str = field(name="tenantIdWS")
    url_id_ws: str = field(name="urlIdWS")
    user_id_ws: str = field(name="userIdWS")
    epoch: str
    seq: int


class CommentText(Struct, rename="camel"):
    """A comment as typed, and as shown."""

    status: str
    comment_text: str
    sanitized_comment_text: str


@get("/", summary="The comments of a thread", responses=FAILURES)
async def list_comments(
    request: AnyRequest,
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    url_id: UrlId = None,
    direction: Annotated[Literal["MR", "NF", "OF"], QueryParameter(description="OF: oldest first")] = "MR",
    page: Annotated[int, QueryParameter(ge=-1, le=1_000_000, description="from 0; -1 = all")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE,
    skip: Annotated[int, QueryParameter(ge=0, le=1_000_000_000)] = 0,
) -> Response[CommentList]:
    """List comments; who asks by name has read the thread then."""
    thread = require_url_id(url_id)
    offset = skip or max(page, 0) * limit

    reader_id = "" if actor is None else actor.id

    def query(reader: Reader) -> tuple[list[Comment], int, int, int, Standing, int]:
        audiences.require_visible(reader, tenant, actor, thread)
        most = -1 if page == -1 else limit
        found = comments.list_thread(
            reader, tenant, thread, newest_first=direction != "OF", limit=most, offset=offset, reader_id=reader_id
        )
        read_at = 2**62 if actor is None else reading.of_thread(reader, tenant, actor.id, thread)
        waiting, _ = (0, 0) if actor is None else showing.count_waiting(reader, tenant, thread, actor.id)
        return found, *showing.count(reader, tenant, thread), waiting, reader.room(tenant, thread), read_at

    found, count, last_at, waiting, room, read_at = await parts.database.read(query)
    use_of(request, parts, tenant, thread).comment_fetch_count += 1
    if actor is not None and read_at < last_at:
        await parts.database.write(lambda transaction: reading.mark(transaction, tenant, actor.id, thread, last_at))
    body = CommentList(
        "success",
        [comment_view(each) for each in found],
        None if actor is None else user_view(actor),
        max(page, 0),
        count,
        page != -1 and offset + len(found) < count + waiting,
        thread,
        actor is not None and actor.is_admin,
        tenant.id,
        parts.directory.tokens.room(tenant.id, thread),
        parts.directory.live_token(tenant, actor, now_ms()),
        room.epoch,
        room.head,
    )
    return answer_privately(body)


@post("/", status_code=200, summary="Add a comment", before_request=strict_body(NewComment), responses=FAILURES)
async def add(
    tenant: Tenant,
    writer: Writer,
    data: NewComment,
    url_id: UrlId = None,
    broadcast: BroadcastId = None,
) -> Response[dict[str, Any]]:
    """Add a comment to a thread, or to a page itself."""
    broadcast_id = require_broadcast_id(broadcast, data.broadcast_id)
    thread = require_url_id(url_id, data.url_id)
    text = check_comment(data.comment, tenant)
    title = None if data.page_title is None else check_text("pageTitle", data.page_title, 1_000)
    html = render(text)
    writer.check_words(text, html, data.website)
    words = Words(text, html, check_text("url", data.url or "", 2_000), title, data.parent_id or None)

    def change(write: Write) -> dict[str, Any]:
        done = comments.add(write, thread, words)
        writer.note(is_held=done.comment.is_waiting)
        return written(done.page, done.thread, comment=comment_view(done.comment), user=user_view(write.actor))

    return await writer.once(broadcast_id, ("add-comment", thread, data), change, words=text)


@get("/{comment_id:str}/text", summary="A comment as typed", responses=FAILURES)
async def show_text(tenant: Tenant, actor: Actor | None, parts: Parts, comment_id: str) -> Response[CommentText]:
    """Return the Markdown of a comment, for its editor."""
    comment = await parts.database.read(lambda reader: comments.find_visible(reader, tenant, actor, comment_id))
    return answer_privately(CommentText("success", comment.text, comment.html))


@post(
    "/{comment_id:str}/update-text",
    status_code=200,
    summary="Edit a comment",
    before_request=strict_body(CommentEdit),
    responses=FAILURES,
)
async def edit(
    tenant: Tenant,
    writer: Writer,
    comment_id: str,
    data: CommentEdit,
    broadcast: BroadcastId = None,
) -> Response[dict[str, Any]]:
    """Replace a comment's words; its author, a moderator or an admin may."""
    broadcast_id = require_broadcast_id(broadcast, data.broadcast_id)
    text = check_comment(data.comment, tenant)
    html = render(text)
    writer.check_words(text, html, None)

    def change(write: Write) -> dict[str, Any]:
        done = comments.edit(write, comment_id, text, html)
        writer.note(is_held=done.comment.is_waiting)
        return written(done.page, done.thread, comment=comment_view(done.comment))

    return await writer.once(broadcast_id, ("edit-comment", comment_id, text), change)


@delete("/{comment_id:str}", status_code=200, summary="Delete a comment", responses=FAILURES)
async def remove(writer: Writer, comment_id: str, broadcast: BroadcastId = None) -> Response[dict[str, Any]]:
    """Delete a comment, and with the last one its conversation; its author, a moderator or an admin may."""
    broadcast_id = require_broadcast_id(broadcast)

    def change(write: Write) -> dict[str, Any]:
        done = comments.remove(write, comment_id)
        return written(done.page, done.thread, hardRemoved=True)

    return await writer.once(broadcast_id, ("delete-comment", comment_id), change)


comment_routes = Router(
    "/comments/{tenant_id:str}", route_handlers=[list_comments, add, show_text, edit, remove, flag], tags=["Comments"]
)
