"""However servers and readers fail: classic readers, and those who miss long events, end up with the log, too."""

from tests.model.classic import MixedWorld
from tests.model.test_sync import RUNS, live_through


def test_readers_of_both_ways_in_end_up_with_the_log_and_are_counted_once_each() -> None:
    for seed in range(1, RUNS // 10 + 1):
        live_through(seed, MixedWorld(seed))
