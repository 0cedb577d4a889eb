"""A network that misbehaves on demand: a TCP proxy before the server, in a thread of its own.

    pass         bytes go through
    latency      … each chunk late by `latency_s`, in order
    slow         … at `bytes_per_s`, in small pieces
    blackhole    bytes are swallowed both ways, and so is the end of either side; connections stay established, and
                 are reset when the mode changes, if they have lost anything
    half-open    bytes are not even read: they pile up before the proxy, and go on when the mode changes
    refuse       nobody listens; what is open stays
    cut          what is open, and whatever is opened, is reset (RST)
    drop-answer  the client's bytes go through; once the server answers, the connection is reset instead

A mode is set for all connections, present and future, or for one of them. Besides, new connections may be given a
number of bytes after which they are reset, drawn from a seed: cuts in the midst of a frame.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, Literal, Self, TypeVar

Mode = Literal["pass", "latency", "slow", "blackhole", "half-open", "refuse", "cut", "drop-answer"]
T = TypeVar("T")

CHUNK = 65_536
SLOW_CHUNK = 256
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST


class Link:
    """One connection through the proxy. `mode` may be set from any other thread."""

    def __init__(self, proxy: "ChaosProxy", near: asyncio.StreamWriter, budget: int | None) -> None:
        self.is_open = True
        self.passed = 0
        """Bytes that went through, both ways together."""
        self._proxy = proxy
        self._ends = [near]
        self._budget = budget
        self._has_lost = False
        self._flows = asyncio.Event()
        self._may_end = asyncio.Event()
        self._mode: Mode
        self.turn(proxy.mode)

    @property
    def mode(self) -> Mode:
        """How this connection fares."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._proxy.call(lambda: self.turn(mode))

    def turn(self, mode: Mode) -> None:
        """Set the mode; on the proxy's loop."""
        self._mode = mode
        for event, waits in ((self._flows, {"half-open"}), (self._may_end, {"half-open", "blackhole"})):
            event.clear() if mode in waits and self.is_open else event.set()
        if self._has_lost and mode != "blackhole":
            self.reset()

    def cut(self) -> None:
        """Reset both ends, from any thread."""
        self._proxy.call(self.reset)

    def reset(self) -> None:
        """Reset both ends; on the proxy's loop."""
        self.is_open = False
        self._flows.set()
        self._may_end.set()
        for end in self._ends:
            if not end.transport.is_closing():
                with contextlib.suppress(OSError):
                    end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.transport.abort()

    async def run(self, near: asyncio.StreamReader, port: int) -> None:
        """Carry bytes until either side ends."""
        line = socket.socket()
        if self._proxy.receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._proxy.receive_buffer)
        line.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
            far_reader, far = await asyncio.open_connection(sock=line)
        except OSError:
            line.close()
            self.reset()
            return
        self._ends.append(far)
        if not self.is_open:  # cut meanwhile
            self.reset()
            return
        up = asyncio.create_task(self._pump(near, far, is_answer=False))
        down = asyncio.create_task(self._pump(far_reader, self._ends[0], is_answer=True))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            await self._may_end.wait()
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            self.reset()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(SLOW_CHUNK if self.mode == "slow" else CHUNK):
                await self._flows.wait()
                if self.mode == "blackhole":
                    self._has_lost = True
                    continue
                if self.mode == "cut" or (self.mode == "drop-answer" and is_answer):
                    return
                if self.mode == "latency":
                    await asyncio.sleep(self._proxy.latency_s)
                elif self.mode == "slow":
                    await asyncio.sleep(len(data) / self._proxy.bytes_per_s)
                room = len(data) if self._budget is None else min(len(data), self._budget - self.passed)
                self.passed += room
                sink.write(data[:room])
                await sink.drain()
                if room < len(data):
                    self._proxy.cuts += 1
                    return


class ChaosProxy:
    """Listens on a free port of 127.0.0.1 and leads to `port`; a context manager."""

    def __init__(self, port: int, seed: int = 0) -> None:
        self.latency_s = 0.2
        self.bytes_per_s = 4_096
        self.receive_buffer: int | None = None
        """Bytes that the kernel takes from the server and the proxy has not read; None as the kernel likes."""
        self.cuts = 0
        self.links: list[Link] = []
        self._target = port
        self._random = random.Random(seed)
        self._cut_within: tuple[int, int] | None = None
        self._mode: Mode = "pass"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos-proxy", daemon=True)
        self._thread.start()
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self._await(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base(self) -> str:
        """The address to use in place of the server's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mode(self) -> Mode:
        """How all connections fare, unless set otherwise for one."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        was, self._mode = self._mode, mode
        for link in self.open_links():
            link.mode = mode
        if mode == "refuse":
            self._await(self._hush)
        elif was == "refuse":
            self._await(self._listen)
        if mode == "cut":
            self.cut_all()

    def open_links(self) -> list[Link]:
        """The connections that are open now."""
        self.links = [link for link in self.links if link.is_open]
        return list(self.links)

    def cut_all(self) -> None:
        """Reset every connection that is open; new ones fare as the mode says."""
        for link in self.open_links():
            self.cuts += 1
            link.cut()

    def cut_within(self, least: int, most: int) -> None:
        """Give each new connection a number of bytes, drawn between these, after which it is reset; 0, 0: none."""
        self._cut_within = (least, most) if most else None

    def close(self) -> None:
        """End everything."""
        self.cut_all()
        self._await(self._hush)
        self._await(self._finish)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, do: Callable[[], object]) -> None:
        """Do something on the loop and wait until it is done."""

        async def once() -> None:
            do()

        self._await(once)

    def _await(self, work: Callable[[], Any]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(timeout=30)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=1_024)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _hush(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _finish(self) -> None:
        for _ in range(5):
            # Whoever was accepted last takes a few turns to have a task.
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, writer, self._random.randint(*self._cut_within) if self._cut_within else None)
        if self.mode == "cut":
            link.reset()
            return
        self.links.append(link)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await link.run(reader, self._target)
        except asyncio.CancelledError:
            link.reset()
        finally:
            self._tasks.discard(task)
