"""Lines that break, stall and come back, while events go on."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.faults.invariants import assert_in_step, assert_written_once
from tests.faults.nursery import QuickSite
from tests.faults.people import Crowd, write_many
from tests.faults.proxy import ChaosProxy
from tests.live_reader import LiveReader, dial, hear, say
from tests.running import Visitor, eventually


def test_f01_a_line_reset_in_the_midst_of_a_batch_is_resumed(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str
) -> None:
    thread = ana.created(page)["conversation"]["urlId"]
    with LiveReader(ana, page, via=proxy.base) as reader, LiveReader(bo, page, via=site.base) as witness:
        reader.wait_live()
        witness.wait_live()
        for round_ in range(5):
            seq = reader.room.seq
            crowd = Crowd([ana, bo] * 2, page, thread).write(15, f"Round {round_}")
            reader.wait_for(seq + 10 * (1 + round_ % 3))
            proxy.cut_all()
            crowd.finish()
            reader.wait_for(seq + 60)
        assert_in_step(ana, page, reader, witness)
    assert reader.connects >= 6
    assert reader.room.resets == []
    assert witness.connects == 1
    assert witness.repeats == witness.gaps == reader.gaps == 0


def test_f03_clients_whose_lines_are_cut_at_random_bytes_miss_nothing_and_leave_nothing_behind(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    def files() -> int:
        return len(os.listdir(f"/proc/{site.pid}/fd"))  # noqa: PTH208 - a count, of what is no file

    thread = ana.created(page)["conversation"]["urlId"]
    before = files()
    with ChaosProxy(site.port, seed=3) as proxy, ExitStack() as stack:
        proxy.cut_within(100, 6_000)
        readers = [
            stack.enter_context(LiveReader((ana, bo)[i % 2], page, via=proxy.base, pause_s=0.05, seed=i))
            for i in range(8)
        ]
        crowd = Crowd([ana, bo], page, thread)
        while sum(len(reader.closes) for reader in readers) < 200:
            crowd.write(10)
            crowd.settle()
        proxy.cut_within(0, 0)
        proxy.cut_all()
        assert_written_once(ana, page, crowd.finish())
        assert_in_step(ana, page, *readers)
        for reader in readers:
            reader.wait_live()
            # Two people, however many lines they have had.
            assert reader.wait(lambda it=reader: it.room.viewers == 2), reader.room.viewers  # type: ignore[misc]
    left = eventually(files, lambda count: count <= before + 4)
    assert left <= before + 4, f"{left - before} files more than before"


def test_f04_what_is_written_between_snapshot_and_hello_arrives(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str
) -> None:
    thread = ana.created(page)["conversation"]["urlId"]
    proxy.mode = "refuse"
    with LiveReader(ana, page, via=proxy.base) as reader:
        assert reader.wait(lambda: bool(reader.closes))
        assert reader.room.seq == reader.room.start == 1
        answers = Crowd([ana, bo] * 2, page, thread).write(25).finish()
        assert reader.room.seq == 1
        proxy.mode = "pass"
        reader.wait_live()
        assert_in_step(ana, page, reader)
    (watching,) = [words for words in reader.messages if words["type"] == "watching"]
    assert (watching["result"], watching["missed"]) == ("resumed", len(answers)) == ("resumed", 100)


def test_f05_what_is_written_while_the_log_is_read_for_a_resume_arrives_once_and_in_order(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str
) -> None:
    thread = ana.created(page)["conversation"]["urlId"]
    proxy.mode = "refuse"
    with ExitStack() as stack:
        readers = [stack.enter_context(LiveReader(ana, page, via=proxy.base, pause_s=0.05, seed=i)) for i in range(12)]
        for reader in readers:
            assert reader.wait(lambda it=reader: bool(it.closes))  # type: ignore[misc]
        # More than the room keeps in memory, so the log is read, and few enough for a resume.
        Crowd([ana, bo] * 2, page, thread).write(75).finish()
        crowd = Crowd([ana, bo], page, thread).write(75)
        proxy.mode = "pass"
        crowd.finish()
        assert_in_step(ana, page, *readers)
        assert [reader.room.resets for reader in readers] == [[]] * 12
        assert [reader.repeats + reader.gaps for reader in readers] == [0] * 12


def test_f06_a_reader_that_slept_without_noticing_that_its_line_is_dead_catches_up_on_waking(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str
) -> None:
    with LiveReader(ana, page, via=proxy.base) as reader:
        reader.wait_live()
        (link,) = proxy.open_links()
        link.mode = "half-open"
        write_many([ana, bo], page, 120)
        assert reader.room.seq == 0
        reader.nudge()
        assert_in_step(ana, page, reader)
        assert reader.room.resets == []


@pytest.mark.parametrize("mode", ["slow", "latency"])
def test_f06_a_reader_on_a_bad_line_is_late_but_complete(
    site: QuickSite, proxy: ChaosProxy, ana: Visitor, bo: Visitor, page: str, mode: str
) -> None:
    proxy.latency_s = 0.05
    proxy.bytes_per_s = 64_000
    proxy.mode = mode  # type: ignore[assignment]
    with LiveReader(ana, page, via=proxy.base) as reader:
        reader.wait_live()
        write_many([ana, bo], page, 100)
        assert_in_step(ana, page, reader)
        assert reader.connects == 1


def test_f07_others_who_come_and_go_cost_a_steady_reader_nothing(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    thread = ana.created(page)["conversation"]["urlId"]
    token = bo.snapshot(page)["userIdWS"]

    def churn(number: int) -> None:
        with dial(site.base, "demo") as socket:
            if number % 4:  # the others leave without a word
                say(socket, type="hello", token=token, rooms=[{"urlId": page}])
                hear(socket, "watching")
            if number % 2:
                socket.socket.close()

    with ExitStack() as stack:
        readers = [stack.enter_context(LiveReader(ana, page, via=site.base)).wait_live() for _ in range(3)]
        crowd = Crowd([ana, bo], page, thread).write(100)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(churn, range(200)))
        assert_written_once(ana, page, crowd.finish())
        assert_in_step(ana, page, *readers)
        assert [(reader.connects, reader.repeats, reader.gaps) for reader in readers] == [(1, 0, 0)] * 3
