"""A real server for benchmarks, in a process of its own: commits on command, and tells what it has used.

→ {"write": 200, "within_s": 1.0}     that many conversations, committed evenly over that time
→ {"usage": true}                     ← {"cpu_s": …, "reads": …}
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.writes import TENANT, create, prepare
from collabchat.app import Server, lock_database
from collabchat.clock import now_ms
from collabchat.serving import LISTEN_QUEUE, make_web_server
from collabchat.settings import Settings
from collabchat.storage.transaction import Transaction

PAGE = "bench"


class Served:
    """The benchmark's end of the line to the server's process; a context manager."""

    def __init__(self, folder: str) -> None:
        command = [sys.executable, "-m", "benchmarks.served", folder]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = self._hear()
        self.port: int = self.facts["port"]

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and wait until it is done."""
        assert self._process.stdin is not None
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))


def _say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


async def _serve(folder: Path) -> None:
    settings = Settings(data_dir=folder, rate_limits=False)
    server = Server(settings, lock_database(settings), with_demo=False)
    await server.database.write(prepare)
    reads = 0
    database: Any = server.database
    read = database.read

    async def counted(query: Any) -> Any:
        nonlocal reads
        # The housekeeping reads too, once a second, whoever comes.
        reads += not any(chore in query.__qualname__ for chore in ("sweep", "Register.refresh"))
        return await read(query)

    database.read = counted
    # Who comes before it accepts waits in the backlog.
    listener = socket.create_server(("127.0.0.1", 0), backlog=LISTEN_QUEUE)
    serving = asyncio.create_task(make_web_server(settings, server).serve([listener]))
    loop = asyncio.get_running_loop()

    async def write(count: int, within_s: float) -> None:
        started = time.monotonic()
        numbers = iter(range(count))

        def change(transaction: Transaction, number: int) -> bytes:
            return create(transaction, PAGE, number + time.monotonic_ns())

        async def some() -> None:
            for number in numbers:
                await asyncio.sleep(max(0, started + number * within_s / count - time.monotonic()))
                await server.database.write(partial(change, number=number))

        await asyncio.gather(*(some() for _ in range(64)))
        _say(took_s=time.monotonic() - started)

    def listen() -> None:
        for line in sys.stdin:
            command = json.loads(line)
            if "write" in command:
                asyncio.run_coroutine_threadsafe(write(command["write"], command["within_s"]), loop).result()
            else:
                _say(cpu_s=sum(os.times()[:2]), reads=reads)

    room = await database.read(lambda reader: reader.room(TENANT, PAGE))
    token = server.directory.live_token(TENANT, None, now_ms())
    port = listener.getsockname()[1]
    _say(port=port, token=token, epoch=room.epoch, tenant=TENANT.id)
    threading.Thread(target=listen, daemon=True).start()
    await serving


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
