"""`/people`: what is stored of a person, given out or erased; for themselves, and for admins."""

from typing import Annotated, Any

from litestar import Response, Router, delete, get
from litestar.params import QueryParameter
from msgspec import Struct

from collabchat.api.asking import AnyRequest, address_of
from collabchat.api.confirming import confirm_person
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.core.permissions import require_data_of
from collabchat.storage import audit, people, personal
from collabchat.storage.transaction import Transaction

UserId = Annotated[str | None, QueryParameter(name="userId", description="whose, for admins; absent: the asker's own")]


class Erased(Struct, rename="camel"):
    """How much went: comments, and conversations in which nothing was left."""

    status: str
    comments: int
    conversations: int


@get("/", summary="All that is stored of a person", responses=FAILURES)
async def export(tenant: Tenant, actor: Actor | None, parts: Parts, user_id: UserId = None) -> Response[dict[str, Any]]:
    """Give out the asker's data; an admin may ask for anybody's."""
    asker, whom = require_data_of(actor, user_id)
    found = await parts.database.read(lambda reader: personal.export(reader, tenant, whom))
    if whom != asker.id:
        # What could not be read was not given out; and nothing is before that is written down.
        await parts.database.write(lambda transaction: _note(transaction, tenant, asker, "export", whom))
    return answer_privately({"status": "success", **found})


@delete("/", status_code=200, summary="Erase a person's data", responses=FAILURES)
async def erase(
    request: AnyRequest, tenant: Tenant, actor: Actor | None, parts: Parts, user_id: UserId = None
) -> Response[Erased]:
    """Erase what the asker wrote and all that is known of them, everywhere; an admin may name anybody.

    All their sessions end, and open pages show it within 2 s. A ban of them stays.
    """
    asker, whom = require_data_of(actor, user_id)
    parts.rate_limits.admit(tenant, "session", address_of(request))

    def begin(transaction: Transaction) -> None:
        confirm_person(transaction, tenant, asker)
        people.end_all_sessions(transaction, tenant.id, whom, now_ms())

    # First they can write no more: what is looked for then is all there is.
    await parts.database.write(begin)
    parts.directory.forget_person(tenant.id, whom)
    traces = await parts.database.read(lambda reader: personal.find_traces(reader, tenant, whom))

    def change(transaction: Transaction) -> personal.Erased:
        if whom != asker.id:
            _note(transaction, tenant, asker, "erase", whom)
        return personal.erase(transaction, tenant, whom, traces, now_ms())

    gone = await parts.database.write(change)
    await parts.database.truncate_log()
    parts.directory.forget_person(tenant.id, whom)
    parts.wake()
    return answer_privately(Erased("success", gone.comments, gone.conversations))


def _note(transaction: Transaction, tenant: Tenant, admin: Actor, act: str, whom: str) -> None:
    """Write down what an admin does with somebody else's data, if they still may; raises Unauthenticated."""
    confirm_person(transaction, tenant, admin)
    audit.note(transaction, tenant.id, admin, "ui", act, "person", whom, now_ms())


people_routes = Router("/people/{tenant_id:str}", route_handlers=[export, erase], tags=["People"])
