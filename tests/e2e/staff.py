"""Somebody at the dashboard, in a browser of their own."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.access.desk import link
from tests.faults.nursery import QuickSite

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"


class Staff:
    """Signs in by a fresh link; `options` are those of the browser's context, such as `color_scheme` or `locale`."""

    def __init__(self, browser: Browser, site: QuickSite, *who: str, tenant: str = "demo", **options: Any) -> None:
        self.site, self.tenant = site, tenant
        self.errors: list[str] = []
        usual = {"locale": "en-GB", "viewport": {"width": 1360, "height": 900}}
        self._context = browser.new_context(**{**usual, **options})
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)
        self.page.goto(f"{site.base}/dashboard#sign-in={link(site, *who)}")
        expect(self.page.locator(".head nav")).to_be_visible()

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(said.text)

    def open(self, view: str, **query: str) -> "Staff":
        """Go to a view."""
        search = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.site.base}/dashboard/{self.tenant}/{view}?{search}")
        expect(self.page.locator("main h1").first).to_be_attached()
        return self

    def figure(self, name: str) -> Locator:
        """One of the four figures."""
        return self.page.locator(".figure", has_text=name).locator(".value")

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then(({ violations }) => violations)")
        return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]

    def close(self) -> None:
        self._context.close()
