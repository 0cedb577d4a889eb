"""`/api/v1/comments`: the moderation queue, what there is to know of one comment, and what is made of many at once."""

from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Meta, Struct, field

from collabchat.api.asking import UrlId, require_broadcast_id
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.v1.bans import NamedBan, named_ban
from collabchat.api.v1.lists import Cursor, Limit, Search, check_search
from collabchat.api.v1.views import ChatSummary, QueuedComment, chat_summary, queued_comment
from collabchat.api.v1.writing import write_once
from collabchat.api.views import answer_privately
from collabchat.api.writing import answer_outcome
from collabchat.clock import now_ms
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.core.moderation import Action
from collabchat.errors import Refusal
from collabchat.storage import audiences, audit, bans, queue, rows, verdicts
from collabchat.storage.operations import hash_request
from collabchat.storage.queue import FIRST, Item, Name, Position, Wanted
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.sight import Sight
from collabchat.storage.transaction import Reader, Write


class Queue(Struct, rename="camel"):
    """Comments, newest first, and how many wait, are flagged, are spam, and are not deleted."""

    status: str
    comments: list[QueuedComment]
    counts: queue.Counts
    next_cursor: str | None


class Deed(Struct, rename="camel"):
    """What somebody did to a comment."""

    at: int
    actor_name: str
    act: str
    via: str
    details: dict[str, Any]


class OneComment(Struct, rename="camel"):
    """A comment with what is around it. `ban` is its author's, `viewerCount` how many view the page now."""

    status: str
    comment: QueuedComment
    conversation: ChatSummary | None
    thread: list[QueuedComment]
    history: list[Deed]
    ban: NamedBan | None
    viewer_count: int


class Verdict(Struct, rename="camel"):
    """Body: what to do with which comments."""

    ids: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=100)]
    action: Action
    broadcast_id: str


class Result(Struct, omit_defaults=True):
    """What became of one: the comment as it is now, or why nothing was done."""

    id: str
    ok: bool = field()
    comment: QueuedComment | None = None
    code: str | None = None
    reason: str | None = None


class Results(Struct):
    """What became of each, in the order of the ids."""

    status: str
    results: list[Result]


@get("/", summary="The moderation queue", responses=FAILURES)
async def list_queue(
    asker: Asker,
    parts: Parts,
    queue_name: Annotated[Name, QueryParameter(name="queue")] = "waiting",
    search: Search = "",
    url_id: UrlId = None,
    user_id: Annotated[str, QueryParameter(name="userId", description="of one author only")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Queue]:
    """List comments by what is to be done with them; `all` are all that are not deleted.

    A search looks through 20,000 comments at once: `nextCursor` goes on, also where nothing was found in these.
    """
    tenant, actor = asker.tenant, asker.actor
    wanted = Wanted(check_search(search), url_id or "", user_id)
    name = f"comments:{hash_request(queue_name, wanted)}"
    after = read_cursor(cursor, tenant.id, name, tuple[int, str]) or FIRST

    def query(reader: Reader) -> tuple[list[Item], Position | None, queue.Counts]:
        sight = Sight(reader, tenant, actor)
        counts = queue.count(reader, tenant, sight)
        found, last = queue.list_comments(reader, tenant, sight, queue_name, wanted, after, limit)
        return found, last, counts

    found, last, counts = await parts.database.read(query)
    comments = [queued_comment(item.comment, item.conversation) for item in found]
    next_cursor = None if last is None else make_cursor(tenant.id, name, last)
    return answer_privately(Queue("success", comments, counts, next_cursor))


@get("/{comment_id:str}", summary="One comment, for moderators", responses=FAILURES)
async def show(asker: Asker, parts: Parts, comment_id: str) -> Response[OneComment]:
    """Show a comment with its conversation and thread, what was done to it, and whether its author is banned."""
    tenant, now = asker.tenant, now_ms()

    def query(reader: Reader) -> OneComment:
        found = rows.find_comment(reader, tenant, comment_id)
        audiences.require_visible(reader, tenant, asker.actor, found.thread)
        chat = conversation_of_thread(reader, tenant, found.thread)
        around = queue.list_around(reader, tenant, found.thread)
        history = audit.list_of(reader, tenant.id, "comment", comment_id)
        ban = next((each for each in bans.list_of(reader, tenant, now) if each.user_id == found.author.id), None)
        return OneComment(
            "success",
            queued_comment(found, chat),
            None if chat is None else chat_summary(chat),
            [queued_comment(each, chat) for each in around],
            [Deed(deed.at, deed.actor_name, deed.act, deed.via, deed.details) for deed in history],
            None if ban is None else named_ban(reader, tenant, ban),
            0,
        )

    body = await parts.database.read(query)
    body.viewer_count = len(parts.viewers.people(tenant, body.comment.url_id))
    return answer_privately(body)


@post(
    "/moderate",
    status_code=200,
    summary="Approve, hold, delete … comments",
    before_request=strict_body(Verdict),
    responses=FAILURES,
)
async def moderate(asker: Asker, parts: Parts, data: Verdict) -> Response[Results]:
    """Do something with up to 100 comments, each for itself: who asks again by the same id gets the same answer."""
    broadcast_id = require_broadcast_id(data.broadcast_id)

    def change(write: Write) -> Results:
        return Results("success", [_judge(write, asker, id_, data.action) for id_ in dict.fromkeys(data.ids)])

    return answer_outcome(await write_once(asker, parts, broadcast_id, ("moderate-comments", data), change))


def _judge(write: Write, asker: Asker, comment_id: str, action: Action) -> Result:
    try:
        comment = verdicts.judge(write, asker.via, comment_id, action)
    except Refusal as refusal:
        # Refused before anything was written: the others go their own way.
        return Result(comment_id, ok=False, code=refusal.code, reason=refusal.reason)
    chat = conversation_of_thread(write.transaction, write.tenant, comment.thread)
    return Result(comment_id, ok=True, comment=queued_comment(comment, chat))


comment_admin_routes = Router(
    "/api/v1/comments",
    route_handlers=[list_queue, show, moderate],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Moderation"],
)
