"""F54: clients of another age, and what they say and hear."""

import json

import pytest

from tests.faults.invariants import assert_in_step
from tests.faults.nursery import QuickSite
from tests.live_reader import LiveReader, close_code, dial, hear, say
from tests.running import Visitor, next_event

FROM_LATER: list[dict[str, object]] = [
    {"type": "dance"},
    {"type": "sub", "p": "pg_7Fk2", "e": "k3x9", "q": 1041},
    {"type": "h", "at": 17, "more": {"of": ["the", "same"]}},
    {"type": "unwatch", "urlId": "a-room-never-watched", "why": None},
    {"type": "typing", "urlId": "a-room-never-watched", "chatId": "none", "emoji": True},
    {"type": "", "urlId": 5},
]
"""Messages that no client of today sends: unknown types, and unknown fields in known ones."""

CLASSIC_CHATTER = ["ping", "", "{}", "[", '{"type":"hello"}', '{"type":"h"}', "\u0000", "пінг"]


def test_f54_a_client_from_later_is_understood_as_far_as_it_can_be(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    snapshot = ana.snapshot(page)
    room = {"urlId": page, "epoch": snapshot["epoch"], "seq": snapshot["seq"], "depth": 3}
    with dial(site.base, "demo") as socket:
        say(socket, type="hello", token=snapshot["userIdWS"], rooms=[room], v=3, agent="collabchat/9")
        assert hear(socket, "watching")["result"] == "resumed"
        for message in FROM_LATER:
            say(socket, **message)
        event = bo.created(page)["event"]
        assert hear(socket, "new-text-chat") == event


@pytest.mark.parametrize("version", ["1", "3", "0", "two", "2.0"])
def test_f54_another_version_of_the_channel_is_told_that_there_is_none(site: QuickSite, version: str) -> None:
    with dial(site.base, "demo", version) as socket:
        assert json.loads(socket.recv(timeout=10)) == {"type": "error", "code": "unsupported-version"}
        assert close_code(socket) == 4400


def test_f54_a_classic_client_may_say_what_it_likes_and_hears_single_events_alone(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    with ana.socket(page) as socket, LiveReader(bo, page, via=site.base) as reader:
        reader.wait_live()
        for text in CLASSIC_CHATTER:
            socket.send(text)
        answers = [ana.created(page)["event"], bo.created(page)["event"]]
        assert [next_event(socket, "new-text-chat"), next_event(socket, "new-text-chat")] == answers
        reader.say({"type": "dance"})
        assert_in_step(ana, page, reader)
        assert reader.room.applied == answers


def test_f54_a_reader_passes_over_what_the_server_may_say_one_day(site: QuickSite, ana: Visitor, page: str) -> None:
    with LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        epoch, seq = reader.room.epoch, reader.room.seq
        reader.hear({"type": "weather", "urlId": page, "rain": True})
        reader.hear({"type": "voted-text-chat", "urlId": page, "seq": seq + 1, "timestamp": 1, "votes": 4})
        assert (reader.room.epoch, reader.room.seq, reader.room.conversations) == (epoch, seq + 1, [])
