"""`/api/v1/keys`: a tenant's API keys, by their ids; a key itself is shown once, when it is made."""

from typing import Annotated

from litestar import Response, Router, delete, get, post
from msgspec import Meta, Struct

from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import FOR_OWNERS, Asker
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.errors import InvalidInput
from collabchat.identity import tenancy
from collabchat.storage import api_keys, audit, tenants
from collabchat.storage.api_keys import ApiKey
from collabchat.storage.transaction import Transaction

KEYS_MAX = 20
"""A single sign-on payload is tried with each."""


class KeyView(Struct, rename="camel"):
    """A key by its id; `origin` null: good for all of the tenant's sites; `endsAt` null: until it is ended."""

    id: str
    origin: str | None
    created_at: int
    ends_at: int | None


class Keys(Struct):
    """The keys that are good now, oldest first."""

    status: str
    keys: list[KeyView]


class MadeKey(Struct, rename="camel"):
    """A new key, which is never shown again."""

    status: str
    key: KeyView
    api_key: str


class EndedKey(Struct):
    """The key that is good no more."""

    status: str
    key: KeyView


class NewKey(Struct):
    """Body: the one site on which the key is good; absent: all of them, and `/api/v1`."""

    origin: str | None = None


class Rotation(Struct, rename="camel"):
    """Body: which keys to replace (those of a site, or those for all), and how long they are still good."""

    overlap_hours: Annotated[int, Meta(ge=0, le=tenancy.OVERLAP_MAX_HOURS)] = 0
    origin: str | None = None


@get("/", summary="API keys", responses=FAILURES)
async def list_keys(asker: Asker, parts: Parts) -> Response[Keys]:
    """List the keys that are good now, without themselves."""
    found = await parts.database.read(lambda reader: api_keys.list_of(reader, asker.tenant.id, now_ms()))
    return answer_privately(Keys("success", [_view(key) for key in found]))


@post("/", status_code=200, summary="Make an API key", before_request=strict_body(NewKey), responses=FAILURES)
async def create(asker: Asker, parts: Parts, data: NewKey) -> Response[MadeKey]:
    """Make a key beside those there are; it is in this answer and nowhere else."""
    origin = None if data.origin is None else tenancy.check_origin(data.origin, "origin")

    def make(transaction: Transaction) -> tuple[ApiKey, str]:
        now = now_ms()
        _admit(transaction, asker, now)
        tenant = tenants.find(transaction, asker.tenant.id)
        made = tenancy.add_key(transaction, parts.server_key, tenant, origin, now)
        _note(transaction, asker, "create", made[0], now)
        return made

    made, api_key = await parts.database.write(make)
    parts.wake()
    return answer_privately(MadeKey("success", _view(made), api_key))


@post(
    "/rotate", status_code=200, summary="Replace API keys", before_request=strict_body(Rotation), responses=FAILURES
)  # fmt: skip
async def rotate(asker: Asker, parts: Parts, data: Rotation) -> Response[MadeKey]:
    """Make a key in the place of those there are, which end: at once, or after some hours."""
    origin = None if data.origin is None else tenancy.check_origin(data.origin, "origin")

    def replace(transaction: Transaction) -> tuple[ApiKey, str]:
        now = now_ms()
        _admit(transaction, asker, now)
        tenant = tenants.find(transaction, asker.tenant.id)
        made = tenancy.rotate_key(transaction, parts.server_key, tenant, origin, data.overlap_hours, now)
        _note(transaction, asker, "rotate", made[0], now, overlap_hours=data.overlap_hours)
        return made

    made, api_key = await parts.database.write(replace)
    parts.wake()
    return answer_privately(MadeKey("success", _view(made), api_key))


@delete("/{key_id:str}", status_code=200, summary="End an API key", responses=FAILURES)
async def revoke(asker: Asker, parts: Parts, key_id: str) -> Response[EndedKey]:
    """End a key at once, and with it all sessions that it proved."""

    def end(transaction: Transaction) -> ApiKey:
        asker.confirm(transaction)
        now = now_ms()
        found = [key for key in api_keys.list_of(transaction, asker.tenant.id, now) if key.id == key_id]
        api_keys.end(transaction, asker.tenant.id, key_id, now, now)
        _note(transaction, asker, "revoke", found[0], now)
        return ApiKey(found[0].tenant_id, key_id, "", found[0].origin, found[0].created_at, now)

    ended = await parts.database.write(end)
    parts.wake()
    return answer_privately(EndedKey("success", _view(ended)))


def _admit(transaction: Transaction, asker: Asker, now: int) -> None:
    """Let pass who may make another key."""
    asker.confirm(transaction)
    if len(api_keys.list_of(transaction, asker.tenant.id, now)) >= KEYS_MAX:
        raise InvalidInput("origin", f"there are {KEYS_MAX} keys already: end some of them first.")


def _note(transaction: Transaction, asker: Asker, act: str, key: ApiKey, now: int, **details: object) -> None:
    audit.note(
        transaction, asker.tenant.id, asker.actor, asker.via, act, "key", key.id, now, origin=key.origin, **details
    )


def _view(it: ApiKey) -> KeyView:
    return KeyView(it.id, it.origin, it.created_at, it.ends_at)


key_routes = Router(
    "/api/v1/keys",
    route_handlers=[list_keys, create, rotate, revoke],
    dependencies=FOR_OWNERS,
    tags=["Admin"],
)
