"""Private discussions over the wire: their events come in the room of their circle, and nobody else learns of them."""

import hashlib
import json
from typing import Any

import pytest

from tests import replica
from tests.access.estate import GROUP, Estate
from tests.access.line import Line, Words, classic, listen, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, conversation_body, new_id

OTHERS = "guests"


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture(scope="module")
def ann(estate: Estate) -> Visitor:
    return estate.member("Ann", GROUP)


@pytest.fixture(scope="module")
def ned(estate: Estate) -> Visitor:
    return estate.member("Ned", OTHERS)


def positions(snapshot: Words) -> list[Words]:
    """Where to watch from, as a snapshot says."""
    return list(snapshot.get("rooms") or [{"urlId": snapshot["urlIdClean"], **_at(snapshot)}])


def _at(snapshot: Words) -> Words:
    return {name: snapshot[name] for name in ("epoch", "seq")}


def watch(estate: Estate, snapshot: Words) -> Line:
    """Go on from a snapshot, in all its rooms."""
    line = v2(estate.site.port, estate.id).say("hello", token=snapshot["userIdWS"], rooms=positions(snapshot))
    for _ in positions(snapshot):
        assert line.hear("watching", "error")["result"] == "resumed"
    return line


def apply_all(snapshot: Words, events: list[Words]) -> list[Any]:
    """The snapshot's conversations after these events; the room is the one in which a conversation began."""
    conversations = snapshot["conversations"]
    for event in events:
        conversations = replica.apply(conversations, event)
        for each in conversations:
            if event["type"] == "new-text-chat" and each["_id"] == event["chat"]["_id"]:
                each.update({"room": event["urlId"]} if event["urlId"] != snapshot["urlIdClean"] else {})
    return without_groups(conversations)


def without_groups(conversations: list[Any]) -> list[Any]:
    """What events tell; whom a discussion is private to is told by snapshots alone."""
    plain = [{name: it[name] for name in it if name != "groups"} for it in replica.comparable(conversations)]
    return sorted(plain, key=lambda it: (it["createdAt"], it["_id"]))


def make_all_that_happens(person: Visitor, page: str, **fields: Any) -> list[Words]:
    """Everything that can be done with discussions; the answers."""
    first = person.created(page, "First", **fields)
    second = person.created(page, "Second", **fields)
    chat, thread = first["createdChatId"], first["conversation"]["urlId"]
    reply = person.reply(thread, "A reply").json()
    done = [first, second, reply, person.edit(reply["comment"]["_id"], "An edited reply").json()]
    done += [person.change(chat, isResolved=True).json(), person.change(chat, isResolved=False, pageTitle="T").json()]
    done += [person.uncomment(reply["comment"]["_id"]).json(), person.delete(second["createdChatId"]).json()]
    assert [each["status"] for each in done] == ["success"] * 8
    return done


def test_old_state_and_events_of_page_and_circle_are_the_fresh_snapshot(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    cal = estate.member("Cal", GROUP)
    ann.created(page, "For all")
    ann.created(page, "For us", groups=[GROUP])
    before, neds = cal.snapshot(page), ned.snapshot(page)
    _, circle = positions(before)
    assert positions(neds) == [{"urlId": page, **_at(neds)}]
    with watch(estate, before) as cals_line, watch(estate, neds) as neds_line:
        private = make_all_that_happens(ann, page, groups=[GROUP])
        public = make_all_that_happens(ann, page)
        heard = take_events(cals_line, len(private) + len(public))
        neds_heard = take_events(neds_line, len(public))
        after = cal.snapshot(page)
        assert apply_all(before, heard) == without_groups(after["conversations"])
        assert apply_all(neds, neds_heard) == without_groups(ned.snapshot(page)["conversations"])
    for room, answers in ((circle["urlId"], private), (page, public)):
        told = [event for event in heard if event["urlId"] == room]
        assert told == [answer["event"] for answer in answers]
        start = next(it["seq"] for it in positions(before) if it["urlId"] == room)
        assert [event["seq"] for event in told] == [*range(start + 1, start + 9)]
        at = next(it for it in positions(after) if it["urlId"] == room)
        assert (answers[-1]["epoch"], answers[-1]["seq"]) == (at["epoch"], at["seq"])
    assert neds_heard == [answer["event"] for answer in public]
    assert circle["urlId"] not in neds_line.bytes.decode()


def take_events(line: Line, count: int) -> list[Words]:
    kinds = ("new-text-chat", "updated-text-chat", "deleted-text-chat")
    return [line.hear(*kinds) for _ in range(count)]


def test_who_has_the_page_open_when_the_first_private_discussion_begins_is_told_to_look_anew(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    port = estate.site.port
    cal = estate.member("Cal", GROUP)
    with listen(port, cal, page) as cals, listen(port, ned, page) as neds, classic(port, cal, page) as old:
        made = ann.created(page, "For us", groups=[GROUP])
        reset = cals.hear("watching")
        assert (reset["urlId"], reset["result"]) == (page, "reset")
        fresh = cal.snapshot(page)
        (chat,) = fresh["conversations"]
        assert (chat["_id"], chat["room"], chat["groups"]) == (made["createdChatId"], made["event"]["urlId"], [GROUP])
        with watch(estate, fresh) as again:
            event = ann.reply(chat["urlId"], "And more").json()["event"]
            assert again.hear("updated-text-chat") == event
        seen = ann.created(page, "For all")["event"]
        for line in (neds, old):
            assert line.hear("new-text-chat", "updated-text-chat") == seen
        assert made["createdChatId"] not in (neds.bytes + old.bytes).decode()
        assert not neds.of("watching")[1:]


def test_a_classic_socket_may_enter_the_room_of_a_circle_as_it_enters_a_page(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    room = ann.created(page, "For us", groups=[GROUP])["event"]["urlId"]
    names = ann.live_ids(room)
    with Line(estate.site.port, names) as line:
        event = ann.created(page, "And more", groups=[GROUP])["event"]
        assert line.hear("new-text-chat") == event
    with Line(estate.site.port, {**names, "userIdWS": ned.snapshot(page)["userIdWS"]}) as line:
        assert line.status == 403


def test_nobody_can_wait_for_a_private_discussion_where_it_will_be(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    """Its room and its thread are not to be guessed, nor are they what the client asked for."""
    wanted = conversation_body(page)["urlIdWithRange"]
    digest = hashlib.blake2b("\0".join((page, json.dumps([GROUP]))).encode(), digest_size=9).hexdigest()
    guesses = [page, wanted, f"{wanted}~2", f"{wanted}~3", f"circle:{digest}"]
    with listen(estate.site.port, ned, *guesses) as neds:
        for words in ("One", "Two", "Three"):
            made = ann.created(page, words, groups=[GROUP])
            ann.reply(made["conversation"]["urlId"], words)
        token = ned.snapshot(page)["userIdWS"]
        neds.settle(token)
        assert not [words for words in neds.heard if "seq" in words and words["type"] != "watching"]
    for guess in guesses:
        assert ned.log(guess, afterSeq=0)["events"] == []
        assert ned.comments(guess) == []


def test_a_private_discussion_is_not_in_the_way_of_a_public_one_about_the_same_words(
    ann: Visitor, ned: Visitor, page: str
) -> None:
    wanted = conversation_body(page)["urlIdWithRange"]
    ann.created(page, "For us", groups=[GROUP])
    made = ned.created(page, "For all")
    assert made["conversation"]["urlId"] == wanted
    assert [it["_id"] for it in ned.snapshot(page)["conversations"]] == [made["createdChatId"]]
    assert (ned.snapshot(page)["seq"], made["seq"]) == (1, 1)


def test_a_comment_that_was_posted_before_leaves_its_thread_when_it_begins_a_private_discussion(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    """The classic way: until then it could be seen, and what follows cannot."""
    wanted = conversation_body(page)["urlIdWithRange"]
    with listen(estate.site.port, ned, wanted) as neds:
        posted = ann.reply(wanted, "Posted first").json()["comment"]["_id"]
        assert neds.hear("new-comment")["comment"]["_id"] == posted
        made = ann.created(page, createdFromCommentId=posted, comment=..., groups=[GROUP])
        assert neds.hear("deleted-comment")["comment"]["_id"] == posted
        thread = made["conversation"]["urlId"]
        assert thread != wanted
        ann.reply(thread, "For us")
        neds.settle(ned.snapshot(page)["userIdWS"])
        assert len([words for words in neds.heard if "comment" in words]) == 2
    assert ann.comments(thread)[0]["_id"] == posted
    answer = ned.request("GET", "/comments/{t}", params={"urlId": thread})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_thread_of_a_page_with_groups_is_closed_whatever_it_is_called(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    estate.limit(page, GROUP)
    names = [f"another name of {page}", f"{page}-but-not-quite:p"]
    with listen(estate.site.port, ned, *names) as neds:
        threads = [ann.created(page, urlIdWithRange=name)["conversation"]["urlId"] for name in names]
        for thread in threads:
            ann.reply(thread, "For us")
        neds.settle(ned.snapshot("public")["userIdWS"])
        assert not [words for words in neds.heard if "comment" in words]
    for name in (*threads, *names):
        answer = ned.request("GET", "/comments/{t}", params={"urlId": name})
        assert answer.status_code == 404 or answer.json()["comments"] == []


def test_a_discussion_about_a_thread_is_for_those_who_may_see_the_thread(
    estate: Estate, ann: Visitor, ned: Visitor, page: str
) -> None:
    estate.limit(page, GROUP)
    thread = ann.created(page)["conversation"]["urlId"]
    inner = ann.created(thread, urlIdWithRange=f"of {new_id()}")["conversation"]["urlId"]
    for name in (thread, inner):
        assert ned.request("GET", "/comments/{t}", params={"urlId": name}).status_code == 404
        assert ann.request("GET", "/comments/{t}", params={"urlId": name}).status_code == 200
    answer = ann.create(inner, urlIdWithRange=thread)
    assert answer.status_code == 200
    assert answer.json()["conversation"]["urlId"] == f"{thread}~2"
