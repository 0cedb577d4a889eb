"""Writes whose answers are late or lost, and writes that are sent again."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.invariants import assert_in_step, assert_written_once
from tests.faults.nursery import QuickSite
from tests.faults.people import through
from tests.faults.proxy import ChaosProxy
from tests.live_reader import LiveReader
from tests.running import Visitor, conversation_body, new_id


def test_f13_an_event_that_overtakes_its_answer_is_the_same_event(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, page: str
) -> None:
    proxy.latency_s = 0.4
    proxy.mode = "latency"
    reading = LiveReader(ana, page, via=site.base)
    with reading as reader, through(ana, proxy) as far_ana, ThreadPoolExecutor(1) as pool:
        reader.wait_live()
        answer = pool.submit(far_ana.created, page)
        reader.wait_for(1)
        assert not answer.done()
        assert reader.room.applied == [answer.result()["event"]]
        assert_in_step(ana, page, reader)


def test_f14_a_write_whose_answer_was_lost_is_answered_again_and_done_once(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, page: str
) -> None:
    body = conversation_body(page)
    proxy.mode = "drop-answer"
    with LiveReader(ana, page, via=site.base) as reader, through(ana, proxy) as far_ana:
        reader.wait_live()
        with pytest.raises(httpx.TransportError):
            far_ana.request("POST", "/comment-collab-chats/{t}", json=body)
        reader.wait_for(1)
        proxy.mode = "pass"
        answer = far_ana.request("POST", "/comment-collab-chats/{t}", json=body)
        assert answer.status_code == 200
        assert reader.room.applied == [answer.json()["event"]]
        assert_written_once(ana, page, [answer.json()])
        assert_in_step(ana, page, reader)


def test_f15_one_write_sent_fifty_times_at_once_is_done_once(site: QuickSite, ana: Visitor, page: str) -> None:
    body = conversation_body(page)

    def post(_number: int) -> httpx.Response:
        return ana.request("POST", "/comment-collab-chats/{t}", json=body)

    with LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(post, range(50)))
        assert [answer.status_code for answer in answers] == [200] * 50
        assert len({answer.json()["createdChatId"] for answer in answers}) == 1
        assert_in_step(ana, page, reader)
        assert reader.room.seq == 1
        assert_written_once(ana, page, [answer.json() for answer in answers])


def test_f16_a_broadcast_id_is_one_persons_and_for_one_body(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    broadcast_id = new_id()
    mine = ana.created(page, "Mine", broadcastId=broadcast_id)
    other_body = ana.create(page, "Something else", broadcastId=broadcast_id)
    assert (other_body.status_code, other_body.json()["code"]) == (422, "broadcast-id-reused")
    other_command = ana.delete(mine["createdChatId"], broadcast_id)
    assert (other_command.status_code, other_command.json()["code"]) == (422, "broadcast-id-reused")
    for stranger in (bo, site.member("Mia")):
        answer = stranger.created(page, "Mine", broadcastId=broadcast_id)
        assert answer["createdChatId"] != mine["createdChatId"]
        assert answer["conversation"]["createdBy"]["id"] == stranger.id
        assert mine["createdChatId"] not in str(answer)
    assert [it["_id"] for it in ana.snapshot(page)["conversations"]].count(mine["createdChatId"]) == 1
    assert ana.snapshot(page)["seq"] == 2
    assert other_body.json().keys() == {"status", "code", "reason", "message"}
