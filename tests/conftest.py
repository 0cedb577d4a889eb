from collections.abc import Iterator
from itertools import count

import pytest

from tests.running import Site, Visitor

_pages = count(1)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests that do not restart it; each takes pages of its own."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


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
