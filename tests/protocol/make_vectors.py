"""Makes protocol/apply.jsonl: what becomes of a page by each command, as a real server tells it.

    .venv/bin/python -m tests.protocol.make_vectors            writes the file
    .venv/bin/python -m tests.protocol.make_vectors --check    fails if it is not what the server does

A scenario is played by real people on a real server. What it does before its `yield` is given; the events of what it
does after that are `when`; a fresh snapshot at the end is `then`. Ids and times are replaced by fixed ones.
"""

import json
import re
import sys
import tempfile
import time
from calendar import timegm
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.running import SSO_TENANT, Site, Visitor

FILE = Path(__file__).parents[2] / "protocol" / "apply.jsonl"
START_MS = 1_763_841_600_000
PAUSE_S = 0.006
"""Between writes, so that each has a time of its own: equal times would be told differently from run to run."""

Vector = dict[str, Any]


class Chat:
    """A conversation that an author began."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.id: str = answer["createdChatId"]
        self.thread: str = answer["conversation"]["urlId"]
        self.first: str = answer["event"]["comment"]["_id"]


class Author:
    """Somebody who writes on one page; every write must succeed."""

    def __init__(self, visitor: Visitor, page: str, numbers: Iterator[int], pause_s: float) -> None:
        self.visitor = visitor
        self._page = page
        self._numbers = numbers
        self._pause_s = pause_s

    def begin(self, text: str = "Is this so?", **fields: Any) -> Chat:
        answer = self.visitor.create(self._page, text, broadcastId=self._next(), **fields)
        return Chat(_succeed(answer))

    def begin_classically(self, text: str = "Posted before") -> Chat:
        """First the comment, then the conversation from it."""
        thread = f"{self._page}:p:0:15,0:45{{abc123}}"
        first = _succeed(self.visitor.reply(thread, text, self._next()))["comment"]["_id"]
        return self.begin(comment=..., createdFromCommentId=first)

    def reply(self, chat: Chat, text: str = "It is.") -> str:
        comment_id: str = _succeed(self.visitor.reply(chat.thread, text, self._next()))["comment"]["_id"]
        return comment_id

    def edit(self, comment_id: str, text: str = "It **is**, 100%.") -> None:
        _succeed(self.visitor.edit(comment_id, text, self._next()))

    def uncomment(self, comment_id: str) -> None:
        _succeed(self.visitor.uncomment(comment_id, self._next()))

    def change(self, chat: Chat, **fields: Any) -> None:
        _succeed(self.visitor.change(chat.id, broadcastId=self._next(), **fields))

    def delete(self, chat: Chat) -> None:
        _succeed(self.visitor.delete(chat.id, self._next()))

    def _next(self) -> str:
        time.sleep(self._pause_s)
        return f"{self._page}-b{next(self._numbers)}"


class Cast:
    """Who plays: a member with a picture, a moderator, and a guest, on a page of their own."""

    def __init__(self, site: Site, page: str, pause_s: float = PAUSE_S) -> None:
        numbers = count(1)
        people = (
            site.member("Mia", avatar="https://acme.example/mia.png"),
            site.member("Max", isModerator=True),
            site.guest("Gus", SSO_TENANT),
        )
        self.site = site
        self.page = page
        self.mia, self.max, self.gus = (Author(visitor, page, numbers, pause_s) for visitor in people)


def create(cast: Cast) -> Iterator[None]:
    yield
    cast.mia.begin()


def create_by_a_guest(cast: Cast) -> Iterator[None]:
    yield
    cast.gus.begin("Чи справді це **так**? 100% 🙂")


def create_on_the_same_words(cast: Cast) -> Iterator[None]:
    cast.mia.begin()
    yield
    cast.gus.begin("I wonder, too.")


def create_without_an_anchor(cast: Cast) -> Iterator[None]:
    yield
    cast.gus.begin(anchor=..., selector=..., pageTitle=...)


def create_the_classic_way(cast: Cast) -> Iterator[None]:
    yield
    cast.mia.begin_classically()


def reply(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    yield
    cast.mia.reply(chat)


def reply_by_another(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    yield
    cast.gus.reply(chat)


def edit_the_first_comment(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    yield
    cast.gus.edit(chat.first)


def edit_twice(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    answer = cast.gus.reply(chat)
    yield
    cast.gus.edit(answer)
    cast.gus.edit(answer, "Or is it?")


def edit_by_a_moderator(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    yield
    cast.max.edit(chat.first)


def delete_the_newest_comment(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    answer = cast.gus.reply(chat)
    yield
    cast.gus.uncomment(answer)


def delete_the_first_comment(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    cast.gus.reply(chat)
    yield
    cast.max.uncomment(chat.first)


def delete_the_last_comment(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    cast.mia.begin("This one stays.")
    yield
    cast.gus.uncomment(chat.first)


def resolve(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    yield
    cast.gus.change(chat, isResolved=True)


def resolve_what_is_resolved(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    cast.gus.change(chat, isResolved=True)
    yield
    cast.mia.change(chat, isResolved=True)


def reopen(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    cast.mia.change(chat, isResolved=True)
    yield
    cast.gus.change(chat, isResolved=False)


def re_attach(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    yield
    cast.mia.change(chat, anchor={"v": 1, "quote": "other words", "start": 30, "end": 41, "suffix": " of it"})


def rename(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    yield
    cast.gus.change(chat, pageTitle="Another title")


def change_all_at_once(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    yield
    moved = {"v": 1, "quote": "other words", "start": 30, "end": 41}
    cast.max.change(chat, isResolved=True, anchor=moved, pageTitle="Another title")


def delete(cast: Cast) -> Iterator[None]:
    chat = cast.mia.begin()
    cast.gus.reply(chat)
    yield
    cast.mia.delete(chat)


def delete_by_a_moderator(cast: Cast) -> Iterator[None]:
    chat = cast.gus.begin()
    cast.mia.begin("This one stays.")
    yield
    cast.max.delete(chat)


def a_whole_life(cast: Cast) -> Iterator[None]:
    yield
    chat = cast.gus.begin()
    answer = cast.mia.reply(chat)
    cast.mia.edit(answer)
    cast.gus.change(chat, isResolved=True)
    cast.gus.change(chat, isResolved=False)
    cast.mia.uncomment(answer)
    cast.gus.delete(chat)


def several_in_a_row(cast: Cast) -> Iterator[None]:
    old = cast.mia.begin()
    cast.gus.reply(old)
    yield
    new = cast.gus.begin("Something else.")
    cast.mia.reply(old, "One more thing.")
    answer = cast.max.reply(new, "Let us see.")
    cast.max.edit(answer, "Let us *see*.")
    cast.max.change(old, isResolved=True)
    cast.gus.uncomment(new.first)


SCENARIOS: list[Callable[[Cast], Iterator[None]]] = [
    create, create_by_a_guest, create_on_the_same_words, create_without_an_anchor, create_the_classic_way,
    reply, reply_by_another, edit_the_first_comment, edit_twice, edit_by_a_moderator,
    delete_the_newest_comment, delete_the_first_comment, delete_the_last_comment,
    resolve, resolve_what_is_resolved, reopen, re_attach, rename, change_all_at_once,
    delete, delete_by_a_moderator, a_whole_life, several_in_a_row,
]  # fmt: skip


def look(cast: Cast) -> dict[str, Any]:
    """The page as nobody in particular sees it, with all comments."""
    http = cast.site.http
    snapshot = http.get(f"/comment-collab-chats/{SSO_TENANT}", params={"urlId": cast.page}).json()
    comments = {}
    for chat in snapshot["conversations"]:
        # Each reader's own; a vector is for all.
        del chat["isUnread"]
        params = {"urlId": chat["urlId"], "direction": "OF", "page": -1}
        comments[chat["_id"]] = http.get(f"/comments/{SSO_TENANT}", params=params).json()["comments"]
    room = {name: snapshot[name] for name in ("epoch", "seq", "conversations")}
    return {**room, "comments": comments}


def play(scenario: Callable[[Cast], Iterator[None]], cast: Cast) -> Vector:
    """One vector, with the ids and times as they came."""
    acts = scenario(cast)
    next(acts)
    given = look(cast)
    assert next(acts, "over") == "over"
    then = look(cast)
    when = cast.mia.visitor.log(cast.page, afterSeq=given["seq"], epoch=given["epoch"])["events"]
    _forget_untold_titles(then, when, {chat["_id"] for chat in given["conversations"]})
    return {"name": scenario.__name__.replace("_", " "), "given": given, "when": when, "then": then}


def _forget_untold_titles(then: dict[str, Any], when: list[dict[str, Any]], known: set[str]) -> None:
    """Take out the `pageTitle` of conversations that no event has told."""
    told = {event["chat"]["_id"] for event in when if "pageTitle" in event.get("chat", {})}
    for chat in then["conversations"]:
        if chat["_id"] not in known | told:
            del chat["pageTitle"]


def settle(vector: Vector, page: str) -> Vector:
    """The vector with the same ids and times in every run."""
    text = json.dumps(vector, ensure_ascii=False).replace(page, "guide")
    ids = dict.fromkeys(re.findall(r'"_id": "([^"]+)"', text))
    text = _rename(text, ids, "id")
    text = _rename(text, dict.fromkeys(re.findall(r"anon:([\w-]+)", text)), "guest")
    text = _rename(text, {vector["given"]["epoch"]: None}, "epoch")
    isos = set(re.findall(r'"(\d{4}-\d\d-\d\dT[\d:.]+Z)"', text))
    moments = {int(ms) for ms in re.findall(r"(?<=: )\d{13}(?=[,}])", text)} | {_to_ms(iso) for iso in isos}
    clock = {ms: START_MS + 1_000 * tick for tick, ms in enumerate(sorted(moments), start=1)}
    text = re.sub(r"(?<=: )\d{13}(?=[,}])", lambda found: str(clock[int(found[0])]), text)
    for iso in isos:
        text = text.replace(iso, _to_iso(clock[_to_ms(iso)]))
    settled: Vector = json.loads(text)
    return settled


def vary(vectors: list[Vector]) -> Iterator[Vector]:
    """The same in other orders and company: what a client must take without a difference."""
    base = next(vector for vector in vectors if vector["name"] == "several in a row")
    when, given, then = base["when"], base["given"], base["then"]
    yield {**base, "name": "every event twice", "when": [event for event in when for _ in range(2)]}
    yield {**base, "name": "all events, then all again", "when": when + when}
    yield {**base, "name": "every event early or late", "when": when[::-1]}
    yield {**base, "name": "one event late, and again", "when": [*when[1:], when[0], *when[:3]]}
    presence = {"type": "p-u", "urlId": "guide", "bId": "x", "sc": 2, "timestamp": START_MS, "uj": ["acme:mia"]}
    yield {**base, "name": "presence between the events", "when": [presence, when[0], presence, *when[1:]]}
    later = [{**event, "seq": event["seq"] + 1} for event in when]
    new = {
        **later[0],
        "type": "voted-text-chat",
        "seq": given["seq"] + 1,
        "votes": {"up": 3},
        "broadcastId": "guide-b0",
    }
    yield {
        **base,
        "name": "an event of an unknown type has its number, and changes nothing",
        "when": [new, *later],
        "then": {**then, "seq": then["seq"] + 1},
    }
    unknown = [{**event, "mood": "glad", "chat": {**event["chat"], "colour": "red"}} for event in when]
    yield {**base, "name": "unknown fields change nothing", "when": unknown}


def make(site: Site, pages: Iterator[str]) -> Iterator[Vector]:
    """All vectors, in the order of the file."""
    vectors = []
    for scenario, page in zip(SCENARIOS, pages, strict=False):
        vectors.append(settle(play(scenario, Cast(site, page)), page))
        yield vectors[-1]
    yield from vary(vectors)


def encode(vectors: Iterator[Vector]) -> str:
    """The file's text."""
    return "".join(json.dumps(vector, ensure_ascii=False, separators=(",", ":")) + "\n" for vector in vectors)


def _succeed(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _rename(text: str, old: dict[str, None], stem: str) -> str:
    for number, name in enumerate(old, start=1):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{stem}-{number}", text)
    return text


def _to_ms(iso: str) -> int:
    seconds, ms = iso.rstrip("Z").split(".")
    return timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 1_000 + int(ms)


def _to_iso(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1_000)) + f".{ms % 1_000:03}Z"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            text = encode(make(site, (f"vector-page-{number}" for number in count())))
        finally:
            site.stop()
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE} is not what the server does: run python -m tests.protocol.make_vectors")


if __name__ == "__main__":
    main()
