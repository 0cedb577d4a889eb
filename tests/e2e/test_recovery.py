"""What happens to discussions when the line, the socket or the server fails."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.reader import Reader
from tests.running import Site

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"
COMES_BACK = 30_000
"""ms: clients try again within 20 s at the latest."""


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A server that may be killed."""
    site = Site(tmp_path)
    yield site
    site.stop()


def test_a_killed_server_loses_nothing_and_doubles_nothing(browser: Browser, own_site: Site) -> None:
    ana, bo = Reader(browser, own_site.base, "Ana").open(), Reader(browser, own_site.base, "Bo").open()
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    bo.write("Bo is here")
    expect(ana.comments).to_have_count(2)
    # Both write, and the power fails before they hear of it.
    held: list[Route] = []
    for person in (ana, bo):
        person.page.route(
            "**/comments/demo*",
            lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
        )
        with person.page.expect_request(lambda request: request.method == "POST"):
            person.write(f"{person.name} writes while the power fails")
    held[0].fetch()
    own_site.kill()
    for route in held:
        route.abort("connectionreset")
    for person in (ana, bo):
        person.page.unroute_all()
        expect(person.status).to_have_attribute("data-state", "reconnecting", timeout=COMES_BACK)
        expect(person.window).to_contain_text("Bo is here")
    own_site.start()
    for person in (ana, bo):
        expect(person.status).to_have_attribute("data-state", "live", timeout=COMES_BACK)
        expect(person.comments).to_have_count(4, timeout=COMES_BACK)
        for comment in person.comments.all():
            expect(comment).to_have_attribute("data-state", "sent", timeout=COMES_BACK)
        texts = sorted(person.comments.locator(".cc-text").all_inner_texts())
        assert texts == ["Ana writes while the power fails", "Before", "Bo is here", "Bo writes while the power fails"]
    for person in (ana, bo):
        assert person.errors == []
        person.close()


def test_without_the_socket_one_reads_and_writes_and_later_has_it_all(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    bo.block_sockets()
    expect(bo.status).to_have_attribute("data-state", "reconnecting", timeout=COMES_BACK)
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(1)
    bo.write("Written without a socket")
    expect(bo.comments.last).to_have_attribute("data-state", "sent")
    expect(ana.comments).to_have_count(2)
    ana.write("Said meanwhile")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    bo.unblock_sockets()
    expect(bo.status).to_have_attribute("data-state", "live", timeout=COMES_BACK)
    expect(bo.comments).to_have_count(3)
    expect(bo.comments.last).to_contain_text("Said meanwhile")
    expect(ana.comments).to_have_count(3)


def test_what_was_said_while_offline_is_there_when_online_again(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    bo.context.set_offline(True)
    expect(bo.status).to_have_attribute("data-state", "offline", timeout=COMES_BACK)
    ana.page.keyboard.press("Escape")
    ana.discuss("life, liberty and the security of person", "While Bo was offline")
    bo.context.set_offline(False)
    expect(bo.status).to_have_attribute("data-state", "live", timeout=COMES_BACK)
    bo.expect_highlighted(WORDS, "life, liberty and the security of person")


def test_a_session_that_the_server_does_not_know_is_replaced(reader: Readers, page: str) -> None:
    ana = reader("Ana")
    key = json.dumps(f"collabchat:{ana.base}:demo")
    stale = json.dumps(json.dumps({"session": "from-another-life", "name": "Ana"}))
    ana.page.add_init_script(f"localStorage.setItem({key}, {stale})")
    ana.open(urlid=page)
    ana.discuss(WORDS, "Here again")


def test_two_discussions_that_fail_keep_both_their_texts(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss(WORDS, "First")
    refusal = {"status": "failed", "code": "forbidden", "reason": "No.", "message": "No."}
    ana.page.route("**/comment-collab-chats/demo*", lambda route: route.fulfill(status=403, json=refusal))
    for words in ("life, liberty and the security of person", "without distinction of any kind"):
        ana.page.keyboard.press("Escape")
        ana.select(words)
        ana.prompt.click()
        ana.write(f"About {words}")
        expect(ana.comments.last).to_have_attribute("data-state", "failed")
    ana.page.keyboard.press("Escape")
    ana.expect_highlighted(WORDS, "life, liberty and the security of person", "without distinction of any kind")


def test_an_error_page_of_a_proxy_is_no_refusal(reader: Readers, page: str) -> None:
    ana = reader("Ana")
    ana.page.route(
        "**/comment-collab-chats/demo*", lambda route: route.fulfill(status=404, body="<h1>Not here</h1>"), times=1
    )
    ana.open(urlid=page)


def test_the_same_page_lives_over_https_and_wss(browser: Browser, secure: Site) -> None:
    ana, bo = Reader(browser, secure.base, "Ana").open(), Reader(browser, secure.base, "Bo").open()
    ana.discuss(WORDS, "Sealed")
    bo.expect_highlighted(WORDS)
    assert bo.page.evaluate("() => window.openSockets.map(({ url }) => new URL(url).protocol)") == ["wss:"]
    for person in (ana, bo):
        assert person.errors == []
        person.close()
