"""`/api/v1/pages`: the pages of a tenant, and which groups each is for."""

import base64
import binascii
from typing import Annotated

from litestar import Response, Router, get, patch, post
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from collabchat.api.asking import UrlId, check_text, require_url_id
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.v1.lists import Cursor
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.core.model import URL_ID_MAX
from collabchat.errors import NotFound
from collabchat.storage import audiences, audit, pages
from collabchat.storage.sight import Sight
from collabchat.storage.transaction import Reader, Transaction

PAGE_SIZE = 100

GroupIds = Annotated[list[Annotated[str, Meta(min_length=1, max_length=50)]], Meta(max_length=1_000)] | None


class Page(Struct, rename="camel"):
    """A page, as FastComments has it; `accessibleByGroupIds` null: for everybody. Counts are of what is shown there."""

    id: str
    url_id: str
    title: str | None
    created_at: int | None
    comment_count: int
    root_comment_count: int
    accessible_by_group_ids: list[str] | None
    is_closed: bool = False


class PageList(Struct, rename="camel"):
    """Pages by urlId; `nextCursor` asks for those that follow, as does `nextAfter`, the last urlId, as `after`."""

    status: str
    pages: list[Page]
    next_cursor: str | None
    next_after: str | None


class OnePage(Struct):
    """A page as it is now."""

    status: str
    page: Page


class NewPage(Struct, rename="camel"):
    """Body of create: the page, and whom it is for."""

    url_id: str
    accessible_by_group_ids: GroupIds = None


class PageChange(Struct, rename="camel"):
    """Body of change: whom it is for; null: everybody."""

    accessible_by_group_ids: GroupIds


@get("/", summary="The pages of a tenant", responses=FAILURES)
async def list_pages(
    asker: Asker,
    parts: Parts,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_SIZE)] = PAGE_SIZE,
    cursor: Cursor = None,
    after: Annotated[str, QueryParameter(description="a urlId")] = "",
) -> Response[PageList]:
    """List pages on which somebody has begun a discussion, and those that have been given groups.

    Moderators get those that they may see.
    """
    tenant_id = asker.tenant.id
    since = read_cursor(cursor, tenant_id, "pages", str) or after

    def query(reader: Reader) -> list[pages.Page]:
        return pages.list_pages(reader, tenant_id, Sight(reader, asker.tenant, asker.actor), since, limit + 1)

    found = await parts.database.read(query)
    shown = [_view(page) for page in found[:limit]]
    last = shown[-1].url_id if len(found) > limit else None
    return answer_privately(
        PageList("success", shown, None if last is None else make_cursor(tenant_id, "pages", last), last)
    )


@get("/by-url-id", summary="One page", responses=FAILURES)
async def find(asker: Asker, parts: Parts, url_id: UrlId = None) -> Response[OnePage]:
    """Say what is known of a page, and whom it is for; of one that a moderator may not see, as of an unknown one."""
    page = require_url_id(url_id)

    def query(reader: Reader) -> pages.Page:
        is_seen = Sight(reader, asker.tenant, asker.actor).has(page)
        return pages.find_page(reader, asker.tenant.id, page) if is_seen else pages.Page(page)

    return answer_privately(OnePage("success", _view(await parts.database.read(query))))


@post("/", status_code=200, summary="Say whom a page is for", before_request=strict_body(NewPage), responses=FAILURES)
async def create(asker: Asker, parts: Parts, data: NewPage) -> Response[OnePage]:
    """Give a page its groups, before or after anybody has written there."""
    return await _limit(asker, parts, require_url_id(data.url_id), data.accessible_by_group_ids)


@patch(
    "/{page_id:str}", summary="Change whom a page is for", before_request=strict_body(PageChange), responses=FAILURES
)
async def change(asker: Asker, parts: Parts, page_id: str, data: PageChange) -> Response[OnePage]:
    """Change a page's groups; whoever may not see it any more loses it within 2 s."""
    return await _limit(asker, parts, _url_id_of(page_id), data.accessible_by_group_ids)


async def _limit(asker: Asker, parts: Parts, url_id: str, given: list[str] | None) -> Response[OnePage]:
    asker.require_admin()
    tenant = asker.tenant
    groups = None if given is None else tuple(check_text("accessibleByGroupIds", group, 50) for group in given)

    def limit(transaction: Transaction) -> pages.Page:
        asker.confirm(transaction)
        now = now_ms()
        audiences.limit_page(transaction, tenant, url_id, groups, now)
        told = None if groups is None else list(groups)
        audit.note(transaction, tenant.id, asker.actor, asker.via, "limit", "page", url_id, now, groups=told)
        return pages.find_page(transaction, tenant.id, url_id)

    now = await parts.database.write(limit)
    parts.access.forget(tenant.id)
    parts.wake()
    return answer_privately(OnePage("success", _view(now)))


def _view(page: pages.Page) -> Page:
    return Page(
        base64.urlsafe_b64encode(page.url_id.encode()).decode().rstrip("="), page.url_id, page.title, page.created_at,
        page.comments, page.conversations, None if page.groups is None else list(page.groups),
    )  # fmt: skip


def _url_id_of(page_id: str) -> str:
    """The page that an id names; raises NotFound for what is no id."""
    try:
        url_id = base64.b64decode(page_id + "=" * (-len(page_id) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotFound from None
    if not 0 < len(url_id) <= URL_ID_MAX:
        raise NotFound
    return url_id


page_admin_routes = Router(
    "/api/v1/pages",
    route_handlers=[list_pages, find, create, change],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Admin"],
)
