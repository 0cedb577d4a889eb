"""Whatever a stranger sends as single sign-on is refused at worst, and no byte of what is signed may differ."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso
from collabchat.identity.sso import SsoUser, parse
from tests.identity.sso_client import KEY, NOW, secure, sign, signed, who

ANA = {"id": "7", "username": "ana", "displayName": "Ана", "isModerator": True}
FIELDS = ["userDataJSONBase64", "verificationHash", "timestamp", "simpleSSOUser", "loginURL"]
USER_FIELDS = ["id", "email", "username", "displayName", "avatar", "groupIds", "isAdmin", "isModerator", "role"]
REFUSED = (MalformedSso, InvalidSso, ExpiredSso)


def read(text: str | bytes) -> Any:
    """Whom a text names, as it comes in the query."""
    return who(parse(text))


# -- Any JSON, and what only looks like it ----------------------------------------------------------------------------

odd_scalars = st.sampled_from(
    [
        "null", "true", "NaN", "-Infinity", "1e400", "-1e-400", "0.1", "-0", "01", "9" * 30, "9" * 5_000,
        "1" + "0" * 400, str(2**63), str(-(2**63)), str(NOW), f"{NOW}.0", '""', '"\\ud800"', '"\\udc00\\ud800"',
        '"\\u0000"', '"\\u202e"', '"ana"', '"e30="', json.dumps(sign("e30=", NOW)), "'x'", "undefined",
        "[", "]", "{", "}", '"',
    ]
)  # fmt: skip
scalars = odd_scalars | st.text(max_size=8).map(json.dumps) | st.integers().map(str)
keys = st.sampled_from([*FIELDS, *USER_FIELDS]) | st.text(max_size=4)


def written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Arrays and objects, in which a name may come twice."""
    pairs = st.lists(st.tuples(keys.map(json.dumps), inner), max_size=6)
    objects = pairs.map(lambda found: "{" + ",".join(f"{name}:{value}" for name, value in found) + "}")
    return objects | st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")


json_texts = written(st.recursive(scalars, written, max_leaves=12))


@given(json_texts)
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example('{"simpleSSOUser":' + "[" * 2_000 + "]" * 2_000 + "}")
@example('{"timestamp":' + "9" * 100_000 + "}")
@example("\ud800")
@example('{"email":"\ud800"}')
@example("")
@example("\ufeff{}")
def test_a_text_names_somebody_or_nobody_or_is_refused(text: str) -> None:
    with suppress(*REFUSED):
        found = read(text)
        assert found is None or (isinstance(found, SsoUser) and found.actor.id.startswith("simple:"))


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_query_breaks_the_parser(query: str | bytes) -> None:
    with suppress(MalformedSso):
        assert isinstance(parse(query), dict)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "email", "username", "id"]), values))
def test_no_payload_breaks_the_reader(payload: dict[str, Any]) -> None:
    with suppress(*REFUSED):
        who(payload)


@given(json_texts | st.dictionaries(st.sampled_from(USER_FIELDS), values).map(json.dumps))
@example('{"id":"7","username":"a","groupIds":[["x"]]}')
@example('{"id":"\\ud800","username":"a"}')
@example('{"id":' + "9" * 4_000 + ',"username":"a"}')
@example('{"id":"7","username":"a","x":' + "[" * 10_000 + "]" * 10_000 + "}")
def test_not_even_a_signed_user_breaks_the_reader(text: str) -> None:
    payload = signed(base64.b64encode(text.encode(errors="surrogatepass")).decode())
    with suppress(MalformedSso):
        actor = who(payload).actor
        assert actor.id.startswith("acme:")
        assert len(actor.id.encode()) <= 256


@given(st.text(), st.integers() | st.text(max_size=20), st.text(max_size=70))
def test_nobody_is_believed_without_the_key(data: str, timestamp: int | str, mac: str) -> None:
    with pytest.raises((MalformedSso, InvalidSso)):
        who({"userDataJSONBase64": data, "verificationHash": mac, "timestamp": timestamp})


@given(st.text(min_size=1).filter(lambda key: key != KEY), values)
def test_nobody_is_believed_with_another_key(key: str, user: object) -> None:
    with pytest.raises(InvalidSso):
        who(secure(user, key=key))


# -- The same name twice ----------------------------------------------------------------------------------------------

ESCAPED_T = '"\\u0074imestamp"'


@pytest.mark.parametrize("name", ["userDataJSONBase64", "verificationHash", "timestamp"])
def test_a_field_that_proves_something_comes_once(name: str) -> None:
    good = secure(ANA)
    whole = json.dumps(good)
    assert read(whole).actor.id == "acme:7"
    for other in (good[name], "x", None, 5):
        again = f'"{name}":{json.dumps(other)}'
        for text in (f"{{{again},{whole[1:]}", f"{whole[:-1]},{again}}}"):
            with pytest.raises(MalformedSso):
                read(text)


def test_a_name_is_the_same_however_it_is_spelt() -> None:
    whole = json.dumps(secure(ANA))
    for text in (f"{whole[:-1]},{ESCAPED_T}:{NOW}}}", f"{{{ESCAPED_T}:1,{whole[1:]}"):
        with pytest.raises(MalformedSso):
            read(text)


@pytest.mark.parametrize("user", ['"id":"7","username":"ana"', '"badgeConfig":{"update":true,"update":false}'])
def test_a_signed_user_says_everything_once(user: str) -> None:
    text = f'{{"id":"1","username":"ana",{user}}}'
    with pytest.raises(MalformedSso):
        who(signed(base64.b64encode(text.encode()).decode()))


@pytest.mark.parametrize(
    "text",
    [
        '{"simpleSSOUser":{"email":"a@x","username":"a"},"simpleSSOUser":{"email":"b@x","username":"b"}}',
        '{"simpleSSOUser":{"email":"a@x","email":"b@x","username":"a"}}', '{"email":"a@x","username":"a","email":null}',
        '{"loginURL":"/a","loginURL":"/b"}',
    ],
)  # fmt: skip
def test_nor_is_a_guest_named_twice(text: str) -> None:
    with pytest.raises(MalformedSso):
        read(text)


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 1)), max_size=5))
def test_only_what_says_something_twice_is_refused_for_it(pairs: list[tuple[str, int]]) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"
    if len(dict(pairs)) == len(pairs):
        assert parse(text) == dict(pairs)
    else:
        with pytest.raises(MalformedSso):
            parse(text)


# -- A byte that differs ----------------------------------------------------------------------------------------------

GOOD = secure(ANA)
WHOLE = json.dumps(GOOD, separators=(",", ":"))
LETTERS = '0123456789abcdefABCDEF+/-_= \n\x00"\\é\u200b'


def test_the_payload_is_believed_as_it_is() -> None:
    assert read(WHOLE).actor.name == "Ана"
    assert read(json.dumps({**GOOD, "timestamp": str(NOW)})).actor.name == "Ана"


@pytest.mark.parametrize("name", [*GOOD])
def test_no_letter_of_what_is_signed_may_differ_come_or_go(name: str) -> None:
    text = str(GOOD[name])
    for at in range(len(text) + 1):
        changed = {text[:at] + text[at + 1 :], text[:at] + text[at:][::-1]}
        changed |= {text[:at] + letter + text[at + width :] for letter in LETTERS for width in (0, 1)}
        for each in changed - {text}:
            with pytest.raises(REFUSED):
                who({**GOOD, name: each})
            if name == "timestamp" and each.isascii() and each.isdigit() and int(each) != NOW:
                with pytest.raises(REFUSED):
                    who({**GOOD, name: int(each)})


def test_no_bit_of_the_whole_may_differ() -> None:
    whole = WHOLE.encode()
    for at in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            with pytest.raises(REFUSED):
                read(bytes(changed))


def test_what_is_signed_for_one_place_is_not_good_in_another() -> None:
    """Digits could wander between the timestamp and the data, as nothing stands between them: not one may."""
    data, mac = GOOD["userDataJSONBase64"], GOOD["verificationHash"]
    for cut in range(1, len(str(NOW))):
        digits, rest = str(NOW)[:cut], str(NOW)[cut:]
        for timestamp in (int(digits), digits):
            with pytest.raises((ExpiredSso, InvalidSso)):
                who({"timestamp": timestamp, "userDataJSONBase64": rest + data, "verificationHash": mac})
