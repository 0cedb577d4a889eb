"""The log of a room's events, for those who were away."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import bindparam, literal_column, select

from collabchat.core.catchup import Numbered, Standing
from collabchat.core.model import Tenant
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader

READ_MAX = 500
"""How many events one answer holds; the reader asks again for more."""

_table = tables.event
_columns = select(_table.c.seq, _table.c.broadcast_id, _table.c.timestamp, _table.c.body)
_AFTER_SEQ = sql(
    _columns.where(*where(_table, "tenant_id", "url_id"), _table.c.seq > bindparam("after"))
    .order_by(_table.c.seq)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)
_BETWEEN = sql(
    _columns.where(
        *where(_table, "tenant_id", "url_id"),
        _table.c.timestamp > bindparam("after"),
        _table.c.timestamp <= bindparam("until"),
    )
    .order_by(_table.c.seq)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)

_LAST = sql(
    select(_table.c.seq, _table.c.body)
    .where(*where(_table, "tenant_id", "url_id"), _table.c.seq > bindparam("after"))
    .order_by(_table.c.seq)
)


class Entry(Struct, frozen=True):
    """One event as logged; `timestamp` in epoch ms, `frame` as it was sent."""

    seq: int
    broadcast_id: str
    timestamp: int
    frame: bytes


class Page(Struct, frozen=True):
    """A part of a room's log, oldest first, and where the room stands."""

    room: Standing
    entries: list[Entry]
    has_more: bool


def read_after(reader: Reader, tenant: Tenant, url_id: str, seq: int) -> Page:
    """The events after a position."""
    return _read(reader, tenant, url_id, _AFTER_SEQ, {"after": seq})


def read_between(reader: Reader, tenant: Tenant, url_id: str, after: int, until: int | None) -> Page:
    """The events later than `after` and not later than `until` (epoch ms; None: no bound)."""
    return _read(reader, tenant, url_id, _BETWEEN, {"after": after, "until": until or 2**62})


def read_last(reader: Reader, tenant: Tenant, url_id: str, count: int) -> tuple[Standing, list[Numbered]]:
    """Where a room stands, and the last events up to there."""
    room = reader.room(tenant, url_id)
    key = {"tenant_id": tenant.id, "url_id": url_id}
    rows = reader.all(_LAST, {**key, "after": max(room.head - count, 0)})
    return room, [Numbered(*row) for row in rows]


def read_standings(reader: Reader, rooms: Iterable[tuple[Tenant, str]]) -> list[Standing]:
    """Where these rooms stand, as of one moment."""
    return [reader.room(tenant, url_id) for tenant, url_id in rooms]


def _read(reader: Reader, tenant: Tenant, url_id: str, statement: str, bounds: dict[str, int]) -> Page:
    key = {"tenant_id": tenant.id, "url_id": url_id}
    rows = reader.all(statement, {**key, **bounds, "limit": READ_MAX + 1})
    return Page(reader.room(tenant, url_id), [Entry(*row) for row in rows[:READ_MAX]], len(rows) > READ_MAX)
