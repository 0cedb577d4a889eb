"""Conversations over HTTP: snapshot, both ways to begin one, change, delete."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.running import Site, Visitor, conversation_body, new_id

SNAPSHOT = {
    "status", "user", "conversations", "urlIdClean", "isSiteAdmin", "tenantIdWS", "urlIdWS", "userIdWS",
    "epoch", "seq", "viewerCount",
}  # fmt: skip
CONVERSATION = {
    "_id", "urlId", "range", "selector", "pageTitle", "anchor", "createdAt", "createdBy", "commentCount",
    "lastCommentAt", "isResolved", "isUnread",
}  # fmt: skip


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def classic(visitor: Visitor, page: str, comment_id: str, **fields: Any) -> httpx.Response:
    return visitor.create(page, comment=..., createdFromCommentId=comment_id, **fields)


def test_the_snapshot_of_a_new_page_has_every_field_and_no_conversation(ana: Visitor, page: str) -> None:
    snapshot = ana.snapshot(page)
    assert snapshot.keys() >= SNAPSHOT
    assert (snapshot["conversations"], snapshot["seq"], snapshot["viewerCount"]) == ([], 0, 0)
    assert (snapshot["urlIdClean"], snapshot["isSiteAdmin"], snapshot["tenantIdWS"]) == (page, False, "demo")
    assert snapshot["user"]["id"] == ana.id
    assert 0 < len(snapshot["epoch"]) <= 32


def test_live_ids_are_url_safe_and_the_same_in_every_snapshot(ana: Visitor, page: str) -> None:
    first, second = ana.snapshot(f"{page} ü%"), ana.snapshot(f"{page} ü%")
    for name in ("tenantIdWS", "urlIdWS", "userIdWS"):
        assert first[name] == second[name]
        assert httpx.QueryParams({"x": first[name]}).get("x") == first[name]
        assert all(letter.isascii() and (letter.isalnum() or letter in "._~-") for letter in first[name])


def test_a_snapshot_may_not_be_cached_by_others(ana: Visitor, page: str) -> None:
    answer = ana.request("GET", "/comment-collab-chats/{t}", params={"urlId": page})
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_snapshot_shows_a_conversation_as_it_was_created(ana: Visitor, page: str) -> None:
    body = conversation_body(page, "Hello")
    created = ana.created(page, **body)
    (seen,) = ana.snapshot(page)["conversations"]
    assert seen.keys() >= CONVERSATION
    assert seen["_id"] == created["createdChatId"]
    assert seen["urlId"] == body["urlIdWithRange"]
    assert [seen[name] for name in ("range", "selector", "pageTitle", "anchor")] == [
        body[name] for name in ("range", "selector", "pageTitle", "anchor")
    ]
    assert seen["createdBy"]["id"] == ana.id
    assert seen["createdBy"]["name"] == "Ana"
    assert (seen["commentCount"], seen["isResolved"], seen["isUnread"]) == (1, False, False)
    assert seen["lastCommentAt"] == seen["createdAt"]
    assert seen == created["conversation"]


def test_the_answer_to_a_create_tells_where_page_and_thread_stand(ana: Visitor, page: str) -> None:
    created = ana.created(page)
    thread = created["conversation"]["urlId"]
    assert created["event"]["type"] == "new-text-chat"
    assert (created["epoch"], created["seq"]) == (ana.snapshot(page)["epoch"], 1)
    in_thread = ana.log(thread, afterSeq=0)
    assert created["thread"] == {"urlId": thread, "epoch": in_thread["epoch"], "seq": in_thread["seq"]}
    assert [event["type"] for event in in_thread["events"]] == ["new-comment"]


def test_a_create_event_leaves_out_what_readers_know(ana: Visitor, page: str) -> None:
    event = ana.created(page)["event"]
    assert event["chat"].keys() == {"_id", "urlId", "range", "selector", "anchor", "createdBy"}
    assert event["comment"].keys() == {"_id", "commentHTML"}
    assert event.keys() == {"type", "urlId", "seq", "timestamp", "broadcastId", "userId", "chat", "comment"}


def test_events_of_a_burst_still_tell_when_each_conversation_was_created(ana: Visitor, page: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ana.created(page), range(16)))
    told = {
        event["chat"]["_id"]: (
            event["chat"].get("createdAt", event["timestamp"]),
            event["chat"].get("lastCommentAt", event["timestamp"]),
        )
        for event in ana.log(page, afterSeq=0)["events"]
    }
    assert len(told) == 16
    assert told == {
        each["_id"]: (each["createdAt"], each["lastCommentAt"]) for each in ana.snapshot(page)["conversations"]
    }


def test_who_selects_the_same_words_again_gets_a_thread_of_their_own(ana: Visitor, bo: Visitor, page: str) -> None:
    threads = [visitor.created(page)["conversation"]["urlId"] for visitor in (ana, bo, ana)]
    assert threads == [threads[0], f"{threads[0]}~2", f"{threads[0]}~3"]
    assert [each["urlId"] for each in ana.snapshot(page)["conversations"]] == threads
    assert [len(ana.comments(thread)) for thread in threads] == [1, 1, 1]


def test_the_words_of_a_deleted_conversation_can_be_discussed_again(ana: Visitor, page: str) -> None:
    first = ana.created(page)
    ana.delete(first["createdChatId"])
    again = ana.created(page, "Again")
    assert [each["_id"] for each in ana.snapshot(page)["conversations"]] == [again["createdChatId"]]
    assert [each["commentHTML"] for each in ana.comments(again["conversation"]["urlId"])] == ["Again"]


def test_the_classic_way_posts_the_comment_first_and_then_the_conversation(ana: Visitor, page: str) -> None:
    body = conversation_body(page)
    comment = ana.reply(body["urlIdWithRange"], "First").json()["comment"]
    created = classic(ana, page, comment["_id"]).json()
    assert created["status"] == "success"
    assert created["createdChatId"] == created["conversation"]["_id"]
    assert created["conversation"]["commentCount"] == 1
    assert created["event"]["comment"] == {"_id": comment["_id"], "commentHTML": "First"} | created["event"]["comment"]
    assert [each["_id"] for each in ana.comments(created["conversation"]["urlId"])] == [comment["_id"]]
    types = [event["type"] for event in ana.log(body["urlIdWithRange"], afterSeq=0)["events"]]
    assert types == ["new-comment"]


def test_two_people_racing_in_the_classic_way_each_get_a_conversation_with_their_own_comment(
    ana: Visitor, bo: Visitor, page: str
) -> None:
    wanted = conversation_body(page)["urlIdWithRange"]
    hers, his = (v.reply(wanted, text).json()["comment"] for v, text in ((ana, "Hers"), (bo, "His")))
    first = classic(ana, page, hers["_id"]).json()
    second = classic(bo, page, his["_id"]).json()
    assert [first["conversation"]["urlId"], second["conversation"]["urlId"]] == [wanted, f"{wanted}~2"]
    assert [each["_id"] for each in ana.comments(wanted)] == [hers["_id"]]
    assert [each["_id"] for each in ana.comments(f"{wanted}~2")] == [his["_id"]]
    assert [each["commentCount"] for each in ana.snapshot(page)["conversations"]] == [1, 1]


def test_a_classic_conversation_begins_only_from_ones_own_fresh_comment(ana: Visitor, bo: Visitor, page: str) -> None:
    created = ana.created(page)
    comment_id = created["event"]["comment"]["_id"]
    assert refusal(classic(bo, page, comment_id)) == (403, "forbidden")
    assert refusal(classic(ana, page, comment_id)) == (400, "invalid-input")
    assert refusal(classic(ana, page, "no-such-comment")) == (404, "not-found")
    assert ana.snapshot(page)["seq"] == 1


@pytest.mark.parametrize("who", ["creator", "another guest"])
def test_anyone_with_a_name_resolves_and_reopens(ana: Visitor, bo: Visitor, page: str, who: str) -> None:
    chat = ana.created(page)["createdChatId"]
    visitor = ana if who == "creator" else bo
    resolved = visitor.change(chat, isResolved=True).json()
    assert resolved["conversation"]["isResolved"] is True
    assert resolved["event"]["type"] == "updated-text-chat"
    assert resolved["event"]["chat"] | {"_id": chat, "isResolved": True} == resolved["event"]["chat"]
    assert resolved["event"]["userId"] == visitor.id
    assert ana.snapshot(page)["conversations"][0]["isResolved"] is True
    reopened = visitor.change(chat, isResolved=False).json()
    assert (reopened["conversation"]["isResolved"], reopened["event"]["chat"]["isResolved"]) == (False, False)
    assert (reopened["epoch"], reopened["seq"]) == (ana.snapshot(page)["epoch"], 3)


def test_the_creator_renames_and_re_attaches(ana: Visitor, page: str) -> None:
    chat = ana.created(page)["createdChatId"]
    anchor = {"v": 1, "quote": "other words", "start": 5, "end": 16, "prefix": "a ", "suffix": " b"}
    changed = ana.change(chat, anchor=anchor, pageTitle="Renamed").json()
    assert (changed["conversation"]["anchor"], changed["conversation"]["pageTitle"]) == (anchor, "Renamed")
    assert changed["event"]["chat"] == {"_id": chat, "anchor": anchor, "pageTitle": "Renamed"}
    assert ana.snapshot(page)["conversations"] == [changed["conversation"]]


def test_a_stranger_neither_renames_nor_re_attaches_nor_deletes(ana: Visitor, bo: Visitor, page: str) -> None:
    chat = ana.created(page)["createdChatId"]
    anchor = {"v": 1, "quote": "other words", "start": 5, "end": 16}
    for answer in (bo.change(chat, pageTitle="Mine"), bo.change(chat, anchor=anchor), bo.delete(chat)):
        assert refusal(answer) == (403, "forbidden")
    assert ana.snapshot(page)["seq"] == 1


@pytest.mark.parametrize("rank", [{"isModerator": True}, {"isAdmin": True}])
def test_a_moderator_or_admin_changes_and_deletes_what_others_began(
    site: Site, page: str, rank: dict[str, bool]
) -> None:
    mia, mod = site.member("Mia"), site.member(f"Mod-{page}", **rank)
    chat = mia.created(page)["createdChatId"]
    assert mod.change(chat, pageTitle="Better").status_code == 200
    gone = mod.delete(chat).json()
    assert (gone["event"]["type"], gone["event"]["userId"]) == ("deleted-text-chat", mod.id)
    assert mod.snapshot(page)["isSiteAdmin"] is rank.get("isAdmin", False)


def test_a_deleted_conversation_is_gone_from_the_page_and_told_in_both_rooms(ana: Visitor, page: str) -> None:
    created = ana.created(page)
    chat, thread = created["createdChatId"], created["conversation"]["urlId"]
    gone = ana.delete(chat).json()
    assert gone["event"] == gone["event"] | {
        "type": "deleted-text-chat",
        "urlId": page,
        "seq": 2,
        "chat": {"_id": chat},
    }
    assert (gone["epoch"], gone["seq"]) == (created["epoch"], 2)
    assert ana.snapshot(page)["conversations"] == []
    assert ana.comments(thread) == []
    last = ana.log(thread, afterSeq=0)["events"][-1]
    assert (last["type"], last["chat"]) == ("deleted-text-chat", {"_id": chat})


def test_nothing_can_be_done_in_a_deleted_conversation(ana: Visitor, page: str) -> None:
    created = ana.created(page)
    chat, comment = created["createdChatId"], created["event"]["comment"]["_id"]
    ana.delete(chat)
    for answer in (
        ana.delete(chat),
        ana.change(chat, isResolved=True),
        ana.reply(created["conversation"]["urlId"], "Late"),
        ana.edit(comment, "Late"),
        ana.uncomment(comment),
    ):
        assert refusal(answer) == (410, "conversation-deleted")
    assert ana.snapshot(page)["seq"] == 2


def test_a_conversation_is_unread_for_others_until_they_read_its_thread(ana: Visitor, bo: Visitor, page: str) -> None:
    def unread(visitor: Visitor) -> list[bool]:
        return [each["isUnread"] for each in visitor.snapshot(page)["conversations"]]

    bo.snapshot(page)
    thread = ana.created(page)["conversation"]["urlId"]
    assert (unread(ana), unread(bo)) == ([False], [True])
    bo.comments(thread)
    assert unread(bo) == [False]
    ana.reply(thread, "More")
    assert (unread(ana), unread(bo)) == ([False], [True])
    bo.reply(thread, "Me too")
    assert (unread(ana), unread(bo)) == ([True], [False])


def test_a_page_of_one_tenant_does_not_exist_for_another(site: Site, ana: Visitor, page: str) -> None:
    mia = site.member("Mia", isAdmin=True)
    chat = ana.created(page)["createdChatId"]
    assert mia.snapshot(page)["conversations"] == []
    assert refusal(mia.change(chat, isResolved=True)) == (404, "not-found")
    assert refusal(mia.delete(chat)) == (404, "not-found")
    assert ana.snapshot(page)["seq"] == 1


def test_who_has_no_name_reads_and_does_not_write(site: Site, ana: Visitor, page: str) -> None:
    ana.created(page)
    nobody = site.http.get("/comment-collab-chats/demo", params={"urlId": page}).json()
    assert len(nobody["conversations"]) == 1
    assert nobody["userIdWS"]
    answer = site.http.post("/comment-collab-chats/demo", json=conversation_body(page, broadcastId=new_id()))
    assert refusal(answer) == (401, "unauthenticated")
