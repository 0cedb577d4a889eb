"""However servers and readers fail: nothing is missed, doubled or out of order, and whoever gets it wrong is caught."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.model.mutants import (
    AdvancesBeforeApplying,
    ReachesWhoHasLeft,
    ReadsTheLogBeforeRegistering,
    SendsBeforeTheLastIsThrough,
    SnapshotThenSubscribe,
)
from tests.model.world import Violation, World

RUNS = int(os.environ.get("MODEL_RUNS", "2000"))
STEPS = 40
ACTS = {
    "write": 10, "burst": 1, "wait": 10, "wait long": 2, "cut": 4, "leave": 1, "return": 3, "reload": 1, "forbid": 1,
    "allow": 2, "kill": 1, "start": 2, "prune": 1, "back up": 1, "restore": 0.3,
}  # fmt: skip


def act(world: World, name: str, chance: random.Random) -> None:
    """Do one thing to the world."""
    reader, node = chance.choice(world.readers), chance.choice(world.nodes)
    acts: dict[str, Callable[[], object]] = {
        "write": world.write,
        "burst": lambda: world.write(chance.choice((20, 20, 100, 300, 520))),
        "wait": lambda: world.pass_ms(chance.choice((1, 30, 300))),
        "wait long": lambda: world.pass_ms(chance.choice((3_000, 8_000))),
        "cut": reader.cut,
        "leave": reader.leave,
        "return": reader.come_back,
        "reload": reader.reload,
        "forbid": reader.forbid,
        "allow": reader.allow,
        "kill": node.stop,
        "start": node.start,
        "prune": world.prune,
        "back up": world.back_up,
        "restore": world.restore,
    }
    acts[name]()


def live_through(seed: int, world: World) -> int:
    """A world from its beginning to its end; returns how many events there were. Raises Violation."""
    chance = random.Random(-seed)
    try:
        for reader in world.readers:
            reader.connect()
        for name in chance.choices([*ACTS], [*ACTS.values()], k=STEPS):
            act(world, name, chance)
        world.check()
        return world.events
    finally:
        world.close()


def test_nothing_is_missed_doubled_or_out_of_order_in_thousands_of_worlds() -> None:
    events = sum(live_through(seed, World(seed)) for seed in range(1, RUNS + 1))
    print(f"{RUNS:,} worlds, {events:,} events, none missed, doubled or out of order")  # noqa: T201 - wanted with -s
    assert events > 10 * RUNS


@pytest.mark.parametrize(
    "wrong",
    [
        {"make_reader": SnapshotThenSubscribe},
        {"make_reader": AdvancesBeforeApplying},
        {"make_room": ReadsTheLogBeforeRegistering},
        {"make_room": ReachesWhoHasLeft},
        {"make_room": SendsBeforeTheLastIsThrough},
        {"sweeps": False},
    ],
    ids=[
        "snapshot-then-subscribe",
        "position-before-apply",
        "log-before-register",
        "no-drop-from-delivery",
        "two-deliveries-at-once",
        "no-head-sweep",
    ],
)
def test_who_gets_it_wrong_is_caught(wrong: dict[str, Any]) -> None:
    for seed in range(1, RUNS + 1):
        try:
            live_through(seed, World(seed, **wrong))
        except Violation as caught:
            print(f"caught in world {seed}: {caught}")  # noqa: T201 - wanted with -s
            return
    pytest.fail(f"lived through {RUNS} worlds")


class Sync(RuleBasedStateMachine):
    """The same worlds, with steps that Hypothesis chooses, and shortens when something is found."""

    @initialize(seed=st.integers(1, 2**32))
    def begin(self, seed: int) -> None:
        self.world, self.chance = World(seed), random.Random(-seed)
        for reader in self.world.readers:
            reader.connect()

    @rule(name=st.sampled_from(sorted(ACTS)))
    def act(self, name: str) -> None:
        act(self.world, name, self.chance)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.check()
            finally:
                self.world.close()


TestSync = Sync.TestCase
TestSync.settings = settings(
    max_examples=40, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
