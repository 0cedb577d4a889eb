"""What is written without a line: shown, kept, and sent once when the line is back; and tabs that slept."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.reader import Reader
from tests.e2e.test_recovery import COMES_BACK
from tests.running import Site

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"
OTHER_WORDS = "life, liberty and the security of person"


def write_three(ana: Reader) -> None:
    """Two replies, and a discussion of other words."""
    ana.write("First, offline")
    ana.write("Second, offline")
    expect(ana.comments).to_have_count(3)
    ana.page.keyboard.press("Escape")
    ana.select(OTHER_WORDS)
    ana.prompt.click()
    ana.write("Third, offline")
    for comment in ana.comments.all():
        expect(comment).to_have_attribute("data-state", "pending")
        expect(comment).to_contain_text("Will be sent")
    expect(ana.status).to_have_text("Offline · 3 to send")


def expect_three(*people: Reader) -> None:
    """Everybody has all three, once, and in order."""
    for person in people:
        expect(person.status).to_have_attribute("data-state", "live", timeout=COMES_BACK)
        person.expect_highlighted(WORDS, OTHER_WORDS)
        expect(person.discussions).to_contain_text("2 discussions")
        for words, texts in (
            (WORDS, ["Before", "First, offline", "Second, offline"]),
            (OTHER_WORDS, ["Third, offline"]),
        ):
            person.page.keyboard.press("Escape")
            person.click_words(words)
            expect(person.comments).to_have_count(len(texts))
            for comment in person.comments.all():
                expect(comment).to_have_attribute("data-state", "sent", timeout=COMES_BACK)
            assert person.texts() == texts


def test_what_is_written_offline_arrives_once_and_in_order_when_online(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    ana.context.set_offline(True)
    expect(ana.status).to_have_attribute("data-state", "offline", timeout=COMES_BACK)
    write_three(ana)
    assert ana.highlighted("collab-chat-pending") == [OTHER_WORDS]
    # Being offline is no failure; that it is none however long it lasts, the widget's own tests show in virtual time.
    expect(ana.comments.last).to_have_attribute("data-state", "pending")
    ana.context.set_offline(False)
    expect_three(ana, bo)
    assert ana.highlighted("collab-chat-pending") == []


def test_a_reload_without_a_line_keeps_what_is_written_and_it_is_sent_later(
    reader: Readers, page: str, site: Site
) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    ana.cut_line()
    expect(ana.status).to_have_attribute("data-state", "offline", timeout=COMES_BACK)
    write_three(ana)
    ana.page.reload()
    ana.expect_highlighted(WORDS, OTHER_WORDS)
    for words, texts in ((WORDS, ["First, offline", "Second, offline"]), (OTHER_WORDS, ["Third, offline"])):
        ana.page.keyboard.press("Escape")
        ana.click_words(words)
        expect(ana.comments).to_have_count(len(texts))
        assert ana.texts() == texts
        for comment in ana.comments.all():
            expect(comment).to_contain_text("Ana")
            expect(comment).to_have_attribute("data-state", "pending")
    expect(ana.status).to_have_text("Offline · 3 to send", timeout=COMES_BACK)
    ana.mend_line()
    expect_three(ana, bo)
    ana.page.reload()
    expect_three(ana)
    kept = ana.page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes(':demo:'))")
    assert kept == [], "nothing stays in the outbox"


def test_a_frozen_tab_catches_up_when_it_is_shown(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Before")
    bo.expect_highlighted(WORDS)
    bo.set_lifecycle("frozen")
    for number in range(5):
        ana.write(f"While Bo's tab was frozen, {number}")
    ana.page.keyboard.press("Escape")
    ana.discuss(OTHER_WORDS, "And another")
    bo.set_lifecycle("active")
    bo.expect_highlighted(WORDS, OTHER_WORDS)
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(6)
    assert bo.texts() == ["Before", *(f"While Bo's tab was frozen, {number}" for number in range(5))]
    expect(bo.status).to_have_attribute("data-state", "live")
