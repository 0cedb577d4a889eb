"""F49, F50: too many sockets, too many messages."""

from contextlib import ExitStack
from statistics import median

from tests.faults.bare import PING, Bare, frame, message
from tests.faults.conftest import NewSite
from tests.faults.invariants import assert_in_step
from tests.faults.spy import Spy
from tests.faults.vitals import Memory, Pulse, best_ratio
from tests.live_reader import LiveReader
from tests.running import eventually

TIMES = 8
FLOOD = 200
LIMITS = ("--rate-limits", "on", "--sockets-per-address", "6", "--sockets-per-user", "3", "--sockets-per-tenant", "10")
HERE, THERE, ELSEWHERE = "127.0.0.1", "127.0.0.2", "127.0.0.3"


def test_f49_too_many_sockets_of_an_address_a_person_or_a_tenant_are_refused_and_other_tenants_are_not(
    new_site: NewSite,
) -> None:
    site = new_site(*LIMITS)
    ana, bo, mia = site.guest("Ana"), site.guest("Bo"), site.member("Mia")
    token, other = ana.snapshot("page")["userIdWS"], bo.snapshot("page")["userIdWS"]
    with (
        ExitStack() as stack,
        Spy(site.pid) as spy,
        Pulse(site.port) as pulse,
        LiveReader(mia, "page", via=site.base) as reader,
    ):

        def knock(source: str, *headers: str, tenant: str = "demo") -> tuple[Bare, int]:
            bare = stack.enter_context(Bare(site.port, source))
            return bare, bare.upgrade(tenant, *headers)

        def refused(source: str, *headers: str) -> None:
            with Bare(site.port, source) as bare:
                assert bare.upgrade("demo", *headers) == 429
                assert b"retry-after: 10" in bare.head.lower()

        reader.wait_live()
        opened = [knock(HERE) for _ in range(6)]
        assert [status for _, status in opened] == [101] * 6
        refused(HERE)
        refused(HERE, "X-Forwarded-For: 10.0.0.1")

        persons = [stack.enter_context(Bare(site.port, THERE)).greet(token, "page") for _ in range(3)]
        with Bare(site.port, THERE) as fourth:
            assert fourth.upgrade() == 101
            fourth.send(message(type="hello", token=token, rooms=[{"urlId": "page"}]))
            assert fourth.end() == 4429
        assert eventually(spy.sockets, lambda sockets: sockets["open"] == 10)["open"] == 10
        stack.enter_context(Bare(site.port, THERE)).greet(other, "page")

        # Now the tenant has ten.
        refused(ELSEWHERE)
        memory = Memory(site.pid)
        before_kib = memory.forget_peak()

        def measure() -> list[tuple[float, float]]:
            usual_s = pulse.median(FLOOD)
            return [(usual_s, pulse.median(FLOOD, lambda: refused(ELSEWHERE)))]

        assert best_ratio(measure, TIMES) <= TIMES
        assert memory.peak() < before_kib + 1_024
        for text in ("amid", "the flood"):
            mia.created("page", text)
        assert knock(HERE, tenant="acme")[1] == 101
        assert_in_step(mia, "page", reader)
        assert reader.connects == 1

        # Whoever goes makes room.
        opened[0][0].socket.close()
        assert eventually(lambda: knock(ELSEWHERE)[1], lambda status: status == 101) == 101
        for bare in persons:
            bare.send(frame(b"{}"))
            assert bare.end() == 4400  # until then they were let be


def test_f49_an_address_is_what_a_trusted_proxy_says_and_nobody_else(new_site: NewSite) -> None:
    site = new_site(*LIMITS, "--trusted-proxies", HERE)
    with ExitStack() as stack:

        def knock(source: str, forwarded: str) -> int:
            return stack.enter_context(Bare(site.port, source)).upgrade("demo", f"X-Forwarded-For: {forwarded}")

        assert [knock(HERE, "10.0.0.1") for _ in range(7)] == [101] * 6 + [429]
        # What a client has put before its own address is nothing.
        assert knock(HERE, "10.0.0.9, 10.0.0.1") == 429
        assert knock(HERE, "10.0.0.2") == 101
    with ExitStack() as stack, Spy(site.pid) as spy:
        assert eventually(spy.sockets, lambda sockets: sockets["open"] == 0)["open"] == 0
        assert [knock(THERE, f"10.0.1.{number}") for number in range(7)] == [101] * 6 + [429]


def test_f50_a_flood_of_messages_ends_its_own_socket_and_others_hardly_wait(new_site: NewSite) -> None:
    site = new_site("--rate-limits", "on")
    ana, bo, page = site.guest("Ana"), site.guest("Bo"), "page"
    token = ana.snapshot(page)["userIdWS"]
    flood = message(type="h") * 10_000
    # Nor is it worth reading what follows what ended the socket for another reason.
    floods = [flood, frame(b"", PING) * 10_000, frame(b"{}") + flood]
    memory = Memory(site.pid)
    with Spy(site.pid) as spy, Pulse(site.port) as pulse, LiveReader(bo, page, via=site.base) as reader:
        reader.wait_live()

        def lag(sent: bytes) -> float:
            """How long somebody else waits, amid of what one sends."""
            with Bare(site.port).greet(token, page) as bare:
                bare.send(sent)
                took_s = pulse.beat()
                assert bare.end() in {4400, 4429}
            return took_s

        def measure() -> list[tuple[float, float]]:
            usual_s = median(lag(frame(b"{}")) for _ in range(15))
            return [(usual_s, median(lag(sent) for _ in range(15))) for sent in floods]

        for sent in floods[:2]:
            with Bare(site.port).greet(token, page) as bare:
                bare.send(sent)
                assert bare.end() == 4429
        before, before_kib = spy.count("RawTransport", "Connection", "Inbound"), memory.forget_peak()
        assert best_ratio(measure, TIMES) <= TIMES
        assert memory.peak() < before_kib + 2 * 1_024
        # At the pace that is allowed, nobody is sent away.
        with Bare(site.port).greet(token, page) as bare:
            bare.send(message(type="h") * 39)
            ana.created(page)
            while b'"new-text-chat"' not in bare.next_frame()[1]:
                pass
        counted = eventually(lambda: spy.count("RawTransport", "Connection", "Inbound"), lambda count: count == before)
        assert counted == before
        assert_in_step(bo, page, reader)
        assert reader.connects == 1
