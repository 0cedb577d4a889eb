"""What is left to the garbage collector when sockets close: nothing. `live.garbage` relies on it."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.live.transport.client import goodbye, text, until
from tests.live.transport.server import Server

TYPES = ("RawTransport", "GatedHttpProtocol", "Inbound", "Held", "Guest")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nothing that goes round in circles is freed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left() -> Counter[str]:
    found = Counter(type(each).__name__ for each in gc.get_objects())
    return Counter({name: found[name] for name in TYPES if found[name]})


@pytest.mark.usefixtures("no_collector")
async def test_a_socket_that_is_closed_is_freed_at_once(server: Server) -> None:
    before = left()
    for _ in range(5):
        client, _guest = await server.enter()
        client.say(text("hello"), b"\x81\xfe")
        await until(lambda: server.guests[-1].heard == ["hello"])
        client.say(b"\x00\x05\x00\x00\x00\x00stuff", goodbye(1000))
        await until(lambda: not server.state.connections)
        await client.close()
        del client, _guest
        server.guests.clear()
    await asyncio.sleep(0)
    assert left() == before
