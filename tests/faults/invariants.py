"""What must hold at the end of every test, whatever happened: looked up over HTTP, past the proxy."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from tests import replica
from tests.live_reader import LiveReader, RoomCopy
from tests.running import Visitor

Event = dict[str, Any]


def whole_log(visitor: Visitor, page: str, after: int = 0) -> list[Event]:
    """The page's log after a position, in as many pieces as it takes."""
    events: list[Event] = []
    while True:
        part = visitor.log(page, afterSeq=after + len(events))
        assert part["result"] == "resumed", part["reason"]
        events += part["events"]
        if not part["hasMore"]:
            return events


def assert_in_step(visitor: Visitor, page: str, *readers: LiveReader, timeout: float = 20) -> None:
    """Each reader has applied exactly the log from its snapshot on, in order, once, and sees what the server says."""
    fresh = visitor.snapshot(page)
    for reader in readers:
        room = reader.rooms[page]
        assert reader.wait(partial(_is_at, room, fresh), timeout), f"not at {fresh['epoch']}:{fresh['seq']}: {reader}"
        assert room.applied == whole_log(visitor, page, room.start)
        assert replica.comparable(room.conversations) == replica.comparable(fresh["conversations"])
        assert reader.wrongs == []


def _is_at(room: RoomCopy, snapshot: dict[str, Any]) -> bool:
    return (room.epoch, room.seq) == (snapshot["epoch"], snapshot["seq"])


def assert_written_once(visitor: Visitor, page: str, answers: Iterable[dict[str, Any]], after: int = 0) -> None:
    """Every write that was answered with success is in the log, once, as the answer says; and none is there twice."""
    log = whole_log(visitor, page, after)
    assert [event["seq"] for event in log] == list(range(after + 1, after + 1 + len(log)))
    by_broadcast_id = {event["broadcastId"]: event for event in log}
    assert len(by_broadcast_id) == len(log)
    for answer in answers:
        assert by_broadcast_id[answer["event"]["broadcastId"]] == answer["event"]
