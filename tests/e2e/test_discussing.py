"""What two people with a page open see of each other's discussions."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.e2e.reader import Reader
from tests.running import eventually

Readers = Callable[..., Reader]
WORDS = "endowed with reason and conscience"
OTHER_WORDS = "life, liberty and the security of person"


def test_a_new_discussion_appears_in_the_other_browser_without_reload(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Is conscience endowed, or learned?")
    bo.expect_highlighted(WORDS)
    expect(bo.discussions).to_contain_text("1 discussion")
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(1)
    expect(bo.comments.first).to_contain_text("Is conscience endowed, or learned?")
    expect(bo.comments.first).to_contain_text("Ana")


def test_comments_come_change_and_go_in_the_other_browser(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "First")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    ana.write("Second, **bold**")
    expect(bo.comments).to_have_count(2)
    expect(bo.comments.last.locator("strong")).to_have_text("bold")

    ana.choose("Edit", ana.comments.last)
    editor = ana.comments.last.locator("textarea")
    expect(editor).to_have_value("Second, **bold**")
    editor.fill("Second, changed")
    editor.press("Control+Enter")
    expect(bo.comments.last).to_contain_text("Second, changed")
    expect(bo.comments.last).to_contain_text("edited")

    ana.delete(ana.comments.last)
    expect(bo.comments).to_have_count(1)
    expect(ana.comments).to_have_count(1)
    expect(bo.comments.first).to_contain_text("First")


def test_nobody_is_offered_to_change_what_others_wrote(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Mine")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    bo.write("Yours")
    expect(bo.comments).to_have_count(2)
    offered = bo.window.locator(".cc-menu").get_by_role("button")
    for whose, choices in ((bo.comments.last, ["Edit", "Delete"]), (bo.comments.first, ["Report"])):
        whose.hover()
        whose.get_by_role("button", name="More").click()
        expect(offered).to_have_text(choices)
    offered.click()
    expect(bo.comments.first).to_contain_text("Reported to the moderators")


def test_a_deleted_discussion_disappears_everywhere(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "To be deleted")
    bo.expect_highlighted(WORDS)
    ana.delete(ana.window.locator(".cc-head"))
    expect(ana.window).to_have_count(0)
    ana.expect_highlighted()
    bo.expect_highlighted()
    expect(bo.discussions).to_contain_text("0 discussions")


def test_a_discussion_deleted_by_someone_keeps_the_draft_of_who_has_it_open(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "To be deleted")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    bo.composer.fill("My unsent words")
    ana.delete(ana.window.locator(".cc-head"))
    bo.expect_highlighted()
    expect(bo.window).to_contain_text("deleted")
    expect(bo.window).to_contain_text("My unsent words")


def test_resolving_and_reopening_is_seen_by_all(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Settled?")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    bo.write("Settled.")
    bo.window.get_by_role("button", name="Resolve").click()
    expect(ana.window).to_contain_text("Resolved by Bo")
    expect(ana.composer).to_have_count(0)
    ana.window.get_by_role("button", name="Reopen").click()
    expect(bo.composer).to_have_count(1)


def test_the_authors_echo_makes_one_node_and_no_flicker(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "First")
    bo.expect_highlighted(WORDS)
    ana.watch_comments()
    ana.write("My own words")
    bo.click_words(WORDS)
    expect(bo.comments).to_have_count(2)
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    expect(ana.comments).to_have_count(2)
    assert ana.watched() == {"added": 1, "removed": 0}


def test_an_event_that_overtakes_its_answer_changes_nothing_on_screen(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "First")
    held: list[Route] = []
    ana.page.route(
        "**/comments/demo*", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    ana.watch_comments()
    with ana.page.expect_request(lambda request: request.method == "POST"):
        ana.write("Overtaken")
    answer = held[0].fetch()
    # The server has told everyone by now; the author's own answer is still held back.
    expect(bo.comments.last).to_contain_text("Overtaken")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    before = ana.comments.last.inner_html()
    held[0].fulfill(response=answer)
    ana.page.unroute_all(behavior="wait")
    bo.write("An answer")
    expect(ana.comments).to_have_count(3)
    assert ana.comments.nth(1).inner_html() == before
    assert ana.watched() == {"added": 2, "removed": 0}


def test_a_new_discussion_is_one_node_from_draft_to_sent(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.select(WORDS)
    ana.prompt.click()
    ana.window.evaluate("(window) => { window.isTheSame = true; }")
    ana.write("Begins")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    assert ana.window.evaluate("(window) => window.isTheSame") is True
    expect(ana.window).to_have_attribute("data-chat-id", ana.window.get_attribute("data-chat-id") or "-")
    assert not (ana.window.get_attribute("data-chat-id") or "~").startswith("~")


def test_a_refused_comment_says_why_and_keeps_the_text(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss(WORDS, "First")
    refusal = {"status": "failed", "code": "forbidden", "reason": "No.", "message": "No."}
    ana.page.route("**/comments/demo*", lambda route: route.fulfill(status=403, json=refusal))
    ana.write("Precious words")
    failed = ana.comments.last
    expect(failed).to_have_attribute("data-state", "failed")
    expect(failed).to_contain_text("Precious words")
    expect(failed).to_contain_text("Not sent: you may not write here.")
    ana.page.unroute_all()
    failed.get_by_role("button", name="Try again").click()
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    expect(ana.comments).to_have_count(2)


def test_reload_keeps_the_highlights_at_the_same_words(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss(WORDS, "One")
    ana.page.keyboard.press("Escape")
    ana.discuss(OTHER_WORDS, "Two")
    ana.page.reload()
    ana.expect_highlighted(WORDS, OTHER_WORDS)
    ana.click_words(OTHER_WORDS)
    expect(ana.comments.first).to_contain_text("Two")


def test_words_across_several_elements_can_be_discussed(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss("They are endowed with reason", "Both", until="without distinction of any kind")
    bo.page.wait_for_function("() => (CSS.highlights.get('collab-chat')?.size ?? 0) === 1")
    (words,) = bo.highlighted()
    assert words.startswith("They are endowed with reason")
    assert words.endswith("without distinction of any kind")
    assert "Article 2" in words


def test_two_people_who_select_the_same_words_have_two_discussions(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Ana's")
    bo.discuss(WORDS, "Bo's")
    for person in (ana, bo):
        expect(person.discussions).to_contain_text("2 discussions")
        person.expect_highlighted(WORDS, WORDS)


def test_the_pages_own_nodes_are_never_changed(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    before = ana.page.locator("#article").evaluate("(article) => article.innerHTML")
    ana.discuss(WORDS, "Hello")
    ana.click_words(WORDS)
    assert ana.page.locator("#article").evaluate("(article) => article.innerHTML") == before


def test_resting_on_highlighted_words_shows_their_window_and_leaving_hides_it(reader: Readers, page: str) -> None:
    ana, bo = reader("Ana").open(urlid=page), reader("Bo").open(urlid=page)
    ana.discuss(WORDS, "Look")
    bo.expect_highlighted(WORDS)
    bo.hover_words(WORDS)
    expect(bo.comments.first).to_contain_text("Look")
    assert bo.page.evaluate("() => document.activeElement === document.body")
    bo.page.mouse.move(5, 5)
    expect(bo.window).to_have_count(0)
    bo.click_words(WORDS)
    bo.page.mouse.move(5, 5)
    bo.composer.fill("A click is meant to stay")
    expect(bo.window).to_have_count(1)


def test_words_that_are_selected_come_before_windows(reader: Readers, page: str) -> None:
    ana = reader("Ana", viewport={"width": 900, "height": 700}).open(urlid=page)
    ana.discuss(WORDS, "Look")
    ana.select("spirit of brotherhood")
    expect(ana.prompt).to_be_visible()
    window, prompt = ana.window.bounding_box(), ana.prompt.bounding_box()
    assert window
    assert prompt
    assert window["y"] < prompt["y"] + prompt["height"] < window["y"] + window["height"], "the window covers the prompt"
    ana.prompt.click()
    expect(ana.window).to_contain_text("spirit of brotherhood")
    ana.page.keyboard.press("Escape")

    ana.select(OTHER_WORDS)
    expect(ana.prompt).to_be_visible()
    ana.hover_words(WORDS)
    assert eventually(lambda: ana.highlighted("collab-chat-active"), lambda active: active == [WORDS]) == [WORDS]
    # A timer that is set after the window's own, and as long.
    ana.page.evaluate("() => new Promise((done) => setTimeout(done, 400))")
    expect(ana.window).to_have_count(0)


def test_where_discussions_overlap_both_are_seen(reader: Readers, page: str) -> None:
    ana = reader("Ana").open(urlid=page)
    ana.discuss("free and equal in dignity", "One")
    ana.page.keyboard.press("Escape")
    ana.discuss("dignity and rights", "Two")
    ana.page.keyboard.press("Escape")
    ana.expect_highlighted("free and equal in dignity", "dignity and rights")
    assert ana.highlighted("collab-chat-overlap") == ["dignity"]
    ana.click_words("dignity and rights")  # in their middle, where only they are
    expect(ana.comments.first).to_contain_text("Two")
