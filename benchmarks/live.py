"""The live channel: what a resume costs beside a plain connect, and what batching does to a burst."""

import asyncio
import base64
import json
import os
import re
import statistics
import tempfile
import time
from typing import Self

from benchmarks.served import PAGE, Served

CONNECTS = 150
ROUNDS = 5
MISSED = (0, 1, 32, 256)
VIEWERS = 500
BURST = 2_000

_SEQ = re.compile(rb'"seq":(\d+),"timestamp"')


class Viewer:
    """A bare v2 client: enough of WebSocket to say hello, and to count what comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.frames = 0
        self.payload_bytes = 0
        self.seqs: list[int] = []
        self.first_at = 0.0

    @classmethod
    async def connect(cls, served: Served, seq: int) -> Self:
        """Open a socket and watch the page from a position; returns when the answer is there."""
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /sub?tenantIdWS={served.facts['tenant']}&v=2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        viewer = cls(reader, writer)
        room = {"urlId": PAGE, "epoch": served.facts["epoch"], "seq": seq}
        viewer._say({"type": "hello", "token": served.facts["token"], "rooms": [room]})
        while b'"watching"' not in await viewer.next_frame():
            pass
        return viewer

    def _say(self, message: object) -> None:
        data = json.dumps(message).encode()
        # A mask of zeros is a mask: the payload stays as it is.
        self._writer.write(b"\x81" + bytes([0x80 | 126]) + len(data).to_bytes(2, "big") + bytes(4) + data)

    async def next_frame(self) -> bytes:
        """The payload of the next frame."""
        _, length = await self._reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self._reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self._reader.readexactly(8), "big")
        return await self._reader.readexactly(length)

    async def read_to(self, seq: int) -> None:
        """Read until the event with this seq is there."""
        while not self.seqs or self.seqs[-1] < seq:
            frame = await self.next_frame()
            if found := _SEQ.findall(frame):
                self.first_at = self.first_at or time.monotonic()
                self.frames += 1
                self.payload_bytes += len(frame)
                self.seqs += map(int, found)

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


async def report() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory(dir=".") as folder, Served(folder) as served:
        await _report_resumes(served)
        await _report_burst(served)


async def _report_resumes(served: Served) -> None:
    served.ask(write=300, within_s=0)
    head = 300
    keeper = await Viewer.connect(served, head)  # the room stays open, as a page that people read
    cost: dict[int, list[float]] = {missed: [] for missed in MISSED}
    reads: dict[int, int] = dict.fromkeys(MISSED, 0)
    for _ in range(ROUNDS):
        for missed in MISSED:
            before = served.ask(usage=True)
            for _ in range(CONNECTS):
                viewer = await Viewer.connect(served, head - missed)
                await viewer.read_to(head if missed else 0) if missed else None
                await viewer.close()
            after = served.ask(usage=True)
            cost[missed].append((after["cpu_s"] - before["cpu_s"]) / CONNECTS * 1e6)
            reads[missed] += after["reads"] - before["reads"]
    await keeper.close()
    plain = statistics.median(cost[0])
    print(f"\nresume: the server's CPU for each connection (medians of {ROUNDS} interleaved rounds of {CONNECTS})")
    for missed in MISSED:
        median = statistics.median(cost[missed])
        print(
            f"  missed {missed:>3}   {median:>7.0f} µs   {median / plain:>5.2f} × plain connect   "
            f"{reads[missed]} database reads in {ROUNDS * CONNECTS} connections"
        )


async def _report_burst(served: Served) -> None:
    viewers = [await Viewer.connect(served, 300) for _ in range(VIEWERS)]
    quiet = asyncio.gather(*(viewer.read_to(301) for viewer in viewers))
    started = time.monotonic()
    await asyncio.to_thread(served.ask, write=1, within_s=0)
    await quiet
    quiet_ms = (statistics.median(viewer.first_at for viewer in viewers) - started) * 1e3
    for viewer in viewers:
        viewer.frames, viewer.payload_bytes, viewer.seqs, viewer.first_at = 0, 0, [], 0.0
    reading = asyncio.gather(*(viewer.read_to(301 + BURST) for viewer in viewers))
    started = time.monotonic()
    took = await asyncio.to_thread(served.ask, write=BURST, within_s=1)
    await reading
    first_ms = (statistics.median(viewer.first_at for viewer in viewers) - started) * 1e3
    frames = sum(viewer.frames for viewer in viewers)
    in_order = all(viewer.seqs == list(range(302, 302 + BURST)) for viewer in viewers)
    print(f"\nburst: {BURST:,} events committed in {took['took_s']:.1f} s, {VIEWERS} viewers of one page")
    print(f"  frames sent          {frames:>9,}   {BURST * VIEWERS / frames:.0f} × fewer than events × viewers")
    print(f"  everything in order  {in_order!s:>9}")
    print(f"  first of the burst   {first_ms:>6.1f} ms   {first_ms / quiet_ms:.2f} × an event in a quiet room")
    for viewer in viewers:
        await viewer.close()
