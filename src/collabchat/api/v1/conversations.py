"""`/api/v1/conversations`: all discussions of a tenant, and what moderators make of one."""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Struct

from collabchat.api.asking import UrlId, require_broadcast_id
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.v1.lists import Cursor, Limit, Search, check_search
from collabchat.api.v1.views import ChatSummary, chat_summary
from collabchat.api.v1.writing import write_once
from collabchat.api.views import answer_privately
from collabchat.api.writing import answer_outcome
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.core.model import Conversation
from collabchat.storage import queue, verdicts
from collabchat.storage.operations import hash_request
from collabchat.storage.queue import FIRST, ChatName, Position, Wanted
from collabchat.storage.sight import Sight
from collabchat.storage.transaction import Reader, Write
from collabchat.storage.verdicts import ChatAction


class Conversations(Struct, rename="camel"):
    """Discussions, newest first."""

    status: str
    conversations: list[ChatSummary]
    next_cursor: str | None


class ChatVerdict(Struct, rename="camel"):
    """Body: what to do with it."""

    action: ChatAction
    broadcast_id: str


class OneConversation(Struct):
    """A discussion as it is now."""

    status: str
    conversation: ChatSummary


@get("/", summary="Discussions of a tenant", responses=FAILURES)
async def list_conversations(
    asker: Asker,
    parts: Parts,
    url_id: UrlId = None,
    state_name: Annotated[
        ChatName, QueryParameter(name="state", description="all: those that are not deleted")
    ] = "all",
    search: Search = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Conversations]:
    """List discussions; a search goes on by `nextCursor`, also where nothing was found in one part."""
    tenant = asker.tenant
    wanted = Wanted(check_search(search), url_id or "")
    name = f"conversations:{hash_request(state_name, wanted)}"
    after = read_cursor(cursor, tenant.id, name, tuple[int, str]) or FIRST

    def query(reader: Reader) -> tuple[list[Conversation], Position | None]:
        sight = Sight(reader, tenant, asker.actor)
        return queue.list_conversations(reader, tenant, sight, state_name, wanted, after, limit)

    found, last = await parts.database.read(query)
    next_cursor = None if last is None else make_cursor(tenant.id, name, last)
    return answer_privately(Conversations("success", [chat_summary(chat) for chat in found], next_cursor))


@post(
    "/{chat_id:str}/moderate",
    status_code=200,
    summary="Lock, pin, resolve, delete … a discussion",
    before_request=strict_body(ChatVerdict),
    responses=FAILURES,
)
async def moderate(asker: Asker, parts: Parts, chat_id: str, data: ChatVerdict) -> Response[OneConversation]:
    """Do something with a discussion; if it is so already, nothing is told to anybody."""
    broadcast_id = require_broadcast_id(data.broadcast_id)

    def change(write: Write) -> OneConversation:
        ruled = verdicts.judge_conversation(write, asker.via, chat_id, data.action)
        return OneConversation("success", chat_summary(ruled.conversation))

    asked = ("moderate-conversation", chat_id, data)
    return answer_outcome(await write_once(asker, parts, broadcast_id, asked, change))


conversation_admin_routes = Router(
    "/api/v1/conversations",
    route_handlers=[list_conversations, moderate],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Moderation"],
)
