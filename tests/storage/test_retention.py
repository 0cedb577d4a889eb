"""How much of the log is kept, and where it then begins."""

from msgspec.structs import replace

from collabchat.core.model import Actor, Anchor, Rules
from collabchat.storage import comments, conversations, log, verdicts
from collabchat.storage.comments import Words
from collabchat.storage.places import Place
from collabchat.storage.retention import DAY_MS, KEPT_EVENTS, KEPT_MS, STEP_EVENTS, forget_quiet, prune
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Reader, Transaction, Write
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


ANA = Actor("demo", "demo:ana", "s", "Ana")
WEEK = replace(TENANT, rules=Rules(retention_days=7))


async def begin(database: Database, name: str, at: int) -> None:
    place = Place("page", f"page:p:{name}", "0:1,0:45", "p", "Title", Anchor(quote="words", start=1, end=6, v=1))
    words = Words(f"said in {name}", name, "https://x.example/")
    await database.write(
        lambda transaction: conversations.create(Write(transaction, TENANT, ANA, at, name), place, words)
    )


def everything(reader: Reader) -> str:
    tables = ("conversation", "comment", "event")
    return str([reader.connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables])


async def test_discussions_that_were_quiet_for_long_go_with_all_that_was_said_in_them(database: Database) -> None:
    for number, name in enumerate(("old", "new")):
        await begin(database, name, START + number * DAY_MS)
    now = START + 7 * DAY_MS + 1
    assert not await database.write(lambda transaction: forget_quiet(transaction, WEEK, now))
    left = await database.read(lambda reader: conversations.list_room(reader, TENANT, "page", "page"))
    assert [each.thread for each in left] == ["page:p:new"]
    standing, events = await database.read(lambda reader: log.read_last(reader, TENANT, "page", 9))
    assert (standing.base, [event.seq for event in events]) == (1, [2, 3])
    assert b"deleted-text-chat" in events[-1].frame
    for later in (8, 16):
        await database.write(lambda transaction, at=now + later * DAY_MS: forget_quiet(transaction, WEEK, at))  # type: ignore[misc]
    assert "said in" not in await database.read(everything)


async def test_a_discussion_in_which_somebody_wrote_meanwhile_stays(database: Database) -> None:
    await begin(database, "old", START)
    at = START + 6 * DAY_MS
    words = Words("still here", "still here", "https://x.example/")
    await database.write(
        lambda transaction: comments.add(Write(transaction, TENANT, ANA, at, "b"), "page:p:old", words)
    )
    await database.write(lambda transaction: forget_quiet(transaction, WEEK, START + 8 * DAY_MS))
    assert "still here" in await database.read(everything)


async def test_what_waits_is_spam_or_was_hidden_goes_with_its_discussion(database: Database) -> None:
    strict = replace(WEEK, rules=Rules(retention_days=7, approval="all"))
    mod = replace(ANA, id="demo:mod", role="moderator")

    def write(actor: Actor, name: str, transaction: Transaction) -> Write:
        return Write(transaction, strict, actor, START, name)

    def fill(transaction: Transaction) -> None:
        for actor, name in ((ANA, "waiting"), (mod, "shown"), (mod, "hidden")):
            words = Words(f"said in {name}", name, "")
            place = Place("page", f"page:p:{name}", "0:1,0:45", "p", None, None)
            made = conversations.create(write(actor, name, transaction), place, words).conversation
            if name == "shown":
                comments.add(write(ANA, "reply", transaction), made.thread, Words("said in reply", "reply", ""))
                verdicts.judge_conversation(write(mod, "lock", transaction), "ui", made.id, "lock")
            elif name == "hidden":
                (first,) = comments.list_thread(transaction, strict, made.thread, newest_first=False, limit=1, offset=0)
                verdicts.judge(write(mod, "spam", transaction), "ui", first.id, "spam")

    await database.write(fill)
    for days in (8, 16):
        at = START + days * DAY_MS
        await database.write(lambda transaction, at=at: forget_quiet(transaction, strict, at))  # type: ignore[misc]
    assert "said in" not in await database.read(everything)
