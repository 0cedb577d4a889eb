import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest
from msgspec import Struct

from tests.faults.nursery import Nursery, QuickSite
from tests.faults.people import write_many
from tests.faults.proxy import ChaosProxy
from tests.live_reader import LiveReader
from tests.running import Visitor, eventually


@pytest.fixture(scope="package")
def site(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    """One server that these tests may kill and start again, as they like; each takes pages of its own."""
    site = QuickSite(nursery, tmp_path_factory.mktemp("faults"))
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


class NewSite(Protocol):
    """Starts a server of a test's own, with these options and a spy in it."""

    def __call__(self, *options: str) -> QuickSite: ...


@pytest.fixture
def new_site(nursery: Nursery, tmp_path: Path) -> Iterator[NewSite]:
    """Servers that are stopped at the test's end; by then, nothing unforeseen may be in their logs."""
    sites: list[QuickSite] = []

    def start(*options: str) -> QuickSite:
        folder = tmp_path / f"site-{len(sites)}"
        folder.mkdir()
        sites.append(QuickSite(nursery, folder, *options, has_spy=True))
        return sites[-1]

    yield start
    for site in sites:
        assert site.stop() == 0
        assert "Traceback" not in site.log, site.log


@pytest.fixture
def proxy(site: QuickSite) -> Iterator[ChaosProxy]:
    """The way to the server on which things go wrong."""
    with ChaosProxy(site.port) as proxy:
        yield proxy


class HalfOpen(Struct):
    """A reader whose line swallows everything since some time, on a server that nobody disturbs."""

    proxy: ChaosProxy
    reader: LiveReader
    ana: Visitor
    page: str
    since: float
    server_let_go_at: Future[float]


@pytest.fixture(scope="package", autouse=True)
def half_open(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HalfOpen]:
    """Begins with the first test of this folder, so that the others' time is not waited twice."""
    site = QuickSite(nursery, tmp_path_factory.mktemp("half-open"))
    is_over = threading.Event()
    ana, bo, page = site.guest("Ana"), site.guest("Bo"), "half-open"

    def wait_for_the_server() -> float:
        def viewers() -> int:
            return int(ana.request("GET", "/pages/{t}/users/online", params={"urlId": page}).json()["totalCount"])

        count = eventually(viewers, lambda count: count == 0 or is_over.is_set(), timeout=60)
        assert count == 0, f"{count} still view"
        return time.monotonic()

    with ChaosProxy(site.port) as proxy, LiveReader(ana, page, via=proxy.base) as reader, ThreadPoolExecutor(1) as pool:
        reader.wait_live()
        since = time.monotonic()
        proxy.mode = "blackhole"
        write_many([ana, bo], page, 100)
        assert reader.room.seq == 0
        yield HalfOpen(proxy, reader, ana, page, since, pool.submit(wait_for_the_server))
        is_over.set()
        proxy.mode = "pass"
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log
