"""The load generator's end in Python: commands go in, figures come out. The commands are at the head of load.c."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from benchmarks.fanout.processes import LOADER_CORE, pinned

Command = tuple[str | int | float | bytes, ...]

STOP_WITHIN_S = 5


class LoadError(Exception):
    """Something was not as it must be: a message lost or doubled, a socket closed, a refusal."""


class Loader:
    """One process of the load generator; a context manager."""

    def __init__(self, program: Path, commands: Iterable[Command]) -> None:
        self._process = subprocess.Popen(
            pinned(LOADER_CORE, [str(program)]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="latin-1",
        )
        for command in commands:
            self.do(*command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=STOP_WITHIN_S)

    def do(self, *command: str | int | float | bytes) -> dict[str, Any]:
        """Have a command carried out, and return what came of it; raises LoadError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print("\t".join(_escape(field) for field in command), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            _, said = self._process.communicate(timeout=STOP_WITHIN_S)
            raise LoadError(f"{command[0]!s}: {said.strip()}")
        return dict(json.loads(answer))


def _escape(field: str | int | float | bytes) -> str:
    """One field as load.c reads it: whatever is no plain ASCII by its bytes."""
    data = field if isinstance(field, bytes) else str(field).encode()
    return "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in data)
