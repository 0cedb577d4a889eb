"""The widget on somebody's page whose policy allows nothing but our server."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.host import Host
from tests.e2e.reader import Reader
from tests.running import Site, eventually, run_here

Readers = Callable[..., Reader]
WORDS = "carry pollen as they go"
OTHER_WORDS = "one queen, some drones"
TENANT = "strict"

POLICY = "default-src 'none'; script-src {us}; connect-src {us} {live}; img-src {us}; style-src {us}"
WITHOUT_SOCKET = "default-src 'none'; script-src {us}; connect-src {us}; img-src {us}; style-src {us}"
TRUSTED = "; require-trusted-types-for 'script'"
NO_POLICY = "; trusted-types 'none'"

LISTEN = """() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
        window.violations.push([effectiveDirective, blockedURI, sample].join(" ")), true);
}"""


@pytest.fixture(scope="module")
def host(site: Site) -> Iterator[tuple[Host, str]]:
    """A site, and its tenant, which takes guests."""
    host = Host()
    done = run_here("tenant", "create", TENANT, "--name", "Strict", "--origin", host.origin, data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr
    eventually(
        lambda: site.http.get(f"/comment-collab-chats/{TENANT}", params={"urlId": "x"}).status_code,
        lambda status: status == 200,
    )
    yield host, TENANT
    host.close()


def open_strictly(person: Reader, url: str) -> Reader:
    """Open a page, and note all that its policy forbids."""
    person.page.add_init_script(f"({LISTEN})()")
    person.page.on("console", lambda message: person.errors.append(message.text) if message.type == "error" else None)
    person.page.goto(url)
    return person


def expect_highlighted(person: Reader, *words: str) -> None:
    """Wait until just these words are highlighted; without the evaluation in the page that its policy forbids."""
    wanted = sorted(words)
    assert eventually(lambda: sorted(person.highlighted()), lambda found: found == wanted) == wanted


def talk(ana: Reader, bo: Reader) -> None:
    """What people do with the widget, once."""
    for person in (ana, bo):
        expect(person.status).to_have_attribute("data-state", "live")
    ana.discuss(WORDS, "Is it *pollen*, or `nectar`? https://bees.example/")
    expect_highlighted(bo, WORDS)
    bo.click_words(WORDS)
    expect(bo.comments.first.locator("em")).to_have_text("pollen")
    bo.write("Both.")
    expect(ana.comments).to_have_count(2)
    ana.choose("Edit", ana.comments.first)
    ana.comments.first.locator("textarea").fill("Pollen, or nectar?")
    ana.comments.first.locator("textarea").press("Control+Enter")
    expect(bo.comments.first).to_contain_text("Pollen, or nectar?")
    ana.window.get_by_role("button", name="Resolve").click()
    expect(bo.window).to_contain_text("Resolved by Ana")
    for person in (ana, bo):
        person.page.keyboard.press("Escape")
    bo.discuss(OTHER_WORDS, "Why only one?")
    expect_highlighted(ana, OTHER_WORDS)
    ana.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    ana.panel.get_by_role("button", name="Resolved").click()
    expect(ana.panel).to_contain_text(WORDS)


@pytest.mark.parametrize("more", ["", TRUSTED, TRUSTED + NO_POLICY])
def test_nothing_is_asked_of_the_page_but_our_server(
    reader: Readers, host: tuple[Host, str], site: Site, page: str, more: str
) -> None:
    place, tenant = host
    policy = POLICY.format(us=site.base, live=site.base.replace("http", "ws", 1)) + more
    url = place.tag_page(f"/{page}", site.base, tenant, page, policy)
    ana, bo = open_strictly(reader("Ana"), url), open_strictly(reader("Bo"), url)
    talk(ana, bo)
    for person in (ana, bo):
        assert person.page.evaluate("() => window.violations") == []


def test_where_the_policy_forbids_the_socket_all_goes_by_asking(
    reader: Readers, host: tuple[Host, str], site: Site, page: str
) -> None:
    """To a browser `https://chat.example` does not name `wss://chat.example`: who leaves that out has no live line."""
    place, tenant = host
    without = WITHOUT_SOCKET.format(us=site.base) + TRUSTED + NO_POLICY
    url = place.tag_page(f"/{page}", site.base, tenant, page, without)
    ana = open_strictly(reader("Ana"), url)
    bo = reader("Bo")
    bo.page.goto(place.tag_page(f"/{page}-free", site.base, tenant, page, ""))
    expect(ana.discussions).to_contain_text("Select text")
    ana.discuss(WORDS, "Without a socket")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    bo.write("An answer")
    expect(bo.comments.last).to_have_attribute("data-state", "sent")
    # Ana's page would ask within 40 s by itself, at every second attempt to open a socket.
    ana.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(ana.comments).to_have_count(2)
    violations = ana.page.evaluate("() => window.violations")
    assert {violation.split("/sub")[0] for violation in violations} == {
        "connect-src " + site.base.replace("http", "ws", 1)
    }
    ana.errors.clear()  # the same, on the console
