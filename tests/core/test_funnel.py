"""A room's events leave once and in order, whichever way they come."""

from collabchat.core.catchup import MISSED_BYTES_MAX, Numbered, Standing
from collabchat.core.funnel import EARLY_MAX, RECENT_MAX, Funnel


def event(seq: int) -> Numbered:
    return Numbered(seq, b"%d" % seq)


def opened(head: int = 0) -> Funnel:
    funnel = Funnel()
    funnel.open(Standing("e", 0, head), [])
    return funnel


def test_each_leaves_once_and_in_order() -> None:
    funnel = opened()
    told = [2, 1, 1, 4, 2, 3, 4]
    left = [seq.seq for each in told for seq in funnel.take("e", each, b"x")]
    assert left == [1, 2, 3, 4]
    assert not funnel.is_behind


def test_word_of_a_later_event_says_that_the_log_must_be_read() -> None:
    funnel = opened(head=5)
    assert funnel.take("e", 7) == []
    assert funnel.is_behind
    assert [each.seq for each in [*funnel.take("e", 6, b"x"), *funnel.take("e", 7, b"x")]] == [6, 7]
    assert not funnel.is_behind


def test_what_came_while_the_log_was_read_leaves_after_it_if_it_is_of_the_same_epoch() -> None:
    funnel = Funnel()
    for epoch, seq in (("old", 4), ("e", 3), ("e", 5), ("e", 4)):
        assert funnel.take(epoch, seq, epoch.encode()) == []
    due = funnel.open(Standing("e", 0, 3), [event(3)])
    assert [(each.seq, each.frame) for each in due] == [(4, b"e"), (5, b"e")]


def test_only_so_many_wait_and_the_log_has_the_rest() -> None:
    funnel = opened()
    for seq in range(2, EARLY_MAX + 20):
        funnel.take("e", seq, b"x")
    assert len(funnel.take("e", 1, b"x")) == EARLY_MAX + 1
    assert funnel.is_behind


def test_the_recent_events_are_at_hand_and_older_ones_are_not() -> None:
    funnel = opened()
    for seq in range(1, RECENT_MAX + 11):
        funnel.take("e", seq, b"x")
    assert [each.seq for each in funnel.recent(RECENT_MAX + 8) or []] == [RECENT_MAX + 9, RECENT_MAX + 10]
    assert len(funnel.recent(10) or []) == RECENT_MAX
    assert funnel.recent(9) is None
    assert funnel.recent(RECENT_MAX + 10) == []
    assert funnel.recent(RECENT_MAX + 11) is None


def test_recent_events_are_limited_in_bytes_too() -> None:
    funnel = opened()
    for seq in range(1, 11):
        funnel.take("e", seq, b"x" * (MISSED_BYTES_MAX // 4))
    assert funnel.recent(6) is not None
    assert funnel.recent(5) is None
