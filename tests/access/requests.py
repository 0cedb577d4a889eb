"""All that can be asked for over HTTP, one row for each verb and route of the OpenAPI document."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from tests.access.estate import Place
from tests.running import conversation_body, new_id

Kind = Literal[
    "read", "people", "log", "start", "reply", "resolve", "author", "moderate", "lift", "ban", "self", "another",
    "sign-in", "sign-out", "flag", "key", "staff", "desk",
]  # fmt: skip
"""What it takes; `test_matrix.expected` says of each who may."""


class Request(Struct, frozen=True):
    """How to ask: `ask` gives httpx' options for a place; `$chat` and the like in the path are the place's."""

    verb: str
    route: str
    kind: Kind
    ask: Callable[[Place], dict[str, Any]] = lambda _place: {}
    ends: bool = False
    """What it is about is gone afterwards."""

    finds: bool = True
    """What it names is there; else who may ask is told that it is not."""

    @property
    def is_write(self) -> bool:
        return self.verb != "GET"

    @property
    def is_by_id(self) -> bool:
        """It names something that is there or not; of pages there are as many as there are names."""
        return "{chat_id}" in self.route or "{comment_id}" in self.route or self.kind == "ban"

    def path(self, tenant: str, place: Place) -> str:
        return self.route.format(
            tenant_id=tenant, chat_id=place.chat, comment_id=place.comment, ban_id="none", page_id="bm9uZQ",
            key_id="none", account_id="none", staff_id="none",
        )  # fmt: skip


def _named(place: Place) -> dict[str, Any]:
    """The room, as a page is named."""
    return {"params": {"urlId": place.room}}


def _new_chat(place: Place) -> dict[str, Any]:
    more: dict[str, Any] = {} if place.groups is None else {"groups": place.groups}
    return {"json": conversation_body(place.page, f"Words {new_id()}", **more)}


def _reply(place: Place) -> dict[str, Any]:
    body = {"comment": f"Words {new_id()}", "commenterName": "x", "url": "https://x.example/"}
    return {"params": {"urlId": place.thread, "broadcastId": new_id()}, "json": body}


def _body(**fields: Any) -> Callable[[Place], dict[str, Any]]:
    return lambda _place: {"json": {"broadcastId": new_id(), **fields}}


def _query(**params: Any) -> Callable[[Place], dict[str, Any]]:
    return lambda _place: {"params": params}


def _judged(_place: Place, action: str = "approve", **fields: Any) -> dict[str, Any]:
    return {"json": {"action": action, "broadcastId": new_id(), **fields}}


def _ban_of_the_past(place: Place) -> dict[str, Any]:
    """The author is needed."""
    return {"json": {"reason": "Spam", "commentId": place.comment, "bannedUntil": 0}}


_CHATS, _COMMENTS = "/comment-collab-chats/{tenant_id}", "/comments/{tenant_id}"
_PAGES, _ADMIN = "/pages/{tenant_id}/users", "/api/v1/pages"
PRESENCE = "/user-presence-status"
FLAG = "/flag-comment/{comment_id}"

REQUESTS = (
    Request("GET", _CHATS, "read", _named),
    Request("POST", _CHATS, "start", _new_chat),
    Request("PATCH", f"{_CHATS}/{{chat_id}}", "resolve", _body(isResolved=True)),
    Request("PATCH", f"{_CHATS}/{{chat_id}}", "author", _body(pageTitle="Another")),
    Request("DELETE", f"{_CHATS}/{{chat_id}}", "author", _body(), ends=True),
    Request("GET", _COMMENTS, "read", lambda place: {"params": {"urlId": place.thread}}),
    Request("POST", _COMMENTS, "reply", _reply),
    Request("GET", f"{_COMMENTS}/{{comment_id}}/text", "read"),
    Request("POST", f"{_COMMENTS}/{{comment_id}}/update-text", "author", _body(comment="Other words")),
    Request("DELETE", f"{_COMMENTS}/{{comment_id}}", "author", lambda _: {"params": {"broadcastId": new_id()}}, True),
    Request("POST", f"{_COMMENTS}/{{comment_id}}/flag", "flag", _query(isFlagged="true")),
    Request("POST", FLAG, "flag", lambda place: {"params": {"tenantId": place.tenant, "isFlagged": "true"}}),
    Request("GET", f"{_PAGES}/online", "read", _named),
    Request("GET", f"{_PAGES}/offline", "read", _named),
    Request("GET", f"{_PAGES}/info", "people", _query(ids="nobody")),
    Request("GET", "/event-log/{tenant_id}", "log", lambda place: {"params": {"urlId": place.room, "afterSeq": 0}}),
    Request("GET", "/event-log/{tenant_id}", "log", lambda place: {"params": {"urlId": place.thread, "startTime": 1}}),
    Request("GET", PRESENCE, "read", lambda place: {"params": {"urlIdWS": place.room_token, "tenantId": place.tenant}}),
    Request("GET", "/bans/{tenant_id}", "moderate"),
    Request("POST", "/bans/{tenant_id}", "moderate", lambda _: {"json": {"reason": "Spam", "userId": f"x:{new_id()}"}}),
    Request("POST", "/bans/{tenant_id}", "ban", _ban_of_the_past),
    Request("DELETE", "/bans/{tenant_id}/{ban_id}", "lift"),
    Request("GET", "/people/{tenant_id}", "self"),
    Request("GET", "/people/{tenant_id}", "another", _query(userId="x:nobody")),
    Request("DELETE", "/people/{tenant_id}", "self", ends=True),
    Request("DELETE", "/people/{tenant_id}", "another", _query(userId="x:nobody")),
    Request("POST", "/sessions/{tenant_id}", "sign-in", lambda _place: {"json": {"guestName": "Gus"}}),
    Request("DELETE", "/sessions/{tenant_id}", "sign-out", ends=True),
    Request("DELETE", "/sessions/{tenant_id}", "sign-out", _query(everywhere="true"), ends=True),
    Request("GET", _ADMIN, "key"),
    Request("POST", _ADMIN, "key", lambda _place: {"json": {"urlId": "other", "accessibleByGroupIds": ["x"]}}),
    Request("GET", f"{_ADMIN}/by-url-id", "key", _named),
    Request("PATCH", f"{_ADMIN}/{{page_id}}", "key", lambda _place: {"json": {"accessibleByGroupIds": ["x"]}}),
    Request("GET", "/api/v1/live", "desk"),
    Request("GET", "/api/v1/usage", "key"),
    Request("GET", "/api/v1/usage/now", "key"),
    Request("GET", "/api/v1/usage/origins", "key"),
    Request("GET", "/api/v1/usage/pages", "key"),
    Request("GET", "/api/v1/tenant-daily-usage", "key"),
    Request("GET", "/api/v1/tenant", "key"),
    Request("PATCH", "/api/v1/tenant", "key", lambda _place: {"json": {"name": "Another"}}),
    Request("GET", "/api/v1/keys", "key"),
    Request("POST", "/api/v1/keys", "key", lambda _place: {"json": {}}),
    Request("POST", "/api/v1/keys/rotate", "key", lambda _place: {"json": {"overlapHours": 24}}),
    Request("DELETE", "/api/v1/keys/{key_id}", "key", finds=False),
    Request("GET", "/api/v1/staff", "key"),
    Request("POST", "/api/v1/staff/invitations", "key", lambda _place: {"json": {"name": "Ana"}}),
    Request("PATCH", "/api/v1/staff/{account_id}", "key", lambda _place: {"json": {}}, finds=False),
    Request("DELETE", "/api/v1/staff/{staff_id}", "key", finds=False),
    Request("POST", "/api/v1/sso-test", "key", lambda _place: {"json": {"payload": "{}"}}),
    Request("GET", "/api/v1/comments", "key"),
    Request("GET", "/api/v1/comments/{comment_id}", "key"),
    Request("POST", "/api/v1/comments/moderate", "key", lambda place: _judged(place, ids=[place.comment])),
    Request("GET", "/api/v1/conversations", "key"),
    Request("POST", "/api/v1/conversations/{chat_id}/moderate", "key", lambda place: _judged(place, action="unpin")),
    Request("GET", "/api/v1/bans", "key"),
    Request("POST", "/api/v1/bans", "key", lambda _: {"json": {"reason": "Spam", "userId": f"x:{new_id()}"}}),
    Request("DELETE", "/api/v1/bans/{ban_id}", "key", finds=False),
    Request("GET", "/api/v1/audit-logs", "key"),
    Request("GET", "/api/v1/tenants", "staff"),
    Request("POST", "/api/v1/tenants", "staff", lambda _place: {"json": {"id": "x", "name": "x", "origins": []}}),
    Request("PATCH", "/api/v1/tenants/{tenant_id}", "staff", lambda _place: {"json": {"isEnabled": False}}),
    Request("POST", "/dashboard/session/password", "staff", lambda _place: {"json": {"password": "x" * 12}}),
    Request("GET", "/dashboard/session", "staff"),
    Request("POST", "/dashboard/session", "staff", lambda _place: {"json": {"link": "none"}}),
    Request("DELETE", "/dashboard/session", "staff"),
)  # fmt: skip

FOR_EVERYBODY = {
    ("GET", "/healthz"): "says only that the process lives",
    ("GET", "/readyz"): "says only that the data can be read",
}
"""Routes that nobody needs any right for, and why."""
