"""The tester of single sign-on payloads: says what is wrong, agrees with the sign-in itself, and tells no secret."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.access.estate import Estate
from tests.faults.nursery import QuickSite
from tests.running import secure_sso

USER = {"id": "7", "username": "Ana", "email": "ana@example.com", "role": "moderator", "groupIds": ["b", "a"]}
DAY_MS = 24 * 3_600_000


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


def ask(estate: Estate, payload: Any, **more: Any) -> httpx.Response:
    body = {"payload": payload, **more}
    return estate.site.http.post("/api/v1/sso-test", json=body, headers=estate.keyed)


def verdict(estate: Estate, payload: Any, **more: Any) -> dict[str, Any]:
    answer = ask(estate, payload, **more)
    assert answer.status_code == 200, answer.text
    assert estate.api_key not in answer.text
    return dict(answer.json()["verdict"])


def wrong(tested: dict[str, Any]) -> dict[str, str]:
    """What is not right, by step."""
    return {step["name"]: step["says"] for step in tested["steps"] if not step["ok"]}


def signed(key: str, message: str) -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def test_a_right_payload_is_told_with_whom_it_means(estate: Estate) -> None:
    payload = secure_sso(estate.api_key, USER)
    for form in (payload, json.dumps(payload), quote(json.dumps(payload)), f" {json.dumps(payload)}\n"):
        tested = verdict(estate, form)
        assert (tested["ok"], tested["form"], wrong(tested)) == (True, "secure", {})
        assert [step["name"] for step in tested["steps"]] == ["decodes", "fields", "timestamp", "hash", "data", "user"]
    user = tested["user"]
    assert (user["id"], user["name"], user["email"]) == (f"{estate.id}:7", "Ana", "ana@example.com")
    assert (user["role"], user["groups"], user["isGuest"]) == ("moderator", ["a", "b"], False)
    assert user["keyId"] in next(step["says"] for step in tested["steps"] if step["name"] == "hash")


def test_nobody_is_signed_in_by_it(estate: Estate) -> None:
    with estate.data() as data:
        before = estate.digest(data)
        verdict(estate, secure_sso(estate.api_key, {**USER, "id": "never seen"}))
        assert estate.digest(data) == before


NOW = int(time.time() * 1_000)
MISTAKES: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "another key": (lambda key: secure_sso("another", USER), "hash", "None of the usual mistakes"),
    "upper case": (
        lambda key: (it := secure_sso(key, USER)) | {"verificationHash": it["verificationHash"].upper()},
        "hash", "lower-case hex, without spaces",
    ),
    "base64": (
        lambda key: (it := secure_sso(key, USER))
        | {"verificationHash": base64.b64encode(bytes.fromhex(it["verificationHash"])).decode()},
        "hash", "not in base64",
    ),
    "no timestamp in it": (
        lambda key: (it := secure_sso(key, USER)) | {"verificationHash": signed(key, it["userDataJSONBase64"])},
        "hash", "timestamp is missing",
    ),
    "the other way round": (
        lambda key: (it := secure_sso(key, USER))
        | {"verificationHash": signed(key, f"{it['userDataJSONBase64']}{it['timestamp']}")},
        "hash", "timestamp comes first",
    ),
    "seconds": (lambda key: secure_sso(key, USER, timestamp=NOW // 1_000), "timestamp", "seems to be in seconds"),
    "old": (lambda key: secure_sso(key, USER, timestamp=NOW - 3 * DAY_MS), "timestamp", "3 days ago"),
    "early": (lambda key: secure_sso(key, USER, timestamp=NOW + DAY_MS), "timestamp", "in the future"),
    "no timestamp": (lambda key: secure_sso(key, USER) | {"timestamp": None}, "fields", "needs a timestamp"),
    "no hash": (lambda key: secure_sso(key, USER) | {"verificationHash": None}, "fields", "verificationHash"),
    "no JSON": (lambda _key: "no JSON", "decodes", "not JSON"),
    "a list": (lambda _key: "[]", "decodes", "JSON object"),
    "twice": (lambda _key: '{"loginURL":"a","loginURL":"b"}', "decodes", "not JSON"),
    "no name": (lambda key: secure_sso(key, {"id": "7"}), "user", "no username"),
    "no id": (lambda key: secure_sso(key, {"username": "Ana"}), "user", "needs an id"),
    "a role that is none": (lambda key: secure_sso(key, {**USER, "role": "owner"}), "user", "role must be"),
    "groups that are none": (lambda key: secure_sso(key, {**USER, "groupIds": "a"}), "user", "groupIds must be"),
    "not about a person": (lambda key: secure_sso(key, ["Ana"]), "data", "JSON object"),
    "simple without a name": (lambda _key: {"simpleSSOUser": {"email": "a@b.c"}}, "user", "no username"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_named_and_keeps_out_in_earnest_too(estate: Estate, name: str) -> None:
    make, step, says = MISTAKES[name]
    payload = make(estate.api_key)
    tested = verdict(estate, payload)
    assert tested["ok"] is False
    assert says in wrong(tested)[step], tested
    text = payload if isinstance(payload, str) else json.dumps(payload)
    params = {"urlId": "any", "sso": text}
    assert estate.site.http.get(f"/comment-collab-chats/{estate.id}", params=params).status_code == 401


def test_who_is_meant_is_told_even_if_the_hash_is_wrong(estate: Estate) -> None:
    tested = verdict(estate, secure_sso("another", USER))
    assert (tested["user"]["name"], tested["user"]["keyId"]) == ("Ana", None)


def test_a_repeated_name_in_an_object_is_seen_as_it_was_sent(estate: Estate) -> None:
    headers = {**estate.keyed, "Content-Type": "application/json"}
    body = b'{"payload": {"username": "a", "username": "b", "email": "c"}}'
    answer = estate.site.http.post("/api/v1/sso-test", content=body, headers=headers).json()
    assert answer["verdict"]["form"] == "unreadable"


def test_a_key_for_one_site_fits_there_only(estate: Estate) -> None:
    key = estate.run("rotate-key", "--origin", estate.origin)["apiKey"]
    estate.notice()
    payload = secure_sso(key, USER)
    assert f"is good on {estate.origin} only" in wrong(verdict(estate, payload))["hash"]
    assert verdict(estate, payload, origin=estate.origin)["ok"]
    foreign = verdict(estate, secure_sso(estate.api_key, USER), origin="https://other.example")
    assert (foreign["ok"], list(wrong(foreign))) == (False, ["origin"])
    refused = ask(estate, payload, origin="nowhere")
    assert (refused.status_code, refused.json()["field"]) == (400, "origin")


@pytest.mark.parametrize(
    ("payload", "form", "ok"),
    [
        ({"simpleSSOUser": {"username": "Ana", "email": "a@b.c"}}, "simple", True),
        ({"username": "Ana", "email": "a@b.c"}, "bare", True), ({"loginURL": "/in"}, "signed-out", True),
        ("{}", "signed-out", True), ("null", "signed-out", True),
    ],
    ids=str,
)  # fmt: skip
def test_other_forms_are_known_by_their_names(estate: Estate, payload: Any, form: str, ok: bool) -> None:
    tested = verdict(estate, payload)
    assert (tested["form"], tested["ok"]) == (form, ok)
    assert (tested["user"] is None) is (form == "signed-out")


def test_the_tenants_rules_count(site: QuickSite) -> None:
    strict = Estate(site, "--require-sso", "simple", "--guests", "off")
    for payload in ({"username": "Ana", "email": "a@b.c"}, {}):
        tested = verdict(strict, payload)
        assert (tested["ok"], list(wrong(tested))) == (False, ["rules"])
    assert verdict(strict, secure_sso(strict.api_key, USER))["ok"]


@pytest.mark.parametrize("payload", [None, 5, ["x"]], ids=repr)
def test_what_is_no_payload_at_all_is_bad_input(estate: Estate, payload: Any) -> None:
    refused = ask(estate, payload)
    assert (refused.status_code, refused.json()["field"]) == (400, "payload")
