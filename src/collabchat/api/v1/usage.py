"""`/api/v1/usage`: how much a tenant is used: now, by hour, day and month, by site and by page.

What was counted is stored before it is read, so that an answer is exact.
"""

from contextlib import closing
from itertools import islice
from typing import Annotated

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType, field

from collabchat.api.asking import UrlId
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.v1.lists import Cursor
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core import periods
from collabchat.core.cursor import make_cursor, read_cursor
from collabchat.core.health import Health
from collabchat.core.periods import DAY_MS, ROWS_MAX
from collabchat.core.usage import HOUR_MS, Counts, Granularity, Second, total
from collabchat.errors import InvalidInput
from collabchat.identity.rate_limits import Kind
from collabchat.storage import busy_pages, usage
from collabchat.storage.sight import Sight
from collabchat.storage.transaction import Reader

TIME_MAX = 2**53
PAGES_MAX = 100
KINDS: tuple[Kind, ...] = ("read", "write", "connect", "session")
YEAR_MS = 366 * DAY_MS

_Known = Annotated[int, Meta(ge=0, le=TIME_MAX)]
Since = Annotated[int | None, QueryParameter(name="from", ge=0, le=TIME_MAX, description="epoch ms, inclusive")]
Until = Annotated[int | None, QueryParameter(name="to", ge=0, le=TIME_MAX, description="epoch ms, exclusive")]


class UsageRow(Counts, rename="camel"):
    """What was used in one hour, day or month; `at` is its first ms, in UTC."""

    at: int = 0


class Usage(Struct):
    """Rows from `from` on and before `to`, without holes; `before`: as many of the periods just before."""

    status: str
    granularity: Granularity
    since: int = field(name="from")
    until: int = field(name="to")
    usage: list[UsageRow]
    before: list[UsageRow] | UnsetType = UNSET


class SiteUsage(Counts, rename="camel"):
    """What was used on one site; `origin` is empty where no browser said it."""

    origin: str = ""


class Sites(Struct):
    """What was used on each site, the busiest first."""

    status: str
    origins: list[SiteUsage]


class PageUsage(Counts, rename="camel"):
    """What was used on one page, and what there is to say of it now; `firstAnswerMs` is the median."""

    url_id: str = ""
    title: str | None = None
    viewing: int = 0
    conversations: int = 0
    unresolved: int = 0
    first_answer_ms: int | None = None


class Pages(Struct, rename="camel"):
    """What was used on each page, the busiest first."""

    status: str
    pages: list[PageUsage]
    next_cursor: str | None


class Limit(Struct):
    """How much of something there may be, and is; `most` null: as much as anybody likes."""

    name: str
    used: int
    most: int | None


class Peak(Struct):
    """The most viewers at once, and the first ms of the hour in which they were."""

    viewing: int
    at: int


class Now(Struct, rename="camel"):
    """How a tenant is used at this moment. `month` is what it has used since the month began, in UTC."""

    status: str
    viewing: int
    people: int
    connections: int
    messages_per_second: float
    bytes_per_second: float
    recent: list[Second]
    peak_today: Peak | None
    month: Counts
    limits: list[Limit]
    health: Health | None


@get("/", summary="Usage by hour, day or month", responses=FAILURES)
async def over_time(
    asker: Asker,
    parts: Parts,
    granularity: Granularity = "day",
    from_: Since = None,
    to: Until = None,
    origin: Annotated[str | None, QueryParameter(description="one site only; empty: where it is unknown")] = None,
    url_id: UrlId = None,
    compare: Annotated[bool, QueryParameter(description="also the periods before")] = False,
) -> Response[Usage]:
    """Say how much was used, period by period; of all sites and pages, of one site or of one page.

    Of a page that a moderator may not see it is nothing.
    """
    if origin is not None and url_id is not None:
        raise InvalidInput("urlId", "give origin or urlId, not both: pages are counted for all sites together.")
    since, until = _read_range(from_, to)
    starts = periods.starts_within(since, until, granularity)
    if len(starts) > ROWS_MAX:
        raise InvalidInput("from", f"at most {ROWS_MAX} rows at once: ask for a shorter time, or by day or month.")
    step = HOUR_MS if granularity == "hour" else DAY_MS
    tenant_id = asker.tenant.id

    def read(reader: Reader) -> list[list[UsageRow]]:
        wanted = [starts, periods.before(starts, granularity)] if compare else [starts]
        rows = []
        for each in wanted:
            first, end = each[0], periods.next_start(each[-1], granularity)
            if url_id is None:
                found = usage.read_steps(reader, tenant_id, first, end, step, origin)
            elif Sight(reader, asker.tenant, asker.actor).has(url_id):
                found = usage.read_page_steps(reader, tenant_id, first, end, step, url_id)
            else:
                found = []
            rows.append([UsageRow(at=at).add(counts) for at, counts in periods.gather(found, each, granularity)])
        return rows

    await parts.metering.flush()
    now, *earlier = await parts.database.read(read)
    return answer_privately(Usage("success", granularity, since, until, now, earlier[0] if earlier else UNSET))


@get("/origins", summary="Usage by site", responses=FAILURES)
async def by_site(asker: Asker, parts: Parts, from_: Since = None, to: Until = None) -> Response[Sites]:
    """Say how much was used on each of the tenant's sites."""
    first, last = _read_range(from_, to)
    await parts.metering.flush()
    found = await parts.database.read(lambda reader: usage.read_sites(reader, asker.tenant.id, first, last))
    return answer_privately(Sites("success", [SiteUsage(origin=each.origin).add(each.counts) for each in found]))


@get("/pages", summary="Usage by page", responses=FAILURES)
async def by_page(
    asker: Asker,
    parts: Parts,
    from_: Since = None,
    to: Until = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGES_MAX)] = 25,
    cursor: Cursor = None,
    url_id: UrlId = None,
) -> Response[Pages]:
    """Say how much was used on each page, or on one, and what there is to say of it; as far as one may see them."""
    first, last = _read_range(from_, to)
    tenant = asker.tenant
    offset = 0
    if cursor is not None:
        # Time goes on between two parts of a list: the cursor says of which time it is.
        first, last, offset = read_cursor(cursor, tenant.id, "usage/pages", tuple[_Known, _Known, _Known]) or (0, 0, 0)

    def read(reader: Reader) -> tuple[list[PageUsage], bool]:
        sight = Sight(reader, tenant, asker.actor)
        if url_id is None:
            with closing(usage.read_pages(reader, tenant.id, first, last)) as pages:
                found = list(islice((each for each in pages if sight.has(each.page)), offset, offset + limit + 1))
        elif sight.has(url_id):
            found = [usage.OfPage(url_id, usage.read_page(reader, tenant.id, first, last, url_id))]
        else:
            return [PageUsage(url_id=url_id)], False
        rows = []
        for each in found[:limit]:
            facts = busy_pages.find_facts(reader, tenant.id, each.page)
            row = PageUsage(
                url_id=each.page,
                title=facts.title,
                viewing=len(parts.viewers.people(tenant, each.page)),
                conversations=facts.conversations,
                unresolved=facts.unresolved,
                first_answer_ms=facts.first_answer_ms,
            )
            rows.append(row.add(each.counts))
        return rows, len(found) > limit

    await parts.metering.flush()
    rows, has_more = await parts.database.read(read)
    after = make_cursor(tenant.id, "usage/pages", (first, last, offset + limit)) if has_more else None
    return answer_privately(Pages("success", rows, after))


@get("/now", summary="Usage at this moment", responses=FAILURES)
async def at_this_moment(asker: Asker, parts: Parts) -> Response[Now]:
    """Say who is here, what goes out, how near the limits are, and how well the server is."""
    tenant, now = asker.tenant, now_ms()
    month, today = periods.start_of(now, "month"), periods.start_of(now, "day")

    def read(reader: Reader) -> tuple[Counts, tuple[int, int] | None, int]:
        sums = usage.read_steps(reader, tenant.id, month, now + 1, DAY_MS)
        used = total(counts for _, counts in sums)
        return used, usage.find_peak(reader, tenant.id, today), busy_pages.count_comments(reader, tenant.id)

    await parts.metering.flush()
    used, peak, stored = await parts.database.read(read)
    limits = parts.rate_limits
    moment = parts.metering.moment(tenant.id)
    return answer_privately(
        Now(
            "success", moment.viewing, moment.viewing, moment.connections, moment.messages_per_second,
            moment.bytes_per_second, parts.metering.recent(tenant.id), None if peak is None else Peak(*peak), used,
            [
                Limit("connections", moment.connections, parts.metering.connections_max or None),
                Limit("storedComments", stored, None),
                *(
                    Limit(f"{kind}sPerMinute", limits.used(kind, tenant), limits.of_tenant(kind, tenant) or None)
                    for kind in KINDS
                ),
            ],
            parts.doctor.look() if asker.actor.is_admin else None,
        )
    )  # fmt: skip


def _read_range(since: int | None, until: int | None) -> tuple[int, int]:
    """The time that is asked for, the last 30 days where nothing is said; raises InvalidInput."""
    until = now_ms() if until is None else until
    since = max(0, until - 30 * DAY_MS) if since is None else since
    if until <= since:
        raise InvalidInput("to", "must be later than from.")
    if until > now_ms() + YEAR_MS:
        raise InvalidInput("to", "must not be more than a year ahead, in epoch ms.")
    return since, until


usage_routes = Router(
    "/api/v1/usage",
    route_handlers=[over_time, by_site, by_page, at_this_moment],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Admin"],
)
