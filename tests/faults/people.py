"""Writers that never give up, and people whose every byte goes through the chaos proxy."""

import copy
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from tests.faults.nursery import new_http
from tests.faults.proxy import ChaosProxy
from tests.running import Site, Visitor, new_id

Answer = dict[str, Any]
GIVE_UP_S = 60


class Detour(Site):
    """The site as it is reached through the proxy."""

    def __init__(self, proxy: ChaosProxy, timeout: float) -> None:
        self.base = proxy.base
        self.http = new_http(proxy.base, timeout)


@contextmanager
def through(visitor: Visitor, proxy: ChaosProxy, timeout: float = 2) -> Iterator[Visitor]:
    """The same person, who reaches the server through the proxy."""
    other = copy.copy(visitor)
    other.site = Detour(proxy, timeout)
    with other.site.http:
        yield other


def insist(ask: Callable[[], httpx.Response]) -> Answer:
    """Ask until there is an answer with success; `ask` must name the same write each time."""
    give_up_at = time.monotonic() + GIVE_UP_S
    while True:
        try:
            answer = ask()
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code >= 500, answer.text
        except (httpx.HTTPError, RuntimeError):  # RuntimeError: the site closed this client, to start anew
            pass
        assert time.monotonic() < give_up_at, "The server never answered."
        time.sleep(0.02)


def create(visitor: Visitor, page: str, text: str = "Hello", **fields: Any) -> Answer:
    """Begin a conversation, however often that must be asked for."""
    broadcast_id = new_id()
    return insist(lambda: visitor.create(page, text, broadcastId=broadcast_id, **fields))


def reply(visitor: Visitor, thread: str, text: str) -> Answer:
    """Add a comment, however often that must be asked for."""
    broadcast_id = new_id()
    return insist(lambda: visitor.reply(thread, text, broadcast_id))


class Crowd:
    """Some people who write to a page at once, each one comment after the other; `answers` holds all answers so far."""

    def __init__(self, people: Iterable[Visitor], page: str, thread: str | None = None) -> None:
        self.answers: list[Answer] = []
        self._people = list(people)
        self._page = page
        self._thread = thread
        self._pool = ThreadPoolExecutor(len(self._people))
        self._is_over = threading.Event()
        self._work: list[Future[None]] = []

    def write(self, each: int, text: str = "Hello") -> "Crowd":
        """Let everybody begin to write so many."""
        for person in self._people:
            self._work.append(self._pool.submit(self._write, person, each, text))
        return self

    def settle(self) -> None:
        """Wait until all that was begun is written."""
        for work in self._work:
            work.result(timeout=2 * GIVE_UP_S)

    def finish(self) -> list[Answer]:
        """Wait until all is written; returns the answers. Nothing more can be written."""
        self.settle()
        self._pool.shutdown()
        return self.answers

    def stop(self) -> list[Answer]:
        """Let everybody finish only what they are writing."""
        self._is_over.set()
        return self.finish()

    def _write(self, person: Visitor, each: int, text: str) -> None:
        for number in range(each):
            if self._is_over.is_set():
                return
            if self._thread is None:
                self.answers.append(create(person, self._page, f"{text} {number}"))
            else:
                self.answers.append(reply(person, self._thread, f"{text} {number}"))


def write_many(people: Iterable[Visitor], page: str, count: int, text: str = "Hello") -> list[Answer]:
    """Write at least so many comments as quickly as may be; returns the answers."""
    everybody = list(people)
    thread = create(everybody[0], page)["conversation"]["urlId"]
    each = -(-count // len(everybody))
    return Crowd(everybody, page, thread).write(each, text).finish()
