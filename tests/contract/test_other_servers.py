"""The same application under a web server that our transport does not know, by an ordinary WebSocket route."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.live_reader import LiveReader, close_code, dial, hear, say
from tests.running import Site, Visitor, next_event, run_here


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application under hypercorn."""
    folder = tmp_path_factory.mktemp("hypercorn")
    made = run_here("tenant", "create", "demo", "--name", "Demo", "--origin", "http://localhost", data_dir=folder)
    assert made.returncode == 0, made.stderr
    site = Site(folder, command=[sys.executable, "-m", "tests.under_hypercorn"])
    yield site
    site.stop()
    assert "Traceback" not in site.log, site.log


@pytest.fixture(scope="module")
def ana(elsewhere: Site) -> Visitor:
    return elsewhere.guest()


def test_two_readers_and_writers_end_equal_and_in_order(ana: Visitor, page: str) -> None:
    with LiveReader(ana, page, via=ana.site.base) as first, LiveReader(ana, page, via=ana.site.base) as second:
        first.wait_live()
        second.wait_live()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ana.created(page, f"word {number}"), range(20)))
        for reader in (first, second):
            reader.assert_heard(20)


def test_who_comes_back_gets_what_was_missed(ana: Visitor, page: str) -> None:
    snapshot = ana.snapshot(page)
    for _ in range(3):
        ana.created(page)
    with dial(ana.site.base, "demo") as socket:
        room = {"urlId": page, "epoch": snapshot["epoch"], "seq": 0}
        say(socket, type="hello", token=snapshot["userIdWS"], rooms=[room])
        assert hear(socket, "watching")["missed"] == 3
        assert [event["seq"] for event in json.loads(socket.recv(timeout=10))] == [1, 2, 3]


def test_a_classic_client_hears_events_one_by_one(ana: Visitor, page: str) -> None:
    with ana.socket(page) as socket:
        socket.send("ping")
        made = [ana.created(page)["seq"] for _ in range(3)]
        assert [next_event(socket, "new-text-chat")["seq"] for _ in made] == made


@pytest.mark.parametrize("wrong", ["urlId", "userIdWS", "tenantIdWS"])
def test_wrong_names_are_refused_before_the_upgrade(ana: Visitor, page: str, wrong: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(ana.site.sub_url(**{**ana.live_ids(page), wrong: "x"}))


def test_a_foreign_site_is_refused_before_the_upgrade(ana: Visitor) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(ana.site.sub_url(tenantIdWS="demo", v="2"), origin=Origin("https://evil.example"))


def test_what_no_client_says_ends_the_connection(ana: Visitor) -> None:
    with dial(ana.site.base, "demo") as socket:
        socket.send(b"bytes")
        assert close_code(socket) == 4400


def test_an_unknown_version_is_told_so(ana: Visitor) -> None:
    with connect(ana.site.sub_url(tenantIdWS="demo", v="3"), compression=None) as socket:
        assert json.loads(socket.recv(timeout=10))["code"] == "unsupported-version"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
