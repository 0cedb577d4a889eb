import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.host import START, Host
from tests.e2e.reader import Reader
from tests.e2e.staff import Staff
from tests.faults.nursery import QuickSite
from tests.running import SSO_TENANT, Site, eventually, run_here


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


@pytest.fixture
def staff(browser: Browser, site: QuickSite) -> Iterator[Callable[..., Staff]]:
    """Opens the dashboard of a module's own server; a page error anywhere fails the test."""
    everybody: list[Staff] = []

    def make(*who: str, **options: Any) -> Staff:
        everybody.append(Staff(browser, site, *who, **options))
        return everybody[-1]

    yield make
    for each in everybody:
        each.close()
    assert [error for each in everybody for error in each.errors] == []


@pytest.fixture(scope="module")
def host(site: Site) -> Iterator[Host]:
    """A site of the tenant acme."""
    host = Host()
    done = run_here(
        "tenant",
        "update",
        SSO_TENANT,
        "--origin",
        host.origin,
        "--origin",
        "https://acme.example",
        data_dir=site.data_dir,
    )
    assert done.returncode == 0, done.stderr
    headers = {"Origin": host.origin}
    eventually(
        lambda: site.http.get(f"/comment-collab-chats/{SSO_TENANT}", params={"urlId": "x"}, headers=headers).headers,
        lambda got: "access-control-allow-origin" in got,
    )
    yield host
    host.close()


@pytest.fixture
def embed(reader: Callable[..., Reader], host: Host, site: Site, page: str) -> Callable[..., Reader]:
    """Opens a page of the host with a configured widget."""

    def open_page(name: str = "", script: str = START, attributes: str = "", head: str = "", **config: Any) -> Reader:
        shown = json.dumps({"tenantId": SSO_TENANT, "urlId": page, **config})
        url = host.page(f"/{page}-{name}", site.base, script.replace("{config}", shown), attributes, head)
        person = reader(name)
        person.page.goto(url)
        return person

    return open_page
