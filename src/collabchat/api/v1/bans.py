"""`/api/v1/bans`: the same as `/bans`, for those who run the tenant; with a ban all that somebody wrote may go."""

from functools import partial

from litestar import Response, Router, delete, get, post
from litestar.di import Provide
from msgspec import Struct
from msgspec.structs import asdict

from collabchat.api.bans import BanView, NewBan, OneBan, ban_view, lift_ban, make_ban
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.v1.lists import Cursor
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.core.model import Ban, Tenant
from collabchat.errors import InvalidInput
from collabchat.storage import audit, bans, people, verdicts
from collabchat.storage.queue import Position
from collabchat.storage.transaction import Reader, Transaction, Write, new_id

PAGE_SIZE = 100


class NewBanAndMore(NewBan, rename="camel", kw_only=True):
    """The body of a ban. `deleteComments`: what they wrote goes too, where the asker sees it, also if it is locked."""

    delete_comments: bool = False


class NamedBan(BanView, rename="camel"):
    """A ban with names: whose it is, if they are known here, and who made it, as far as the audit log says."""

    user_name: str | None
    banned_by_name: str | None


class BanList(Struct, rename="camel"):
    """Who is banned now, oldest first."""

    status: str
    bans: list[NamedBan]
    next_cursor: str | None


@get("/", summary="Who is banned, for those who run the tenant", responses=FAILURES)
async def list_bans(asker: Asker, parts: Parts, cursor: Cursor = None) -> Response[BanList]:
    """List the bans that hold now, 100 at once."""
    after = read_cursor(cursor, asker.tenant.id, "bans", tuple[int, str]) or (-1, "")

    def query(reader: Reader) -> tuple[list[Ban], list[NamedBan]]:
        found = bans.list_of(reader, asker.tenant, now_ms())
        rest = [ban for ban in found if (ban.created_at, ban.id) > after]
        return rest, [named_ban(reader, asker.tenant, ban) for ban in rest[:PAGE_SIZE]]

    rest, named = await parts.database.read(query)
    shown = rest[:PAGE_SIZE]
    next_cursor = None
    if len(rest) > PAGE_SIZE:
        next_cursor = make_cursor(asker.tenant.id, "bans", (shown[-1].created_at, shown[-1].id))
    return answer_privately(BanList("success", named, next_cursor))


@post(
    "/",
    status_code=200,
    summary="Ban somebody, for those who run the tenant",
    before_request=strict_body(NewBanAndMore),
    responses=FAILURES,
)
async def ban(asker: Asker, parts: Parts, data: NewBanAndMore) -> Response[OneBan]:
    """Keep somebody from watching and writing; they are told why. Their sockets close within 2 s."""
    if data.delete_comments and asker.tenant.rules.delete == "admins" and not asker.actor.is_admin:
        raise InvalidInput("deleteComments", "on this site only admins may delete comments.")
    made = await make_ban(parts, asker.tenant, asker.actor, asker.via, data, asker.confirm)
    if data.delete_comments:
        await _remove_all(asker, parts, made)
    return answer_privately(OneBan("success", ban_view(made)))


@delete(
    "/{ban_id:str}", status_code=200, summary="Take a ban back, for those who run the tenant", responses=FAILURES
)  # fmt: skip
async def lift(asker: Asker, parts: Parts, ban_id: str) -> Response[OneBan]:
    """Let somebody take part again."""
    lifted = await lift_ban(parts, asker.tenant, asker.actor, asker.via, ban_id, asker.confirm)
    return answer_privately(OneBan("success", ban_view(lifted)))


def named_ban(reader: Reader, tenant: Tenant, it: Ban) -> NamedBan:
    """A ban for those who look through bans, and may not know ids."""
    person = people.find(reader, tenant.id, it.user_id or "")
    deeds = audit.list_of(reader, tenant.id, "person", it.user_id or "")
    # Written down at the same moment, in the same transaction.
    by = next((deed.actor_name for deed in deeds if (deed.act, deed.at) == ("ban", it.created_at)), None)
    return NamedBan(**asdict(ban_view(it)), user_name=None if person is None else person.name, banned_by_name=by)


async def _remove_all(asker: Asker, parts: Parts, ban: Ban) -> None:
    """Delete all that the banned wrote where the asker sees it, in steps between which others may write."""
    broadcast_id = f"ban-{new_id()}"

    def step(transaction: Transaction, after: Position) -> Position | None:
        asker.confirm(transaction)
        write = Write(transaction, asker.tenant, asker.actor, now_ms(), broadcast_id)
        return verdicts.remove_all_of(write, asker.via, ban.user_id or "", after)

    after: Position | None = verdicts.BEGINNING
    try:
        while after is not None:
            after = await parts.database.write(partial(step, after=after))
    finally:
        # Whatever stops it, the steps before have been done.
        parts.access.forget(asker.tenant.id)
        parts.wake()


ban_admin_routes = Router(
    "/api/v1/bans",
    route_handlers=[list_bans, ban, lift],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Moderation"],
)
