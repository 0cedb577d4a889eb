"""How long the log is kept: the newest 1,000 events of a room, and all of the last 24 hours.

Pruned in small steps, each a short transaction of its own, so that nobody's write waits for long. `room.base` moves
with the log in the same transaction: whoever is behind it is told to take a snapshot, and never gets a log with a hole.
"""

from sqlalchemy import bindparam, delete, func, select, update

from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Transaction

KEPT_EVENTS = 1_000
KEPT_MS = 24 * 3_600_000
STEP_EVENTS = 500

_room = tables.room
_event = tables.event
_LONG = sql(
    select(_room.c.tenant_id, _room.c.url_id, _room.c.base, _room.c.seq).where(
        _room.c.seq - _room.c.base > bindparam("kept")
    )
)
_OLD = sql(
    select(func.max(_event.c.seq)).where(
        *where(_event, "tenant_id", "url_id"),
        _event.c.seq <= bindparam("most"),
        _event.c.timestamp < bindparam("before"),
    )
)
_PRUNE = sql(delete(_event).where(*where(_event, "tenant_id", "url_id"), _event.c.seq <= bindparam("base")))
_MOVE = sql(update(_room).values(base=bindparam("base")).where(*where(_room, "tenant_id", "url_id")))


def prune(transaction: Transaction, now: int) -> bool:
    """Prune some of what is too old, `now` in epoch ms; whether there may be more to do."""
    for tenant_id, url_id, base, head in transaction.all(_LONG, {"kept": KEPT_EVENTS}):
        key = {"tenant_id": tenant_id, "url_id": url_id}
        most = min(head - KEPT_EVENTS, base + STEP_EVENTS)
        row = transaction.one(_OLD, {**key, "most": most, "before": now - KEPT_MS})
        if row is not None and row[0] is not None:
            transaction.run(_PRUNE, {**key, "base": row[0]})
            transaction.run(_MOVE, {**key, "base": row[0]})
            return True
    return False
