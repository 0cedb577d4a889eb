"""Who somebody is: guests who sign in, keys for one site, how far an unproved word goes, and who may do what."""

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.access.estate import Estate
from tests.access.line import END, Line, classic, listen, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, conversation_body, new_id

SIMPLE = {"username": "Sam", "email": "sam@site.example"}


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture
def ann(estate: Estate) -> Visitor:
    return estate.member("Ann")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", answer.json()["status"])


# -- A guest who signs in ---------------------------------------------------------------------------------------------


def sign_in_as(estate: Estate, guest: Visitor, payload: dict[str, Any]) -> Visitor:
    """What the widget does when the reader has signed in on the site."""
    return Visitor(estate.site, guest.tenant, estate.sign_in({"sso": payload}, **guest.headers).json())


def test_a_guest_who_signs_in_on_the_site_keeps_what_they_wrote(estate: Estate, ann: Visitor, page: str) -> None:
    guest, other = estate.guest("Gus"), estate.guest("Gus")
    made, others = guest.created(page, "By a guest"), other.created(page, "By another")
    thread = made["conversation"]["urlId"]
    ann.reply(thread, "By Ann")
    reply = guest.reply(thread, "By the guest again").json()["comment"]["_id"]
    before = ann.snapshot(page)
    with listen(estate.site.port, guest, page) as guests, listen(estate.site.port, ann, page) as anns:
        gus = sign_in_as(estate, guest, estate.payload("Gustav", displayName="Gustav K."))
        reset = anns.hear("watching")
        assert (reset["result"], reset["reason"]) == ("reset", "epoch")
        assert guests.hear(END)["code"] == 4401
    after = ann.snapshot(page)
    assert reset["epoch"] == after["epoch"] != before["epoch"]
    authors = {it["_id"]: it["createdBy"] for it in after["conversations"]}
    assert authors[made["createdChatId"]] == {"id": gus.id, "name": "Gustav K."}
    assert authors[others["createdChatId"]] == {"id": other.id, "name": "Gus"}
    assert [it.get("userId") for it in ann.comments(thread)] == [gus.id, ann.id, gus.id]
    assert code(gus.edit(reply, "Better words")) == (200, "success")
    assert code(gus.delete(made["createdChatId"])) == (200, "success")
    assert code(guest.create(page)) == (401, "unauthenticated")
    assert guest.id not in json.dumps([ann.snapshot(page), ann.log(page, afterSeq=0), ann.log(thread, afterSeq=0)])


def test_whoever_was_away_meanwhile_takes_a_fresh_snapshot(estate: Estate, ann: Visitor, page: str) -> None:
    guest = estate.guest()
    guest.created(page)
    before = ann.snapshot(page)
    sign_in_as(estate, guest, estate.payload("Gustav"))
    log = ann.log(page, afterSeq=before["seq"], epoch=before["epoch"])
    assert (log["result"], log["reason"], log["events"]) == ("reset", "epoch", [])
    with v2(estate.site.port, estate.id) as line:
        room = {"urlId": page, "epoch": before["epoch"], "seq": before["seq"]}
        line.say("hello", token=ann.snapshot(page)["userIdWS"], rooms=[room])
        assert line.hear("watching")["reason"] == "epoch"


def test_a_write_whose_answer_was_lost_is_not_done_again_after_the_sign_in(estate: Estate, page: str) -> None:
    guest = estate.guest()
    body = conversation_body(page)
    first = guest.request("POST", "/comment-collab-chats/{t}", json=body).json()
    gus = sign_in_as(estate, guest, estate.payload("Gustav"))
    again = gus.request("POST", "/comment-collab-chats/{t}", json=body).json()
    assert again["createdChatId"] == first["createdChatId"]
    assert len(gus.snapshot(page)["conversations"]) == 1
    assert gus.request("POST", "/comment-collab-chats/{t}", json={**body, "range": "0:1,0:2"}).status_code == 422


@pytest.mark.parametrize(
    "how", ["a simple payload", "without the guest's session", "another tenant's guest", "a member's session"]
)
def test_nobody_else_gets_what_a_guest_wrote(site: QuickSite, estate: Estate, page: str, how: str) -> None:
    guest = estate.guest()
    made = guest.created(page)
    payload: dict[str, Any] = {"simpleSSOUser": SIMPLE} if how == "a simple payload" else estate.payload("Thief")
    bearer = {
        "a simple payload": guest.headers,
        "another tenant's guest": site.guest().headers,
        "a member's session": estate.member("Bo").headers,
    }.get(how, {})
    thief = Visitor(site, estate.id, estate.sign_in({"sso": payload}, **bearer).json())
    assert guest.snapshot(page)["conversations"][0]["createdBy"]["id"] == guest.id
    assert code(thief.delete(made["createdChatId"])) == (403, "forbidden")
    assert code(guest.delete(made["createdChatId"])) == (200, "success")


# -- Keys -------------------------------------------------------------------------------------------------------------


def test_a_key_for_one_site_proves_people_there_and_on_no_other(site: QuickSite) -> None:
    estate = Estate(site)
    second = "https://second.example"
    estate.run("update", "--origin", estate.origin, "--origin", second)
    key = estate.run("rotate-key", "--origin", second)["apiKey"]
    estate.notice()
    for at, by_own, by_common in ((second, 200, 200), (estate.origin, 401, 200), (None, 401, 200)):
        sent = {} if at is None else {"Origin": at}
        own = estate.sign_in({"sso": estate.payload("Ann", key=key)}, **sent)
        common = estate.sign_in({"sso": estate.payload("Ann")}, **sent)
        assert (own.status_code, common.status_code) == (by_own, by_common), at
    assert code(estate.ask("p", sso=estate.payload("Ann", key=key), Origin=estate.origin)) == (401, "invalid-sso")
    assert code(estate.ask("p", sso=estate.payload("Ann", key=key), Origin="https://evil.example"))[0] == 401
    ids = [each["origin"] for each in estate.run("keys")["keys"]]
    assert sorted(ids, key=str) == [None, second]
    refused = estate.sign_in({"sso": estate.payload("Ann", key=key)}, Origin="https://evil.example")
    assert code(refused) == (403, "forbidden")


# -- How far an unproved word goes ------------------------------------------------------------------------------------


class Asks:
    """One way to be somebody, and what is seen and done so."""

    def __init__(self, estate: Estate, page: str, room: str, **sent: Any) -> None:
        self.params, self.headers = sent.get("params", {}), sent.get("headers", {})
        self.estate, self.page, self.room = estate, page, room

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        params = {**options.pop("params", {}), **self.params}
        path = path.replace("{t}", self.estate.id)
        return self.estate.site.http.request(method, path, params=params, headers=self.headers, **options)

    @property
    def reads(self) -> set[int]:
        named = {"urlId": self.page}
        paths = ("comment-collab-chats/{t}", "comments/{t}", "pages/{t}/users/online", "pages/{t}/users/info")
        answers = [self.ask("GET", f"/{path}", params=named) for path in paths]
        status = {"tenantId": self.estate.id, "urlIdWS": self.room}
        return {answer.status_code for answer in (*answers, self.ask("GET", "/user-presence-status", params=status))}

    @property
    def writes(self) -> int:
        return self.ask("POST", "/comment-collab-chats/{t}", json=conversation_body(self.page)).status_code

    @property
    def token(self) -> str:
        return str(self.ask("GET", "/comment-collab-chats/{t}", params={"urlId": self.page}).json()["userIdWS"])


@pytest.mark.parametrize(("level", "rank"), [("no", 0), ("simple", 2), ("secure", 3)])
def test_who_must_have_signed_in_and_how(site: QuickSite, page: str, level: str, rank: int) -> None:
    estate = Estate(site)
    ann = estate.member("Ann")
    ids = ann.live_ids(page)
    sam = Visitor(site, estate.id, estate.sign_in({"sso": {"simpleSSOUser": SIMPLE}}).json())
    ladder = [
        (0, {}),
        (1, {"headers": estate.guest().headers}),
        (2, {"headers": sam.headers}),
        (2, {"params": {"sso": json.dumps(SIMPLE)}}),
        (3, {"headers": ann.headers}),
        (3, {"params": {"sso": json.dumps(estate.payload("Bo"))}}),
    ]
    askers = [(step, Asks(estate, page, ids["urlId"], **sent)) for step, sent in ladder]
    tokens = [asker.token for _, asker in askers]
    estate.run("update", "--require-sso", level)
    estate.notice()
    for (step, asker), token in zip(askers, tokens, strict=True):
        is_in = step >= rank
        assert asker.reads == ({200} if is_in else {401}), (level, step)
        assert asker.writes == (200 if is_in and step > 0 else 401), (level, step)
        unknown = asker.ask("GET", "/comments/{t}/unknown/text").status_code
        assert unknown == (404 if is_in else 401)
        with v2(site.port, estate.id) as line, Line(site.port, {**ids, "userIdWS": token}) as old:
            line.say("hello", token=token, rooms=[{"urlId": page}])
            words = line.hear("watching", "error")
            assert words.get("result", words.get("code")) == ("resumed" if is_in else "not-found"), (level, step)
            assert old.status == (101 if is_in else 403), (level, step)
        log = asker.ask("GET", "/event-log/{t}", params={"urlId": page, "userIdWS": token, "afterSeq": 0})
        assert log.status_code == (200 if is_in else 401), (level, step)


# -- Who may do what --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ruled(site: QuickSite) -> Estate:
    return Estate(site)


LADDER = ("anyone", "members", "moderators", "admins")


@pytest.mark.parametrize("who", LADDER)
def test_the_tenants_rules_say_who_starts_replies_and_resolves(ruled: Estate, page: str, who: str) -> None:
    people = [
        ruled.guest(),
        ruled.member("Mem"),
        ruled.member("Mod", role="moderator"),
        ruled.member("Ada", role="admin"),
    ]
    made = people[-1].created(page)
    chat, thread = made["createdChatId"], made["conversation"]["urlId"]
    ruled.run("update", "--start", who, "--reply", who, "--resolve", who)
    ruled.notice()
    seqs = [people[-1].snapshot(page)["seq"]]
    for step, person in enumerate(people):
        wanted = (200, "success") if step >= LADDER.index(who) else (403, "forbidden")
        done = (person.create(page, new_id()), person.reply(thread, new_id()), person.change(chat, isResolved=True))
        assert [code(answer) for answer in done] == [wanted] * 3, (who, step)
        assert code(person.change(chat, anchor={"v": 1, "quote": "x", "start": 0, "end": 1})) == (
            (200, "success") if step >= 2 else (403, "forbidden")
        )
        seqs.append(people[-1].snapshot(page)["seq"])
    risen = [after - before for before, after in pairwise(seqs)]
    assert risen == [3 * (step >= LADDER.index(who)) + (step >= 2) for step in range(4)]


@pytest.mark.parametrize(("who", "rank"), [("authors", 0), ("moderators", 2), ("admins", 3)])
def test_the_tenants_rules_say_who_deletes(ruled: Estate, page: str, who: str, rank: int) -> None:
    ruled.run("update", "--start", "anyone", "--reply", "anyone", "--delete", who)
    ruled.notice()
    people = [
        ruled.guest(),
        ruled.member("Mem"),
        ruled.member("Mod", role="moderator"),
        ruled.member("Ada", role="admin"),
    ]
    for step, person in enumerate(people):
        own, others = person.created(page, new_id()), people[step - 1].created(page, new_id())
        reply = person.reply(own["conversation"]["urlId"], new_id()).json()["comment"]["_id"]
        wanted = (200, "success") if step >= rank else (403, "forbidden")
        assert [code(person.uncomment(reply)), code(person.delete(own["createdChatId"]))] == [wanted] * 2, (who, step)
        foreign = (200, "success") if step >= max(rank, 2) else (403, "forbidden")
        assert code(person.delete(others["createdChatId"])) == foreign, (who, step)


def test_without_guests_they_read_and_members_write(ruled: Estate, page: str) -> None:
    guest, mem = ruled.guest(), ruled.member("Mem")
    ruled.run("update", "--guests", "off", "--start", "anyone")
    ruled.notice()
    assert code(guest.create(page)) == (403, "forbidden")
    assert code(ruled.sign_in({"guestName": "Gus"})) == (403, "forbidden")
    assert code(ruled.sign_in({"sso": {"simpleSSOUser": SIMPLE}})) == (403, "forbidden")
    event = mem.created(page)["event"]
    with classic(ruled.site.port, guest, page) as line:
        assert line.hear("p-u")["sc"] == 1
    assert guest.log(page, afterSeq=0)["events"] == [event]
    ruled.run("update", "--guests", "on")
    ruled.notice()
    assert code(guest.create(page)) == (200, "success")
