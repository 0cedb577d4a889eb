"""A page's snapshot is made once for all who ask, is never older than the question, and holds nothing of one person."""

import asyncio
import json
from typing import Any, cast

import pytest

from collabchat.api.snapshots import PAGE_BYTES, RoomSnapshot, Snapshots, render
from collabchat.core.catchup import Standing
from collabchat.core.model import Actor, Anchor, Tenant
from collabchat.storage import conversations
from collabchat.storage.comments import Words
from collabchat.storage.places import Place
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction, Write
from tests.storing import TENANT

ANA = Actor("demo", "demo:ana", "s", "Ana")


def begin(transaction: Transaction) -> None:
    """Begin a discussion of some words of the page."""
    anchor = Anchor(quote="some words", start=1, end=11, v=1)
    place = Place("page", "page:p:0:1,0:45", "0:1,0:45", "p", "Title", anchor)
    conversations.create(Write(transaction, TENANT, ANA, 5, "b"), place, Words("Hello", "Hello", "https://x.example/"))


class Watched:
    """Stands for the hub: where the page stands, if somebody watches it."""

    def __init__(self) -> None:
        self.at: Standing | None = None

    def people(self, _tenant: Tenant, _url_id: str) -> list[str]:
        return []

    def standing(self, _tenant: Tenant, _url_id: str) -> Standing | None:
        return self.at


class Counted:
    """A database that counts how often it is read, and reads when it is let."""

    def __init__(self, database: Database) -> None:
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._database = database

    async def read(self, query: Any) -> Any:
        self.reads += 1
        await self.gate.wait()
        return await self._database.read(query)


class House:
    """Snapshots of one database."""

    def __init__(self, database: Database, most_bytes: int) -> None:
        self.write = database.write
        self.database = Counted(database)
        self.viewers = Watched()
        self.snapshots = Snapshots(cast(Database, self.database), self.viewers, most_bytes)

    async def take(self, page: str = "page") -> RoomSnapshot:
        return await self.snapshots.take(TENANT, page)


@pytest.fixture
def house(database: Database) -> House:
    return House(database, 10 * PAGE_BYTES)


async def test_who_ask_before_a_reading_begins_share_it(house: House) -> None:
    house.database.gate.clear()
    asking = [asyncio.create_task(house.take()) for _ in range(20)]
    await asyncio.sleep(0)
    await house.write(begin)
    house.database.gate.set()
    taken = await asyncio.gather(*asking)
    assert house.database.reads == 1
    assert all(snapshot is taken[0] for snapshot in taken)
    assert taken[0].room.head == 1


async def test_who_asks_after_a_write_never_gets_what_was_before_it(house: House) -> None:
    for count in range(1, 6):
        await house.write(begin)
        assert (await house.take()).room.head == count


async def test_a_watched_page_that_has_not_changed_is_not_read_again(house: House) -> None:
    await house.write(begin)
    first = await house.take()
    house.viewers.at = first.room
    assert await house.take() is first
    assert house.database.reads == 1
    house.viewers.at = Standing(first.room.epoch, 0, 2)
    await house.write(begin)
    assert (await house.take()).room.head == 2
    assert house.database.reads == 2


async def test_one_who_goes_away_does_not_take_it_from_the_others(house: House) -> None:
    house.database.gate.clear()
    gone, staying = (asyncio.create_task(house.take()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    house.database.gate.set()
    assert (await staying).room.head == 0


async def test_what_is_shared_says_nothing_of_one_person(house: House) -> None:
    await house.write(begin)
    snapshot = await house.take()
    assert b"isUnread" not in snapshot.entries[0].json
    for is_unread in (True, False):
        [conversation] = json.loads(bytes(render([snapshot], lambda _entry, it=is_unread: it)))  # type: ignore[misc]
        assert conversation["isUnread"] is is_unread
        assert conversation["createdBy"] == {"id": ANA.id, "name": "Ana"}


async def test_pages_that_nobody_has_discussed_do_not_fill_the_memory(house: House) -> None:
    for number in range(50):
        await house.take(f"page-{number}")
    assert len(house.snapshots._kept) <= 10
