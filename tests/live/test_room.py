"""One room in virtual time: who comes back gets what they missed, then what is live, each once and in order."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count

import pytest

from collabchat.core.catchup import MISSED_BYTES_MAX, MISSED_MAX, Numbered, Standing
from collabchat.core.close_codes import CLOSE_RESTART
from collabchat.core.funnel import EARLY_MAX, RECENT_MAX
from collabchat.core.messages import Typing, Typist
from collabchat.live.fanout import Fanout
from collabchat.live.room import NAMES_MAX
from tests.model.stage import WINDOW_MS, Stage
from tests.model.virtual_time import VirtualLoop

LINGER_MS = 5_000


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


@pytest.fixture
def stage(loop: VirtualLoop) -> Stage:
    return Stage(loop)


# -- Coming back ------------------------------------------------------------------------------------------------------


def test_who_comes_back_gets_what_was_missed_then_what_is_live(stage: Stage) -> None:
    ear = stage.enter(7)
    stage.commit()
    stage.loop.pass_ms(WINDOW_MS)
    assert ear.watching == {"epoch": "e", "seq": 10, "result": "resumed", "missed": 3}
    assert ear.seqs == [8, 9, 10, 11]
    assert [type(frame) for frame in ear.told] == [dict, list, dict]


def test_without_a_position_one_hears_from_now_on(stage: Stage) -> None:
    ear = stage.enter()
    stage.commit()
    assert ear.watching == {"epoch": "e", "seq": 10, "result": "resumed", "missed": 0}
    assert ear.seqs == [11]


@pytest.mark.parametrize("missed", [0, 1, RECENT_MAX])
def test_a_resume_within_the_recent_events_reads_nothing(stage: Stage, missed: int) -> None:
    stage.enter()
    stage.commit(RECENT_MAX + 50)
    stage.loop.pass_ms(1_000)
    reads = stage.log.reads
    ear = stage.enter(stage.log.size - missed)
    assert len(ear.seqs) == ear.watching["missed"] == missed
    assert stage.log.reads == reads


def test_an_older_position_costs_one_reading_of_the_log_for_all_who_come_at_once(stage: Stage) -> None:
    stage.enter()
    stage.commit(400)
    reads = stage.log.reads
    stage.log.hold()
    seats = [stage.seat(f"u{number}") for number in range(5)]
    tasks = [stage.begin(seat, 20) for _, seat in seats]
    stage.log.release()
    stage.run(asyncio.wait_for(asyncio.gather(*tasks), 1))
    assert stage.log.reads == reads + 1
    for ear, _ in seats:
        assert ear.seqs == list(range(21, 411))


def test_who_comes_in_the_moment_that_a_reading_ends_is_not_content_with_it(stage: Stage) -> None:
    stage.commit(RECENT_MAX, is_told=False)
    ear, seat = stage.seat()
    come: list[asyncio.Task[bool]] = []
    last = stage.log.last

    async def last_and_somebody_comes(count: int) -> tuple[Standing, list[Numbered]]:
        if not come:
            come.append(stage.loop.create_task(stage.watching(seat, 0)))
        return await last(count)

    stage.log.last = last_and_somebody_comes  # type: ignore[method-assign]
    stage.enter(name="bo")
    assert stage.run(asyncio.wait_for(come[0], 1))
    assert ear.seqs == list(range(1, stage.log.size + 1))


@pytest.mark.parametrize("seq", [5, 10])
def test_what_is_committed_while_the_log_is_read_comes_once_and_in_order(stage: Stage, seq: int) -> None:
    stage.log.hold()
    ear, seat = stage.seat()
    task = stage.begin(seat, seq)
    stage.commit(3)
    assert ear.frames == []
    stage.log.release()
    assert stage.run(asyncio.wait_for(task, 1))
    stage.commit()
    stage.loop.pass_ms(1_000)
    assert ear.seqs == list(range(seq + 1, 15))


def test_who_goes_while_the_log_is_read_takes_it_from_nobody_else(stage: Stage) -> None:
    stage.log.hold()
    (_, going), (ear, staying) = stage.seat("ana"), stage.seat("bo")
    cut, kept = stage.begin(going, 5), stage.begin(staying, 5)
    cut.cancel()
    stage.loop.pass_ms(1)
    stage.log.release()
    assert stage.run(asyncio.wait_for(kept, 1))
    assert ear.seqs == [6, 7, 8, 9, 10]
    assert stage.room.presence.people == ["bo"]


def test_who_loses_the_right_while_the_log_is_read_gets_nothing(stage: Stage) -> None:
    stage.log.hold()
    ear, seat = stage.seat()
    task = stage.begin(seat, 5)
    stage.may_watch = False
    stage.log.release()
    assert not stage.run(asyncio.wait_for(task, 1))
    stage.commit(3)
    stage.loop.pass_ms(10_000)
    assert ear.frames == []
    assert stage.room.presence.people == []


def test_a_room_may_be_watched_anew_from_any_position(stage: Stage) -> None:
    ear, seat = stage.seat()
    stage.run(stage.watching(seat, 10))
    stage.commit(2)
    stage.run(stage.watching(seat, 8))
    stage.commit()
    stage.loop.pass_ms(1_000)
    assert ear.watching["missed"] == 4
    assert ear.seqs == [11, 9, 10, 11, 12, 13]
    assert stage.room.presence.count == 1


# -- Reset ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seq", "epoch", "reason"),
    [(10, "other", "epoch"), (11, "e", "ahead"), (3, "e", "retention"), (3, "other", "epoch")],
)
def test_a_position_that_leads_nowhere_is_reset_and_the_room_not_watched(
    stage: Stage, seq: int, epoch: str, reason: str
) -> None:
    stage.log.base = 4
    ear = stage.enter(seq, epoch=epoch)
    stage.commit()
    stage.loop.pass_ms(1_000)
    assert ear.watching == {"epoch": "e", "seq": 10, "result": "reset", "reason": reason}
    assert stage.lost == [ear]
    assert len(ear.frames) == 1


def test_500_missed_events_are_resumed_and_one_more_is_too_far(stage: Stage) -> None:
    stage.log.size = 1_000
    assert stage.enter(1_000 - MISSED_MAX).seqs == list(range(1_001 - MISSED_MAX, 1_001))
    assert stage.enter(999 - MISSED_MAX).watching["reason"] == "far"


def test_over_256_kib_missed_is_too_far(loop: VirtualLoop) -> None:
    stage = Stage(loop, size=MISSED_BYTES_MAX // 5)
    assert stage.enter(6).watching["missed"] == 4
    assert stage.enter(4).watching["reason"] == "far"


def test_the_position_at_the_base_is_resumed(stage: Stage) -> None:
    stage.log.base = 4
    assert stage.enter(4).seqs == [5, 6, 7, 8, 9, 10]


def test_what_was_pruned_meanwhile_is_noticed(stage: Stage) -> None:
    stage.log.size = 900
    stage.enter()
    stage.log.base = 600
    stage.sweep()
    assert stage.enter(599).watching["reason"] == "retention"
    assert stage.enter(600).watching["missed"] == 300


def test_another_epoch_takes_the_room_from_all_who_watch(stage: Stage) -> None:
    ears = [stage.enter(name=name) for name in ("ana", "bo")]
    classic = stage.enter(name="cy", is_classic=True)
    stage.log.epoch, stage.log.size = "f", 3
    stage.sweep()
    for ear in ears:
        assert ear.watching == {"epoch": "f", "seq": 3, "result": "reset", "reason": "epoch"}
    assert stage.lost == ears
    assert classic.closed == CLOSE_RESTART
    again = stage.enter(3, epoch="f")
    stage.commit()
    assert again.seqs == [4]
    assert all(ear.seqs == [] for ear in ears)


def test_an_epoch_that_changes_while_the_log_is_read_ends_in_a_reset(stage: Stage) -> None:
    stage.enter(name="bo")
    stage.commit(400)
    stage.log.hold()
    ear, seat = stage.seat()
    task = stage.begin(seat, 20)
    stage.log.epoch, stage.log.size = "f", 3
    stage.feed(3)
    stage.log.release()
    stage.run(asyncio.wait_for(task, 1))
    assert ear.watching == {"epoch": "f", "seq": 3, "result": "reset", "reason": "epoch"}
    assert ear.seqs == []


# -- While something is on its way ------------------------------------------------------------------------------------


def test_typing_told_while_an_event_is_on_its_way_comes_after_it(stage: Stage) -> None:
    ears = [stage.enter(name=f"u{number}") for number in range(5)]
    stage.loop.pass_ms(1_000)
    ticks = count(step=0.001)
    stage.room._fanout = Fanout(slice_s=0.002, step=1, clock=lambda: next(ticks))

    def tell() -> None:
        stage.room.feed("e", 11, stage.log.event(11).frame)
        assert ears[-1].seqs == []
        stage.room.tell_typing(Typing("p", "c1", Typist("u0", "Ana"), 1))

    stage.log.size = 11
    stage.call(tell)
    stage.loop.pass_ms(1)
    for ear in ears:
        assert [frame["type"] for frame in ear.told[-2:]] == ["x", "typing"]


# -- Words that get lost ----------------------------------------------------------------------------------------------


def test_a_word_of_a_later_event_makes_the_room_read_the_log(stage: Stage) -> None:
    ear = stage.enter()
    stage.commit(4, is_told=False)
    stage.call(lambda: stage.room.feed("e", 13))
    stage.loop.pass_ms(1_000)
    assert ear.seqs == [11, 12, 13, 14]
    assert stage.room.standing == Standing("e", 0, 14)


def test_a_last_event_that_nobody_told_of_is_found_by_comparing(stage: Stage) -> None:
    ear = stage.enter()
    stage.commit(is_told=False)
    stage.loop.pass_ms(60_000)
    assert ear.seqs == []
    stage.sweep()
    assert ear.seqs == [11]


def test_a_room_that_knows_that_it_is_behind_does_not_say_where_it_stands(stage: Stage) -> None:
    stage.enter()
    stage.log.hold()
    stage.log.size = 12
    stage.feed(12)
    assert stage.room.standing is None
    stage.log.release()
    stage.loop.pass_ms(1)
    assert stage.room.standing == Standing("e", 0, 12)


def test_words_that_come_twice_late_and_in_any_order_are_heard_once_and_in_order(stage: Stage) -> None:
    ear = stage.enter()
    stage.log.size = 14
    stage.feed(12, 11, 12, 14, 11, 13, 13, 14, 9)
    stage.loop.pass_ms(1_000)
    assert ear.seqs == [11, 12, 13, 14]


def test_a_log_that_cannot_be_read_is_tried_again(stage: Stage) -> None:
    ear = stage.enter()
    stage.log.fails = True
    stage.commit(2, is_told=False)
    stage.sweep()
    assert ear.seqs == []
    stage.log.fails = False
    stage.sweep()
    assert ear.seqs == [11, 12]


def test_a_room_that_missed_more_than_the_log_gives_resets_all(stage: Stage) -> None:
    ear = stage.enter()
    stage.commit(MISSED_MAX + 1, is_told=False)
    stage.sweep()
    assert ear.watching["reason"] == "far"
    assert ear.seqs == []


# -- What goes out ----------------------------------------------------------------------------------------------------


def test_a_quiet_room_sends_at_once_and_a_busy_one_in_batches(stage: Stage) -> None:
    ear = stage.enter()
    stage.loop.pass_ms(1_000)
    stage.commit(5)
    assert ear.seqs == [11]
    stage.loop.pass_ms(WINDOW_MS + 2)
    assert [each["seq"] for each in ear.told[-1]] == [12, 13, 14, 15]


def test_who_comes_in_the_midst_of_a_batch_hears_nothing_twice(stage: Stage) -> None:
    early = stage.enter(name="bo")
    stage.loop.pass_ms(1_000)
    stage.commit(4)
    late = stage.enter(9, "cy")
    stage.commit(2)
    stage.loop.pass_ms(1_000)
    assert late.watching["seq"] == 14
    assert late.seqs == list(range(10, 17))
    assert early.seqs == list(range(11, 17))


def test_a_classic_socket_gets_single_events_and_no_other_words(stage: Stage) -> None:
    ear = stage.enter(is_classic=True)
    stage.loop.pass_ms(10_000)
    stage.room.tell_typing(Typing("p", "c", Typist("bo", "Bo"), 1))
    stage.commit(100)
    stage.loop.pass_ms(1_000)
    assert ear.told == [json.loads(stage.log.event(seq).frame) for seq in range(11, 111)]


def test_what_was_missed_does_not_count_against_a_reader_and_what_is_live_does(stage: Stage) -> None:
    ear = stage.enter(0)
    stage.loop.pass_ms(1_000)
    stage.commit()
    assert [frame["seq"] for frame in ear.behind if frame["type"] == "x"] == [11]


# -- Presence and typing ----------------------------------------------------------------------------------------------


def test_whoever_enters_is_told_at_once_how_many_are_here(stage: Stage) -> None:
    ana = stage.enter(name="ana")
    bo = stage.enter(name="bo")
    assert ana.presence == [(1, ["ana"], [])]
    assert bo.presence == [(2, [], [])]
    stage.loop.pass_ms(WINDOW_MS + 2)
    assert ana.presence[1:] == [(2, ["bo"], [])]


def test_a_leave_is_told_after_five_seconds_and_a_reload_not_at_all(stage: Stage) -> None:
    ana, (_, seat) = stage.enter(name="ana"), stage.seat("bo")
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(1_000)
    stage.call(lambda: stage.room.exit(seat))
    stage.loop.pass_ms(LINGER_MS - 500)
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(2 * LINGER_MS)
    assert ana.presence == [(1, ["ana"], []), (2, ["bo"], [])]
    stage.call(lambda: stage.room.exit(seat))
    stage.loop.pass_ms(LINGER_MS - 10)
    assert len(ana.presence) == 2
    stage.loop.pass_ms(20)
    assert ana.presence[2:] == [(1, [], ["bo"])]


def test_a_reset_does_not_make_a_person_flicker(stage: Stage) -> None:
    ana, (_, seat) = stage.enter(name="ana"), stage.seat("bo")
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(1_000)
    stage.run(stage.watching(seat, 99))
    stage.loop.pass_ms(1_000)
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(2 * LINGER_MS)
    assert ana.presence == [(1, ["ana"], []), (2, ["bo"], [])]


def test_names_that_are_nobodys_business_are_never_told(loop: VirtualLoop) -> None:
    stage = Stage(loop, names_are_public=False)
    ana, (_, seat) = stage.enter(name="ana"), stage.seat("bo")
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(10_000)
    stage.room.tell_typing(Typing("p", "c", Typist("bo", "Bo"), 1))
    stage.call(lambda: stage.room.exit(seat))
    stage.loop.pass_ms(LINGER_MS + 100)
    assert ana.presence == [(1, [], []), (2, [], []), (1, [], [])]
    assert len(ana.frames) == 4


def test_a_crowd_is_counted_in_full_and_named_in_part(stage: Stage) -> None:
    ana = stage.enter(name="ana")
    for number in range(NAMES_MAX + 50):
        stage.enter(name=f"u{number}")
    stage.loop.pass_ms(1_000)
    assert ana.presence[-1][0] == NAMES_MAX + 51
    assert all(len(joined) <= NAMES_MAX for _, joined, _ in ana.presence)


def test_somebody_types_at_most_every_three_seconds_and_others_at_the_same_time(stage: Stage) -> None:
    ear = stage.enter()
    stage.loop.pass_ms(10_000)
    for typist, wait_ms in (("bo", 0), ("bo", 0), ("cy", 0), ("bo", 2_990), ("bo", 20), ("bo", 0)):
        stage.loop.pass_ms(wait_ms)
        stage.room.tell_typing(Typing("p", "c", Typist(typist, typist), 1))
    assert [frame["user"]["id"] for frame in ear.told[1:]] == ["bo", "cy", "bo"]


# -- The end ----------------------------------------------------------------------------------------------------------


def test_a_room_is_forgotten_when_the_last_one_has_lingered(stage: Stage) -> None:
    _, seat = stage.seat()
    stage.run(stage.watching(seat))
    stage.loop.pass_ms(1_000)
    stage.call(lambda: stage.room.exit(seat))
    stage.loop.pass_ms(LINGER_MS - 10)
    assert stage.emptied == 0
    stage.loop.pass_ms(20)
    assert stage.emptied == 1


def test_a_room_is_not_forgotten_while_somebody_catches_up(stage: Stage) -> None:
    stage.log.hold()
    _, seat = stage.seat()
    task = stage.begin(seat, 5)
    stage.loop.pass_ms(60_000)
    assert stage.emptied == 0
    stage.log.release()
    stage.run(asyncio.wait_for(task, 1))
    assert stage.emptied == 0


def test_who_is_ahead_of_a_room_that_is_behind_makes_it_read_the_log(stage: Stage) -> None:
    stage.enter(name="bo")
    stage.commit(2, is_told=False)
    ear = stage.enter(12)
    assert ear.watching == {"epoch": "e", "seq": 12, "result": "resumed", "missed": 0}


@pytest.mark.parametrize("is_open", [False, True])
def test_a_burst_while_the_log_is_read_is_heard_without_waiting_for_the_next_comparing(
    stage: Stage, *, is_open: bool
) -> None:
    if is_open:
        stage.enter(name="bo")
    stage.log.hold()
    if is_open:
        stage.commit(is_told=False)
        stage.commit()
        stage.loop.pass_ms(1)
    ear, seat = stage.seat()
    task = stage.begin(seat, 10)
    stage.commit(EARLY_MAX + 20)
    stage.log.release()
    stage.run(asyncio.wait_for(task, 1))
    stage.loop.pass_ms(1_000)
    assert ear.seqs == list(range(11, stage.log.size + 1))
