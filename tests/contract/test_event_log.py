"""The event log: what a client that was away asks for, by position or, as FastComments does, by time."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.running import Site, Visitor

NEVER = 1
HOUR_MS = 3_600_000


def ask(visitor: Visitor, page: str, **params: Any) -> httpx.Response:
    token = visitor.snapshot(page)["userIdWS"]
    return visitor.request("GET", "/event-log/{t}", params={"urlId": page, "userIdWS": token, **params})


def seqs(log: dict[str, Any]) -> list[int]:
    return [event["seq"] for event in log["events"]]


def test_an_entry_has_the_fields_that_older_clients_need_and_the_frame_as_it_was_sent(
    ana: Visitor, bo: Visitor, page: str
) -> None:
    with bo.socket(page) as socket:
        created = ana.created(page, "50% *sure*")
        frames = [socket.recv(timeout=10) for _ in range(2)]
    (entry,) = ask(ana, page, startTime=NEVER).json()["events"]
    assert entry.keys() >= {"_id", "createdAt", "tenantId", "urlId", "broadcastId", "data"}
    assert (entry["tenantId"], entry["urlId"]) == ("demo", page)
    assert entry["broadcastId"] == created["event"]["broadcastId"]
    assert entry["createdAt"].endswith("Z")
    assert entry["data"] == frames[1]


def test_the_start_is_exclusive(ana: Visitor, page: str) -> None:
    times = [ana.created(page)["event"]["timestamp"] for _ in range(3)]
    assert seqs(ana.log(page, startTime=times[0] - 1)) == [1, 2, 3]
    assert seqs(ana.log(page, startTime=times[0])) == [2, 3]
    assert seqs(ana.log(page, startTime=times[2])) == []


def test_timestamps_rise_by_two_or_more_even_in_a_burst(ana: Visitor, bo: Visitor, page: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: (ana, bo)[number % 2].created(page), range(40)))
    events = ana.log(page, startTime=NEVER)["events"]
    assert [event["seq"] for event in events] == list(range(1, 41))
    assert all(later["timestamp"] - earlier["timestamp"] >= 2 for earlier, later in pairwise(events))


def test_an_end_near_now_or_in_the_future_bounds_nothing(ana: Visitor, page: str) -> None:
    at = ana.created(page)["event"]["timestamp"]
    now = int(time.time() * 1000)
    for end in (at - 1, now - 5_000, now, now + HOUR_MS, 0 + 2**53):
        assert seqs(ana.log(page, startTime=NEVER, endTime=end)) == [1], end


def test_an_end_in_the_past_bounds(ana: Visitor, page: str) -> None:
    ana.created(page)
    assert seqs(ana.log(page, startTime=NEVER, endTime=int(time.time() * 1000) - HOUR_MS)) == []


def test_after_a_seq_comes_the_rest_and_where_the_room_stands(ana: Visitor, page: str) -> None:
    _, _, epoch = (ana.created(page)["epoch"] for _ in range(3))
    for after, rest in ((0, [1, 2, 3]), (2, [3]), (3, [])):
        log = ana.log(page, afterSeq=after, epoch=epoch)
        assert (seqs(log), log["epoch"], log["seq"], log["result"]) == (rest, epoch, 3, "resumed")


def test_a_snapshot_and_the_log_after_it_meet_without_a_gap(ana: Visitor, page: str) -> None:
    ana.created(page)
    snapshot = ana.snapshot(page)
    later = [ana.created(page) for _ in range(2)]
    log = ana.log(page, afterSeq=snapshot["seq"], epoch=snapshot["epoch"])
    assert log["events"] == [answer["event"] for answer in later]


def test_the_snapshot_of_an_empty_page_is_a_position_too(ana: Visitor, page: str) -> None:
    snapshot = ana.snapshot(page)
    created = ana.created(page)
    log = ana.log(page, afterSeq=snapshot["seq"], epoch=snapshot["epoch"])
    assert (log["result"], log["events"]) == ("resumed", [created["event"]])
    assert created["epoch"] == snapshot["epoch"]


def test_a_position_of_another_epoch_or_ahead_of_the_room_is_reset(ana: Visitor, page: str) -> None:
    epoch = ana.created(page)["epoch"]
    for params, reason in (
        ({"afterSeq": 0, "epoch": "another"}, "epoch"),
        ({"afterSeq": 7, "epoch": "another"}, "epoch"),
        ({"afterSeq": 2, "epoch": epoch}, "ahead"),
        ({"afterSeq": 2**53, "epoch": epoch}, "ahead"),
    ):
        log = ana.log(page, **params)
        assert (log["result"], log["reason"], log["events"]) == ("reset", reason, [])
        assert (log["epoch"], log["seq"]) == (epoch, 1)


def test_a_log_longer_than_an_answer_is_read_by_pages_without_hole_or_repeat(ana: Visitor, page: str) -> None:
    chat = ana.created(page)["createdChatId"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: ana.change(chat, pageTitle=str(number)), range(519)))
    by_seq, by_time = [0], [0]
    at = NEVER
    for _ in range(9):
        by_seq += seqs(log := ana.log(page, afterSeq=by_seq[-1], epoch=ana.snapshot(page)["epoch"]))
        if not log["hasMore"]:
            break
    for _ in range(9):
        by_time += seqs(log := ana.log(page, startTime=at))
        if not log["hasMore"]:
            break
        at = log["events"][-1]["timestamp"]
    assert by_seq == by_time == list(range(521))


@pytest.mark.parametrize("bad", ["", "nonsense", "{page}"])
def test_who_shows_no_valid_live_token_is_refused(site: Site, ana: Visitor, page: str, bad: str) -> None:
    ana.created(page)
    foreign = site.member("Mia").snapshot(page)["userIdWS"]
    for token in (bad, foreign, ana.session, ana.snapshot(page)["urlIdWS"], ana.snapshot(page)["userIdWS"] + "x"):
        answer = site.http.get("/event-log/demo", params={"urlId": page, "userIdWS": token, "startTime": 1})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_log_of_another_tenants_page_by_the_same_name_is_another_log(site: Site, ana: Visitor, page: str) -> None:
    mia = site.member("Mia")
    ana.created(page)
    log = mia.log(page, afterSeq=0)
    assert (log["events"], log["seq"]) == ([], 0)
    assert log["epoch"] != ana.snapshot(page)["epoch"]


def test_an_event_says_the_same_to_clients_that_percent_decode_first(ana: Visitor, page: str) -> None:
    created = ana.created(page, "100% %41")
    (entry,) = ask(ana, page, afterSeq=0).json()["events"]
    assert "%" not in entry["data"]
    assert json.loads(entry["data"]) == created["event"]
