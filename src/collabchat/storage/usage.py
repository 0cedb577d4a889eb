"""Usage, as it is stored: a row for each hour and site, and for each hour and page."""

from collections.abc import Generator, Mapping
from contextlib import closing

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Table, Text, bindparam, delete, func, literal_column, null, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.usage import ALL_SITES, HOUR_MS, SUMS, Counts, Key, merge, total
from collabchat.storage import pages, tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Transaction

PAGES_KEPT_MS = 400 * 24 * 3_600_000
PAGES_PER_HOUR = 1_000
NAMES_PER_HOUR = PAGES_PER_HOUR // 2
"""What is counted on more pages of a tenant in one hour is added to a row without a page.

Names are free: those that are none of its pages cannot take the places of all the others.
"""

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
_COUNT_PAGES = sql(
    select(func.count())
    .select_from(_pages)
    .where(*where(_pages, "tenant_id", "hour"), _pages.c.page != literal_column("''"))
)
_SELECT_TENANT = sql(select(literal_column("1")).where(*where(tables.tenant, "id")))
_SELECT_PAGES = (
    sql(select(tables.conversation.c.page).where(*where(tables.conversation, "tenant_id", "thread"))),
    sql(select(tables.circle.c.page).where(*where(tables.circle, "tenant_id", "room"))),
    sql(select(tables.held_room.c.page).where(*where(tables.held_room, "tenant_id", "room"))),
    sql(select(literal_column("''")).where(*where(tables.staff_room, "tenant_id", "room"))),
)
_usage = tables.usage


def _sums(table: Table) -> list[ColumnElement[int]]:
    """What each count comes to, in the order of `Counts`."""
    return [*(func.sum(table.c[name]) for name in SUMS), func.max(table.c[PEAK])]


def _within(table: Table) -> list[ColumnElement[bool]]:
    return [*where(table, "tenant_id"), table.c.hour >= bindparam("since"), table.c.hour < bindparam("until")]


def _step(table: Table) -> ColumnElement[int]:
    return (table.c.hour - table.c.hour % bindparam("step")).label("at")


_STEPS = sql(
    select(_step(_usage), *_sums(_usage))
    .where(*_within(_usage), bindparam("origin", type_=Text).is_(null()) | (_usage.c.origin == bindparam("origin")))
    .group_by("at")
)
_PAGE_STEPS = sql(select(_step(_pages), *_sums(_pages)).where(*_within(_pages), *where(_pages, "page")).group_by("at"))
_MESSAGES: ColumnElement[int] = func.sum(literal_column("pub_sub_message_count")).desc()
_SITES = sql(
    select(_usage.c.origin, *_sums(_usage))
    .where(*_within(_usage), _usage.c.origin != literal_column(f"'{ALL_SITES}'"))
    .group_by(_usage.c.origin)
    .order_by(_MESSAGES, _usage.c.origin)
)
_PAGES = sql(
    select(_pages.c.page, *_sums(_pages))
    .where(*_within(_pages), _pages.c.page != literal_column("''"))
    .group_by(_pages.c.page)
    .order_by(_MESSAGES, _pages.c.page)
)
_PEAK = sql(
    select(_usage.c[PEAK], _usage.c.hour)
    .where(*where(_usage, "tenant_id", "origin"), _usage.c.hour >= bindparam("since"))
    .order_by(_usage.c[PEAK].desc())
    .limit(literal_column("1"))
    .offset(literal_column("0"))
)
_PRUNE_PAGES = sql(delete(_pages).where(_pages.c.hour < bindparam("before")))


def add(transaction: Transaction, hour: int, counted: Mapping[Key, Counts]) -> None:
    """Add what was counted to the rows of an hour (its first ms); what a deleted tenant had used is dropped."""
    by_site: dict[Key, Counts] = {}
    by_page: dict[Key, Counts] = {}
    tenants = {key.tenant_id for key in counted}
    there = {id_ for id_ in tenants if transaction.one(_SELECT_TENANT, {"id": id_}) is not None}
    for key, counts in counted.items():
        if key.tenant_id not in there:
            continue
        # The most viewers of a room are none of a site, whose own are counted apart.
        of_site = replace(counts, **{PEAK: 0}) if key.room else replace(counts)
        merge(by_site, [(Key(key.tenant_id, key.origin, ""), of_site)])
        if key.room:
            page = _page_of(transaction, key.tenant_id, hour, key.room)
            merge(by_page, [(Key(key.tenant_id, "", page), replace(counts))])
    for key, counts in by_site.items():
        _run(transaction, _ADD, key.tenant_id, hour, counts, origin=key.origin)
    taken: dict[str, int] = {}
    for key, counts in by_page.items():
        page = key.room if _has_place(transaction, key.tenant_id, hour, key.room, taken) else ""
        _run(transaction, _ADD_TO_PAGE, key.tenant_id, hour, counts, page=page)


def prune(transaction: Transaction, now: int) -> None:
    """Forget the pages' hours of long ago; what tenants used is kept."""
    transaction.run(_PRUNE_PAGES, {"before": now - PAGES_KEPT_MS})


def _run(transaction: Transaction, statement: str, tenant_id: str, hour: int, counts: Counts, **part: str) -> None:
    transaction.run(statement, {"tenant_id": tenant_id, "hour": hour, **part, **asdict(counts)})


def _page_of(reader: Reader, tenant_id: str, hour: int, room: str) -> str:
    """The page that a room belongs to: a thread's, a circle's, that of what waits, or its own; empty: to none.

    A thread may be discussed like a page; names may even lead back.
    """
    passed: set[str] = set()
    while room not in passed and not _has_row(reader, tenant_id, hour, room):
        passed.add(room)
        key = {"tenant_id": tenant_id, "thread": room, "room": room}
        rows = (reader.one(statement, key) for statement in _SELECT_PAGES)
        room = next((str(row[0]) for row in rows if row is not None), room)
    return room


def _has_row(reader: Reader, tenant_id: str, hour: int, page: str) -> bool:
    return reader.one(_HAS_PAGE, {"tenant_id": tenant_id, "hour": hour, "page": page}) is not None


def _has_place(reader: Reader, tenant_id: str, hour: int, page: str, taken: dict[str, int]) -> bool:
    """Whether a page has a row of its own in an hour, or is to get one: `taken` counts them by tenant."""
    if _has_row(reader, tenant_id, hour, page):
        return True
    if tenant_id not in taken:
        row = reader.one(_COUNT_PAGES, {"tenant_id": tenant_id, "hour": hour})
        assert row is not None
        taken[tenant_id] = int(row[0])
    rank = taken[tenant_id]
    is_free = rank < NAMES_PER_HOUR or (rank < PAGES_PER_HOUR and pages.is_known(reader, tenant_id, page))
    taken[tenant_id] += is_free
    return is_free


# -- Reading ----------------------------------------------------------------------------------------------------------


class OfSite(Struct, frozen=True):
    """What was used on one site; `origin` is empty where it is unknown."""

    origin: str
    counts: Counts


class OfPage(Struct, frozen=True):
    """What was used on one page."""

    page: str
    counts: Counts


def read_steps(
    reader: Reader, tenant_id: str, since: int, until: int, step: int, origin: str | None = None
) -> list[tuple[int, Counts]]:
    """What a tenant used from `since` on and before `until`, summed to steps of so many ms; on one site, or on all."""
    key = {"tenant_id": tenant_id, "since": since, "until": until, "step": step, "origin": origin}
    return [(row[0], Counts(*row[1:])) for row in reader.all(_STEPS, key)]


def read_page_steps(
    reader: Reader, tenant_id: str, since: int, until: int, step: int, page: str
) -> list[tuple[int, Counts]]:
    """The same of one page."""
    key = {"tenant_id": tenant_id, "since": since, "until": until, "step": step, "page": page}
    return [(row[0], Counts(*row[1:])) for row in reader.all(_PAGE_STEPS, key)]


def read_sites(reader: Reader, tenant_id: str, since: int, until: int) -> list[OfSite]:
    """What was used on each site, the one with the most messages first."""
    rows = reader.all(_SITES, {"tenant_id": tenant_id, "since": since, "until": until})
    return [OfSite(row[0], Counts(*row[1:])) for row in rows]


def read_pages(reader: Reader, tenant_id: str, since: int, until: int) -> Generator[OfPage]:
    """What was used on each page, the one with the most messages first; who has enough closes it."""
    with closing(reader.each(_PAGES, {"tenant_id": tenant_id, "since": since, "until": until})) as rows:
        yield from (OfPage(row[0], Counts(*row[1:])) for row in rows)


def read_page(reader: Reader, tenant_id: str, since: int, until: int, page: str) -> Counts:
    """What was used on one page."""
    return total(counts for _, counts in read_page_steps(reader, tenant_id, since, until, HOUR_MS, page))


def find_peak(reader: Reader, tenant_id: str, since: int) -> tuple[int, int] | None:
    """The most viewers of a tenant at once since a time, and the hour in which they were; None if there was nobody."""
    row = reader.one(_PEAK, {"tenant_id": tenant_id, "since": since, "origin": ALL_SITES})
    return None if row is None or not row[0] else (row[0], row[1])
