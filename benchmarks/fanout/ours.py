"""Our server as it is served, and beside it a port at which events come in without the database.

    python -m benchmarks.fanout.ours FOLDER PORT CONTROL [--tenants N] [--tls CERTIFICATE KEY] [--plain | --asgi]

On the control port a line `00007 event` makes the event the next one of page `bench-00007` and hands it to the hub, as
a commit does: from there on everything is real. Page r is a page of tenant r % N. Says on stdout, as one line of JSON,
what the load generator has to know. A line `?` is answered with how long the event loop was held since the last.
"""

import argparse
import asyncio
import itertools
import json
import socket
import time
from collections import defaultdict
from pathlib import Path
from typing import cast

import uvicorn
import uvloop

from collabchat.app import Server, lock_database
from collabchat.clock import now_ms
from collabchat.core.model import Tenant
from collabchat.serving import LISTEN_QUEUE, make_web_server, set_up_socket
from collabchat.settings import Settings
from collabchat.storage import tenants
from collabchat.storage.transaction import Committed, Transaction

ROOM_DIGITS = 5


class Feed(asyncio.Protocol):
    """The control port."""

    def __init__(self, server: Server, owners: list[Tenant], epochs: dict[tuple[str, str], str]) -> None:
        self._hub = server.hub
        self._owners = owners
        self._epochs = epochs
        self._numbers: defaultdict[bytes, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._holds_s: list[float] = []
        self._watching: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The last one who comes is answered."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its bases

    def data_received(self, data: bytes) -> None:
        """Hand on whole lines, all that came at once together, as one commit does."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines == [b"?"]:
            self._answer()
            return
        self._hub.feed([self._event(line[:ROOM_DIGITS], line[ROOM_DIGITS + 1 :]) for line in lines])

    def _event(self, room: bytes, frame: bytes) -> Committed:
        tenant_id = self._owners[int(room) % len(self._owners)].id
        url_id = f"bench-{room.decode()}"
        return Committed(tenant_id, url_id, self._epochs[tenant_id, url_id], next(self._numbers[room]), frame)

    def _answer(self) -> None:
        assert self._transport is not None
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        holds, self._holds_s = sorted(self._holds_s), []
        self._transport.write(json.dumps([hold * 1e3 for hold in holds]).encode() + b"\n")

    async def _watch(self) -> None:
        """Come by as often as the loop allows, and note how long it was busy in between.

        In processor time: what the machine did for others meanwhile is not the loop's fault.
        """
        last = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            self._holds_s.append(now - last)
            last = now


async def serve(options: argparse.Namespace) -> None:
    """Serve until killed."""
    certificate, key = options.tls or (None, None)
    settings = Settings(
        data_dir=options.folder,
        rate_limits=False,
        tls_cert=certificate,
        tls_key=key,
        native_sender=not options.plain,
    )
    server = Server(settings, lock_database(settings), with_demo=False)
    owners = [Tenant(f"bench-{n}", "Bench", ("https://x.example",), 1) for n in range(options.tenants)]

    def prepare(transaction: Transaction) -> None:
        for tenant in owners:
            tenants.store(transaction, tenant)

    await server.database.write(prepare)
    rooms = [(owners[n % len(owners)], f"bench-{n:05}") for n in range(options.rooms)]
    epochs = await server.database.read(
        lambda reader: {(tenant.id, url_id): reader.room(tenant, url_id).epoch for tenant, url_id in rooms}
    )
    loop = asyncio.get_running_loop()
    feed = Feed(server, owners, epochs)
    await loop.create_server(lambda: feed, "127.0.0.1", options.control)
    listener = socket.create_server(("127.0.0.1", options.port), backlog=LISTEN_QUEUE)
    set_up_socket(listener)
    web_server = make_ordinary_server(server) if options.asgi else make_web_server(settings, server)
    serving = asyncio.create_task(web_server.serve([listener]))
    tokens = {tenant.id: server.directory.live_token(tenant, None, now_ms()) for tenant in owners}
    epoch = epochs[owners[0].id, "bench-00000"]
    print(json.dumps({"tokens": tokens, "epoch": epoch, "control": options.control}), flush=True)
    await serving


def make_ordinary_server(server: Server) -> uvicorn.Server:
    """The same application under uvicorn's own WebSocket class, by the ordinary route."""
    ordinary = uvicorn.Config(
        server.app,
        lifespan="on",
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )
    return uvicorn.Server(ordinary)


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("control", type=int)
    parser.add_argument("--rooms", type=int, default=1_000)
    parser.add_argument("--tenants", type=int, default=1)
    parser.add_argument("--tls", nargs=2, type=Path)
    parser.add_argument("--plain", action="store_true", help="without the native sender")
    parser.add_argument("--asgi", action="store_true", help="by the ordinary WebSocket route")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
