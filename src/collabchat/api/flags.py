"""A reader asks the moderators to look at a comment: at FastComments' address, and at one like all other writes'."""

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


class Flagged(Struct):
    """That is done."""

    status: str


IsFlagged = Annotated[bool, QueryParameter(name="isFlagged", description="false takes it back")]


@post("/{comment_id:str}/flag", status_code=200, summary="Ask moderators to look at a comment", responses=FAILURES)
async def flag(writer: Writer, comment_id: str, is_flagged: IsFlagged = True) -> Response[Flagged]:
    """Flag a comment, once each; one's own cannot be."""
    return await _flag(writer, comment_id, is_flagged=is_flagged)


@post("/{comment_id:str}", status_code=200, summary="Flag a comment, as FastComments does", responses=FAILURES)
async def flag_by_query(
    request: AnyRequest,
    parts: Parts,
    comment_id: str,
    tenant_id: Annotated[str, QueryParameter(name="tenantId")] = "",
    is_flagged: IsFlagged = True,
    sso: Sso = None,
) -> Response[Flagged]:
    """The same, with the tenant in the query."""
    tenant = provide_tenant(request, tenant_id, parts)
    actor = await provide_actor(request, tenant, parts, sso)
    writer = Writer(parts, tenant, actor, address_of(request), site_of(request.scope, tenant))
    return await _flag(writer, comment_id, is_flagged=is_flagged)


async def _flag(writer: Writer, comment_id: str, *, is_flagged: bool) -> Response[Flagged]:
    await writer.change(lambda write: verdicts.flag(write, comment_id, is_flagged=is_flagged))
    return answer_privately(Flagged("success"))


flag_routes = Router("/flag-comment", route_handlers=[flag_by_query], tags=["Comments"])
