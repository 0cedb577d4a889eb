from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.presence import Change, Presence


def test_the_first_join_is_told_at_once() -> None:
    presence = Presence()
    presence.enter("ana")
    assert presence.due() == 0
    assert presence.tell(0) == Change(("ana",), (), 1)


def test_joins_within_the_window_are_merged_into_one_telling() -> None:
    presence = Presence(window_ms=100)
    presence.enter("ana")
    presence.tell(0)
    presence.enter("bo")
    presence.enter("cy")
    assert presence.tell(50) is None
    assert presence.due() == 100
    assert presence.tell(100) == Change(("bo", "cy"), (), 3)


def test_many_sockets_of_one_person_count_once() -> None:
    presence = Presence()
    presence.enter("ana")
    presence.enter("ana")
    assert presence.count == 1
    presence.exit("ana", 0)
    assert presence.count == 1
    assert presence.due() == 0


def test_a_leave_is_told_after_five_seconds() -> None:
    presence = Presence()
    presence.enter("ana")
    presence.tell(0)
    presence.exit("ana", 1_000)
    assert presence.count == 1
    assert presence.tell(5_999) is None
    assert presence.due() == 6_000
    assert presence.tell(6_000) == Change((), ("ana",), 0)


def test_a_reload_is_not_told_at_all() -> None:
    presence = Presence()
    presence.enter("ana")
    presence.tell(0)
    presence.exit("ana", 1_000)
    presence.enter("ana")
    assert presence.tell(10_000) is None
    assert presence.due() is None


def test_who_came_and_went_untold_is_never_told() -> None:
    presence = Presence(window_ms=10_000)
    presence.enter("ana")
    presence.tell(0)
    presence.enter("bo")
    presence.exit("bo", 1_000)
    assert presence.tell(20_000) is None
    assert presence.count == 1


def test_who_was_never_told_to_have_come_is_not_told_to_have_gone() -> None:
    presence = Presence(window_ms=100)
    presence.enter("ana")
    presence.tell(0)
    presence.enter("bo")
    presence.exit("bo", 50)
    presence.enter("cy")
    assert presence.tell(100) == Change(("cy",), (), 2)
    assert presence.tell(6_000) is None
    assert presence.count == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 3_000)), max_size=60))
def test_what_is_told_adds_up_to_who_is_there(steps: list[tuple[str, bool, int]]) -> None:
    presence, sockets, told, now = Presence(window_ms=100), dict.fromkeys("abc", 0), set[str](), 0

    def hear() -> None:
        change = presence.tell(now)
        if change is None:
            return
        assert not told & set(change.joined)
        assert told >= set(change.left)
        told.update(change.joined)
        told.difference_update(change.left)
        assert change.count == len(told) == len(presence.people)

    for user, enters, wait in steps:
        if enters:
            presence.enter(user)
            sockets[user] += 1
        elif sockets[user]:
            presence.exit(user, now)
            sockets[user] -= 1
        now += wait
        hear()
    while (due := presence.due()) is not None:
        now = max(now, due)
        hear()
    assert told == {user for user, count in sockets.items() if count}
