"""Tenant B writes now and then; tenant A storms. How much longer does B wait?

python -m benchmarks.fairness [--rounds 5] [--writes 200] [--storm writes,reads,connects] [--limits on,off]
"""

import argparse
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from itertools import count, cycle
from pathlib import Path

from tests.faults.bare import take_frame

from benchmarks.fairness.people import (
    ALIVE,
    creation,
    dial,
    handshake,
    hello,
    sign_in,
    snapshot,
    take_answer,
)
from benchmarks.fanout.processes import LOADER_CORE, ServerProcess, free_port, pinned

QUIET, LOUD = "quiet", "loud"
KINDS = ("writes", "reads", "connects")
PEOPLE = 40
PER_S = 25
PAGE = "b-page"
CHUNK = 65_536
COLLABCHAT = (sys.executable, "-m", "collabchat")


class Quiet:
    """Tenant B: a writer, and a reader with the page open."""

    def __init__(self, port: int) -> None:
        self._sessions = cycle([sign_in(port, QUIET, f"B{number}") for number in range(PEOPLE)])
        self._names = count(time.time_ns())
        self._writers = cycle([dial(port, f"127.0.1.{number}") for number in range(1, 9)])
        self._reader = dial(port, "127.0.0.1")
        token = str(snapshot(port, QUIET, PAGE, next(self._sessions))["userIdWS"])
        self._reader.sendall(handshake(QUIET))
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += self._reader.recv(CHUNK)
        self._reader.sendall(hello(token, PAGE))
        while b'"watching"' not in heard:
            heard += self._reader.recv(CHUNK)

    def write(self, times: int) -> list[tuple[float, float]]:
        """Write evenly; of each the ms until its answer, and until its frame."""
        began = time.perf_counter()
        taken = []
        for number in range(times):
            time.sleep(max(0, began + number / PER_S - time.perf_counter()))
            taken.append(self._write_one())
        return taken

    def _write_one(self) -> tuple[float, float]:
        name = str(next(self._names))
        request = creation(QUIET, next(self._sessions), f"{PAGE}", name)
        marker = f'"{name}"'.encode()
        writer = next(self._writers)
        answer, frames = bytearray(), bytearray()
        answered = framed = 0.0
        began = time.perf_counter()
        writer.sendall(request)
        while not (answered and framed):
            ready, _, _ = select.select([writer, self._reader], [], [], 30)
            assert ready, "B got no answer within 30 s"
            now = time.perf_counter()
            if self._reader in ready:
                frames += self._reader.recv(CHUNK)
                while (found := take_frame(frames)) is not None:
                    _, frame = found
                    if marker in frame:
                        framed = now - began
                    elif b'"type":"h"' in frame:
                        self._reader.sendall(ALIVE)
            if writer in ready:
                answer += writer.recv(CHUNK)
                if (status := take_answer(answer)) is not None:
                    assert status == 200, status
                    answered = now - began
        return answered * 1e3, framed * 1e3


class Storming:
    """Tenant A's process."""

    def __init__(self, port: int) -> None:
        self.process = subprocess.Popen(
            pinned(LOADER_CORE, [sys.executable, "-m", "benchmarks.fairness.storm", str(port), LOUD]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)

    def stop(self) -> dict[str, float]:
        self.say("stop")
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline())
        return {name: number / said["took_s"] for name, number in sorted(said["answers"].items())}


def take_precedence(pid: int) -> None:
    """Have a process and its session go before all else that runs on the machine, where that is allowed."""
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("-15")


def p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


def measure(folder: Path, limits: str, rounds: int, writes: int, kinds: list[str]) -> None:
    for tenant in (QUIET, LOUD):
        made = [
            "tenant",
            "create",
            tenant,
            "--name",
            tenant,
            "--origin",
            "https://x.example",
            "--data-dir",
            str(folder),
        ]
        subprocess.run([*COLLABCHAT, *made], check=True, capture_output=True)
    port = free_port()
    command = [*COLLABCHAT, "serve", "--port", str(port), "--data-dir", str(folder), "--rate-limits", limits]
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess(command, folder / "log"))
        server.wait_for_port(port)
        take_precedence(server._process.pid)
        quiet, storm = Quiet(port), Storming(port)
        stack.callback(storm.process.kill)
        quiet.write(50)
        rows = []
        for _ in range(rounds):
            alone = quiet.write(writes)
            storm.say("go " + " ".join(kinds))
            time.sleep(0.5)
            before, at = server.cpu_ns(), time.monotonic()
            amid = quiet.write(writes)
            cpu = (server.cpu_ns() - before) / 1e9 / (time.monotonic() - at)
            answers = storm.stop()
            time.sleep(0.5)
            row = []
            for place in (0, 1):
                a, b = [each[place] for each in alone], [each[place] for each in amid]
                row += [p99(a), p99(b), p99(b) / p99(a), statistics.median(a), statistics.median(b)]
            rows.append(row)
            print(
                " ".join(f"{value:8.2f}" for value in row), f"cpu {cpu:.2f}", {k: round(v) for k, v in answers.items()}
            )
        medians = [statistics.median(column) for column in zip(*rows, strict=True)]
        if os.environ.get("LOG"):
            print((folder / "log").read_text())
        print("limits", limits, "medians", " ".join(f"{value:8.2f}" for value in medians))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--writes", type=int, default=200)
    parser.add_argument("--storm", default=",".join(KINDS))
    parser.add_argument("--limits", default="on,off")
    options = parser.parse_args()
    os.sched_setaffinity(0, {LOADER_CORE})
    take_precedence(os.getpid())
    for limits in options.limits.split(","):
        with tempfile.TemporaryDirectory(dir=os.environ.get("WHERE", "/dev/shm")) as folder:
            measure(Path(folder), limits, options.rounds, options.writes, options.storm.split(","))


if __name__ == "__main__":
    main()
