import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.reader import Reader
from tests.running import Site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def reader(browser: Browser, site: Site) -> Iterator[Callable[..., Reader]]:
    """Makes readers, each in a browser of their own; a page error anywhere fails the test."""
    readers: list[Reader] = []

    def make(name: str = "", **options: object) -> Reader:
        readers.append(Reader(browser, site.base, name, **options))
        return readers[-1]

    yield make
    for each in readers:
        each.close()
    assert [error for each in readers for error in each.errors] == []
