"""Rooms come and go; whoever comes back finds the room that is told of events."""

from collections.abc import Iterable
from typing import cast

from collabchat.core.catchup import Position
from collabchat.core.usage import Ledger
from collabchat.live.fanout import Fanout
from collabchat.live.hub import Hub
from collabchat.live.room import Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed, unpack
from collabchat.storage.sqlite import Database
from tests.storing import TENANT, append


class Ear:
    """A transport that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def write(self, packed: Packed) -> None:
        self.heard += [payload.decode() for payload in unpack(packed)]

    def write_missed(self, packed: Iterable[Packed]) -> None:
        for each in packed:
            self.write(each)


async def yes() -> bool:
    return True


async def test_a_forgotten_room_that_stirs_does_not_take_its_successor_along(database: Database) -> None:
    hub = Hub(database, 20, Fanout(), Ledger())
    database.on_commit = hub.feed
    old = hub.room(TENANT, "page")
    nobody = Seat(cast(Transport, Ear()), "demo:ana", lambda _room: None)
    old.exit(nobody)
    new = hub.room(TENANT, "page")
    assert new is not old
    ear = Ear()
    await new.watch(Seat(cast(Transport, ear), "demo:bo", lambda _room: None), None, yes)
    old.exit(nobody)
    await database.write(append)
    assert any('"seq":1,"timestamp"' in text for text in ear.heard)
    hub.close()


async def test_a_resume_within_the_recent_events_reads_nothing(database: Database) -> None:
    hub = Hub(database, 20, Fanout(), Ledger())
    database.on_commit = hub.feed
    room = hub.room(TENANT, "page")
    await room.watch(Seat(cast(Transport, Ear()), "demo:ana", lambda _room: None), None, yes)
    for _ in range(3):
        await database.write(append)
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
    await room.watch(Seat(cast(Transport, ear), "demo:bo", lambda _room: None), Position(standing.epoch, 1), yes)
    assert '"missed":2' in ear.heard[0]
    assert reads == 0
    hub.close()
