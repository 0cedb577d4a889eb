"""FastComments' secure form is taken byte by byte, as clients in many languages make it; hashes are made by hand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso
from collabchat.identity.sso import parse
from tests.identity.sso_client import KEY, NOW, secure, signed, who

ANA = {"id": "7", "username": "ana", "displayName": "Ana"}
EVERYTHING = {
    "id": "user-7",
    "email": "ana@acme.example",
    "username": "ana",
    "displayName": "Ана Шевченко 😀",
    "displayLabel": "Editor",
    "avatar": "https://acme.example/ana.png",
    "websiteUrl": "https://ana.example/",
    "groupIds": ["staff", "редакція"],
    "isAdmin": False,
    "isModerator": True,
    "optedInNotifications": True,
    "optedInSubscriptionNotifications": False,
    "isProfileActivityPrivate": True,
    "isProfileCommentsPrivate": False,
    "isProfileDMDisabled": True,
    "locale": "uk_ua",
    "badgeConfig": {"badgeIds": ["b1"], "pageBadgeIds": ["b2"], "override": False, "update": True},
}


def wrapped(raw: bytes) -> str:
    """In lines of 60 letters, as Ruby's `Base64.encode64` has it."""
    text = base64.b64encode(raw).decode()
    return "".join(f"{text[at : at + 60]}\n" for at in range(0, len(text), 60))


FORMS: dict[str, Callable[[bytes], str]] = {
    "standard": lambda raw: base64.b64encode(raw).decode(),
    "standard without padding": lambda raw: base64.b64encode(raw).decode().rstrip("="),
    "URL-safe": lambda raw: base64.urlsafe_b64encode(raw).decode(),
    "URL-safe without padding": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    "in lines": wrapped,
}


def test_a_payload_written_down_once_is_good_for_ever() -> None:
    """Made with `openssl dgst -sha256 -hmac 'secret key'` over `1763841600000` and the base64 text."""
    text = (
        '{"userDataJSONBase64":"eyJpZCI6IjciLCJ1c2VybmFtZSI6ImFuYSIsImRpc3BsYXlOYW1lIjoi0JDQvdCwIn0=",'
        '"verificationHash":"f61ce08e1dc445a98f841a99bc6f2db501e67a15e754baa543dfa73691f973d2",'
        '"timestamp":1763841600000,"loginURL":"/login","logoutURL":"/logout"}'
    )
    actor = who(parse(text)).actor
    assert (actor.id, actor.name) == ("acme:7", "Ана")


def test_every_field_of_theirs_is_taken() -> None:
    actor = who(secure(EVERYTHING)).actor
    assert (actor.id, actor.name) == ("acme:user-7", "Ана Шевченко 😀")
    assert actor.avatar_src == "https://acme.example/ana.png"
    assert (actor.is_moderator, actor.is_admin, set(actor.groups)) == (True, False, {"staff", "редакція"})


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in {"id", "username"}])
def test_every_field_but_who_it_is_may_be_null_or_left_out(name: str) -> None:
    for user in ({**EVERYTHING, name: None}, {key: EVERYTHING[key] for key in EVERYTHING if key != name}):
        assert who(secure(user)).actor.id == "acme:user-7"


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("username", "x" * 1_000), ("displayName", "Ї" * 500), ("email", "a@" + "x" * 998),
        ("avatar", "https://a.example/" + "x" * 2_982), ("avatar", "data:image/png;base64," + "A" * 49_978),
        ("groupIds", [f"{number:050}" for number in range(100)]), ("id", "x" * 250), ("id", 7), ("displayName", ""),
    ],
)  # fmt: skip
def test_the_longest_that_theirs_may_be_is_taken(field: str, longest: object) -> None:
    assert who(secure({"id": "7", "username": "ana", field: longest})).actor.id.startswith("acme:")


@pytest.mark.parametrize(
    ("field", "too_long"),
    [
        ("username", "x" * 1_001), ("displayName", "x" * 501), ("email", "x" * 1_001),
        ("avatar", "https://" + "x" * 3_000), ("avatar", "data:" + "A" * 50_000),
        ("groupIds", ["g"] * 101), ("groupIds", ["x" * 51]), ("groupIds", "staff"),
        ("id", "x" * 252), ("id", True), ("id", 1.5), ("id", None), ("id", ["7"]),
    ],
)  # fmt: skip
def test_what_theirs_may_not_be_is_malformed(field: str, too_long: object) -> None:
    with pytest.raises(MalformedSso):
        who(secure({"id": "7", "username": "ana", field: too_long}))


@pytest.mark.parametrize("form", FORMS)
@given(name=st.text(min_size=1, max_size=30))
def test_any_name_arrives_in_every_form_of_base64(form: str, name: str) -> None:
    for ensure_ascii in (True, False):
        raw = json.dumps({**ANA, "displayName": name}, ensure_ascii=ensure_ascii).encode()
        assert who(signed(FORMS[form](raw))).actor.name == name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spaces", range(4))
def test_all_four_remainders_of_base64_arrive_with_both_of_its_odd_letters(form: str, spaces: int) -> None:
    raw = json.dumps({**ANA, "displayName": "я??>>~~ÿ" + " " * spaces}, ensure_ascii=False).encode()
    data = FORMS[form](raw)
    assert {"+", "/"} & set(base64.b64encode(raw).decode()) == {"+", "/"}
    assert who(signed(data)).actor.name == "я??>>~~ÿ" + " " * spaces


@pytest.mark.parametrize("timestamp", [NOW, str(NOW)])
def test_the_timestamp_is_a_number_or_its_digits(timestamp: int | str) -> None:
    payload = signed(base64.b64encode(json.dumps(ANA).encode()).decode(), timestamp)
    for given_at in (NOW, str(NOW)):
        assert who({**payload, "timestamp": given_at}).actor.id == "acme:7"


@pytest.mark.parametrize(
    "timestamp",
    [
        float(NOW), NOW + 0.5, 1e400, True, None, [], {}, [NOW], "", "soon", f" {NOW}", f"{NOW}\n", f"0{NOW}",
        f"+{NOW}", "1e12", f"{NOW}.0", "١٧٦٣", "-0", 10**20, -(10**20), 10**5_000, "9" * 21, f"{'0' * 30}{NOW}",
    ],
    ids=lambda each: repr(each)[:20] if not isinstance(each, int) else "number",
)  # fmt: skip
def test_any_other_timestamp_is_malformed_though_it_were_signed(timestamp: Any) -> None:
    data = base64.b64encode(json.dumps(ANA).encode()).decode()
    written = "1" if isinstance(timestamp, int) else f"{timestamp}"
    mac = hmac.new(KEY.encode(), f"{written}{data}".encode(), hashlib.sha256).hexdigest()
    with pytest.raises(MalformedSso):
        who({"userDataJSONBase64": data, "verificationHash": mac, "timestamp": timestamp})


@pytest.mark.parametrize("timestamp", [0, -5, 1, 2**63 - 1, 2**63, 2**64, NOW // 1_000, 10**20 - 1])
def test_a_number_that_is_no_time_of_ours_has_expired(timestamp: int) -> None:
    for given_at in (timestamp, str(timestamp)):
        with pytest.raises(ExpiredSso):
            who(secure(ANA, given_at))
        with pytest.raises(InvalidSso):
            who(secure(ANA, given_at, key="another"))


@pytest.mark.parametrize(
    "data",
    [
        "%%%", "é", "", "=", "====", "A", "AAAAA", "e30=e30=", "e3=0", "e30\x00", "e30*", "ｅ30=", "=e30", "e30=" * 2,
        "\n", "bnVsbA==", "W10=", "NQ==", "InMi", "Tm9uZQ==", "/////w==", "7bKA", "eyJpZCI6Ilx1ZDgwMCJ9", "77u/e30=",
    ],
)  # fmt: skip
def test_what_is_no_base64_of_an_object_is_malformed_though_it_is_signed(data: str) -> None:
    with pytest.raises(MalformedSso):
        who(signed(data))


@pytest.mark.parametrize("odd", ["*", "%", ".", "=", "\x00", "é", "\u200b", "\ufeff"])
def test_nothing_odd_amid_base64_is_passed_over(odd: str) -> None:
    data = base64.b64encode(json.dumps(ANA).encode()).decode()
    for at in range(len(data) - 3):
        for count in (1, 4):
            with pytest.raises(MalformedSso):
                who(signed(data[:at] + odd * count + data[at:]))
