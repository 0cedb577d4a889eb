from collections.abc import Iterator

import pytest

from tests.faults.nursery import Nursery, QuickSite


@pytest.fixture(scope="package")
def site(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    """One server for all tests of this folder; each takes a tenant of its own."""
    site = QuickSite(nursery, tmp_path_factory.mktemp("access"))
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log
