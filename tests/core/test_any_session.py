"""One connection whatever comes, in any order: what may follow, how it may end, and that nothing piles up."""

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collabchat.core.close_codes import (
    CLOSE_BAD_MESSAGE,
    CLOSE_FORBIDDEN,
    CLOSE_GONE,
    CLOSE_NO_HELLO,
    CLOSE_UNAUTHENTICATED,
)
from collabchat.core.session import (
    GRACE_MS,
    ROOMS_MAX,
    Beat,
    Check,
    Effect,
    End,
    Enter,
    Leave,
    Notice,
    Say,
    Session,
    Watcher,
)
from tests.core.test_session import ANA, BO, GOOD

ENDS = {
    "hear": {CLOSE_BAD_MESSAGE},
    "admit": {CLOSE_UNAUTHENTICATED, CLOSE_FORBIDDEN},
    "late": {CLOSE_NO_HELLO},
    "beat": set(),
    "silent": {CLOSE_GONE},
    "lapse": {CLOSE_UNAUTHENTICATED},
    "refuse": {CLOSE_FORBIDDEN},
    "expire": {CLOSE_UNAUTHENTICATED},
}
"""What may end a connection, and how."""

FOLLOWS: dict[tuple[str, str], set[type[Effect]]] = {
    ("new", "hear"): {Check},
    ("asked", "admit"): {Say, Enter},
    ("open", "hear"): {Check, Enter, Leave, Notice, Say},
    ("open", "admit"): {Say},
    ("open", "beat"): {Beat},
}
"""What may follow besides, by the state in which it comes."""

room_names = st.sampled_from([f"p{number}" for number in range(ROOMS_MAX + 4)]) | st.text(max_size=3)
rooms = st.fixed_dictionaries({"urlId": room_names}, optional={"epoch": st.just("e"), "seq": st.integers(-1, 9)})
messages = st.one_of(
    st.builds(lambda room: {"type": "watch", **room}, rooms),
    st.builds(lambda room: {"type": "unwatch", **room}, rooms),
    st.builds(lambda room: {"type": "typing", "chatId": "c", **room}, rooms),
    st.builds(lambda rooms: {"type": "hello", "token": "t", "rooms": rooms}, st.lists(rooms, max_size=20)),
    st.sampled_from([*GOOD, {"type": "later"}, {"type": "auth"}, {"type": 5}, {}]),
)
heard = messages.map(json.dumps) | st.text(st.characters(), max_size=20) | st.binary(max_size=4)


class AnyConnection(RuleBasedStateMachine):
    """A socket, a clock and a directory that do whatever they like, in any order that is theirs to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.attributes = set(vars(self.session))
        self.is_checking = self.has_ended = False
        self.watched: set[str] = set()

    def take(self, what: str, effects: list[Effect], state: str) -> None:
        """Note what followed."""
        assert not (self.has_ended and effects)
        ends = [effect for effect in effects if isinstance(effect, End)]
        if ends:
            assert effects == ends[:1]
            assert ends[0].code in ENDS[what]
            self.has_ended = True
        else:
            assert {type(effect) for effect in effects} <= FOLLOWS.get((state, what), set())
        for effect in effects:
            match effect:
                case Enter(url_id):
                    self.watched.add(url_id)
                case Leave(url_id):
                    self.watched.remove(url_id)
                case Notice(url_id):
                    assert url_id in self.watched
                case Beat(names):
                    assert set(names) == self.watched

    @precondition(lambda self: not self.is_checking)
    @rule(message=heard)
    def hear(self, message: str | bytes) -> None:
        state = self.session.state
        effects = self.session.receive(message)
        self.take("hear", effects, state)
        self.is_checking = any(isinstance(effect, Check) for effect in effects)

    @precondition(lambda self: self.is_checking)
    @rule(watcher=st.sampled_from([ANA, ANA, ANA, BO, None]))
    def admit(self, watcher: Watcher | None) -> None:
        state, self.is_checking = self.session.state, False
        self.take("admit", self.session.admit(watcher), state)

    @precondition(lambda self: not self.session.rooms)
    @rule()
    def greet(self) -> None:
        """Most of what may happen happens to who has come in."""
        if self.session.state == "new":
            self.hear(json.dumps({"type": "hello", "token": "t"}))
            self.admit(ANA)

    @rule(what=st.sampled_from(["late", "beat", "silent"]))
    def pass_time(self, what: str) -> None:
        state = self.session.state
        self.take(what, getattr(self.session, what)(), state)

    @rule(what=st.sampled_from([None] * 8 + ["refuse", "expire"]))
    def take_rights(self, what: str | None) -> None:
        if what is not None:
            state = self.session.state
            self.take(what, getattr(self.session, what)(), state)

    @rule(now=st.sampled_from([0, ANA.expires_at, ANA.expires_at + GRACE_MS - 1] * 3 + [ANA.expires_at + GRACE_MS]))
    def lapse(self, now: int) -> None:
        state = self.session.state
        self.take("lapse", self.session.lapse(now), state)

    @rule(url_id=room_names)
    def lose(self, url_id: str) -> None:
        self.session.leave(url_id)
        self.watched.discard(url_id)

    @invariant()
    def nothing_piles_up(self) -> None:
        assert (self.session.state == "closed") == self.has_ended
        assert len(self.session.rooms) <= ROOMS_MAX
        assert self.has_ended or set(self.session.rooms) == self.watched
        assert vars(self.session).keys() == self.attributes
        assert self.session.state == "asked" or self.has_ended or not vars(self.session)["_asked"]


AnyConnection.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestAnyConnection = AnyConnection.TestCase
