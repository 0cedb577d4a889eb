"""No script of others runs in a page with discussions: the corpus in every field that is shown, in a real browser."""

import html
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Request, Route, expect

from tests import xss_corpus
from tests.e2e.host import Host
from tests.e2e.reader import Reader
from tests.running import Site, Visitor, eventually, new_id, run_here, secure_sso

Readers = Callable[..., Reader]
TENANT = "hostile"
OTHERS = "https://a.example"
"""Where pictures may come from; their address stands in the corpus, too."""
STRICT = (
    "default-src 'none'; script-src {us}; connect-src {us} {live}; img-src {us} " + OTHERS + "; style-src {us};"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea72d"
    "e7e30000000049454e44ae426082"
)

READ_ALL = """async () => {
    const layer = document.querySelector("collab-chat[kind=layer]").shadowRoot;
    const bar = document.querySelector("collab-chat[kind=bar]").shadowRoot;
    const until = async (look) => {
        for (let tries = 0; tries < 500; tries++) {
            const found = look();
            if (found) return found;
            await new Promise((again) => setTimeout(again, 10));
        }
        throw new Error(`never: ${look}`);
    };
    const events = ["mouseover", "mouseenter", "pointerover", "focusin", "toggle", "animationstart", "load", "error"];
    const audit = (root) => {
        for (const element of root.querySelectorAll("*")) {
            for (const type of events) element.dispatchEvent(new Event(type));
            for (const { name, value } of element.attributes) {
                const isOdd = name === "href" && !/^(https?:|mailto:)/i.test(value);
                const runs = name.startsWith("on") || /^\\s*(javascript|data|vbscript):/i.test(value);
                if (isOdd || runs) seen.add(`${name}=${value}`);
            }
            tags.add(element.localName);
        }
    };
    const tags = new Set(), seen = new Set(), read = [];
    const openList = async () => {
        if (!layer.querySelector(".collab-chat-list")) bar.querySelector("button").click();
        const lost = await until(() => layer.querySelectorAll(".collab-chat-list [aria-pressed]")[3]);
        lost.click();
        return until(() => lost.isConnected && lost.ariaPressed === "true" && lost.closest(".collab-chat-list"));
    };
    const rowsOf = (list) => [...list.querySelectorAll("button:has(q)")];
    const count = rowsOf(await openList()).length;
    for (let i = 0; i < count; i++) {
        const list = await openList();
        audit(list);
        const row = rowsOf(list)[i];
        const quote = row.querySelector("q").textContent;
        row.click();
        const chat = await until(() => layer.querySelector(".collab-chat-window"));
        await until(() => chat.querySelectorAll(".collab-chat-comment").length === 2);
        audit(layer);
        const comments = [...chat.querySelectorAll(".collab-chat-comment")].map((comment) =>
            [comment.querySelector("b").textContent, comment.querySelector(".cc-text").textContent]);
        read.push({ quote, comments });
        chat.querySelector("button[title=Close]").click();
        await until(() => !chat.isConnected);
    }
    audit(bar);
    return { read, tags: [...tags], seen: [...seen] };
}"""

DRAWN = {"collab-chat", "div", "p", "span", "button", "svg", "path", "section", "time", "ol", "li", "form", "label"}
DRAWN |= {"textarea", "input", "kbd", "img", "q", "br", "b", "i"}
"""What the widget itself is made of; comments may bring what markup allows."""
ALLOWED = DRAWN | {"a", "blockquote", "code", "em", "pre", "s", "strong", "u", "ul"}


@dataclass
class Trap:
    """A hostile site's surroundings: where it stands, an address that nobody may ask, and what has happened."""

    host: Host
    canary: Host
    api_key: str
    happened: list[str] = field(default_factory=list)

    def watch(self, person: Reader) -> Reader:
        """Note all that a script, or an address in a comment, would do in a person's browser."""

        def note(kind: str, text: str) -> None:
            self.happened.append(f"{person.name}: {kind}: {text}")

        def show(route: Route) -> None:
            if route.request.resource_type != "image":
                note("asked", route.request.url)
            route.fulfill(body=PIXEL, content_type="image/png")

        def dismiss(dialog: Dialog) -> None:
            note("dialog", dialog.message)
            dialog.dismiss()

        def hear(said: ConsoleMessage) -> None:
            if said.type in {"error", "warning"}:
                note("console", said.text)

        def see(asked: Request) -> None:
            if asked.url.startswith(self.canary.origin):
                note("asked", asked.url)

        person.page.route(f"{OTHERS}/**", show)
        person.page.on("dialog", dismiss)
        person.page.on("console", hear)
        person.page.on("request", see)
        person.context.on("page", lambda page: note("opened", page.url))
        return person


@pytest.fixture(scope="module")
def trap(site: Site) -> Iterator[Trap]:
    """A site whose people are all hostile."""
    host, canary = Host(), Host()
    made = run_here(
        *("tenant", "create", TENANT, "--name", "Hostile", "--origin", host.origin, "--max-links", "100", "--json"),
        data_dir=site.data_dir,
    )
    assert made.returncode == 0, made.stderr
    eventually(
        lambda: site.http.get(f"/comment-collab-chats/{TENANT}", params={"urlId": "x"}).status_code,
        lambda status: status == 200,
    )
    yield Trap(host, canary, json.loads(made.stdout)["apiKey"])
    host.close()
    canary.close()


def printable(text: str) -> str:
    """A text without what a name may not have."""
    return "".join(character for character in text if character.isprintable())


def guest(site: Site, name: str) -> Visitor:
    """A guest by this name."""
    answer = site.http.post(f"/sessions/{TENANT}", json={"guestName": printable(name)[:100]})
    return Visitor(site, TENANT, answer.json())


def member(site: Site, trap: Trap, number: int, text: str) -> Visitor:
    """Somebody of whom their site says this, everywhere."""
    name = printable(text)[:100]
    avatar = (text, f"{OTHERS}/{text}", f'{OTHERS}/{number}"onerror="{xss_corpus.SCRIPT}')[number % 3]
    user = {"id": f"{number} {name}", "username": name, "displayName": name, "avatar": avatar}
    answer = site.http.post(f"/sessions/{TENANT}", json={"sso": secure_sso(trap.api_key, user)})
    return Visitor(site, TENANT, answer.json())


def attack(site: Site, trap: Trap, page: str) -> list[str]:
    """Write every text of the corpus into every field; returns the texts."""
    texts = xss_corpus.texts(url=trap.canary.origin)
    for number, text in enumerate(texts):
        name = printable(text)
        quote = {"v": 1, "quote": f"{number} {text}"[:250], "start": 1, "end": 9}
        made = guest(site, text).created(
            page,
            f"{text}\n\n{number}",
            urlIdWithRange=f"{page}:{number}:{text}"[:990],
            pageTitle=text,
            selector=text,
            range=f"0:{number},0:9{{{name.translate({ord('{'): None, ord('}'): None})}}}"[:400],
            anchor={**quote, "prefix": text[:60], "suffix": text[:60]},
            broadcastId=f"{number} {name.encode('ascii', 'ignore').decode()}"[:64],
        )
        answer = member(site, trap, number, text).reply(
            made["conversation"]["urlId"], f"> {text}\n\nNo. {number}", new_id()
        )
        assert answer.status_code == 200, (text, answer.text)
    return texts


def check(person: Reader, texts: list[str]) -> None:
    """Read everything, and find nothing but words."""
    result = person.page.evaluate(READ_ALL)
    assert len(result["read"]) == len(texts)
    assert result["seen"] == []
    assert set(result["tags"]) <= ALLOWED
    quotes = {read["quote"] for read in result["read"]}
    assert len(quotes) == len(texts)
    for read in result["read"]:
        number = read["quote"].split(" ")[0]
        text = texts[int(number)]
        (name, first), (_, second) = read["comments"]
        assert read["quote"] == f"{number} {text}"[:250]
        assert name == printable(text)[:100].strip()
        assert first.endswith(number)
        assert second.endswith(f"No. {number}")
    assert person.page.evaluate(f"() => window.{xss_corpus.MARK}") is None
    assert person.page.evaluate("() => ({}).isModerator") is None


def test_nothing_that_people_write_runs_or_asks_anywhere(reader: Readers, site: Site, trap: Trap, page: str) -> None:
    url_id = f'{page}"><img src=x onerror={xss_corpus.SCRIPT}>${{1}}'
    policy = STRICT.format(us=site.base, live=site.base.replace("http", "ws", 1))
    free = trap.host.tag_page(f"/{page}-free", site.base, TENANT, html.escape(url_id), policy="")
    strict = trap.host.tag_page(f"/{page}-strict", site.base, TENANT, html.escape(url_id), policy)
    ana, bo = trap.watch(reader("Ana")), trap.watch(reader("Bo"))
    ana.page.goto(free)
    expect(ana.status).to_have_attribute("data-state", "live")
    texts = attack(site, trap, url_id)
    # Ana has it from the socket, on a page without any policy; Bo from a snapshot, on a page whose policy is strict.
    bo.page.goto(strict)
    for person in (ana, bo):
        expect(person.discussions).to_contain_text(f"{len(texts)} discussions", timeout=30_000)
        check(person, texts)
    assert trap.happened == []
    assert trap.canary.asked == []
