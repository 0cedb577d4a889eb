"""A quiet room sends at once; a busy one collects, in frames of limited size."""

import json

from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.batch import FRAME_BYTES_MAX, FRAME_EVENTS_MAX, WINDOW_MOST_MS, Batch, frames
from collabchat.core.catchup import Numbered


def event(seq: int, size: int = 10) -> Numbered:
    return Numbered(seq, json.dumps({"seq": seq, "x": "y" * size}).encode())


def test_the_first_event_of_a_burst_goes_at_once_and_the_others_with_the_next_window() -> None:
    batch = Batch(20)
    batch.add([event(1)])
    assert batch.due() == 0
    assert [each.seq for each in batch.take(1_000)] == [1]
    batch.add([event(2)])
    batch.add([event(3)])
    assert batch.due() == 1_020
    assert [each.seq for each in batch.take(1_020)] == [2, 3]
    assert batch.due() is None


def test_the_window_stretches_with_what_sending_costs_up_to_its_most() -> None:
    batch = Batch(20)
    for cost_ms, window_ms in ((1, 20), (30, 120), (500, WINDOW_MOST_MS), (0, 20)):
        batch.add([event(1)])
        batch.take(1_000)
        batch.note_cost(cost_ms)
        batch.add([event(2)])
        assert batch.due() == 1_000 + window_ms
        batch.take(2_000)


def test_a_full_batch_does_not_wait_for_its_window() -> None:
    for count, size in ((FRAME_EVENTS_MAX, 1), (2, FRAME_BYTES_MAX)):
        batch = Batch(20)
        batch.take(1_000)
        batch.add(event(seq, size) for seq in range(count))
        assert batch.due() == 0


@given(st.lists(st.integers(0, 6_000), min_size=1, max_size=200))
def test_frames_hold_all_events_in_order_and_keep_their_limits(sizes: list[int]) -> None:
    events = [event(seq, size) for seq, size in enumerate(sizes, 1)]
    seqs = []
    for frame in frames(events):
        content = json.loads(frame)
        part = content if isinstance(content, list) else [content]
        assert isinstance(content, dict) == (len(part) == 1)
        assert len(part) <= FRAME_EVENTS_MAX
        assert len(part) == 1 or len(frame) <= FRAME_BYTES_MAX + 2
        seqs += [each["seq"] for each in part]
    assert seqs == list(range(1, len(sizes) + 1))
