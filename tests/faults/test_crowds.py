"""F35, F36: bursts, and thousands who come at once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from statistics import median

from collabchat.clock import now_ms
from collabchat.identity.keys import ServerKey
from collabchat.identity.tokens import Tokens
from tests.faults.conftest import NewSite
from tests.faults.flock import Flock, Member
from tests.faults.invariants import assert_in_step
from tests.faults.spy import Spy
from tests.faults.vitals import Memory, Pulse, best_ratio
from tests.live_reader import LiveReader
from tests.running import Visitor

BURST = 2_000
LASTING_MS = 600_000
TIMES = 8
"""So many times as long as others may wait for the loop, in the median, as without the fault."""


def test_f35_a_burst_reaches_every_one_of_hundreds_whole_and_in_order_and_others_hardly_notice(
    new_site: NewSite,
) -> None:
    site = new_site()
    ana, page = site.guest("Ana"), "page"
    memory = Memory(site.pid)
    grown_kib: list[int] = []

    def burst(viewers: int) -> float:
        """How long others wait meanwhile, in the median."""
        thread = ana.created(page)["conversation"]["urlId"]
        now = ana.snapshot(page)
        members = [Member(now["userIdWS"], page, now["epoch"], now["seq"]) for _ in range(viewers)]
        lags_s: list[float] = []

        def is_over() -> bool:
            lags_s.append(pulse.beat())
            return all(member.seq == now["seq"] + BURST for member in members)

        with Flock(site.port, members).come() as flock:
            before_kib = memory.forget_peak()
            writing = pool.submit(spy.write, BURST, thread, ana.id)
            flock.run_until(is_over)
            writing.result()
            grown_kib.append(memory.peak() - before_kib)
            assert flock.wrongs() == []
            assert all(member.code is None for member in members)
            assert sum(member.frames for member in members) < BURST * viewers / 4
        return median(lags_s)

    with (
        Spy(site.pid) as spy,
        Pulse(site.port) as pulse,
        ThreadPoolExecutor(1) as pool,
        LiveReader(ana, page, via=site.base) as reader,
    ):
        reader.wait_live()
        assert best_ratio(lambda: [(burst(1), burst(300))], TIMES) <= TIMES
        few_kib, many_kib = grown_kib[-2:]
        assert many_kib < few_kib + 8 * 1_024
        assert reader.batches
        assert_in_step(ana, page, reader)
        assert (reader.connects, reader.repeats, reader.gaps) == (1, 0, 0)


def test_f36_two_thousand_who_come_back_at_once_cost_reads_by_the_page_and_all_are_live_again(
    new_site: NewSite,
) -> None:
    clients, pages, people = 2_000, 4, 20
    site = new_site()
    names = [f"page-{number}" for number in range(pages)]
    # Each person's token ends at another time of the day: nobody's may while this goes on.
    tokens, until = Tokens(ServerKey.load(site.data_dir)), now_ms() + LASTING_MS

    def lasts(who: Visitor) -> bool:
        claim = tokens.read_live(who.snapshot(names[0])["userIdWS"], now_ms())
        return claim is not None and claim[1].expires_at > until

    guests = (site.guest(f"Guest {number}") for number in count())
    everybody = list(islice(filter(lasts, guests), people))
    heads: dict[str, int] = {}

    def write() -> None:
        for name in names:
            heads[name] = everybody[0].created(name)["seq"]

    write()
    places = [(who.snapshot(name), name) for name in names for who in everybody]
    members = [
        Member(known["userIdWS"], name, known["epoch"], known["seq"])
        for _ in range(clients // len(places))
        for known, name in places
    ]

    def come(flock: Flock) -> tuple[float, int, int]:
        """Let all come anew, to what they have missed: how long somebody else had to wait, reads, and memory after."""
        flock.cut()
        lags_s: list[float] = []
        with Spy(site.pid) as spy, Pulse(site.port) as pulse:
            before = spy.reads()
            flock.come(lambda: lags_s.append(pulse.beat()))
            flock.run_until(lambda: all(member.seq == heads[member.page] for member in members))
            assert {member.status for member in members} == {101}
            assert flock.wrongs() == []
            return max(lags_s), spy.reads() - before, Memory(site.pid).now()

    reads: list[tuple[int, int]] = []
    grown_kib: list[int] = []

    def measure() -> list[tuple[float, float]]:
        with Flock(site.port, members) as flock:
            usual_s, _, usual_kib = come(flock)
            write()
            hot_s, hot, hot_kib = come(flock)
            write()
            site.kill()
            site.start()
            cold_s, cold, _ = come(flock)
        reads.append((hot, cold))
        grown_kib.append(hot_kib - usual_kib)
        return [(usual_s, hot_s), (usual_s, cold_s)]

    assert best_ratio(measure, TIMES) <= TIMES
    assert max(grown_kib) < 8 * 1_024
    with Flock(site.port, members) as flock, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(who.snapshot, name) for who in everybody for name in names]
        come(flock)
        assert [it.result()["seq"] for it in asked] == [heads[name] for _ in everybody for name in names]
    # While a page is in memory, nothing is read; else its log is, a few times, and each session, once.
    assert [hot for hot, _ in reads] == [0] * len(reads)
    assert max(cold for _, cold in reads) <= 4 * pages + people
