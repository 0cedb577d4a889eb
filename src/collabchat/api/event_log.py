"""`/event-log`: what happened in a room, for those who were away, by position or, as FastComments does, by time."""

from typing import Annotated, Literal

from litestar import Response, Router, get
from litestar.params import QueryParameter
from msgspec import UNSET, Struct, UnsetType, field

from collabchat.api.asking import AnyRequest, UrlId, require_url_id, use_of
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.catchup import Position, Reason, why_not
from collabchat.core.events import iso_date
from collabchat.core.model import Actor, Tenant
from collabchat.errors import Forbidden, InvalidInput
from collabchat.identity.directory import NOT_VALID
from collabchat.storage import log
from collabchat.storage.log import Page

AS_GOOD_AS_NOW_MS = 10_000
"""Clients ask with their own clock: an `endTime` later than this before now bounds nothing."""

NUMBER_MAX = 2**53


class LoggedEvent(Struct, rename="camel"):
    """One event; `data` is its frame as JSON text."""

    id: str = field(name="_id")
    created_at: str
    tenant_id: str
    url_id: str
    broadcast_id: str
    data: str


class EventLog(Struct, rename="camel"):
    """Part of a room's log, oldest first, and where the room stands; `reset` means: take a fresh snapshot."""

    status: str
    events: list[LoggedEvent]
    epoch: str
    seq: int
    result: Literal["resumed", "reset"]
    has_more: bool
    reason: Reason | UnsetType = UNSET


@get("/", summary="What happened in a room", responses=FAILURES)
async def read_log(
    request: AnyRequest,
    tenant: Tenant,
    parts: Parts,
    url_id: UrlId = None,
    live_token: Annotated[str, QueryParameter(name="userIdWS")] = "",
    start_time: Annotated[
        int | None, QueryParameter(name="startTime", ge=0, le=NUMBER_MAX, description="exclusive, epoch ms")
    ] = None,
    end_time: Annotated[
        int | None, QueryParameter(name="endTime", ge=0, le=NUMBER_MAX, description="inclusive, epoch ms")
    ] = None,
    after_seq: Annotated[
        int | None, QueryParameter(name="afterSeq", ge=0, le=NUMBER_MAX, description="exclusive; with `epoch`")
    ] = None,
    epoch: Annotated[str | None, QueryParameter(name="epoch")] = None,
) -> Response[EventLog]:
    """Return the events after a position, or after a time."""
    room_name = require_url_id(url_id)
    now = now_ms()
    await _find_watcher(parts, tenant, live_token)
    if after_seq is not None:
        page = await parts.database.read(lambda reader: log.read_after(reader, tenant, room_name, after_seq))
        body = _answer_position(tenant, room_name, page, epoch, after_seq)
    elif start_time is not None:
        until = None if end_time is None or end_time > now - AS_GOOD_AS_NOW_MS else end_time
        page = await parts.database.read(lambda reader: log.read_between(reader, tenant, room_name, start_time, until))
        body = _answer_times(tenant, room_name, page)
    else:
        raise InvalidInput("startTime", "give startTime, or afterSeq with epoch.")
    # Not before it was read, and who asks anew: rights may have changed meanwhile.
    await parts.access.authorise(tenant, await _find_watcher(parts, tenant, live_token), room_name)
    use_of(request, parts, tenant, room_name).event_log_read_count += 1
    return answer_privately(body)


async def _find_watcher(parts: Parts, tenant: Tenant, live_token: str) -> Actor | None:
    """Whom a `userIdWS` proves now, None for somebody without a name; raises Forbidden."""
    watcher = await parts.directory.check_live(live_token, tenant.id, now_ms())
    if watcher is None:
        raise Forbidden(NOT_VALID)
    return await parts.directory.find_watcher(tenant, watcher)


def _answer_position(tenant: Tenant, url_id: str, page: Page, epoch: str | None, after_seq: int) -> EventLog:
    reason = why_not(page.room, Position(page.room.epoch if epoch is None else epoch, after_seq))
    # However much was missed: this answer comes in parts.
    if reason is None or reason == "far":
        return _answer(tenant, url_id, page)
    return EventLog("success", [], page.room.epoch, page.room.head, "reset", has_more=False, reason=reason)


def _answer_times(tenant: Tenant, url_id: str, page: Page) -> EventLog:
    body = _answer(tenant, url_id, page)
    if page.room.base and page.entries and page.entries[0].seq == page.room.base + 1:
        # What came after `startTime` and before these may have been pruned.
        body.result, body.reason = "reset", "retention"
    return body


def _answer(tenant: Tenant, url_id: str, page: Page) -> EventLog:
    events = [
        LoggedEvent(
            f"{page.room.epoch}.{entry.seq}", iso_date(entry.timestamp), tenant.id, url_id, entry.broadcast_id,
            entry.frame.decode(),
        )
        for entry in page.entries
    ]  # fmt: skip
    return EventLog("success", events, page.room.epoch, page.room.head, "resumed", page.has_more)


event_log_routes = Router("/event-log/{tenant_id:str}", route_handlers=[read_log], tags=["Live"])
