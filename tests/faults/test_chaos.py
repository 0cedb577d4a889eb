"""The chaos run in short; `make chaos` is the long form."""

from pathlib import Path

import pytest

from tests.faults.chaos import Chaos, Plan
from tests.faults.nursery import Nursery


def test_widgets_on_a_bad_network_before_a_server_that_dies_end_up_with_what_it_has(
    nursery: Nursery, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(seed=54, kills=6, writes=120)
    summary = Chaos(plan, nursery, tmp_path).run()
    with capsys.disabled():
        print(f"\n  chaos, {summary}")  # noqa: T201 - what a run was worth belongs to its result
