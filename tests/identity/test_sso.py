"""Whom a payload names, in each of the forms that FastComments' clients send."""

from typing import Any

import pytest

from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso
from tests.identity.sso_client import DAY_MS, KEY, NOW, secure, sign, who


def test_a_secure_payload_proves_a_user_of_the_tenant() -> None:
    user = who(
        secure({"id": "7", "username": "ana", "displayName": "Ana", "avatar": "https://x/a.png", "isModerator": True})
    )
    assert user.actor.id == "acme:7"
    assert (user.actor.name, user.actor.avatar_src, user.actor.is_moderator) == ("Ana", "https://x/a.png", True)
    assert not user.actor.is_guest
    assert not user.actor.is_admin


@pytest.mark.parametrize(
    "signed_out",
    [
        {}, {"loginURL": "https://x"}, {"loginURL": "/in", "logoutURL": "/out"}, {"loginURL": None, "logoutURL": None},
        {"userDataJSONBase64": None, "verificationHash": None},
        {"userDataJSONBase64": None, "verificationHash": None, "timestamp": None, "loginURL": "/in"},
        {"userDataJSONBase64": None, "verificationHash": None, "timestamp": NOW},
        {"simpleSSOUser": None}, {"simpleSSOUser": {}}, {"simpleSSOUser": {"username": "Ana"}}, {"username": "Ana"},
        {"simpleSSOUser": {"username": "Ana", "email": None}}, {"simpleSSOUser": {"username": "Ana", "email": ""}},
    ],
)  # fmt: skip
def test_a_payload_without_a_user_names_nobody(signed_out: dict[str, Any]) -> None:
    assert who(signed_out) is None


def test_simple_and_bare_payloads_name_the_same_guest_apart_from_secure_users() -> None:
    user = {"username": "Ana", "email": "Ana@X.example"}
    simple, bare = who({"simpleSSOUser": user}), who({**user, "email": "ana@x.example", "loginURL": "/in"})
    assert simple.actor == bare.actor
    assert simple.actor.is_guest
    assert "x.example" not in simple.actor.id
    assert who(secure({"id": simple.actor.id, "username": "Eve"})).actor.id != simple.actor.id


def test_rights_are_not_believed_without_proof() -> None:
    claims = {"isAdmin": True, "isModerator": True, "role": "admin", "groupIds": ["staff"], "id": "7"}
    for payload in ({"username": "Eve", "email": "e@x", **claims}, {"email": "e@x", "username": "Eve"}):
        for form in (payload, {"simpleSSOUser": payload}, {"simpleSSOUser": payload, **claims}):
            actor = who(form).actor
            assert not actor.is_admin
            assert not actor.is_moderator
            assert not actor.groups
            assert actor.id.startswith("simple:")


def test_a_forged_payload_is_refused() -> None:
    with pytest.raises(InvalidSso):
        who(secure({"id": "7", "username": "ana"}, key="another"))
    changed = secure({"id": "7", "username": "ana"})
    changed["timestamp"] += 1
    with pytest.raises(InvalidSso):
        who(changed)


def test_proof_that_fails_is_not_made_good_by_a_simple_user_beside_it() -> None:
    simple = {"simpleSSOUser": {"username": "Eve", "email": "e@x"}}
    with pytest.raises(InvalidSso):
        who({**secure({"id": "7", "username": "ana"}, key="another"), **simple})
    with pytest.raises(MalformedSso):
        who({"verificationHash": "00", **simple})


@pytest.mark.parametrize(
    ("at", "fits"),
    [(NOW - 2 * DAY_MS - 1, False), (NOW - 2 * DAY_MS, True), (NOW + 60_000, True), (NOW + DAY_MS, False)],
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
        {"simpleSSOUser": "ana"}, {"simpleSSOUser": {"email": "a@x"}}, {"simpleSSOUser": [1]},
        {"simpleSSOUser": {"email": 5, "username": "a"}}, {"email": "a@x", "username": {"a": 1}},
    ],
)  # fmt: skip
def test_an_unreadable_payload_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedSso):
        who(payload)


def test_what_is_wrong_is_said_in_the_order_in_which_it_can_be_known() -> None:
    """Nobody without the key learns whether what is signed could be read, or how old it may be."""
    for data, at in (("%%%", NOW), ("", NOW), ("e30=", NOW - 9 * DAY_MS), ("e30=", NOW + DAY_MS)):
        with pytest.raises(InvalidSso):
            who({"userDataJSONBase64": data, "verificationHash": sign(data, at, "another"), "timestamp": at})
    with pytest.raises(ExpiredSso):
        who({"userDataJSONBase64": "%%%", "verificationHash": sign("%%%", 1, KEY), "timestamp": 1})
