"""Keyboard, screen reader, phone, Ukrainian, and nothing from elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.reader import Reader

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def violations(person: Reader) -> list[str]:
    """What axe finds in the page and our shadow roots."""
    person.page.evaluate(AXE.read_text() + "; window.axe = axe; 0")
    found: list[str] = person.page.evaluate(
        """async () => (await axe.run({ exclude: [["#none"]] })).violations
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)"""
    )
    return found


def test_a_discussion_needs_no_mouse(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss(WORDS, "First")
    ana.page.keyboard.press("Escape")
    expect(ana.window).to_have_count(0)
    ana.select("life, liberty and the security of person")
    expect(ana.prompt).to_be_visible()
    ana.page.keyboard.press("Tab")
    expect(ana.prompt).to_be_focused()
    ana.page.keyboard.press("Enter")
    expect(ana.composer).to_be_focused()
    ana.page.keyboard.type("By keyboard")
    ana.page.keyboard.press("Control+Enter")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    ana.page.keyboard.press("Escape")
    expect(ana.window).to_have_count(0)


def test_escape_gives_the_focus_back(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss(WORDS, "First")
    ana.page.keyboard.press("Escape")
    button = ana.page.locator(".fastcomments-collab-chat-top-bar button").first
    button.focus()
    ana.page.keyboard.press("Enter")
    expect(ana.panel).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(ana.panel).to_have_count(0)
    expect(button).to_be_focused()


def test_axe_finds_nothing(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    assert violations(ana) == []
    ana.discuss(WORDS, "Some *words* and `code`")
    assert violations(ana) == []
    ana.page.keyboard.press("Escape")
    ana.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    expect(ana.panel).to_be_visible()
    assert violations(ana) == []


def test_dark_is_as_readable(reader: Readers, page: str) -> None:
    ana = reader("Ana").open("/demo/dark", urlid=page)
    ana.discuss("The subject of this Essay", "In the dark")
    assert violations(ana) == []


def test_on_a_phone_reading_is_a_sheet_and_writing_the_whole_screen(reader: Readers, page: str) -> None:
    bo = reader("Bo").open(urlid=page)
    bo.discuss(WORDS, "From the desk")
    ana = reader("Ana", **PHONE).open(urlid=page)
    ana.expect_highlighted(WORDS)
    ana.click_words(WORDS)
    expect(ana.comments).to_have_count(1)
    expect(ana.window).to_have_attribute("data-form", "sheet")
    box = ana.window.bounding_box()
    assert box is not None
    assert box["width"] == 390
    assert box["y"] > 200
    ana.composer.click()
    expect(ana.window).to_have_attribute("data-form", "full")
    ana.write("From the phone")
    expect(bo.comments.last).to_contain_text("From the phone")


def test_ukrainian_speaks_ukrainian(reader: Readers, page: str) -> None:
    olena = reader("Олена", locale="uk-UA").open("/demo/udhr-uk", urlid=page)
    expect(olena.viewers).to_contain_text("Лише ви")
    olena.select("наділені розумом і совістю")
    expect(olena.prompt).to_contain_text("Обговорити")
    olena.prompt.click()
    olena.write("Чи совість *дана*, чи вихована?")
    expect(olena.comments.first).to_have_attribute("data-state", "sent")
    expect(olena.comments.first).to_contain_text("щойно")
    expect(olena.discussions).to_contain_text("1 обговорення")


@pytest.mark.parametrize("path", ["/demo", "/demo/udhr", "/demo/udhr-uk", "/demo/dark", "/demo/sections", "/docs"])
def test_no_page_loads_anything_from_elsewhere(reader: Readers, path: str) -> None:
    ana = reader("Ana")
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))
    ana.page.goto(ana.base + path)
    # Not until the network is idle: how long that takes depends on the machine.
    shown = ana.page.locator(".opblock" if path == "/docs" else "h1").first
    expect(shown).to_be_visible(timeout=30_000)
    assert asked
    assert [url for url in asked if not url.startswith((ana.base, "data:"))] == []
