"""What a client says is understood, passed over because it comes from the future, or no message at all."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET

from collabchat.core.events import encode
from collabchat.core.messages import (
    EPOCH_MAX,
    SEQ_MAX,
    Auth,
    Bye,
    Heads,
    Heartbeat,
    Hello,
    Message,
    NotUnderstood,
    Trouble,
    Typing,
    TypingNotice,
    Typist,
    Unwatch,
    Wanted,
    Watch,
    Watching,
    Welcome,
    decode,
)

ROOM = {"urlId": "p", "epoch": "e", "seq": 7}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"type": "hello", "token": "t"}, Hello("t")),
        ({"type": "hello", "token": "t", "rooms": [ROOM]}, Hello("t", [Wanted("p", "e", 7)])),
        ({"type": "hello", "token": "t", "rooms": [{"urlId": "q"}]}, Hello("t", [Wanted("q")])),
        ({"type": "watch", **ROOM}, Watch("p", "e", 7)),
        ({"type": "watch", "urlId": "p"}, Watch("p")),
        ({"type": "unwatch", "urlId": "p"}, Unwatch("p")),
        ({"type": "auth", "token": "t"}, Auth("t")),
        ({"type": "h"}, Heartbeat()),
        ({"type": "typing", "urlId": "p", "chatId": "c"}, TypingNotice("p", "c")),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_every_message_is_understood_with_and_without_fields_of_the_future(said: Any, meant: Message) -> None:
    assert decode(json.dumps(said)) == meant
    assert decode(json.dumps({"later": [1], **said})) == meant


@pytest.mark.parametrize("said", [{"type": "from-the-future"}, {"type": "", "token": 5}, {"type": "Hello"}])
def test_a_type_of_the_future_is_passed_over(said: Any) -> None:
    assert decode(json.dumps(said)) is None


@pytest.mark.parametrize("seq", [0, 1, SEQ_MAX])
def test_a_position_is_an_integer_that_every_client_can_count_to(seq: int) -> None:
    assert decode(json.dumps({"type": "watch", "urlId": "p", "epoch": "e" * EPOCH_MAX, "seq": seq})) == Watch(
        "p", "e" * EPOCH_MAX, seq
    )


@pytest.mark.parametrize("seq", ["-1", "9007199254740992", "1e30", "1.5", '"7"', "true", "[]", "{}", "null"])
def test_any_other_position_is_not_understood(seq: str) -> None:
    with pytest.raises(NotUnderstood):
        decode(f'{{"type":"watch","urlId":"p","epoch":"e","seq":{seq}}}')


@pytest.mark.parametrize(
    "said",
    [
        {"type": "watch"},
        {"type": "watch", "urlId": ""},
        {"type": "watch", "urlId": "p" * 1_001},
        {"type": "watch", "urlId": 5},
        {"type": "watch", "urlId": "p", "epoch": 5, "seq": 1},
        {"type": "watch", "urlId": "p", "epoch": "e" * (EPOCH_MAX + 1), "seq": 1},
        {"type": "watch", "urlId": "p", "epoch": None, "seq": 1},
        {"type": "hello"},
        {"type": "hello", "token": None},
        {"type": "hello", "token": "t", "rooms": None},
        {"type": "hello", "token": "t", "rooms": [5]},
        {"type": "unwatch"},
        {"type": "auth"},
        {"type": "typing", "urlId": "p"},
        {"type": "typing", "urlId": "p", "chatId": ""},
        {"type": "typing", "urlId": "p", "chatId": "c" * 65},
        {"type": 5},
        {"token": "t"},
        [],
        [{"type": "h"}],
        "h",
        5,
        None,
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_what_is_not_as_it_must_be_is_not_understood(said: Any) -> None:
    with pytest.raises(NotUnderstood):
        decode(json.dumps(said))


@pytest.mark.parametrize(
    "text", ["", "{", "h", '{"type":"h"', '{"type":"h"}x', "[" * 10_000, '{"type":"\ud83d"}', "\0"]
)
def test_what_is_no_json_is_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood):
        decode(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["urlId", "epoch", "seq", "token", "rooms", "chatId"])
types = st.sampled_from(["hello", "watch", "unwatch", "auth", "h", "typing", "other"])


@given(types, st.dictionaries(names, anything | st.just("p") | st.integers(0, 9)))
def test_nothing_that_a_client_says_is_worse_than_not_understood(type_: str, fields: dict[str, Any]) -> None:
    understood(json.dumps({**fields, "type": type_}))


odd_json = st.sampled_from(
    [
        "NaN", "-Infinity", "1e400", "-0", "01", "0.1", "9" * 400, "9" * 5_000, "1e5", '"\\ud800"', '"\\udc00\\ud800"',
        '"\\u0000"', '"\ud800"', '"\\u202e"', '"p"', '"hello"', "7", "[]", "{}", "[{}]", '[{"urlId":"p"}]', "true",
        "null", "[", "}", '"', "[" * 3_000, "[" * 900 + "]" * 900,
    ]
)  # fmt: skip
pairs = st.tuples(names | st.just("type") | st.text(max_size=3), odd_json | st.text(max_size=5).map(json.dumps))


@given(st.lists(pairs, max_size=6), types, st.booleans())
def test_no_json_is_worse_than_not_understood_not_even_where_a_name_comes_twice(
    said: list[tuple[str, str]], type_: str, is_first: bool
) -> None:
    typed = ("type", json.dumps(type_))
    parts = [typed, *said] if is_first else [*said, typed]
    understood("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in parts) + "}")


@given(st.text(st.characters()) | st.text(st.sampled_from('{}[]:,"\\ \ud800\0truefalsn0123eE+-.')))
@example("[" * 100_000)
@example('{"type":' * 100_000)
@example('{"type":"h","x":' + "[" * 100_000 + "]" * 100_000 + "}")
@example('{"type":' + "9" * 1_000_000 + "}")
@example('{"type":"h","type":5}')
def test_no_text_is_worse_than_not_understood(text: str) -> None:
    understood(text)


def understood(text: str) -> None:
    """Decode; whatever comes of it is within the limits that the rest relies on."""
    try:
        meant = decode(text)
    except NotUnderstood:
        return
    assert meant is None or isinstance(meant, Message)
    wanted = meant.rooms if isinstance(meant, Hello) else [meant] if isinstance(meant, Watch) else []
    for each in wanted:
        assert 1 <= len(each.url_id) <= 1_000
        assert len(each.epoch) <= EPOCH_MAX
        assert each.seq is UNSET or (type(each.seq) is int and 0 <= each.seq <= SEQ_MAX)
    texts = [value for value in (getattr(meant, name, "") for name in ("token", "url_id", "chat_id")) if value]
    for value in [*texts, *(each.url_id for each in wanted)]:
        value.encode()  # it can be stored and sent: no lone surrogate has got in


@pytest.mark.parametrize(
    ("words", "frame"),
    [
        (Welcome(25_000, 99), {"type": "welcome", "heartbeatMs": 25_000, "expiresAt": 99}),
        (
            Watching("p", "e", 7, "resumed", missed=3),
            {"type": "watching", "urlId": "p", "epoch": "e", "seq": 7, "result": "resumed", "missed": 3},
        ),
        (
            Watching("p", "e", 7, "reset", reason="far"),
            {"type": "watching", "urlId": "p", "epoch": "e", "seq": 7, "result": "reset", "reason": "far"},
        ),
        (Heads({"p": 7, "q": 0}), {"type": "h", "heads": {"p": 7, "q": 0}}),
        (Bye("drain", (0, 5)), {"type": "bye", "reason": "drain", "reconnectMs": [0, 5]}),
        (Trouble("not-found", "p"), {"type": "error", "code": "not-found", "urlId": "p"}),
        (Trouble("unsupported-version"), {"type": "error", "code": "unsupported-version"}),
        (
            Typing("p", "c", Typist("demo:ana", "Ana"), 99),
            {"type": "typing", "urlId": "p", "chatId": "c", "user": {"id": "demo:ana", "name": "Ana"}, "untilMs": 99},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_the_servers_words_are_these(words: Any, frame: Any) -> None:
    assert json.loads(encode(words)) == frame


def test_words_have_no_percent_sign_either() -> None:
    frame = encode(Heads({"100 %41": 1}))
    assert b"%" not in frame
    assert json.loads(frame)["heads"] == {"100 %41": 1}


@pytest.mark.parametrize("text", [
    '{"type":"hello","token":"a","token":"b"}', '{"type":"auth","token":"a","token":"b"}',
    '{"type":"hello","type":"hello","token":"a"}', '{"type":"auth","\\u0074oken":"a","token":"b"}',
])  # fmt: skip
def test_who_gives_two_tokens_is_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood):
        decode(text)
