"""A tenant's settings by the API: the same rules as on the command line, keys shown once, every deed written down."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from collabchat.core.model import Rules
from tests.access.desk import Desk, code
from tests.access.estate import Estate
from tests.faults.nursery import QuickSite
from tests.running import SECRETS, eventually, secure_sso

TENANT, TENANTS, KEYS = "/api/v1/tenant", "/api/v1/tenants", "/api/v1/keys"
INVALID, FORBIDDEN = (400, "invalid-input"), (403, "forbidden")
SIGN_IN_FIRST = (401, "unauthenticated")


@pytest.fixture
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture
def admin(site: QuickSite, estate: Estate) -> Desk:
    return Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "admin", "--name", "Ana")


@pytest.fixture
def operator(site: QuickSite) -> Desk:
    return Desk.opened(site)


def deeds(estate: Estate) -> list[tuple[str, str, str, str]]:
    """What was done at a tenant, but on the command line: act, resource, by which way, details."""
    with closing(sqlite3.connect(estate.site.database, timeout=10)) as data:
        query = (
            "SELECT act, resource, via, details FROM audit WHERE tenant_id = ? AND act != 'sign-in' AND via != 'cli'"
        )
        return data.execute(f"{query} ORDER BY number", [estate.id]).fetchall()


# -- The tenant --------------------------------------------------------------------------------------------------------


def test_settings_are_changed_one_by_one_and_hold_at_once(estate: Estate, admin: Desk) -> None:
    before = admin.get(TENANT)["tenant"]
    assert set(before["rules"]) == set(Rules.__struct_encode_fields__)
    changed = admin.done("PATCH", TENANT, rules={"guests": False, "blockedWords": [" spam ", "spam", ""]})["tenant"]
    assert changed == {**before, "rules": {**before["rules"], "guests": False, "blockedWords": ["spam"]}}
    assert admin.get(TENANT)["tenant"] == changed
    refused = eventually(lambda: estate.sign_in({"guestName": "Gus"}).status_code, lambda status: status == 403)
    assert refused == 403
    origins = ["HTTPS://New.example:443/", "https://new.example", "http://127.0.0.1:3000"]
    renamed = admin.done("PATCH", TENANT, name=" Our docs ", origins=origins)["tenant"]
    assert (renamed["name"], renamed["origins"]) == ("Our docs", ["https://new.example", "http://127.0.0.1:3000"])
    assert renamed["rules"] == changed["rules"]
    assert [deed[:3] for deed in deeds(estate)] == [("update", "tenant", "ui")] * 2
    assert json.loads(deeds(estate)[0][3]) == {"rules": ["blockedWords", "guests"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"name": None}, "name"), ({"name": "a\nb"}, "name"),
        ({"origins": []}, "origins"), ({"origins": ["http://a.example"]}, "origins"), ({"origins": "x"}, "origins"),
        ({"origins": ["https://a.example/path"]}, "origins"), ({"origins": ["*"]}, "origins"),
        ({"rules": {"unheard": 1}}, "rules.unheard"), ({"rules": {"guests": "on"}}, "rules.guests"),
        ({"rules": {"guests": None}}, "rules.guests"), ({"rules": {"start": "friends"}}, "rules.start"),
        ({"rules": {"max_links": 1}}, "rules.max_links"), ({"rules": {"maxLinks": -1}}, "rules.maxLinks"),
        ({"rules": {"maxLinks": 1_001}}, "rules.maxLinks"), ({"rules": {"maxLinks": "5"}}, "rules.maxLinks"),
        ({"rules": {"maxLinks": True}}, "rules.maxLinks"), ({"rules": []}, "rules"),
        ({"rules": {"maxCommentLength": 0}}, "rules.maxCommentLength"),
        ({"rules": {"retentionDays": 36_501}}, "rules.retentionDays"),
        ({"rules": {"blockedWords": "a, b"}}, "rules.blockedWords"),
        ({"rules": {"blockedWords": ["x" * 101]}}, "rules.blockedWords"),
        ({"rules": {"blockedWords": [str(number) for number in range(1_001)]}}, "rules.blockedWords"),
        ({"isEnabled": False}, "body"),
    ],
    ids=lambda it: str(it)[:60],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_by_its_name_and_nothing_changes(
    admin: Desk, estate: Estate, body: dict[str, Any], field: str
) -> None:
    before = admin.get(TENANT)
    answer = admin.ask("PATCH", TENANT, json=body)
    assert (code(answer), answer.json()["field"]) == (INVALID, field)
    both = admin.ask("PATCH", TENANT, json={"name": "Another", **body}) if "name" not in body else answer
    assert code(both) == INVALID
    assert (admin.get(TENANT), deeds(estate)) == (before, [])


def test_only_the_dashboards_own_page_changes_anything(admin: Desk) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert code(admin.ask("PATCH", TENANT, json={"name": "x"}, headers=headers)) == FORBIDDEN


# -- All tenants -------------------------------------------------------------------------------------------------------


def test_an_operator_makes_opens_and_closes_tenants(site: QuickSite, operator: Desk) -> None:
    made = operator.done(
        "POST", TENANTS, id="fresh", name="Fresh", origins=["https://f.example"], rules={"maxLinks": 2}
    )
    SECRETS[made["apiKey"]] = "an API key"
    assert (made["tenant"]["id"], made["tenant"]["rules"]["maxLinks"]) == ("fresh", 2)
    keyed = {"X-TENANT-ID": "fresh", "X-API-KEY": made["apiKey"]}

    def status() -> int:
        return site.http.get(TENANT, headers=keyed).status_code

    assert eventually(status, lambda seen: seen == 200) == 200
    listed = operator.get(TENANTS)["tenants"]
    assert made["tenant"] in listed
    assert made["apiKey"] not in json.dumps(listed)
    assert {"id": "fresh", "name": "Fresh"} in operator.me["tenants"]
    assert operator.done("PATCH", f"{TENANTS}/fresh", isEnabled=False)["tenant"]["isEnabled"] is False
    assert eventually(status, lambda seen: seen == 401) == 401
    assert {"id": "fresh", "name": "Fresh"} not in operator.me["tenants"]
    operator.done("PATCH", f"{TENANTS}/fresh", isEnabled=True)
    assert eventually(status, lambda seen: seen == 200) == 200
    assert code(operator.ask("POST", TENANTS, json={"id": "fresh", "name": "x", "origins": ["https://x.example"]})) == (
        INVALID
    )
    assert code(operator.ask("PATCH", f"{TENANTS}/none", json={"isEnabled": True})) == (404, "invalid-tenant")
    with closing(sqlite3.connect(site.database, timeout=10)) as data:
        acts = data.execute("SELECT act FROM audit WHERE resource = 'tenant' AND subject = 'fresh' ORDER BY number")
        assert [act for (act,) in acts] == ["create", "disable", "enable"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"id": "staff"}, "id"), ({"id": "a/b"}, "id"), ({"id": ".."}, "id"), ({"id": ""}, "id"), ({"name": " "}, "name"),
     ({"origins": []}, "origins"), ({"rules": {"x": 1}}, "rules.x"), ({"more": 1}, "body")],
    ids=repr,
)  # fmt: skip
def test_what_can_be_no_tenant_is_not_made(operator: Desk, body: dict[str, Any], field: str) -> None:
    whole = {"id": "never", "name": "Never", "origins": ["https://never.example"], **body}
    answer = operator.ask("POST", TENANTS, json=whole)
    assert (code(answer), answer.json()["field"]) == (INVALID, field)
    assert "never" not in {each["id"] for each in operator.get(TENANTS)["tenants"]}


def test_who_runs_one_tenant_sees_no_other(admin: Desk, estate: Estate) -> None:
    assert [each["id"] for each in admin.me["tenants"]] == [estate.id]
    assert code(admin.ask("GET", TENANTS)) == FORBIDDEN
    assert code(estate.site.http.get(TENANTS, headers=estate.keyed)) == SIGN_IN_FIRST
    assert deeds(estate) == [("refuse", "server", "ui", '{"asked":"GET /api/v1/tenants"}')]


# -- Keys --------------------------------------------------------------------------------------------------------------


def is_good(estate: Estate, api_key: str, origin: str | None = None) -> bool:
    """Whether a key proves somebody."""
    payload = secure_sso(api_key, {"id": "1", "username": "Ana"})
    return estate.sign_in({"sso": payload}, **({} if origin is None else {"Origin": origin})).status_code == 200


def made(answer: dict[str, Any]) -> str:
    """The key itself."""
    SECRETS[answer["apiKey"]] = "an API key"
    return str(answer["apiKey"])


def test_a_key_is_shown_once_works_beside_the_others_and_ends_alone(estate: Estate, admin: Desk) -> None:
    answer = admin.done("POST", KEYS)
    key = made(answer)
    assert eventually(lambda: is_good(estate, key), bool)
    listed = admin.get(KEYS)["keys"]
    assert (len(listed), answer["key"] in listed, key in json.dumps(listed)) == (2, True, False)
    assert admin.done("DELETE", f"{KEYS}/{answer['key']['id']}")["key"]["endsAt"] is not None
    assert not eventually(lambda: is_good(estate, key), lambda good: not good)
    assert is_good(estate, estate.api_key)
    assert [each["id"] for each in admin.get(KEYS)["keys"]] == [
        each["id"] for each in listed if each["id"] != answer["key"]["id"]
    ]
    assert code(admin.ask("DELETE", f"{KEYS}/{answer['key']['id']}")) == (404, "not-found")
    assert [deed[:2] for deed in deeds(estate)] == [("create", "key"), ("revoke", "key")]


def test_a_key_for_one_site_is_for_one_of_the_tenants(estate: Estate, admin: Desk) -> None:
    answer = admin.done("POST", KEYS, origin=f"{estate.origin}/")
    key = made(answer)
    assert answer["key"]["origin"] == estate.origin
    assert eventually(lambda: is_good(estate, key, estate.origin), bool)
    assert not is_good(estate, key)
    for wrong in ("https://other.example", "no origin", ""):
        refused = admin.ask("POST", KEYS, json={"origin": wrong})
        assert (code(refused), refused.json()["field"]) == (INVALID, "origin")


def test_keys_are_rotated_with_or_without_an_overlap(estate: Estate, admin: Desk) -> None:
    second = made(admin.done("POST", f"{KEYS}/rotate", overlapHours=24))
    assert eventually(lambda: is_good(estate, second), bool)
    assert is_good(estate, estate.api_key)
    assert sorted(each["endsAt"] is None for each in admin.get(KEYS)["keys"]) == [False, True]
    third = made(admin.done("POST", f"{KEYS}/rotate"))
    assert eventually(lambda: is_good(estate, third), bool)
    assert not eventually(lambda: is_good(estate, second) or is_good(estate, estate.api_key), lambda good: not good)
    assert len(admin.get(KEYS)["keys"]) == 1
    for wrong in (-1, 721, "1", 0.5):
        refused = admin.ask("POST", f"{KEYS}/rotate", json={"overlapHours": wrong})
        assert (code(refused), refused.json()["field"]) == (INVALID, "overlapHours")


def test_there_are_not_more_keys_than_a_sign_in_can_try(admin: Desk) -> None:
    answers = [code(admin.ask("POST", KEYS, json={})) for _ in range(20)]
    assert answers == [(200, "success")] * 19 + [INVALID]


def test_another_tenants_keys_are_not_there(site: QuickSite, admin: Desk, estate: Estate) -> None:
    neighbour = Estate(site)
    theirs = Desk.opened(site, neighbour.id, "--tenant", neighbour.id, "--role", "admin").get(KEYS)["keys"][0]["id"]
    assert code(admin.ask("DELETE", f"{KEYS}/{theirs}")) == (404, "not-found")
    assert is_good(neighbour, neighbour.api_key)
    for headers in ({**estate.keyed, "X-TENANT-ID": neighbour.id}, {**neighbour.keyed, "X-TENANT-ID": estate.id}):
        assert code(site.http.post(KEYS, json={}, headers=headers)) == SIGN_IN_FIRST
