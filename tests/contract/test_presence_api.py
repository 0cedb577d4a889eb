"""Who views a page, over HTTP."""

from typing import Any

import httpx

from tests.running import Site, Visitor, next_event


def online(site: Site, page: str, tenant: str = "demo") -> dict[str, Any]:
    answer = site.http.get(f"/pages/{tenant}/users/online", params={"urlId": page})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_nobody_views_a_page_that_nobody_opened(site: Site, page: str) -> None:
    assert online(site, page) == {
        "status": "success", "users": [], "anonCount": 0, "totalCount": 0,
        "nextAfterName": None, "nextAfterUserId": None,
    }  # fmt: skip


def test_people_with_a_name_are_listed_and_the_others_counted(site: Site, ana: Visitor, page: str) -> None:
    nobody = Visitor(site, "demo", site.http.post("/sessions/demo", json={}).json())
    with ana.socket(page), ana.socket(page), nobody.socket(page):
        here = online(site, page)
    assert [(each["id"], each["displayName"]) for each in here["users"]] == [(ana.id, "Ana")]
    assert (here["anonCount"], here["totalCount"]) == (1, 2)


def test_viewers_come_in_the_order_of_their_names(site: Site, page: str) -> None:
    zoe, ben = site.guest("Zoe"), site.guest("Ben")
    with zoe.socket(page), ben.socket(page):
        assert [each["displayName"] for each in online(site, page)["users"]] == ["Ben", "Zoe"]


def test_after_a_name_come_the_later_ones(site: Site, page: str) -> None:
    zoe, ben = site.guest("Zoe"), site.guest("Ben")
    with zoe.socket(page), ben.socket(page):
        params = {"urlId": page, "afterName": "Ben", "afterUserId": ben.id}
        users = site.http.get("/pages/demo/users/online", params=params).json()["users"]
    assert [each["id"] for each in users] == [zoe.id]


def test_who_wrote_and_is_not_here_is_offline(site: Site, ana: Visitor, bo: Visitor, page: str) -> None:
    def offline() -> list[str]:
        answer = site.http.get("/pages/demo/users/offline", params={"urlId": page}).json()
        assert answer.keys() >= {"status", "users", "nextAfterName", "nextAfterUserId"}
        return [each["id"] for each in answer["users"]]

    assert offline() == []
    thread = ana.created(page)["conversation"]["urlId"]
    bo.reply(thread, "Me too")
    assert offline() == [ana.id, bo.id]
    with ana.socket(page):
        assert offline() == [bo.id]


def test_people_are_looked_up_by_id_and_strangers_left_out(site: Site, ana: Visitor, bo: Visitor) -> None:
    mia = site.member("Mia", avatar="https://acme.example/mia.png")
    users = site.http.get("/pages/demo/users/info", params={"ids": f"{ana.id},{bo.id},{mia.id},nobody"}).json()["users"]
    assert {each["id"]: each["displayName"] for each in users} == {ana.id: "Ana", bo.id: "Bo"}
    (found,) = site.http.get("/pages/acme/users/info", params={"ids": mia.id}).json()["users"]
    assert found == {"id": mia.id, "displayName": "Mia", "avatarSrc": "https://acme.example/mia.png"}


def statuses(site: Site, visitor: Visitor, page: str, ids: str) -> httpx.Response:
    room = visitor.snapshot(page)["urlIdWS"]
    params = {"tenantId": visitor.tenant, "urlIdWS": room, "userIds": ids}
    return site.http.get("/user-presence-status", params=params)


def test_the_status_of_each_asked_person_is_told(site: Site, ana: Visitor, bo: Visitor, page: str) -> None:
    with ana.socket(page) as socket:
        next_event(socket, "p-u")
        answer = statuses(site, bo, page, f"{ana.id},{bo.id},nobody").json()
    assert answer == {"status": "success", "userIdsOnline": {ana.id: True, bo.id: False, "nobody": False}}


def test_the_status_call_needs_a_room_of_the_tenant(site: Site, ana: Visitor, page: str) -> None:
    foreign = site.member("Mia").snapshot(page)["urlIdWS"]
    for room in ("", "nonsense", foreign, ana.snapshot(page)["userIdWS"]):
        params = {"tenantId": "demo", "urlIdWS": room, "userIds": ana.id}
        answer = site.http.get("/user-presence-status", params=params)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), room


def test_viewers_of_one_tenant_are_not_seen_at_another(site: Site, ana: Visitor, page: str) -> None:
    with ana.socket(page):
        assert online(site, page, "acme")["totalCount"] == 0
        assert site.member("Mia").snapshot(page)["viewerCount"] == 0
