"""The two clocks: one that is told to others, and one that only goes forward."""

import time


def now_ms() -> int:
    """Now, in epoch ms."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> float:
    """Now, in ms of a clock that is never set."""
    return time.monotonic_ns() / 1e6
