"""FastComments' truth table of groups, and our closed one, by every way in; bans; and what a lost right takes along."""

from typing import Any

import httpx
import pytest

from tests.access.estate import GROUP, Estate
from tests.access.line import Line, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, conversation_body, run_here

Groups = list[str] | None

TABLE: list[tuple[Groups, Groups, bool, bool]] = [
    # the page's, one's own, open, closed
    (None, None, True, True),
    (None, ["x"], True, True),
    (["a", "b"], None, True, False),
    (["a", "b"], [], False, False),
    (["a", "b"], ["b", "c"], True, True),
    (["a", "b"], ["c"], False, False),
    ([], None, False, False),
    ([], ["a"], False, False),
]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", answer.json()["status"])


def told(estate: Estate, name: str, groups: Groups) -> Visitor:
    answer = estate.sign_in({"sso": estate.payload(name, groupIds=groups)})
    return Visitor(estate.site, estate.id, answer.json())


@pytest.mark.parametrize("access", ["open", "closed"])
def test_a_pages_groups_let_in_the_same_people_by_every_way(site: QuickSite, access: str) -> None:
    estate = Estate(site, "--page-access", access)
    admin = estate.member("Ada", role="admin")
    wrong = []
    for number, (required, own, is_open, is_closed) in enumerate(TABLE):
        page, is_in = f"page-{number}", is_open if access == "open" else is_closed
        sent = {"urlId": page, "accessibleByGroupIds": required}
        assert site.http.post("/api/v1/pages", json=sent, headers=estate.keyed).status_code == 200
        made = admin.created(page)
        people = [told(estate, f"Vic{number}", own)]
        if own is None:
            people += [estate.guest()]
        for person in people:
            ids = {**admin.live_ids(page), "userIdWS": person.snapshot("any")["userIdWS"]}
            params = {"urlId": page, "userIdWS": ids["userIdWS"], "afterSeq": 0}
            with v2(site.port, estate.id) as line, Line(site.port, ids) as old:
                line.say("hello", token=ids["userIdWS"], rooms=[{"urlId": page}])
                seen = [
                    person.request("GET", "/comment-collab-chats/{t}", params={"urlId": page}).status_code == 200,
                    person.reply(made["conversation"]["urlId"], f"Me, {number}").status_code == 200,
                    person.request("GET", "/event-log/{t}", params=params).status_code == 200,
                    line.hear("watching", "error")["type"] == "watching",
                    old.status == 101,
                ]
            if seen != [is_in] * 5:
                wrong.append((required, own, person.id, seen))
    assert not wrong


def test_a_private_discussion_is_closed_on_an_open_tenant_too(site: QuickSite, page: str) -> None:
    estate = Estate(site, "--page-access", "open")
    ann, ned = estate.member("Ann", GROUP), estate.member("Ned")
    room = ann.created(page, groups=[GROUP])["event"]["urlId"]
    assert (ned.snapshot(page)["conversations"], ned.snapshot(page).get("rooms")) == ([], None)
    assert code(ned.request("GET", "/comment-collab-chats/{t}", params={"urlId": room})) == (404, "not-found")


def test_what_one_wrote_and_may_not_see_any_more_is_not_told_to_a_repeat(site: QuickSite, page: str) -> None:
    estate = Estate(site)
    estate.limit(page, GROUP)
    ann, body = estate.member("Ann", GROUP), conversation_body(page)
    first = ann.request("POST", "/comment-collab-chats/{t}", json=body)
    assert ann.request("POST", "/comment-collab-chats/{t}", json=body).content == first.content
    estate.member("Ann", "others")
    again = ann.request("POST", "/comment-collab-chats/{t}", json=body)
    assert code(again) == (404, "not-found")
    params = {"urlId": "any", "pending": body["broadcastId"]}
    assert ann.request("GET", "/comment-collab-chats/{t}", params=params).json()["settled"] == []


# -- Bans -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def estate(site: QuickSite) -> Estate:
    return Estate(site)


def ban(by: Visitor, **whom: Any) -> httpx.Response:
    return by.request("POST", "/bans/{t}", json={"reason": "Enough of this", **whom})


def test_a_banned_person_is_told_why_and_until_when_and_lifting_it_lets_them_in_again(
    estate: Estate, page: str
) -> None:
    mod, ned = estate.member("Mod", role="moderator"), estate.member("Ned")
    token = ned.snapshot(page)["userIdWS"]
    until = 4_000_000_000_000
    made = ban(mod, userId=ned.id, bannedUntil=until).json()["ban"]
    estate.notice()
    for answer in (ned.create(page), ned.request("GET", "/comments/{t}", params={"urlId": page})):
        body = answer.json()
        assert (code(answer), body["bannedUntil"]) == ((403, "banned"), until)
        assert "Enough of this" in body["reason"]
    assert code(estate.sign_in({"sso": estate.payload("Ned")})) == (403, "banned")
    assert code(estate.ask(page, sso=estate.payload("Ned"))) == (403, "banned")
    (listed,) = mod.request("GET", "/bans/{t}").json()["bans"]
    assert listed == made
    with v2(estate.site.port, estate.id) as line:
        assert line.say("hello", token=token).end() == 4403
    assert code(mod.request("DELETE", f"/bans/{{t}}/{made['banId']}")) == (200, "success")
    estate.notice()
    assert code(ned.create(page)) == (200, "success")
    assert mod.request("GET", "/bans/{t}").json()["bans"] == []


def test_a_ban_of_an_address_bars_whoever_writes_from_there_except_from_reading(estate: Estate, page: str) -> None:
    gus, other = estate.guest(), estate.guest()
    mod = estate.member("Mod", role="moderator")
    comment = gus.created(page)["event"]["comment"]["_id"]
    made = ban(mod, commentId=comment, address=True).json()["ban"]
    estate.notice()
    assert (made["userId"], made["isAddressBanned"]) == (gus.id, True)
    assert code(other.create(page)) == (403, "banned")
    assert code(estate.guest().create(page)) == (403, "banned")
    assert len(other.snapshot(page)["conversations"]) == 1
    assert "127.0.0.1" not in mod.request("GET", "/bans/{t}").text
    assert code(Estate(estate.site).guest().create(page)) == (200, "success")


@pytest.mark.parametrize("path", ["/bans/{t}", "/api/v1/bans"])
def test_nobody_is_banned_by_an_empty_id(estate: Estate, path: str) -> None:
    mod = estate.member("Mod", role="moderator")
    headers = {**mod.headers, "X-TENANT-ID": estate.id}
    answer = estate.site.http.post(path.replace("{t}", estate.id), json={"userId": "", "reason": "x"}, headers=headers)
    assert (code(answer), answer.json()["field"]) == ((400, "invalid-input"), "userId")
    done = run_here("person", "ban", estate.id, "", "--reason", "x", data_dir=estate.site.data_dir)
    assert (done.returncode, "USER-ID" in done.stderr) == (2, True), done.stderr


def test_a_ban_of_an_empty_id_that_an_older_server_took_bars_nobody(estate: Estate, page: str) -> None:
    with estate.data() as data:
        row = [estate.id, "b1", "", None, "x", "mod", 1, None]
        names = "tenant_id, id, user_id, address_hash, reason, by_id, created_at, until"
        data.execute(f"INSERT INTO ban ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    estate.notice()
    for who in (estate.member("Ada", role="admin"), estate.member("Ned"), estate.guest()):
        assert code(who.create(page)) == (200, "success")


def test_moderators_ban_writers_and_admins_ban_anybody_but_themselves(estate: Estate) -> None:
    ada, eve = estate.member("Ada", role="admin"), estate.member("Eve", role="admin")
    mod, max_ = estate.member("Mod", role="moderator"), estate.member("Max", role="moderator")
    ned = estate.member("Ned")
    allowed = [
        code(ban(by, userId=whom.id, bannedUntil=0))[0] == 200
        for by in (ned, mod, ada) for whom in (ned, mod, max_, ada, eve)
    ]  # fmt: skip
    assert allowed == [False] * 5 + [True, False, False, False, False] + [True, True, True, False, True]
    by_eve = ban(eve, userId=mod.id).json()["ban"]["banId"]
    assert code(max_.request("DELETE", f"/bans/{{t}}/{by_eve}")) == (403, "forbidden")
    assert code(Estate(estate.site).member("Ada", role="admin").request("DELETE", f"/bans/{{t}}/{by_eve}"))[0] == 404
