"""What is taken out of the log, and what is left."""

import json
from secrets import token_urlsafe
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.model import Actor
from collabchat.identity.keys import ServerKey
from collabchat.identity.tokens import Tokens
from collabchat.redaction import HIDDEN, is_secret, redact, redact_text

SECRET = "s3cret-Value_9"

NAMES = [
    "sso", "userIdWS", "urlIdWS", "sessionId", "session_id", "API_KEY", "apiKey", "editKey", "token", "live_token",
    "verificationHash", "userDataJSONBase64", "x-api-key", "X-API-KEY", "collabchat_session_demo",
    "__Host-collabchat_staff", "/dashboard#sign-in",
]  # fmt: skip

FORMS = [
    "/x?{name}={secret}",
    "GET /x?a=b&{name}={secret}&c=d HTTP/1.1",
    "next=%2Fx%3F{name}%3D{secret}",
    "{name}={secret}; Path=/",
    "f(x, {name}='{secret}', y=1)",
    "f({name}=b'{secret}')",
    '{{"a":1,"{name}":"{secret}","b":2}}',
    '{{"a":1, "{name}" : "{secret}"}}',
    r'"{{\"{name}\": \"{secret}\"}}"',
    r'"{{\\\"{name}\\\":\\\"{secret}\\\"}}"',
    "{{'{name}': '{secret}'}}",
    "[('{name}', '{secret}')]",
    "[(b'{name}', b'{secret}')]",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_what_stands_after_a_secret_name_is_hidden(form: str, name: str) -> None:
    text = redact_text(form.format(name=name, secret=SECRET))
    assert SECRET not in text
    assert HIDDEN in text
    assert name in text


@pytest.mark.parametrize("header", ["Authorization", "authorization", "X-API-Key", "Cookie", "Set-Cookie"])
def test_a_header_is_hidden_to_the_end_of_its_line(header: str) -> None:
    assert redact_text(f"Host: x\r\n{header}: a {SECRET}; {SECRET}\r\nAccept: y") == (
        f"Host: x\r\n{header}: {HIDDEN}\r\nAccept: y"
    )


@pytest.mark.parametrize("text", ["Bearer {}", "bearer {}.x", "BEARER%20{}", "'Bearer {}'", "said Bearer  {} here"])
def test_a_bearer_token_is_hidden_wherever_it_stands(text: str) -> None:
    assert SECRET not in redact_text(text.format(SECRET))


def test_an_sso_payload_is_hidden_whole_encoded_or_not() -> None:
    payload = {"userDataJSONBase64": SECRET, "verificationHash": SECRET, "timestamp": 1}
    for text in (json.dumps(payload), json.dumps(payload, separators=(",", ":")), json.dumps(json.dumps(payload))):
        for form in (f"/x?sso={text}&a=b", f'{{"sso":{text}}}', f"sso: {text}", repr({"sso": text})):
            assert SECRET not in redact_text(form), form


def test_what_we_sign_is_known_by_its_look() -> None:
    tokens = Tokens(ServerKey(b"x" * 32))
    actor = Actor("demo", "demo:ana", "session-1", "Ana")
    made = [tokens.session(actor), tokens.live(actor, 1_000), tokens.room("demo", "page " * 200)]
    for token in made:
        assert redact_text(f"bad: {token}") == f"bad: {HIDDEN}"


def test_so_is_an_api_key() -> None:
    keys = [token_urlsafe(32) for _ in range(100)]
    assert [redact_text(f"key {key}") for key in keys] == [f"key {HIDDEN}"] * len(keys)


@pytest.mark.parametrize(
    "text",
    [
        "GET /sub?tenantIdWS=demo&v=2 HTTP/1.1",
        "/comment-collab-chats/demo?urlId=book-p2&afterSeq=10",
        'File "/src/collabchat/live/listener.py", line 42, in _enter',
        "sso: must be a JSON object.",
        "urlId is missing: give the page's id.",
        "b0a3b4a2-57ee-4e59-ae25-4e9a2a6c2f05 demo:ana anon:7 k3x9.1",
        "test_what_stands_after_a_secret_name_is_hid",
        "d41d8cd98f00b204e9800998ecf8427ed41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_what_is_no_secret_is_left(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_hidden_by_the_name_of_its_field_whatever_it_is(name: str) -> None:
    nested: dict[object, Any] = {"a": [{name: {"b": SECRET}}], name.encode(): [SECRET], "c": 1.5, 2: None}
    event = redact(None, "info", {"event": "x", name: SECRET, "nested": nested})
    shown = {"a": [{name: HIDDEN}], repr(name.encode()): HIDDEN, "c": 1.5, 2: None}
    assert event == {"event": "x", name: HIDDEN, "nested": shown}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sso"])
def test_so_are_headers_as_the_web_server_has_them(name: str) -> None:
    headers = [(b"host", b"x"), (name.lower().encode(), SECRET.encode()), (name, SECRET)]
    event = redact(None, "info", {"event": "x", "headers": headers})
    assert event["headers"] == [("b'host'", "b'x'"), (repr(name.lower().encode()), HIDDEN), (name, HIDDEN)]


class Thing:
    """Something that a log shows by its `repr`."""

    def __repr__(self) -> str:
        return f"Thing(token='{SECRET}')"


@pytest.mark.parametrize(
    "value",
    [
        Thing(),
        [Thing()],
        {"a": (Thing(),)},
        {Thing(): 1},
        {Thing()},
        f"token={SECRET}".encode(),
        KeyError(f"Bearer {SECRET}"),
    ],
)
def test_a_value_of_any_kind_is_looked_into(value: object) -> None:
    event = redact(None, "info", {"event": "x", "value": value})
    assert SECRET not in repr(event)
    assert HIDDEN in repr(event)


def test_a_value_that_never_ends_does() -> None:
    endless: list[Any] = [f"token={SECRET}"]
    endless.append(endless)
    assert SECRET not in repr(redact(None, "info", {"value": endless}))


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_twice_is_once(text: str) -> None:
    once = redact_text(f"{text} token={SECRET} {text}")
    assert SECRET not in once
    assert redact_text(once) == once


@given(st.lists(st.sampled_from([*NAMES, "=", ":", "'", '"', "\\", "{", "[", "\n", "Bearer ", "%3D", ".", ",", " "])))
def test_a_secret_after_any_muddle_is_hidden(parts: list[str]) -> None:
    assert SECRET not in redact_text("".join(parts) + f" x token={SECRET}")


@pytest.mark.parametrize("part", ["token", "token=", 'token="', "token\\", "collabchat_session_", "a", "a.", "cookie:"])
def test_the_longest_line_is_soon_done(part: str) -> None:
    """A pattern that looks at the same piece again and again would take minutes."""
    assert redact_text(part * (131_072 // len(part)) + f" token={SECRET}").endswith(HIDDEN)


def test_names_of_parameters_are_told_apart() -> None:
    assert all(is_secret(name) for name in NAMES)
    assert not [name for name in ("urlId", "tenantIdWS", "v", "broadcastId", "tokens", "ids") if is_secret(name)]
