"""F56: nothing stays of those who have gone. `LEAK_ROUNDS=100` makes it hours of coming and going in some minutes."""

import os
import random
from functools import partial

from tests.faults.bare import Bare, frame
from tests.faults.conftest import NewSite
from tests.faults.flock import Flock, Member
from tests.faults.invariants import assert_in_step
from tests.faults.proxy import ChaosProxy
from tests.faults.spy import Spy
from tests.faults.vitals import Memory, open_files
from tests.live_reader import LiveReader
from tests.running import eventually

ROUNDS = int(os.environ.get("LEAK_ROUNDS", "1"))
CYCLES = 10
PAGES = 4
TYPES = (
    "RawTransport", "GatedHttpProtocol", "Inbound", "Held", "Connection", "Listener", "Session", "Watcher",
    "Room", "Seat", "Presence", "Funnel", "Batch", "Delivery",
)  # fmt: skip
GONE = ("RawTransport", "GatedHttpProtocol", "Room", "Seat")
GROWTH_MOST_KIB = 2 * 1_024


def test_f56_after_rounds_of_coming_and_going_there_is_exactly_what_there_was(new_site: NewSite) -> None:
    site = new_site()
    dice = random.Random(56)
    ana, bo = site.guest("Ana"), site.guest("Bo")
    memory = Memory(site.pid)
    names = [f"page-{number}" for number in range(PAGES)]

    def flap() -> None:
        """Come and go in all ways: reset, closed, cut at any byte, refused; while things happen on the pages."""
        known = [(who.snapshot(name), name) for who in (ana, bo) for name in names]
        members = [Member(it["userIdWS"], name, it["epoch"], it["seq"]) for it, name in known]
        token = known[0][0]["userIdWS"]

        def are_at(heads: dict[str, int]) -> bool:
            return all(member.seq >= heads[member.page] for member in members)

        with ChaosProxy(site.port, seed=dice.randrange(2**32)) as proxy, Flock(site.port, members) as flock:
            proxy.cut_within(100, 6_000)
            with LiveReader(ana, *names, via=proxy.base, pause_s=0.02) as restless:
                for _ in range(CYCLES):
                    flock.come()
                    heads = {name: bo.created(name)["seq"] for name in names}
                    flock.run_until(partial(are_at, heads))
                    flock.cut()
                    for _ in range(10):
                        with Bare(site.port) as bare:
                            bare.send(dice.randbytes(dice.randrange(40)))
                        with Bare(site.port).greet(token, *names) as bare:
                            bare.send(dice.choice([frame(b"{}"), frame(b"half", flags=0), frame(b"", 8), b"\x81"]))
                    with ana.socket(names[0]):
                        bo.created(names[0])
                proxy.cut_within(0, 0)
                proxy.cut_all()
                for name in names:
                    assert_in_step(ana, name, restless)
        assert flock.wrongs() == []

    def count() -> dict[str, int]:
        return {**spy.count(*TYPES), "files": open_files(site.pid)}

    def settled() -> dict[str, int]:
        """What there is once everybody has left, and all rooms have closed for want of people."""
        return eventually(count, lambda found: found == before or (not before and not any(found[it] for it in GONE)))

    with Spy(site.pid) as spy:
        before: dict[str, int] = {}
        flap()
        before = settled()
        assert not any(before[it] for it in GONE), before
        before_kib = memory.now()
        for _ in range(ROUNDS):
            flap()
            assert settled() == before
        assert memory.now() < before_kib + GROWTH_MOST_KIB
