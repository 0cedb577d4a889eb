"""How often something may happen: a leaky bucket that is one number (the generic cell rate algorithm, ITU-T I.371)."""

from msgspec import Struct


class Pace(Struct, frozen=True):
    """So many a second on average, and `burst` of them at once. A rate of 0 allows everything."""

    per_s: float
    burst: int

    def step(self, full_at: float, now: float) -> float | None:
        """Let one more happen: the number to keep until the next (at first 0), or None if it is too soon.

        `now` is in seconds of a monotonic clock.
        """
        if not self.per_s:
            return full_at
        full_at = max(full_at, now) + 1 / self.per_s
        # The thousandth stands clear of how floating-point numbers round.
        return None if full_at - now > (self.burst + 0.001) / self.per_s else full_at
