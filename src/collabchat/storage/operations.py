"""Writes happen once: the outcome of each is kept by (tenant, actor, broadcastId) and given again to a repeat."""

import hashlib
from collections.abc import Callable, Iterable, Set

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, select

from collabchat.core.model import Actor
from collabchat.errors import BroadcastIdReused
from collabchat.storage import audiences, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction, Write

KEPT_MS = 7 * 24 * 3_600_000

_table = tables.operation
_SELECT = sql(
    select(_table.c.request_hash, _table.c.outcome).where(*where(_table, "tenant_id", "actor_id", "broadcast_id"))
)
_INSERT = insert_row(_table)
_PRUNE = sql(delete(_table).where(_table.c.created_at < bindparam("before")))
_PRUNE_SESSIONS = sql(delete(tables.session).where(tables.session.c.expires_at < bindparam("before")))


class _Event(Struct, rename="camel"):
    url_id: str


class _Moderated(Struct, frozen=True):
    thread: str = ""


class _Result(Struct, frozen=True):
    comment: _Moderated = _Moderated()


class _Outcome(Struct):
    event: msgspec.Raw = msgspec.Raw()


class _Shown(Struct):
    """What an outcome shows of rooms: by a reader's write its event, by a moderator's what they decided about."""

    event: _Event | None = None
    conversation: _Moderated = _Moderated()
    results: list[_Result] = []

    def rooms(self) -> set[str]:
        told = set() if self.event is None else {self.event.url_id}
        return (told | {self.conversation.thread, *(result.comment.thread for result in self.results)}) - {""}


def hash_request(*parts: object) -> str:
    """A digest of what was asked; two requests with the same digest ask the same."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()


def once(write: Write, request_hash: str, change: Callable[[Write], object]) -> bytes:
    """Run `change` unless it ran before; return its outcome as JSON, the first one's for a repeat.

    Raises BroadcastIdReused when the id belongs to another request of this actor, NotFound for a repeat of what they
    may not see any more. Only committed outcomes are kept: what was refused may be tried again.
    """
    key = {"tenant_id": write.tenant.id, "actor_id": write.actor.id, "broadcast_id": write.broadcast_id}
    if (known := write.transaction.one(_SELECT, key)) is not None:
        if known[0] != request_hash:
            raise BroadcastIdReused
        outcome = bytes(known[1])
        # What one did, one may have lost the right to see since.
        for room in msgspec.json.decode(outcome, type=_Shown).rooms():
            audiences.require_visible(write.transaction, write.tenant, write.actor, room)
        return outcome
    outcome = msgspec.json.encode(change(write))
    row = {**key, "request_hash": request_hash, "outcome": outcome, "created_at": write.now}
    write.transaction.run(_INSERT, row)
    return outcome


def settled(reader: Reader, actor: Actor, rooms: Set[str], broadcast_ids: Iterable[str]) -> list[msgspec.Raw]:
    """The events of those of an actor's writes that are done, as far as they are of these rooms."""
    done = []
    for broadcast_id in broadcast_ids:
        key = {"tenant_id": actor.tenant_id, "actor_id": actor.id, "broadcast_id": broadcast_id}
        row = reader.one(_SELECT, key)
        event = msgspec.Raw() if row is None else msgspec.json.decode(row[1], type=_Outcome).event
        if bytes(event) and msgspec.json.decode(event, type=_Event).url_id in rooms:
            done.append(event)
    return done


def prune(transaction: Transaction, now: int) -> None:
    """Forget outcomes after a week, and sessions after their end."""
    transaction.run(_PRUNE, {"before": now - KEPT_MS})
    transaction.run(_PRUNE_SESSIONS, {"before": now})
