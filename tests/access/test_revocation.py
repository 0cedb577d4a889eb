"""F38: whatever takes a right away takes the room from the sockets that are open, and what was missed with it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct

from tests.access.estate import GROUP, Estate
from tests.access.line import END, Line, classic, listen, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor

NOT_FOUND = "not-found"
HOUR_MS = 3_600_000


class Scene:
    """A page with somebody who writes there and somebody who reads on; what befalls the victim is not theirs."""

    def __init__(self, site: QuickSite, *rules: str, is_limited: bool = True) -> None:
        self.estate = Estate(site, *rules)
        self.page = "page"
        self._own_key = self.estate.run("rotate-key", "--origin", self.estate.origin)["apiKey"]
        self.estate.notice()
        self.ann = self.by_own_key("Ann", role="admin")
        self.bo = self.by_own_key("Bo")
        if is_limited:
            self.estate.limit(self.page, GROUP)
        self.ann.created(self.page, "Before")

    def by_own_key(self, name: str, **fields: Any) -> Visitor:
        """Somebody whom another of the tenant's keys proves than the victim."""
        estate = self.estate
        told = {"sso": estate.payload(name, key=self._own_key, groupIds=[GROUP], **fields)}
        answer = estate.sign_in(told, Origin=estate.origin)
        return Visitor(estate.site, estate.id, answer.json())


Victim = Callable[[Scene], Visitor]
Act = Callable[[Scene, Visitor], object]


class Loss(Struct, frozen=True):
    """What happens to whom, and how they are told: on our socket, on a classic one, for the log and the page."""

    name: str
    act: Act
    ours: int | str
    old: int
    log: tuple[int, str]
    page: tuple[int, str]
    victim: Victim = lambda scene: scene.estate.member("Vic", GROUP)
    rules: tuple[str, ...] = ()
    is_limited: bool = True


SIGNED_OUT: dict[str, Any] = {"ours": 4401, "old": 4401, "log": (403, "forbidden"), "page": (401, "unauthenticated")}
BANNED: dict[str, Any] = {"ours": 4403, "old": 4403, "log": (403, "banned"), "page": (403, "banned")}
UNSEEN: dict[str, Any] = {"ours": NOT_FOUND, "old": 4403, "log": (404, NOT_FOUND), "page": (404, NOT_FOUND)}
OUTSIDE: dict[str, Any] = {**UNSEEN, "log": (401, "unauthenticated"), "page": (401, "unauthenticated")}


def operator(*command: str, about: str = "tenant", **more: str) -> Act:
    """A command; `$user` and `$page` stand for whom and what it concerns."""

    def act(scene: Scene, victim: Visitor) -> None:
        known = {"$user": victim.id, "$page": scene.page}
        scene.estate.run(*(known.get(word, word) for word in command), about=about, **more)

    return act


def end_key(scene: Scene, _victim: Visitor) -> None:
    """The time of overlap is over."""
    scene.estate.run("rotate-key", "--overlap-hours", "1")
    with scene.estate.data() as data:
        ended = "UPDATE api_key SET ends_at = ? WHERE tenant_id = ? AND ends_at IS NOT NULL"
        assert data.execute(ended, [int(time.time() * 1_000), scene.estate.id]).rowcount == 1


def revoke_key(scene: Scene, _victim: Visitor) -> None:
    (key,) = [key["keyId"] for key in scene.estate.run("keys")["keys"] if key["origin"] is None]
    scene.estate.run("revoke-key", key)


def request(verb: str, path: str, *, by_admin: bool = False, **body: str) -> Act:
    """A request of the victim's own, or of an admin."""

    def act(scene: Scene, victim: Visitor) -> None:
        path_ = path.replace("$user", victim.id)
        sent = {"json": {name: text.replace("$user", victim.id) for name, text in body.items()}} if body else {}
        answer = (scene.ann if by_admin else victim).request(verb, path_, **sent)
        assert answer.status_code == 200, answer.text

    return act


def told_anew(**fields: Any) -> Act:
    return lambda scene, _victim: scene.estate.member("Vic", **fields)


def told_of_other_groups(scene: Scene, _victim: Visitor) -> None:
    scene.estate.member("Vic", "guests")


def claim(scene: Scene, victim: Visitor) -> None:
    scene.estate.sign_in({"sso": scene.estate.payload("Vic")}, **victim.headers)


def of_no_group(scene: Scene) -> Visitor:
    return scene.estate.member("Vic")


def an_admin(scene: Scene) -> Visitor:
    return scene.estate.member("Vic", role="admin")


def a_guest(scene: Scene) -> Visitor:
    return scene.estate.guest("Vic")


LOSSES = [
    Loss("signs out", request("DELETE", "/sessions/{t}"), **SIGNED_OUT),
    Loss("signs out everywhere", request("DELETE", "/sessions/{t}?everywhere=true"), **SIGNED_OUT),
    Loss("is signed out by the operator", operator("sign-out", "$user", about="person"), **SIGNED_OUT),
    Loss("is banned", request("POST", "/bans/{t}", by_admin=True, userId="$user", reason="Spam"), **BANNED),
    Loss("is banned by the operator", operator("ban", "$user", "--reason", "Spam", about="person"), **BANNED),
    Loss("the key is rotated", operator("rotate-key"), **SIGNED_OUT),
    Loss("the rotated key's overlap ends", end_key, **SIGNED_OUT),
    Loss("the key is revoked", revoke_key, **SIGNED_OUT),
    Loss("the site tells of other groups", told_of_other_groups, **UNSEEN),
    Loss("the site tells of no groups", told_anew(), **UNSEEN),
    Loss("the site takes the role away", told_anew(), **UNSEEN, victim=an_admin),
    Loss("the page gets groups by the API", lambda scene, _: scene.estate.limit(scene.page, GROUP), **UNSEEN,
         victim=of_no_group, is_limited=False),
    Loss("the page gets groups by the operator", operator("groups", "$page", "--group", GROUP, about="page"), **UNSEEN,
         victim=of_no_group, is_limited=False),
    Loss("the page gets other groups", lambda scene, _: scene.estate.limit(scene.page, GROUP), **UNSEEN,
         victim=lambda scene: scene.estate.member("Vic", "guests"), is_limited=False),
    Loss("the tenant wants a sign-in", operator("update", "--require-sso", "secure"), **OUTSIDE,
         victim=a_guest, is_limited=False),
    Loss("the tenant closes pages", operator("update", "--page-access", "closed"), **UNSEEN,
         victim=of_no_group, rules=("--page-access", "open")),
    Loss("erases themselves", request("DELETE", "/people/{t}"), **SIGNED_OUT),
    Loss("is erased by an admin", request("DELETE", "/people/{t}?userId=$user", by_admin=True), **SIGNED_OUT),
    Loss("is erased by the operator", operator("erase", "$user", "--yes", about="person"), **SIGNED_OUT),
    Loss("is a guest no more", claim, **SIGNED_OUT, victim=a_guest, is_limited=False),
]  # fmt: skip


def outcome(line: Line) -> int | str:
    """What a socket is told that has lost its room: how it ends, or the error."""
    words = line.hear("error", "watching", END)
    return words["code"] if "code" in words else str(words)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_f38_who_loses_a_right_loses_the_room_and_what_they_missed_and_nobody_else_does(
    site: QuickSite, loss: Loss
) -> None:
    scene = Scene(site, *loss.rules, is_limited=loss.is_limited)
    estate, page, port, victim = scene.estate, scene.page, site.port, loss.victim(scene)
    ids, start = victim.live_ids(page), {"urlId": page, "epoch": victim.snapshot(page)["epoch"], "seq": 0}
    token = ids["userIdWS"]
    with (
        listen(port, scene.bo, page) as others, classic(port, scene.bo, page) as others_old,
        listen(port, victim, page) as ours, classic(port, victim, page) as old,
    ):  # fmt: skip
        loss.act(scene, victim)
        estate.notice()
        assert (outcome(ours), old.end()) == (loss.ours, loss.old)
        after = scene.ann.created(page, "After")
        for line in (others, others_old):
            assert line.hear("new-text-chat", "watching", END) == after["event"]
        if ours.code is None:
            ours.settle(token)
        assert after["createdChatId"].encode() not in ours.bytes + old.bytes
    with v2(port, estate.id).say("hello", token=token, rooms=[start]) as again, Line(port, ids) as old_again:
        assert (outcome(again), old_again.status) == (loss.ours, 403)
        assert b"text-chat" not in again.bytes
    log = site.http.get(f"/event-log/{estate.id}", params={"urlId": page, "userIdWS": token, "afterSeq": 0})
    assert (log.status_code, log.json()["code"]) == loss.log
    seen = victim.request("GET", "/comment-collab-chats/{t}", params={"urlId": page})
    assert (seen.status_code, seen.json()["code"]) == loss.page


@pytest.mark.parametrize("command", [("disable",), ("delete", "--yes"), ("update", "--enabled", "off")], ids="/".join)
def test_f38_a_tenant_that_is_disabled_or_deleted_loses_all_its_sockets(
    site: QuickSite, command: tuple[str, ...]
) -> None:
    scene, neighbour = Scene(site), Scene(site)
    estate, token = scene.estate, scene.bo.snapshot("page")["userIdWS"]
    with (
        listen(site.port, scene.bo, "page") as ours, classic(site.port, scene.bo, "page") as old,
        listen(site.port, neighbour.bo, "page") as others, v2(site.port, estate.id) as silent,
    ):  # fmt: skip
        estate.run(*command)
        estate.notice()
        assert [line.end() for line in (ours, old, silent)] == [4403, 4403, 4403]
        event = neighbour.ann.created("page")["event"]
        assert others.hear("new-text-chat", END) == event
    with v2(site.port, estate.id) as again:
        assert again.status == 403
    log = site.http.get(f"/event-log/{estate.id}", params={"urlId": "page", "userIdWS": token, "afterSeq": 0})
    assert (log.status_code, log.json()["code"]) == (404, "invalid-tenant")


def test_who_has_the_id_of_a_deleted_tenant_inherits_nothing(site: QuickSite) -> None:
    scene = Scene(site)
    before, ids = scene.bo.snapshot("page"), scene.bo.live_ids("page")
    with listen(site.port, scene.bo, "page") as ours:
        scene.estate.run("delete", "--yes")
        heir = Estate(site, name=scene.estate.id)
        assert ours.end() == 4403
        bo = heir.member("Bo", GROUP)
        assert bo.snapshot("page")["conversations"] == []
        assert bo.snapshot("page")["epoch"] != before["epoch"]
        assert bo.log("page", afterSeq=0)["events"] == []
        with listen(site.port, bo, "page") as heirs, Line(site.port, ids) as old:
            assert old.status == 403
            assert heirs.of("watching")[0]["epoch"] == bo.snapshot("page")["epoch"]
            event = bo.created("page")["event"]
            assert heirs.hear("new-text-chat") == event
    assert scene.bo.request("GET", "/comment-collab-chats/{t}", params={"urlId": "page"}).status_code == 401


def test_while_a_rotated_key_overlaps_nobody_loses_anything(site: QuickSite) -> None:
    scene = Scene(site)
    estate, before = scene.estate, scene.estate.member("Vic", GROUP)
    with listen(site.port, before, "page") as ours, classic(site.port, before, "page") as old:
        old_key = estate.rotate("--overlap-hours", "2")
        after = Visitor(site, estate.id, estate.sign_in({"sso": estate.payload("Wes", groupIds=[GROUP])}).json())
        with_old = estate.payload("Xia", key=old_key, groupIds=[GROUP])
        later = Visitor(site, estate.id, estate.sign_in({"sso": with_old}).json())
        for person in (before, after, later):
            event = person.created("page")["event"]
            assert [line.hear("new-text-chat", END) for line in (ours, old)] == [event, event]


@pytest.mark.parametrize("is_in_query", [False, True], ids=["session", "query"])
def test_an_older_payload_does_not_give_back_what_a_newer_one_took(site: QuickSite, *, is_in_query: bool) -> None:
    scene = Scene(site)
    estate, now = scene.estate, int(time.time() * 1_000)
    older = estate.payload("Vic", at=now - HOUR_MS, groupIds=[GROUP], role="admin", displayName="The Old Vic")
    newer = estate.payload("Vic", at=now - 1, groupIds=[], displayName="The New Vic")

    def look(payload: dict[str, Any]) -> tuple[int, int, str, bool]:
        """What is seen of a page with groups and one without, by what name, and whether as an admin."""
        if is_in_query:
            asks = [estate.ask(page, sso=payload) for page in ("page", "any")]
        else:
            headers = {"Authorization": f"Bearer {estate.sign_in({'sso': payload}).json()['session']}"}
            asks = [estate.ask(page, None, **headers) for page in ("page", "any")]
        user = asks[1].json()["user"]
        return asks[0].status_code, asks[1].status_code, user["displayName"], user["isAdmin"]

    assert look(older) == (200, 200, "The Old Vic", True)
    for payload in (newer, older, newer, older):
        assert look(payload) == (404, 200, "The New Vic", False)
