"""Which refusals are written down: the first in a minute of what somebody asks for again and again.

A line in the audit log is a write, which others wait for, and stays for years: who asks in a loop neither holds them up
nor buries what was really done.
"""

import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter

from collabchat.identity.windows import Windows

WINDOW_S = 60
ONCE_A_MINUTE = RateLimitItemPerMinute(1)


class Refusals:
    """Remembers what was refused this minute, no more of it than `Windows` holds. Runs on the event loop only."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(Windows(WINDOW_S, clock=clock))

    def is_news(self, tenant_id: str, actor_id: str, method: str, route: str, subject: str) -> bool:
        """Whether nobody was told yet; from now on they were. `route` has its parameters unfilled: those are many."""
        return self._limiter.hit(ONCE_A_MINUTE, tenant_id, actor_id, method, route, subject)
