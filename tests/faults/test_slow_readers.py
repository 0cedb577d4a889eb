"""F33, F34: readers that do not read, or hardly."""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from collabchat.core.close_codes import CLOSE_TOO_SLOW
from tests.faults.conftest import NewSite
from tests.faults.flock import Flock, Member
from tests.faults.invariants import assert_in_step
from tests.faults.nursery import QuickSite
from tests.faults.proxy import ChaosProxy
from tests.faults.spy import Spy
from tests.faults.vitals import Memory, Pulse, best_ratio
from tests.live_reader import LiveReader
from tests.running import eventually

LONG = "%" * 2_000
"""Its event has 12 KiB: `%` is written as an escape."""

LONGER, SHORT = "%" * 400, "Hello"
HELD_MAX_BYTES = 256 * 1_024
TINY = 4_096
"""What the kernel takes for a reader that does not read; the server's own kernel takes 128 KiB more."""

STUCK_MOST_KIB = 512
MOST = 300
"""A guard: so many comments have always been enough."""

TIMES = 4
"""So many times as long a median may take with the fault as without: a machine with two processors is never quiet."""


class Page:
    """A page, a reader who reads everything, and what is known of how long that takes."""

    def __init__(self, site: QuickSite, healthy: LiveReader, thread: str, pulse: Pulse) -> None:
        self.name, self.healthy = healthy.room.url_id, healthy
        self.ana = site.guest("Ana")
        self.memory = Memory(site.pid)
        self._port = site.port
        self._thread = thread
        self._pulse = pulse
        self._ids = self.ana.snapshot(self.name)

    def write(self, count: int, text: str = LONG, until: Callable[[], bool] = lambda: True) -> Sequence[float]:
        """Write comments, at least so many, until something is so.

        Returns medians: how long each takes until the healthy reader has it, and another's request amid of it.
        """
        took_s: list[float] = []
        lags_s: list[float] = []
        while len(took_s) < count or not until():
            began = time.perf_counter()
            seq = self.ana.reply(self._thread, text).json()["seq"]
            lags_s.append(self._pulse.beat())
            self.healthy.wait_for(seq)
            took_s.append(time.perf_counter() - began)
            assert len(took_s) < MOST
        return statistics.median(took_s), statistics.median(lags_s)

    def told_since(self, seq: int) -> str:
        """What was sent to a reader since a position."""
        events = [event for event in self.healthy.room.applied if event["seq"] > seq]
        return json.dumps(events, ensure_ascii=False).replace("%", r"\u0025")

    def stuck(self, count: int) -> Flock:
        """Readers who are up to date, and read no more; a context manager."""
        ids, seq = self._ids, self.healthy.room.seq
        members = [Member(ids["userIdWS"], self.name, ids["epoch"], seq) for _ in range(count)]
        return Flock(self._port, members, receive_buffer=TINY).come()

    def assert_sound(self, *readers: LiveReader) -> None:
        """Everybody has everything, and the healthy reader was not disturbed."""
        assert_in_step(self.ana, self.name, self.healthy, *readers)
        assert (self.healthy.connects, self.healthy.repeats, self.healthy.gaps) == (1, 0, 0)


@contextmanager
def opened(site: QuickSite) -> Iterator[Page]:
    """A page with a conversation."""
    ana = site.guest("Ana")
    thread = ana.created("page")["conversation"]["urlId"]
    with LiveReader(ana, "page", via=site.base) as healthy, Pulse(site.port) as pulse:
        page = Page(site, healthy.wait_live(), thread, pulse)
        page.write(20)  # until here everything is done for the first time
        yield page


def read_to_the_end(flock: Flock) -> set[int | None]:
    """Let the stuck read what there still is for them; the codes that they are closed with."""
    flock.open_up()
    flock.run_until(lambda: all(member.code is not None for member in flock.members))
    assert flock.wrongs() == []
    return {member.code for member in flock.members}


def test_f33_readers_too_many_bytes_behind_are_closed_and_come_back_and_others_hear_everything_as_ever(
    new_site: NewSite,
) -> None:
    stuck = 8
    site = new_site()
    with opened(site) as page, Spy(site.pid) as spy, ExitStack() as stack:
        never, slowly = (stack.enter_context(ChaosProxy(site.port)) for _ in range(2))
        never.receive_buffer = slowly.receive_buffer = TINY
        slowly.bytes_per_s = 1_024
        readers = [stack.enter_context(LiveReader(page.ana, page.name, via=it.base)) for it in (never, slowly)]
        grown_kib: list[int] = []

        def measure() -> list[tuple[float, float]]:
            usual = page.write(30)
            for reader in readers:
                reader.wait_live()
            never.mode, slowly.mode = "half-open", "slow"
            before_kib = page.memory.forget_peak()
            with page.stuck(stuck) as flock:
                seq = page.healthy.room.seq
                with_stuck = page.write(1, until=lambda: spy.sockets()["closing"] >= stuck)
                # It is the bytes that count here: those, what the kernel takes, and what was written before we looked.
                assert len(page.told_since(seq)) < 3 * HELD_MAX_BYTES
                # Who reads within a second hears why; some may be too late for that.
                assert read_to_the_end(flock) in ({CLOSE_TOO_SLOW}, {CLOSE_TOO_SLOW, 0})
                page.write(1, until=lambda: spy.sockets()["open"] == 1)
            grown_kib.append(page.memory.peak() - before_kib)
            for reader in readers:
                assert reader.room.seq < page.healthy.room.seq
            never.mode = slowly.mode = "pass"
            page.assert_sound(*readers)
            return list(zip(usual, with_stuck, strict=True))

        assert best_ratio(measure, TIMES) <= TIMES
        assert max(grown_kib) < STUCK_MOST_KIB * (stuck + len(readers))


def test_f33_readers_behind_for_five_seconds_are_closed_for_a_few_bytes_and_resume(new_site: NewSite) -> None:
    site = new_site()
    with opened(site) as page, Spy(site.pid) as spy, page.stuck(8) as flock:
        seq = page.healthy.room.seq
        page.write(1, until=lambda: spy.sockets()["behind"] == len(flock.members))
        page.write(1)
        eventually(spy.sockets, lambda sockets: sockets["closing"] == len(flock.members))
        assert read_to_the_end(flock) in ({CLOSE_TOO_SLOW}, {CLOSE_TOO_SLOW, 0})
        # All that was sent since they came is less than what may wait.
        assert len(page.told_since(seq)) < HELD_MAX_BYTES
        flock.come().run_to(page.healthy.room.seq)
        assert flock.wrongs() == []
        page.assert_sound()


def test_f34_of_a_thousand_stuck_readers_the_worst_are_closed_and_together_they_hold_no_more_than_they_may(
    new_site: NewSite,
) -> None:
    budget_bytes = 8 * 2**20
    site = new_site("--backlog-mb", str(budget_bytes // 2**20))
    with opened(site) as page, Spy(site.pid) as spy, ExitStack() as stack:
        waiting_bytes: list[int] = []
        grown_kib: list[int] = []

        def is_over() -> bool:
            sockets = spy.sockets()
            waiting_bytes.append(sockets["bytes"])
            return sockets["closing"] > 0

        def measure() -> list[tuple[float, float]]:
            worst = stack.enter_context(page.stuck(900))
            usual = page.write(30, SHORT)  # the same readers, while the kernel still takes everything
            page.write(8, LONG)
            better = stack.enter_context(page.stuck(100))
            before_kib = page.memory.forget_peak()
            page.write(1, LONGER, until=lambda: spy.sockets()["behind"] > 0)
            with_stuck = page.write(30, SHORT, until=is_over)
            grown_kib.append(page.memory.peak() - before_kib)
            better.open_up()
            better.run_to(page.healthy.room.seq)
            assert {member.code for member in better.members} == {None}
            worst.cut()
            worst.open_up()
            worst.come().run_to(page.healthy.room.seq)
            assert better.wrongs() == worst.wrongs() == []
            better.cut()
            worst.cut()
            return list(zip(usual, with_stuck, strict=True))

        assert best_ratio(measure, TIMES) <= TIMES
        # A frame is written to many before anybody counts anew.
        assert budget_bytes / 2 < max(waiting_bytes) < budget_bytes * 1.5
        assert max(grown_kib) * 1_024 < budget_bytes * 1.5
        page.assert_sound()
