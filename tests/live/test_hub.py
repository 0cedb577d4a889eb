"""Rooms come and go; whoever comes back finds the room that is told of events."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from collabchat.core.catchup import Position
from collabchat.core.events import Event
from collabchat.core.model import Tenant
from collabchat.live.hub import Hub
from collabchat.live.room import Seat
from collabchat.live.transport import Transport
from collabchat.storage import tenants
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.tenants import StoredTenant
from collabchat.storage.transaction import Transaction

TENANT = Tenant("demo", "Demo", (), 1)


class Ear:
    """A transport that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def write(self, text: str, _size_bytes: int) -> None:
        self.heard.append(text)

    def write_all(self, frames: list[bytes]) -> None:
        self.heard += [frame.decode() for frame in frames]


async def yes() -> bool:
    return True


def say(transaction: Transaction) -> None:
    transaction.append(TENANT, "page", 5, lambda seq, at: Event("x", "page", seq, at, f"b{seq}", "demo:ana"))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(tmp_path / "x.db")
    database = Database(tmp_path / "x.db")
    await database.write(lambda transaction: tenants.store(transaction, StoredTenant(TENANT, "sealed")))
    yield database
    database.close()


async def test_a_forgotten_room_that_stirs_does_not_take_its_successor_along(database: Database) -> None:
    hub = Hub(database, 20)
    database.on_commit = hub.feed
    old = hub.room(TENANT, "page")
    nobody = Seat(cast(Transport, Ear()), "demo:ana", lambda: None)
    old.exit(nobody)
    new = hub.room(TENANT, "page")
    assert new is not old
    ear = Ear()
    await new.watch(Seat(cast(Transport, ear), "demo:bo", lambda: None), None, yes)
    old.exit(nobody)
    await database.write(say)
    assert any('"seq":1,"timestamp"' in text for text in ear.heard)
    hub.close()


async def test_a_resume_within_the_recent_events_reads_nothing(database: Database) -> None:
    hub = Hub(database, 20)
    database.on_commit = hub.feed
    room = hub.room(TENANT, "page")
    await room.watch(Seat(cast(Transport, Ear()), "demo:ana", lambda: None), None, yes)
    for _ in range(3):
        await database.write(say)
    reads = 0
    read = database._read

    def counted(query: object) -> object:
        nonlocal reads
        reads += 1
        return read(query)  # type: ignore[arg-type]

    database._read = counted  # type: ignore[method-assign,assignment]
    ear = Ear()
    standing = room.standing
    assert standing is not None
    await room.watch(Seat(cast(Transport, ear), "demo:bo", lambda: None), Position(standing.epoch, 1), yes)
    assert '"missed":2' in ear.heard[0]
    assert reads == 0
    hub.close()
