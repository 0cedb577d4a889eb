"""SQLite: one writer thread that commits many waiting changes at once, and a few readers beside it.

    write(change) ─▶ queue ─▶ BEGIN IMMEDIATE · change · change · … (≤ 64) · COMMIT (fsynced) ─▶ events, then answers

`synchronous=FULL`: nothing is acknowledged or told to anybody before it is on disk. The batch runs without
savepoints; a change that is refused before it has written anything costs its neighbours nothing, and after any
other failure the batch is rolled back and its changes run one by one.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct

from collabchat.errors import Refusal
from collabchat.storage.incarnation import Incarnation
from collabchat.storage.transaction import Committed, Reader, Transaction

T = TypeVar("T")
BATCH_MAX = 64
READERS = 2


class _Job(Struct, Generic[T]):
    """A change that waits for the writer, and where its result goes."""

    change: Callable[[Transaction], T]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[T]
    result: T | None = None
    error: Exception | None = None


def connect(path: Path) -> sqlite3.Connection:
    """Open the database as all of collabchat does: WAL, fsync on commit, foreign keys, 10 s of patience for locks."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


class Database:
    """The one way to the data. `on_commit` gets the events of each commit on the event loop, in commit order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.on_commit: Callable[[Sequence[Committed]], None] = lambda _events: None
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run, name="collabchat-writer", daemon=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="collabchat-reader")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._connection = connect(path)
        self._incarnation = Incarnation.of(self._connection, path)
        self._transaction = Transaction(self._connection, self._incarnation.name)
        self._writer.start()

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Run `change` inside a transaction; return its result once that is committed and on disk.

        Raises what `change` raises, and then nothing of it is stored.
        """
        loop = asyncio.get_running_loop()
        job = _Job(change, loop, loop.create_future())
        self._jobs.put(job)
        # A caller that goes away must not take the result from under the writer, hence the shield.
        return await asyncio.shield(job.done)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a reader's connection, within one consistent view of the data."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def close(self) -> None:
        """Let waiting changes finish, then close every connection."""
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        for connection in [self._connection, *self._opened]:
            connection.close()
        self._incarnation.close()

    def _read(self, query: Callable[[Reader], T]) -> T:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            connection = connect(self.path)
            connection.execute("PRAGMA query_only=ON")
            self._opened.append(connection)
            reader = self._local.reader = Reader(connection, self._transaction.incarnation)
        reader.connection.execute("BEGIN")
        try:
            return query(reader)
        finally:
            reader.connection.execute("COMMIT")

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            is_closing = False
            while len(batch) < BATCH_MAX and not self._jobs.empty():
                if (another := self._jobs.get()) is None:
                    is_closing = True
                    break
                batch.append(another)
            self._commit(batch)
            if is_closing:
                return

    def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            events = self._attempt(batch)
        except Exception as error:
            if len(batch) > 1:
                for job in batch:
                    self._commit([job])
                return
            batch[0].error = error
            events = []
        for loop in {job.loop for job in batch}:
            loop.call_soon_threadsafe(self._settle, [job for job in batch if job.loop is loop], events)
            events = []

    def _attempt(self, batch: list[_Job[Any]]) -> list[Committed]:
        """Run and commit a batch; raises when a change failed after it had written."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in batch:
                job.result, job.error = None, None
                before = connection.total_changes
                try:
                    job.result = job.change(self._transaction)
                except Refusal as refusal:
                    if connection.total_changes != before:
                        raise
                    job.error = refusal
            events = self._transaction.take_events()
            self._incarnation.count(len(events))
            connection.execute("COMMIT")
        except BaseException:
            self._transaction.take_events()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._incarnation.note(len(events))
        return events

    def _settle(self, batch: list[_Job[Any]], events: list[Committed]) -> None:
        if events:
            self.on_commit(events)
        for job in batch:
            if job.done.cancelled():
                continue
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)
