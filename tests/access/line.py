"""A socket to the live channel of which every byte is kept, whatever it was let in for."""

import json
from typing import Any, Self
from urllib.parse import urlencode

from tests.faults.bare import CLOSE, TEXT, Bare, code_of, frame, handshake
from tests.running import Visitor

Words = dict[str, Any]
END = "end"


class Line:
    """One socket; a context manager. `status` is how the handshake was answered, `code` how it ended."""

    def __init__(self, port: int, asked: dict[str, str], *headers: str) -> None:
        self.code: int | None = None
        self.heard: list[Words] = []
        """Words and events, batches taken apart."""
        self.bytes = bytearray()
        self._taken = 0
        self._bare = Bare(port)
        self._bare.send(handshake("x", *headers).replace(b"tenantIdWS=x&v=2", urlencode(asked).encode()))
        self.status = self._bare.answer()
        self.head = self._bare.head

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bare.__exit__()

    def say(self, type_: str, **words: Any) -> Self:
        """Send a message."""
        self._bare.send(frame(json.dumps({"type": type_, **words}).encode()))
        return self

    def hear(self, *kinds: str) -> Words:
        """The next words or event of one of these types; at the end always `{"type": "end", "code": …}`."""
        while True:
            while self._taken < len(self.heard):
                self._taken += 1
                if (words := self.heard[self._taken - 1])["type"] in kinds:
                    return words
            if self.code is not None:
                return {"type": END, "code": self.code}
            self._read()

    def wait(self, count: int, *kinds: str) -> None:
        """Read on until so many of these types have come, or the end."""
        for _ in range(count):
            if self.hear(*kinds)["type"] == END:
                return

    def end(self) -> int:
        """Read on to the end; the code that it came with."""
        while self.code is None:
            self._read()
        return self.code

    def settle(self, token: str) -> Self:
        """Come back when the server has done all that was said, and told all that came before."""
        self.say("auth", token=token)
        self.hear("welcome")
        return self

    def watch(self, token: str, *rooms: str) -> Self:
        """Say hello and watch rooms from now on, those again that are reset; returns when all are watched, or refused.

        Whoever does not watch a room that they might is made to look for it, once.
        """
        self.say("hello", token=token, rooms=[{"urlId": room} for room in rooms]).hear("welcome")
        self.settle(token)
        for room in rooms:
            if self._is_reset(room):
                self.say("watch", urlId=room).settle(token)
        return self

    def _is_reset(self, room: str) -> bool:
        answers = [words["result"] for words in self.of("watching") if words["urlId"] == room]
        return answers[-1:] == ["reset"]

    def of(self, kind: str) -> list[Words]:
        """All of this type that was heard."""
        return [words for words in self.heard if words["type"] == kind]

    def _read(self) -> None:
        opcode, payload = self._bare.next_frame()
        self.bytes += payload
        if opcode == CLOSE:
            self.code = code_of(payload)
        elif opcode == TEXT:
            words = json.loads(payload)
            self.heard += words if isinstance(words, list) else [words]


def v2(port: int, tenant: str, *headers: str) -> Line:
    """A socket of our way in, that has said nothing."""
    return Line(port, {"tenantIdWS": tenant, "v": "2"}, *headers)


def listen(port: int, visitor: Visitor, *rooms: str) -> Line:
    """A socket of somebody who watches rooms from now on; returns when they do."""
    return v2(port, visitor.tenant).watch(visitor.snapshot(rooms[0])["userIdWS"], *rooms)


def classic(port: int, visitor: Visitor, room: str) -> Line:
    """A socket of the classic way in, to one room."""
    return Line(port, visitor.live_ids(room))
