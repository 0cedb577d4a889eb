"""Many readers in one thread: each says hello, checks that its events come in order, and may stop reading or be cut."""

import json
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Self

from msgspec import Struct

from tests.faults.bare import CHUNK, CLOSE, TEXT, code_of, handshake, message, take_frame, take_head
from tests.faults.proxy import RESET
from tests.live_reader import BATCH_MAX

LOOK_EVERY_S = 0.01
GUARD_S = 60


class Said(Struct, frozen=True):
    """What a frame says, as far as a flock is concerned; `first` and `last` are of its events, 0 if it has none."""

    is_watching: bool = False
    is_heartbeat: bool = False
    result: str = ""
    first: int = 0
    last: int = 0
    is_sound: bool = True


@lru_cache(maxsize=1_024)
def understand(payload: bytes) -> Said:
    """Read a frame; thousands of readers get the same one."""
    words = json.loads(payload)
    events = words if isinstance(words, list) else [words]
    if not isinstance(words, list) and words["type"] == "watching":
        return Said(is_watching=True, result=words["result"])
    seqs = [event["seq"] for event in events if "seq" in event]
    if not seqs:
        return Said(is_heartbeat=events[0]["type"] == "h")
    is_run = seqs == list(range(seqs[0], seqs[0] + len(events))) and len({event["urlId"] for event in events}) == 1
    is_batch = isinstance(words, list) and 2 <= len(words) <= BATCH_MAX
    return Said(first=seqs[0], last=seqs[-1], is_sound=is_run and is_batch is isinstance(words, list))


class Member:
    """One reader of one page, from a position on."""

    def __init__(self, token: str, page: str, epoch: str, seq: int) -> None:
        self.token, self.page, self.epoch, self.seq = token, page, epoch, seq
        self.socket: socket.socket | None = None
        self.status: int | None = None
        self.is_live = False
        self.code: int | None = None
        """How the server ended the connection; 0 if without a word."""
        self.frames = 0
        self.wrongs: list[str] = []
        self._data = bytearray()

    def dial(self, port: int, receive_buffer: int | None) -> socket.socket:
        """Begin a connection."""
        self.reset()
        self.socket = line = socket.socket()
        self.status, self.is_live, self.code, self._data = None, False, None, bytearray()
        if receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.setblocking(False)
        line.connect_ex(("127.0.0.1", port))
        return line

    def speak(self) -> None:
        """Say at once all that there is to say."""
        assert self.socket is not None
        room = {"urlId": self.page, "epoch": self.epoch, "seq": self.seq}
        self.socket.send(handshake() + message(type="hello", token=self.token, rooms=[room]))

    def read(self) -> bool:
        """Take what has come; whether there may be more."""
        assert self.socket is not None
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return True
        except ConnectionError:
            data = b""
        self._data += data
        if self.status is None and (head := take_head(self._data)) is not None:
            self.status = int(head.split(b" ", 2)[1])
        while self.status == 101 and (found := take_frame(self._data)) is not None:
            self._take(*found)
        if not data and self.code is None:
            self.code = 0
        return self.code is None

    def reset(self) -> None:
        """Hang up as a broken line does."""
        if self.socket is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.socket.close()
        self.socket, self.is_live = None, False

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self.code, self.is_live = code_of(payload), False
            return
        said = understand(payload)
        if opcode != TEXT or not said.is_sound:
            self.wrongs.append(f"a frame that is none: {payload[:200]!r}")
        if said.is_watching:
            self.is_live = said.result == "resumed"
            if not self.is_live:
                self.wrongs.append(f"not resumed: {payload!r}")
        if said.is_heartbeat and self.socket is not None:
            self.socket.send(message(type="h"))
        if said.first:
            self.frames += 1
            if said.first != self.seq + 1:
                self.wrongs.append(f"{said.first}..{said.last} after {self.seq}")
            self.seq = said.last


class Flock:
    """Readers of the server on a port; a context manager. Nothing is read but in `run_until`."""

    def __init__(self, port: int, members: Iterable[Member], *, receive_buffer: int | None = None) -> None:
        self.members = list(members)
        self._port = port
        self._receive_buffer = receive_buffer
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._selector.close()

    def come(self, meanwhile: Callable[[], object] = lambda: None) -> Self:
        """Let everybody dial at once, and watch from where they are; returns when all do.

        `meanwhile` is done again and again.
        """
        for member in self.members:
            self._selector.register(member.dial(self._port, self._receive_buffer), selectors.EVENT_WRITE, member)

        def are_settled() -> bool:
            meanwhile()
            return all(member.is_live or member.code is not None for member in self.members)

        self.run_until(are_settled)
        assert all(member.is_live for member in self.members), self.tell()
        return self

    def run_until(self, is_it: Callable[[], bool], timeout: float = GUARD_S) -> None:
        """Read for everybody who does read, until something is so."""
        give_up_at = time.monotonic() + timeout
        look_at = 0.0
        while True:
            if (now := time.monotonic()) >= look_at:
                if is_it():
                    return
                assert now < give_up_at, self.tell()
                look_at = now + LOOK_EVERY_S
            for key, _ in self._selector.select(LOOK_EVERY_S):
                member: Member = key.data
                if key.events == selectors.EVENT_WRITE:
                    member.speak()
                    self._selector.modify(key.fileobj, selectors.EVENT_READ, member)
                elif not member.read():
                    self._selector.unregister(key.fileobj)

    def run_to(self, seq: int) -> None:
        """Read until everybody has everything up to `seq`."""
        self.run_until(lambda: all(member.seq >= seq for member in self.members))

    def open_up(self) -> None:
        """From now on the kernel takes much for everybody."""
        self._receive_buffer = None
        for member in self.members:
            if member.socket is not None:
                member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * CHUNK)

    def cut(self) -> None:
        """Reset all lines at once."""
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
        for member in self.members:
            member.reset()

    def wrongs(self) -> list[str]:
        """What the server has done against the protocol."""
        return [wrong for member in self.members for wrong in member.wrongs]

    def tell(self) -> str:
        """How they are, in short."""
        states: dict[tuple[object, ...], int] = {}
        for it in self.members:
            key = (it.status, it.is_live, it.code, it.page, it.seq)
            states[key] = states.get(key, 0) + 1
        return f"{states} {self.wrongs()[:5]}"
