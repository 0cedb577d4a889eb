"""However servers and readers fail: classic readers, and those who miss long events, end up with the log, too."""

import random

from tests.model.classic import MixedWorld
from tests.model.test_sync import ACTS, RUNS, STEPS, act


def test_readers_of_both_ways_in_end_up_with_the_log_and_are_counted_once_each() -> None:
    for seed in range(1, RUNS // 10 + 1):
        world, chance = MixedWorld(seed), random.Random(-seed)
        try:
            for reader in world.readers:
                reader.connect()
            for name in chance.choices([*ACTS], [*ACTS.values()], k=STEPS):
                act(world, name, chance)
            world.check()
        finally:
            world.close()
