"""`/api/v1/tenant-daily-usage`: usage by day, in all fields of FastComments' API, and ours beside."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.periods import DAY_MS
from collabchat.core.usage import Counts
from collabchat.errors import InvalidInput
from collabchat.storage import usage

ROWS_MAX = 365
FIRST_YEAR = 2020
LAST_YEAR = 2200


class TenantDailyUsage(Counts, rename="camel"):
    """What a tenant used on one day of UTC. `monthNumber` begins at 0, `dayNumber` at 1; what we have not is 0."""

    id: str = ""
    tenant_id: str = ""
    year_number: int = 0
    month_number: int = 0
    day_number: int = 0
    account_created_count: int = 0
    user_mention_search: int = 0
    hash_tag_search: int = 0
    gif_search_trending: int = 0
    gif_search: int = 0
    api_credits_used: int = 0
    created_at: str = ""
    billed: bool = False
    ignored: bool = False


class TenantDailyUsages(Struct, rename="camel"):
    """Days on which there was any use, oldest first; at most 365."""

    status: str
    tenant_daily_usages: list[TenantDailyUsage]


@get("/", summary="Usage by day, as FastComments has it", responses=FAILURES)
async def daily(
    asker: Asker,
    parts: Parts,
    year_number: Annotated[int | None, QueryParameter(name="yearNumber", ge=FIRST_YEAR, le=LAST_YEAR)] = None,
    month_number: Annotated[int | None, QueryParameter(name="monthNumber", ge=0, le=11, description="from 0")] = None,
    day_number: Annotated[int | None, QueryParameter(name="dayNumber", ge=1, le=31)] = None,
    skip: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
) -> Response[TenantDailyUsages]:
    """Say how much was used on each day, of one year, month or day, or of all time."""
    since, until = _read_days(year_number, month_number, day_number)
    tenant_id = asker.tenant.id
    await parts.metering.flush()
    found = await parts.database.read(lambda reader: usage.read_steps(reader, tenant_id, since, until, DAY_MS))
    rows = [_view(tenant_id, at, counts) for at, counts in found[skip : skip + ROWS_MAX]]
    return answer_privately(TenantDailyUsages("success", rows))


def _read_days(year: int | None, month: int | None, day: int | None) -> tuple[int, int]:
    """The time that is asked for; raises InvalidInput for a day without its month, and for one that is not there."""
    if year is None:
        if month is not None or day is not None:
            raise InvalidInput("yearNumber", "name the year, too.")
        return 0, now_ms() + DAY_MS
    if month is None:
        if day is not None:
            raise InvalidInput("monthNumber", "name the month, too (0 is January).")
        return _ms(year), _ms(year + 1)
    if day is None:
        return _ms(year, month + 1), _ms(year + month // 11, (month + 1) % 12 + 1)
    try:
        since = _ms(year, month + 1, day)
    except ValueError:
        raise InvalidInput("dayNumber", "this month has no such day.") from None
    return since, since + DAY_MS


def _ms(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000


def _view(tenant_id: str, at: int, counts: Counts) -> TenantDailyUsage:
    date = datetime.fromtimestamp(at / 1_000, UTC)
    return TenantDailyUsage(
        **asdict(counts),
        id=f"{tenant_id}:{date:%Y-%m-%d}",
        tenant_id=tenant_id,
        year_number=date.year,
        month_number=date.month - 1,
        day_number=date.day,
        created_at=f"{date:%Y-%m-%d}T00:00:00.000Z",
    )


daily_usage_routes = Router(
    "/api/v1/tenant-daily-usage",
    route_handlers=[daily],
    dependencies={"asker": Provide(provide_asker)},
    tags=["Admin"],
)
