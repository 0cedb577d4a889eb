"""How measuring goes: one candidate started for each case, and all in turns, so that they share the machine's moods.

Every figure is the median over the repetitions.
"""

import json
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fanout.candidates import Candidate, Place
from benchmarks.fanout.install import TOOLS, Installed
from benchmarks.fanout.loader import Loader, LoadError
from benchmarks.fanout.processes import SERVER_CORE, ServerProcess, free_port

Figures = dict[str, float]
Taken = dict[str, dict[str, list[float]]]
"""By candidate and figure: one value for each repetition."""

PASSING_AT_ONCE = 32
QUIET_S = 0.5
"""Longer than any server still collects what follows on something else."""


@dataclass
class Run:
    """One candidate, started, with a load generator that knows how to talk to it. `size` of the work: 1 in full."""

    candidate: Candidate
    server: ServerProcess
    loader: Loader
    facts: dict[str, Any]
    size: float
    published: int = 0

    def open(self, viewers: int, pages: int = 1) -> None:
        """Let viewers in, and keep them."""
        self.loader.do("open", viewers, pages)

    def calm(self, count: int, rate: float) -> dict[str, Any]:
        """Publish at a moderate rate, to a server that has been left alone before."""
        time.sleep(QUIET_S)
        return self.publish(count, outstanding=1_000, rate=rate)

    def publish(self, count: int, *, outstanding: int = 1, burst: int = 1, rate: float = 0) -> dict[str, Any]:
        """Publish; to what load.c tells is added what it cost the server: `cpu_us`, for each delivery."""
        before = self.server.cpu_ns()
        figures = self.loader.do("publish", max(2, round(count * self.size)), outstanding, burst, rate)
        figures["cpu_us"] = (self.server.cpu_ns() - before) / 1e3 / max(1, figures["deliveries"])
        self.published += figures["messages"]
        return figures

    def holds_ms(self) -> list[float]:
        """How long our server's event loop was held at a time since it was last asked, the longest last."""
        with socket.create_connection(("127.0.0.1", self.facts["control"]), 20) as control, control.makefile() as lines:
            control.sendall(b"?\n")
            return list(json.loads(lines.readline()))

    def come_and_go(self, count: int) -> float:
        """Have viewers come and go; the server's CPU for each, in µs."""
        count = max(100, round(count * self.size))
        before = self.server.cpu_ns()
        self.loader.do("pass", count, PASSING_AT_ONCE)
        return (self.server.cpu_ns() - before) / 1e3 / count


@contextmanager
def started(
    candidate: Candidate,
    installed: Installed,
    tls: tuple[Path, ...],
    size: float,
    more: Sequence[str] = (),
    core: int | None = SERVER_CORE,
) -> Iterator[Run]:
    """A fresh server and a fresh load generator, which end with the block."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=TOOLS) as name:
        place = Place(Path(name), free_port(), free_port(), tls, installed)
        command = [*candidate.start(place), *more]
        with ServerProcess(command, place.folder / "stderr.log", core) as server:
            server.wait_for_port(place.port)
            facts = server.facts() if candidate.says_facts else {}
            with Loader(installed.load, candidate.commands(place, facts)) as loader:
                yield Run(candidate, server, loader, facts, size)


@dataclass
class Bench:
    """One call of the benchmark: what is installed, how much is to be done, and whom to tell."""

    installed: Installed
    repeats: int
    size: float
    note: Callable[[str, bool], None]

    def take(
        self, scenarios: Iterable["Scenario"], candidates: Sequence[Candidate], tls: tuple[Path, ...] = ()
    ) -> Taken:
        """Each scenario with every candidate, then again."""
        taken: Taken = {candidate.name: defaultdict(list) for candidate in candidates}
        for scenario in scenarios:
            those = [each for each in candidates if each.name not in scenario.skips]
            self.interleave({each.name: partial(self._case, scenario, each, tls) for each in those}, taken)
        return taken

    def interleave(self, cases: dict[str, Callable[[], Figures]], taken: Taken) -> None:
        """All cases in turns; one that fails is told of, and not tried again."""
        failed: set[str] = set()
        for repeat in range(self.repeats):
            for name, case in cases.items():
                if name in failed:
                    continue
                try:
                    figures = case()
                except (LoadError, RuntimeError, OSError) as error:
                    failed.add(name)
                    self.note(f"{name}: {error}", True)
                    continue
                told = "  ".join(f"{figure} {value:.1f}" for figure, value in figures.items())
                self.note(f"{repeat + 1}/{self.repeats}  {name:<12} {told}", False)
                for figure, value in figures.items():
                    taken.setdefault(name, defaultdict(list))[figure].append(value)

    def _case(self, scenario: "Scenario", candidate: Candidate, tls: tuple[Path, ...]) -> Figures:
        with started(candidate, self.installed, tls, self.size, scenario.more(candidate)) as run:
            return scenario.measure(run)


@dataclass(frozen=True)
class Scenario:
    """What is done with one run. `options` are for our own server's command line; `skips` takes no part."""

    measure: Callable[[Run], Figures]
    options: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()

    def more(self, candidate: Candidate) -> tuple[str, ...]:
        """What the candidate's command line gets."""
        return self.options if candidate.says_facts else ()


def medians(taken: Taken) -> dict[str, Figures]:
    """The median of each figure."""
    return {
        name: {figure: statistics.median(series) for figure, series in values.items()} for name, values in taken.items()
    }
