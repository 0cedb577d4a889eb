"""`/flag-comment`: a reader asks the moderators to look at a comment."""

from typing import Annotated

from litestar import Response, Router, post
from litestar.params import QueryParameter
from msgspec import Struct

from collabchat.api.asking import AnyRequest, Sso, address_of, provide_actor, provide_tenant
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.paths import site_of
from collabchat.api.views import answer_privately
from collabchat.api.writing import Writer
from collabchat.storage import verdicts
from collabchat.storage.transaction import Write


class Flagged(Struct):
    """That is done."""

    status: str


@post("/{comment_id:str}", status_code=200, summary="Ask moderators to look at a comment", responses=FAILURES)
async def flag(
    request: AnyRequest,
    parts: Parts,
    comment_id: str,
    tenant_id: Annotated[str, QueryParameter(name="tenantId")] = "",
    is_flagged: Annotated[bool, QueryParameter(name="isFlagged", description="false takes it back")] = True,
    sso: Sso = None,
) -> Response[Flagged]:
    """Flag a comment, once each; one's own cannot be."""
    tenant = provide_tenant(request, tenant_id, parts)
    actor = await provide_actor(request, tenant, parts, sso)
    writer = Writer(parts, tenant, actor, address_of(request), site_of(request.scope, tenant))

    def change(write: Write) -> None:
        verdicts.flag(write, comment_id, is_flagged=is_flagged)

    await writer.change(change)
    return answer_privately(Flagged("success"))


flag_routes = Router("/flag-comment", route_handlers=[flag], tags=["Comments"])
