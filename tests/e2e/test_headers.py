"""What our answers tell browsers, as a browser takes it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.host import Host
from tests.e2e.reader import Reader
from tests.running import Site, eventually, run_here

Readers = Callable[..., Reader]
VIOLATIONS = """() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
        window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    });
}"""
LOAD = """([kind, url]) => new Promise((done) => {
    const element = document.createElement(kind);
    element.onload = () => done("loaded");
    element.onerror = () => done("refused");
    element.src = url;
    document.body.append(element);
})"""
ASK = """async ([url, mode]) => {
    try {
        const answer = await fetch(url, { mode });
        return mode === "cors" ? (await answer.json()).status : answer.type;
    } catch {
        return "refused";
    }
}"""


@pytest.fixture(scope="module")
def host(site: Site) -> Iterator[Host]:
    """A site of the tenant near, on another port of this machine."""
    host = Host()
    done = run_here("tenant", "create", "near", "--name", "N", "--origin", host.origin, data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr
    eventually(lambda: site.http.get("/comment-collab-chats/near?urlId=x").status_code, lambda status: status == 200)
    yield host
    host.close()


def test_the_description_of_the_api_is_shown_and_tried_within_its_policy(reader: Readers) -> None:
    ana = reader("Ana")
    said: list[str] = []
    ana.page.on("console", lambda message: said.append(message.text))
    ana.page.add_init_script(f"({VIOLATIONS})()")
    ana.page.goto(ana.base + "/docs")
    ana.page.locator(".opblock", has_text="/healthz").get_by_role("button").first.click()
    ana.page.get_by_role("button", name="Try it out").click()
    ana.page.get_by_role("button", name="Execute").click()
    expect(ana.page.locator(".live-responses-table")).to_contain_text('"status": "success"')
    assert ana.page.evaluate("window.violations") == []
    assert said == []


def test_a_script_that_got_into_a_page_of_ours_does_not_run(reader: Readers) -> None:
    ana = reader("Ana")
    ana.page.add_init_script(f"({VIOLATIONS})()")
    ana.page.goto(ana.base + "/docs")
    ana.page.evaluate("""() => {
        document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = true" }));
        document.body.setAttribute("onclick", "window.ran = true");
        document.body.click();
    }""")
    violations = ana.page.evaluate("() => new Promise((done) => setTimeout(() => done(window.violations)))")
    assert [violation.split()[:2] for violation in violations] == [
        ["script-src-elem", "inline"],
        ["script-src-attr", "inline"],
    ]
    assert ana.page.evaluate("window.ran") is None


def test_a_page_of_another_site_takes_in_the_widget_and_nothing_else_without_asking(
    browser: Browser, host: Host, site: Site
) -> None:
    page = browser.new_page()
    page.goto(host.page("/", site.base, ""))
    assert page.evaluate(LOAD, ["script", f"{site.base}/js/embed-collab-chat.min.js"]) == "loaded"
    assert page.evaluate(LOAD, ["img", f"{site.base}/demo/icon.svg"]) == "refused"
    assert page.evaluate(LOAD, ["script", f"{site.base}/docs/docs.js"]) == "refused"
    assert page.evaluate(ASK, [f"{site.base}/js/embed-collab-chat.mjs", "no-cors"]) == "opaque"
    assert page.evaluate(ASK, [f"{site.base}/healthz", "no-cors"]) == "refused"
    # A tenant's own pages ask by CORS, and other tenants' do not.
    asked = f"{site.base}/comment-collab-chats/{{}}?urlId=x"
    assert page.evaluate(ASK, [asked.format("near"), "cors"]) == "success"
    assert page.evaluate(ASK, [asked.format("demo"), "cors"]) == "refused"
    page.close()


@pytest.mark.parametrize("path", ["/demo", "/docs", "/openapi.json"])
def test_nothing_of_ours_is_shown_in_a_frame(browser: Browser, host: Host, site: Site, path: str) -> None:
    page = browser.new_page()
    page.goto(host.page("/", site.base, ""))
    page.evaluate(LOAD, ["iframe", site.base + path])
    (frame,) = page.main_frame.child_frames
    assert frame.url.startswith("chrome-error:")
    page.close()
