"""Paths with and without a slash, and who may call from a browser."""

import pytest

from tests.running import SSO_ORIGIN, Site, Visitor, conversation_body, new_id

READS = [
    "/comment-collab-chats/demo", "/comments/demo", "/event-log/demo", "/pages/demo/users/online",
    "/pages/demo/users/offline", "/pages/demo/users/info", "/user-presence-status", "/healthz", "/readyz",
    "/openapi.json", "/docs", "/demo",
]  # fmt: skip
FOREIGN = [
    "https://evil.example", "null", "", f"{SSO_ORIGIN}.evil.example", "https://notacme.example",
    "https://sub.acme.example", "http://acme.example", f"{SSO_ORIGIN}:8443", f"{SSO_ORIGIN}/x", "acme.example",
    "https://user@acme.example", "https://evil.example#https://acme.example",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_a_read_works_with_and_without_a_slash_and_never_redirects(ana: Visitor, page: str, path: str) -> None:
    ids = ana.snapshot(page)
    params = {
        "urlId": page, "userIdWS": ids["userIdWS"], "startTime": 1, "ids": "x", "tenantId": "demo",
        "urlIdWS": ids["urlIdWS"], "userIds": "x",
    }  # fmt: skip
    for form in (path, f"{path}/"):
        assert ana.request("GET", form, params=params).status_code == 200, form


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_write_works_with_and_without_a_slash(ana: Visitor, page: str, slash: str) -> None:
    def once(method: str, path: str, body: object = None) -> dict[str, object]:
        answer = ana.request(method, path + slash, params={"broadcastId": new_id(), "urlId": page}, json=body)
        assert answer.status_code == 200, (method, path, answer.text)
        return dict(answer.json())

    once("POST", "/sessions/{t}", {"guestName": "Ana"})
    ana.created(page)
    chat = once("POST", "/comment-collab-chats/{t}", conversation_body(page))["createdChatId"]
    comment = once("POST", "/comments/{t}", {"comment": "Hi"})["comment"]
    assert isinstance(comment, dict)
    once("POST", f"/comments/{{t}}/{comment['_id']}/update-text", {"comment": "Ho"})
    once("GET", f"/comments/{{t}}/{comment['_id']}/text")
    once("DELETE", f"/comments/{{t}}/{comment['_id']}")
    once("PATCH", f"/comment-collab-chats/{{t}}/{chat}", {"broadcastId": new_id(), "isResolved": True})
    once("DELETE", f"/comment-collab-chats/{{t}}/{chat}", {"broadcastId": new_id()})
    guest = ana.site.guest()
    assert guest.request("DELETE", "/sessions/{t}" + slash).status_code == 200


PREFLIGHTED = [
    "/comment-collab-chats/acme", "/comment-collab-chats/acme/", "/comment-collab-chats/acme/some-chat",
    "/comments/acme", "/comments/acme/some-comment/update-text", "/event-log/acme", "/sessions/acme",
    "/pages/acme/users/online", "/user-presence-status?tenantId=acme",
]  # fmt: skip


@pytest.mark.parametrize("path", PREFLIGHTED)
def test_a_preflight_from_the_tenants_site_allows_all_that_clients_send(site: Site, path: str) -> None:
    asked = {
        "Origin": SSO_ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = site.http.options(path, headers=asked)
    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] == SSO_ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "origin" in answer.headers["vary"].lower()
    headers = {name.strip() for name in answer.headers["access-control-allow-headers"].lower().split(",")}
    assert headers >= {"authorization", "content-type", "x-api-key", "x-tenant-id"}
    methods = {name.strip() for name in answer.headers["access-control-allow-methods"].split(",")}
    assert methods >= {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_is_told_that_it_may(site: Site, page: str, origin: str) -> None:
    preflight = site.http.options("/comments/acme", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    read = site.http.get("/comment-collab-chats/acme", params={"urlId": page}, headers={"Origin": origin})
    for answer in (preflight, read):
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]


@pytest.mark.parametrize("origin", [each for each in FOREIGN if each])
def test_no_other_origin_writes_even_with_a_good_session(site: Site, page: str, origin: str) -> None:
    mia = site.member("Mia")
    headers = {**mia.headers, "Origin": origin}
    answer = site.http.post("/comment-collab-chats/acme", json=conversation_body(page), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert mia.snapshot(page)["seq"] == 0


def test_answers_and_refusals_are_readable_by_the_tenants_site(site: Site, page: str) -> None:
    for params in ({"urlId": page}, {}):
        answer = site.http.get("/comment-collab-chats/acme", params=params, headers={"Origin": SSO_ORIGIN})
        assert answer.headers["access-control-allow-origin"] == SSO_ORIGIN
    again = site.http.get("/comment-collab-chats/demo", params={"urlId": page}, headers={"Origin": SSO_ORIGIN})
    assert "access-control-allow-origin" not in again.headers
