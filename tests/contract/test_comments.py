"""Comments over HTTP, and what they do to their conversation."""

from typing import Any

import pytest

from tests.running import Site, Visitor, new_id

LISTING = {
    "status", "comments", "user", "pageNumber", "commentCount", "hasMore", "urlIdClean", "isSiteAdmin",
    "tenantIdWS", "urlIdWS", "userIdWS", "epoch", "seq",
}  # fmt: skip
PUBLIC = {"_id", "commenterName", "commentHTML", "date", "verified"}
PUB_SUB = {
    "_id", "tenantId", "urlId", "commenterName", "commentHTML", "comment", "verified", "url", "approved", "date",
}  # fmt: skip


@pytest.fixture
def thread(ana: Visitor, page: str) -> str:
    """The thread of a conversation that Ana began on the page."""
    return str(ana.created(page, "First")["conversation"]["urlId"])


def chat_of(visitor: Visitor, page: str) -> dict[str, Any]:
    (chat,) = visitor.snapshot(page)["conversations"]
    return dict(chat)


def posted(visitor: Visitor, thread: str, text: str) -> dict[str, Any]:
    answer = visitor.reply(thread, text)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_listing_has_the_fields_that_older_clients_need(ana: Visitor, thread: str) -> None:
    listing = ana.request("GET", "/comments/{t}", params={"urlId": thread}).json()
    assert listing.keys() >= LISTING
    (comment,) = listing["comments"]
    assert comment.keys() >= PUBLIC
    assert (comment["anonUserId"], comment["verified"], comment["commentHTML"]) == (ana.id, False, "First")
    assert comment["date"].endswith("Z")
    assert "comment" not in comment
    assert (listing["commentCount"], listing["pageNumber"], listing["user"]["id"]) == (1, 0, ana.id)


def test_comments_come_in_the_order_asked_for_and_by_page(ana: Visitor, thread: str) -> None:
    for text in ("Second", "Third"):
        posted(ana, thread, text)

    def texts(**params: Any) -> list[str]:
        return [each["commentHTML"] for each in ana.comments(thread, **params)]

    assert texts() == ["First", "Second", "Third"]
    assert texts(direction="NF") == ["Third", "Second", "First"]
    assert texts(limit=2) == ["First", "Second"]
    assert texts(limit=2, page=1) == ["Third"]
    assert texts(page=-1, limit=1) == ["First", "Second", "Third"]
    more = [
        ana.request("GET", "/comments/{t}", params={"urlId": thread, "limit": 2, "page": page}).json()["hasMore"]
        for page in (0, 1)
    ]
    assert more == [True, False]


def test_a_reply_is_told_to_the_page_and_to_the_thread(ana: Visitor, bo: Visitor, page: str, thread: str) -> None:
    before = chat_of(ana, page)
    answer = posted(bo, thread, "I *agree*")
    chat = chat_of(ana, page)
    event = answer["event"]
    assert (event["type"], event["urlId"], event["seq"], event["userId"]) == ("updated-text-chat", page, 2, bo.id)
    assert event["chat"]["_id"] == chat["_id"]
    assert event["chat"]["commentCount"] == chat["commentCount"] == 2
    assert event["chat"].get("lastCommentAt", event["timestamp"]) == chat["lastCommentAt"] >= before["lastCommentAt"]
    assert event["comment"]["commentHTML"] == "I <em>agree</em>"
    assert event["comment"]["commenterName"] == "Bo"
    assert (answer["epoch"], answer["seq"]) == (ana.snapshot(page)["epoch"], 2)
    log = ana.log(thread, afterSeq=1)
    assert answer["thread"] == {"urlId": thread, "epoch": log["epoch"], "seq": 2}
    (told,) = log["events"]
    assert (told["type"], told["broadcastId"]) == ("new-comment", event["broadcastId"])
    assert told["comment"].keys() >= PUB_SUB
    assert (told["comment"]["comment"], told["comment"]["anonUserId"]) == ("I *agree*", bo.id)


def test_a_comment_gets_the_name_of_its_authors_session_not_of_its_body(bo: Visitor, thread: str) -> None:
    assert posted(bo, thread, "Hi")["comment"]["commenterName"] == "Bo"


def test_the_answer_to_a_comment_is_as_older_clients_expect(bo: Visitor, thread: str) -> None:
    answer = posted(bo, thread, "Hi")
    assert answer["comment"].keys() >= PUBLIC
    assert answer["user"]["id"] == bo.id


def test_a_member_is_verified_and_known_by_their_own_id(site: Site, page: str) -> None:
    mia = site.member("Mia", avatar="https://acme.example/mia.png")
    created = mia.created(page)
    assert mia.id == "acme:mia"
    assert created["event"]["chat"]["createdBy"] == {
        "id": "acme:mia", "name": "Mia", "avatarSrc": "https://acme.example/mia.png"
    }  # fmt: skip
    (comment,) = mia.comments(created["conversation"]["urlId"])
    assert (comment["userId"], comment["verified"]) == ("acme:mia", True)
    assert comment["avatarSrc"] == "https://acme.example/mia.png"


def test_the_author_edits_and_everybody_sees_it(ana: Visitor, bo: Visitor, page: str, thread: str) -> None:
    comment_id = posted(bo, thread, "Tpyo")["comment"]["_id"]
    edited = bo.edit(comment_id, "**Typo**").json()
    assert edited["comment"]["commentHTML"] == "<strong>Typo</strong>"
    assert edited["comment"]["approved"] is True
    assert edited["event"]["type"] == "updated-text-chat"
    assert edited["event"]["comment"]["_id"] == comment_id
    assert edited["event"]["comment"]["commentHTML"] == "<strong>Typo</strong>"
    assert edited["thread"]["seq"] == 3
    assert [each["commentHTML"] for each in ana.comments(thread)] == ["First", "<strong>Typo</strong>"]
    assert ana.log(thread, afterSeq=2)["events"][0]["type"] == "updated-comment"
    assert chat_of(ana, page)["commentCount"] == 2


def test_an_event_of_someone_elses_edit_still_names_the_author(site: Site, page: str) -> None:
    mia, mod = site.member("Mia"), site.member("Mod", isModerator=True)
    comment = mia.created(page)["event"]["comment"]["_id"]
    event = mod.edit(comment, "Moderated").json()["event"]
    assert (event["userId"], event["comment"]["userId"], event["comment"]["commenterName"]) == (mod.id, mia.id, "Mia")


def test_the_text_of_a_comment_is_what_was_typed(ana: Visitor, thread: str) -> None:
    comment_id = posted(ana, thread, "*so* <b>x</b> & 50%")["comment"]["_id"]
    text = ana.request("GET", f"/comments/{{t}}/{comment_id}/text").json()
    assert text["commentText"] == "*so* <b>x</b> & 50%"
    assert text["sanitizedCommentText"].startswith("<em>so</em>")
    assert "<b>x" not in text["sanitizedCommentText"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "<svg/onload=alert(1)>", "[x](data:text/html;base64,PHNjcmlwdD4=)", '[x](https://x.example/"onmouseover="alert(1))',
    ],
)  # fmt: skip
def test_no_comment_brings_script_into_the_page(ana: Visitor, thread: str, text: str) -> None:
    html = posted(ana, thread, text)["comment"]["commentHTML"]
    lowered = html.lower()
    assert not any(bad in lowered for bad in ("<script", "<img", "<svg", 'href="javascript', 'href="data', '"onmouse'))


def test_only_author_and_moderators_edit_and_delete_a_comment(
    site: Site, ana: Visitor, bo: Visitor, page: str, thread: str
) -> None:
    comment_id = posted(bo, thread, "Mine")["comment"]["_id"]
    for answer in (ana.edit(comment_id, "Hers"), ana.uncomment(comment_id)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert ana.snapshot(page)["seq"] == 2
    mia, mod = site.member("Mia"), site.member("Mod", isModerator=True)
    told = posted(mia, mia.created(page)["conversation"]["urlId"], "Hm")
    assert mod.uncomment(told["comment"]["_id"]).status_code == 200


def test_a_deleted_comment_leaves_thread_count_and_last_time(ana: Visitor, bo: Visitor, page: str, thread: str) -> None:
    before = chat_of(ana, page)
    comment_id = posted(bo, thread, "Oops")["comment"]["_id"]
    gone = bo.uncomment(comment_id).json()
    assert gone["hardRemoved"] is True
    event = gone["event"]
    assert (event["type"], event["deletedCommentId"], event["seq"]) == ("updated-text-chat", comment_id, 3)
    assert event["chat"]["commentCount"] == 1
    assert event["chat"]["lastCommentAt"] == before["lastCommentAt"]
    after = chat_of(ana, page)
    assert (after["commentCount"], after["lastCommentAt"]) == (1, before["lastCommentAt"])
    assert [each["commentHTML"] for each in ana.comments(thread)] == ["First"]
    last = ana.log(thread, afterSeq=2)["events"][0]
    assert last["type"] == "deleted-comment"
    assert last["comment"].keys() >= PUB_SUB
    assert last["comment"]["_id"] == comment_id


def test_the_last_comment_deleted_deletes_the_conversation(ana: Visitor, page: str, thread: str) -> None:
    chat = chat_of(ana, page)
    (first,) = ana.comments(thread)
    gone = ana.uncomment(first["_id"]).json()
    assert (gone["event"]["type"], gone["event"]["chat"]) == ("deleted-text-chat", {"_id": chat["_id"]})
    assert ana.snapshot(page)["conversations"] == []
    assert "deleted-text-chat" in [event["type"] for event in ana.log(thread, afterSeq=0)["events"]]
    assert ana.change(chat["_id"], isResolved=True).status_code == 410


def test_a_deleted_comment_cannot_be_edited_deleted_or_read(ana: Visitor, bo: Visitor, page: str, thread: str) -> None:
    comment_id = posted(bo, thread, "Oops")["comment"]["_id"]
    bo.uncomment(comment_id)
    for answer in (
        bo.edit(comment_id, "x"),
        bo.uncomment(comment_id),
        bo.request("GET", f"/comments/{{t}}/{comment_id}/text"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert ana.snapshot(page)["seq"] == 3


def test_a_comment_may_stand_on_a_page_itself(ana: Visitor, page: str) -> None:
    answer = posted(ana, page, "About all of it")
    assert (answer["event"]["type"], answer["event"]["urlId"]) == ("new-comment", page)
    assert answer["thread"] == {"urlId": page, "epoch": answer["epoch"], "seq": answer["seq"]}
    assert ana.snapshot(page)["conversations"] == []


def test_a_reply_to_a_comment_keeps_its_parent_and_an_unknown_parent_is_refused(ana: Visitor, thread: str) -> None:
    (first,) = ana.comments(thread)

    def answer_to(parent: str) -> Any:
        body = {"comment": "Re", "commenterName": "x", "url": "https://x.example/", "urlId": thread, "parentId": parent}
        return ana.request("POST", "/comments/{t}", params={"urlId": thread, "broadcastId": new_id()}, json=body)

    assert answer_to(first["_id"]).json()["comment"]["parentId"] == first["_id"]
    refused = answer_to("no-such-comment")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert len(ana.comments(thread)) == 2


def test_the_query_names_the_thread_where_body_and_query_differ(ana: Visitor, page: str, thread: str) -> None:
    body = {"comment": "Here", "commenterName": "x", "url": "https://x.example/", "urlId": f"{page}-elsewhere"}
    params = {"urlId": thread, "broadcastId": new_id()}
    assert ana.request("POST", "/comments/{t}", params=params, json=body).status_code == 200
    assert len(ana.comments(thread)) == 2
    assert ana.comments(f"{page}-elsewhere") == []
