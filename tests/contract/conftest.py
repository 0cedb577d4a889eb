from collections.abc import Iterator

import pytest

from tests.contract.two_tenants import Scene
from tests.running import Site


@pytest.fixture(scope="module")
def scene(site: Site) -> Iterator[Scene]:
    scene = Scene(site)
    before = scene.state()
    yield scene
    assert scene.state() == before
