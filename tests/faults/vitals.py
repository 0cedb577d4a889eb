"""How a server is, seen from outside: its memory, its files, and how long others wait for its event loop."""

import os
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Self

TRIES = 3


class Memory:
    """A process's resident memory, in KiB."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def now(self) -> int:
        """What it has now."""
        return self._read("VmRSS")

    def peak(self) -> int:
        """The most that it had since `forget_peak`."""
        return self._read("VmHWM")

    def forget_peak(self) -> int:
        """Begin anew to note the peak; what it has now."""
        (self._folder / "clear_refs").write_text("5")
        return self.peak()

    def _read(self, name: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise AssertionError(name)


def open_files(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - a count, of what is no file


class Pulse:
    """Somebody with a connection of their own, who asks for next to nothing, and notes how long that takes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def beat(self) -> float:
        """Ask once; the seconds until the answer."""
        asked_at = time.perf_counter()
        self._socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += (more := self._socket.recv(65_536))
            assert more, answer
        took_s = time.perf_counter() - asked_at
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return took_s

    def median(self, count: int = 30, before: Callable[[], object] = lambda: None) -> float:
        """The median of some beats, before each of which something is done."""
        took_s = []
        for _ in range(count):
            before()
            took_s.append(self.beat())
        return median(took_s)


def best_ratio(measure: Callable[[], Sequence[tuple[float, float]]], most: float) -> float:
    """How many times as long things take with a fault as without; measured anew, twice at most, if over `most`.

    `measure` returns both for each thing, without and with. A machine that is busy with something else is so for a
    while only.
    """
    ratio = float("inf")
    for _ in range(TRIES):
        ratio = min(ratio, max(with_it / without for without, with_it in measure()))
        if ratio <= most:
            break
    return ratio
