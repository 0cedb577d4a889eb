"""What happens to the lines: faults drawn from a seed, one after the other, each for a while."""

import random
import time
from collections import Counter

from tests.faults.proxy import ChaosProxy, Link, Mode

STUCK: tuple[Mode, ...] = ("blackhole", "half-open", "slow", "latency", "drop-answer")


class Weather:
    """Lets faults come over the proxy's connections. Call `turn` again and again, and `clear` at the end."""

    def __init__(self, proxy: ChaosProxy, seed: int, longest_s: float) -> None:
        self.faults: Counter[str] = Counter()
        self._proxy = proxy
        self._dice = random.Random(seed)
        self._longest_s = longest_s
        self._until = 0.0
        self._struck: list[tuple[float, Link]] = []

    def turn(self) -> None:
        """End what has lasted long enough, and perhaps begin something else."""
        now = time.monotonic()
        for until, link in list(self._struck):
            if now >= until:
                self._struck.remove((until, link))
                link.mode = "pass"
        if now >= self._until:
            self._proxy.mode = "pass"
            self._proxy.cut_within(0, 0)
            if self._dice.random() < 0.5:
                self._strike(now)

    def clear(self) -> None:
        """End all faults."""
        for _, link in self._struck:
            link.mode = "pass"
        self._struck.clear()
        self._proxy.mode = "pass"
        self._proxy.cut_within(0, 0)

    def _strike(self, now: float) -> None:
        dice = self._dice
        kind = dice.choice(["cut", "cut-all", "cut-within", "refuse", *STUCK, *STUCK])
        self.faults[kind] += 1
        links = self._proxy.open_links()
        some = dice.sample(links, min(len(links), dice.randint(1, 8)))
        if kind == "cut":
            for link in some:
                link.cut()
        elif kind == "cut-all":
            self._proxy.cut_all()
        elif kind == "cut-within":
            self._proxy.cut_within(100, 20_000)
            self._until = now + dice.uniform(0.1, 2)
        elif kind == "refuse":
            self._proxy.mode = "refuse"
            self._until = now + dice.uniform(0.05, 0.5)
        else:
            for link in some:
                link.mode = next(mode for mode in STUCK if mode == kind)
                self._struck.append((now + dice.uniform(0.1, self._longest_s), link))
