"""People who read and write without pause, and of whom every byte that reaches them is kept."""

import copy
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

import httpx

from tests.access.line import END, Line, v2
from tests.faults.nursery import QuickSite
from tests.running import Site, Visitor, new_id

KINDS = ("new-text-chat", "updated-text-chat", "deleted-text-chat", "watching", "error", END)


class Recorder(httpx.Client):
    """Keeps whatever is answered, heads included."""

    def __init__(self, base: str) -> None:
        super().__init__(base_url=base, timeout=30)
        self.heard = bytearray()

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = super().send(request, **options)
        self.heard += b"\n".join((answer.read(), *(value for _, value in answer.headers.raw)))
        return answer


class _Ear(Site):
    """The site, as one person hears it."""

    def __init__(self, site: QuickSite) -> None:
        self.base, self.port = site.base, site.port
        self.http = Recorder(site.base)


class Resident:
    """Somebody at a tenant, with all that reached them."""

    def __init__(self, visitor: Visitor, site: QuickSite) -> None:
        self.ear = _Ear(site)
        self.visitor = copy.copy(visitor)
        self.visitor.site = self.ear
        self.on_sockets = bytearray()
        self.events = 0
        """How many came on sockets."""

    @property
    def heard(self) -> bytes:
        """Every byte."""
        assert isinstance(self.ear.http, Recorder)
        return bytes(self.ear.http.heard + self.on_sockets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ear.http.close()

    def read_on(self, page: str, more: list[str], count: int, rounds: int) -> None:
        """Watch a page, and whatever else there may be, coming back by turns in both ways, from where they were."""
        snapshot = self.visitor.snapshot(page)
        rooms = snapshot.get("rooms") or [{"urlId": page, "epoch": snapshot["epoch"], "seq": snapshot["seq"]}]
        wanted = [*rooms, *({"urlId": room} for room in more)]
        for number in range(rounds):
            if number % 2:
                line = Line(self.ear.port, self.visitor.live_ids(page))
            else:
                line = v2(self.ear.port, self.visitor.tenant)
                line.say("hello", token=snapshot["userIdWS"], rooms=wanted)
            with line:
                line.wait(count, *KINDS)
            self.on_sockets += line.bytes
            self.events += len([words for words in line.heard if "seq" in words])
            self.look_around(page, more)

    def look_around(self, page: str, more: list[str]) -> None:
        """Ask for all that can be read."""
        snapshot, ask = self.visitor.snapshot(page), self.visitor.request
        token, threads = snapshot["userIdWS"], [it["urlId"] for it in snapshot["conversations"][-2:]]
        for room in (page, *more, *threads):
            ask("GET", "/event-log/{t}", params={"urlId": room, "userIdWS": token, "afterSeq": 0})
            ask("GET", "/event-log/{t}", params={"urlId": room, "userIdWS": token, "startTime": 1})
            for path in (
                "comments/{t}",
                "comment-collab-chats/{t}",
                "pages/{t}/users/online",
                "pages/{t}/users/offline",
            ):
                ask("GET", f"/{path}", params={"urlId": room})
        ids = ",".join({it["createdBy"]["id"] for it in snapshot["conversations"]})
        ask("GET", "/pages/{t}/users/info", params={"ids": ids})
        asked = {"tenantId": self.visitor.tenant, "urlIdWS": snapshot["urlIdWS"], "userIds": ids}
        ask("GET", "/user-presence-status", params=asked)
        for path in ("/people/{t}", "/bans/{t}", "/openapi.json", "/healthz"):
            ask("GET", path)


class Made:
    """What has been written: the ids of everything."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def note(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Note what an answer names."""
        event, chat = answer["event"], answer.get("conversation") or {}
        self.ids |= {event["broadcastId"], event["chat"]["_id"]}
        self.ids |= {it["_id"] for it in (event.get("comment"), chat) if it}
        return answer


def write_on(person: Visitor, page: str, word: str, made: Made, is_over: threading.Event, **fields: Any) -> None:
    """Do whatever can be done with discussions, again and again; `word` is in each text, name, title and address."""
    while not is_over.is_set():
        said = [f"{word} {new_id()}" for _ in range(6)]
        comment = {"comment": said[0], "commenterName": said[1], "url": f"https://x.example/{word}", "urlId": page}
        anchor = {"v": 1, "quote": said[2], "start": 1, "end": 9, "prefix": word, "suffix": word}
        body = {"comment": comment, "anchor": anchor, "pageTitle": said[3], "selector": f"#{word}", **fields}
        chat = made.note(person.created(page, **body))
        reply = made.note(person.reply(chat["conversation"]["urlId"], said[4]).json())
        made.note(person.edit(reply["comment"]["_id"], said[5]).json())
        made.note(person.change(chat["createdChatId"], isResolved=True, pageTitle=said[4]).json())
        made.note(person.uncomment(reply["comment"]["_id"]).json())
        made.note(person.delete(chat["createdChatId"]).json())


@contextmanager
def at_once(*work: Callable[[threading.Event], object]) -> Iterator[Callable[..., "Future[Any]"]]:
    """Keep all this going until the end of the block, in which more can be begun; whatever failed is raised."""
    is_over = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        going = [pool.submit(each, is_over) for each in work]
        try:
            yield pool.submit
        finally:
            is_over.set()
        for each in going:
            each.result()
