"""Who views a page now, and who wrote there before."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, Router, get
from litestar.params import QueryParameter
from msgspec import UNSET, Struct, UnsetType

from collabchat.api.asking import AnyRequest, Sso, UrlId, identify, require_url_id, split_ids
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.core.model import Actor, Audience, Person, Tenant
from collabchat.core.permissions import authorise
from collabchat.errors import Forbidden
from collabchat.storage import people
from collabchat.storage.sqlite import Database

PAGE_SIZE = 100

Cursor = Annotated[str | None, QueryParameter(name="afterName")]
CursorId = Annotated[str | None, QueryParameter(name="afterUserId")]


class Viewer(Struct, rename="camel"):
    """A person with a name."""

    id: str
    display_name: str
    avatar_src: str | UnsetType = UNSET


class OnlineUsers(Struct, rename="camel"):
    """Who views a page now: people with names, how many without, and all."""

    status: str
    users: list[Viewer]
    anon_count: int
    total_count: int
    next_after_name: str | None
    next_after_user_id: str | None


class OfflineUsers(Struct, rename="camel"):
    """Who wrote on a page and is not there now."""

    status: str
    users: list[Viewer]
    next_after_name: str | None
    next_after_user_id: str | None


class UsersInfo(Struct, rename="camel"):
    """What is known of some people."""

    status: str
    users: list[Viewer]


class PresenceStatus(Struct, rename="camel"):
    """Which of some people view a room now."""

    status: str
    user_ids_online: dict[str, bool]


@get("/users/online", summary="Who views a page now", responses=FAILURES)
async def online(
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    url_id: UrlId = None,
    after_name: Cursor = None,
    after_user_id: CursorId = None,
) -> Response[OnlineUsers]:
    """List viewers by name; where names are not public, only count them."""
    page = require_url_id(url_id)
    await parts.access.authorise(tenant, actor, page)
    ids = parts.viewers.people(tenant, page)
    known = await _named(parts.database, tenant, ids)
    users, next_name, next_id = _page(known, after_name, after_user_id)
    body = OnlineUsers("success", users, len(ids) - len(known), len(ids), next_name, next_id)
    return answer_privately(body)


@get("/users/offline", summary="Who wrote on a page and is away now", responses=FAILURES)
async def offline(
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    url_id: UrlId = None,
    after_name: Cursor = None,
    after_user_id: CursorId = None,
) -> Response[OfflineUsers]:
    """List past writers by name."""
    page = require_url_id(url_id)
    await parts.access.authorise(tenant, actor, page)
    here = set(parts.viewers.people(tenant, page))
    writers = await parts.database.read(lambda reader: people.list_writers(reader, tenant, page))
    away = [person for person in writers if person.id not in here and tenant.rules.names_are_public]
    users, next_name, next_id = _page(away, after_name, after_user_id)
    return answer_privately(OfflineUsers("success", users, next_name, next_id))


@get("/users/info", summary="Names and faces of some people", responses=FAILURES)
async def info(
    tenant: Tenant,
    actor: Actor | None,
    parts: Parts,
    ids: Annotated[str, QueryParameter(description="comma list, at most 100")] = "",
) -> Response[UsersInfo]:
    """Look people up by id; unknown ids are left out."""
    wanted = split_ids(ids, "ids")
    authorise(tenant.rules, Audience(), actor)
    found = await _named(parts.database, tenant, wanted)
    return answer_privately(UsersInfo("success", [_view(person) for person in found]))


@get("/", summary="Which of some people view a room now", responses=FAILURES)
async def presence_status(
    request: AnyRequest,
    parts: Parts,
    tenant_id: Annotated[str, QueryParameter(name="tenantId")] = "",
    room_token: Annotated[str, QueryParameter(name="urlIdWS")] = "",
    user_ids: Annotated[str, QueryParameter(name="userIds", description="comma list, at most 100")] = "",
    sso: Sso = None,
) -> Response[PresenceStatus]:
    """Say of each person whether they view the room that `urlIdWS` names."""
    tenant = parts.directory.tenant(tenant_id)
    named = parts.directory.tokens.read_room(room_token)
    if named is None or named[0] != tenant.id:
        raise Forbidden("urlIdWS is not valid: take it from a snapshot of this tenant.")
    await parts.access.authorise(tenant, await identify(request, tenant, parts, sso), named[1])
    here = set(parts.viewers.people(tenant, named[1])) if tenant.rules.names_are_public else set()
    status = {user_id: user_id in here for user_id in split_ids(user_ids, "userIds")}
    return answer_privately(PresenceStatus("success", status))


async def _named(database: Database, tenant: Tenant, ids: Sequence[str]) -> list[Person]:
    if not tenant.rules.names_are_public:
        return []
    found = await database.read(lambda reader: people.list_people(reader, tenant, ids))
    return [person for person in found if person.name]


def _view(person: Person) -> Viewer:
    return Viewer(person.id, person.name, person.avatar_src or UNSET)


def _page(
    people_: list[Person], after_name: str | None, after_id: str | None
) -> tuple[list[Viewer], str | None, str | None]:
    ordered = sorted(people_, key=lambda person: (person.name, person.id))
    if after_name is not None:
        ordered = [person for person in ordered if (person.name, person.id) > (after_name, after_id or "")]
    page = ordered[:PAGE_SIZE]
    last = page[-1] if len(ordered) > PAGE_SIZE else None
    users = [_view(person) for person in page]
    return (users, None, None) if last is None else (users, last.name, last.id)


presence_routes = Router("/pages/{tenant_id:str}", route_handlers=[online, offline, info], tags=["Presence"])
status_routes = Router("/user-presence-status", route_handlers=[presence_status], tags=["Presence"])
