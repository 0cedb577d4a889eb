"""An event loop whose clock jumps to the next timer when nothing is left to do: hours pass in milliseconds."""

import asyncio
import heapq
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready at once; never waits."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__()

    def time(self) -> float:
        return self._now_s

    def now_ms(self) -> float:
        """The clock, in ms."""
        return self._now_s * 1_000

    def pass_ms(self, ms: float) -> None:
        """Let time pass."""
        self.run_until_complete(asyncio.sleep(ms / 1_000))

    def _run_once(self) -> None:
        this: Any = self
        # As the loop itself would: what was called off is not waited for.
        while this._scheduled and this._scheduled[0]._cancelled:
            heapq.heappop(this._scheduled)._scheduled = False
            this._timer_cancelled_count -= 1
        if not this._ready and this._scheduled:
            self._now_s = max(self._now_s, this._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]
