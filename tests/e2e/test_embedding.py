"""The widget on somebody's own site: options, single sign-on, several containers, leaving."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.host import START, Host, sso
from tests.e2e.reader import Reader
from tests.running import SSO_TENANT, Site

Readers = Callable[..., Reader]
WORDS = "carry pollen as they go"


def test_a_signed_in_reader_writes_under_their_own_name(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana Mol"))
    ana.select(WORDS)
    ana.prompt.click()
    expect(ana.window.locator("input")).to_have_count(0)
    ana.composer.fill("Signed in")
    ana.page.locator(".collab-chat-send").click()
    expect(ana.comments.first).to_contain_text("Ana Mol")
    expect(ana.comments.first).to_have_attribute("data-state", "sent")


def test_a_moderator_may_delete_what_others_wrote(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "To be moderated")
    mo = embed("Mo", sso=sso(site, "Mo", isModerator=True))
    mo.expect_highlighted(WORDS)
    mo.click_words(WORDS)
    mo.delete(mo.window.locator(".cc-head"))
    ana.expect_highlighted()


def test_who_may_not_enter_is_told_so(embed: Callable[..., Reader], site: Site) -> None:
    forged = {**sso(site, "Eve"), "verificationHash": "0" * 64}
    eve = embed("Eve", sso=forged)
    expect(eve.status).to_have_attribute("data-state", "refused")


def test_read_only_shows_and_changes_nothing(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Look")
    guest = embed("Guest", readonly=True)
    guest.expect_highlighted(WORDS)
    guest.select("A colony has one queen")
    guest.click_words(WORDS)
    expect(guest.comments).to_have_count(1)
    expect(guest.prompt).to_have_count(0)
    expect(guest.composer).to_have_count(0)
    expect(guest.window.get_by_role("button", name="Resolve")).to_have_count(0)


def test_the_bar_goes_where_it_is_told(embed: Callable[..., Reader], site: Site) -> None:
    none = embed("None", topBarTarget=None)
    none.page.wait_for_function("() => window.widget")
    none.discuss(WORDS, "Without a bar")
    expect(none.page.locator(".fastcomments-collab-chat-top-bar")).to_have_count(0)

    script = (
        'const place = document.createElement("header"); place.id = "place"; document.body.append(place);'
        'CollabChat(document.querySelector("#article"), {...{config}, topBarTarget: place});'
    )
    moved = embed("Moved", script)
    expect(moved.page.locator("#place .fastcomments-collab-chat-top-bar")).to_be_visible()


def test_the_page_hears_how_many_comments_there_are(embed: Callable[..., Reader], site: Site) -> None:
    script = (
        "window.counts = []; window.widget = CollabChat(document.querySelector('#article'),"
        "{...{config}, commentCountUpdated: (count) => window.counts.push(count)});"
    )
    ana = embed("Ana", script, sso=sso(site, "Ana"))
    ana.discuss(WORDS, "One")
    ana.page.wait_for_function("() => window.counts.at(-1) === 1")
    ana.write("Two")
    ana.page.wait_for_function("() => window.counts.at(-1) === 2")


def test_two_containers_of_a_page_are_independent(embed: Callable[..., Reader], site: Site, page: str) -> None:
    script = (
        "const [one, two] = document.querySelectorAll('p');"
        "CollabChat(one, {...{config}, urlId: 'one-' + {config}.urlId});"
        "CollabChat(two, {...{config}, urlId: 'two-' + {config}.urlId});"
    )
    ana = embed("Ana", script, sso=sso(site, "Ana"))
    expect(ana.discussions).to_have_count(2)
    ana.discuss(WORDS, "In the first")
    ana.page.keyboard.press("Escape")
    expect(ana.discussions.first).to_contain_text("1 discussion")
    expect(ana.discussions.last).to_contain_text("0 discussions")
    ana.discuss("one queen", "In the second")
    expect(ana.discussions.last).to_contain_text("1 discussion")
    ana.expect_highlighted(WORDS, "one queen")
    sockets = "() => window.openSockets.map(({ readyState }) => readyState)"
    assert ana.page.evaluate(sockets) == [1], "two containers of one page share one socket"


def test_a_page_whose_policy_names_only_our_server_has_all_it_needs(embed: Callable[..., Reader], site: Site) -> None:
    sockets = site.base.replace("http", "ws", 1)
    policy = f"default-src 'none'; script-src 'unsafe-inline' {site.base}; connect-src {site.base} {sockets}"
    ana = embed("Ana", head=f'<meta http-equiv="Content-Security-Policy" content="{policy}">', sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Under a strict policy")


def test_the_module_for_bundlers_speaks_the_readers_language(embed: Callable[..., Reader], site: Site) -> None:
    script = (
        f"import('{site.base}/js/embed-collab-chat.mjs').then(({{ CollabChat }}) => "
        f"CollabChat(document.querySelector('#article'), {{...{{config}}, server: '{site.base}', locale: 'uk'}}));"
    )
    ana = embed("Ana", script, sso=sso(site, "Ana"))
    expect(ana.discussions).to_contain_text("0 обговорень")


def test_a_page_loads_the_words_of_one_language_and_asks_until_they_come(
    reader: Readers, site: Site, host: Host, page: str
) -> None:
    script = f"CollabChat(document.querySelector('#article'), {{tenantId: '{SSO_TENANT}', urlId: '{page}'}})"
    url = host.page(f"/{page}", site.base, script)
    olena = reader("Олена", locale="uk-UA")
    asked: list[str] = []
    olena.page.on("request", lambda request: asked.append(request.url))
    olena.page.route("**/js/locales/*", lambda route: route.abort(), times=2)
    olena.page.goto(url)
    bar = olena.page.locator("collab-chat[kind=bar]")
    expect(bar).to_have_css("height", "44px")  # its place is kept, so that nothing jumps when the words come
    expect(olena.discussions).to_contain_text("0 обговорень")
    expect(bar).to_have_css("height", "44px")
    words = [address.split("/")[-1].split("?")[0] for address in asked if "/locales/" in address]
    assert words == ["uk.json"] * 3


def test_destroy_leaves_nothing_behind(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Hello")
    ana.page.evaluate("() => window.widget.destroy()")
    assert ana.highlighted() == []
    assert ana.page.evaluate("() => document.querySelectorAll('[data-collabchat-ignore]').length") == 0
    ana.page.wait_for_function("() => window.openSockets.every((socket) => socket.readyState === WebSocket.CLOSED)")


def test_a_widget_destroyed_while_it_signs_in_leaves_room_for_the_next(embed: Callable[..., Reader]) -> None:
    ana = embed("Ana", START + "window.widget.destroy();" + START)
    expect(ana.status).to_have_attribute("data-state", "live")


def test_a_container_taken_off_the_page_lets_go_by_itself(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    expect(ana.status).to_have_attribute("data-state", "live")
    ana.page.evaluate("() => document.querySelector('#article').remove()")
    ana.page.wait_for_function("() => window.openSockets.every((socket) => socket.readyState === WebSocket.CLOSED)")


def test_words_that_are_gone_are_listed_as_lost_and_can_be_read(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "About these words")
    ana.page.keyboard.press("Escape")
    ana.page.evaluate("() => { document.querySelector('p').textContent = 'Quite another text.'; }")
    ana.expect_highlighted()
    ana.page.locator(".fastcomments-collab-chat-top-bar button").first.click()
    ana.panel.get_by_role("button", name="Lost").click()
    expect(ana.panel).to_contain_text(WORDS)
    ana.panel.get_by_role("button", name=WORDS).click()
    expect(ana.comments.first).to_contain_text("About these words")


def test_text_that_comes_late_gets_its_highlights(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "About these words")
    script = (
        "const text = document.querySelector('#article').innerHTML;"
        "document.querySelector('#article').innerHTML = '<p>Loading</p>';" + START + "window.arrive = () => {"
        "document.querySelector('#article').innerHTML = '<p>Something new.</p>' + text; };"
    )
    bo = embed("Bo", script, sso=sso(site, "Bo"))
    expect(bo.discussions).to_contain_text("1 discussion")
    assert bo.highlighted() == []
    bo.page.evaluate("() => window.arrive()")
    bo.expect_highlighted(WORDS)


def test_without_custom_highlights_words_and_markers_open_windows(embed: Callable[..., Reader], site: Site) -> None:
    ana = embed("Ana", sso=sso(site, "Ana"))
    ana.discuss(WORDS, "Unmarked")
    old_browser = "window.Highlight = undefined; Object.defineProperty(CSS, 'highlights', { value: undefined });"
    bo = embed("Bo", old_browser + START, sso=sso(site, "Bo"))
    expect(bo.page.locator("[data-marker]")).to_be_attached()
    bo.page.mouse.click(*bo.middle_of(WORDS))
    expect(bo.comments.first).to_contain_text("Unmarked")
    bo.page.keyboard.press("Escape")
    bo.page.locator("[data-marker]").press("Enter")
    expect(bo.comments.first).to_contain_text("Unmarked")


def test_dark_pages_are_followed_live(embed: Callable[..., Reader], site: Site) -> None:
    dark = embed("Dark", attributes=' style="background:#111;color:#eee"', sso=sso(site, "Dark"))
    bar = dark.page.locator(".fastcomments-collab-chat-top-bar")
    dark.expect_scheme(bar, "dark")
    light = embed("Light", sso=sso(site, "Light"))
    bar = light.page.locator(".fastcomments-collab-chat-top-bar")
    light.expect_scheme(bar, "light")
    light.page.evaluate("() => document.body.classList.add('dark')")
    light.expect_scheme(bar, "dark")
    forced = embed("Forced", hasDarkBackground=True, sso=sso(site, "Forced"))
    forced.expect_scheme(forced.page.locator(".fastcomments-collab-chat-top-bar"), "dark")
