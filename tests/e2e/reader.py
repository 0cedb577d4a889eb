"""A person with a browser of their own, who reads, selects and talks."""

import json
import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

SELECT = """({from, to}) => {
    const article = document.querySelector(from.container);
    const find = (words, isEnd) => {
        const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.replace(/\\s/g, " ").indexOf(words);
            if (at >= 0) return [node, isEnd ? at + words.length : at];
        }
        throw new Error(`not on the page: ${words}`);
    };
    const range = document.createRange();
    range.setStart(...find(from.words, false));
    range.setEnd(...find(to, true));
    range.startContainer.parentElement.scrollIntoView({ block: "center" });
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
}"""

RENAME = """(urlId) => new MutationObserver(() => {
    for (const script of document.querySelectorAll("script[data-url-id]")) script.dataset.urlId = urlId;
}).observe(document, { childList: true, subtree: true })"""

TRACK = """() => {
    const Real = WebSocket;
    window.openSockets = [];
    window.WebSocket = class extends Real {
        constructor(url) {
            super(sessionStorage.socketsAreBlocked ? url.replace("/sub", "/nowhere") : url);
            window.openSockets.push(this);
        }
    };
}"""

BLOCK = """() => {
    sessionStorage.socketsAreBlocked = true;
    for (const socket of window.openSockets) socket.close();
}"""

WATCH = """(box) => {
    const counts = (window.watchedComments = { added: 0, removed: 0 });
    const count = (nodes) => [...nodes].filter((node) => node.matches?.(".collab-chat-comment")).length;
    new MutationObserver((records) => {
        for (const record of records) {
            counts.added += count(record.addedNodes);
            counts.removed += count(record.removedNodes);
        }
    }).observe(box, { childList: true, subtree: true });
}"""

API = re.compile(r"/(sessions|comment-collab-chats|comments|event-log|pages)/")

HIGHLIGHTED = (
    """(name) => [...(CSS.highlights.get(name) ?? [])].map((range) => range.toString().replace(/\\s+/g, " "))"""
)


class Reader:
    """One browser context with one page; `errors` collects what the page threw."""

    def __init__(self, browser: Browser, base: str, name: str = "", **options: Any) -> None:
        self.name = name
        self.base = base
        options.setdefault("viewport", {"width": 1440, "height": 900})
        options.setdefault("locale", "en-GB")
        self.context = browser.new_context(ignore_https_errors=True, **options)
        self.errors: list[str] = []
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{self.name}: {error}"))
        page.set_default_timeout(15_000)
        page.add_init_script(f"({TRACK})()")
        return page

    def open(self, path: str = "/demo/udhr", *, urlid: str | None = None) -> "Reader":
        """Open a page of the demo; `urlid` gives it a room of its own."""
        if urlid is not None:
            self.page.add_init_script(f"({RENAME})({json.dumps(urlid)})")
        self.page.goto(self.base + path)
        expect(self.status).to_have_attribute("data-state", "live")
        return self

    def another_tab(self) -> "Reader":
        """The same person, in a second tab of the same browser."""
        tab = object.__new__(Reader)
        tab.__dict__.update(self.__dict__)
        tab.page = self._new_page()
        return tab

    def close(self) -> None:
        """Leave."""
        self.context.close()

    @property
    def status(self) -> Locator:
        return self.page.locator(".collab-chat-status")

    @property
    def viewers(self) -> Locator:
        return self.page.locator(".collab-chat-viewers")

    @property
    def discussions(self) -> Locator:
        return self.page.locator(".collab-chat-discussions")

    @property
    def prompt(self) -> Locator:
        return self.page.locator(".collab-chat-prompt")

    @property
    def window(self) -> Locator:
        return self.page.locator(".collab-chat-window")

    @property
    def composer(self) -> Locator:
        return self.page.locator(".collab-chat-composer")

    @property
    def comments(self) -> Locator:
        return self.window.locator(".collab-chat-comment")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".collab-chat-list")

    def select(self, words: str, until: str | None = None, container: str = "#article") -> None:
        """Select words of the article, up to the end of other words if given."""
        self.page.evaluate(SELECT, {"from": {"container": container, "words": words}, "to": until or words})

    def write(self, text: str) -> None:
        """Type into the open window and send by keyboard; a guest gives their name the first time."""
        name = self.window.locator("input")
        if name.count():
            name.fill(self.name)
        self.composer.fill(text)
        self.composer.press("Control+Enter")

    def discuss(self, words: str, text: str, until: str | None = None) -> None:
        """Begin a discussion of some words, and wait until it is sent."""
        self.select(words, until)
        self.prompt.click()
        self.write(text)
        expect(self.comments.last).to_have_attribute("data-state", "sent")

    def highlighted(self, name: str = "collab-chat") -> list[str]:
        """The words that are highlighted, in no order."""
        words: list[str] = self.page.evaluate(HIGHLIGHTED, name)
        return words

    def expect_highlighted(self, *words: str) -> None:
        """Wait until just these words are highlighted."""
        self.page.wait_for_function(
            f"(wanted) => JSON.stringify(({HIGHLIGHTED})('collab-chat').sort()) === JSON.stringify(wanted)",
            arg=sorted(words),
        )

    def middle_of(self, words: str) -> tuple[float, float]:
        """Where some words of the first paragraph stand, in the viewport."""
        x, y = self.page.evaluate(
            """(words) => {
                const text = document.querySelector("p").lastChild, range = document.createRange();
                range.setStart(text, text.data.indexOf(words));
                range.setEnd(text, text.data.indexOf(words) + words.length);
                const { x, y, width, height } = range.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }""",
            words,
        )
        return x, y

    def find_words(self, words: str) -> tuple[float, float]:
        """Scroll highlighted words into view; where they stand then."""
        x, y = self.page.evaluate(
            """(words) => {
                const range = [...CSS.highlights.get("collab-chat")].find((range) => range.toString() === words);
                range.startContainer.parentElement.scrollIntoView({ block: "center" });
                const box = range.getClientRects()[0];
                return [box.x + box.width / 2, box.y + box.height / 2];
            }""",
            words,
        )
        return x, y

    def click_words(self, words: str) -> None:
        """Click on highlighted words."""
        self.page.mouse.click(*self.find_words(words))

    def hover_words(self, words: str) -> None:
        """Rest the pointer on highlighted words."""
        self.page.mouse.move(*self.find_words(words))

    def choose(self, action: str, within: Locator) -> None:
        """Open the menu of a comment or of the window's head, and press one of its choices."""
        within.hover()
        within.get_by_role("button", name="More").click()
        self.window.locator(".cc-menu").get_by_role("button", name=action).click()

    def delete(self, within: Locator) -> None:
        """Delete a comment or the discussion, and confirm it."""
        self.choose("Delete", within)
        self.window.get_by_role("alertdialog").or_(self.window.locator(".cc-question")).get_by_role(
            "button", name="Delete"
        ).click()

    def watch_comments(self) -> None:
        """Count comment nodes that come and go from now on."""
        self.window.evaluate(WATCH)

    def watched(self) -> dict[str, int]:
        """How many comment nodes came and went since `watch_comments`."""
        counts: dict[str, int] = self.page.evaluate("() => window.watchedComments")
        return counts

    def block_sockets(self) -> None:
        """Cut the open socket, and let none be opened, as a proxy without WebSocket would."""
        self.page.evaluate(BLOCK)

    def unblock_sockets(self) -> None:
        """Let sockets be opened again."""
        self.page.evaluate("() => { delete sessionStorage.socketsAreBlocked; }")

    def cut_line(self) -> None:
        """Let nothing through to the API, by HTTP or WebSocket, in this tab and after its reload; files still come."""
        self.page.route(API, lambda route: route.abort())
        self.block_sockets()

    def mend_line(self) -> None:
        """Let all through again."""
        self.unblock_sockets()
        self.page.unroute(API)

    def set_lifecycle(self, state: str) -> None:
        """Freeze the tab as the browser does in the background, or make it "active" again."""
        self.context.new_cdp_session(self.page).send("Page.setWebLifecycleState", {"state": state})

    def texts(self) -> list[str]:
        """What the comments of the open window say, in order."""
        return self.comments.locator(".cc-text").all_inner_texts()

    def expect_scheme(self, part: Locator, scheme: str) -> None:
        """Wait until a part of the widget is drawn for a dark or a light page."""
        expect(part).to_have_css("color-scheme", scheme)
