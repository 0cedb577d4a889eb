"""Which life of the database this is: a restored backup must not pass for the file that clients know.

After a restore the same numbers are given to other events, and a client that is ahead would miss them silently. So the
database's incarnation is part of every room's epoch, and changes when the file turns out to be older than it was:

    <database>.position   "<incarnation> <events>", beside the file, rewritten after each commit

`events` counts all that ever happened; the database holds the same number, written within each commit. Without the
sidecar, with another's, or with one that has seen more events than the file holds, the file has been replaced: it gets
a new incarnation. The sidecar is written after the commit is on disk and not synced itself, so no crash can leave it
ahead. Whoever copies a backup over both files must remove the sidecar.
"""

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import Self

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.storage.statements import sql
from collabchat.storage.tables import server

WIDTH = 64

log = structlog.get_logger()

_SELECT = sql(select(server.c.value).where(server.c.key == bindparam("key")))
_insert = insert(server)
_STORE = sql(_insert.on_conflict_do_update(index_elements=["key"], set_={"value": _insert.excluded.value}))


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a database is."""
    return path.with_name(f"{path.name}.position")


class Incarnation:
    """The incarnation of an open database, and its count of events. Used by the writer alone."""

    def __init__(self, connection: sqlite3.Connection, name: str, events: int, file: int) -> None:
        self.name = name
        self._connection = connection
        self._events = events
        self._file = file
        self._write()

    @classmethod
    def of(cls, connection: sqlite3.Connection, path: Path) -> Self:
        """Find out the incarnation of a database that is being opened; a restored one gets a new name."""

        def read(key: str) -> str:
            row = connection.execute(_SELECT, {"key": key}).fetchone()
            return "" if row is None else str(row[0])

        name, events = read("incarnation"), int(read("events") or 0)
        sidecar = sidecar_of(path)
        before = sidecar.read_text().strip() if sidecar.exists() else ""
        known, _, seen = before.partition(" ")
        if events and (known != name or not seen.isdigit() or int(seen) > events):
            log.warning(
                "The database is not the file that was here: readers take fresh snapshots",
                events=events,
                sidecar=before,
            )
            name = secrets.token_urlsafe(9)
            connection.execute(_STORE, {"key": "incarnation", "value": name})
        return cls(connection, name, events, os.open(sidecar, os.O_RDWR | os.O_CREAT, 0o600))

    def count(self, events: int) -> None:
        """Count events, within the transaction that holds them."""
        if events:
            self._connection.execute(_STORE, {"key": "events", "value": str(self._events + events)})

    def note(self, events: int) -> None:
        """Note that counted events are on disk now."""
        self._events += events
        if events:
            # What is committed stays committed, even if this disk takes no more: a sidecar that is behind does no harm.
            with contextlib.suppress(OSError):
                self._write()

    def close(self) -> None:
        """Close the sidecar."""
        os.close(self._file)

    def _write(self) -> None:
        os.pwrite(self._file, f"{self.name} {self._events}".ljust(WIDTH).encode(), 0)
