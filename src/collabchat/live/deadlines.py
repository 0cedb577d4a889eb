"""Deadlines that are all equally long, by one timer for all: what begins first ends first."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadlines(Generic[T]):
    """Calls `due` with each (hashable) item that was started `after_s` ago and not stopped."""

    def __init__(self, after_s: float, due: Callable[[T], object]) -> None:
        self.after_s = after_s
        self._due = due
        self._until: dict[T, float] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def __contains__(self, item: T) -> bool:
        return item in self._until

    def __len__(self) -> int:
        return len(self._until)

    def start(self, item: T) -> None:
        """Start an item's time, or start it anew."""
        self._until.pop(item, None)
        loop = asyncio.get_running_loop()
        until = self._until[item] = loop.time() + self.after_s
        if self._alarm is None:
            self._alarm = loop.call_at(until, self._ring, loop)

    def stop(self, item: T) -> None:
        """The item is done, if it was not before."""
        self._until.pop(item, None)

    def close(self) -> None:
        """Forget everything."""
        self._until.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        # The old alarm stands until all is done, so that whoever starts anew in here does not set one that is too late.
        for item in [item for item, until in self._until.items() if until <= now]:
            if self._until.get(item, now + 1) <= now:
                del self._until[item]
                try:
                    self._due(item)
                except Exception as error:
                    loop.call_exception_handler({"message": "A deadline failed", "exception": error})
        first = next(iter(self._until.values()), None)
        self._alarm = None if first is None else loop.call_at(first, self._ring, loop)
