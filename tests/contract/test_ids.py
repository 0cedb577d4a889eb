"""Ids wherever one may stand: the right answer, or a refusal of our one shape; nothing of another tenant's."""

from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.two_tenants import PAGE, SECRET, Scene, assert_fine
from tests.running import Visitor, conversation_body, new_id, secure_sso

Ask = Callable[[Visitor, str], httpx.Response]


def path(text: str) -> str:
    """Any text as one part of a path."""
    return quote(text, safe="").replace(".", "%2E")  # else libraries follow dots


PLACES: dict[str, Ask] = {
    # The tenant
    "snapshot of": lambda ana, id_: ana.request("GET", f"/comment-collab-chats/{path(id_)}", params={"urlId": PAGE}),
    "create at": lambda ana, id_: ana.request(
        "POST", f"/comment-collab-chats/{path(id_)}", json=conversation_body(PAGE)
    ),
    "comments of": lambda ana, id_: ana.request("GET", f"/comments/{path(id_)}", params={"urlId": PAGE}),
    "log of": lambda ana, id_: ana.request("GET", f"/event-log/{path(id_)}", params={"urlId": PAGE, "afterSeq": 0}),
    "viewers of": lambda ana, id_: ana.request("GET", f"/pages/{path(id_)}/users/online", params={"urlId": PAGE}),
    "sign in at": lambda ana, id_: ana.request("POST", f"/sessions/{path(id_)}", json={"sso": {"loginURL": "/in"}}),
    "status at": lambda ana, id_: ana.request("GET", "/user-presence-status", params={"tenantId": id_}),
    # Conversations and comments
    "change": lambda ana, id_: ana.change(path(id_), isResolved=True),
    "delete": lambda ana, id_: ana.delete(path(id_)),
    "text of": lambda ana, id_: ana.request("GET", f"/comments/demo/{path(id_)}/text"),
    "edit": lambda ana, id_: ana.edit(path(id_), "Mine now"),
    "uncomment": lambda ana, id_: ana.uncomment(path(id_)),
    "begin from": lambda ana, id_: ana.create("own", comment=..., createdFromCommentId=id_),
    "parent": lambda ana, id_: ana.request(
        "POST", "/comments/demo", params={"urlId": "own", "broadcastId": new_id()},
        json={"comment": "Hi", "parentId": id_},
    ),
    # Pages and threads
    "page": lambda ana, id_: ana.request("GET", "/comment-collab-chats/demo", params={"urlId": id_}),
    "thread": lambda ana, id_: ana.request("GET", "/comments/demo", params={"urlId": id_}),
    "viewers on": lambda ana, id_: ana.request("GET", "/pages/demo/users/online", params={"urlId": id_}),
    "writers on": lambda ana, id_: ana.request("GET", "/pages/demo/users/offline", params={"urlId": id_}),
    "log on": lambda ana, id_: ana.request(
        "GET", "/event-log/demo",
        params={"urlId": id_, "userIdWS": ana.snapshot("own")["userIdWS"], "afterSeq": 0},
    ),
    "create on": lambda ana, id_: ana.create(id_, urlIdWithRange=f"{id_}:p"),
    "thread to be": lambda ana, id_: ana.create("own", urlIdWithRange=id_),
    "reply in": lambda ana, id_: ana.reply(id_, "Hi"),
    # People, writes, tokens
    "people": lambda ana, id_: ana.request("GET", "/pages/demo/users/info", params={"ids": id_}),
    "after a person": lambda ana, id_: ana.request(
        "GET", "/pages/demo/users/online", params={"urlId": PAGE, "afterName": id_, "afterUserId": id_}
    ),
    "who is there": lambda ana, id_: ana.request(
        "GET", "/user-presence-status",
        params={"tenantId": "demo", "urlIdWS": ana.snapshot("own")["urlIdWS"], "userIds": id_},
    ),
    "broadcastId": lambda ana, id_: ana.reply("own", "Hi", id_),
    "broadcastId of a create": lambda ana, id_: ana.create("own", broadcastId=id_),
    "pending": lambda ana, id_: ana.request(
        "GET", "/comment-collab-chats/demo", params={"urlId": PAGE, "pending": id_}
    ),
    "live token": lambda ana, id_: ana.request(
        "GET", "/event-log/demo", params={"urlId": PAGE, "userIdWS": id_, "afterSeq": 0}
    ),
    "room token": lambda ana, id_: ana.request(
        "GET", "/user-presence-status", params={"tenantId": "demo", "urlIdWS": id_, "userIds": "x"}
    ),
    "epoch": lambda ana, id_: ana.request(
        "GET", "/event-log/demo",
        params={"urlId": PAGE, "userIdWS": ana.snapshot("own")["userIdWS"], "afterSeq": 0, "epoch": id_},
    ),
}  # fmt: skip

STRANGE = [
    "", " ", ".", "..", "../acme", "..%2facme", "/", "//", "\\", "a/b", "%", "%00", "%2e%2e", "%ff", "\0", "a\0b", "\n",
    "a\r\nX-A: b", "\u202e\u200b", "\ufeff", "\ufffe", "😀", "e\u0301", "a:b", "a,b", "a;b", "a?b", "a#b", "a&b=c",
    "a b", "a+b", "*", "~", "-", "_", "null", "undefined", "NaN", "true", "0", "-1", "1e400", "[]", "{}",
    "[object Object]", "__proto__", "constructor", "' OR 1=1 --", '"; DROP TABLE event; --', "${7*7}", "{{7*7}}",
    "<script>", "x" * 64, "x" * 65, "x" * 1_000, "x" * 1_001, "x" * 9_000, "😀" * 2_000, "a," * 99, "a," * 300,
]  # fmt: skip


def twisted(id_: str) -> list[str]:
    """What is not the id, though a careless reader may take it for it."""
    return [
        id_.upper(), id_.title(), f"{id_} ", f" {id_}", f"{id_}\0", f"{id_}\n", f"{id_}/", f"{id_}%00", f"{id_}.",
        f"{id_};", f"acme:{id_}", f"acme/{id_}", f"acme\0{id_}", f"acme|{id_}", f"../acme/{id_}", f"demo/../acme/{id_}",
        f"acme%2F{id_}", f"acme%3A{id_}", f"demo:acme:{id_}", f"{id_},{id_}", f"%{ord(id_[0]):02x}{id_[1:]}",
        id_.replace("a", "а"), id_.replace("e", "ｅ"), f"{id_}\u200b", f"\ufeff{id_}", f"{id_}~2", f"'{id_}'",
        f"{id_}*", f"{id_[:-1]}_", f"{id_[:-1]}%",
    ]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_strange_id_is_refused_or_is_just_another_id(scene: Scene, place: str) -> None:
    for id_ in STRANGE:
        assert_fine(PLACES[place](scene.ana, id_), place, id_)


@pytest.mark.parametrize("place", PLACES)
def test_another_tenants_ids_open_nothing_neither_as_they_are_nor_twisted(scene: Scene, place: str) -> None:
    for id_ in scene.ids:
        for each in [id_, *twisted(id_)]:
            assert_fine(PLACES[place](scene.ana, each), place, each)


def test_another_tenants_id_is_answered_as_one_that_nobody_has(scene: Scene) -> None:
    for place, id_, nobodys in (
        ("change", scene.chat, "none"),
        ("delete", scene.chat, "none"),
        ("text of", scene.comment, "none"),
        ("edit", scene.comment, "none"),
        ("uncomment", scene.comment, "none"),
        ("begin from", scene.comment, "none"),
        ("parent", scene.comment, "none"),
        ("snapshot of", "acme", "acme2"),
    ):
        own, other = PLACES[place](scene.ana, id_), PLACES[place](scene.ana, nobodys)
        if place != "snapshot of":
            assert (own.status_code, own.json()) == (404, other.json()), place
        assert own.status_code in {401, 404}


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_id_is_refused_or_is_just_another_id(scene: Scene, data: st.DataObject) -> None:
    pieces = st.sampled_from([*scene.ids, "demo", "..", "/", ":", "%", "%00", "\0", ",", "~2", "acme"])
    ids = st.text(max_size=40) | st.lists(pieces | st.text(max_size=3), max_size=4).map("".join)
    for place, ask in PLACES.items():
        id_ = data.draw(ids)
        assert_fine(ask(scene.ana, id_), place, id_)


# -- People who look alike --------------------------------------------------------------------------------------------

LIKE_MIA = [
    "MIA", "Mia", "mia ", " mia", "mia\0", "mia\u200b", "\ufeffmia", "ｍｉａ", "mіa", "mi\u0430", "mi\u00ada",
    "acme:mia", "mia:mia", "../mia", "mia/", "mia%00", "%6dia", "'mia'", "mia\n", "mía", "mia\u0301", "anon:mia",
    "simple:mia", "mia,mia", "x" * 250,
]  # fmt: skip


@pytest.mark.parametrize("id_", LIKE_MIA)
def test_who_is_called_nearly_so_is_somebody_else(scene: Scene, id_: str) -> None:
    other = Visitor(
        scene.site,
        "acme",
        scene.site.http.post(
            "/sessions/acme", json={"sso": secure_sso(scene.site.api_key, {"id": id_, "username": "Mia"})}
        ).json(),
    )
    assert other.id == f"acme:{id_}"
    assert other.id != scene.mia.id
    for refused in (other.edit(scene.comment, "Mine"), other.uncomment(scene.comment), other.delete(scene.chat)):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    # A broadcastId is used up by whom it belongs to only.
    again = other.request(
        "POST", "/comments/acme", params={"urlId": "alike", "broadcastId": scene.broadcast_id}, json={"comment": id_}
    )
    assert again.json()["comment"]["commentHTML"] != SECRET
    assert again.json()["comment"]["userId"] == other.id


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(id_=st.text(min_size=1, max_size=60) | st.text(st.sampled_from("mia:/\0\u200b,. ")))
def test_a_member_is_of_their_own_tenant_whatever_they_are_called(scene: Scene, id_: str) -> None:
    answer = scene.site.http.post(
        "/sessions/acme", json={"sso": secure_sso(scene.site.api_key, {"id": id_, "username": "X"})}
    )
    if answer.status_code == 200:
        assert answer.json()["user"]["id"] == f"acme:{id_}"
    else:
        assert answer.json()["code"] == "malformed-sso"
        assert not id_ or len(f"acme:{id_}".encode()) > 256
