"""F45, F46, F47: frames that no client should send.

F47 over HTTP is in `test_odd_texts`; F48, conformance to RFC 6455, in tests/conformance.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.bare import CONTINUATION, FIN, RSV1, Bare, frame, handshake
from tests.faults.conftest import NewSite
from tests.faults.invariants import assert_in_step
from tests.faults.nursery import QuickSite
from tests.faults.vitals import Memory, Pulse, best_ratio
from tests.live_reader import LiveReader
from tests.running import Visitor

TIMES = 8
ROUNDS = 20
GROWTH_MOST_KIB = 2 * 1_024
MIB = b"a" * 2**20

NO_TEXT = {
    "no UTF-8": b"\xff\xfe",
    "an overlong form": b"\xc0\xaf",
    "a surrogate's bytes": b"\xed\xa0\x80",
    "over U+10FFFF": b"\xf4\x90\x80\x80",
    "half an emoji": "😀".encode()[:3],
}

NO_MESSAGE = {
    "a lone surrogate as a room": b'{"type":"watch","urlId":"\\ud800"}',
    "a lone surrogate as a type": b'{"type":"\\udc00"}',
    "a lone surrogate as a name": b'{"type":"x","\\udc00":1}',
    "a bare NUL": b'{"type":"watch","urlId":"\x00"}',
    "a byte order mark": b'\xef\xbb\xbf{"type":"x"}',
    "brackets that are not closed": b"[" * 16_000,
    "brackets in a field that nobody knows": b'{"type":"x","a":' + b"[" * 8_000 + b"]" * 8_000 + b"}",
    "objects in objects": b'{"a":' * 3_000,
    "a number beyond all numbers": b'{"type":"watch","urlId":"p","epoch":"e","seq":1e400}',
    "16,000 digits": b'{"type":"watch","urlId":"p","epoch":"e","seq":' + b"9" * 16_000 + b"}",
    "16,000 digits as a type": b'{"type":' + b"9" * 16_000 + b"}",
    "16,000 digits after the point": b'{"type":"watch","urlId":"p","epoch":"e","seq":0.' + b"9" * 16_000 + b"}",
    "no number": b'{"type":"x","n":NaN}',
    "1,001 emoji as a room": '{"type":"watch","urlId":"%s"}'.replace("%s", "😀" * 1_001).encode(),
}

ROOMS = ["\0", "\u202e\u200b\u2066", "😀" * 1_000, "e\u0301", "\ufffe"]
"""Names that are strange, and names all the same."""

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_types = st.sampled_from(["hello", "watch", "unwatch", "auth", "h", "typing"]) | st.text(max_size=8)
_fields = st.dictionaries(st.sampled_from(["token", "rooms", "urlId", "epoch", "seq", "chatId"]) | st.text(), _json)
_sent = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(frame),
    st.builds(lambda type_, fields: frame(json.dumps({"type": type_, **fields}).encode()), _types, _fields),
    st.builds(
        lambda payload, opcode, flags, length: frame(payload, opcode, flags=flags, length=length),
        st.binary(max_size=140), st.integers(0, 15), st.sampled_from(range(0, 256, 16)),
        st.none() | st.integers(0, 2**64 - 1),
    ),
)  # fmt: skip


class Scene:
    """A server, a reader who must not notice anything, and a conversation."""

    def __init__(self, site: QuickSite, ana: Visitor, reader: LiveReader, pulse: Pulse) -> None:
        self.site, self.ana, self.page = site, ana, reader.room.url_id
        self._token = ana.snapshot(self.page)["userIdWS"]
        self._pulse = pulse
        self._memory = Memory(site.pid)

    def socket(self) -> Bare:
        """A socket that has said hello."""
        return Bare(self.site.port).greet(self._token)

    def stranger(self) -> Bare:
        """A socket that has said nothing yet."""
        bare = Bare(self.site.port)
        assert bare.upgrade() == 101
        return bare

    def listener(self) -> Bare:
        """A socket of the classic way."""
        bare = Bare(self.site.port)
        query = urlencode(self.ana.live_ids(self.page)).encode()
        bare.send(handshake().replace(b"tenantIdWS=demo&v=2", query))
        assert bare.answer() == 101
        return bare

    def end(self, sent: bytes) -> int:
        """How a socket ends that sends this."""
        with self.socket() as bare:
            bare.send(sent)
            return bare.end()

    def assert_refused_lightly(self, frames: Mapping[str, bytes], codes: Mapping[str, int]) -> None:
        """Each ends its socket, for the same memory and time of others as something small that is wrong."""

        def lag(sent: Iterable[bytes]) -> float:
            """How long somebody else waits amid all of this."""
            with ExitStack() as stack:
                for each, bare in [(each, stack.enter_context(self.socket())) for each in sent]:
                    bare.send(each)
                return self._pulse.beat()

        def measure() -> list[tuple[float, float]]:
            usual_s = median(lag([frame(b"{}")] * len(frames)) for _ in range(ROUNDS))
            before_kib = self._memory.forget_peak()
            assert {name: self.end(sent) for name, sent in frames.items()} == codes
            amid_s = median(lag(frames.values()) for _ in range(ROUNDS))
            assert self._memory.peak() < before_kib + GROWTH_MOST_KIB
            return [(usual_s, amid_s)]

        assert best_ratio(measure, TIMES) <= TIMES


@contextmanager
def opened(site: QuickSite) -> Iterator[Scene]:
    """The scene; at the end, the reader must have been left alone, and the log hold nothing unforeseen."""
    ana = site.guest("Ana")
    with LiveReader(ana, "page", via=site.base) as reader, Pulse(site.port) as pulse:
        yield Scene(site, ana, reader.wait_live(), pulse)
        ana.created("page")
        assert_in_step(ana, "page", reader)
        assert (reader.connects, reader.gaps) == (1, 0)
    assert not [word for word in ("Traceback", "RecursionError") if word in site.log], site.log


@pytest.fixture(scope="module")
def scene(site: QuickSite) -> Iterator[Scene]:
    with opened(site) as scene:
        yield scene


def test_f45_a_compression_bomb_is_refused_as_nobody_has_agreed_to_compression(new_site: NewSite) -> None:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    squeezed = b"".join(squeezer.compress(MIB) for _ in range(64)) + squeezer.flush(zlib.Z_SYNC_FLUSH)
    bomb = squeezed[:-4]
    assert len(bomb) < 2**16
    parts = [bomb[at : at + 8_000] for at in range(0, len(bomb), 8_000)]
    in_parts = [frame(part, CONTINUATION, flags=FIN if part is parts[-1] else 0) for part in parts[1:]]
    frames = {
        "whole": frame(bomb, flags=FIN | RSV1),
        "small enough for a message": frame(bomb[:10_000], flags=FIN | RSV1),
        "in parts": frame(parts[0], flags=RSV1) + b"".join(in_parts),
    }
    with opened(new_site()) as scene:
        with Bare(scene.site.port) as bare:
            assert bare.upgrade("demo", "Sec-WebSocket-Extensions: permessage-deflate") == 101
            assert b"permessage-deflate" not in bare.head
        scene.assert_refused_lightly(frames, {"whole": 1009, "small enough for a message": 1002, "in parts": 1002})


def test_f46_what_is_too_long_is_refused_by_its_head_and_not_kept(new_site: NewSite) -> None:
    most = 16 * 1_024
    frames = {
        "a byte more than may be": frame(MIB[: most + 1]),
        "1 GiB": frame(MIB, length=2**30),
        "2^63": frame(MIB, length=2**63),
        "2^64 - 1": frame(MIB, length=2**64 - 1),
        "too much in parts": frame(MIB[:most], flags=0) + frame(b"a", CONTINUATION),
        "a part of 1 GiB": frame(MIB[:most], flags=0) + frame(MIB, CONTINUATION, flags=0, length=2**30),
    }
    with opened(new_site()) as scene:
        exact = b'{"type":"x","y":"%s"}' % MIB[: most - 19]
        assert len(exact) == most
        assert scene.end(frame(exact) + frame(b"")) == 4400  # for the second, as the first is not too long
        scene.assert_refused_lightly(frames, dict.fromkeys(frames, 1009))


def test_f47_what_is_no_text_or_no_message_ends_the_socket_and_nothing_else(new_site: NewSite) -> None:
    frames = {name: frame(sent) for name, sent in [*NO_TEXT.items(), *NO_MESSAGE.items()]}
    with opened(new_site()) as scene:
        scene.assert_refused_lightly(frames, {**dict.fromkeys(NO_TEXT, 1007), **dict.fromkeys(NO_MESSAGE, 4400)})
        assert scene.end(frame(b"[" * 100_000)) == 1009
        assert scene.end(frame(b'{"type":"h","n":' + b"9" * 10_000_000 + b"}")) == 1009


def test_f47_who_has_not_even_said_hello_is_heard_no_better(scene: Scene) -> None:
    ends = {**dict.fromkeys(NO_TEXT.values(), 1007), **dict.fromkeys(NO_MESSAGE.values(), 4400), b"[" * 100_000: 1009}
    for sent, code in ends.items():
        with scene.stranger() as bare:
            bare.send(frame(sent))
            assert bare.end() == code, sent[:60]


def test_f47_a_classic_client_is_not_understood_anyway_but_says_it_in_text(scene: Scene) -> None:
    with scene.listener() as bare:
        for sent in NO_MESSAGE.values():
            bare.send(frame(sent))
        event = scene.ana.created(scene.page)["event"]
        while (payload := bare.next_frame()[1]) and b'"new-text-chat"' not in payload:
            pass
        assert json.loads(payload) == event
        bare.send(frame(b"[" * 100_000))
        assert bare.end() == 1009
    for sent in NO_TEXT.values():
        with scene.listener() as bare:
            bare.send(frame(sent))
            assert bare.end() == 1007


def test_f47_a_character_may_be_cut_between_two_parts_of_a_message_and_nowhere_else(scene: Scene) -> None:
    whole = json.dumps({"type": "watch", "urlId": "a😀"}, ensure_ascii=False).encode()
    emoji = whole.index("😀".encode())
    for cut in range(emoji + 1, emoji + 4):
        with scene.socket() as bare:
            bare.send(frame(whole[:cut], flags=0) + frame(whole[cut:], CONTINUATION))
            assert json.loads(bare.next_frame()[1])["urlId"] == "a😀"
        assert scene.end(frame(whole[:cut], flags=0) + frame(b'"}', CONTINUATION)) == 1007
        assert scene.end(frame(whole[:cut], flags=0) + frame(b"", CONTINUATION)) == 1007
        assert scene.end(frame(whole[:cut]) + frame(whole[cut:])) == 1007


def test_f47_strange_rooms_are_rooms_and_the_last_of_two_equal_names_counts(scene: Scene) -> None:
    for name in ROOMS:
        with scene.socket() as bare:
            bare.send(frame(json.dumps({"type": "watch", "urlId": name}).encode()))
            _, payload = bare.next_frame()
            assert (json.loads(payload)["urlId"], json.loads(payload)["result"]) == (name, "resumed")
    with scene.socket() as bare:
        bare.send(frame(b'{"type":"x","type":"watch","urlId":"a","urlId":"b"}'))
        assert json.loads(bare.next_frame()[1])["urlId"] == "b"


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sent=_sent)
def test_f47_nothing_that_a_socket_sends_breaks_the_server(scene: Scene, sent: bytes) -> None:
    with scene.socket() as bare:
        bare.send(sent + frame(b""))  # which ends the socket, if nothing did before, or is a part of what was begun
        bare.socket.shutdown(1)
        assert bare.end() in {1000, 1001, 1002, 1006, 1007, 1009, 4400, 4401}
