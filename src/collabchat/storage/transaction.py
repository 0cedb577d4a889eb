"""What a query or a change works with: the driver's own connection, and the log of each room."""

import secrets
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.catchup import Standing
from collabchat.core.events import Event, Parts, encode
from collabchat.core.model import Actor, Tenant, derive_life, join_epoch
from collabchat.core.usage import Counts, Key
from collabchat.storage import tables
from collabchat.storage.statements import insert_row, sql, where

TIMESTAMP_STEP_MS: ColumnElement[int] = literal_column("2", Integer)
"""Older clients ask for events after a time and may add 1 to it, so timestamps rise by more."""

_SELECT_ROOM = sql(
    select(tables.room.c.life, tables.room.c.base, tables.room.c.seq).where(*where(tables.room, "tenant_id", "url_id"))
)
_OPEN_ROOM = sql(insert(tables.room).on_conflict_do_nothing())
_NEXT_SEQ = sql(
    update(tables.room)
    .values(
        seq=tables.room.c.seq + literal_column("1"),
        last_timestamp=func.max(bindparam("now"), tables.room.c.last_timestamp + TIMESTAMP_STEP_MS),
    )
    .where(*where(tables.room, "tenant_id", "url_id"))
    .returning(tables.room.c.life, tables.room.c.seq, tables.room.c.last_timestamp)
)
_INSERT_EVENT = insert_row(tables.event)
_BEGIN_ANEW = sql(
    update(tables.room)
    .values(
        life=bindparam("life"),
        base=tables.room.c.seq + literal_column("1"),
        seq=tables.room.c.seq + literal_column("1"),
    )
    .where(*where(tables.room, "tenant_id", "url_id"))
    .returning(tables.room.c.life, tables.room.c.seq)
)
_DELETE_EVENTS = sql(delete(tables.event).where(*where(tables.event, "tenant_id", "url_id")))
_CUT = sql(
    update(tables.room)
    .values(base=tables.room.c.seq)
    .where(*where(tables.room, "tenant_id", "url_id"))
    .returning(tables.room.c.life, tables.room.c.seq)
)

Row = tuple[Any, ...]


def new_id() -> str:
    """A fresh id of a conversation or comment: 48 random bits, short because every frame carries two of them.

    None begins like an option: it may be named on a command line.
    """
    id_ = secrets.token_urlsafe(6)
    return new_id() if id_.startswith("-") else id_


class Committed(Struct, frozen=True):
    """An event that is on disk, ready to be sent to its room; without a frame, word that its history begins anew."""

    tenant_id: str
    url_id: str
    epoch: str
    seq: int
    frame: bytes | None
    is_cut: bool = False
    """Word that nothing up to here is kept any more."""


class Told(Struct, frozen=True, rename="camel"):
    """Where a change stands in a room: the event as the room gets it, and its position."""

    url_id: str
    epoch: str
    seq: int
    event: msgspec.Raw


class Reader:
    """Queries over one connection. `incarnation` names this database's life (see `core.model.join_epoch`)."""

    def __init__(self, connection: sqlite3.Connection, incarnation: str) -> None:
        self.connection = connection
        self.incarnation = incarnation

    def one(self, statement: str, parameters: Mapping[str, object]) -> Row | None:
        """The first row, or None."""
        row: Row | None = self.connection.execute(statement, parameters).fetchone()
        return row

    def all(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """All rows."""
        return self.connection.execute(statement, parameters).fetchall()

    def each(self, statement: str, parameters: Mapping[str, object]) -> Generator[Row]:
        """One row after the other, for who may stop before the last; close it then."""
        with closing(self.connection.execute(statement, parameters)) as rows:
            yield from rows

    def room(self, tenant: Tenant, url_id: str) -> Standing:
        """Where a room stands now; a room without any event is at 0 of the epoch that it will have."""
        row = self.one(_SELECT_ROOM, {"tenant_id": tenant.id, "url_id": url_id})
        life, base, head = (derive_life(tenant, url_id), 0, 0) if row is None else row
        return Standing(join_epoch(life, self.incarnation), base, head)


class Transaction(Reader):
    """One change in the making. What it appends is told to the rooms only after the commit."""

    def __init__(self, connection: sqlite3.Connection, incarnation: str) -> None:
        super().__init__(connection, incarnation)
        self._events: list[Committed] = []
        self._counted: list[tuple[Key, Counts]] = []

    def run(self, statement: str, parameters: Mapping[str, object]) -> int:
        """Run a statement; return how many rows it touched."""
        return self.connection.execute(statement, parameters).rowcount

    def append(self, tenant: Tenant, url_id: str, now: int, make: Callable[[int, int], Event]) -> Told:
        """Append an event to a room's log; `make` gets the seq and timestamp that the room gives it.

        This is the last lock of the change. A change that touches two rooms tells the page first, then the thread.
        """
        key = {"tenant_id": tenant.id, "url_id": url_id}
        row = self.one(_NEXT_SEQ, {**key, "now": now})
        if row is None:
            life = derive_life(tenant, url_id)
            self.run(_OPEN_ROOM, {**key, "life": life, "base": 0, "seq": 0, "last_timestamp": 0})
            row = self.one(_NEXT_SEQ, {**key, "now": now})
            assert row is not None
        life, seq, timestamp = row
        epoch = join_epoch(life, self.incarnation)
        event = make(seq, timestamp)
        frame = encode(event)
        self.run(
            _INSERT_EVENT,
            {**key, "seq": seq, "broadcast_id": event.broadcast_id, "timestamp": timestamp, "body": frame},
        )
        self._events.append(Committed(tenant.id, url_id, epoch, seq, frame))
        return Told(url_id, epoch, seq, msgspec.Raw(frame))

    def begin_anew(self, tenant: Tenant, url_id: str) -> None:
        """Forget a room's history: its epoch changes, so that everybody takes a fresh snapshot, and nothing is kept.

        One number is left out, so that who names no epoch is behind, too.
        """
        key = {"tenant_id": tenant.id, "url_id": url_id}
        row = self.one(_BEGIN_ANEW, {**key, "life": secrets.token_hex(6)})
        if row is not None:
            self.run(_DELETE_EVENTS, key)
            life, seq = row
            self._events.append(Committed(tenant.id, url_id, join_epoch(life, self.incarnation), seq, None))

    def cut(self, tenant: Tenant, url_id: str) -> None:
        """Forget what happened in a room so far: who was away takes a fresh snapshot, who is there notices nothing."""
        key = {"tenant_id": tenant.id, "url_id": url_id}
        if (row := self.one(_CUT, key)) is not None:
            self.run(_DELETE_EVENTS, key)
            life, seq = row
            self._events.append(
                Committed(tenant.id, url_id, join_epoch(life, self.incarnation), seq, None, is_cut=True)
            )

    def count(self, key: Key, counts: Counts) -> None:
        """Count this change as a tenant's use, if it is committed."""
        self._counted.append((key, counts))

    def take(self) -> tuple[list[Committed], list[tuple[Key, Counts]]]:
        """Hand over what was appended and counted since the last call."""
        taken = self._events, self._counted
        self._events, self._counted = [], []
        return taken


class Write(Struct, frozen=True):
    """A change that somebody makes: the transaction that it runs in, who makes it, when (epoch ms), and its name."""

    transaction: Transaction
    tenant: Tenant
    actor: Actor
    now: int
    broadcast_id: str
    address_hash: str | None = None
    origin: str = ""
    """The site that it is made on, as far as a browser says so."""

    suspicion: str | None = None
    """The guards' rule that its words fell foul of, where that makes them wait rather than be refused."""

    def count(self, page: str, counts: Counts) -> None:
        """Count this change as use of a page (empty: of none)."""
        self.transaction.count(Key(self.tenant.id, self.origin, page), counts)

    def key(self, id_: str) -> dict[str, object]:
        """The parameters that select a row of this tenant by its id."""
        return {"tenant_id": self.tenant.id, "id": id_}

    def tell(self, room: str, type_: str, make: Callable[[int], Parts]) -> Told:
        """Append an event of this change to a room; `make` gets the event's timestamp."""

        def event(seq: int, timestamp: int) -> Event:
            parts = make(timestamp)
            return Event(
                type_,
                room,
                seq,
                timestamp,
                self.broadcast_id,
                self.actor.id,
                parts.chat,
                parts.comment,
                parts.deleted_comment_id,
            )

        return self.transaction.append(self.tenant, room, self.now, event)
