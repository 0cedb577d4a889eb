"""What clients send, in whatever pieces it comes: the same messages, or the right reason to end."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct
from websockets.frames import Close, Frame, Opcode

from collabchat.core.close_codes import CLOSE_NO_CODE, CLOSE_NOT_TEXT, CLOSE_PROTOCOL, CLOSE_TOO_BIG
from collabchat.live.transport.inbound import Goodbye, Inbound, Part, Ping, Pong, Received, Violation

MAX_BYTES = 2_000
PARTS_MAX = 5


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def head(opcode: Opcode, length: int, *, fin: bool = True) -> bytes:
    """The header of a frame that declares such a length, without the mask's key, let alone any payload."""
    return bytes([fin << 7 | opcode, 0x80 | 127]) + length.to_bytes(8, "big")


def new_inbound() -> Inbound:
    return Inbound(MAX_BYTES, PARTS_MAX)


def hear(inbound: Inbound, data: bytes) -> tuple[list[Received], int | None]:
    """What comes of some bytes, and the code of the violation that ends it."""
    heard: list[Received] = []
    try:
        for received in inbound.feed(data):
            heard.append(received)
    except Violation as violation:
        return heard, violation.code
    return heard, None


def hear_all(*pieces: bytes) -> tuple[list[Received], int | None]:
    return hear(new_inbound(), b"".join(pieces))


# -- Whatever is valid -------------------------------------------------------------------------------------------------


class Step(Struct, frozen=True):
    """A frame, what comes of it, and whether a message is unfinished after it."""

    data: bytes
    received: Received
    is_open: bool = False


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(at), len(data)])]


@st.composite
def controls(draw: st.DrawFn, *, is_open: bool) -> list[Step]:
    steps = []
    for payload, is_ping in draw(st.lists(st.tuples(st.binary(max_size=125), st.booleans()), max_size=2)):
        steps.append(
            Step(frame(Opcode.PING, payload), Ping(payload), is_open)
            if is_ping
            else Step(frame(Opcode.PONG, payload), Pong(), is_open)
        )
    return steps


@st.composite
def messages(draw: st.DrawFn) -> list[Step]:
    """One message in one or more parts, with control frames between them."""
    message = draw(st.text(max_size=200) | st.binary(max_size=300))
    opcode = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
    data = message.encode() if isinstance(message, str) else message
    parts = cut(data, draw(st.lists(st.integers(0, len(data)), max_size=PARTS_MAX - 1)))
    steps = draw(controls(is_open=False))
    for number, part in enumerate(parts, 1):
        is_open = number < len(parts)
        this = frame(opcode if number == 1 else Opcode.CONT, part, fin=not is_open)
        steps.append(Step(this, Part() if is_open else message, is_open))
        steps += draw(controls(is_open=is_open))
    return steps


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Step], list[bytes]]:
    """Messages, and the pieces in which they come."""
    steps = [step for message in draw(st.lists(messages(), max_size=4)) for step in message]
    data = b"".join(step.data for step in steps)
    return steps, cut(data, draw(st.lists(st.integers(0, len(data)), max_size=20)))


@given(conversations())
def test_the_same_is_heard_in_whatever_pieces_it_comes(conversation: tuple[list[Step], list[bytes]]) -> None:
    steps, pieces = conversation
    idle_at, at = {0}, 0
    for step in steps:
        at += len(step.data)
        if not step.is_open:
            idle_at.add(at)
    inbound, heard, at = new_inbound(), list[Received](), 0
    for piece in pieces:
        now, code = hear(inbound, piece)
        assert code is None
        heard += now
        at += len(piece)
        assert inbound.is_idle is (at in idle_at)
    assert heard == [step.received for step in steps]


def test_a_message_may_be_as_long_as_the_limit_in_one_part_or_more() -> None:
    half = b"x" * (MAX_BYTES // 2)
    parts = frame(Opcode.BINARY, half, fin=False), frame(Opcode.CONT, half)
    whole = frame(Opcode.BINARY, half + half)
    assert hear_all(whole, *parts, whole) == ([half + half, Part(), half + half, half + half], None)


def test_a_message_may_have_as_many_parts_as_the_limit_and_so_may_the_next() -> None:
    parts = [
        frame(Opcode.BINARY, fin=False),
        *[frame(Opcode.CONT, b"x", fin=False)] * (PARTS_MAX - 2),
        frame(Opcode.CONT),
    ]
    once = [*[Part()] * (PARTS_MAX - 1), b"x" * (PARTS_MAX - 2)]
    assert hear_all(*parts, *parts) == (once * 2, None)


# -- Goodbyes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_a_goodbye_has_its_code_also_amid_a_message(code: int) -> None:
    goodbye = frame(Opcode.CLOSE, Close(code, "bye").serialize())
    assert hear_all(goodbye) == ([Goodbye(code)], None)
    assert hear_all(frame(Opcode.TEXT, b"x", fin=False), goodbye) == ([Part(), Goodbye(code)], None)


def test_a_goodbye_need_not_say_why() -> None:
    assert hear_all(frame(Opcode.CLOSE)) == ([Goodbye(CLOSE_NO_CODE)], None)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        *[(code.to_bytes(2, "big"), CLOSE_PROTOCOL) for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)],
        (b"\x03", CLOSE_PROTOCOL),
        (b"\x03\xe8\xff", CLOSE_NOT_TEXT),
    ],
)
def test_a_goodbye_that_no_client_may_say_is_a_violation(data: bytes, code: int) -> None:
    assert hear_all(frame(Opcode.CLOSE, data)) == ([], code)


# -- Too much ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 2**30, 2**63, 2**64 - 1])
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_length_over_the_limit_is_refused_by_its_header_alone(length: int, opcode: Opcode) -> None:
    assert hear_all(head(opcode, length)) == ([], CLOSE_TOO_BIG)


def test_the_parts_of_a_message_are_limited_together() -> None:
    first = frame(Opcode.BINARY, b"x" * 1_000, fin=False)
    rest = MAX_BYTES - 1_000
    assert hear_all(first, head(Opcode.CONT, rest)) == ([Part()], None)
    assert hear_all(first, head(Opcode.CONT, rest + 1)) == ([Part()], CLOSE_TOO_BIG)


def test_a_last_byte_too_many_is_refused_where_a_control_frame_might_have_come() -> None:
    first = frame(Opcode.BINARY, b"x" * MAX_BYTES, fin=False)
    assert hear_all(first, frame(Opcode.CONT, b"x")) == ([Part()], CLOSE_TOO_BIG)
    ping = frame(Opcode.PING, b"x" * 125)
    assert hear_all(first, ping, frame(Opcode.CONT)) == ([Part(), Ping(b"x" * 125), b"x" * MAX_BYTES], None)


def test_small_limits_hold_for_messages_and_not_for_control_frames() -> None:
    ping, text = frame(Opcode.PING, b"x" * 125), frame(Opcode.TEXT, b"x" * 11)
    assert hear(Inbound(10, PARTS_MAX), ping + text) == ([Ping(b"x" * 125)], CLOSE_TOO_BIG)


def test_a_part_too_many_is_refused_even_if_it_is_empty() -> None:
    parts = [frame(Opcode.BINARY, fin=False), *[frame(Opcode.CONT, fin=False)] * (PARTS_MAX - 1)]
    assert hear_all(*parts) == ([Part()] * PARTS_MAX, None)
    assert hear_all(*parts, frame(Opcode.CONT)) == ([Part()] * PARTS_MAX, CLOSE_TOO_BIG)


# -- Broken rules ------------------------------------------------------------------------------------------------------

BEGUN = frame(Opcode.TEXT, b"x", fin=False)
TEXT = frame(Opcode.TEXT, b"x")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(Opcode.TEXT, b"x", mask=False), id="not masked"),
        *[pytest.param(bytes([TEXT[0] | bit, *TEXT[1:]]), id=f"reserved bit {bit:#x}") for bit in (0x40, 0x20, 0x10)],
        *[pytest.param(bytes([0x80 | code, *TEXT[1:]]), id=f"opcode {code}") for code in (3, 4, 7, 0xB, 0xF)],
        pytest.param(frame(Opcode.CONT, b"x"), id="goes on with nothing"),
        pytest.param(frame(Opcode.CONT, b"x", fin=False), id="goes on with nothing, in parts"),
        pytest.param(bytes([Opcode.PING, *frame(Opcode.PING)[1:]]), id="ping in parts"),
        pytest.param(bytes([0x80 | Opcode.PING, *frame(Opcode.TEXT, b"x" * 126)[1:]]), id="ping of 126 bytes"),
    ],
)
def test_who_breaks_the_rules_is_told_so_after_what_came_before(data: bytes) -> None:
    assert hear_all(TEXT, frame(Opcode.PING, b"1"), data, TEXT) == (["x", Ping(b"1")], CLOSE_PROTOCOL)


@pytest.mark.parametrize("next_one", [TEXT, BEGUN, frame(Opcode.BINARY)])
def test_a_message_must_end_before_the_next_begins(next_one: bytes) -> None:
    assert hear_all(BEGUN, next_one) == ([Part()], CLOSE_PROTOCOL)


INVALID = [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]


@pytest.mark.parametrize("text", INVALID)
def test_text_must_be_utf8(text: bytes) -> None:
    assert hear_all(TEXT, frame(Opcode.TEXT, b"ok " + text)) == (["x"], CLOSE_NOT_TEXT)
    assert hear_all(frame(Opcode.BINARY, text)) == ([text], None)


def test_bad_text_in_parts_is_refused_with_the_first_bad_part() -> None:
    good, bad = frame(Opcode.TEXT, b"\xe2\x82", fin=False), frame(Opcode.CONT, b"\x28", fin=False)
    assert hear_all(good, bad) == ([Part()], CLOSE_NOT_TEXT)


def test_text_that_ends_amid_a_character_is_refused_at_its_end() -> None:
    good, end = frame(Opcode.TEXT, b"\xe2\x82", fin=False), frame(Opcode.CONT)
    assert hear_all(good, frame(Opcode.CONT, fin=False), end) == ([Part(), Part()], CLOSE_NOT_TEXT)
    assert hear_all(good, frame(Opcode.CONT, b"\xac")) == ([Part(), "€"], None)


def test_what_one_message_was_is_forgotten_with_the_next() -> None:
    binary = frame(Opcode.BINARY, b"\xff", fin=False), frame(Opcode.CONT, b"\xff")
    text = frame(Opcode.TEXT, b"a", fin=False), frame(Opcode.CONT, b"b")
    assert hear_all(*text, *binary, *text) == ([Part(), "ab", Part(), b"\xff\xff", Part(), "ab"], None)


NEARLY = st.builds(
    lambda first, length, rest: bytes([first, 0x80 | length]) + rest,
    st.integers(0, 255),
    st.integers(0, 127),
    st.binary(max_size=200),
)
"""Frames that are masked, as chance has them: they come further than mere bytes do."""


@given(st.lists(st.binary() | NEARLY, max_size=6))
@example([b"\x88\x80aaaa", b"\x00"])
def test_no_bytes_do_more_harm_than_a_violation(pieces: list[bytes]) -> None:
    inbound = new_inbound()
    for piece in pieces:
        _, code = hear(inbound, piece)
        assert code in {None, CLOSE_PROTOCOL, CLOSE_TOO_BIG, CLOSE_NOT_TEXT}
        if code is not None:
            return
