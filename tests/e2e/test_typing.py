"""Who is typing, as others see it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.reader import Reader

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"


def test_others_see_who_is_typing_until_it_is_sent_or_given_up(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "First")
    bo.expect_highlighted(WORDS)
    bo.discuss("life, liberty and the security of person", "Bo has a name now")
    bo.page.keyboard.press("Escape")
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(1)
    bo.window.evaluate("(box) => Promise.all(box.getAnimations().map((animation) => animation.finished))")
    before = bo.window.bounding_box()

    ana.composer.press_sequentially("Hello")
    expect(bo.window).to_contain_text("Ana is typing…")
    assert bo.window.bounding_box() == before, "nothing jumps"
    expect(ana.window).not_to_contain_text("is typing")
    ana.composer.press("Control+Enter")
    expect(bo.comments).to_have_count(2)
    expect(bo.window).not_to_contain_text("is typing")

    bo.composer.press_sequentially("Well,")
    expect(ana.window).to_contain_text("Bo is typing…")
    expect(ana.window).not_to_contain_text("is typing", timeout=10_000)


def test_typing_is_seen_only_in_the_discussion_that_it_is_for(reader: Readers, page: str) -> None:
    ana, bo, cy = (reader(name).open(urlid=page) for name in ("Ana", "Bo", "Cy"))
    ana.discuss(WORDS, "First")
    bo.expect_highlighted(WORDS)
    bo.discuss("life, liberty and the security of person", "Second")
    cy.click_words(WORDS)
    ana.composer.press_sequentially("To the first only", delay=20)
    # Whoever reads the first discussion sees it; all of the page are told at once.
    expect(cy.window).to_contain_text("Ana is typing…")
    expect(bo.window).not_to_contain_text("is typing")
