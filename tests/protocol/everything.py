"""A run on a real server in which everything happens that can be said, and all that was said."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.protocol.make_vectors import SCENARIOS, Author, Cast, look
from tests.protocol.vectors import validator
from tests.running import SSO_TENANT, Site, Visitor

Frame = Any


class Run:
    """(schema, answer or frame) of all that was said, and the frames as text."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Frame]] = []
        self.texts: list[str] = []

    def take_answer(self, response: httpx.Response) -> None:
        """Note an answer over HTTP."""
        response.read()
        self.said.append((answer_schema(response), response.json()))

    def take_frame(self, schema: str, text: str) -> None:
        """Note what came over a socket."""
        self.texts.append(text)
        self.said.append((schema, json.loads(text)))


def answer_schema(response: httpx.Response) -> str:
    """The schema of an answer."""
    method, path = response.request.method, response.request.url.path.strip("/")
    if response.is_error:
        return "failure"
    if method != "GET":
        return "session" if path.startswith("sessions/") else "write-answer"
    return {"comment-collab-chats": "snapshot", "comments": "comments", "event-log": "event-log"}[path.split("/")[0]]


class Listener:
    """Two sockets on a page, one of each way in; a context manager, which takes what is left when it ends."""

    def __init__(self, run: Run, visitor: Visitor, page: str) -> None:
        self._run = run
        self._visitor = visitor
        self._page = page
        self._sockets = ExitStack()

    def __enter__(self) -> Self:
        url = self._visitor.site.sub_url(tenantIdWS=self._visitor.tenant, v="2")
        self._classic = self._sockets.enter_context(self._visitor.socket(self._page))
        self._socket = self._sockets.enter_context(connect(url, compression=None))
        self.say(type="hello", token=self._visitor.snapshot(self._page)["userIdWS"], rooms=[{"urlId": self._page}])
        self.wait_for(lambda frame: "result" in frame)
        return self

    def __exit__(self, *_: object) -> None:
        with self._sockets:
            for schema, socket in (("classic", self._classic), ("from-server", self._socket)):
                with suppress(TimeoutError, ConnectionClosed):
                    while True:
                        self._run.take_frame(schema, str(socket.recv(timeout=0.05)))

    def say(self, **message: Any) -> None:
        """Send a message by the second way in."""
        assert validator("from-client").is_valid(message), message
        self._socket.send(json.dumps(message))

    def wait_for(self, is_it: Callable[[Frame], bool]) -> Frame:
        """Take frames until one is so."""
        while True:
            text = str(self._socket.recv(timeout=10))
            self._run.take_frame("from-server", text)
            if is_it(frame := json.loads(text)):
                return frame

    def wait_for_seq(self, seq: int) -> None:
        """Take frames until the page's event with this number is there."""

        def is_it(frame: Frame) -> bool:
            events = frame if isinstance(frame, list) else [frame]
            return any(event.get("seq") == seq and event["urlId"] == self._page for event in events)

        self.wait_for(is_it)


def play_everything(site: Site) -> Run:
    """Play all commands and all that is not a command."""
    run = Run()
    site.http.event_hooks = {"response": [run.take_answer]}
    for scenario in SCENARIOS:
        cast = Cast(site, f"run-{scenario.__name__}", pause_s=0)
        acts = scenario(cast)
        next(acts)
        before = cast.mia.visitor.snapshot(cast.page)
        with Listener(run, cast.gus.visitor, cast.page) as listener:
            for chat in before["conversations"]:
                listener.say(type="watch", urlId=chat["urlId"])
                listener.wait_for(lambda frame: "result" in frame)
            assert next(acts, "over") == "over"
            listener.wait_for_seq(look(cast)["seq"])
        run.said += [("event", event) for event in cast.mia.visitor.log(cast.page, afterSeq=0)["events"]]
    watch_and_type(site, run)
    be_refused(site, run)
    site.http.event_hooks = {}
    return run


def watch_and_type(site: Site, run: Run) -> None:
    """Missed events in a batch, typing, resets, one room too many, a fresh token, settled writes."""
    cast = Cast(site, "run-words", pause_s=0)
    mia, page = cast.mia.visitor, cast.page
    chat = cast.mia.begin()
    for number in range(5):
        cast.gus.reply(chat, f"Number {number}")
    params = {"urlId": page, "pending": f"{page}-b1,never-sent"}
    snapshot = mia.request("GET", "/comment-collab-chats/{t}", params=params).json()
    assert [event["seq"] for event in snapshot["settled"]] == [1]
    mia.log(page, afterSeq=0, epoch="another")
    mia.log(page, afterSeq=99)
    with Listener(run, mia, page) as listener:
        room = {"urlId": page, "epoch": snapshot["epoch"]}
        listener.say(type="watch", **room, seq=0)
        listener.wait_for(lambda frame: isinstance(frame, list))
        listener.say(type="typing", urlId=page, chatId=chat.id)
        typing = listener.wait_for(lambda frame: frame["type"] == "typing")
        assert typing["user"] == {"id": mia.id, "name": "Mia"}
        assert abs(typing["untilMs"] - 6_000 - time.time() * 1_000) < 5_000
        listener.say(type="watch", **room, seq=99)
        assert listener.wait_for(lambda frame: "reason" in frame)["reason"] == "ahead"
        listener.say(type="watch", urlId=page, epoch="another", seq=1)
        assert listener.wait_for(lambda frame: "reason" in frame)["reason"] == "epoch"
        for number in range(17):
            listener.say(type="watch", urlId=f"run-words-{number}")
        assert listener.wait_for(lambda frame: frame["type"] == "error")["code"] == "too-many-rooms"
        listener.say(type="unwatch", urlId="run-words-3")
        listener.say(type="h")
        listener.say(type="auth", token=snapshot["userIdWS"])
        listener.wait_for(lambda frame: frame["type"] == "welcome")


def be_refused(site: Site, run: Run) -> None:
    """Failures of many kinds, and a leave, which is told after a while."""
    page = "run-refused"
    ana, mia = site.guest("Ana", SSO_TENANT), Author(site.member("Mia"), page, iter((1, 2)), 0)
    with Listener(run, ana, page) as listener:
        for fields in ({"range": "x"}, {"urlId": ...}, {"comment": {"comment": " "}}, {"broadcastId": ...}):
            assert ana.create(page, **fields).status_code == 400
        assert ana.create(page, "x" * 3_000).json()["maxCharacterLength"] == 2_000
        with mia.visitor.socket(page):
            # Who goes before their coming was told goes without a word.
            listener.wait_for(lambda frame: mia.visitor.id in frame.get("uj", ()))
            chat = mia.begin()
            assert ana.delete(chat.id).status_code == 403
            assert ana.delete("nothing").status_code == 404
            assert mia.visitor.create(page, "Other", broadcastId=f"{page}-b1").status_code == 422
            params: dict[str, str | int] = {"urlId": page, "userIdWS": "x", "afterSeq": 0}
            assert site.http.get("/event-log/acme", params=params).status_code == 403
        listener.wait_for(lambda frame: frame.get("ul") == [mia.visitor.id])
