"""Private discussions, rights that end while somebody looks, and guests who sign in."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.host import sso
from tests.e2e.reader import Reader
from tests.running import SSO_TENANT, Site, eventually, run_here

Embed = Callable[..., Reader]
WORDS = "carry pollen as they go"
OTHER_WORDS = "one queen, some drones"
STAFF = ["staff"]


def begin(site: Site, page: str, words: str, text: str, groups: list[str] | None = None) -> dict[str, Any]:
    """Somebody of the staff begins a discussion elsewhere."""
    anchor = {"v": 1, "quote": words, "start": 1, "end": 1 + len(words)}
    more = {} if groups is None else {"groups": groups}
    return site.member("Cy", groupIds=STAFF).created(
        page, text, urlIdWithRange=f"{page}:{words}", anchor=anchor, **more
    )


def run(site: Site, *arguments: str) -> None:
    """What an operator does beside the running server."""
    done = run_here(*arguments, data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr


def test_a_private_discussion_is_live_for_its_groups_and_unknown_to_others(embed: Embed, site: Site, page: str) -> None:
    ana, dan = (embed(name, sso=sso(site, name, groupIds=STAFF)) for name in ("Ana", "Dan"))
    bo = embed("Bo", sso=sso(site, "Bo"))
    for person in (ana, dan, bo):
        expect(person.status).to_have_attribute("data-state", "live")
    begin(site, page, WORDS, "Among us", STAFF)
    for person in (ana, dan):
        person.expect_highlighted(WORDS)
        person.click_words(WORDS)
        expect(person.comments.first).to_contain_text("Among us")
    expect(ana.window.get_by_text("Private")).to_be_visible()
    ana.write("Not a word")
    expect(dan.comments.last).to_contain_text("Not a word")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    begin(site, page, OTHER_WORDS, "For all")
    ana.page.keyboard.press("Escape")
    ana.expect_highlighted(WORDS, OTHER_WORDS)
    bo.expect_highlighted(OTHER_WORDS)
    ana.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    expect(ana.panel.get_by_text("Private · Cy")).to_have_count(1)
    ana.page.reload()
    ana.expect_highlighted(WORDS, OTHER_WORDS)
    bo.page.reload()
    bo.expect_highlighted(OTHER_WORDS)


def test_who_leaves_a_group_loses_its_discussions_at_once_and_keeps_their_own_words(
    embed: Embed, site: Site, page: str
) -> None:
    ana = embed("Ana", sso=sso(site, "Ana", groupIds=STAFF))
    begin(site, page, WORDS, "Among us", STAFF)
    begin(site, page, OTHER_WORDS, "For all")
    ana.expect_highlighted(WORDS, OTHER_WORDS)
    ana.click_words(WORDS)
    expect(ana.comments).to_have_count(1)
    ana.composer.fill("What I was about to say")
    site.member("Ana", groupIds=[])
    expect(ana.comments).to_have_count(0)
    expect(ana.window).to_contain_text("What I was about to say")
    expect(ana.page.locator("collab-chat[kind=layer]")).not_to_contain_text("Among us")
    ana.expect_highlighted(OTHER_WORDS)
    expect(ana.status).to_have_attribute("data-state", "live")
    begin(site, page, "Bees fly", "More for all")
    ana.expect_highlighted(OTHER_WORDS, "Bees fly")


def test_where_a_page_is_closed_nothing_of_it_stays_on_the_screen(embed: Embed, site: Site, page: str) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Not for long")
    run(site, "page", "groups", SSO_TENANT, page, "--group", "board")
    expect(ana.status).to_have_attribute("data-state", "refused")
    expect(ana.comments).to_have_count(0)
    ana.expect_highlighted()
    layer = ana.page.locator("collab-chat[kind=layer]")
    expect(layer).not_to_contain_text("Not for long")
    ana.page.get_by_role("button", name="Try now").click()
    expect(ana.status).to_have_attribute("data-state", "refused")
    expect(layer).not_to_contain_text("Not for long")
    run(site, "page", "groups", SSO_TENANT, page, "--everybody")
    asker = site.member("Ana")
    params = {"urlId": page}
    eventually(
        lambda: asker.request("GET", "/comment-collab-chats/{t}", params=params).status_code,
        lambda status: status == 200,
    )
    ana.page.get_by_role("button", name="Try now").click()
    ana.expect_highlighted(WORDS)
    expect(ana.status).to_have_attribute("data-state", "live")


def test_who_is_banned_is_shown_nothing_more(embed: Embed, site: Site, page: str) -> None:
    eve = embed("Eve", sso=sso(site, "Eve"))
    begin(site, page, WORDS, "For all")
    eve.expect_highlighted(WORDS)
    eve.click_words(WORDS)
    expect(eve.comments).to_have_count(1)
    run(site, "person", "ban", SSO_TENANT, f"{SSO_TENANT}:eve", "--reason", "advertising")
    expect(eve.status).to_have_attribute("data-state", "refused")
    expect(eve.comments).to_have_count(0)
    eve.expect_highlighted()


def test_why_words_were_not_taken_is_told_and_they_are_kept(embed: Embed, site: Site, page: str) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "First")
    links = " ".join(f"https://buy.example/{number}" for number in range(6))
    ana.write(links)
    failed = ana.comments.last
    expect(failed).to_contain_text("Not sent: the server did not accept it. At most 5 links: this has 6.")
    expect(failed).to_contain_text(links)

    mal = embed("Mal", sso=sso(site, "Mal"))
    mal.expect_highlighted(WORDS)
    mal.click_words(WORDS)
    expect(mal.comments).to_have_count(1)
    # So that the ban is not noticed before the answer.
    mal.page.route(f"**/comment-collab-chats/{SSO_TENANT}?*", lambda route: route.abort())
    mal.block_sockets()
    run(site, "person", "ban", SSO_TENANT, f"{SSO_TENANT}:mal", "--reason", "advertising")
    session = {"sso": sso(site, "Mal")}
    eventually(
        lambda: site.http.post(f"/sessions/{SSO_TENANT}", json=session).status_code, lambda status: status == 403
    )
    mal.write("My last words")
    expect(mal.comments.last).to_contain_text("You were banned here: advertising")
    expect(mal.comments.last).to_contain_text("My last words")


def test_a_session_that_is_ended_elsewhere_is_followed_by_another(embed: Embed, site: Site, page: str) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Before")
    assert site.member("Ana").request("DELETE", "/sessions/{t}", params={"everywhere": "true"}).status_code == 200
    ana.page.wait_for_function("() => window.openSockets.length > 1")
    expect(ana.status).to_have_attribute("data-state", "live")
    ana.write("After")
    expect(ana.comments.last).to_have_attribute("data-state", "sent")
    expect(ana.comments).to_have_count(2)


def test_a_guest_who_signs_in_keeps_what_they_wrote(embed: Embed, site: Site, page: str) -> None:
    ana, bo = embed("Ana"), embed("Bo", sso=sso(site, "Bo"))
    ana.discuss(WORDS, "As a guest")
    bo.expect_highlighted(WORDS)
    bo.click_words(WORDS)
    expect(bo.comments.first).to_contain_text("Ana")
    kept = "() => Object.keys(localStorage).filter((key) => key.startsWith('collabchat:')).length"
    assert ana.page.evaluate(kept) == 1

    url = ana.page.url
    signed_in = embed("Signed", sso=sso(site, "Ana Mol"))
    ana.page.goto(signed_in.page.url)
    ana.expect_highlighted(WORDS)
    ana.click_words(WORDS)
    expect(ana.comments.first).to_contain_text("Ana Mol")
    assert ana.page.evaluate(kept) == 0
    ana.choose("Edit", ana.comments.first)
    ana.comments.first.locator("textarea").fill("As myself")
    ana.comments.first.locator("textarea").press("Control+Enter")
    expect(bo.comments.first).to_contain_text("As myself")
    expect(bo.comments.first).to_contain_text("Ana Mol")

    ana.page.goto(url)
    ana.expect_highlighted(WORDS)
    ana.click_words(WORDS)
    expect(ana.window.locator("input"), "the guest is forgotten").to_have_count(1)
