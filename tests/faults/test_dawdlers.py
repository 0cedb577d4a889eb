"""F43, F44: clients that begin something and do not finish it."""

import contextlib
import selectors
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, repeat
from statistics import median

from tests.faults.bare import CONTINUATION, NOTHING_MORE, PING, TEXT, Bare, frame, handshake, message
from tests.faults.conftest import NewSite
from tests.faults.invariants import assert_in_step
from tests.faults.spy import Spy
from tests.faults.vitals import Memory, Pulse, best_ratio
from tests.live_reader import LiveReader
from tests.running import Site, eventually

TIMES = 8
PAUSE_S = 0.05
GUARD_S = 30
TYPES = ("RawTransport", "Connection", "Session", "Inbound", "Held")


PART, EMPTY = frame(b"a", CONTINUATION, flags=0), frame(b"", CONTINUATION, flags=0)


def slowly(data: bytes) -> Iterator[bytes]:
    """A byte at a time."""
    return (bytes([byte]) for byte in data)


def now_and_then(*frames: bytes) -> Iterator[bytes]:
    """The first, then the last again and again, but seldom: fewer than a message may have within its time."""
    yield frames[0]
    while True:
        yield from [b""] * 9
        yield frames[-1]


def client_hello() -> bytes:
    """What begins a TLS handshake."""
    said = ssl.MemoryBIO()
    line = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), said, server_hostname="127.0.0.1")
    with contextlib.suppress(ssl.SSLWantReadError):
        line.do_handshake()
    return said.read()


def dawdle(dawdlers: dict[str, tuple[Bare, Iterable[bytes]]], meanwhile: Callable[[], object]) -> dict[str, int]:
    """Send each one's pieces slowly, until the server has hung up on all.

    Returns how: the code of a socket, the status of a request, or 0 for no word.
    """
    endings: dict[str, int] = {}
    waiting = {name: (bare, iter(pieces)) for name, (bare, pieces) in dawdlers.items()}
    give_up_at = time.monotonic() + GUARD_S
    with selectors.DefaultSelector() as selector:
        for name, (bare, _) in waiting.items():
            selector.register(bare.socket, selectors.EVENT_READ, name)
        while waiting:
            go_on_at = time.monotonic() + PAUSE_S
            assert go_on_at < give_up_at, waiting.keys()
            while (left_s := go_on_at - time.monotonic()) > 0:
                for key, _ in selector.select(left_s):
                    bare, _ = waiting[key.data]
                    if bare.is_over():
                        del waiting[key.data]
                        selector.unregister(key.fileobj)
                        endings[key.data] = bare.end() if b" 101 " in bare.head else bare.answer()
            for bare, pieces in waiting.values():
                if piece := next(pieces, b""):
                    bare.send(piece)
            meanwhile()
    return endings


def test_f43_whoever_says_no_proper_hello_is_sent_away_and_leaves_nothing_in_memory(new_site: NewSite) -> None:
    site = new_site()
    ana, page = site.guest("Ana"), "page"
    hello = message(type="hello", token=ana.snapshot(page)["userIdWS"], rooms=[{"urlId": page}])
    memory = Memory(site.pid)

    def visit(greeting: bytes) -> Bare:
        bare = Bare(site.port)
        bare.send(handshake() + greeting)
        assert bare.answer() == 101
        return bare

    with Spy(site.pid) as spy, Pulse(site.port) as pulse, LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        with ExitStack() as stack:
            for _ in range(50):
                assert stack.enter_context(visit(hello + hello)).end() == 4400
        before = eventually(lambda: spy.count(*TYPES), lambda count: count["RawTransport"] == 1)
        before_kib, usual_s = memory.now(), pulse.median(before=lambda: ana.created(page))
        with ExitStack() as stack:
            silent = [stack.enter_context(visit(b"")) for _ in range(200)]
            late = [stack.enter_context(visit(b"")) for _ in range(100)]
            halves = [stack.enter_context(visit(hello[: len(hello) // 2])) for _ in range(50)]
            parts = [stack.enter_context(visit(frame(hello[8:40], flags=0))) for _ in range(50)]
            assert spy.count(*TYPES)["RawTransport"] == before["RawTransport"] + 400
            assert best_ratio(lambda: [(usual_s, pulse.median(before=lambda: ana.created(page)))], TIMES) <= TIMES
            assert {bare.end() for bare in [*silent, *halves, *parts]} == {4408}
            for bare in late:
                assert bare.end() == 4408
                bare.send(hello)
                assert bare.next_frame() == NOTHING_MORE
        assert eventually(lambda: spy.count(*TYPES), lambda count: count == before) == before
        assert memory.now() < before_kib + 4_096
        assert_in_step(ana, page, reader)
        assert reader.connects == 1


def test_f44_whoever_never_finishes_anything_is_hung_up_on_while_others_go_on(new_site: NewSite, secure: Site) -> None:
    site = new_site()
    ana, page = site.guest("Ana"), "page"
    token = ana.snapshot(page)["userIdWS"]
    secure_port = int(secure.base.rpartition(":")[2])
    memory = Memory(site.pid)
    lags_s: list[float] = []
    long = message(type="watch", urlId="x", more="y" * 10_000)

    def knock(port: int = site.port) -> Bare:
        return stack.enter_context(Bare(port))

    def inside() -> Bare:
        return knock().greet(token)

    with (
        ExitStack() as stack,
        Spy(site.pid) as spy,
        Pulse(site.port) as pulse,
        LiveReader(ana, page, via=site.base) as reader,
    ):
        reader.wait_live()
        before = spy.count(*TYPES)
        usual_s = pulse.median(before=lambda: ana.created(page))
        before_kib = memory.forget_peak()
        endings = dawdle(
            {
                "a head, byte by byte": (knock(), slowly(handshake())),
                "a head without an end": (knock(), chain([handshake()[:-2], b"X-A: "], repeat(b"a"))),
                "nothing at all": (knock(), ()),
                "a TLS handshake, byte by byte": (knock(secure_port), slowly(client_hello())),
                "no TLS handshake": (knock(secure_port), ()),
                "a frame, byte by byte": (inside(), slowly(long)),
                "a frame's head, and no more": (inside(), [long[:3]]),
                "fragments, one now and then": (inside(), now_and_then(frame(b"a", TEXT, flags=0), PART)),
                "fragments without an end": (inside(), chain([frame(b"a", TEXT, flags=0)], repeat(PART))),
                "10,000 empty continuations": (inside(), [frame(b"", TEXT, flags=0) + EMPTY * 10_000]),
                "pings amid a message": (inside(), chain([frame(b"a", TEXT, flags=0)], repeat(frame(b"", PING)))),
            },
            lambda: lags_s.append(pulse.median(1, lambda: ana.created(page))),
        )
        assert endings == {
            "a head, byte by byte": 408,
            "a head without an end": 408,
            "nothing at all": 0,
            "a TLS handshake, byte by byte": 0,
            "no TLS handshake": 0,
            "a frame, byte by byte": 4408,
            "a frame's head, and no more": 4408,
            "fragments, one now and then": 4408,
            "fragments without an end": 1009,
            "10,000 empty continuations": 1009,
            "pings amid a message": 4408,
        }
        assert best_ratio(lambda: [(usual_s, median(lags_s))], TIMES) <= TIMES
        assert memory.peak() < before_kib + 1_024
        assert eventually(lambda: spy.count(*TYPES), lambda count: count == before) == before
        assert_in_step(ana, page, reader)
        assert reader.connects == 1
    assert secure.http.get("/healthz").status_code == 200
    assert "Traceback" not in secure.log
    secure.http.close()  # a line that is kept open under TLS makes the server wait for 5 s when it is stopped
