"""How much one person or address may ask, per class of request; `limits` counts in a moving window."""

from typing import Literal

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from collabchat.errors import RateLimited

Kind = Literal["session", "write", "read", "connect"]

LIMITS = {
    "session": parse("600/minute"),  # new sessions of one address
    "write": parse("120/minute"),  # writes of one person
    "read": parse("6000/minute"),  # reads of one address
    "connect": parse("1200/minute"),  # sockets of one address
}


class RateLimits:
    """Counts requests by tenant, kind and who asks; `is_on=False` counts nothing (benchmarks, tests)."""

    def __init__(self, *, is_on: bool) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage()) if is_on else None

    def hit(self, tenant_id: str, kind: Kind, who: str, now_s: float) -> None:
        """Count one request; raises RateLimited with the seconds to wait."""
        if self._limiter is None:
            return
        limit = LIMITS[kind]
        if not self._limiter.hit(limit, tenant_id, kind, who):
            reset_at = self._limiter.get_window_stats(limit, tenant_id, kind, who).reset_time
            raise RateLimited(max(1, round(reset_at - now_s)))
