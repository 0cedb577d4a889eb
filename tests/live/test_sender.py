"""The native sender: one frame to many sockets in one call, and what a socket did not take is told."""

import contextlib
import socket
from collections.abc import Iterator
from typing import cast

import pytest

from collabchat.live import fanout
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import Packed

sender = pytest.importorskip("collabchat.live._sender", reason="there was no C compiler when this was built")

FRAME = Packed(bytes(range(256)) * 8)
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Three connections: our end, which never waits, and the other's."""
    made = [socket.socketpair() for _ in range(3)]
    for ours, theirs in made:
        ours.setblocking(False)
        theirs.settimeout(5)
    yield made
    for pair in made:
        for end in pair:
            end.close()


def fds(pairs: list[Pair]) -> list[int]:
    return [ours.fileno() for ours, _ in pairs]


def fill(end: socket.socket) -> None:
    """Write until nothing more is taken."""
    with contextlib.suppress(BlockingIOError):
        while True:
            end.send(FRAME)


def read(end: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += end.recv(length - len(data))
    return data


def test_everybody_gets_the_whole_frame(pairs: list[Pair]) -> None:
    assert list(sender.send_to_all(fds(pairs), FRAME)) == []
    assert [read(theirs, len(FRAME)) for _, theirs in pairs] == [FRAME] * 3


def test_a_full_socket_is_told_and_holds_up_nobody(pairs: list[Pair]) -> None:
    fill(pairs[1][0])
    assert list(sender.send_to_all(fds(pairs), FRAME)) == [(1, 0)]
    assert read(pairs[0][1], len(FRAME)) == read(pairs[2][1], len(FRAME)) == FRAME


def test_of_a_frame_that_does_not_fit_it_is_told_how_much_has_gone(pairs: list[Pair]) -> None:
    ours, theirs = pairs[0]
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    large = Packed(bytes(1_000_003))
    ((index, sent),) = sender.send_to_all([ours.fileno()], large)
    assert index == 0
    assert 0 < sent < len(large)
    assert read(theirs, sent) == large[:sent]


def test_who_is_gone_and_who_must_not_be_written_to_are_left_to_their_transports(pairs: list[Pair]) -> None:
    pairs[0][1].close()
    assert list(sender.send_to_all([*fds(pairs)[:1], -1, fds(pairs)[2]], FRAME)) == [(0, 0), (1, 0)]
    assert read(pairs[2][1], len(FRAME)) == FRAME


@pytest.mark.parametrize("arguments", [((1,), FRAME), ([1], "text"), (["one"], FRAME), ([1],), ([2**70], FRAME)])
def test_what_is_no_list_of_sockets_and_a_frame_is_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, OverflowError)):
        sender.send_to_all(*arguments)


class Line:
    """A transport that keeps what is left to it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.written: list[bytes] = []

    def write(self, packed: Packed) -> None:
        self.written.append(packed)


def test_what_a_socket_did_not_take_goes_by_its_transport(pairs: list[Pair]) -> None:
    write = fanout.write_at_once
    assert write is not None
    pairs[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    lines = [Line(fd) for fd in (*fds(pairs)[:2], -1)]
    large = Packed(bytes(range(251)) * 4_001)
    pairs[1][0].setblocking(False)
    write(cast("list[Transport]", lines[:1]), large)
    (rest,) = lines[0].written
    assert read(pairs[0][1], len(large) - len(rest)) + rest == large
    write(cast("list[Transport]", lines[1:]), FRAME)
    assert (lines[1].written, lines[2].written) == ([], [FRAME])
