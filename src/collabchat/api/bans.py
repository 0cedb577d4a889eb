"""`/bans`: keeping somebody from taking part, by person or by address; for moderators and admins."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from litestar import Response, Router, delete, get, post
from msgspec import Meta, Struct

from collabchat.api.asking import check_text
from collabchat.api.bodies import strict_body
from collabchat.api.confirming import confirm_person
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Ban, Tenant
from collabchat.core.permissions import require_may_ban, require_moderator
from collabchat.errors import InvalidInput
from collabchat.identity.sso import USER_ID_MAX_BYTES
from collabchat.storage import audiences, audit, bans, people, rows
from collabchat.storage.audit import Via
from collabchat.storage.transaction import Transaction, new_id

REASON_MAX = 500


class NewBan(Struct, rename="camel"):
    """Body: whom, by id or as the author of a comment; what they are told; until when (epoch ms, absent: for ever).

    `address`: also whoever writes from the address that the comment came from.
    """

    reason: str
    user_id: str | None = None
    comment_id: str | None = None
    address: bool = False
    banned_until: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class BanView(Struct, rename="camel"):
    """A ban; of an address nothing can be told but that it is one."""

    ban_id: str
    user_id: str | None
    is_address_banned: bool
    reason: str
    banned_by: str
    created_at: int
    banned_until: int | None


class Bans(Struct):
    """Who is banned now, oldest first."""

    status: str
    bans: list[BanView]


class OneBan(Struct):
    """The ban that was made, or taken back."""

    status: str
    ban: BanView


@get("/", summary="Who is banned", responses=FAILURES)
async def list_bans(tenant: Tenant, actor: Actor | None, parts: Parts) -> Response[Bans]:
    """List the bans that hold now."""
    require_moderator(actor)
    found = await parts.database.read(lambda reader: bans.list_of(reader, tenant, now_ms()))
    return answer_privately(Bans("success", [ban_view(ban) for ban in found]))


@post("/", status_code=200, summary="Ban somebody", before_request=strict_body(NewBan), responses=FAILURES)
async def ban(tenant: Tenant, actor: Actor | None, parts: Parts, data: NewBan) -> Response[OneBan]:
    """Keep somebody from watching and writing; they are told why. Their sockets close within 2 s."""
    moderator = require_moderator(actor)
    made = await make_ban(parts, tenant, moderator, "ui", data, partial(confirm_person, tenant=tenant, actor=moderator))
    return answer_privately(OneBan("success", ban_view(made)))


@delete("/{ban_id:str}", status_code=200, summary="Take a ban back", responses=FAILURES)
async def lift(tenant: Tenant, actor: Actor | None, parts: Parts, ban_id: str) -> Response[OneBan]:
    """Let somebody take part again."""
    moderator = require_moderator(actor)
    lifted = await lift_ban(
        parts, tenant, moderator, "ui", ban_id, partial(confirm_person, tenant=tenant, actor=moderator)
    )
    return answer_privately(OneBan("success", ban_view(lifted)))


async def make_ban(
    parts: Parts,
    tenant: Tenant,
    moderator: Actor,
    via: Via,
    data: NewBan,
    confirm: Callable[[Transaction], None],
) -> Ban:
    """Ban somebody; raises InvalidInput, NotFound or Forbidden. `confirm` looks whether the moderator still may."""
    reason = check_text("reason", data.reason.strip(), REASON_MAX)
    if not reason:
        raise InvalidInput("reason", "say why: it is what they are told.")
    if (data.user_id is None) == (data.comment_id is None):
        raise InvalidInput("userId", "give either userId or commentId.")
    if data.user_id is not None and not 0 < len(data.user_id.encode(errors="replace")) <= USER_ID_MAX_BYTES:
        raise InvalidInput("userId", f"1-{USER_ID_MAX_BYTES} bytes.")
    if data.address and data.comment_id is None:
        raise InvalidInput("address", "needs the commentId that came from it.")
    now = now_ms()

    def change(transaction: Transaction) -> Ban:
        confirm(transaction)
        user_id, address_hash = data.user_id, None
        if data.comment_id is not None:
            comment = rows.find_comment(transaction, tenant, data.comment_id)
            audiences.require_visible(transaction, tenant, moderator, comment.thread)
            user_id = comment.author.id
            address_hash = comment.address_hash if data.address else None
        assert user_id is not None
        require_may_ban(moderator, user_id, people.find(transaction, tenant.id, user_id))
        made = Ban(
            new_id(), user_id, address_hash, reason, moderator.id, now, data.banned_until, moderator.is_admin
        )  # fmt: skip
        bans.add(transaction, tenant, made)
        audit.note(
            transaction, tenant.id, moderator, via, "ban", "person", user_id, now, until=data.banned_until,
            is_address_banned=address_hash is not None,
        )  # fmt: skip
        return made

    made = await parts.database.write(change)
    parts.wake()
    return made


async def lift_ban(
    parts: Parts,
    tenant: Tenant,
    moderator: Actor,
    via: Via,
    ban_id: str,
    confirm: Callable[[Transaction], None],
) -> Ban:
    """Take a ban back; raises NotFound or Forbidden."""

    def change(transaction: Transaction) -> Ban:
        confirm(transaction)
        now = now_ms()
        taken_back = bans.lift(transaction, tenant, ban_id, now)
        if taken_back.user_id is not None:
            user = people.find(transaction, tenant.id, taken_back.user_id)
            require_may_ban(moderator, taken_back.user_id, user)
        audit.note(transaction, tenant.id, moderator, via, "unban", "person", taken_back.user_id or "", now)
        return taken_back

    lifted = await parts.database.write(change)
    parts.wake()
    return lifted


def ban_view(it: Ban) -> BanView:
    """A ban for moderators."""
    return BanView(it.id, it.user_id, it.address_hash is not None, it.reason, it.by_id, it.created_at, it.until)


ban_routes = Router("/bans/{tenant_id:str}", route_handlers=[list_bans, ban, lift], tags=["Bans"])
