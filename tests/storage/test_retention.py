"""How much of the log is kept, and where it then begins."""

from collabchat.storage import log
from collabchat.storage.retention import KEPT_EVENTS, KEPT_MS, STEP_EVENTS, prune
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction
from tests.storing import TENANT, append

START = 1_000_000


async def fill(database: Database, count: int, room: str = "page") -> None:
    def say(transaction: Transaction) -> None:
        for _ in range(count):
            append(transaction, room, now=START)

    await database.write(say)


async def prune_all(database: Database, now: int) -> int:
    """Prune until there is nothing left to prune; returns the number of steps."""
    steps = 0
    while await database.write(lambda transaction: prune(transaction, now)):
        steps += 1
    return steps


async def kept(database: Database, room: str = "page") -> tuple[int, int, list[int]]:
    """The room's base, head, and the seqs that the log still has."""
    standing, events = await database.read(lambda reader: log.read_last(reader, TENANT, room, 10_000))
    return standing.base, standing.head, [event.seq for event in events]


async def test_the_newest_events_are_kept_however_old_they_are(database: Database) -> None:
    await fill(database, KEPT_EVENTS)
    assert await prune_all(database, START + 100 * KEPT_MS) == 0
    assert await kept(database) == (0, KEPT_EVENTS, list(range(1, KEPT_EVENTS + 1)))


async def test_a_day_is_kept_however_many_events_it_had(database: Database) -> None:
    await fill(database, KEPT_EVENTS + 700)
    assert await prune_all(database, START + KEPT_MS) == 0


async def test_what_is_old_and_not_among_the_newest_goes_in_small_steps_and_the_base_follows(
    database: Database,
) -> None:
    extra = 2 * STEP_EVENTS + 10
    await fill(database, KEPT_EVENTS + extra)
    await fill(database, 5, "another")
    assert await prune_all(database, START + 2 * KEPT_MS) == 3
    head = KEPT_EVENTS + extra
    assert await kept(database) == (extra, head, list(range(extra + 1, head + 1)))
    assert await kept(database, "another") == (0, 5, [1, 2, 3, 4, 5])


async def test_numbers_go_on_where_they_were_after_pruning(database: Database) -> None:
    await fill(database, KEPT_EVENTS + 10)
    await prune_all(database, START + 2 * KEPT_MS)
    await fill(database, 1)
    base, head, seqs = await kept(database)
    assert (base, head, seqs[-1]) == (10, KEPT_EVENTS + 11, KEPT_EVENTS + 11)
