"""How long things are kept: of the log the newest 1,000 events of a room, and all of the last 24 hours; discussions
as long as their tenant says.

Pruned in small steps, each a short transaction of its own, so that nobody's write waits for long. `room.base` moves
with the log in the same transaction: whoever is behind it is told to take a snapshot, and never gets a log with a hole.
"""

from sqlalchemy import bindparam, delete, func, literal_column, select, update

from collabchat.core.model import Actor, Tenant
from collabchat.storage import conversations, tables
from collabchat.storage.rows import read_conversation
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Transaction, Write, new_id

KEPT_EVENTS = 1_000
KEPT_MS = 24 * 3_600_000
STEP_EVENTS = 500
STEP_CONVERSATIONS = 50
DAY_MS = 24 * 3_600_000

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
_chats = tables.conversation
_comments = tables.comment
_QUIET = sql(
    select(_chats)
    .where(*where(_chats, "tenant_id"), _chats.c.deleted_at.is_(None), _chats.c.last_comment_at < bindparam("before"))
    .limit(literal_column(str(STEP_CONVERSATIONS)))
    .offset(literal_column("0"))
)
_SELECT_DELETED_CHATS = sql(
    select(_chats.c.room, _chats.c.thread).where(*where(_chats, "tenant_id"), _chats.c.deleted_at < bindparam("before"))
)
_SELECT_DELETED_COMMENTS = sql(
    select(_comments.c.thread, _chats.c.room)
    .distinct()
    .outerjoin(_chats, (_chats.c.tenant_id == _comments.c.tenant_id) & (_chats.c.thread == _comments.c.thread))
    .where(*where(_comments, "tenant_id"), _comments.c.deleted_at < bindparam("before"))
)
_DELETE_OUTCOMES = sql(
    delete(tables.operation).where(
        *where(tables.operation, "tenant_id"), tables.operation.c.created_at < bindparam("before")
    )
)
_DELETE_HIDDEN = sql(
    delete(_comments).where(
        *where(_comments, "tenant_id"),
        _comments.c.thread.in_(
            select(_chats.c.thread).where(*where(_chats, "tenant_id"), _chats.c.deleted_at < bindparam("before"))
        ),
    )
)
"""What waited, or was spam, in discussions that are gone; flags go with their comments."""

_DELETED = [
    sql(delete(table).where(*where(table, "tenant_id"), table.c.deleted_at < bindparam("before")))
    for table in (_comments, _chats)
]
_PRUNE = sql(delete(_event).where(*where(_event, "tenant_id", "url_id"), _event.c.seq <= bindparam("base")))
_MOVE = sql(update(_room).values(base=bindparam("base")).where(*where(_room, "tenant_id", "url_id")))


def prune(transaction: Transaction, now: int) -> bool:
    """Prune some of what is too old, `now` in epoch ms; whether there may be more to do."""
    for tenant_id, url_id, base, head in transaction.all(_LONG, {"kept": KEPT_EVENTS}):
        key = {"tenant_id": tenant_id, "url_id": url_id}
        most = min(head - KEPT_EVENTS, base + STEP_EVENTS)
        if _cut(transaction, key, most, now - KEPT_MS):
            return True
    return False


def _cut(transaction: Transaction, key: dict[str, object], most: int, before: int) -> bool:
    """Forget a room's events up to `most`, as far as they are older than `before`; whether there were any."""
    row = transaction.one(_OLD, {**key, "most": most, "before": before})
    if row is None or row[0] is None:
        return False
    transaction.run(_PRUNE, {**key, "base": row[0]})
    transaction.run(_MOVE, {**key, "base": row[0]})
    return True


def forget_quiet(transaction: Transaction, tenant: Tenant, now: int) -> bool:
    """Delete some of a tenant's discussions that have been quiet for too long; whether there may be more to do.

    Pages are told as of any other deletion. What was deleted so long ago is not kept for anybody any more.
    """
    before = now - tenant.rules.retention_days * DAY_MS
    key = {"tenant_id": tenant.id, "before": before}
    nobody = Actor(tenant.id, "retention", "", "retention", role="admin")
    quiet = transaction.all(_QUIET, key)
    for chat in map(read_conversation, quiet):
        conversations.end(Write(transaction, tenant, nobody, now, f"retention-{new_id()}"), chat)
        for room in (chat.room, chat.thread):
            _cut(transaction, {"tenant_id": tenant.id, "url_id": room}, 2**62, before)
    # What was deleted by people so long ago goes as well: from the logs first, while it is known whose they are.
    old = {room for row in transaction.all(_SELECT_DELETED_COMMENTS, key) for room in row if room is not None}
    for room, thread in transaction.all(_SELECT_DELETED_CHATS, key):
        old.add(room)
        transaction.begin_anew(tenant, thread)
    for room in old:
        _cut(transaction, {"tenant_id": tenant.id, "url_id": room}, 2**62, before)
    for statement in (_DELETE_HIDDEN, *_DELETED, _DELETE_OUTCOMES):
        transaction.run(statement, key)
    return len(quiet) == STEP_CONVERSATIONS
