"""Usage, as it is stored: a row for each hour and site, and for each hour and page."""

from collections.abc import Mapping

from msgspec.structs import astuple
from sqlalchemy import Table, bindparam, delete, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.usage import SUMS, Counts, Key, merge
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Transaction

PAGES_KEPT_MS = 400 * 24 * 3_600_000
PAGES_PER_HOUR = 1_000
"""What is counted on more pages of a tenant in one hour is added to a row without a page: names are free."""

PEAK = "peak_concurrent_viewers"


def _add_to(table: Table) -> str:
    statement = insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in SUMS}
    peak = func.max(table.c[PEAK], statement.excluded[PEAK])
    return sql(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_={**added, PEAK: peak}))


_ADD = _add_to(tables.usage)
_ADD_TO_PAGE = _add_to(tables.page_usage)
_pages = tables.page_usage
_HAS_PAGE = sql(select(literal_column("1")).where(*where(_pages, "tenant_id", "hour", "page")))
_COUNT_PAGES = sql(select(func.count()).select_from(_pages).where(*where(_pages, "tenant_id", "hour")))
_SELECT_TENANT = sql(select(literal_column("1")).where(*where(tables.tenant, "id")))
_SELECT_PAGES = (
    sql(select(tables.conversation.c.page).where(*where(tables.conversation, "tenant_id", "thread"))),
    sql(select(tables.circle.c.page).where(*where(tables.circle, "tenant_id", "room"))),
)
_PRUNE_PAGES = sql(delete(_pages).where(_pages.c.hour < bindparam("before")))


def add(transaction: Transaction, hour: int, counted: Mapping[Key, Counts]) -> None:
    """Add what was counted to the rows of an hour (its first ms); what a deleted tenant had used is dropped."""
    by_site: dict[Key, Counts] = {}
    by_page: dict[Key, Counts] = {}
    for tenant_id in {key.tenant_id for key in counted}:
        if transaction.one(_SELECT_TENANT, {"id": tenant_id}) is None:
            continue
        for key, counts in counted.items():
            if key.tenant_id != tenant_id:
                continue
            # The most viewers of a room are none of a site, whose own are counted apart.
            peak = counts.peak_concurrent_viewers if not key.room else 0
            merge(by_site, [(Key(tenant_id, key.origin, ""), _copy(counts, peak))])
            if key.room:
                merge(by_page, [(Key(tenant_id, "", _page_of(transaction, tenant_id, key.room)), _copy(counts))])
    for key, counts in by_site.items():
        _run(transaction, _ADD, key.tenant_id, hour, counts, origin=key.origin)
    for key, counts in by_page.items():
        page = key.room if _has_place(transaction, key.tenant_id, hour, key.room) else ""
        _run(transaction, _ADD_TO_PAGE, key.tenant_id, hour, counts, page=page)


def prune(transaction: Transaction, now: int) -> None:
    """Forget the pages' hours of long ago; what tenants used is kept."""
    transaction.run(_PRUNE_PAGES, {"before": now - PAGES_KEPT_MS})


def _run(transaction: Transaction, statement: str, tenant_id: str, hour: int, counts: Counts, **part: str) -> None:
    values = dict(zip(Counts.__struct_fields__, astuple(counts), strict=True))
    transaction.run(statement, {"tenant_id": tenant_id, "hour": hour, **part, **values})


def _copy(counts: Counts, peak: int | None = None) -> Counts:
    copied = Counts(*astuple(counts))
    if peak is not None:
        copied.peak_concurrent_viewers = peak
    return copied


def _page_of(reader: Reader, tenant_id: str, room: str) -> str:
    """The page that a room belongs to: a thread's, a circle's, or its own."""
    for statement in _SELECT_PAGES:
        if (row := reader.one(statement, {"tenant_id": tenant_id, "thread": room, "room": room})) is not None:
            return str(row[0])
    return room


def _has_place(reader: Reader, tenant_id: str, hour: int, page: str) -> bool:
    """Whether a page has a row of its own in an hour, or may have one."""
    key = {"tenant_id": tenant_id, "hour": hour}
    if reader.one(_HAS_PAGE, {**key, "page": page}) is not None:
        return True
    row = reader.one(_COUNT_PAGES, key)
    assert row is not None
    return int(row[0]) < PAGES_PER_HOUR
