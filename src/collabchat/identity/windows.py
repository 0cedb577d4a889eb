"""Counters for `limits`: of the present minute and the one before, each dropped as a whole when it is over.

`limits`' own memory storage looks through all its keys every 10 ms, in a thread. Here a counter costs its key and a
number, nothing runs beside the requests, and there are never more than `KEYS_MAX` of a minute: who asks from millions
of addresses makes minutes pass sooner, and no more.
"""

import time
from collections.abc import Callable

from limits.storage import SlidingWindowCounterSupport, Storage

KEYS_MAX = 50_000

DROPPED_AT_ONCE = 4
"""For each key that comes, so many old ones go: to free them all at once would hold everybody up."""


class Windows(Storage, SlidingWindowCounterSupport):
    """Limits of one length of time, for `SlidingWindowCounterRateLimiter`. Runs on the event loop only."""

    STORAGE_SCHEME = None

    def __init__(self, length_s: int, keys_max: int = KEYS_MAX, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._length_s = length_s
        self._keys_max = keys_max
        self._clock = clock
        self._number = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._old: dict[str, int] = {}

    def __len__(self) -> int:
        """How many keys there are, those that are about to go as well."""
        return len(self._now) + len(self._before) + len(self._old)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count, if that is within the limit."""
        before, before_left_s, now, _ = self.get_sliding_window(key, expiry)
        if int(before * before_left_s / expiry + now) + amount > limit:
            return False
        self._add(key, amount)
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """What was counted in the window before and in this one, and how long either still counts."""
        assert expiry == self._length_s
        self._turn()
        left_s = expiry - self._clock() % expiry
        return self._before.get(key, 0), left_s, self._now.get(key, 0), left_s + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a key."""
        self.clear(key)

    def _turn(self) -> None:
        """Drop what is over."""
        number = int(self._clock() // self._length_s)
        if number == self._number:
            return
        is_next = number == self._number + 1
        self._number = number
        self._begin(self._now if is_next else {})

    def _begin(self, before: dict[str, int]) -> None:
        """Begin a window; of what is dropped, the most is kept to be freed by and by."""
        self._old = max(self._old, self._before, self._now if self._now is not before else {}, key=len)
        self._now, self._before = {}, before

    def _add(self, key: str, amount: int) -> None:
        if key not in self._now:
            for _ in range(min(DROPPED_AT_ONCE, len(self._old))):
                self._old.popitem()
            if len(self._now) >= self._keys_max:
                self._begin(self._now)
        self._now[key] = self._now.get(key, 0) + amount

    # -- What else a storage has to be able to do ----------------------------------------------------------------------

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how often this window has been."""
        self._turn()
        self._add(key, amount)
        return self._now[key]

    def get(self, key: str) -> int:
        """How often this window has been counted."""
        self._turn()
        return self._now.get(key, 0)

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch."""
        return (self._clock() // self._length_s + 1) * self._length_s

    def check(self) -> bool:
        """It works."""
        return True

    def reset(self) -> int:
        """Forget everything."""
        known = len(self)
        self._now, self._before, self._old = {}, {}, {}
        return known

    def clear(self, key: str) -> None:
        """Forget a key."""
        for window in (self._now, self._before):
            window.pop(key, None)
