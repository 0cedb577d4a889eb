"""Positions that the server cannot go on from: restored backups, pruned logs, too far behind, and forged ones."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from websockets.sync.client import ClientConnection

from collabchat.clock import now_ms
from collabchat.storage.retention import prune
from collabchat.storage.sqlite import Database
from tests.faults.invariants import assert_in_step, assert_written_once, whole_log
from tests.faults.nursery import QuickSite
from tests.faults.people import write_many
from tests.faults.proxy import ChaosProxy
from tests.live_reader import LiveReader, close_code, dial, hear, say
from tests.running import Visitor, conversation_body

DAY_MS = 24 * 3_600_000


def back_up(database: Path, to: Path) -> None:
    """Copy the database as an operator does: whole, while the server runs."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


def restore(site: QuickSite, backup: Path) -> None:
    """Put a backup in the place of the stopped server's database."""
    site.stop()
    for rest in ("-wal", "-shm"):
        site.database.with_name(site.database.name + rest).unlink(missing_ok=True)
    shutil.copy(backup, site.database)
    site.start()


@contextlib.contextmanager
def stopped(site: QuickSite) -> Iterator[Path]:
    """The database's file, while the server does not run."""
    site.stop()
    try:
        yield site.database
    finally:
        site.start()


def watching(visitor: Visitor, page: str, epoch: str, seq: int) -> dict[str, Any]:
    """What the server says to somebody who comes from this position."""
    token = visitor.snapshot(page)["userIdWS"]
    with dial(visitor.site.base, visitor.tenant) as socket:
        say(socket, type="hello", token=token, rooms=[{"urlId": page, "epoch": epoch, "seq": seq}])
        answer = hear(socket, "watching")
    return {name: answer[name] for name in ("result", "reason", "missed") if name in answer}


def test_f08_a_reader_from_after_a_restored_backup_is_reset(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str, tmp_path: Path
) -> None:
    write_many([ana, bo], page, 5)
    back_up(site.database, tmp_path / "backup")
    with LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        epoch = reader.room.epoch
        write_many([ana, bo], page, 5)
        assert_in_step(ana, page, reader)
        seq = reader.room.seq
        restore(site, tmp_path / "backup")
        assert reader.wait(lambda: bool(reader.room.resets))
        assert reader.room.resets == ["epoch"]
        assert_in_step(bo, page, reader)
        assert reader.room.seq < seq
        assert reader.room.epoch != epoch
        ana.created(page)
        assert_in_step(bo, page, reader)


def test_f09_a_reader_from_before_a_restore_that_others_have_passed_is_reset(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str, tmp_path: Path
) -> None:
    write_many([ana, bo], page, 5)
    back_up(site.database, tmp_path / "backup")
    with LiveReader(ana, page, via=proxy.base) as reader:
        reader.wait_live()
        write_many([ana, bo], page, 5)
        assert_in_step(ana, page, reader)
        seq, lost = reader.room.seq, {event["broadcastId"] for event in reader.room.applied}
        proxy.mode = "refuse"
        proxy.cut_all()
        restore(site, tmp_path / "backup")
        write_many([ana, bo], page, 20)
        assert ana.snapshot(page)["seq"] > seq
        proxy.mode = "pass"
        assert reader.wait(lambda: bool(reader.room.resets))
        assert reader.room.resets == ["epoch"]
        assert_in_step(ana, page, reader)
        told = {event["broadcastId"] for event in whole_log(ana, page)}
        assert not told & lost


def test_a_server_that_was_killed_is_no_restored_backup(site: QuickSite, ana: Visitor, page: str) -> None:
    with LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        ana.created(page)
        for _ in range(3):
            site.kill()
            site.start()
            ana.created(page)
        assert_in_step(ana, page, reader)
        assert reader.room.resets == []


class Pruned(Struct):
    """A page whose log was pruned as far as may be, and the write that began it."""

    visitor: Visitor
    page: str
    epoch: str
    base: int
    head: int
    first: dict[str, Any]
    first_answer: dict[str, Any]


@pytest.fixture(scope="module")
def pruned(site: QuickSite) -> Pruned:
    ana, page = site.guest("Ana"), "a-long-page"
    first = conversation_body(page)
    first_answer = ana.request("POST", "/comment-collab-chats/{t}", json=first).json()
    write_many([ana, site.guest("Bo")] * 2, page, 1_080)

    async def prune_all(path: Path) -> None:
        database = Database(path)
        a_day_later = now_ms() + DAY_MS + 60_000
        while await database.write(lambda transaction: prune(transaction, a_day_later)):
            pass
        database.close()

    with stopped(site) as path:
        asyncio.run(prune_all(path))
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT base, seq FROM room WHERE url_id = ?", (page,)).fetchone()
            (least,) = connection.execute("SELECT min(seq) FROM event WHERE url_id = ?", (page,)).fetchone()
    base, head = row
    assert least == base + 1 > 1
    return Pruned(ana, page, ana.snapshot(page)["epoch"], base, head, first, first_answer)


def test_f10_a_thousand_events_are_kept_and_who_is_behind_them_is_reset(pruned: Pruned) -> None:
    ana, page, epoch = pruned.visitor, pruned.page, pruned.epoch
    assert pruned.head - pruned.base == 1_000
    for seq in (pruned.base - 1, 1, 0):
        assert watching(ana, page, epoch, seq) == {"result": "reset", "reason": "retention"}
    # Whoever stands at the base misses none, but too many for a resume.
    assert watching(ana, page, epoch, pruned.base) == {"result": "reset", "reason": "far"}
    log = ana.log(page, afterSeq=pruned.base - 1, epoch=epoch)
    assert (log["result"], log["reason"], log["events"]) == ("reset", "retention", [])
    assert ana.log(page, afterSeq=pruned.base, epoch=epoch)["events"][0]["seq"] == pruned.base + 1


def test_f10_the_position_at_the_base_resumes_and_the_one_before_it_is_reset(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    write_many([ana, bo], page, 40)
    with stopped(site) as path, closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM event WHERE url_id = ? AND seq <= 30", (page,))
        connection.execute("UPDATE room SET base = 30 WHERE url_id = ?", (page,))
    snapshot = ana.snapshot(page)
    epoch, head = snapshot["epoch"], snapshot["seq"]
    assert watching(ana, page, epoch, 30) == {"result": "resumed", "missed": head - 30}
    assert watching(ana, page, epoch, 29) == {"result": "reset", "reason": "retention"}
    with LiveReader(bo, page, via=site.base) as reader:
        ana.created(page)
        assert_in_step(bo, page, reader.wait_live())


def test_f11_five_hundred_missed_events_are_resumed_and_one_more_is_too_far(pruned: Pruned) -> None:
    ana, page, epoch, head = pruned.visitor, pruned.page, pruned.epoch, pruned.head
    assert watching(ana, page, epoch, head) == {"result": "resumed", "missed": 0}
    assert watching(ana, page, epoch, head - 1) == {"result": "resumed", "missed": 1}
    assert watching(ana, page, epoch, head - 500) == {"result": "resumed", "missed": 500}
    assert watching(ana, page, epoch, head - 501) == {"result": "reset", "reason": "far"}


def test_f11_three_hundred_kibibytes_missed_are_too_far(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str
) -> None:
    with LiveReader(ana, page, via=proxy.base) as reader:
        reader.wait_live()
        proxy.mode = "refuse"
        proxy.cut_all()
        write_many([ana, bo], page, 80, "ж" * 1_900)
        proxy.mode = "pass"
        assert_in_step(ana, page, reader)
        assert reader.room.resets == ["far"]


FORGED = {
    "negative": '{"epoch": "EPOCH", "seq": -1}',
    "2^53": '{"epoch": "EPOCH", "seq": 9007199254740992}',
    "2^63": '{"epoch": "EPOCH", "seq": 9223372036854775808}',
    "10^400": '{"epoch": "EPOCH", "seq": 1' + "0" * 400 + "}",
    "1e400": '{"epoch": "EPOCH", "seq": 1e400}',
    "a fraction": '{"epoch": "EPOCH", "seq": 1.5}',
    "a string": '{"epoch": "EPOCH", "seq": "1"}',
    "a truth": '{"epoch": "EPOCH", "seq": true}',
    "a list": '{"epoch": "EPOCH", "seq": [1]}',
    "NaN": '{"epoch": "EPOCH", "seq": NaN}',
    "epoch a number": '{"epoch": 7, "seq": 1}',
    "epoch too long": '{"epoch": "' + "e" * 33 + '", "seq": 1}',
    "epoch a list": '{"epoch": ["EPOCH"], "seq": 1}',
}
STALE = {
    "another page's epoch": ('{"epoch": "OTHER", "seq": 1}', "epoch"),
    "an epoch that never was": ('{"epoch": "", "seq": 1}', "epoch"),
    "no epoch": ('{"seq": 1}', "epoch"),
    "from the future": ('{"epoch": "EPOCH", "seq": 9007199254740991}', "ahead"),
    "one ahead": ('{"epoch": "EPOCH", "seq": 3}', "ahead"),
}


def write_two(visitor: Visitor, page: str) -> tuple[dict[str, Any], str]:
    """Write twice to a page; returns the second answer, and the epoch of another page."""
    visitor.created(page)
    return visitor.created(page), visitor.created(f"{page}-other")["epoch"]


def come_from(visitor: Visitor, page: str, position: str, socket: ClientConnection, message: str) -> None:
    """Say hello, or watch, with a position as it stands there."""
    room = f'{{"urlId": "{page}", {position[1:]}'
    token = json.dumps(visitor.snapshot(page)["userIdWS"])
    if message == "hello":
        socket.send(f'{{"type": "hello", "token": {token}, "rooms": [{room}]}}')
    else:
        socket.send(f'{{"type": "hello", "token": {token}, "rooms": []}}')
        hear(socket, "welcome")
        socket.send(f'{{"type": "watch", {room[1:]}')


@pytest.mark.parametrize("message", ["hello", "watch"])
@pytest.mark.parametrize("name", FORGED)
def test_f12_a_position_that_is_none_ends_the_connection(
    site: QuickSite, ana: Visitor, page: str, name: str, message: str
) -> None:
    last, _ = write_two(ana, page)
    with dial(site.base, "demo") as socket:
        come_from(ana, page, FORGED[name].replace("EPOCH", last["epoch"]), socket, message)
        assert close_code(socket) == 4400
    assert ana.created(page)["seq"] == 3


@pytest.mark.parametrize("message", ["hello", "watch"])
@pytest.mark.parametrize("name", STALE)
def test_f12_a_position_of_another_life_is_reset(
    site: QuickSite, ana: Visitor, page: str, name: str, message: str
) -> None:
    position, reason = STALE[name]
    last, other_epoch = write_two(ana, page)
    with dial(site.base, "demo") as socket:
        come_from(ana, page, position.replace("EPOCH", last["epoch"]).replace("OTHER", other_epoch), socket, message)
        told = hear(socket, "watching")
        assert (told["result"], told["reason"], told["seq"]) == ("reset", reason, 2)
        # The room is not watched now; from a true position it can be.
        say(socket, type="watch", urlId=page, epoch=last["epoch"], seq=1)
        assert hear(socket, "watching", "new-text-chat")["result"] == "resumed"
        assert hear(socket, "new-text-chat") == last["event"]


def test_f17_a_write_sent_again_after_its_event_was_pruned_and_the_server_restarted_is_answered_as_before(
    site: QuickSite, pruned: Pruned
) -> None:
    ana, page = pruned.visitor, pruned.page
    assert pruned.first_answer["seq"] <= pruned.base
    for _ in range(2):
        again = ana.request("POST", "/comment-collab-chats/{t}", json=pruned.first)
        assert (again.status_code, again.json()) == (200, pruned.first_answer)
        site.kill()
        site.start()
    assert ana.snapshot(page)["seq"] == pruned.head
    assert_written_once(ana, page, [], after=pruned.base)
