"""Who asks: guests, single sign-on, bearer, cookie."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import SSO_ORIGIN, Site, Visitor, conversation_body, secure_sso

DAY_MS = 24 * 3_600_000
HOUR_MS = 3_600_000
MIA = {"id": "mia", "username": "Mia"}


def now() -> int:
    return int(time.time() * 1000)


def by_post(site: Site, payload: object, tenant: str = "acme") -> httpx.Response:
    return site.http.post(f"/sessions/{tenant}", json={"sso": payload})


def by_query(site: Site, payload: object, page: str = "p", tenant: str = "acme") -> httpx.Response:
    sso = payload if isinstance(payload, str) else json.dumps(payload)
    return site.http.get(f"/comment-collab-chats/{tenant}", params={"urlId": page, "sso": sso})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_guest_gets_a_session_a_user_and_an_end(site: Site) -> None:
    answer = site.http.post("/sessions/demo", json={"guestName": "Zoë"}).json()
    assert answer.keys() >= {"status", "session", "user", "expiresAt"}
    assert answer["expiresAt"] > now()
    assert answer["user"]["id"].startswith("anon:")
    assert (answer["user"]["username"], answer["user"]["isAnonSession"]) == ("Zoë", True)


def test_each_guest_is_someone_else_even_by_the_same_name(site: Site) -> None:
    assert site.guest("Ana").id != site.guest("Ana").id


def test_a_guest_without_a_name_reads_and_may_take_one_later_keeping_their_id(site: Site, page: str) -> None:
    guest = Visitor(site, "demo", site.http.post("/sessions/demo", json={}).json())
    assert guest.snapshot(page)["user"]["id"] == guest.id
    assert refusal(guest.create(page)) == (401, "unauthenticated")
    named = guest.request("POST", "/sessions/{t}", json={"guestName": "Ana"}).json()
    assert (named["user"]["id"], named["user"]["username"]) == (guest.id, "Ana")
    assert Visitor(site, "demo", named).created(page)["event"]["userId"] == guest.id


def test_a_bearer_that_is_no_session_is_refused_everywhere(site: Site, ana: Visitor) -> None:
    token = ana.session
    for bad in (
        "Bearer nonsense", f"Bearer {token}x", f"Bearer {token[:-2]}", "Bearer", "Basic YTpi", "",
        f"Bearer {ana.snapshot('p')['userIdWS']}", f"Bearer {ana.snapshot('p')['urlIdWS']}",
    ):  # fmt: skip
        answer = site.http.get("/comment-collab-chats/demo", params={"urlId": "p"}, headers={"Authorization": bad})
        assert refusal(answer) == (401, "unauthenticated"), bad


def test_a_session_of_one_tenant_is_none_at_another(site: Site, ana: Visitor, page: str) -> None:
    answer = site.http.post("/comment-collab-chats/acme", headers=ana.headers, json=conversation_body(page))
    assert refusal(answer) == (401, "unauthenticated")


def test_signing_out_ends_the_session_and_what_it_may_watch(site: Site, page: str) -> None:
    guest = site.guest()
    live = guest.snapshot(page)["userIdWS"]
    assert guest.request("DELETE", "/sessions/{t}").status_code == 200
    assert refusal(guest.request("GET", "/comment-collab-chats/{t}", params={"urlId": page})) == (
        401,
        "unauthenticated",
    )
    log = site.http.get("/event-log/demo", params={"urlId": page, "userIdWS": live, "startTime": 1})
    assert refusal(log) == (403, "forbidden")
    assert refusal(site.http.delete("/sessions/demo")) == (401, "unauthenticated")


def test_the_session_cookie_is_not_for_scripts(site: Site) -> None:
    cookie = site.http.post("/sessions/demo", json={"guestName": "Ana"}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite" in cookie


@pytest.mark.parametrize(
    ("origin", "status"),
    [(None, 401), (SSO_ORIGIN, 200), ("https://evil.example", 403), ("null", 403), (f"{SSO_ORIGIN}.evil.example", 403)],
)
def test_a_write_on_a_cookie_needs_a_matching_origin(site: Site, page: str, origin: str | None, status: int) -> None:
    with httpx.Client(base_url=site.base) as browser:
        browser.post("/sessions/acme", json={"sso": secure_sso(site.api_key, MIA)})
        assert browser.get("/comment-collab-chats/acme", params={"urlId": page}).json()["user"]["id"] == "acme:mia"
        headers = {} if origin is None else {"Origin": origin}
        answer = browser.post("/comment-collab-chats/acme", json=conversation_body(page), headers=headers)
    assert answer.status_code == status
    assert site.member("Mia").snapshot(page)["seq"] == (1 if status == 200 else 0)


def test_who_has_the_cookie_of_an_ended_session_still_reads(site: Site, page: str) -> None:
    with httpx.Client(base_url=site.base) as browser:
        session = browser.post("/sessions/demo", json={"guestName": "Ana"}).json()["session"]
        site.http.delete("/sessions/demo", headers={"Authorization": f"Bearer {session}"})
        answer = browser.get("/comment-collab-chats/demo", params={"urlId": page})
    assert answer.status_code == 200
    assert answer.json()["user"] is None


@pytest.mark.parametrize("ask", [by_post, by_query])
def test_a_secure_payload_made_with_the_api_key_says_who_it_is(site: Site, ask: Any) -> None:
    user = ask(site, secure_sso(site.api_key, {**MIA, "email": "mia@acme.example", "isModerator": True})).json()["user"]
    assert (user["id"], user["username"], user["isModerator"]) == ("acme:mia", "Mia", True)
    assert (user["isAnonSession"], user["isAdmin"]) == (False, False)


@pytest.mark.parametrize("ask", [by_post, by_query])
@pytest.mark.parametrize("age_ms", [0, 2 * DAY_MS - HOUR_MS])
def test_a_payload_is_good_for_two_days(site: Site, ask: Any, age_ms: int) -> None:
    assert ask(site, secure_sso(site.api_key, MIA, timestamp=now() - age_ms)).status_code == 200


@pytest.mark.parametrize("ask", [by_post, by_query])
@pytest.mark.parametrize("age_ms", [2 * DAY_MS + HOUR_MS, 400 * DAY_MS, -HOUR_MS, -(10**17)])
def test_a_payload_too_old_or_from_the_future_has_expired(site: Site, ask: Any, age_ms: int) -> None:
    assert refusal(ask(site, secure_sso(site.api_key, MIA, timestamp=now() - age_ms))) == (401, "expired-sso")


@pytest.mark.parametrize("ask", [by_post, by_query])
def test_a_forged_or_altered_payload_is_invalid(site: Site, ask: Any) -> None:
    good = secure_sso(site.api_key, MIA)
    for bad in (
        secure_sso("another key", MIA),
        {**good, "timestamp": good["timestamp"] + 1},
        {**good, "verificationHash": good["verificationHash"].upper()},
        {**good, "verificationHash": ""},
        {**good, "verificationHash": "é"},
        {**good, "userDataJSONBase64": secure_sso("", {**MIA, "isAdmin": True})["userDataJSONBase64"]},
    ):
        assert refusal(ask(site, bad)) == (401, "invalid-sso"), bad


def test_the_timestamp_may_be_a_decimal_string(site: Site) -> None:
    good = secure_sso(site.api_key, MIA)
    assert by_post(site, {**good, "timestamp": str(good["timestamp"])}).status_code == 200


@pytest.mark.parametrize("ask", [by_post, by_query])
def test_a_payload_that_cannot_be_read_is_malformed(site: Site, ask: Any) -> None:
    good = secure_sso(site.api_key, MIA)
    for bad in (
        {**good, "userDataJSONBase64": 5}, {**good, "verificationHash": 5}, {**good, "timestamp": "soon"},
        {**good, "timestamp": None}, {**good, "timestamp": True}, {**good, "timestamp": [1]},
        {"userDataJSONBase64": "e30="}, {"verificationHash": "00"}, {"simpleSSOUser": "Mia"},
        secure_sso(site.api_key, []), secure_sso(site.api_key, {}), secure_sso(site.api_key, {**MIA, "id": ""}),
        secure_sso(site.api_key, {**MIA, "id": "x" * 300}), secure_sso(site.api_key, {**MIA, "username": 5}),
    ):  # fmt: skip
        assert refusal(ask(site, bad)) == (401, "malformed-sso"), bad


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[]", "5", '"x"', "[" * 5_000, '{"a":' * 3_000])
def test_an_sso_query_that_is_no_json_object_is_malformed(site: Site, text: str) -> None:
    assert refusal(by_query(site, text)) == (401, "malformed-sso")


def test_signed_data_that_is_not_base64_of_an_object_is_malformed(site: Site) -> None:
    for raw in ("%%%", "é", "AAAA", "", base64.b64encode(b"[" * 5_000).decode()):
        at = now()
        mac = hmac.new(site.api_key.encode(), f"{at}{raw}".encode(), hashlib.sha256).hexdigest()
        payload = {"userDataJSONBase64": raw, "verificationHash": mac, "timestamp": at}
        assert refusal(by_post(site, payload)) == (401, "malformed-sso"), raw[:20]


SIMPLE = {"username": "Sam", "email": "sam@acme.example"}


@pytest.mark.parametrize("ask", [by_post, by_query])
@pytest.mark.parametrize("payload", [{"simpleSSOUser": SIMPLE}, SIMPLE, {**SIMPLE, "loginURL": "/login"}])
def test_a_simple_payload_is_believed_as_far_as_a_guest_is(site: Site, ask: Any, payload: dict[str, Any]) -> None:
    claim = {"isAdmin": True, "isModerator": True, "id": "mia"}
    user = ask(site, {**payload, **claim}).json()["user"]
    assert (user["username"], user["isAdmin"], user["isModerator"]) == ("Sam", False, False)
    assert not user["id"].startswith("acme:")
    assert "sam@" not in user["id"]
    assert user["id"] == by_post(site, SIMPLE).json()["user"]["id"]


@pytest.mark.parametrize("ask", [by_post, by_query])
@pytest.mark.parametrize(
    "payload",
    [
        {}, {"loginURL": "https://acme.example/login"}, {"loginURL": "/in", "logoutURL": "/out"},
        {"userDataJSONBase64": None, "verificationHash": None, "timestamp": None},
    ],
)  # fmt: skip
def test_who_is_signed_out_of_the_site_is_a_guest(site: Site, ask: Any, payload: dict[str, Any]) -> None:
    answer = ask(site, payload)
    assert answer.status_code == 200, answer.text
    user = answer.json()["user"]
    assert user is None or user["isAnonSession"] is True


def test_a_null_sso_query_is_a_guest(site: Site) -> None:
    assert by_query(site, "null").status_code == 200


def test_the_sso_query_may_write(site: Site, page: str) -> None:
    sso = json.dumps(secure_sso(site.api_key, MIA))
    answer = site.http.post("/comment-collab-chats/acme", params={"sso": sso}, json=conversation_body(page))
    assert answer.json()["event"]["userId"] == "acme:mia"


def test_each_sign_in_renews_what_is_known_of_a_person(site: Site) -> None:
    site.member("Rae", displayName="Rae One")
    assert site.member("Rae", displayName="Rae Two").snapshot("p")["user"]["displayName"] == "Rae Two"
    info = site.http.get("/pages/acme/users/info", params={"ids": "acme:rae"}).json()
    assert [each["displayName"] for each in info["users"]] == ["Rae Two"]


def test_secrets_of_single_sign_on_do_not_reach_the_log(site: Site) -> None:
    payload = secure_sso(site.api_key, MIA)
    by_query(site, payload)
    assert payload["verificationHash"] not in site.log
    assert site.api_key not in site.log


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_names = ["userDataJSONBase64", "verificationHash", "timestamp", "simpleSSOUser", "email", "username", "avatar"]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(payload=st.dictionaries(st.sampled_from(_names), _json, max_size=6))
def test_no_payload_breaks_the_server(site: Site, payload: dict[str, Any]) -> None:
    for answer in (by_post(site, payload), by_query(site, payload)):
        assert answer.status_code in {200, 401}, (payload, answer.text)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(user=_json | st.dictionaries(st.sampled_from(["id", "username", "displayName", "avatar", "email"]), _json))
def test_no_signed_user_breaks_the_server(site: Site, user: object) -> None:
    answer = by_post(site, secure_sso(site.api_key, user))
    assert answer.status_code in {200, 401}, (user, answer.text)


def test_a_right_that_is_taken_away_is_gone_from_older_sessions(site: Site, page: str) -> None:
    admin = site.member("Ada", id="ada", isAdmin=True)
    assert admin.snapshot(page)["isSiteAdmin"]
    site.member("Ada", id="ada")
    assert not admin.snapshot(page)["isSiteAdmin"]


def test_who_signs_in_with_a_dead_session_gets_a_new_one(site: Site) -> None:
    answer = site.http.post("/sessions/demo", json={"guestName": "Ana"}, headers={"Authorization": "Bearer gone"})
    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "Ana"


def test_a_name_holds_no_control_characters(site: Site) -> None:
    answer = site.http.post("/sessions/demo", json={"guestName": "A\u0000na"})
    assert (answer.status_code, answer.json()["field"]) == (400, "guestName")
