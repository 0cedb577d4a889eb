"""One connection of `/sub?v=2`: the vectors of protocol/session.jsonl against the pure machine, and by WebSocket.

The world of the vectors is told in protocol/README.md. Presence frames are left out, and so are fields that a vector
does not name.
"""

import base64
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from collabchat.core.catchup import Position, Standing, why_not
from collabchat.core.events import encode
from collabchat.core.messages import Heads, Watching
from collabchat.core.session import (
    ANSWER_WITHIN_S,
    GRACE_MS,
    HEARTBEAT_S,
    HELLO_WITHIN_S,
    Beat,
    Check,
    Effect,
    End,
    Enter,
    Leave,
    Notice,
    Say,
    Session,
    Watcher,
)
from tests.protocol.vectors import read_vectors
from tests.running import Site

Vector = dict[str, Any]

VECTORS = read_vectors("session.jsonl")
AT_ONCE = [vector for vector in VECTORS if all(part["at"] == 0 for part in vector["when"] + vector["then"])]

START_MS = 1_763_841_600_000
DAY_MS = 24 * 3_600_000
TOKENS = {
    "token-of-ana": Watcher("anon:ana", "a", START_MS + DAY_MS),
    "short-token-of-ana": Watcher("anon:ana", "a", START_MS + 20_000),
    "token-of-bo": Watcher("anon:bo", "b", START_MS + DAY_MS),
}
ROOMS = {"guide": Standing("e1", 0, 3), "quiet": Standing("e2", 0, 0)}


def message_of(part: dict[str, Any]) -> str | bytes:
    """What a client sends."""
    if "binary" in part:
        return base64.b64decode(part["binary"])
    return str(part["text"]) if "text" in part else json.dumps(part["say"])


def is_as(frame: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a frame (or a close, or a run of events) is what a vector says; `at` is compared too."""
    if "say" not in wanted:
        return frame == wanted
    said = frame.get("say", {})
    is_said = {name: said.get(name) for name in wanted["say"]} == wanted["say"]
    return is_said and bool(frame["at"] == wanted["at"])


def check(heard: list[dict[str, Any]], then: list[dict[str, Any]]) -> None:
    """Compare part by part, so that a failure shows the first that differs."""
    for frame, wanted in zip(heard, then, strict=False):
        assert is_as(frame, wanted), (frame, wanted)
    assert len(heard) == len(then), (heard, then)


class Line:
    """The pure machine with a clock, and as much of a server as it takes to carry out what it decides."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self._session = Session()
        self._now = 0

    def play(self, when: list[dict[str, Any]], until: int) -> None:
        """Let the client speak at its times, and the clock run on until a time."""
        clock = [(HELLO_WITHIN_S * 1_000, self._session.late)]
        for beat in range(HEARTBEAT_S * 1_000, until + 1, HEARTBEAT_S * 1_000):
            clock += [(beat, self._session.beat), (beat + ANSWER_WITHIN_S * 1_000, self._session.silent)]
        ends = {watcher.expires_at - START_MS + GRACE_MS for watcher in TOKENS.values()}
        clock += [(end, lambda: self._session.lapse(START_MS + self._now)) for end in ends]
        said = [(part["at"], lambda part=part: self._session.receive(message_of(part))) for part in when]
        for self._now, happen in sorted(said + clock, key=lambda happening: happening[0]):
            if self._now <= until:
                self._do(happen())

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Check(token):
                    self._do(self._session.admit(TOKENS.get(token)))
                case Enter(url_id, position):
                    self._enter(url_id, position)
                case Say(words):
                    self._hear(say=json.loads(encode(words)))
                case Beat(rooms):
                    self._hear(say=json.loads(encode(Heads({room: ROOMS[room].head for room in rooms}))))
                case End(code):
                    self._hear(close=code)
                case Leave() | Notice():
                    pass

    def _enter(self, url_id: str, position: Position | None) -> None:
        room = ROOMS.get(url_id, Standing("e3", 0, 0))
        seq = room.head if position is None else position.seq
        if position is not None and (reason := why_not(room, position)) is not None:
            self._session.leave(url_id)
            words = Watching(url_id, room.epoch, room.head, "reset", reason=reason)
            self._hear(say=json.loads(encode(words)))
            return
        self._hear(say=json.loads(encode(Watching(url_id, room.epoch, room.head, "resumed", missed=room.head - seq))))
        if seq < room.head:
            self._hear(urlId=url_id, events=list(range(seq + 1, room.head + 1)))

    def _hear(self, **frame: Any) -> None:
        self.heard.append({"at": self._now, **frame})


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_machine(vector: Vector) -> None:
    line = Line()
    line.play(vector["when"], until=max((part["at"] for part in vector["then"]), default=0))
    check(line.heard, vector["then"])


@pytest.fixture(scope="module")
def world(site: Site) -> dict[str, str]:
    """The names of the vectors, and what they are called on this server."""
    ana, bo = site.guest("Ana"), site.guest("Bo")
    chat = ana.created("session-guide")
    for text in ("Two", "Three"):
        assert ana.reply(chat["conversation"]["urlId"], text).status_code == 200
    guide, quiet = ana.snapshot("session-guide"), ana.snapshot("session-quiet")
    rooms = {f'"room-{number}"': f'"session-room-{number}"' for number in range(1, 18)}
    return rooms | {
        '"guide"': '"session-guide"',
        '"quiet"': '"session-quiet"',
        '"e1"': json.dumps(guide["epoch"]),
        '"e2"': json.dumps(quiet["epoch"]),
        '"token-of-ana"': json.dumps(guide["userIdWS"]),
        '"token-of-bo"': json.dumps(bo.snapshot("session-guide")["userIdWS"]),
    }


def translate(vector: Vector, world: dict[str, str]) -> Vector:
    """The vector with this server's names."""
    text = json.dumps(vector, ensure_ascii=False)
    for name, real in world.items():
        text = text.replace(name, real)
        text = text.replace(json.dumps(name)[1:-1], json.dumps(real)[1:-1])  # JSON as text within JSON
    translated: Vector = json.loads(text)
    return translated


def hear(site: Site, when: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Say all that the client says, and take down what the server says to it."""
    heard: list[dict[str, Any]] = []
    with connect(site.sub_url(tenantIdWS="demo", v="2"), compression=None) as socket:
        try:
            for number, part in enumerate(when):
                if number == 1:  # a close gives up what still waits to be sent, and the welcome shall be heard
                    take_down(heard, json.loads(socket.recv(timeout=10)))
                socket.send(message_of(part))
            while len(heard) < count:
                take_down(heard, json.loads(socket.recv(timeout=10)))
        except ConnectionClosed as closed:
            heard.append({"at": 0, "close": None if closed.rcvd is None else closed.rcvd.code})
    return heard


def take_down(heard: list[dict[str, Any]], frame: Any) -> None:
    """Note a frame; events that follow each other are one part, however they are batched."""
    events = frame if isinstance(frame, list) else [frame]
    if "seq" in events[0] and "result" not in events[0]:
        seqs = [event["seq"] for event in events]
        if heard and "events" in heard[-1]:
            heard[-1]["events"] += seqs
        else:
            heard.append({"at": 0, "urlId": events[0]["urlId"], "events": seqs})
    elif frame["type"] not in {"p-u", "h"}:  # a heart may beat at any moment
        heard.append({"at": 0, "say": frame})


@pytest.mark.parametrize("vector", AT_ONCE, ids=lambda vector: vector["name"])
def test_the_server(site: Site, world: dict[str, str], vector: Vector) -> None:
    here = translate(vector, world)
    check(hear(site, here["when"], len(here["then"])), here["then"])
