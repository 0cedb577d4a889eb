"""One person's data: all of it given out and nobody else's, all of it erased wherever it is; and who learns of whom."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.access.estate import GROUP, Estate
from tests.access.line import END, classic, listen, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, new_id


class Life:
    """Somebody who has written everywhere, by words that nobody else uses, and Bo, who answers."""

    def __init__(self, site: QuickSite, page: str, many: int = 1) -> None:
        estate, self.page = Estate(site), page
        self.estate, self.site = estate, site
        self.word, self.name, self.email = (f"{part}{new_id()}" for part in ("Quixotry", "Annabeth", "annq"))
        told: dict[str, Any] = {"displayName": self.name, "email": f"{self.email}@site.example"}
        estate.member("Ann", GROUP, **{**told, "displayName": f"Earlier {self.name}"})
        self.ann, self.bo = estate.member("Ann", GROUP, **told), estate.member("Bo", GROUP)
        estate.limit("grouped", GROUP)
        self.said: list[str] = []
        self.chats = [
            self.ann.created(page, self.words()),
            self.ann.created("grouped", self.words()),
            self.ann.created(page, self.words(), groups=[GROUP]),
        ]
        self.alone = self.ann.created(page, self.words())
        bos = self.bos = self.bo.created(page, "Of Bo")["conversation"]["urlId"]
        self.ids = []
        for number in range(many):
            for thread in (*(chat["conversation"]["urlId"] for chat in self.chats), bos):
                self.ids.append(self.ann.reply(thread, self.words()).json()["comment"]["_id"])
                self.bo.reply(thread, f"Bo answers {number}")
        self.ann.edit(self.ids[0], self.words())
        self.ann.uncomment(self.ids[1])
        self.ann.change(self.chats[0]["createdChatId"], isResolved=True)
        self.bo.change(self.chats[0]["createdChatId"], isResolved=False)
        self.bo.change(self.chats[1]["createdChatId"], isResolved=True)
        self.ann.reply(page, self.words())
        self.rooms = [page, "grouped", *(each["event"]["urlId"] for each in self.chats), bos]
        self.rooms += [each["conversation"]["urlId"] for each in self.chats]

    def words(self) -> str:
        self.said.append(f"{self.word} {len(self.said)} {'and so on ' * (len(self.said) % 7)}".strip())
        return self.said[-1]

    @property
    def needles(self) -> list[bytes]:
        """What nothing but Ann's data holds."""
        return [it.encode() for it in (self.word, self.name, self.email, self.ann.id, self.ann.session)]


@pytest.fixture
def life(site: QuickSite, page: str) -> Life:
    return Life(site, page)


# -- Export -----------------------------------------------------------------------------------------------------------


def by_themselves(life: Life) -> dict[str, Any]:
    return dict(life.ann.request("GET", "/people/{t}").json())


def by_an_admin(life: Life) -> dict[str, Any]:
    admin = life.estate.member("Ada", role="admin")
    return dict(admin.request("GET", "/people/{t}", params={"userId": life.ann.id}).json())


def by_the_operator(life: Life) -> dict[str, Any]:
    return {"status": "success", **life.estate.run("export", life.ann.id, about="person")}


@pytest.mark.parametrize("how", [by_themselves, by_an_admin, by_the_operator])
def test_a_person_gets_all_that_is_stored_of_them_and_nothing_of_others(
    life: Life, how: Callable[[Life], dict[str, Any]]
) -> None:
    over = {"userId": life.ann.id, "reason": "Some reason", "bannedUntil": 1}
    life.estate.member("Ada", role="admin").request("POST", "/bans/{t}", json=over).raise_for_status()
    found = how(life)
    profile = found["profile"]
    assert (profile["name"], profile["email"]) == (life.name, f"{life.email}@site.example")
    assert (profile["role"], profile["groupIds"]) == ("commenter", [GROUP])
    assert profile["knownSince"] <= found["sessions"][0]["createdAt"]
    assert {it["id"] for it in found["conversations"]} == {it["createdChatId"] for it in (*life.chats, life.alone)}
    # What was edited away is not stored any more; what was deleted is, until it is forgotten.
    edited_away = life.said[4]
    assert sorted(it["comment"] for it in found["comments"]) == sorted(set(life.said) - {edited_away})
    assert len(found["sessions"]) == 2
    assert [ban["reason"] for ban in found["bans"]] == ["Some reason"]
    assert {it["thread"] for it in found["read"]} >= {chat["conversation"]["urlId"] for chat in life.chats}
    assert life.bo.id not in json.dumps(found)
    assert "Bo answers" not in json.dumps(found)
    assert "127.0.0.1" not in json.dumps(found)


def test_a_namesake_at_another_tenant_gets_nothing_of_it(life: Life) -> None:
    other = Estate(life.site)
    ann = other.member("Ann")
    found = ann.request("GET", "/people/{t}").json()
    assert (found["comments"], found["conversations"], len(found["sessions"])) == ([], [], 1)
    admin = other.member("Ada", role="admin")
    nothing = admin.request("GET", "/people/{t}", params={"userId": life.ann.id}).json()
    assert (nothing["profile"], nothing["comments"]) == (None, [])
    assert admin.request("DELETE", "/people/{t}", params={"userId": life.ann.id}).json()["comments"] == 0
    assert life.ann.snapshot(life.page)["user"]["displayName"] == life.name


# -- Erase ------------------------------------------------------------------------------------------------------------


def erased_by_themselves(life: Life) -> dict[str, Any]:
    return dict(life.ann.request("DELETE", "/people/{t}").json())


def erased_by_the_operator(life: Life) -> dict[str, Any]:
    return life.estate.run("erase", life.ann.id, "--yes", about="person")


def every_value(data: sqlite3.Connection) -> Iterator[bytes]:
    """Whatever stands in any row of any table."""
    for (table,) in data.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in data.execute(f'SELECT * FROM "{table}"'):
            yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)


def assert_gone_from_the_files(life: Life) -> None:
    """No row holds it, the write-ahead log has been emptied, and what the file holds beside rows goes with a VACUUM."""
    database = life.site.database
    wal = database.with_name(f"{database.name}-wal").read_bytes()
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as data:
        rows = b"\n".join(every_value(data))
        data.execute("VACUUM")
        assert data.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    file = database.read_bytes()
    assert b"Bo answers" in rows
    # That there was somebody by this id is kept, lest an old payload bring them back, and for bans.
    words = [needle for needle in life.needles if needle != life.ann.id.encode()]
    for stored in (wal, rows, file):
        assert {word: stored.count(word) for word in words if word in stored} == {}


def everything_that_is_shown(life: Life) -> str:
    """All that Bo can ask for."""
    ask, token = life.bo.request, life.bo.snapshot(life.page)["userIdWS"]
    answers = []
    for room in life.rooms:
        for params in ({"afterSeq": 0}, {"startTime": 1}):
            sent = {"urlId": room, "userIdWS": token, **params}
            answers.append(ask("GET", "/event-log/{t}", params=sent))
        for path in ("comment-collab-chats/{t}", "comments/{t}", "pages/{t}/users/online", "pages/{t}/users/offline"):
            answers.append(ask("GET", f"/{path}", params={"urlId": room}))
    answers.append(ask("GET", "/pages/{t}/users/info", params={"ids": f"{life.ann.id},{life.bo.id}"}))
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text.replace(life.ann.id, "", answer.url.path.count("info")) for answer in answers)


@pytest.mark.parametrize("how", [erased_by_themselves, erased_by_the_operator])
def test_an_erased_person_is_nowhere_any_more_and_what_others_said_stays(
    site: QuickSite, page: str, how: Callable[[Life], dict[str, Any]]
) -> None:
    life = Life(site, page, many=12)
    before = life.bo.snapshot(page)
    assert life.word in everything_that_is_shown(life)
    with listen(site.port, life.bo, *life.rooms[:2]) as bos, classic(site.port, life.bo, page) as old:
        gone = how(life)
        life.estate.notice()
        assert (gone["comments"], gone["conversations"]) == (len(life.said) - 1, 1)
        resets = [bos.hear("watching") for _ in range(2)]
        assert {(it["urlId"], it["result"], it["reason"]) for it in resets} == {
            (page, "reset", "epoch"), ("grouped", "reset", "epoch")
        }  # fmt: skip
        assert old.end() == 1012
    after = life.bo.snapshot(page)
    kept = {it["_id"]: (it["createdBy"]["name"], it["commentCount"]) for it in after["conversations"]}
    assert kept[life.chats[0]["createdChatId"]] == ("Deleted user", 12)
    assert life.alone["createdChatId"] not in kept
    assert [it["commentHTML"] for it in life.bo.comments(life.bos)] == [
        "Of Bo",
        *(f"Bo answers {n}" for n in range(12)),
    ]
    shown = everything_that_is_shown(life)
    assert not [needle for needle in life.needles if needle.decode() in shown]
    for room in before["rooms"]:
        with v2(site.port, life.estate.id) as line:
            line.say("hello", token=after["userIdWS"], rooms=[room])
            assert line.hear("watching", "error", END)["result"] == "reset"
            assert not [needle for needle in life.needles if needle in line.bytes]
    left = life.estate.run("export", life.ann.id, about="person")
    assert not [left[part] for part in ("sessions", "comments", "conversations", "read") if left[part]]
    assert not [needle for needle in life.needles if needle.decode() in json.dumps({**left, "userId": ""})]
    assert_gone_from_the_files(life)


def test_a_ban_outlives_its_person_by_their_id_alone(life: Life) -> None:
    life.estate.run("ban", life.ann.id, "--reason", "Spam", about="person")
    erased_by_the_operator(life)
    life.estate.notice()
    answer = life.estate.sign_in({"sso": life.estate.payload("Ann")})
    assert (answer.status_code, answer.json()["code"]) == (403, "banned")


# -- Addresses and names ----------------------------------------------------------------------------------------------


def test_addresses_are_stored_as_salted_hashes_only(life: Life) -> None:
    other = Estate(life.site)
    other.guest().created(life.page)
    with life.estate.data() as data:
        hashes = data.execute("SELECT DISTINCT tenant_id, address_hash FROM comment").fetchall()
    assert all(len(each) == 24 for _, each in hashes)
    # The same address is another at another tenant, and one at each.
    own = [each for tenant, each in hashes if tenant in {life.estate.id, other.id}]
    assert len(own) == len(set(own)) == 2
    stored = b"".join(path.read_bytes() for path in life.site.data_dir.glob("collabchat.db*"))
    own_origin = life.site.base.encode()
    assert b"127.0.0.1" not in stored.replace(own_origin, b"")


def names(visitor: Visitor, page: str) -> tuple[set[str], int]:
    """Who is there and who was there, as far as somebody is told; and how many there are."""
    answers = [
        visitor.request("GET", f"/pages/{{t}}/users/{which}", params={"urlId": page, "ids": ids})
        for which, ids in (("online", ""), ("offline", ""), ("info", f"{visitor.tenant}:ann,{visitor.tenant}:cal"))
    ]
    assert {answer.status_code for answer in answers} == {200}
    return {user["displayName"] for it in answers for user in it.json()["users"]}, answers[0].json()["totalCount"]


def test_where_names_are_nobodys_business_only_numbers_are_told(site: QuickSite, page: str) -> None:
    estate = Estate(site, "--presence-names", "nobody")
    ann, bo, cal = (estate.member(name) for name in ("Ann", "Bo", "Cal"))
    chat = ann.created(page)["createdChatId"]
    with listen(site.port, bo, page) as bos, listen(site.port, ann, page) as anns, classic(site.port, cal, page) as old:
        token = ann.snapshot(page)["userIdWS"]
        anns.say("typing", urlId=page, chatId=chat).settle(token)
        assert names(bo, page) == (set(), 3)
        asked = {"tenantId": estate.id, "urlIdWS": bo.snapshot(page)["urlIdWS"], "userIds": f"{ann.id},{cal.id}"}
        assert bo.request("GET", "/user-presence-status", params=asked).json()["userIdsOnline"] == {
            ann.id: False, cal.id: False
        }  # fmt: skip
        event = bo.created(page)["event"]
        for line in (bos, old):
            assert line.hear("new-text-chat") == event
        told = bos.of("p-u") + old.of("p-u")
        assert max(it["sc"] for it in told) == 3
        assert not [it for it in told if "uj" in it or "ul" in it]
        assert not bos.of("typing")
        estate.run("update", "--presence-names", "everyone")
        estate.notice()
        assert names(bo, page)[0] >= {"Ann", "Bo", "Cal"}


def test_names_on_a_page_with_groups_are_for_those_who_may_see_it(site: QuickSite, page: str) -> None:
    estate = Estate(site)
    estate.limit("grouped", GROUP)
    ann, cal, ned = estate.member("Ann", GROUP), estate.member("Cal", GROUP), estate.member("Ned")
    ann.created("grouped")
    circle = ann.created(page, groups=[GROUP])["event"]["urlId"]
    with listen(site.port, cal, "grouped", page, circle):
        for room in ("grouped", circle):
            assert names(cal, room) == ({"Ann", "Cal"}, 1)
            for which in ("online", "offline"):
                answer = ned.request("GET", f"/pages/{{t}}/users/{which}", params={"urlId": room})
                assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
            token = {"tenantId": estate.id, "urlIdWS": cal.snapshot(room)["urlIdWS"], "userIds": cal.id}
            assert ned.request("GET", "/user-presence-status", params=token).status_code == 404
            assert cal.request("GET", "/user-presence-status", params=token).json()["userIdsOnline"] == {cal.id: True}
        # Who wrote on a page in private alone has written nothing there for others.
        away = ned.request("GET", "/pages/{t}/users/offline", params={"urlId": page}).json()["users"]
        assert away == []
