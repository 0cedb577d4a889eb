"""Servers that start within a fraction of a second: a process that has imported everything already, and forks.

A fork of it is a server process like any other: with files, sockets and locks of its own, and it dies of SIGKILL. Tests
that kill a server a hundred times would else spend their time on imports.
"""

import json
import os
import random
import signal
import subprocess
import sys
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from tests.running import SSO_ORIGIN, SSO_TENANT, Site, eventually, run_here


def new_http(base: str, timeout: float) -> httpx.Client:
    """A client that keeps no cookies: else all visitors would share one."""
    return httpx.Client(base_url=base, timeout=timeout, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])))


class Nursery:
    """The process that forks servers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **order: Any) -> int:
        """Give an order, and return the number that answers it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it, and every server that still runs."""
        self._process.communicate(timeout=10)


class QuickSite(Site):
    """A `Site` from the nursery; one with `has_spy` has a `spy`, too."""

    def __init__(self, nursery: Nursery, data_dir: Path, *options: str, has_spy: bool = False) -> None:
        self.data_dir = data_dir
        self.has_spy = has_spy
        self.is_running = False
        self._nursery = nursery
        self._options = options
        self._port = "0"
        self._starts = 0
        made = run_here(
            "tenant", "create", SSO_TENANT, "--name", "Acme", "--origin", SSO_ORIGIN, "--json", data_dir=data_dir
        )
        assert made.returncode == 0, made.stderr
        self.api_key = json.loads(made.stdout)["apiKey"]
        self.start()

    @property
    def port(self) -> int:
        """Where it listens, whenever it runs."""
        return int(self._port)

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data_dir / "collabchat.db"

    def start(self) -> None:
        self._starts += 1
        said = self.data_dir / f"said-{self._starts}.txt"
        arguments = ["demo", "--data-dir", str(self.data_dir), "--port", self._port, "--rate-limits", "off"]
        self.pid = self._nursery.ask(
            start=[*arguments, *self._options],
            stdout=str(said),
            stderr=str(self.data_dir / "server.log"),
            spy=self.has_spy,
        )
        self.is_running = True
        first_line = eventually(lambda: said.read_text() if said.exists() else "", lambda text: "\n" in text)
        assert "http://127.0.0.1:" in first_line, self.log
        self._port = first_line.partition("http://127.0.0.1:")[2].partition("/")[0]
        self.base = f"http://127.0.0.1:{self._port}"
        self.http = new_http(self.base, timeout=30)
        assert eventually(self._is_ready, bool), self.log

    def end(self) -> None:
        """Kill it if it still runs."""
        if self.is_running:
            self.kill()

    def _end(self, how: signal.Signals) -> int:
        os.kill(self.pid, how)
        code = self._nursery.ask(wait=self.pid)
        self.is_running = False
        self.http.close()
        return code


def main() -> None:
    """Import, then fork for each line of stdin: `{"start": [arguments], "stdout": file, "stderr": file, "spy": …}`."""
    from collabchat import cli, serving  # noqa: F401, PLC0415 - heavy, and only this process needs them
    from tests.faults import spy  # noqa: PLC0415 - as well

    running = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            running.discard(order["wait"])
            _, status = os.waitpid(order["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        elif (answer := os.fork()) == 0:
            random.seed()
            for stream, name in enumerate(("/dev/null", order["stdout"], order["stderr"])):
                os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), stream)
            sys.argv = ["collabchat", *order["start"]]
            if order["spy"]:
                spy.hide()
            cli.main()
            sys.exit(0)
        else:
            running.add(answer)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in running:  # of a test that broke off
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
