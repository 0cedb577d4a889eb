"""Moderation in browsers: the queue and an open page beside it, which move by themselves."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.reader import Reader
from tests.e2e.staff import Staff
from tests.faults.nursery import Nursery, QuickSite
from tests.running import run_here


@pytest.fixture(scope="module")
def site(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    site = QuickSite(nursery, tmp_path_factory.mktemp("court"))
    assert site.stop() == 0
    done = run_here("tenant", "update", "demo", "--approval", "guests", data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr
    site.start()
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


def row(staff: Staff, text: str) -> Locator:
    return staff.page.locator(".queue-item", has_text=text)


def test_what_waits_appears_for_all_when_it_is_approved_and_goes_and_comes_back(
    staff: Callable[..., Staff], reader: Callable[..., Reader], site: QuickSite
) -> None:
    author = site.guest("Dario")
    stranger = reader("").open(urlid="p1")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation")
    expect(neva.page.get_by_role("heading", name="The queue is empty")).to_be_visible()
    author.created("p1", "Was that meant to be read widely?")
    item = row(neva, "read widely")
    expect(item).to_be_visible()
    expect(neva.page.locator(".badge")).to_have_text("1")
    expect(stranger.discussions).not_to_contain_text("1")
    neva.page.keyboard.press("a")
    expect(item).to_have_count(0)
    expect(stranger.discussions).to_contain_text("1")
    neva.page.keyboard.press("z")
    expect(item).to_be_visible()
    expect(stranger.discussions).not_to_contain_text("1")
    neva.page.get_by_role("button", name="Approve", exact=False).first.click()
    expect(stranger.discussions).to_contain_text("1")
    neva.open("moderation", queue="all")
    row(neva, "read widely").click()
    neva.page.locator(".judge-verbs").get_by_role("button", name="Delete").click()
    expect(stranger.discussions).not_to_contain_text("1")
    expect(row(neva, "read widely")).to_have_count(0)
    neva.open("moderation", queue="deleted")
    row(neva, "read widely").click()
    expect(row(neva, "read widely")).to_contain_text("Deleted")
    neva.page.locator(".judge-verbs").get_by_role("button", name="Restore").click()
    expect(stranger.discussions).to_contain_text("1")
    neva.open("moderation", queue="all")
    row(neva, "read widely").click()
    expect(neva.page.locator(".judge-log")).to_contain_text("Restored by Neva")


def test_two_moderators_at_once_see_what_the_other_decides(staff: Callable[..., Staff], site: QuickSite) -> None:
    author = site.guest("Ilse")
    for number in range(3):
        author.created("p2", f"Remark number {number}")
    neva, orla = (
        staff("--tenant", "demo", "--role", "moderator", "--name", name).open("moderation") for name in ("Neva", "Orla")
    )
    for who in (neva, orla):
        expect(row(who, "Remark number")).to_have_count(3)
    row(neva, "Remark number 0").locator("input").check()
    row(neva, "Remark number 1").locator("input").check()
    neva.page.locator(".queue-bulk").get_by_role("button", name="Approve").click()
    for who in (neva, orla):
        expect(row(who, "Remark number")).to_have_count(1)
    for who in (neva, orla):
        row(who, "Remark number 2").click()
        expect(who.page.locator(".judge-verbs")).to_be_visible()
    for who in (neva, orla):
        who.page.keyboard.press("s")
    for who in (neva, orla):
        expect(row(who, "Remark number")).to_have_count(0)
        who.open("moderation", queue="spam")
        expect(row(who, "Remark number 2")).to_have_count(1)


def test_the_author_sees_that_it_waits_and_a_ban_ends_it(
    staff: Callable[..., Staff], reader: Callable[..., Reader], site: QuickSite
) -> None:
    ana = reader("Ana").open(urlid="p3")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation")
    ana.discuss("born free", "Is this so?")
    expect(ana.page.locator(".collab-chat-comment")).to_contain_text("Waits for a moderator; only you see it")
    expect(row(neva, "Is this so?")).to_be_visible()
    row(neva, "Is this so?").click()
    neva.page.keyboard.press("b")
    dialog = neva.page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Spam")
    dialog.get_by_label("Delete all their comments").check()
    dialog.get_by_role("button", name="Ban", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(row(neva, "Is this so?")).to_have_count(0)
    expect(ana.status).to_have_attribute("data-state", "refused")
    ana.page.get_by_role("button", name="Try now").click()
    expect(ana.status).to_have_text("You were banned here: Spam")
    expect(neva.page.locator(".queue-foot").get_by_role("status")).to_have_text("Banned: Ana. Comments deleted: 1")
    neva.open("moderation", queue="deleted", search="Is this so?")
    expect(neva.page.locator(".judge")).to_contain_text(re.compile(r"Banned until \d+ \w+ \d+ by Neva: Spam"))
    neva.open("moderation", queue="bans")
    ban = neva.page.locator(".ban-item", has_text="Ana")
    expect(ban).to_contain_text("by Neva: Spam")
    assert neva.violations() == []
    ban.get_by_role("button", name="Lift the ban").click()
    expect(ban).to_have_count(0)
    expect(neva.page.get_by_role("status").filter(has_text="Ana may take part again.")).to_be_visible()


def test_lock_and_pin_show_on_open_pages(
    staff: Callable[..., Staff], reader: Callable[..., Reader], site: QuickSite
) -> None:
    ana = reader("Ana").open(urlid="locked")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation")
    for words in ("born free", "spirit of brotherhood"):
        ana.discuss(words, f"About: {words}")
        row(neva, f"About: {words}").click()
        neva.page.keyboard.press("a")
        expect(row(neva, f"About: {words}")).to_have_count(0)
    ana.composer.fill("Not yet said")

    def rule(name: str) -> None:
        neva.page.get_by_role("button", name=name, exact=True).click()

    neva.open("moderation", queue="all")
    row(neva, "About: spirit of brotherhood").click()
    rule("Lock")
    expect(ana.window).to_contain_text("Locked by a moderator.")
    expect(ana.window).to_contain_text("Not yet said")
    expect(ana.composer).to_have_count(0)
    expect(ana.window.get_by_role("button", name="More")).to_have_count(0)
    rule("Pin")
    rule("Unlock")
    expect(ana.composer).to_have_value("Not yet said")
    ana.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    places = ana.panel.locator("p, button", has_text=re.compile(r"^Pinned$|born|brotherhood"))
    expect(places).to_have_text([re.compile("Pinned"), re.compile("brotherhood"), re.compile("born free")])


def test_a_ban_is_taken_back_with_what_went_along(staff: Callable[..., Staff], site: QuickSite) -> None:
    author = site.guest("Mallory")
    for words in ("Cheap watches", "Cheap watches, again"):
        author.created("p6", words)
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation", search="Cheap")
    row(neva, "again").click()
    neva.page.keyboard.press("d")
    expect(row(neva, "Cheap")).to_have_count(1)
    neva.page.keyboard.press("b")
    dialog = neva.page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Spam")
    dialog.get_by_label("Delete all their comments").check()
    dialog.get_by_role("button", name="Ban", exact=True).click()
    expect(row(neva, "Cheap")).to_have_count(0)
    neva.page.get_by_role("button", name="Undo: Ban").click()
    expect(neva.page.get_by_role("status").filter(has_text="Taken back: Ban")).to_be_visible()
    expect(row(neva, "Cheap")).to_have_count(1)
    neva.open("moderation", queue="bans")
    expect(neva.page.get_by_role("heading", name="Nobody is banned")).to_be_visible()


def test_a_moderator_sees_what_readers_see_and_where_links_lead(staff: Callable[..., Staff], site: QuickSite) -> None:
    site.guest("Eve").created("p7", "Look [here](https://elsewhere.example/x), **now**")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation", search="Look")
    text = neva.page.locator(".judge-text")
    expect(text.get_by_role("link", name="here")).to_have_attribute("href", "https://elsewhere.example/x")
    expect(text).to_have_text("Look here https://elsewhere.example/x, now")
    expect(text.locator("strong")).to_have_text("now")
    neva.page.locator(".judge-page a").click()
    expect(neva.page).to_have_url(re.compile(r"/page\?urlId="))


def test_admins_read_who_did_what(staff: Callable[..., Staff], site: QuickSite) -> None:
    site.guest("Eve").created("p8", "Judge this one")
    neva = staff("--tenant", "demo", "--role", "admin", "--name", "Neva").open(
        "moderation", queue="all", search="Judge"
    )
    row(neva, "Judge this one").click()
    neva.page.keyboard.press("d")
    expect(neva.page.locator(".queue-foot").get_by_role("status")).to_have_text("Deleted: 1")
    neva.open("settings", section="audit")
    newest = neva.page.locator(".audit tbody tr").first
    expect(newest).to_contain_text("Neva")
    expect(newest).to_contain_text("Deleted a comment")
    assert neva.violations() == []


@pytest.mark.parametrize("queue", ["flagged", "spam", "deleted"])
def test_an_empty_list_says_what_would_come_and_failure_is_not_nothing(
    staff: Callable[..., Staff], site: QuickSite, queue: str
) -> None:
    neva = staff("--tenant", "acme", "--role", "admin", "--name", "Neva", tenant="acme").open("moderation", queue=queue)
    expect(neva.page.locator(".queue-empty p")).to_contain_text(re.compile("here"))
    neva.open("moderation")
    expect(neva.page.locator(".queue-empty")).to_contain_text("By the present rules nothing waits")
    expect(neva.page.get_by_role("link", name="Change the rules")).to_be_visible()
    tabs = neva.page.locator(".queue-tabs")
    expect(tabs).to_contain_text("Waiting0")
    neva.page.route("**/api/v1/comments?*", lambda route: route.fulfill(status=503, json={}))
    neva.page.get_by_role("button", name="Flagged").click()
    expect(tabs).to_contain_text("Waiting–")
    expect(neva.page.locator(".queue-empty")).to_have_count(0)
    neva.errors.clear()


def test_what_is_new_leaves_a_moderator_who_reads_further_down_where_they_are(
    staff: Callable[..., Staff], site: QuickSite
) -> None:
    author = site.guest("Bo")
    for number in range(54):
        author.created("p4", f"Entry number {number}.")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva").open("moderation", search="Entry")
    expect(row(neva, "Entry number")).to_have_count(50)
    neva.page.get_by_role("button", name="Show more").click()
    expect(row(neva, "Entry number")).to_have_count(54)
    row(neva, "Entry number 2.").click()
    row(neva, "Entry number 2.").locator("input").check()
    before = neva.page.evaluate("scrollY")
    author.created("p4", "Entry number 54.")
    expect(row(neva, "Entry number")).to_have_count(55)
    expect(row(neva, "Entry number 2.")).to_have_attribute("aria-current", "true")
    expect(row(neva, "Entry number 2.").locator("input")).to_be_checked()
    expect(neva.page.locator(".judge")).to_contain_text("Entry number 2.")
    assert neva.page.evaluate("scrollY") >= before
    for _ in range(14):
        neva.page.keyboard.press("k")
    expect(neva.page.locator(".judge-verbs")).to_be_in_viewport(ratio=1)
    expect(neva.page.locator(".judge-log")).to_be_in_viewport()


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 390, "height": 844}}], ids=["wide", "narrow"])
def test_what_was_not_done_is_said_in_sight_and_takes_nothing_else_back(
    staff: Callable[..., Staff], site: QuickSite, options: dict[str, Any]
) -> None:
    author, name = site.guest("Cleo"), f"Locked {len(options)}"
    for number in range(2):
        author.created("p5", f"{name} {number}")
    neva = staff("--tenant", "demo", "--role", "moderator", "--name", "Neva", **options)
    neva.open("moderation", search=name)
    foot = neva.page.locator(".queue-foot")
    row(neva, f"{name} 0").click()
    neva.page.locator(".judge-verbs").get_by_role("button", name="Approve").click()
    expect(foot.get_by_role("status")).to_have_text("Approved: 1")
    expect(foot.get_by_role("button", name="Undo: Approve")).to_be_in_viewport()
    neva.page.get_by_role("button", name="Lock", exact=True).click()
    expect(neva.page.get_by_role("button", name="Unlock", exact=True)).to_be_visible()
    neva.page.keyboard.press("d")
    expect(foot.get_by_role("status")).to_have_text("Not done: Delete (1). The discussion is locked.")
    expect(foot.get_by_role("status")).to_be_in_viewport()
    expect(foot.get_by_role("button", name="Undo")).to_have_count(0)
    foot.get_by_role("button", name="Unlock and delete").click()
    expect(foot.get_by_role("status")).to_have_text("Deleted: 1")
    foot.get_by_role("button", name="Undo: Delete").click()
    expect(foot.get_by_role("status")).to_have_text("Taken back: Delete")
    expect(row(neva, f"{name} 1")).to_have_count(1)
    neva.open("moderation", queue="all", search=name)
    row(neva, f"{name} 0").click()
    expect(neva.page.locator(".judge-verbs").get_by_role("button", name="Hold")).to_have_class("button")
    neva.page.keyboard.press("h")
    expect(neva.page.locator(".judge-verbs").get_by_role("button", name="Approve")).to_have_class("button-main")
    expect(foot.get_by_role("status")).to_have_text("Held: 1")
    neva.page.evaluate("document.querySelector('.queue-tabs button').click()")
    expect(foot.get_by_role("status")).to_have_text("")
