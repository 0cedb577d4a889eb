"""Whose job is next: of one tenant, the one that came first; between tenants, each in its turn, however many wait."""

import queue
import threading
from collections import OrderedDict, deque
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")

on_behalf_of: ContextVar[str] = ContextVar("on_behalf_of", default="")
"""The tenant for whom the present task reads and writes; "" is the server itself.

Whoever lets in a request or a socket says it, once for all that comes of it: a query that forgot it would be unfair.
"""


class Turns(Generic[T]):
    """A queue between threads, for any number of either."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lanes: OrderedDict[str, deque[T]] = OrderedDict()
        # One for each job that waits, and for each call of `end`.
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()

    def put(self, tenant_id: str, job: T) -> None:
        """Add a job behind those of its tenant."""
        with self._lock:
            self._lanes.setdefault(tenant_id, deque()).append(job)
        self._tokens.put(None)

    def end(self) -> None:
        """Let one taker go, as soon as no job waits any more."""
        self._tokens.put(None)

    def take(self) -> T | None:
        """Wait for a job; None at the end."""
        self._tokens.get()
        return self._next()

    def take_waiting(self) -> T | None:
        """The next job, if one waits now."""
        try:
            self._tokens.get_nowait()
        except queue.Empty:
            return None
        if (job := self._next()) is None:
            # That was the end, which is for `take`.
            self.end()
        return job

    def _next(self) -> T | None:
        with self._lock:
            if not self._lanes:
                return None
            tenant_id, lane = next(iter(self._lanes.items()))
            job = lane.popleft()
            if lane:
                self._lanes.move_to_end(tenant_id)
            else:
                del self._lanes[tenant_id]
            return job
