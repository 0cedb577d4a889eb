import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.live.transport.client import Client
from tests.live.transport.server import Server


def pytest_asyncio_loop_factories(
    config: pytest.Config,
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Whatever has real sockets runs on both loops."""
    both = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return both if "server" in getattr(item, "fixturenames", ()) else {"asyncio": both["asyncio"]}


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """Listens on 127.0.0.1, under TLS if the test says `tls` (see `server.with_tls`)."""
    folder: Path | None = request.getfixturevalue("authority") if getattr(request, "param", None) == "tls" else None
    server = Server(folder)
    await server.start()
    yield server
    await server.stop()
    assert server.errors == []


@pytest.fixture
async def client(server: Server) -> Client:
    """A connection on which nothing has been said."""
    return await server.dial()


@pytest.fixture
async def proxied() -> AsyncIterator[Callable[..., Server]]:
    """Makes servers that trust proxies."""
    servers: list[Server] = []

    def make(proxies: str) -> Server:
        servers.append(Server(proxies=proxies))
        return servers[-1]

    yield make
    for server in servers:
        await server.stop()
