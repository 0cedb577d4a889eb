"""A server under measurement: started on its own core, watched from outside, and always ended."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

SERVER_CORE = 0
LOADER_CORE = 1
START_WITHIN_S = 20
STOP_WITHIN_S = 5

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def pinned(core: int | None, command: Sequence[str]) -> list[str]:
    """The command, kept on one core (None: on any); it ends with this process, however that ends."""
    place = [] if core is None else ["taskset", "-c", str(core % (os.cpu_count() or 1))]
    return ["setpriv", "--pdeathsig", "KILL", *place, *command]


def free_port() -> int:
    """A port of the loopback interface that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class ServerProcess:
    """One candidate's processes; a context manager. What it says on stderr is in `log`."""

    def __init__(self, command: Sequence[str], log: Path, core: int | None = SERVER_CORE) -> None:
        self._log = log
        self._process = subprocess.Popen(
            pinned(core, command),
            stdout=subprocess.PIPE,
            stderr=log.open("wb"),
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, how)
                self._process.wait(STOP_WITHIN_S)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def wait_for_port(self, port: int) -> None:
        """Return when somebody listens there."""
        deadline = time.monotonic() + START_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace")[-2_000:]
                    raise RuntimeError(f"{self._process.args!r} does not serve:\n{said}") from None
                time.sleep(0.05)
            else:
                return

    def facts(self) -> dict[str, Any]:
        """What it says first on stdout, in JSON."""
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def cpu_ns(self) -> int:
        """The processor's time of all its threads until now."""
        return sum(
            int(path.read_text().split()[0])
            for pid in self._pids()
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )

    def memory_kib(self) -> float:
        """The memory of all its processes; what several share counts once."""
        return sum(int(_PSS.findall(Path(f"/proc/{pid}/smaps_rollup").read_text())[0]) for pid in self._pids())

    def _pids(self) -> list[int]:
        pids = [self._process.pid]
        for pid in pids:
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += map(int, path.read_text().split())
        return pids
