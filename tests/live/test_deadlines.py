"""Deadlines that are equally long: what begins first ends first, by one timer for all."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.live.deadlines import Deadlines
from tests.model.virtual_time import VirtualLoop

AFTER_S = 5.0


class CountedLoop(VirtualLoop):
    """Counts the timers that stand."""

    @property
    def timers(self) -> int:
        return sum(not timer.cancelled() for timer in vars(self)["_scheduled"])


class Stage:
    """Deadlines, and when what was due."""

    def __init__(self, loop: CountedLoop) -> None:
        self.loop = loop
        self.due: list[tuple[str, float]] = []
        self.then: Callable[[str], None] = lambda _item: None
        self.deadlines: Deadlines[str] = Deadlines(AFTER_S, self._note)

    def _note(self, item: str) -> None:
        self.due.append((item, self.loop.time()))
        self.then(item)

    def do(self, act: Callable[[], None]) -> None:
        """Do something as the loop does."""

        async def once() -> None:
            act()

        self.loop.run_until_complete(once())

    def start(self, *items: str) -> None:
        for item in items:
            self.do(lambda item=item: self.deadlines.start(item))  # type: ignore[misc] # mypy cannot infer defaults

    def pass_s(self, seconds: float) -> None:
        self.loop.pass_ms(seconds * 1_000)


@pytest.fixture
def loop() -> Iterator[CountedLoop]:
    loop = CountedLoop()
    yield loop
    loop.close()


@pytest.fixture
def stage(loop: CountedLoop) -> Stage:
    return Stage(loop)


def test_each_is_due_in_its_time_and_once(stage: Stage) -> None:
    stage.start("a")
    stage.pass_s(2)
    stage.start("b")
    stage.pass_s(20)
    assert stage.due == [("a", 5.0), ("b", 7.0)]


def test_there_is_one_timer_for_all_and_none_for_nobody(stage: Stage) -> None:
    assert stage.loop.timers == 0
    for number in range(100):
        stage.start(str(number))
        stage.pass_s(0.01)
        assert stage.loop.timers == 1
    stage.pass_s(AFTER_S)
    assert len(stage.due) == 100
    assert stage.loop.timers == 0


def test_who_has_stopped_is_never_due_and_does_not_hold_up_others(stage: Stage) -> None:
    stage.start("a", "b")
    stage.deadlines.stop("a")
    stage.deadlines.stop("nobody")
    stage.pass_s(1)
    stage.start("c")
    stage.pass_s(20)
    assert stage.due == [("b", 5.0), ("c", 6.0)]


def test_who_starts_anew_has_all_the_time_again(stage: Stage) -> None:
    stage.start("a", "b")
    stage.pass_s(3)
    stage.start("a")
    stage.pass_s(20)
    assert stage.due == [("b", 5.0), ("a", 8.0)]


def test_after_all_have_stopped_the_next_is_on_time(stage: Stage) -> None:
    stage.start("a")
    stage.deadlines.stop("a")
    stage.pass_s(3)
    stage.start("b")
    stage.pass_s(20)
    assert stage.due == [("b", 8.0)]


def test_who_starts_anew_as_it_is_due_is_due_again(stage: Stage) -> None:
    stage.then = lambda item: stage.deadlines.start(item) if len(stage.due) < 3 else None
    stage.start("a", "b")
    stage.pass_s(20)
    assert [item for item, _ in stage.due] == ["a", "b", "a", "b"]
    assert [at for _, at in stage.due] == [5.0, 5.0, 10.0, 10.0]


def test_who_is_stopped_by_another_that_is_due_is_spared(stage: Stage) -> None:
    stage.then = lambda _item: stage.deadlines.stop("b")
    stage.start("a", "b")
    stage.pass_s(20)
    assert [item for item, _ in stage.due] == ["a"]


def test_who_is_started_anew_by_another_that_is_due_has_all_the_time_again(stage: Stage) -> None:
    stage.then = lambda item: stage.deadlines.start("b") if item == "a" else None
    stage.start("a", "b")
    stage.pass_s(20)
    assert stage.due == [("a", 5.0), ("b", 10.0)]


def test_it_knows_whose_time_runs(stage: Stage) -> None:
    stage.start("a", "b")
    assert ("a" in stage.deadlines, "c" in stage.deadlines, len(stage.deadlines)) == (True, False, 2)
    stage.pass_s(20)
    assert ("a" in stage.deadlines, len(stage.deadlines)) == (False, 0)


def test_closed_it_forgets_all_and_leaves_no_timer(stage: Stage) -> None:
    stage.start("a")
    stage.do(stage.deadlines.close)
    assert stage.loop.timers == 0
    stage.pass_s(20)
    assert stage.due == []
    stage.start("b")
    stage.pass_s(20)
    assert [item for item, _ in stage.due] == ["b"]


def test_closed_by_one_that_is_due_nothing_follows(stage: Stage) -> None:
    stage.then = lambda _item: stage.deadlines.close()
    stage.start("a", "b")
    stage.pass_s(20)
    assert [item for item, _ in stage.due] == ["a"]
    assert stage.loop.timers == 0


def test_an_error_of_one_does_not_take_the_time_from_others(stage: Stage) -> None:
    errors: list[object] = []
    stage.loop.set_exception_handler(lambda _loop, context: errors.append(context.get("exception")))
    failure = ValueError("bad")

    def fail(item: str) -> None:
        if item == "a":
            raise failure

    stage.then = fail
    stage.start("a", "b")
    stage.pass_s(1)
    stage.start("c")
    stage.pass_s(20)
    assert [item for item, _ in stage.due] == ["a", "b", "c"]
    assert errors == [failure]


ACTS = st.lists(
    st.tuples(st.sampled_from(["start", "stop", "pass"]), st.sampled_from("abcd"), st.integers(1, 4)), max_size=40
)


@given(ACTS)
def test_whatever_happens_everybody_is_due_exactly_in_their_time(acts: list[tuple[str, str, int]]) -> None:
    loop = CountedLoop()
    stage = Stage(loop)
    expected: list[tuple[float, str]] = []
    running: dict[str, float] = {}

    def expect() -> None:
        for item in [item for item, until in running.items() if until <= loop.time()]:
            expected.append((running.pop(item), item))

    for act, item, seconds in acts:
        if act == "start":
            stage.start(item)
            running.pop(item, None)
            running[item] = loop.time() + AFTER_S
        elif act == "stop":
            stage.deadlines.stop(item)
            running.pop(item, None)
        else:
            stage.pass_s(seconds)
            expect()
        assert loop.timers <= 1
    stage.pass_s(20)
    expect()
    loop.close()
    assert sorted((at, item) for item, at in stage.due) == sorted(expected)


async def test_it_keeps_real_time_too() -> None:
    due: asyncio.Queue[str] = asyncio.Queue()
    deadlines: Deadlines[str] = Deadlines(0.01, due.put_nowait)
    deadlines.start("a")
    assert await asyncio.wait_for(due.get(), 5) == "a"
