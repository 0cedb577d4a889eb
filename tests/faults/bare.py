"""A socket without a library: it sends whatever a test likes, and reads when a test likes."""

import json
import socket
from typing import Any, Self

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
FIN, RSV1 = 0x80, 0x40
LOST = 1006
NOTHING_MORE = CLOSE, LOST.to_bytes(2, "big")
CHUNK = 262_144
GUARD_S = 30


def handshake(tenant: str = "demo", *headers: str) -> bytes:
    """The request for a v2 socket."""
    lines = [
        f"GET /sub?tenantIdWS={tenant}&v=2 HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def frame(payload: bytes = b"", opcode: int = TEXT, *, flags: int = FIN, length: int | None = None) -> bytes:
    """A client's frame; its head says `length` instead of the payload's own, if given."""
    size = len(payload) if length is None else length
    if size < 126:
        head = bytes([0x80 | size])
    elif size < 2**16:
        head = b"\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\xff" + size.to_bytes(8, "big")
    # A mask of zeros is a mask: the payload stays as it is.
    return bytes([flags | opcode]) + head + bytes(4) + payload


def message(**words: Any) -> bytes:
    """A message as a frame."""
    return frame(json.dumps(words).encode())


def take_frame(data: bytearray) -> tuple[int, bytes] | None:
    """Take the first frame off what a server sent, if all of it is there: opcode and payload."""
    if len(data) < 2:
        return None
    length, start = data[1], 2
    if length >= 126:
        start += 2 if length == 126 else 8
        if len(data) < start:
            return None
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        return None
    found = data[0] & 0x0F, bytes(data[start : start + length])
    del data[: start + length]
    return found


def take_head(data: bytearray) -> bytes | None:
    """Take the head of an answer off what a server sent, if all of it is there."""
    if (end := data.find(b"\r\n\r\n")) < 0:
        return None
    head = bytes(data[:end])
    del data[: end + 4]
    return head


def code_of(payload: bytes) -> int:
    """The code in a close frame."""
    return int.from_bytes(payload[:2], "big") if payload else LOST


class Bare:
    """One connection, blocking; a context manager. `source` is the address that it comes from."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=GUARD_S, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = b""
        """What the last request was answered with."""
        self._data = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a server that has hung up meanwhile does not hear them."""
        try:
            self.socket.sendall(data)
        except ConnectionError:
            return

    def upgrade(self, tenant: str = "demo", *headers: str) -> int:
        """Ask for a socket; the answer's status."""
        self.send(handshake(tenant, *headers))
        return self.answer()

    def greet(self, token: str, *rooms: str) -> Self:
        """Ask for a socket and watch pages from now on; returns when the last answer is there."""
        assert self.upgrade() == 101
        self.send(message(type="hello", token=token, rooms=[{"urlId": room} for room in rooms]))
        for word in [b'"welcome"', *[b'"watching"'] * len(rooms)]:
            while word not in (found := self.next_frame())[1]:
                assert found[0] != CLOSE
        return self

    def answer(self) -> int:
        """Read the head of an answer, and say its status; 0 if there is none."""
        while (head := take_head(self._data)) is None:
            if not self._read():
                return 0
        self.head = head
        return int(head.split(b" ", 2)[1])

    def next_frame(self) -> tuple[int, bytes]:
        """The next frame; NOTHING_MORE when there is none."""
        while (found := take_frame(self._data)) is None:
            if not self._read():
                return NOTHING_MORE
        return found

    def end(self) -> int:
        """Read on to the end, and say the code that the server closed with; LOST if it said none."""
        while (found := self.next_frame())[0] != CLOSE:
            pass
        return code_of(found[1])

    def is_over(self) -> bool:
        """Read what is there, and say whether that was the end."""
        return not self._read()

    def _read(self) -> bool:
        try:
            data = self.socket.recv(CHUNK)
        except ConnectionError:
            return False
        self._data += data
        return bool(data)
