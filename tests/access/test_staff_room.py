"""The room of those who run a tenant: they hear in it how it is used, each second; nobody else is let in."""

from typing import Any

import pytest

from tests.access.court import Court
from tests.access.desk import SESSION, Desk
from tests.access.estate import Estate
from tests.access.line import END, Line, listen
from tests.faults.nursery import QuickSite
from tests.running import Visitor


@pytest.fixture
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture
def admin(site: QuickSite, estate: Estate) -> Desk:
    operator = Desk.opened(site, estate.id)
    return Desk.by_link(site, operator.invite(name="Neva", email=f"neva@{estate.id}.example", role="admin"), estate.id)


def watch(site: QuickSite, estate: Estate, token: str, room: dict[str, Any]) -> Line:
    line = Line(site.port, {"tenantIdWS": estate.id, "v": "2"})
    return line.say("hello", token=token, rooms=[room])


def log_of(site: QuickSite, estate: Estate, token: str, page: str) -> int:
    """How a page's log answers whoever has this token."""
    params: dict[str, str] = {"urlId": page, "userIdWS": token, "afterSeq": "0"}
    return site.http.get(f"/event-log/{estate.id}", params=params).status_code


def test_who_runs_the_tenant_hears_each_second_how_it_is_used(site: QuickSite, estate: Estate, admin: Desk) -> None:
    door = admin.get("/api/v1/live")
    ana = estate.member("Ana")
    with watch(site, estate, door["userIdWS"], door["room"]) as line:
        assert line.hear("watching", END)["result"] == "resumed"
        first = line.hear("usage", END)
        # That somebody looks is nobody's use.
        assert (first["urlId"], first["viewing"], first["hour"]["connectCount"]) == (door["room"]["urlId"], 0, 0)
        snapshot = ana.snapshot("book")
        with watch(site, estate, snapshot["userIdWS"], {"urlId": "book"}):
            seen = first
            while seen.get("viewing") == 0:
                seen = line.hear("usage", END)
            assert seen["viewing"] == 1
            while seen["hour"]["pageLoadCount"] == 0:
                seen = line.hear("usage", END)
            stored = admin.get("/api/v1/usage?granularity=hour")["usage"][-1]
            assert stored["pageLoadCount"] == seen["hour"]["pageLoadCount"]
        while seen.get("viewing") == 1:
            seen = line.hear("usage", END)
        assert seen["viewing"] == 0


def test_who_is_an_admin_no_more_sees_what_moderators_see(site: QuickSite, estate: Estate, admin: Desk) -> None:
    estate.limit("secret", "hr")
    estate.member("Ann", "hr").created("secret", "For hr alone")
    door = admin.get("/api/v1/live")
    with watch(site, estate, door["userIdWS"], {"urlId": "secret"}) as line:
        assert line.hear("watching", "error", END)["type"] == "watching"
        assert log_of(site, estate, door["userIdWS"], "secret") == 200
        operator = Desk.opened(site, estate.id)
        operator.done("PATCH", f"/api/v1/staff/{admin.me['accountId']}", role="moderator")
        assert line.end() == 4401
    assert log_of(site, estate, door["userIdWS"], "secret") == 403
    # They are still signed in, and let in again as what they are now.
    again = admin.get("/api/v1/live")
    assert log_of(site, estate, again["userIdWS"], "secret") == 404
    with watch(site, estate, again["userIdWS"], {"urlId": "secret"}) as line:
        assert line.hear("watching", "error", END)["code"] == "not-found"
    with watch(site, estate, again["userIdWS"], again["room"]) as line:
        assert line.hear("watching", END)["result"] == "resumed"


@pytest.mark.parametrize("how", ["sign-out", "removed", "disabled"])
def test_whoever_does_not_run_it_any_more_hears_no_more(site: QuickSite, estate: Estate, admin: Desk, how: str) -> None:
    operator = Desk.opened(site, estate.id)
    door, account = admin.get("/api/v1/live"), admin.me["accountId"]
    with watch(site, estate, door["userIdWS"], door["room"]) as line:
        assert line.hear("watching", END)["result"] == "resumed"
        if how == "sign-out":
            admin.done("DELETE", SESSION)
        elif how == "removed":
            operator.done("DELETE", f"/api/v1/staff/{account}")
        else:
            operator.done("PATCH", f"/api/v1/staff/{account}", isEnabled=False)
        assert line.end() == 4401
    assert admin.ask("GET", "/api/v1/live").status_code == 401


def test_nobody_else_is_let_in_even_who_knows_its_name(site: QuickSite, estate: Estate, admin: Desk) -> None:
    room = admin.get("/api/v1/live")["room"]
    everybody: list[Visitor] = [estate.guest("Gus"), estate.member("Ana")]
    for who in everybody:
        with watch(site, estate, who.snapshot("book")["userIdWS"], room) as line:
            assert line.hear("watching", "error", END)["type"] == "error"
        for path in ("/comment-collab-chats/{t}", "/comments/{t}", "/pages/{t}/users/online"):
            assert who.request("GET", path, params={"urlId": room["urlId"]}).status_code == 404
    headers = {"X-API-KEY": estate.api_key, "X-TENANT-ID": estate.id}
    assert site.http.get("/api/v1/live", headers=headers).status_code == 403
    stranger = Desk.opened(site, Estate(site).id)
    with watch(site, estate, stranger.get("/api/v1/live")["userIdWS"], room) as line:
        assert line.end() == 4403


def test_a_moderator_of_the_site_is_let_in(site: QuickSite, estate: Estate) -> None:
    mod = estate.member("Mo", role="moderator")
    answer = site.http.get("/api/v1/live", headers={**mod.headers, "X-TENANT-ID": estate.id})
    assert answer.status_code == 200
    door = answer.json()
    with watch(site, estate, door["userIdWS"], door["room"]) as line:
        assert line.hear("watching", END)["result"] == "resumed"
        assert line.hear("usage", END)["type"] == "usage"


def test_only_in_that_room_it_is_told_how_the_tenant_is_used(site: QuickSite, page: str) -> None:
    """Not where a discussion waits, which moderators see as well, nor on pages that staff look at."""
    court = Court(site, "--approval", "guests")
    gus, ann = court.guest(), court.member("Ann")
    made = gus.created(page)
    thread = made["conversation"]["urlId"]
    admin = Desk.opened(site, court.id, "--tenant", court.id, "--role", "admin")
    door = admin.get("/api/v1/live")
    named = f"staff:{page}"
    with (
        listen(site.port, gus, thread) as author,
        watch(site, court, door["userIdWS"], {"urlId": page}) as staff_on_page,
        watch(site, court, door["userIdWS"], {"urlId": named}) as staff_elsewhere,
        listen(site.port, ann, page, named) as reader,
    ):
        assert author.of("watching")[-1]["result"] == "resumed"
        assert {each["urlId"] for each in reader.of("watching")} == {page, named}
        court.judge("approve", made["event"]["comment"]["_id"])
        with (
            listen(site.port, ann, thread) as late,
            watch(site, court, door["userIdWS"], door["room"]) as staff,
        ):
            # All rooms are told one after the other: with the second, all have been told the first.
            staff.wait(2, "usage")
            for line, token in (
                *((each, door["userIdWS"]) for each in (staff_on_page, staff_elsewhere)),
                (author, gus.snapshot(page)["userIdWS"]),
                *((each, ann.snapshot(page)["userIdWS"]) for each in (reader, late)),
            ):
                assert line.settle(token).of("usage") == []
            assert len(staff.of("usage")) >= 2


def test_what_the_author_of_a_discussion_that_waits_is_sent_is_metered(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "guests")
    gus = court.guest()
    thread = gus.created(page)["conversation"]["urlId"]
    with listen(site.port, gus, thread) as line:
        assert line.of("watching")[-1]["result"] == "resumed"
        params = {"granularity": "month", "urlId": page}
        (used,) = site.http.get("/api/v1/usage", params=params, headers=court.keyed).json()["usage"][-1:]
    assert used["pubSubMessageCount"] >= 2
    assert used["peakConcurrentViewers"] == 1


def test_whoever_comes_by_a_link_without_an_account_is_somebody_of_their_own(site: QuickSite, estate: Estate) -> None:
    estate.limit("secret", "hr")
    estate.member("Ann", "hr").created("secret", "For hr alone")
    mod = Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "moderator", "--name", "operator")
    operator = Desk.opened(site, estate.id)
    assert mod.me["name"] == operator.me["name"]
    token = mod.get("/api/v1/live")["userIdWS"]
    assert log_of(site, estate, operator.get("/api/v1/live")["userIdWS"], "secret") == 200
    # The operator is an admin here by now: no rights of theirs come with a name.
    assert [log_of(site, estate, each, "secret") for each in (token, mod.get("/api/v1/live")["userIdWS"])] == [404] * 2
    for who in (mod, operator):
        who.done("POST", "/api/v1/bans", userId="x:nobody", reason="Spam")
    banned_by = [ban["bannedBy"] for ban in operator.get("/api/v1/bans")["bans"]]
    assert len(set(banned_by)) == len(banned_by) == 2
