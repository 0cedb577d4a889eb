"""Writes happen once by (tenant, actor, broadcastId)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.running import Site, Visitor, conversation_body, new_id

Write = Callable[[Visitor, dict[str, Any], str], httpx.Response]

WRITES: dict[str, tuple[Write, Write]] = {
    "create": (
        lambda who, was, id_: who.create(was["page"], "A", broadcastId=id_),
        lambda who, was, id_: who.create(was["page"], "B", broadcastId=id_),
    ),
    "change": (
        lambda who, was, id_: who.change(was["createdChatId"], isResolved=True, broadcastId=id_),
        lambda who, was, id_: who.change(was["createdChatId"], isResolved=False, broadcastId=id_),
    ),
    "delete": (
        lambda who, was, id_: who.delete(was["createdChatId"], id_),
        lambda who, was, id_: who.delete("another", id_),
    ),
    "comment": (
        lambda who, was, id_: who.reply(was["conversation"]["urlId"], "A", id_),
        lambda who, was, id_: who.reply(was["conversation"]["urlId"], "B", id_),
    ),
    "edit": (
        lambda who, was, id_: who.edit(was["event"]["comment"]["_id"], "A", id_),
        lambda who, was, id_: who.edit(was["event"]["comment"]["_id"], "B", id_),
    ),
    "uncomment": (
        lambda who, was, id_: who.uncomment(was["event"]["comment"]["_id"], id_),
        lambda who, was, id_: who.uncomment("another", id_),
    ),
}


def state(visitor: Visitor, page: str) -> tuple[Any, ...]:
    snapshot = visitor.snapshot(page)
    return snapshot["conversations"], visitor.log(page, afterSeq=0)["events"]


@pytest.mark.parametrize("name", WRITES)
def test_a_repeat_gets_the_first_outcome_and_adds_nothing(ana: Visitor, page: str, name: str) -> None:
    write, _ = WRITES[name]
    was = ana.created(page) | {"page": page}
    id_ = new_id()
    first = write(ana, was, id_)
    assert first.status_code == 200, first.text
    after = state(ana, page)
    assert write(ana, was, id_).json() == first.json()
    ana.created(page, "Meanwhile")
    assert write(ana, was, id_).json() == first.json()
    assert state(ana, page)[1][: len(after[1])] == after[1]
    assert len(state(ana, page)[1]) == len(after[1]) + 1


@pytest.mark.parametrize("name", WRITES)
def test_another_body_under_the_same_broadcast_id_is_refused(ana: Visitor, page: str, name: str) -> None:
    write, other = WRITES[name]
    was = ana.created(page) | {"page": page}
    id_ = new_id()
    write(ana, was, id_)
    after = state(ana, page)
    refused = other(ana, was, id_)
    assert (refused.status_code, refused.json()["code"]) == (422, "broadcast-id-reused")
    assert state(ana, page) == after


def test_another_kind_of_write_under_the_same_broadcast_id_is_refused(ana: Visitor, page: str) -> None:
    id_ = new_id()
    chat = ana.created(page, broadcastId=id_)["createdChatId"]
    assert ana.delete(chat, id_).status_code == 422
    assert ana.snapshot(page)["seq"] == 1


def test_people_do_not_share_broadcast_ids(ana: Visitor, bo: Visitor, page: str) -> None:
    id_ = new_id()
    first, second = (visitor.created(page, broadcastId=id_) for visitor in (ana, bo))
    assert first["createdChatId"] != second["createdChatId"]
    assert ana.snapshot(page)["seq"] == 2


def test_a_repeat_in_another_session_of_the_same_person_is_still_a_repeat(site: Site, page: str) -> None:
    body = conversation_body(page)
    laptop, phone = site.member("Mia"), site.member("Mia")
    assert laptop.created(page, **body) == phone.created(page, **body)
    assert laptop.snapshot(page)["seq"] == 1


def test_what_was_refused_may_be_tried_again_under_the_same_id(ana: Visitor, page: str) -> None:
    id_ = new_id()
    assert ana.create(page, "", broadcastId=id_).status_code == 400
    assert ana.create(page, "Now", broadcastId=id_).status_code == 200


def test_a_repeat_at_the_same_moment_happens_once(ana: Visitor, page: str) -> None:
    body = conversation_body(page)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ana.created(page, **body), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert ana.snapshot(page)["seq"] == 1
