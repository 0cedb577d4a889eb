"""SQLite: one writer thread that commits many waiting changes at once, and a few readers beside it.

    write(change) ─▶ queue ─▶ BEGIN IMMEDIATE · change · change · … (≤ 64) · COMMIT (fsynced) ─▶ events, then answers

`synchronous=FULL`: nothing is acknowledged or told to anybody before it is on disk. The batch runs without
savepoints; a change that is refused before it has written anything costs its neighbours nothing, and after any
other failure the batch is rolled back and its changes run one by one.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct

from collabchat.core.health import Samples
from collabchat.core.usage import Counts, Key
from collabchat.errors import Refusal
from collabchat.storage.incarnation import Incarnation
from collabchat.storage.transaction import Committed, Reader, Transaction
from collabchat.storage.turns import Turns, on_behalf_of

T = TypeVar("T")
_Done = tuple[list[Committed], list[tuple[Key, Counts]]]
BATCH_MAX = 64
READERS = 2
COMMITS_KEPT = 1_000

SLICE_S = 0.001
"""Where several tenants write, one commit takes changes for so long, or for as long as the commit before took."""


class _Job(Struct, Generic[T]):
    """A change that waits for the writer, or a query for a reader; and where its result goes."""

    work: Callable[[Any], T]
    tenant_id: str
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[T]
    result: T | None = None
    error: BaseException | None = None

    @classmethod
    def of(cls, work: Callable[[Any], T]) -> "_Job[T]":
        """A job of whoever asks now."""
        loop = asyncio.get_running_loop()
        return cls(work, on_behalf_of.get(), loop, loop.create_future())

    def settle(self) -> None:
        """Hand over what came out of it; on the event loop."""
        if self.done.cancelled():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)  # type: ignore[arg-type] # it has run


def connect(path: Path) -> sqlite3.Connection:
    """Open the database as all of collabchat does: WAL, fsync on commit, foreign keys, 10 s of patience for locks."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # What is deleted is gone from the file, too.
    connection.execute("PRAGMA secure_delete=ON")
    return connection


def truncate_log(path: Path) -> None:
    """Empty the write-ahead log into the database, so that nothing deleted is left in it; waits for readers."""
    connection = connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


class Database:
    """The one way to the data. `on_commit` gets the events of each commit on the event loop, in commit order.

    `on_count` gets what its changes counted as use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.on_commit: Callable[[Sequence[Committed]], None] = lambda _events: None
        self.on_count: Callable[[Sequence[tuple[Key, Counts]]], None] = lambda _counted: None
        self._changes: Turns[_Job[Any]] = Turns()
        self._queries: Turns[_Job[Any]] = Turns()
        self._connection = connect(path)
        self._incarnation = Incarnation.of(self._connection, path)
        self._transaction = Transaction(self._connection, self._incarnation.name)
        self._commit_s = 0.0
        self.commits_ms = Samples(COMMITS_KEPT)
        """How long the last commits took."""

        self._threads = [threading.Thread(target=self._write, name="collabchat-writer", daemon=True)]
        for number in range(READERS):
            reader = Reader(connect(path), self._incarnation.name)
            reader.connection.execute("PRAGMA query_only=ON")
            name = f"collabchat-reader-{number}"
            self._threads.append(threading.Thread(target=self._read, args=(reader,), name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Run `change` inside a transaction; return its result once that is committed and on disk.

        Raises what `change` raises, and then nothing of it is stored.
        """
        job = _Job.of(change)
        self._changes.put(job.tenant_id, job)
        # A caller that goes away must not take the result from under the writer, hence the shield.
        return await asyncio.shield(job.done)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on a reader's connection, within one consistent view of the data."""
        job = _Job.of(query)
        self._queries.put(job.tenant_id, job)
        return await job.done

    async def truncate_log(self) -> None:
        """Empty the write-ahead log, so that nothing deleted is left in it."""
        await asyncio.to_thread(truncate_log, self.path)

    def close(self) -> None:
        """Let waiting jobs finish, then close every connection."""
        self._changes.end()
        for _ in range(READERS):
            self._queries.end()
        for thread in self._threads:
            thread.join()
        self._connection.close()
        self._incarnation.close()

    # -- Readers -------------------------------------------------------------------------------------------------------

    def _read(self, reader: Reader) -> None:
        while (job := self._queries.take()) is not None:
            if not job.done.cancelled():
                self._answer(job, reader)
        reader.connection.close()

    @staticmethod
    def _answer(job: _Job[Any], reader: Reader) -> None:
        try:
            reader.connection.execute("BEGIN")
            try:
                job.result = job.work(reader)
            finally:
                reader.connection.execute("COMMIT")
        except Exception as error:
            job.error = error
        job.loop.call_soon_threadsafe(job.settle)

    # -- The writer ----------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        while (job := self._changes.take()) is not None:
            batch = [job]
            try:
                done = self._attempt(self._fill(batch))
            except Exception:
                # Whose fault it was shows when they run one by one.
                for each in batch:
                    self._commit_alone(each)
            else:
                self._hand_over(batch, done)

    def _fill(self, batch: list[_Job[Any]]) -> Iterator[_Job[Any]]:
        """The jobs of one commit: what waits, and what comes while others run.

        A tenant alone has as many as it likes. Where there are others, none waits for much longer than a commit takes.
        """
        whose = {batch[0].tenant_id}
        until = time.monotonic() + max(SLICE_S, self._commit_s)
        yield batch[0]
        while len(batch) < BATCH_MAX and (len(whose) == 1 or time.monotonic() < until):
            if (job := self._changes.take_waiting()) is None:
                return
            batch.append(job)
            whose.add(job.tenant_id)
            yield job

    def _commit_alone(self, job: _Job[Any]) -> None:
        try:
            done = self._attempt([job])
        except Exception as error:
            job.error = error
            done = [], []
        self._hand_over([job], done)

    def _attempt(self, jobs: Iterable[_Job[Any]]) -> _Done:
        """Run and commit jobs; raises when one failed after it had written."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.result, job.error = None, None
                before = connection.total_changes
                try:
                    job.result = job.work(self._transaction)
                except Refusal as refusal:
                    if connection.total_changes != before:
                        raise
                    job.error = refusal
            done = self._transaction.take()
            events, _ = done
            self._incarnation.count(len(events))
            began = time.monotonic()
            connection.execute("COMMIT")
            self._commit_s = time.monotonic() - began
            self.commits_ms.add(self._commit_s * 1_000)
        except BaseException:
            self._transaction.take()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._incarnation.note(len(events))
        return done

    def _hand_over(self, batch: list[_Job[Any]], done: _Done) -> None:
        for loop in {job.loop for job in batch}:
            loop.call_soon_threadsafe(self._settle, [job for job in batch if job.loop is loop], done)
            done = [], []

    def _settle(self, batch: list[_Job[Any]], done: _Done) -> None:
        events, counted = done
        if counted:
            self.on_count(counted)
        if events:
            self.on_commit(events)
        for job in batch:
            job.settle()
