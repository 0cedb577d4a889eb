"""F47 over HTTP: what is text comes back as it was written wherever it may stand; what is none is refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.nursery import QuickSite
from tests.running import Visitor, conversation_body, new_id

TEXTS = [
    "a\0b", "\u202eabc\u200b\u2066\ufeff", "😀" * 2_000, "👩\u200d👩\u200d👧", "a\r\nb\rc\u2028d\x0b",
    "\x1b[0m\x7f\x80", "\ufffe\uffff", "  both ends  ", "e\u0301 \u212b", "%\\u0025%00", "<script>", '"\'`',
    "\U0010ffff", "ﷺ", "Їжак ґанку", "\u0301\u0301\u0301", "\\ud800", "null", "{}", "𝐛𝐨𝐥𝐝 ｗｉｄｅ",
]  # fmt: skip
"""Strange, and text all the same."""

NO_BODY: dict[str, tuple[bytes, int]] = {
    "100,000 brackets": (b"[" * 100_000, 413),
    "20,000 brackets": (b'{%b,"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400),
    "20,000 brackets that are not closed": (b"[" * 20_000, 400),
    "10,000 objects in each other": (b'{"a":' * 10_000, 400),
    "10 MB of digits": (b'{%b,"a":' + b"9" * 10_000_000 + b"}", 413),
    "60,000 digits in a field that nobody knows": (b'{%b,"a":' + b"9" * 60_000 + b"}", 400),
    "60,000 digits after the point": (b'{%b,"a":0.' + b"9" * 60_000 + b"x}", 400),
    "a number beyond all numbers": (b'{%b,"a":1e400}', 400),
    "no number": (b'{%b,"a":NaN}', 400),
    "a number in place of text": (b'{"comment":1e4,"broadcastId":7,"guestName":7}', 400),
    "no UTF-8": (b'{%b,"a":"\xff"}', 400),
    "an overlong form": (b'{%b,"a":"\xc0\xaf"}', 400),
    "a surrogate's bytes": (b'{%b,"a":"\xed\xa0\x80"}', 400),
    "half an emoji": (b'{%b,"a":"\xf0\x9f\x98"}', 400),
    "a lone surrogate": (b'{%b,"a":"\\ud83d"}', 400),
    "surrogates the wrong way round": (b'{%b,"a":"\\ude00\\ud83d"}', 400),
    "a lone surrogate as a name": (b'{%b,"\\ud83d":1}', 400),
    "a bare NUL": (b'{%b,"a":"\0"}', 400),
    "a byte order mark": (b"\xef\xbb\xbf{%b}", 400),
    "UTF-16": ('{"comment":"x"}'.encode("utf-16"), 400),
    "two of them": (b"{%b}{%b}", 400),
    "a comma too many": (b"{%b,}", 400),
    "nothing": (b"", 400),
}
"""No JSON, or more of it than anybody needs. `%b` stands for what the route wants."""

ROUTES: dict[str, Callable[["Scene"], tuple[str, str, dict[str, Any]]]] = {
    "create": lambda scene: ("POST", "/comment-collab-chats/demo", conversation_body(scene.page)),
    "change": lambda scene: (
        "PATCH", f"/comment-collab-chats/demo/{scene.chat}", {"broadcastId": new_id(), "isResolved": True},
    ),
    "delete": lambda scene: ("DELETE", f"/comment-collab-chats/demo/{scene.chat}", {"broadcastId": new_id()}),
    "reply": lambda scene: (
        "POST", f"/comments/demo?urlId={scene.page}-thread&broadcastId={new_id()}", {"comment": "x"},
    ),
    "edit": lambda scene: (
        "POST", f"/comments/demo/{scene.comment}/update-text?broadcastId={new_id()}", {"comment": "x"},
    ),
    "sign in": lambda _scene: ("POST", "/sessions/demo", {"guestName": "x"}),
}  # fmt: skip


class Scene:
    """A page with a conversation, which no refused request may change."""

    def __init__(self, site: QuickSite) -> None:
        self.site = site
        self.page: str = new_id()
        self.ana = site.guest("Ana")
        made = self.ana.created(self.page, urlIdWithRange=f"{self.page}-thread")
        self.chat: str = made["createdChatId"]
        self.comment: str = made["event"]["comment"]["_id"]

    def state(self) -> Any:
        """What is stored."""
        return self.ana.snapshot(self.page)["conversations"], self.ana.log(self.page, afterSeq=0)["events"]


@pytest.fixture(scope="module")
def scene(site: QuickSite) -> Scene:
    return Scene(site)


@pytest.mark.parametrize("name", NO_BODY)
@pytest.mark.parametrize("route", ROUTES)
def test_f47_a_body_that_is_no_json_is_refused_wherever_it_is_sent(scene: Scene, route: str, name: str) -> None:
    before = scene.state()
    method, path, wanted = ROUTES[route](scene)
    form, status = NO_BODY[name]
    body = form.replace(b"%b", json.dumps(wanted).encode()[1:-1])
    answer = scene.ana.request(method, path, content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == ("too-large" if status == 413 else "invalid-input")
    assert scene.state() == before
    assert "RecursionError" not in scene.site.log


@pytest.mark.parametrize("route", ROUTES)
def test_f47_what_is_refused_is_refused_for_its_oddness_alone(scene: Scene, route: str) -> None:
    """The same requests without it are taken: those of the table are refused for what is said there."""
    other = Scene(scene.site)
    method, path, wanted = ROUTES[route](other)
    assert other.ana.request(method, path, content=json.dumps({**wanted, "later": [{}]}).encode()).status_code == 200


def test_f47_one_emoji_more_than_may_be_is_refused_and_never_cut(scene: Scene) -> None:
    assert scene.ana.reply("emoji", "😀" * 2_000).status_code == 200
    answer = scene.ana.reply("emoji", "😀" * 2_001)
    assert (answer.status_code, answer.json()["code"]) == (400, "comment-too-big")
    for name, most in (("pageTitle", 1_000), ("selector", 1_000)):
        assert scene.ana.create("emoji", urlIdWithRange=new_id(), **{name: "😀" * most}).status_code == 200
        assert scene.ana.create("emoji", urlIdWithRange=new_id(), **{name: "😀" * (most + 1)}).status_code == 400


def test_f47_the_last_of_two_equal_names_counts(scene: Scene) -> None:
    params = {"urlId": "twice", "broadcastId": new_id()}
    answer = scene.ana.request("POST", "/comments/{t}", params=params, content=b'{"comment":"one","comment":"two"}')
    assert (answer.status_code, answer.json()["comment"]["commentHTML"]) == (200, "two")


# -- Where a text may stand -------------------------------------------------------------------------------------------


def text_of(ana: Visitor, comment_id: str) -> str:
    return str(ana.request("GET", f"/comments/{{t}}/{comment_id}/text").json()["commentText"])


def reply(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
    """As a comment: for its editor, in the list, and in the thread's log."""
    thread = new_id()
    answer = ana.reply(thread, text)

    def read() -> list[Any]:
        (event,) = ana.log(thread, afterSeq=0)["events"]
        (listed,) = ana.comments(thread)
        assert event["comment"]["commentHTML"] == listed["commentHTML"]
        return [text_of(ana, answer.json()["comment"]["_id"]), event["comment"]["comment"]]

    return answer, read


def edit(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
    comment = ana.reply(new_id(), "before").json()["comment"]["_id"]
    return ana.edit(comment, text), lambda: [text_of(ana, comment)]


def begin(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
    page = new_id()
    answer = ana.create(page, text)
    return answer, lambda: [text_of(ana, answer.json()["event"]["comment"]["_id"])]


def as_field(name: str) -> Callable[[Visitor, str], tuple[httpx.Response, Callable[[], list[Any]]]]:
    """As a field of a conversation."""

    def write(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
        page = new_id()
        answer = ana.create(page, **{name: text})
        return answer, lambda: [chat[name] for chat in ana.snapshot(page)["conversations"]]

    return write


def as_part_of_the_anchor(name: str) -> Callable[[Visitor, str], tuple[httpx.Response, Callable[[], list[Any]]]]:
    """In the anchor: in the snapshot, and in the event that everybody gets."""

    def write(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
        page = new_id()
        answer = ana.create(page, anchor={"v": 1, "quote": "q", "start": 1, "end": 2, name: text})

        def read() -> list[Any]:
            (chat,) = ana.snapshot(page)["conversations"]
            (event,) = ana.log(page, afterSeq=0)["events"]
            return [chat["anchor"][name], event["chat"]["anchor"][name]]

        return answer, read

    return write


def as_page(ana: Visitor, text: str) -> tuple[httpx.Response, Callable[[], list[Any]]]:
    page = f"{new_id()}{text}"
    answer = ana.create(page, urlIdWithRange=f"{page}:p")
    return answer, lambda: [
        each["urlId"].removesuffix(":p")[36:] for each in ana.snapshot(page)["conversations"]
    ]  # a UUID is 36 characters long


PLACES = {
    "a comment": reply,
    "an edited comment": edit,
    "a first comment": begin,
    "a title": as_field("pageTitle"),
    "a selector": as_field("selector"),
    "a quote": as_part_of_the_anchor("quote"),
    "what comes before a quote": as_part_of_the_anchor("prefix"),
    "a page's id": as_page,
}
SHORTER = {"a comment": 2_000, "an edited comment": 2_000, "a first comment": 2_000, "what comes before a quote": 16}
"""How much of a long text fits; elsewhere 256 characters do."""


def assert_kept(ana: Visitor, place: str, text: str) -> None:
    """The text is stored as it was written, or refused."""
    short = text[: SHORTER.get(place, 256)]
    answer, read = PLACES[place](ana, short)
    is_text = not any("\ud800" <= character <= "\udfff" for character in short)
    if is_text and (short.strip() or "comment" not in place) and (short or place == "a page's id"):
        assert answer.status_code == 200, (short, answer.text)
        for found in read():
            assert found == short
    elif not is_text or "comment" in place:
        assert answer.status_code == 400, (short, answer.text)


@pytest.mark.parametrize("place", PLACES)
def test_f47_a_strange_text_is_stored_as_it_was_written(scene: Scene, place: str) -> None:
    for text in TEXTS:
        assert_kept(scene.ana, place, text)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    place=st.sampled_from([*PLACES]),
    text=st.text(alphabet=st.characters(), min_size=1, max_size=40)
    | st.text(alphabet="<>&\"'%\\\0😀\u202e\r\n `*_[]()", min_size=1),
)
def test_f47_any_text_is_stored_as_it_was_written_or_refused(scene: Scene, place: str, text: str) -> None:
    assert_kept(scene.ana, place, text)


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "\n\t", "a\x1bb"])
def test_f47_a_name_is_text_of_one_line(scene: Scene, name: str) -> None:
    answer = scene.site.http.post("/sessions/demo", content=json.dumps({"guestName": f"a{name}b"}).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")


@pytest.mark.parametrize("name", ["Їжак", "😀" * 100, "👩\u200d👩\u200d👧", "e\u0301", "<b>", "%00", "O'Neill"])
def test_f47_a_name_is_kept_as_it_is_written(scene: Scene, name: str) -> None:
    assert scene.site.guest(name).created(new_id())["conversation"]["createdBy"]["name"] == name
