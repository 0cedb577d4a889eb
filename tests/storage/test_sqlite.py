import asyncio
import secrets
import sqlite3
import threading

import pytest

from collabchat.core.events import Chat, Parts
from collabchat.core.model import Actor
from collabchat.errors import NotFound
from collabchat.storage import tenants
from collabchat.storage.operations import once
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Committed, Reader, Transaction, Write, new_id
from tests.storing import TENANT

ANA = Actor("demo", "demo:ana", "s", "Ana")


class Store:
    """A database with one tenant, and what it told of its commits."""

    def __init__(self, database: Database) -> None:
        self.told: list[Committed] = []
        self.database = database
        self.database.on_commit = self.told.extend

    async def tell(self, room: str = "page", now: int = 1_000, *, fails: type[Exception] | None = None) -> int:
        """Append an event, and then fail if so wished; returns its seq."""

        def change(transaction: Transaction) -> int:
            write = Write(transaction, TENANT, ANA, now, "b")
            seq = write.tell(room, "updated-text-chat", lambda _at: Parts(Chat("c"))).seq
            if fails is not None:
                raise fails
            return seq

        return await self.database.write(change)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def hold_writer(store: Store) -> tuple[threading.Event, asyncio.Task[None]]:
    """Keep the writer busy until the event is set, so that what is written meanwhile waits for one commit."""
    release = threading.Event()
    entered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_transaction: Transaction) -> None:
        loop.call_soon_threadsafe(entered.set)
        release.wait(10)

    task = asyncio.create_task(store.database.write(wait))
    await entered.wait()
    return release, task


async def test_commit_order_is_seq_order_without_holes(store: Store) -> None:
    seqs = await asyncio.gather(*(store.tell() for _ in range(200)))
    assert sorted(seqs) == list(range(1, 201))
    assert [event.seq for event in store.told] == list(range(1, 201))


async def test_all_that_waits_is_committed_at_once(store: Store) -> None:
    release, holding = await hold_writer(store)
    with sqlite3.connect(store.database.path) as other:
        (before,) = other.execute("PRAGMA data_version").fetchone()
        waiting = [asyncio.create_task(store.tell()) for _ in range(50)]
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(holding, *waiting)
        (after,) = other.execute("PRAGMA data_version").fetchone()
    other.close()
    assert after - before <= 2


@pytest.mark.parametrize("error", [NotFound, ValueError])
async def test_a_bad_change_does_not_hurt_its_neighbours_and_leaves_nothing(
    store: Store, error: type[Exception]
) -> None:
    release, holding = await hold_writer(store)
    tasks = [asyncio.create_task(store.tell(fails=error if number == 5 else None)) for number in range(10)]
    await asyncio.sleep(0)
    release.set()
    await holding
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results].count(error) == 1
    assert [result for result in results if isinstance(result, int)] == list(range(1, 10))
    assert [event.seq for event in store.told] == list(range(1, 10))
    room = await store.database.read(lambda reader: reader.room(TENANT, "page"))
    assert room.head == 9


async def test_nothing_is_told_before_it_can_be_read_from_the_file(store: Store) -> None:
    seen: list[int] = []

    def count(events: object) -> None:
        with sqlite3.connect(store.database.path) as other:
            seen.extend(other.execute("SELECT count(*) FROM event").fetchone())
        other.close()

    store.database.on_commit = count
    await store.tell()
    assert seen == [1]


async def test_a_caller_that_goes_away_takes_nothing_with_it(store: Store) -> None:
    release, holding = await hold_writer(store)
    gone = asyncio.create_task(store.tell())
    await asyncio.sleep(0)
    gone.cancel()
    release.set()
    await holding
    assert await store.tell() == 2
    assert [event.seq for event in store.told] == [1, 2]


async def test_timestamps_rise_by_at_least_two_even_when_the_clock_stands_or_falls(store: Store) -> None:
    for now in (1_000, 1_000, 500, 1_001):
        await store.tell(now=now)
    timestamps = await store.database.read(
        lambda reader: [row[0] for row in reader.all("SELECT timestamp FROM event ORDER BY seq", {})]
    )
    assert timestamps == [1_000, 1_002, 1_004, 1_006]


async def test_rooms_have_their_own_numbers_and_epochs(store: Store) -> None:
    assert [await store.tell("a"), await store.tell("b"), await store.tell("a")] == [1, 1, 2]

    def epochs(reader: Reader) -> list[str]:
        return [reader.room(TENANT, room).epoch for room in ("a", "b", "never written")]

    before = await store.database.read(epochs)
    assert len(set(before)) == 3
    await store.tell("never written")
    assert await store.database.read(epochs) == before


async def test_durable_means_fsync_on_every_commit(store: Store) -> None:
    def pragmas(transaction: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [transaction.one(f"PRAGMA {name}", {}) for name in names]

    assert await store.database.write(pragmas) == [("wal",), (2,), (1,)]


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.database.read(lambda reader: reader.one("DELETE FROM tenant", {}))


async def test_deleting_a_tenant_deletes_all_it_had(store: Store) -> None:
    def write(transaction: Transaction) -> bytes:
        return once(Write(transaction, TENANT, ANA, 1, "b"), "hash", lambda write: {"made": 1})

    await store.tell()
    await store.database.write(write)
    await store.database.write(lambda transaction: tenants.remove(transaction, "demo"))

    def count_rows(reader: Reader) -> dict[str, int]:
        names = [row[0] for row in reader.all("SELECT name FROM sqlite_master WHERE type = 'table'", {})]
        return {name: reader.all(f'SELECT count(*) FROM "{name}"', {})[0][0] for name in names}

    rows = await store.database.read(count_rows)
    assert {name for name, count in rows.items() if count} == {"server", "alembic_version"}


def test_no_id_is_taken_for_an_option_where_it_is_named_on_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["-Axyz123", "-_xyz123", "Axyz-123"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _size: next(ids))
    assert new_id() == "Axyz-123"
