"""On how many pages use is counted apart in an hour, and that names which are no pages take only some of the places."""

from collections.abc import Iterable
from functools import partial

import pytest

from collabchat.core.model import Actor
from collabchat.core.usage import Counts, Key
from collabchat.storage import audiences, conversations, usage
from collabchat.storage.comments import Words
from collabchat.storage.places import Place
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction, Write
from collabchat.storage.usage import NAMES_PER_HOUR, PAGES_PER_HOUR
from tests.storing import TENANT

HOUR = 3_600_000
OTHERS = ""


def use(transaction: Transaction, names: Iterable[str], hour: int = HOUR) -> None:
    usage.add(transaction, hour, {Key(TENANT.id, "", name): Counts(page_load_count=1) for name in names})


def limit(transaction: Transaction, *names: str) -> None:
    for name in names:
        audiences.limit_page(transaction, TENANT, name, ("hr",), 5)


async def counted(database: Database, hour: int = HOUR) -> dict[str, int]:
    """How often each page was loaded in an hour; of those that are not kept apart, as `OTHERS`."""
    rows = await database.read(
        lambda reader: reader.all(
            "SELECT page, page_load_count FROM page_usage WHERE tenant_id = :tenant_id AND hour = :hour",
            {"tenant_id": TENANT.id, "hour": hour},
        )
    )
    return dict(rows)


@pytest.fixture
async def flooded(database: Database) -> Database:
    """Where somebody has asked for more names than there are places, again and again."""
    for part in range(3):
        names = [f"junk-{part}-{number}" for number in range(500)]
        await database.write(partial(use, names=names))
    return database


async def test_names_that_are_no_pages_take_half_of_the_places(flooded: Database) -> None:
    rows = await counted(flooded)
    assert rows.pop(OTHERS) == 1_500 - NAMES_PER_HOUR
    assert len(rows) == NAMES_PER_HOUR == PAGES_PER_HOUR // 2


async def test_pages_that_are_discussed_or_have_groups_find_a_place_all_the_same(flooded: Database) -> None:
    def begin(transaction: Transaction) -> None:
        limit(transaction, "salaries")
        write = Write(transaction, TENANT, Actor(TENANT.id, "demo:ana", "", "Ana"), 5, "b1")
        place = Place("book", "book:p:0:1,0:2", "0:1,0:2", None, None, None)
        conversations.create(write, place, Words("Hi", "Hi", ""))

    await flooded.write(begin)
    await flooded.write(lambda transaction: use(transaction, ["junk", "book", "salaries"]))
    rows = await counted(flooded)
    assert (rows["book"], rows["salaries"], rows.get("junk")) == (1, 1, None)


async def test_of_a_great_many_pages_the_first_thousand_are_kept_apart(database: Database) -> None:
    names = [f"page-{number}" for number in range(PAGES_PER_HOUR + 5)]
    await database.write(lambda transaction: limit(transaction, *names))
    for _ in range(2):
        await database.write(lambda transaction: use(transaction, names))
    rows = await counted(database)
    assert (rows.pop(OTHERS), len(rows), set(rows.values())) == (10, PAGES_PER_HOUR, {2})
    assert names[-1] not in rows


async def test_each_hour_has_its_own_places(flooded: Database) -> None:
    await flooded.write(lambda transaction: use(transaction, ["junk"], 2 * HOUR))
    assert await counted(flooded, 2 * HOUR) == {"junk": 1}
