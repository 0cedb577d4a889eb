"""What the settings say of the live channel, as a client sees it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live_reader import LiveReader, close_code, dial, hear, say
from tests.running import Site, Visitor

BURST_S = 2


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server without the native sender, with a short hello and few messages."""
    options = ("--native-sender", "off", "--hello-seconds", "1", "--messages-per-second", "5", "--rate-limits", "on")
    site = Site(tmp_path_factory.mktemp("strict"), *options)
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


@pytest.fixture(scope="module")
def ana(strict: Site) -> Visitor:
    return strict.guest()


def test_without_the_native_sender_everybody_gets_everything_in_order(ana: Visitor, page: str) -> None:
    with LiveReader(ana, page, via=ana.site.base) as first, LiveReader(ana, page, via=ana.site.base) as second:
        first.wait_live()
        second.wait_live()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ana.created(page, f"word {number}"), range(20)))
        for reader in (first, second):
            reader.assert_heard(20)


def test_the_time_for_the_hello_can_be_set(ana: Visitor) -> None:
    with dial(ana.site.base, "demo") as socket:
        # The socket's own patience is shorter than the five seconds that would otherwise pass.
        assert close_code(socket) == 4408


def test_the_number_of_messages_can_be_set(ana: Visitor, page: str) -> None:
    with dial(ana.site.base, "demo") as socket:
        say(socket, type="hello", token=ana.snapshot(page)["userIdWS"])
        hear(socket, "welcome")
        for _ in range(5 * BURST_S):
            say(socket, type="h")
        assert close_code(socket) == 4429
