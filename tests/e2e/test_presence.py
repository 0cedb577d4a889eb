"""Who is counted, and what tabs of one person share."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.reader import Reader

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"
LEAVES = 12_000
"""ms: a leave is told after 5 s, so that a reload does not flicker."""


def test_the_count_follows_people_as_they_come_and_go(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    expect(ana.viewers).to_have_text("Only you 1")
    reader("Bo").open(urlid=page)
    expect(ana.viewers).to_have_text("2 viewing")
    cy = reader("Cy").open(urlid=page)
    expect(ana.viewers).to_have_text("3 viewing")
    cy.page.close()
    expect(ana.viewers).to_have_text("2 viewing", timeout=LEAVES)


def test_two_tabs_of_one_person_count_once(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    bo = reader("Bo").open(urlid=page)
    tab = bo.another_tab().open(urlid=page)
    expect(tab.viewers).to_have_text("2 viewing")
    expect(ana.viewers).to_have_text("2 viewing")
    tab.page.close()
    reader("Cy").open(urlid=page)
    expect(ana.viewers).to_have_text("3 viewing")


def test_tabs_of_one_person_stay_in_step(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    tab = ana.another_tab().open(urlid=page)
    ana.discuss(WORDS, "From the first tab")
    tab.expect_highlighted(WORDS)
    tab.click_words(WORDS)
    expect(tab.window.locator("input")).to_have_count(0)
    tab.write("From the second tab")
    expect(ana.comments).to_have_count(2)
    expect(ana.comments.last).to_contain_text("From the second tab")
    expect(ana.comments.last).to_contain_text("Ana")
    ana.delete(ana.comments.last)
    expect(tab.comments).to_have_count(1)


def test_what_was_read_in_one_tab_is_read_in_the_other(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    tab = bo.another_tab().open(urlid=page)
    ana.discuss(WORDS, "News")
    for each in (bo, tab):
        expect(each.page.locator(".cc-new")).to_have_text("1 new")
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(1)
    for each in (bo, tab):
        expect(each.page.locator(".cc-new")).to_have_count(0)
