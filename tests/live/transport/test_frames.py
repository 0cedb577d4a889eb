"""Frames on the wire: what is packed here is what a client of `websockets` reads."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from collabchat.core.close_codes import CLOSE_NO_CODE, CLOSE_TOO_SLOW
from collabchat.live.transport import frames
from collabchat.live.transport.frames import NOTHING, PING, Packed, pack, pack_all, pack_bytes, unpack

LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536]
"""Around each length from which on a header is longer."""


def read(packed: Packed) -> list[Frame]:
    """The frames, as a client reads them."""
    stream, found = StreamReader(), []
    stream.feed_data(packed)
    stream.feed_eof()
    while stream.buffer:
        try:
            next(Frame.parse(stream.read_exact, mask=False))
        except StopIteration as end:
            found.append(end.value)
    return found


def data(packed: Packed) -> list[tuple[Opcode, bytes]]:
    """What the frames are and hold; none of them is a fragment."""
    found = read(packed)
    assert all(frame.fin for frame in found)
    return [(frame.opcode, bytes(frame.data)) for frame in found]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_client_reads_what_was_packed(length: int) -> None:
    payload = b"x" * length
    assert data(pack(payload)) == [(Opcode.TEXT, payload)]
    assert data(pack_bytes(payload)) == [(Opcode.BINARY, payload)]


@pytest.mark.parametrize("length", LENGTHS)
def test_unpacking_gives_back_what_was_packed(length: int) -> None:
    assert unpack(pack(b"x" * length)) == [b"x" * length]


@given(st.lists(st.sampled_from(LENGTHS)))
def test_several_frames_in_one_write_stay_what_they_are(lengths: Sequence[int]) -> None:
    payloads = [bytes([65 + number % 26]) * length for number, length in enumerate(lengths)]
    packed = pack_all(payloads)
    assert packed == b"".join(map(pack, payloads))
    assert unpack(packed) == payloads
    assert data(packed) == [(Opcode.TEXT, payload) for payload in payloads]


def test_nothing_is_no_frame() -> None:
    assert (data(NOTHING), unpack(NOTHING), pack_all([])) == ([], [], NOTHING)


def test_pings_and_pongs_are_control_frames() -> None:
    assert data(PING) == [(Opcode.PING, b"")]
    assert data(frames.pong(b"123")) == [(Opcode.PONG, b"123")]


def test_a_close_frame_says_why() -> None:
    ((opcode, payload),) = data(frames.close(CLOSE_TOO_SLOW))
    assert (opcode, Close.parse(payload)) == (Opcode.CLOSE, Close(CLOSE_TOO_SLOW, ""))


def test_a_close_frame_without_a_code_is_empty() -> None:
    assert data(frames.close(CLOSE_NO_CODE)) == [(Opcode.CLOSE, b"")]
