"""Tenant A's storm, in a process of its own: as much as a few connections can ask, whatever they are answered.

    python -m benchmarks.fairness.storm PORT TENANT

Says `ready`; then each line `go …` of stdin (the kinds that storm: writes, reads, connects) lets it loose until the
next line, which is answered with what came of it, as one line of JSON. It runs at idle priority: whoever measures on
the same core comes first.
"""

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any

from benchmarks.fairness.people import (
    creation,
    dial,
    handshake,
    hello,
    reading,
    sign_in,
    snapshot,
    take_answer,
)

WRITERS, READERS, CONNECTORS = 8, 8, 4
PEOPLE = 16
SOURCES = tuple(f"127.0.0.{number}" for number in range(2, 6))
PER_PAGE = 50
TURN_S = 0.05
CHUNK = 262_144


class Peer:
    """One connection: it asks again as soon as it is answered."""

    def __init__(self, storm: "Storm", kind: str, source: str, requests: Iterator[bytes]) -> None:
        self.kind = kind
        self._storm = storm
        self._source = source
        self._requests = requests
        self._line: socket.socket | None = None
        self._data = bytearray()
        self._is_socket = False

    def ask(self) -> None:
        """Send the next request, on a fresh connection where there is none."""
        self._data.clear()
        self._is_socket = False
        if self._line is None:
            self._line = dial(self._storm.port, self._source)
            self._line.setblocking(False)
            self._storm.selector.register(self._line, selectors.EVENT_READ, self)
        try:
            self._line.send(next(self._requests))
        except OSError:
            self._answered("lost")
            self.hang_up()

    def hear(self) -> None:
        """Take what has come."""
        assert self._line is not None
        try:
            data = self._line.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            if self.kind != "connects":
                self._answered("lost")
            self.hang_up()
            self._storm.resting.append(self)
            return
        self._data += data
        if self._is_socket:
            if b'"watching"' in self._data:
                self._again()
        elif self.kind == "connects" and self._data.startswith(b"HTTP/1.1 101"):
            if b"\r\n\r\n" in self._data:
                self._answered(101)
                self._is_socket = True
                self._line.send(self._storm.hello)
        elif (status := take_answer(self._data)) is not None:
            self._answered(status)
            self._again()

    def _again(self) -> None:
        if self.kind == "connects":
            self.hang_up()
        self._storm.resting.append(self)

    def _answered(self, status: int | str) -> None:
        self._storm.answers[f"{self.kind} {status}"] += 1

    def hang_up(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._storm.selector.unregister(self._line)
            self._line.close()
            self._line = None


class Storm:
    """All connections."""

    def __init__(self, port: int, tenant: str) -> None:
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.answers: Counter[str] = Counter()
        self.resting: list[Peer] = []
        sessions = [sign_in(port, tenant, f"A{number}") for number in range(PEOPLE)]
        token = str(snapshot(port, tenant, "a-0", sessions[0])["userIdWS"])
        self.hello = hello(token, "a-0")
        names = count(time.time_ns())
        writes = (
            creation(tenant, session, f"a-{name // PER_PAGE}", str(name))
            for name, session in zip(names, cycle(sessions))
        )
        reads = (reading(tenant, session, "a-0") for session in cycle(sessions))
        connects = (handshake(tenant) for _ in count())
        sources = cycle(SOURCES)
        self._peers = [
            Peer(self, kind, next(sources), requests)
            for kind, number, requests in (
                ("writes", WRITERS, writes),
                ("reads", READERS, reads),
                ("connects", CONNECTORS, connects),
            )
            for _ in range(number)
        ]
        for name in range(PER_PAGE):
            line = dial(port, SOURCES[0])
            line.sendall(creation(tenant, sessions[name % PEOPLE], "a-0", f"first-{name}"))
            line.recv(CHUNK)
            line.close()

    def blow(self, kinds: list[str], is_over: threading.Event) -> dict[str, Any]:
        """Storm until it is over; how many answers of each kind came, and how long it took."""
        began = time.monotonic()
        self.answers.clear()
        self.resting = [peer for peer in self._peers if peer.kind in kinds]
        while not is_over.is_set():
            resting, self.resting = self.resting, []
            for peer in resting:
                peer.ask()
            for key, _ in self.selector.select(TURN_S):
                key.data.hear()
        for peer in self._peers:
            peer.hang_up()
        return {"answers": dict(self.answers), "took_s": time.monotonic() - began}


def main() -> None:
    """Obey stdin."""
    storm = Storm(int(sys.argv[1]), sys.argv[2])
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print("ready", flush=True)
    for line in sys.stdin:
        is_over = threading.Event()
        done: dict[str, Any] = {}
        blowing = threading.Thread(target=lambda: done.update(storm.blow(line.split()[1:], is_over)))  # noqa: B023
        blowing.start()
        sys.stdin.readline()
        is_over.set()
        blowing.join()
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
