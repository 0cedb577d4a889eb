"""Real widget clients, many in one Node process, led over stdin and stdout."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Browsers:
    """The Node process; each browser in it is a person of their own. A context manager."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        self._stderr = self._log.open("w")
        self._process = subprocess.Popen(
            ["node", str(ROOT / "widget/chaos/run.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._process.communicate(timeout=10)
        finally:
            self._process.kill()
            self._stderr.close()

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order, described in widget/chaos/main.mjs; returns the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, self._log.read_text()
        return dict(json.loads(line))
