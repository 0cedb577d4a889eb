import base64
import hashlib
import hmac
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.model import Tenant
from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso, Unauthenticated
from collabchat.identity.sso import identify, parse

TENANT = Tenant("acme", "Acme", ("https://acme.example",), 0)
KEY, NOW, DAY = "secret key", 1_763_841_600_000, 86_400_000


def secure(user: object, timestamp: int = NOW, key: str = KEY) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(user).encode()).decode()
    digest = hmac.new(key.encode(), f"{timestamp}{data}".encode(), hashlib.sha256).hexdigest()
    return {"userDataJSONBase64": data, "verificationHash": digest, "timestamp": timestamp}


def who(payload: dict[str, Any]) -> Any:
    return identify(TENANT, KEY, b"e" * 32, payload, NOW)


def test_a_secure_payload_proves_a_user_of_the_tenant() -> None:
    user = who(
        secure({"id": "7", "username": "ana", "displayName": "Ana", "avatar": "https://x/a.png", "isModerator": True})
    )
    assert user.actor.id == "acme:7"
    assert (user.actor.name, user.actor.avatar_src, user.actor.is_moderator) == ("Ana", "https://x/a.png", True)
    assert not user.actor.is_guest
    assert not user.actor.is_admin


@pytest.mark.parametrize(
    "signed_out", [{}, {"loginURL": "https://x"}, {"userDataJSONBase64": None, "verificationHash": None}]
)
def test_a_payload_without_a_user_names_nobody(signed_out: dict[str, Any]) -> None:
    assert who(signed_out) is None


def test_simple_and_bare_payloads_name_the_same_guest_apart_from_secure_users() -> None:
    user = {"username": "Ana", "email": "Ana@X.example"}
    simple, bare = who({"simpleSSOUser": user}), who({**user, "email": "ana@x.example"})
    assert simple.actor == bare.actor
    assert simple.actor.is_guest
    assert "x.example" not in simple.actor.id
    assert who(secure({"id": simple.actor.id, "username": "Eve"})).actor.id != simple.actor.id


def test_rights_are_not_believed_without_proof() -> None:
    user = who({"simpleSSOUser": {"username": "Eve", "email": "e@x", "isAdmin": True, "isModerator": True}})
    assert not user.actor.is_admin
    assert not user.actor.is_moderator


def test_a_forged_payload_is_refused() -> None:
    with pytest.raises(InvalidSso):
        who(secure({"id": "7", "username": "ana"}, key="another"))
    changed = secure({"id": "7", "username": "ana"})
    changed["timestamp"] += 1
    with pytest.raises(InvalidSso):
        who(changed)


@pytest.mark.parametrize(
    ("at", "fits"), [(NOW - 2 * DAY - 1, False), (NOW - 2 * DAY, True), (NOW + 60_000, True), (NOW + DAY, False)]
)
def test_a_payload_is_good_for_two_days(at: int, fits: bool) -> None:
    if fits:
        assert who(secure({"id": "7", "username": "ana"}, at))
    else:
        with pytest.raises(ExpiredSso):
            who(secure({"id": "7", "username": "ana"}, at))


@pytest.mark.parametrize(
    "payload",
    [
        secure({"username": "no id"}), secure({"id": "x" * 300, "username": "a"}), secure({"id": "7"}), secure([1]),
        secure({"id": "7", "username": 5}), {"userDataJSONBase64": 5, "verificationHash": "x", "timestamp": 1},
        {"userDataJSONBase64": "x", "verificationHash": "x"}, {"userDataJSONBase64": "x", "verificationHash": None},
        {"simpleSSOUser": "ana"}, {"simpleSSOUser": {"email": "a@x"}},
    ],
)  # fmt: skip
def test_an_unreadable_payload_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedSso):
        who(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.dictionaries(st.text(max_size=8), inner),
)
names = st.sampled_from(
    ["userDataJSONBase64", "verificationHash", "timestamp", "simpleSSOUser", "email", "username", "id"]
)


@given(st.dictionaries(names, json_values))
def test_no_payload_breaks_the_reader(payload: dict[str, Any]) -> None:
    with suppress(Unauthenticated):
        who(payload)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_query_breaks_the_parser(query: str | bytes) -> None:
    with suppress(MalformedSso):
        parse(query)
