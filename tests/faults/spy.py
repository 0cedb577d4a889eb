"""Somebody inside the server's process, who tells what cannot be seen from outside, and can commit without a request.

    {"count": ["Room", …]}                                  how many objects of these types there are, and tasks
    {"reads": true}                                         how often the database was read since the first question
    {"sockets": true}                                       how many are open, behind, being closed; and what waits
    {"write": 200, "thread": …, "user": …}                  so many comments, 64 at a time; answers when all are on disk

One JSON object a line, over a Unix socket that is named after the process; nothing runs until somebody asks.
"""

import asyncio
import gc
import json
import os
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Self

from collabchat.app import Server
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.storage import comments, operations
from collabchat.storage.comments import Words
from collabchat.storage.transaction import Transaction, Write
from tests.running import eventually

WRITERS = 64
ANSWER_WITHIN_S = 60


class Spy:
    """The test's end of the line; a context manager."""

    def __init__(self, pid: int) -> None:
        line = eventually(lambda: _call(pid), lambda line: line is not None)
        assert line is not None, "The spy does not answer."
        self._socket = line
        self._lines = line.makefile("r")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, **command: Any) -> dict[str, int]:
        """Give a command, and wait for the answer."""
        self._socket.sendall(json.dumps(command).encode() + b"\n")
        return dict(json.loads(self._lines.readline()))

    def count(self, *types: str) -> dict[str, int]:
        """How many objects of these types there are, garbage included; and tasks."""
        return self.ask(count=types)

    def reads(self) -> int:
        """How often the database was read for somebody, since the first question."""
        return self.ask(reads=True)["reads"]

    def sockets(self) -> dict[str, int]:
        """How many are `open`, `behind` and `closing`, and the `bytes` that wait for those that are behind."""
        return self.ask(sockets=True)

    def write(self, count: int, thread: str, user: str) -> None:
        """Commit so many comments as quickly as may be."""
        self.ask(write=count, thread=thread, user=user)


def _address(pid: int) -> str:
    return f"\0collabchat-spy-{pid}"


def _call(pid: int) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(ANSWER_WITHIN_S)
    try:
        line.connect(_address(pid))
    except ConnectionRefusedError:
        line.close()
        return None
    return line


# -- In the server's process ------------------------------------------------------------------------------------------


def hide() -> None:
    """Begin to listen, in a thread of this process, which is or will be a server."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(_address(os.getpid()))
    listener.listen()
    threading.Thread(target=_serve, args=(listener,), name="spy", daemon=True).start()


def _serve(listener: socket.socket) -> None:
    hidden: _Hidden | None = None
    while True:
        line, _ = listener.accept()
        with line, line.makefile("rw") as lines:
            for text in lines:
                hidden = hidden or _Hidden()
                lines.write(json.dumps(hidden.answer(json.loads(text))) + "\n")
                lines.flush()


class _Hidden:
    """Answers. Everything is looked at on the server's own loop, so nothing changes meanwhile."""

    def __init__(self) -> None:
        # What goes round in circles is to be seen.
        gc.disable()
        everything = _everything()
        # `type() is`: isinstance would wake whatever poses as something else.
        (self._server,) = [it for it in everything if type(it) is Server]
        self._loop = next(it for it in everything if type(it) is asyncio.Task).get_loop()
        self._reads = 0
        database: Any = self._server.database
        read = database.read

        async def counted(query: Callable[..., object]) -> object:
            # The housekeeping reads too, once a second, whoever comes.
            self._reads += not any(chore in query.__qualname__ for chore in ("sweep", "Register.refresh"))
            return await read(query)

        database.read = counted

    def answer(self, command: dict[str, Any]) -> dict[str, int]:
        """Do a command."""
        match command:
            case {"count": types}:
                doing: Awaitable[dict[str, int]] = self._count(types)
            case {"reads": _}:
                doing = self._tell_reads()
            case {"sockets": _}:
                doing = self._tell_sockets()
            case {"write": count, "thread": thread, "user": user}:
                doing = self._write(count, thread, user)
            case _:
                raise AssertionError(command)
        return asyncio.run_coroutine_threadsafe(_run(doing), self._loop).result(ANSWER_WITHIN_S)

    async def _count(self, types: list[str]) -> dict[str, int]:
        found = Counter(type(it).__name__ for it in _everything())
        return {**{name: found[name] for name in types}, "tasks": len(asyncio.all_tasks())}

    async def _tell_reads(self) -> dict[str, int]:
        return {"reads": self._reads}

    async def _tell_sockets(self) -> dict[str, int]:
        switchboard = self._server.switchboard
        held = [held for _, held in switchboard.backlog._readers()]
        waiting = sum(each.size_bytes for each in held)
        is_open, closing = len(self._server.hub.visitors), len(switchboard.closing)
        return {"open": is_open, "behind": len(held), "bytes": waiting, "closing": closing}

    async def _write(self, count: int, thread: str, user: str) -> dict[str, int]:
        tenant = self._server.directory.tenant("demo")
        numbers = iter(range(count))

        async def some() -> None:
            for number in numbers:
                await self._server.database.write(partial(_comment, tenant, user, thread, number))

        await asyncio.gather(*(some() for _ in range(WRITERS)))
        return {}


def _everything() -> list[object]:
    """All objects that the garbage collector knows, those that it is to leave alone too; garbage is not collected."""
    gc.unfreeze()
    try:
        return gc.get_objects()
    finally:
        gc.freeze()


async def _run(doing: Awaitable[dict[str, int]]) -> dict[str, int]:
    return await doing


def _comment(tenant: Tenant, user: str, thread: str, number: int, transaction: Transaction) -> bytes:
    """Add a comment, as a request does."""
    write = Write(transaction, tenant, Actor(tenant.id, user, "", "Spy"), now_ms(), str(uuid.uuid4()))
    words = Words(f"Comment {number}", f"Comment {number}", "https://x.example/")
    return operations.once(write, thread, lambda write: {"seq": comments.add(write, thread, words).page.seq})
