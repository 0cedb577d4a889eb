"""The wheel of heartbeats: everybody has a turn every 25 s, and who does not answer is noticed within 35 s."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.core.session import ANSWER_WITHIN_S, HEARTBEAT_S, End, Session, Watcher
from collabchat.live.heartbeat import Heartbeat

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


def turn(wheel: Heartbeat, sockets: list[Heart] | list[Client], seconds: range) -> None:
    for second in seconds:
        for socket in sockets:
            socket.now = second
        wheel.turn(second)


def test_each_socket_is_asked_every_25_seconds_and_looked_after_10_seconds_later() -> None:
    wheel, hearts = Heartbeat(), [Heart() for _ in range(60)]
    for heart in hearts:
        wheel.join(heart)
    turn(wheel, hearts, range(100, 200))
    for heart in hearts:
        first = heart.beats[0]
        assert first < 100 + HEARTBEAT_S
        assert heart.beats == [first + HEARTBEAT_S * number for number in range(4)]
        assert {beat + ANSWER_WITHIN_S for beat in heart.beats if beat + ANSWER_WITHIN_S < 200} <= {*heart.checks}


def test_sockets_are_spread_evenly_over_the_seconds() -> None:
    wheel = Heartbeat()
    hearts = [Heart() for _ in range(HEARTBEAT_S * 3)]
    for heart in hearts:
        wheel.join(heart)
    turn(wheel, hearts, range(HEARTBEAT_S))
    for second in range(HEARTBEAT_S):
        assert sum(second in heart.beats for heart in hearts) == 3


def test_who_left_is_asked_no_more_and_makes_place() -> None:
    wheel, gone, others = Heartbeat(), Heart(), [Heart() for _ in range(HEARTBEAT_S - 1)]
    slot = wheel.join(gone)
    for heart in others:
        wheel.join(heart)
    del slot[gone]
    turn(wheel, [gone], range(100))
    assert (gone.beats, gone.checks) == ([], [])
    assert wheel.join(Heart()) is slot


def test_one_that_leaves_while_its_slot_has_its_turn_harms_nobody() -> None:
    wheel, others = Heartbeat(), [Heart() for _ in range(2 * HEARTBEAT_S)]

    class Leaving(Heart):
        """Is gone as soon as it is asked."""

        def beat(self) -> None:
            del slot[self]

    slot = wheel.join(Leaving())
    for heart in others:
        wheel.join(heart)
    turn(wheel, others, range(HEARTBEAT_S))
    assert all(len(heart.beats) == 1 for heart in others)


@given(joins_at=st.integers(0, 60), others=st.integers(0, 40), speaks_s=st.integers(0, 200))
def test_silence_is_noticed_within_35_seconds_and_nothing_else_is(joins_at: int, others: int, speaks_s: int) -> None:
    wheel, client = Heartbeat(), Client(silent_from=joins_at + speaks_s)
    for _ in range(others):
        wheel.join(Heart())
    turn(wheel, [client], range(joins_at))
    wheel.join(client)
    turn(wheel, [client], range(joins_at, joins_at + speaks_s + HEARTBEAT_S + ANSWER_WITHIN_S + 1))
    assert client.ended_at is not None
    silent_s = client.ended_at - (joins_at + speaks_s)
    assert 0 <= silent_s <= HEARTBEAT_S + ANSWER_WITHIN_S


@pytest.mark.parametrize("others", [0, 7, 24])
def test_who_answers_is_never_sent_away(others: int) -> None:
    wheel, client = Heartbeat(), Client(silent_from=2**30)
    for _ in range(others):
        wheel.join(Heart())
    wheel.join(client)
    turn(wheel, [client], range(1_000))
    assert client.ended_at is None
