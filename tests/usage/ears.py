"""Sockets that count all that they are told, frame by frame, so that it can be compared with what was metered."""

import json
import threading
from typing import Any, Self

from tests.faults.bare import CLOSE, TEXT, Bare, frame, handshake, message
from tests.running import Visitor


class CountingEar:
    """One socket on a page, v2 or classic; reads in a thread of its own until the server has said the last word."""

    def __init__(self, who: Visitor, page: str, port: int, *headers: str, is_classic: bool = False) -> None:
        snapshot = who.snapshot(page)
        self.frames = 0
        self.bytes = 0
        self.batches = 0
        self.seqs: list[int] = []
        self._bare = Bare(port)
        if is_classic:
            names = "&".join(f"{name}={snapshot[name]}" for name in ("urlIdWS", "userIdWS", "tenantIdWS"))
            query = names.replace("urlIdWS", "urlId")
            self._bare.send(
                handshake(who.tenant, *headers).replace(f"tenantIdWS={who.tenant}&v=2".encode(), query.encode())
            )
            assert self._bare.answer() == 101
        else:
            assert self._bare.upgrade(who.tenant, *headers) == 101
            room = {"urlId": page, "epoch": snapshot["epoch"], "seq": snapshot["seq"]}
            self._bare.send(message(type="hello", token=snapshot["userIdWS"], rooms=[room]))
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bare.__exit__()

    def wait_for(self, seq: int) -> None:
        """Wait until it has heard an event."""
        with self._changed:
            assert self._changed.wait_for(lambda: seq in self.seqs, 20), self.seqs

    def leave(self) -> None:
        """Close, and take all that the server said before it heard of that."""
        self._bare.send(frame((1000).to_bytes(2, "big"), CLOSE))
        self.be_over()

    def be_over(self) -> None:
        """Wait for the server's last word."""
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _read(self) -> None:
        while True:
            opcode, payload = self._bare.next_frame()
            if opcode == CLOSE:
                return
            if opcode == TEXT:
                self._count(payload)

    def _count(self, payload: bytes) -> None:
        said: Any = json.loads(payload)
        events = said if isinstance(said, list) else [said]
        with self._changed:
            self.frames += 1
            self.bytes += len(payload)
            self.batches += isinstance(said, list)
            self.seqs += [event["seq"] for event in events if "seq" in event and "result" not in event]
            self._changed.notify_all()
