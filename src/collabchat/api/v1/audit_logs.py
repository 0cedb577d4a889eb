"""`/api/v1/audit-logs`: who did what, in the fields of FastComments."""

from typing import Annotated, Any, Literal

from litestar import Response, Router, get
from litestar.params import QueryParameter
from msgspec import Struct, field

from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import FOR_ADMINS, Asker
from collabchat.api.v1.lists import Cursor
from collabchat.api.views import answer_privately
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.errors import InvalidInput
from collabchat.storage import audit
from collabchat.storage.accounts import RANK
from collabchat.storage.audit import Deed

ROWS_MAX = 1_000
TIME_MAX = 2**53

Crud = Literal["c", "r", "u", "d", "login"]

_CRUD: dict[str, Crud] = {
    "create": "c", "invite": "c", "ban": "c", "delete": "d", "remove": "d", "revoke": "d", "unban": "d", "erase": "d",
    "refuse": "r", "export": "r", "sign-in": "login",
}  # fmt: skip
"""What a deed is in FastComments' words; all others change something."""

Time = int | None


class AuditLog(Struct, rename="camel"):
    """One deed; FastComments' fields, of which `url`, `ip` and `serverStartDate` are not known here.

    Ours: `tenantId`, null for what was done to the server.
    """

    id: str = field(name="_id")
    user_id: str
    username: str
    resource_name: str
    crud_type: Crud
    via: str = field(name="from")
    url: None
    ip: None
    when: int
    description: str
    server_start_date: None
    object_details: dict[str, Any]
    tenant_id: str | None


class AuditLogs(Struct, rename="camel"):
    """Deeds in the order that was asked for."""

    status: str
    audit_logs: list[AuditLog]
    next_cursor: str | None


@get("/", summary="Who did what", responses=FAILURES)
async def list_logs(
    asker: Asker,
    parts: Parts,
    order: Literal["ASC", "DESC"] = "ASC",
    skip: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=ROWS_MAX)] = ROWS_MAX,
    after: Annotated[Time, QueryParameter(ge=0, le=TIME_MAX, description="exclusive, epoch ms")] = None,
    before: Annotated[Time, QueryParameter(ge=0, le=TIME_MAX, description="exclusive, epoch ms")] = None,
    cursor: Cursor = None,
) -> Response[AuditLogs]:
    """List what was done by those who run the tenant, for admins; for operators also what was done to the server."""
    if after is not None and before is not None and before <= after:
        raise InvalidInput("before", "must be later than after.")
    tenant_id, name = asker.tenant.id, f"audit-logs:{order}:{after}:{before}"
    number = read_cursor(cursor, tenant_id, name, int)
    span = audit.Span(-1 if after is None else after, TIME_MAX if before is None else before)
    found = await parts.database.read(
        lambda reader: audit.list_span(
            reader,
            tenant_id,
            span,
            number,
            limit + 1,
            skip,
            is_newest_first=order == "DESC",
            is_operators=asker.rank == RANK["operator"],
        )
    )
    shown = found[:limit]
    next_cursor = make_cursor(tenant_id, name, shown[-1].number) if len(found) > limit else None
    return answer_privately(AuditLogs("success", [_view(deed) for deed in shown], next_cursor))


def _view(it: Deed) -> AuditLog:
    details = {"act": it.act, "id": it.subject, **it.details}
    description = " ".join(filter(None, (it.act, it.resource, it.subject)))
    return AuditLog(
        str(it.number), it.actor_id, it.actor_name, it.resource, _CRUD.get(it.act, "u"), it.via, None, None, it.at,
        description, None, details, it.tenant_id,
    )  # fmt: skip


audit_log_routes = Router(
    "/api/v1/audit-logs",
    route_handlers=[list_logs],
    dependencies=FOR_ADMINS,
    tags=["Admin"],
)
