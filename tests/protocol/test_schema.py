"""The schemas against all that a server says: what is said is described, and what is described is not just anything."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema_rs import Draft202012Validator, meta
from msgspec import Struct

from collabchat.core import messages
from collabchat.core.catchup import Reason
from collabchat.core.events import encode
from collabchat.core.messages import Bye, Heads, NotUnderstood, Trouble, Typing, Typist, UsageNow, Watching, Welcome
from collabchat.core.usage import Counts
from tests.protocol.everything import Frame, Run, play_everything
from tests.protocol.vectors import FOLDER, SCHEMAS, read_vectors, validator, walk
from tests.running import Site

README = (FOLDER / "README.md").read_text(encoding="utf-8")
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted((FOLDER.parent / "src/collabchat").rglob("*.py"))}

AT_MS = 1_763_841_600_000
SAID: list[Struct] = [
    Welcome(25_000, AT_MS),
    Watching("guide", "e1.x", 0, "resumed", missed=0),
    Watching("guide", "e1.x", 7, "reset", reason="far"),
    Heads({}),
    Heads({"guide": 7, "guide:p:0:15,0:45{abc123}": 0}),
    Bye("drain", (0, 20_000)),
    Trouble("not-found", "guide"),
    Trouble("unsupported-version"),
    Typing("guide", "_sIzeobc", Typist("anon:ana", "Ana"), AT_MS),
    UsageNow("staff:5d0c", AT_MS, 12, 12, 14, 3.2, 1410.4, Counts(page_load_count=31)),
]
"""Every kind of words that are no event, as the server encodes them."""


def complain(name: str, instance: Frame) -> list[str]:
    """What a schema has against an instance, taken strictly: fields that it does not name count too."""
    return [f"{error.instance_path}: {error.message}" for error in validator(name, closed=True).iter_errors(instance)]


@pytest.fixture(scope="module")
def run(site: Site) -> Run:
    return play_everything(site)


def test_the_schemas_are_schemas() -> None:
    for schema in SCHEMAS.values():
        meta.validate(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_all_references_lead_somewhere() -> None:
    for name, schema in SCHEMAS.items():
        for _, part in walk(schema):
            if isinstance(reference := part.get("$ref"), str):
                file, _, pointer = reference.partition("#")
                found = SCHEMAS[file.removesuffix(".json") if file else name]
                for step in pointer.split("/")[1:]:
                    found = found[step]


def test_a_run_says_only_what_is_described(run: Run) -> None:
    wrong = [(name, frame, complaints) for name, frame in run.said if (complaints := complain(name, frame))]
    assert wrong[:1] == []
    assert {name for name, _ in run.said} == set(SCHEMAS) - {"batch", "from-client", "parts", "presence"}


def test_a_run_says_all_that_is_described(run: Run) -> None:
    frames = [frame for name, frame in run.said if name == "from-server"]
    heard = {frame["type"] for frame in frames if isinstance(frame, dict)}
    # When a heart beats depends on the moment; the server does not go away here, and nobody here runs the tenant.
    assert heard | {"h", "bye", "usage"} == types_described("from-server", "event", "presence")
    assert any(isinstance(frame, list) for frame in frames)


def test_batches_are_contiguous_events_of_one_room(run: Run) -> None:
    for batch in (frame for _, frame in run.said if isinstance(frame, list)):
        assert [event["seq"] for event in batch] == list(range(batch[0]["seq"], batch[0]["seq"] + len(batch)))
        assert len({event["urlId"] for event in batch}) == 1


def test_no_frame_holds_a_percent_sign(run: Run) -> None:
    assert any("\\u0025" in text for text in run.texts)
    assert [text for text in run.texts if "%" in text] == []


@pytest.mark.parametrize("words", SAID, ids=lambda words: type(words).__name__)
def test_words_that_are_no_event(words: Struct) -> None:
    assert complain("from-server", json.loads(encode(words))) == []


def test_every_field_is_described_by_its_type(run: Run) -> None:
    """Put a thing of another type in the place of any value: the schema must notice."""
    said = [*run.said, *(("from-server", json.loads(encode(words))) for words in SAID)]
    checkers: dict[str, Draft202012Validator] = {name: validator(name) for name, _ in said}
    passed = []
    for name, frame in samples(said):
        assert checkers[name].is_valid(frame)
        passed += [(name, way) for way, wrong in mutate(frame) if checkers[name].is_valid(wrong)]
    assert passed == []


def test_what_is_required_may_not_be_left_out(run: Run) -> None:
    optional = {
        "comment", "deletedCommentId", "uj", "ul", "settled", "field", "maxCharacterLength", "conversation", "thread",
        "user", "createdChatId", "hardRemoved",
    }  # fmt: skip
    checkers: dict[str, Draft202012Validator] = {name: validator(name) for name, _ in run.said}
    for name, frame in samples(run.said):
        if isinstance(frame, list):
            assert not checkers[name].is_valid(frame[:1])
            continue
        for field in frame.keys() - optional - ({"urlId"} if frame.get("type") == "error" else set()):
            rest = {key: value for key, value in frame.items() if key != field}
            assert not checkers[name].is_valid(rest), (name, field, frame)
            assert not checkers[name].is_valid({**rest, f"{field}_": frame[field]}), (name, field, frame)


def test_clients_and_servers_may_say_more_than_we_know() -> None:
    for vector in read_vectors("apply.jsonl"):
        for event in vector["when"]:
            known = event["type"] != "voted-text-chat"
            assert validator("event" if "seq" in event else "presence").is_valid({**event, "more": 1}) == known


def test_the_server_understands_whatever_the_schema_allows() -> None:
    checker = validator("from-client")
    for vector in read_vectors("session.jsonl"):
        for part in vector["when"]:
            text = json.dumps(part["say"]) if "say" in part else part.get("text", "")
            try:
                message = json.loads(text)
            except ValueError:
                continue
            try:
                is_understood = messages.decode(text) is not None
            except NotUnderstood:
                is_understood = False
            if checker.is_valid(message):
                assert is_understood, message
            elif is_understood:
                assert len(message["rooms"]) > 16, message


def test_every_message_type_is_described_and_told() -> None:
    said = {str(words.__struct_config__.tag) for words in messages._Words.__subclasses__()}
    heard = set(messages._decoders)
    code = "".join(SOURCES.values())
    events = set(re.findall(r'"((?:new|updated|deleted)-(?:text-chat|comment)|p-u)"', code))
    assert {"welcome", "watching", "typing"} <= said
    assert {"new-text-chat", "deleted-comment", "p-u"} <= events
    assert types_described("from-client") == heard
    assert types_described("from-server", "event", "presence") == said | events
    assert [type_ for type_ in sorted(said | heard | events) if f"`{type_}`" not in README] == []


def test_every_code_and_reason_is_told() -> None:
    closes = {code for text in SOURCES.values() for code in re.findall(r"^CLOSE_\w+ = (\d{4})$", text, re.MULTILINE)}
    assert {"1012", "4400", "4413"} <= closes
    errors = set(get_args(get_type_hints(Trouble)["code"]))
    reasons = set(get_args(Reason))
    assert [word for word in sorted(closes | errors | reasons) if f"`{word}`" not in README] == []
    from_server = SCHEMAS["from-server"]["$defs"]
    assert set(from_server["error"]["properties"]["code"]["enum"]) == errors
    assert set(from_server["watching"]["properties"]["reason"]["enum"]) == reasons


def types_described(*names: str) -> set[str]:
    """The values of `type` that schemas know."""
    found = set()
    for name in names:
        for _, part in walk(SCHEMAS[name]):
            type_ = part.get("properties", {}).get("type", {})
            found |= {type_["const"]} if "const" in type_ else set()
    return found


def samples(said: list[tuple[str, Frame]]) -> list[tuple[str, Frame]]:
    """One frame of each shape."""

    def shape(value: Frame) -> Any:
        if isinstance(value, dict):
            return {name: part if name == "type" else shape(part) for name, part in value.items()}
        return [shape(part) for part in value[:1]] if isinstance(value, list) else type(value).__name__

    return list({(name, json.dumps(shape(frame))): (name, frame) for name, frame in said}.values())


def mutate(frame: Frame, way: str = "") -> Iterator[tuple[str, Frame]]:
    """The frame with one value, anywhere in it, replaced by one of another type."""
    yield way, ["of another type"] if not isinstance(frame, list) else "of another type"
    if isinstance(frame, dict):
        for name, value in frame.items():
            yield from ((at, {**frame, name: wrong}) for at, wrong in mutate(value, f"{way}/{name}"))
    elif isinstance(frame, list):
        for index, value in enumerate(frame[:2]):
            changed = mutate(value, f"{way}/{index}")
            yield from ((at, [*frame[:index], wrong, *frame[index + 1 :]]) for at, wrong in changed)
