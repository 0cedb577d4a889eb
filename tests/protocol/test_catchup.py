"""Where a reader may go on from, and why not: the vectors of protocol/catchup.jsonl against the code."""

from typing import Any

import pytest

from collabchat.core.catchup import Numbered, Position, Standing, is_far, merge, why_not
from tests.protocol.vectors import read_vectors


def catch_up(standing: Standing, position: Position, recent: int, event_bytes: int) -> dict[str, Any]:
    """What the reader is told; the room's log is whole after its base, the last `recent` events are in memory."""
    if (reason := why_not(standing, position)) is not None:
        return {"result": "reset", "reason": reason}
    kept = [Numbered(seq, b"x" * event_bytes) for seq in range(standing.base + 1, standing.head + 1)]
    in_memory = kept[len(kept) - recent :] if recent else []
    missed = merge([], in_memory, position.seq, standing.head)
    if missed is None:
        missed = merge(kept, in_memory, position.seq, standing.head)
    assert missed is not None
    assert [event.seq for event in missed] == list(range(position.seq + 1, standing.head + 1))
    return {"result": "reset", "reason": "far"} if is_far(missed) else {"result": "resumed", "missed": len(missed)}


@pytest.mark.parametrize("vector", read_vectors("catchup.jsonl"), ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    room, position = vector["room"], vector["position"]
    standing = Standing(room["epoch"], room["base"], room["head"])
    told = catch_up(
        standing, Position(position["epoch"], position["seq"]), room.get("recent", 256), room.get("eventBytes", 200)
    )
    assert told == vector["then"]
