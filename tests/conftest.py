from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import trustme

from collabchat.storage.sqlite import Database
from tests.faults.nursery import Nursery
from tests.running import LOGS, SECRETS, Site, Visitor
from tests.storing import make_database

_pages = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: Playwright keeps an event loop running, in which async tests cannot have theirs."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def secrets_stay_out_of_logs() -> Iterator[None]:
    """F55: whatever a run does, no log of any of its servers holds a secret; they are all looked at in the end."""
    yield
    for path in filter(Path.exists, LOGS):
        log = path.read_text(errors="replace")
        told = sorted({what for secret, what in SECRETS.items() if secret in log})
        assert told == [], f"{path} tells {', '.join(told)}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests that do not restart it; each takes pages of its own."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts servers quickly, for the folders that need many."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for 127.0.0.1, its key, and its authority's certificate."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    issued = ca.issue_cert("127.0.0.1")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "cert.pem", append=True)
    return folder


@pytest.fixture(scope="module")
def secure(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with HTTPS and WSS."""
    pair = ("--tls-cert", str(authority / "cert.pem"), "--tls-key", str(authority / "key.pem"))
    site = Site(tmp_path_factory.mktemp("secure"), *pair, certificate=authority / "ca.pem")
    yield site
    assert site.stop() == 0


@pytest.fixture
def page() -> str:
    """A page that no other test has."""
    return f"page-{next(_pages)}"


@pytest.fixture
def ana(site: Site) -> Visitor:
    return site.guest("Ana")


@pytest.fixture
def bo(site: Site) -> Visitor:
    return site.guest("Bo")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of this process's own, without a server."""
    database = await make_database(tmp_path / "x.db")
    yield database
    database.close()
