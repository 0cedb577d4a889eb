"""The dashboard on a server with a month of generated traffic: signing in, figures that move, charts, tables."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.access.desk import Desk, link
from tests.e2e.reader import Reader
from tests.e2e.staff import Staff
from tests.faults.nursery import Nursery, QuickSite

DAY_MS = 24 * 3_600_000


@pytest.fixture(scope="module")
def site(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    site = QuickSite(nursery, tmp_path_factory.mktemp("board"))
    assert site.stop() == 0
    # Playwright has an event loop of its own in this process.
    command = [sys.executable, "-m", "tests.traffic", "--data-dir", str(site.data_dir)]
    assert "720 hours" in subprocess.run(command, capture_output=True, check=True, text=True).stdout
    site.start()
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


def test_a_link_signs_in_once_and_leaves_no_trace_in_the_address(browser: Browser, site: QuickSite) -> None:
    secret = link(site)
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.base}/dashboard#sign-in={secret}")
    expect(page.locator(".head nav")).to_be_visible()
    assert secret not in page.url
    page.get_by_role("button", name="Account of operator").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("pre")).to_have_text("collabchat sign-in-link --data-dir DIR")
    page.goto(f"{site.base}/dashboard")
    page.goto(f"{site.base}/dashboard#sign-in={secret}")
    expect(page.get_by_role("alert")).to_contain_text("used")
    context.close()


def test_charts_show_what_the_api_says_and_each_has_its_table(staff: Callable[..., Staff]) -> None:
    me = staff().open("overview")
    page = me.page
    page.get_by_role("radio", name="Day").check(force=True)
    graph = page.locator(".graph").first
    graph.locator("summary").click()
    rows = graph.locator("tbody tr")
    expect(rows.nth(6)).to_be_visible()
    answer = page.evaluate(
        "fetch('/api/v1/usage?granularity=day&from=' + (Date.now() - 40 * 864e5), {headers: {'X-TENANT-ID': 'demo'}})"
        ".then((answer) => answer.json())"
    )
    sums = {f"{row['pubSubMessageCount']:,}" for row in answer["usage"]}
    shown = rows.locator("td:first-of-type").all_inner_texts()
    assert len(shown) >= 7
    assert set(shown[1:]) <= sums
    expect(rows.first).to_contain_text("so far")
    assert graph.locator("canvas").count() == 1
    chart = graph.get_by_role("img", name="Messages delivered")
    expect(chart).to_have_accessible_name(re.compile(r"[\d,]{5,}"))


def test_figures_move_without_a_reload_when_somebody_comes_and_goes(
    staff: Callable[..., Staff], browser: Browser, site: QuickSite
) -> None:
    me = staff().open("overview")
    expect(me.figure("People viewing now")).to_have_text("0")
    guest = Reader(browser, site.base, "Ana")
    guest.open()
    expect(me.figure("People viewing now")).to_have_text("1")
    expect(me.figure("Connections")).to_have_text("1")
    guest.close()
    expect(me.figure("People viewing now")).to_have_text("0", timeout=15_000)


def test_a_site_where_nothing_has_happened_teaches_and_turns_into_figures_by_itself(
    staff: Callable[..., Staff], site: QuickSite
) -> None:
    me = staff(tenant="acme").open("overview")
    expect(me.page.locator("main")).to_contain_text("Nothing has happened yet")
    expect(me.page.locator("main pre")).to_contain_text('data-tenant-id="acme"')
    site.member("Ana").snapshot("book")
    expect(me.page.get_by_role("heading", name="Overview")).to_be_visible(timeout=20_000)


def test_what_is_shown_can_be_taken_away_as_csv_and_json(staff: Callable[..., Staff]) -> None:
    me = staff().open("overview")
    expect(me.page.locator(".graph").first).not_to_have_attribute("aria-busy", "true")

    def save(name: str) -> str:
        me.page.get_by_role("button", name="Export").click()
        with me.page.expect_download() as download:
            me.page.locator(".menu-panel button", has_text=name).first.click()
        return download.value.path().read_text(encoding="utf-8-sig")

    rows = list(csv.reader(save("CSV").splitlines()))
    assert "pubSubMessageCount" in rows[0]
    assert len({len(row) for row in rows}) == 1
    whole = json.loads(save("JSON"))
    assert whole["tenantId"] == "demo"
    assert len(whole["usage"]) == len(rows) - 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}},
        {"locale": "uk-UA", "color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
    ],
    ids=["light", "dark", "narrow", "ukrainian-narrow-dark"],
)
@pytest.mark.parametrize("view", ["overview", "moderation", "settings"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    staff: Callable[..., Staff], view: str, options: dict[str, Any]
) -> None:
    me = staff(**options).open(view)
    expect(me.page.locator(".state")).to_have_attribute("data-is", "live")
    assert me.violations() == []
    assert wider_by(me.page) <= 0


def wider_by(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


def test_all_is_reached_by_keyboard(staff: Callable[..., Staff]) -> None:
    page = staff().open("overview").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("radio", name="Hour").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Day")).to_be_checked()


def test_a_moderator_sees_no_settings_and_nothing_of_another_site(staff: Callable[..., Staff]) -> None:
    me = staff("--tenant", "demo", "--role", "moderator", "--name", "Mo")
    expect(me.page.get_by_role("link", name="Moderation")).to_be_visible()
    expect(me.page.get_by_role("link", name="Settings")).to_have_count(0)
    me.page.goto(f"{me.site.base}/dashboard/acme/overview")
    expect(me.page.locator("main")).to_contain_text("demo", ignore_case=True)
    expect(me.page.locator(".figure")).to_have_count(0)


def test_a_password_that_somebody_sets_lets_them_in_next_time(
    staff: Callable[..., Staff], browser: Browser, site: QuickSite
) -> None:
    me = staff("--tenant", "demo", "--role", "admin", "--name", "Neva", "--email", "neva@example.com")
    me.open("settings", section="people")
    me.page.get_by_label("New password").fill("correct horse battery")
    me.page.get_by_role("button", name="Set the password").click()
    expect(me.page.locator(".set-done").filter(has_text="The password is set")).to_be_visible()
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{site.base}/dashboard")
    page.get_by_label("E-mail").fill("Neva@Example.com")
    page.get_by_label("Password").fill("wrong horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.context.close()


def test_the_line_for_ones_pages_changes_as_one_types_and_an_example_runs_below(staff: Callable[..., Staff]) -> None:
    me = staff().open("settings", section="snippet")
    me.page.get_by_label("What may be discussed").fill("#article")
    expect(me.page.locator("main pre").first).to_contain_text('data-target="#article"')
    where = me.page.get_by_label("Address of the page")
    where.fill("http://localhost:3000/a/page")
    expect(me.page.get_by_role("alert")).to_contain_text("http://localhost:3000 are not allowed yet")
    where.fill(f"{me.page.evaluate('location.origin')}/a/page")
    expect(me.page.get_by_role("alert")).to_have_count(0)
    me.page.locator("iframe").scroll_into_view_if_needed()
    example = me.page.frame_locator("iframe")
    expect(example.locator(".collab-chat-status").first).to_have_attribute("data-state", "live", timeout=15_000)


def test_what_deletes_discussions_for_good_is_asked_first(staff: Callable[..., Staff]) -> None:
    page = staff(tenant="acme").open("settings").page

    def kept() -> int:
        days: int = page.evaluate(
            "fetch('/api/v1/tenant', {headers: {'X-TENANT-ID': 'acme'}}).then((answer) => answer.json())"
            ".then(({ tenant }) => tenant.rules.retentionDays)"
        )
        return days

    days = page.get_by_label("Keep quiet discussions, days")
    days.fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    question = page.get_by_role("group", name="deleted for good")
    expect(question).to_be_focused()
    assert kept() == 0
    question.press("Escape")
    expect(question).to_have_count(0)
    assert kept() == 0
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save and delete").click()
    expect(page.locator(".set-save")).to_contain_text(re.compile(r"Saved at \d\d:\d\d\sUTC"))
    assert kept() == 1
    days.fill("0")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".set-save")).to_contain_text("Saved")
    assert kept() == 0


def test_a_new_site_is_there_to_go_to_at_once_and_shows_what_comes_next(staff: Callable[..., Staff]) -> None:
    page = staff().open("settings", section="tenants").page
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label("Id", exact=True).fill("shop")
    page.get_by_label("Allowed origins").fill("https://shop.example")
    page.get_by_role("button", name="Make the site").click()
    expect(page.locator(".set-next")).to_contain_text("shop")
    switcher = page.locator(".head-tenant select")
    expect(switcher.locator("option", has_text="Shop")).to_be_attached()
    page.get_by_role("link", name="The line for its pages").click()
    expect(page.locator("main pre").first).to_contain_text('data-tenant-id="shop"')
    expect(switcher).to_have_value("shop")
    page.get_by_role("link", name="Site", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Bookshop")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(switcher.locator("option", has_text="Bookshop")).to_be_attached()
    expect(page.locator(".set-save")).to_contain_text("Saved")


def test_figures_of_a_server_that_is_gone_are_not_taken_for_those_of_now(
    browser: Browser, nursery: Nursery, tmp_path: Path
) -> None:
    site = QuickSite(nursery, tmp_path)
    guest = site.guest("Ana")
    guest.created("page", "Is it there?")
    board, one = Staff(browser, site), Staff(browser, site)
    board.open("overview")
    viewing = board.figure("People viewing now")
    expect(viewing).to_have_text("0")
    one.open("page", urlId="page")
    expect(one.figure("People viewing now")).to_have_text("0")
    for each in (board, one):
        expect(each.page.locator(".state")).to_have_attribute("data-is", "live")
        # From now on nothing is refused, either: it hangs.
        each.page.route("**/api/v1/usage/**", lambda _: None)
    assert site.stop() == 0
    for each in (board, one):
        expect(each.page.locator(".state")).not_to_have_attribute("data-is", "live")
        expect(each.figure("People viewing now")).to_have_text("–")
        each.close()


def test_a_page_leads_to_its_comments_and_says_what_its_discussions_are(
    staff: Callable[..., Staff], site: QuickSite
) -> None:
    author = site.guest("Ana")
    author.created("books/1", "Is this the first edition?")
    me = staff("--tenant", "demo", "--role", "moderator", "--name", "Mo").open("page", urlId="books/1")
    discussions = me.page.locator(".figure", has_text="Discussions")
    expect(discussions).to_contain_text("1 begun in this time")
    expect(discussions).not_to_contain_text("wait")
    me.page.get_by_role("link", name="See its comments").click()
    expect(me.page.locator(".queue-item")).to_have_count(1)
    expect(me.page.locator(".queue-item")).to_contain_text("first edition")
    desk = Desk.opened(site, "demo")
    ids = [each["id"] for each in desk.get("/api/v1/comments?queue=all&urlId=books/1")["comments"]]
    desk.done("POST", "/api/v1/comments/moderate", ids=ids, action="hold", broadcastId="held")
    me.open("page", urlId="books/1")
    expect(discussions.locator(".value")).to_have_text("0")
    expect(discussions).to_contain_text("with those that wait")
    me.open("page", urlId="books/2")
    expect(me.page.locator(".notice")).to_contain_text("no such page")


def test_a_moderator_at_the_settings_is_told_why_there_is_nothing(staff: Callable[..., Staff]) -> None:
    me = staff("--tenant", "demo", "--role", "moderator", "--name", "Mo").open("settings")
    expect(me.page.get_by_role("heading", name="Your role does not allow this")).to_be_visible()
    me.open("nothing")
    expect(me.page.get_by_role("heading", name="nothing at this address")).to_be_visible()


def test_on_a_phone_all_of_the_chosen_time_can_be_read(staff: Callable[..., Staff]) -> None:
    phone = {"viewport": {"width": 390, "height": 844}}
    for options in ({}, {"locale": "uk-UA"}):
        page = staff(**phone, **options).open("overview").page
        label = page.locator(".menu-wide .cut")
        expect(label).to_be_visible()
        assert label.evaluate("(it) => it.scrollWidth <= it.clientWidth")


def test_what_does_not_come_has_one_button_to_try_again(browser: Browser, nursery: Nursery, tmp_path: Path) -> None:
    site = QuickSite(nursery, tmp_path)
    me = Staff(browser, site).open("settings", section="keys")
    page = me.page
    expect(page.locator(".state")).to_have_attribute("data-is", "live")
    me.page.context.set_offline(True)
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.locator(".state")).to_have_attribute("data-is", "offline")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_have_count(1)
    me.page.context.set_offline(False)
    again.click()
    expect(again).to_have_count(0)
    expect(page.locator(".state")).to_have_attribute("data-is", "live")
    me.close()
    assert site.stop() == 0
