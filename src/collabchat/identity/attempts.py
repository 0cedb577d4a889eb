"""How often somebody may try to sign in to the dashboard by password: from one address, and for one e-mail address.

Who guesses from one place is stopped by the first limit, and so keeps nobody else out; from many, by the second.
"""

import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter

from collabchat.identity.rate_limits import refusal
from collabchat.identity.windows import Windows

WINDOW_MIN = 15
OF_ADDRESS = 20
OF_EMAIL = 60


class Attempts:
    """Counts tries, the successful ones too; `is_on=False` counts nothing. Runs on the event loop only."""

    def __init__(self, *, is_on: bool, clock: Callable[[], float] = time.time) -> None:
        self._is_on = is_on
        self._limiter = SlidingWindowCounterRateLimiter(Windows(WINDOW_MIN * 60, clock=clock))
        self._of_address = RateLimitItemPerMinute(OF_ADDRESS, WINDOW_MIN)
        self._of_email = RateLimitItemPerMinute(OF_EMAIL, WINDOW_MIN)

    def admit(self, address: str, email: str) -> None:
        """Count a try, before it is known how it ends; raises RateLimited with the seconds to wait."""
        if not self._is_on:
            return
        for limit, who in ((self._of_address, ("address", address)), (self._of_email, ("email", email))):
            if not self._limiter.hit(limit, *who):
                raise refusal(self._limiter, limit, who)
