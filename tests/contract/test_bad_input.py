"""Every way to ask wrongly: status, code, field; nothing stored, the server goes on."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import Site, Visitor, conversation_body, new_id

CHATS = "/comment-collab-chats/demo"
LONG = "x" * 1_001
ANCHOR = {"v": 1, "quote": "some words", "start": 10, "end": 20}


class Scene:
    """A page with one conversation of Ana's, and another that was deleted, which no refused request may change."""

    def __init__(self, site: Site, page: str) -> None:
        self.site, self.page, self.ana, self.bo = site, page, site.guest("Ana"), site.guest("Bo")
        gone = self.ana.created(page)
        self.gone, self.gone_thread = gone["createdChatId"], gone["conversation"]["urlId"]
        self.ana.delete(self.gone)
        kept = self.ana.created(page)
        self.chat, self.thread = kept["createdChatId"], kept["conversation"]["urlId"]
        self.comment = kept["event"]["comment"]["_id"]
        self.used = kept["event"]["broadcastId"]

    def fill(self, value: Any) -> Any:
        """Put what belongs to this scene where a row of the table has a name in angle brackets."""
        if isinstance(value, str) and "<" in value:
            for name in ("chat", "gone_thread", "gone", "thread", "comment", "used", "page"):
                value = value.replace(f"<{name}>", getattr(self, name))
        if isinstance(value, dict):
            return {name: self.fill(part) for name, part in value.items()}
        return value

    def state(self) -> Any:
        snapshot = self.ana.snapshot(self.page)
        logs = [self.ana.log(room, afterSeq=0)["events"] for room in (self.page, self.thread, self.gone_thread)]
        return snapshot["conversations"], snapshot["seq"], logs, self.ana.comments(self.thread)


@pytest.fixture(scope="module")
def scene(site: Site) -> Scene:
    return Scene(site, "bad-input")


@pytest.fixture(autouse=True)
def _unchanged(request: pytest.FixtureRequest) -> Iterator[None]:
    if "scene" not in request.fixturenames:
        yield
        return
    scene: Scene = request.getfixturevalue("scene")
    before = scene.state()
    yield
    assert scene.state() == before


def create(**fields: Any) -> dict[str, Any]:
    """A request to begin a conversation, with these parts of its body replaced."""
    body = conversation_body("bad-input", **fields)
    return {"method": "POST", "url": CHATS, "json": body}


def patch(chat: str = "<chat>", **fields: Any) -> dict[str, Any]:
    return {"method": "PATCH", "url": f"{CHATS}/{chat}", "json": {"broadcastId": new_id(), **fields}}


def reply(text: Any = "Hi", thread: str = "<thread>", broadcast_id: str | None = None, **fields: Any) -> dict[str, Any]:
    params = {"urlId": thread, "broadcastId": broadcast_id or new_id()}
    return {"method": "POST", "url": "/comments/demo", "params": params, "json": {"comment": text, **fields}}


def first(text: Any) -> dict[str, Any]:
    return create(comment={"comment": text, "commenterName": "x", "url": "u", "urlId": "bad-input"})


def get(url: str, **params: Any) -> dict[str, Any]:
    return {"method": "GET", "url": url, "params": params}


def raw(content: bytes, method: str = "POST", url: str = CHATS) -> dict[str, Any]:
    return {"method": method, "url": url, "content": content, "headers": {"Content-Type": "application/json"}}


def removal(id_: str, **body: Any) -> dict[str, Any]:
    return {"method": "DELETE", "url": f"{CHATS}/{id_}", "json": {"broadcastId": new_id(), **body}}


Row = tuple[dict[str, Any], int, str, str | None]
ROWS: list[Row] = [
    # JSON and types
    (raw(b""), 400, "invalid-input", "body"),
    (raw(b"{"), 400, "invalid-input", "body"),
    (raw(b"nonsense"), 400, "invalid-input", "body"),
    (raw(b"[]"), 400, "invalid-input", "body"),
    (raw(b"null"), 400, "invalid-input", "body"),
    (raw(b'"x"'), 400, "invalid-input", "body"),
    (raw(b"\xff\xfe"), 400, "invalid-input", "body"),
    (raw(b'{"urlId":"\\ud800"}'), 400, "invalid-input", "body"),
    (raw(b"[" * 20_000), 400, "invalid-input", "body"),
    (raw(b'{"x":' * 10_000), 400, "invalid-input", "body"),
    (raw(b"{", "PATCH", f"{CHATS}/<chat>"), 400, "invalid-input", "body"),
    (raw(b"{", "DELETE", f"{CHATS}/<chat>"), 400, "invalid-input", "body"),
    (raw(b"{", url="/sessions/demo"), 400, "invalid-input", "body"),
    (raw(b"{", url="/comments/demo"), 400, "invalid-input", "body"),
    (create(selector=5), 400, "invalid-input", "selector"),
    (create(pageTitle=[]), 400, "invalid-input", "pageTitle"),
    (create(urlId=5), 400, "invalid-input", "urlId"),
    (create(urlIdWithRange={}), 400, "invalid-input", "urlIdWithRange"),
    (create(comment="text"), 400, "invalid-input", "comment"),
    (create(comment={}), 400, "invalid-input", "comment.comment"),
    (first(5), 400, "invalid-input", "comment.comment"),
    (create(createdFromCommentId="<comment>"), 400, "invalid-input", "comment"),
    (create(comment=...), 400, "invalid-input", "comment"),
    (create(urlIdWithRange=...), 400, "invalid-input", "urlIdWithRange"),
    (create(pageTitle=LONG), 400, "invalid-input", "pageTitle"),
    (create(selector=LONG), 400, "invalid-input", "selector"),
    (create(urlIdWithRange=LONG), 400, "invalid-input", "urlIdWithRange"),
    (create(anchor=5), 400, "invalid-input", "anchor"),
    (create(anchor={**ANCHOR, "v": 2}), 400, "invalid-input", "anchor.v"),
    (create(anchor={**ANCHOR, "quote": ""}), 400, "invalid-input", "anchor.quote"),
    (create(anchor={**ANCHOR, "quote": "x" * 513}), 400, "invalid-input", "anchor.quote"),
    (create(anchor={**ANCHOR, "prefix": "x" * 65}), 400, "invalid-input", "anchor.prefix"),
    (create(anchor={**ANCHOR, "prefix": "😀" * 33}), 400, "invalid-input", "anchor.prefix"),
    (create(anchor={**ANCHOR, "start": -1}), 400, "invalid-input", "anchor.start"),
    (create(anchor={**ANCHOR, "start": "10"}), 400, "invalid-input", "anchor.start"),
    (create(anchor={**ANCHOR, "end": 10}), 400, "invalid-input", "anchor.end"),
    (create(anchor={"v": 1, "start": 1, "end": 2}), 400, "invalid-input", "anchor.quote"),
    (patch(), 400, "invalid-input", None),
    (patch(isResolved="yes"), 400, "invalid-input", "isResolved"),
    (patch(isResolved=None), 400, "invalid-input", "isResolved"),
    (patch(isResolved=1), 400, "invalid-input", "isResolved"),
    (patch(pageTitle=LONG), 400, "invalid-input", "pageTitle"),
    (patch(anchor={**ANCHOR, "end": 10}), 400, "invalid-input", "anchor.end"),
    (patch(anchor=5), 400, "invalid-input", "anchor"),
    (reply(commenterName=5), 400, "invalid-input", "commenterName"),
    (reply(url="u" * 2_001), 400, "invalid-input", "url"),
    ({"method": "POST", "url": "/sessions/demo", "json": {"guestName": 5}}, 400, "invalid-input", "guestName"),
    ({"method": "POST", "url": "/sessions/demo", "json": {"guestName": "x" * 101}}, 400, "invalid-input", "guestName"),
    ({"method": "POST", "url": "/sessions/demo", "json": {"sso": "x"}}, 400, "invalid-input", "sso"),
    # broadcastId
    (create(broadcastId=...), 400, "invalid-input", "broadcastId"),
    (create(broadcastId=""), 400, "invalid-input", "broadcastId"),
    (create(broadcastId="x" * 65), 400, "invalid-input", "broadcastId"),
    (create(broadcastId="ü"), 400, "invalid-input", "broadcastId"),
    (create(broadcastId="a\nb"), 400, "invalid-input", "broadcastId"),
    (create(broadcastId="a\n"), 400, "invalid-input", "broadcastId"),
    (create(broadcastId=5), 400, "invalid-input", "broadcastId"),
    (removal("<chat>", broadcastId=""), 400, "invalid-input", "broadcastId"),
    ({"method": "DELETE", "url": "/comments/demo/<comment>"}, 400, "invalid-input", "broadcastId"),
    (reply(broadcast_id="x" * 65), 400, "invalid-input", "broadcastId"),
    # queries
    (get("/comments/demo", urlId="p", direction="UP"), 400, "invalid-input", "direction"),
    (get("/comments/demo", urlId="p", page="x"), 400, "invalid-input", "page"),
    (get("/comments/demo", urlId="p", limit=0), 400, "invalid-input", "limit"),
    (get("/event-log/demo", urlId="p", userIdWS="x", startTime="x"), 400, "invalid-input", "startTime"),
    (get("/event-log/demo", urlId="p", userIdWS="x", afterSeq=-1), 400, "invalid-input", "afterSeq"),
    (get("/event-log/demo", urlId="p", userIdWS="x", afterSeq=10**30), 400, "invalid-input", "afterSeq"),
    (get("/pages/demo/users/info", ids=",".join(map(str, range(101)))), 400, "invalid-input", "ids"),
    # urlId, range, words
    (get(CHATS), 400, "missing-url-id", "urlId"),
    (get(CHATS, urlId=""), 400, "missing-url-id", "urlId"),
    (get(CHATS, urlId=LONG), 400, "invalid-input", "urlId"),
    (get("/comments/demo"), 400, "missing-url-id", "urlId"),
    (get("/event-log/demo", userIdWS="x", startTime=1), 400, "missing-url-id", "urlId"),
    (get("/pages/demo/users/online"), 400, "missing-url-id", "urlId"),
    (create(urlId=...), 400, "missing-url-id", "urlId"),
    (create(urlId=LONG), 400, "invalid-input", "urlId"),
    (create(range="nonsense"), 400, "invalid-range", "range"),
    (create(range=...), 400, "invalid-range", "range"),
    (create(range=""), 400, "invalid-range", "range"),
    (create(range="0:1,0:2{}"), 400, "invalid-range", "range"),
    (create(range="0:1,0:2{a}b"), 400, "invalid-range", "range"),
    (create(range="0:1,0:2{a}\n"), 400, "invalid-range", "range"),
    (first(""), 400, "empty-comment", "comment"),
    (first(" \n\t "), 400, "empty-comment", "comment"),
    (first("x" * 2_001), 400, "comment-too-big", "comment"),
    (reply(""), 400, "empty-comment", "comment"),
    (reply("x" * 2_001), 400, "comment-too-big", "comment"),
    # size, ids, permissions, states
    (raw(b'{"x":"' + b"x" * 65_536 + b'"}'), 413, "too-large", None),
    (raw(b" " * 65_537, "PATCH", f"{CHATS}/<chat>"), 413, "too-large", None),
    (get("/comment-collab-chats/nobody", urlId="p"), 404, "invalid-tenant", None),
    (get("/comment-collab-chats/%2e%2e", urlId="p"), 404, "invalid-tenant", None),
    (get("/comments/nobody", urlId="p"), 404, "invalid-tenant", None),
    (get("/event-log/nobody", urlId="p", userIdWS="x", startTime=1), 404, "invalid-tenant", None),
    (get("/pages/nobody/users/online", urlId="p"), 404, "invalid-tenant", None),
    (get("/user-presence-status", tenantId="nobody", urlIdWS="x", userIds="y"), 404, "invalid-tenant", None),
    ({"method": "POST", "url": "/sessions/nobody", "json": {"guestName": "A"}}, 404, "invalid-tenant", None),
    (patch("unknown", isResolved=True), 404, "not-found", None),
    (removal("unknown"), 404, "not-found", None),
    (get("/comments/demo/unknown/text"), 404, "not-found", None),
    (get("/no/such/path"), 404, "not-found", None),
    (removal("<chat>"), 403, "forbidden", None),
    (patch(pageTitle="Mine"), 403, "forbidden", None),
    ({"method": "DELETE", "url": "/comments/demo/<comment>", "params": {"broadcastId": "x"}}, 403, "forbidden", None),
    (get("/event-log/demo", urlId="p", userIdWS="x", startTime=1), 403, "forbidden", None),
    (patch("<gone>", isResolved=True), 410, "conversation-deleted", None),
    (removal("<gone>"), 410, "conversation-deleted", None),
    (reply("Hi", "<gone_thread>"), 410, "conversation-deleted", None),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "status", "code", "field"), ROWS)
def test_a_bad_request_is_refused_with_its_status_code_and_field(
    scene: Scene, ask: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    asked = scene.fill(ask)
    headers = {**scene.bo.headers, **asked.get("headers", {})}
    answer = scene.site.http.request(**{**asked, "headers": headers})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert (body["status"], body["message"]) == ("failed", body["reason"])
    assert len(body["reason"]) > 10
    if field is not None:
        assert body["field"].rpartition(".")[2] == field.rpartition(".")[2], body
    if code == "comment-too-big":
        assert body["maxCharacterLength"] == 2_000


@pytest.mark.parametrize(
    "ask", [create(), patch(isResolved=True), removal("<chat>"), reply(), patch("unknown", isResolved=True)]
)
def test_without_an_identity_every_write_is_unauthenticated(scene: Scene, ask: dict[str, Any]) -> None:
    answer = scene.site.http.request(**scene.fill(ask))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_used_broadcast_id_with_another_body_is_refused(scene: Scene) -> None:
    answer = scene.ana.create(scene.page, "Another", broadcastId=scene.used)
    assert (answer.status_code, answer.json()["code"]) == (422, "broadcast-id-reused")


def test_what_one_may_not_see_looks_like_what_is_not_there(scene: Scene) -> None:
    mia = scene.site.member("Mia", isAdmin=True)
    hidden, unknown = mia.change(scene.chat, isResolved=True), mia.change("unknown", isResolved=True)
    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())


def test_unknown_fields_are_let_pass(ana: Visitor, page: str) -> None:
    assert ana.create(page, productId=3, mentions={"of": "the wrong kind"}, anything=[1]).status_code == 200


def test_the_longest_allowed_texts_are_taken(ana: Visitor, page: str) -> None:
    url_id = (page * 1_000)[:1_000]
    body = conversation_body(url_id, "x" * 2_000, urlIdWithRange=f"{page}:p:0:15", pageTitle="t" * 1_000)
    created = ana.created(url_id, **body)
    assert ana.snapshot(url_id)["conversations"] == [created["conversation"]]
    assert ana.reply(page, "😀" * 1_000).status_code == 200


def test_a_control_character_or_any_script_in_the_urlid_makes_just_another_page(ana: Visitor, page: str) -> None:
    for url_id in (f"{page}\0", f"{page}\n", f"{page}'; DROP TABLE event; --", f"{page}/../x", f"{page} Київ 😀"):
        created = ana.created(url_id, urlIdWithRange=f"{url_id}:p:1")
        assert ana.snapshot(url_id)["conversations"] == [created["conversation"]]
        assert created["event"]["urlId"] == url_id


def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    site = Site(tmp_path, "--rate-limits", "on")
    try:
        ana = site.guest()
        for _ in range(200):
            answer = ana.reply("page", "Hi")
            if answer.status_code != 200:
                break
        body = answer.json()
        assert (answer.status_code, body["code"], body["status"]) == (429, "rate-limited", "failed")
        assert int(answer.headers["retry-after"]) >= 1
        assert site.http.get("/healthz").status_code == 200
    finally:
        site.stop()


def test_refusals_are_never_cached_and_are_json(site: Site) -> None:
    answer = site.http.get("/comment-collab-chats/nobody", params={"urlId": "p"})
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("application/json")
    assert json.loads(answer.content)["code"] == "invalid-tenant"


def test_a_client_that_goes_in_the_middle_of_its_body_leaves_no_error_in_the_log(site: Site, ana: Visitor) -> None:
    before = site.log
    address = site.base.removeprefix("http://").split(":")
    for _ in range(3):
        with socket.create_connection((address[0], int(address[1]))) as line:
            head = f"POST /comment-collab-chats/demo HTTP/1.1\r\nHost: {site.base[7:]}\r\nContent-Length: 500\r\n"
            line.sendall(f"{head}Authorization: Bearer {ana.session}\r\n\r\n{{".encode())
    assert ana.created("after-that")["status"] == "success"
    assert "failed" not in site.log.removeprefix(before)
