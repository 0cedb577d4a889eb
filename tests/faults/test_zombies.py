"""F02: lines that look alive and are not.

Begun before all other tests of this folder and looked at after them, because it takes 40 s; hence the name.
"""

import time

from tests.faults.conftest import HalfOpen
from tests.faults.invariants import assert_in_step
from tests.faults.people import write_many

LINGER_S = 5
GENEROUS_S = 20


def test_f02_both_ends_of_a_half_open_line_notice_within_35_seconds(half_open: HalfOpen) -> None:
    """No sleep: both ends have had their time while other tests ran, or are waited for now."""
    reader, ana, page = half_open.reader, half_open.ana, half_open.page
    left_at = half_open.server_let_go_at.result(timeout=35 + LINGER_S + GENEROUS_S)
    assert left_at - half_open.since < 35 + LINGER_S + GENEROUS_S / 2
    assert reader.wait(lambda: bool(reader.closes), 35 + GENEROUS_S)
    assert time.monotonic() - half_open.since > 20, "noticed before it could"
    half_open.proxy.mode = "pass"
    reader.wait_live()
    write_many([ana], page, 3)
    assert_in_step(ana, page, reader)
    assert reader.room.resets == []
    assert len(reader.room.applied) >= 100
