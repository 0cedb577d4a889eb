"""The wheel of heartbeats: everybody has a turn every 25 s, and who does not answer is noticed within 35 s.

Times are in turns of the wheel, tenths of a number.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.session import End, Session, Watcher
from collabchat.live.heartbeat import ANSWER_TURNS, TURNS, Heartbeat

HELLO = '{"type":"hello","token":"t"}'


class Heart:
    """A socket that notes when it was asked and looked after."""

    def __init__(self) -> None:
        self.now = 0
        self.beats: list[int] = []
        self.checks: list[int] = []

    def beat(self) -> None:
        self.beats.append(self.now)

    def check(self) -> None:
        self.checks.append(self.now)


class Client:
    """A socket with the real session, whose client answers until it falls silent."""

    def __init__(self, silent_from: int) -> None:
        self.now = 0
        self.ended_at: int | None = None
        self._silent_from = silent_from
        self._session = Session()
        self._session.receive(HELLO)
        self._session.admit(Watcher("demo:ana", "s", 2**50))

    def beat(self) -> None:
        if self._session.beat() and self.now < self._silent_from:
            self._session.receive('{"type":"h"}')

    def check(self) -> None:
        if any(isinstance(effect, End) for effect in self._session.silent()):
            self.ended_at = self.now


def turn(wheel: Heartbeat, sockets: list[Heart] | list[Client], turns: range) -> None:
    for number in turns:
        for socket in sockets:
            socket.now = number
        wheel.turn(number)


def test_each_socket_is_asked_every_25_seconds_and_looked_after_10_seconds_later() -> None:
    wheel, hearts = Heartbeat(), [Heart() for _ in range(600)]
    for heart in hearts:
        wheel.join(heart)
    turn(wheel, hearts, range(1_000, 2_000))
    for heart in hearts:
        first = heart.beats[0]
        assert first < 1_000 + TURNS
        assert heart.beats == [first + TURNS * number for number in range(4)]
        assert {beat + ANSWER_TURNS for beat in heart.beats if beat + ANSWER_TURNS < 2_000} <= {*heart.checks}


def test_sockets_are_spread_evenly_over_the_turns() -> None:
    wheel = Heartbeat()
    hearts = [Heart() for _ in range(TURNS * 3)]
    for heart in hearts:
        wheel.join(heart)
    turn(wheel, hearts, range(TURNS))
    for number in range(TURNS):
        assert sum(number in heart.beats for heart in hearts) == 3


def test_who_left_is_asked_no_more() -> None:
    wheel, gone = Heartbeat(), Heart()
    del wheel.join(gone)[gone]
    turn(wheel, [gone], range(1_000))
    assert (gone.beats, gone.checks) == ([], [])


def test_one_that_leaves_while_its_slot_has_its_turn_harms_nobody() -> None:
    wheel, others = Heartbeat(), [Heart() for _ in range(2 * TURNS)]

    class Leaving(Heart):
        """Is gone as soon as it is asked."""

        def beat(self) -> None:
            del slot[self]

    slot = wheel.join(Leaving())
    for heart in others:
        wheel.join(heart)
    turn(wheel, others, range(TURNS))
    assert all(len(heart.beats) == 1 for heart in others)


@given(joins_at=st.integers(0, 600), others=st.integers(0, 400), speaks=st.integers(0, 2_000))
def test_silence_is_noticed_within_35_seconds_and_nothing_else_is(joins_at: int, others: int, speaks: int) -> None:
    wheel, client = Heartbeat(), Client(silent_from=joins_at + speaks)
    for _ in range(others):
        wheel.join(Heart())
    turn(wheel, [client], range(joins_at))
    wheel.join(client)
    turn(wheel, [client], range(joins_at, joins_at + speaks + TURNS + ANSWER_TURNS + 1))
    assert client.ended_at is not None
    silent = client.ended_at - (joins_at + speaks)
    assert 0 <= silent <= TURNS + ANSWER_TURNS


@pytest.mark.parametrize("others", [0, 7, 240])
def test_who_answers_is_never_sent_away(others: int) -> None:
    wheel, client = Heartbeat(), Client(silent_from=2**30)
    for _ in range(others):
        wheel.join(Heart())
    wheel.join(client)
    turn(wheel, [client], range(10_000))
    assert client.ended_at is None
