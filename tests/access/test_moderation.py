"""What waits, is spam or was hidden reaches nobody but its author and moderators, by whatever way they ask."""

from typing import Any

import pytest

from collabchat.storage.verdicts import STEP_COMMENTS
from tests.access.court import Court, said, watch_all
from tests.access.line import classic, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, conversation_body, eventually, new_id

SECRET = "xyzzy-plugh"


@pytest.fixture(scope="module")
def open_court(site: QuickSite) -> Court:
    """Where nothing waits."""
    return Court(site)


@pytest.fixture(scope="module")
def strict(site: QuickSite) -> Court:
    """Where everything does."""
    return Court(site, "--approval", "all")


def posts(who: Visitor, page: str, text: str = SECRET) -> dict:  # type: ignore[type-arg]
    """Begin a discussion, and say what the answer holds that tests need."""
    made = who.created(page, text)
    return {
        "chat": made["createdChatId"], "thread": made["conversation"]["urlId"], "room": made["event"]["urlId"],
        "comment": made["event"]["comment"]["_id"], "answer": made, "broadcast": made["event"]["broadcastId"],
    }  # fmt: skip


# -- Who waits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approval", "waiting"),
    [("none", []), ("first", ["guest", "member"]), ("guests", ["guest"]), ("all", ["guest", "member"])],
)
def test_who_has_to_wait_is_what_the_rule_says_and_never_a_moderator(
    site: QuickSite, page: str, approval: str, waiting: list[str]
) -> None:
    court = Court(site, "--approval", approval)
    people = {"guest": court.guest(), "member": court.member("Ann"), "mod": court.mod}
    held = []
    for name, who in people.items():
        made = posts(who, page)
        answer = who.comments(made["thread"])
        held += [name] if not answer[0]["approved"] else []
        seen = [it["_id"] for it in court.member("Ned").snapshot(page)["conversations"]]
        assert (made["chat"] in seen) is (name not in waiting)
    assert held == waiting
    reasons = {it["userId"]: it["heldBecause"] for it in court.queue()["comments"]}
    expected = {"none": {}, "first": "first", "guests": "guest", "all": "all"}[approval]
    assert set(reasons.values()) == ({expected} if waiting else set())


def test_with_first_somebody_waits_until_a_comment_of_theirs_is_approved(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "first")
    ann = court.member("Ann")
    first = posts(ann, page)
    assert posts(ann, page)["answer"]["conversation"]["isWaiting"]
    court.judge("approve", first["comment"])
    assert "isWaiting" not in posts(ann, page)["answer"]["conversation"]
    assert len(court.queue()["comments"]) == 1


def test_whom_nobody_vouches_for_always_waits_where_the_first_comment_does(site: QuickSite, page: str) -> None:
    """Anybody could say to be somebody whose comment was approved."""
    court = Court(site, "--approval", "first")
    sam = Visitor(
        site, court.id, court.sign_in({"sso": {"simpleSSOUser": {"username": "Sam", "email": "sam@x.example"}}}).json()
    )
    court.judge("approve", posts(sam, page)["comment"])
    assert posts(sam, page)["answer"]["conversation"]["isWaiting"]


def test_what_looks_like_spam_waits_where_the_rule_says_so(site: QuickSite, page: str) -> None:
    court = Court(site, "--suspects", "hold", "--blocked-words", "casino", "--max-links", "0")
    ann = court.guest()
    for text, rule in (("A casino", "words"), ("https://x.example/", "links")):
        made = posts(ann, page, text)
        assert made["answer"]["conversation"]["isWaiting"]
        found = next(it for it in court.queue()["comments"] if it["id"] == made["comment"])
        assert found["heldBecause"] == f"suspect:{rule}"
    assert "isWaiting" not in posts(court.mod, page, "A casino")["answer"]["conversation"]


# -- Every way out -----------------------------------------------------------------------------------------------------


def test_a_discussion_that_waits_is_seen_by_its_author_and_moderators_alone(strict: Court, page: str) -> None:
    ann, ned, gus = strict.guest("Ann"), strict.member("Ned"), strict.guest("Gus")
    wanted = conversation_body(page)["urlIdWithRange"]
    with (
        watch_all(strict, ned, page, wanted)[1] as neds, classic(strict.site.port, ned, page) as old,
        classic(strict.site.port, ned, wanted) as old_thread,
    ):  # fmt: skip
        made = posts(ann, page)
        ann.reply(made["thread"], f"More {SECRET}")
        for who in (ned, gus):
            ways = strict.ways_out(who, page, made["thread"], made["comment"], made["broadcast"])
            assert {name for name, text in ways.items() if SECRET in text or made["comment"] in text} == set()
            assert who.snapshot(page)["conversations"] == []
        shown = posts(strict.mod, page, "For all")
        for line in (neds, old):
            assert line.hear("new-text-chat")["chat"]["_id"] == shown["chat"]
        for line in (neds, old, old_thread):
            assert SECRET not in line.bytes.decode()
            assert made["comment"] not in line.bytes.decode()
    (own,) = [it for it in ann.snapshot(page)["conversations"] if it["_id"] == made["chat"]]
    assert (own["isWaiting"], own["room"], own["commentCount"]) == (True, made["room"], 2)
    assert [it["approved"] for it in ann.comments(made["thread"])] == [False, False]
    # Of a moderator the page shows what others see; what waits is in the queue.
    assert made["chat"] not in said(strict.mod.snapshot(page)["conversations"])
    assert strict.mod.request("GET", f"/comments/{{t}}/{made['comment']}/text").json()["commentText"] == SECRET
    assert made["comment"] in said(strict.queue()["comments"])
    for who in (ned, gus):
        answer = strict.ask(who, "GET", f"/comments/{made['comment']}")
        assert answer.status_code == 403


def test_nobody_enters_the_room_of_what_waits_of_somebody_else(strict: Court, page: str) -> None:
    ann, ned = strict.member("Ann"), strict.member("Ned")
    made = posts(ann, page)
    for who in (ned, strict.mod):
        token = who.snapshot(page)["userIdWS"]
        answer = who.request("GET", "/event-log/{t}", params={"urlId": made["room"], "userIdWS": token, "afterSeq": 0})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert made["room"] in [room["urlId"] for room in ann.snapshot(page)["rooms"]]
    assert "rooms" not in ned.snapshot(page)


@pytest.mark.parametrize("action", ["hold", "spam", "delete"])
@pytest.mark.parametrize("is_reply", [False, True])
def test_what_was_hidden_is_in_no_snapshot_list_or_log_any_more(
    open_court: Court, page: str, action: str, is_reply: bool
) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.member("Ned")
    made = posts(ann, page, "A beginning" if is_reply else SECRET)
    comment = made["comment"]
    if is_reply:
        comment = ann.reply(made["thread"], SECRET).json()["comment"]["_id"]
        ann.edit(comment, f"Edited {SECRET}")
    else:
        ned.reply(made["thread"], "An answer")
    with watch_all(court, ned, page, made["thread"])[1] as neds:
        (result,) = court.judge(action, comment)
        assert result["ok"]
        assert neds.hear("updated-text-chat")["deletedCommentId"] == comment
        assert neds.hear("deleted-comment")["comment"]["_id"] == comment
        assert SECRET not in neds.bytes.decode()
    ways = court.ways_out(ned, page, made["thread"], comment, made["broadcast"])
    assert {name for name, text in ways.items() if SECRET in text} == set()
    assert [it["commentCount"] for it in ned.snapshot(page)["conversations"]] == [1]
    with court.resume(ned, page, made["thread"]) as again:
        assert SECRET not in again.bytes.decode()
        assert {words["result"] for words in again.of("watching")} == {"reset"}
    own = {it["_id"]: it["approved"] for it in ann.comments(made["thread"])}
    assert own.get(comment) == (False if action == "hold" else None)


def test_what_began_a_discussion_of_its_own_and_was_hidden_then_is_in_no_log_of_where_it_was(
    open_court: Court, page: str
) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.member("Ned")
    made = posts(ann, page, "A beginning")
    comment = ann.reply(made["thread"], SECRET).json()["comment"]["_id"]
    own = ann.created(f"{page} 2", comment=..., createdFromCommentId=comment)
    court.judge("spam", comment)
    for room, thread in ((page, made["thread"]), (f"{page} 2", own["conversation"]["urlId"])):
        ways = court.ways_out(ned, room, thread, comment, own["event"]["broadcastId"])
        assert {name for name, text in ways.items() if SECRET in text} == set()


def test_who_begins_a_discussion_from_their_reply_takes_nothing_from_the_log_of_the_page(
    open_court: Court, page: str
) -> None:
    ann, gus = open_court.member("Ann"), open_court.guest("Gus")
    made = posts(ann, page, "A beginning")
    comment = gus.reply(made["thread"], "An answer").json()["comment"]["_id"]
    before = [gus.log(room, afterSeq=0) for room in (page, made["thread"])]
    gus.created(page, comment=..., createdFromCommentId=comment)
    for room, then in zip((page, made["thread"]), before, strict=True):
        now = gus.log(room, afterSeq=0)
        assert (now["result"], now["events"][: len(then["events"])]) == ("resumed", then["events"])


def test_a_reply_that_waits_is_listed_to_its_author_and_told_to_their_other_tab(strict: Court, page: str) -> None:
    ann, ned = strict.member("Ann"), strict.member("Ned")
    made = posts(strict.mod, page, "For all")
    first = ann.reply(made["thread"], "First").json()  # from here on she has a room of her own
    assert ann.comments(made["thread"])[1]["approved"] is False
    assert eventually(lambda: len(ann.snapshot(page).get("rooms", [])), lambda count: count == 2) == 2
    with watch_all(strict, ann, page)[1] as tab, watch_all(strict, ned, page, made["thread"])[1] as neds:
        answer = ann.reply(made["thread"], SECRET).json()
        told = tab.hear("updated-text-chat")
        assert told == answer["event"]
        assert (told["urlId"], told["comment"]["approved"]) == (first["event"]["urlId"], False)
        assert "commentCount" not in told["chat"]
        assert answer["comment"]["approved"] is False
        strict.mod.reply(made["thread"], "Seen by all")
        neds.hear("new-comment")
        assert SECRET not in neds.bytes.decode()
        assert "First" not in neds.bytes.decode()
    assert [it["commentCount"] for it in ann.snapshot(page)["conversations"]] == [2]
    assert [it["commentHTML"] for it in ned.comments(made["thread"])] == ["For all", "Seen by all"]
    answer = ned.request("GET", "/comments/{t}", params={"urlId": made["thread"]}).json()
    assert (answer["commentCount"], answer["hasMore"]) == (2, False)
    writers = ned.request("GET", "/pages/{t}/users/offline", params={"urlId": page}).json()["users"]
    assert ann.id not in {person["id"] for person in writers}


def test_an_edit_is_looked_at_as_a_new_comment_is(strict: Court, page: str) -> None:
    ann, ned = strict.member("Ann"), strict.member("Ned")
    made = posts(strict.mod, page, "For all")
    comment = ann.reply(made["thread"], "Harmless").json()["comment"]["_id"]
    strict.judge("approve", comment)
    with watch_all(strict, ned, page, made["thread"])[1] as neds:
        answer = ann.edit(comment, SECRET).json()
        assert answer["comment"]["approved"] is False
        assert neds.hear("updated-text-chat")["deletedCommentId"] == comment
        neds.hear("deleted-comment")
        assert SECRET not in neds.bytes.decode()
        strict.judge("approve", comment)
        assert neds.hear("updated-text-chat")["comment"]["commentHTML"] == SECRET


def quoting(words: str) -> dict[str, Any]:
    return {"v": 1, "quote": words, "start": 10, "end": 20}


def test_the_title_and_the_quote_of_a_discussion_wait_also_where_its_comment_was_approved(
    strict: Court, page: str
) -> None:
    ann, ned = strict.guest("Ann"), strict.member("Ned")
    thread = conversation_body(page)["urlIdWithRange"]
    comment = ann.reply(thread, "Harmless").json()["comment"]["_id"]
    strict.judge("approve", comment)
    assert len(ned.comments(thread)) == 1
    with watch_all(strict, ned, page, thread)[1] as neds:
        fields: dict[str, Any] = {"pageTitle": SECRET, "selector": SECRET, "anchor": quoting(SECRET)}
        made = ann.created(page, comment=..., createdFromCommentId=comment, **fields)
        assert made["conversation"]["isWaiting"]
        assert neds.hear("deleted-comment")["comment"]["_id"] == comment
        posts(strict.mod, page, "The end")
        neds.hear("new-text-chat")
        assert SECRET not in neds.bytes.decode()
    for room in (thread, made["conversation"]["urlId"]):
        ways = strict.ways_out(ned, page, room, comment, made["event"]["broadcastId"])
        assert {name for name, text in ways.items() if SECRET in text or "Harmless" in text} == set()
    (queued,) = strict.queue(urlId=page)["comments"]
    assert (queued["id"], queued["heldBecause"], queued["quote"]) == (comment, "all", SECRET)
    strict.judge("approve", comment)
    assert SECRET in said(ned.snapshot(page)["conversations"])


def test_a_discussion_is_renamed_and_re_attached_to_other_words_by_those_only_who_do_not_wait(
    strict: Court, open_court: Court, page: str
) -> None:
    ann, ned = strict.member("Ann"), strict.member("Ned")
    made = posts(ann, page, "Harmless")
    # What waits as a whole is looked at as a whole.
    assert ann.change(made["chat"], pageTitle="Mine", anchor=quoting("other words")).status_code == 200
    strict.judge("approve", made["comment"])
    for fields in (
        {"pageTitle": SECRET},
        {"anchor": quoting(SECRET)},
        {"anchor": {**quoting("x"), "quoteEnd": SECRET}},
    ):
        answer = ann.change(made["chat"], **fields)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    moved = {**quoting("other words"), "start": 30, "end": 40}
    assert ann.change(made["chat"], pageTitle="Mine", anchor=moved).status_code == 200
    (chat,) = ned.snapshot(page)["conversations"]
    assert (chat["pageTitle"], chat["anchor"]) == ("Mine", moved)
    assert strict.mod.change(made["chat"], anchor=quoting("By the moderator")).status_code == 200
    # What was quoted before is in no log any more.
    log = str(ned.log(page, startTime=1)["events"])
    assert ("By the moderator" in log, "other words" in log) == (True, False)
    free = open_court.member("Ann")
    assert free.change(posts(free, page)["chat"], pageTitle="Any", anchor=quoting("any words")).status_code == 200


@pytest.mark.parametrize("suspects", ["refuse", "hold"])
def test_a_quote_with_blocked_words_is_suspected_as_a_comment_is_and_so_is_a_new_title(
    site: QuickSite, page: str, suspects: str
) -> None:
    court = Court(site, "--suspects", suspects, "--blocked-words", "casino", "--max-links", "0")
    ann = court.member("Ann")
    quotes: list[dict[str, Any]] = [
        {"anchor": quoting("my casino")},
        {"anchor": {**quoting("x"), "quoteEnd": "casino"}},
    ]
    for number, field in enumerate([*quotes, {"pageTitle": "Casino"}]):
        change = ann.change(posts(ann, f"{page} {number}")["chat"], **field)
        body = change.json()
        assert (change.status_code, body["code"], body["rule"]) == (400, "spam-suspected", "words")
    for field in quotes:
        answer = ann.create(page, **field)
        if suspects == "hold":
            assert answer.json()["conversation"]["isWaiting"]
            assert court.queue()["comments"][0]["heldBecause"] == "suspect:words"
        else:
            assert (answer.status_code, answer.json()["code"]) == (400, "spam-suspected")
        made = court.mod.created(page, **field)["conversation"]
        assert "isWaiting" not in made
        # What is there already is not said anew.
        assert court.mod.change(made["_id"], **field).status_code == 200
    # Nobody has chosen the title of the page that they read.
    assert ann.created(page, pageTitle="Monte Carlo Casino")["conversation"]["pageTitle"] is None
    assert court.mod.created(page, pageTitle="Monte Carlo Casino")["conversation"]["pageTitle"] == "Monte Carlo Casino"
    # A page may well have links; they are no more than text here.
    assert "isWaiting" not in ann.created(page, anchor=quoting("see https://x.example/"))["conversation"]


# -- What moderators do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "of"), [("delete", "beginning"), ("delete", "reply"), ("delete", "discussion"), ("edit", "reply")]
)
def test_what_a_moderator_takes_away_on_the_page_is_in_no_log_any_more_and_written_down(
    open_court: Court, page: str, act: str, of: str
) -> None:
    court, mod, ann, ned = open_court, open_court.mod, open_court.member("Ann"), open_court.member("Ned")
    made = posts(ann, page, "A beginning" if of == "reply" else SECRET)
    reply = ned.reply(made["thread"], "An answer" if of == "beginning" else SECRET).json()["comment"]["_id"]
    subject = {"beginning": made["comment"], "reply": reply, "discussion": made["chat"]}[of]
    resource = "conversation" if of == "discussion" else "comment"
    before = court.deeds()
    with watch_all(court, ned, page, made["thread"])[1] as neds:
        if act == "edit":
            answer = mod.edit(subject, "Put more kindly")
        else:
            answer = mod.delete(subject) if of == "discussion" else mod.uncomment(subject)
        assert answer.status_code == 200, answer.text
        neds.hear("updated-text-chat", "deleted-text-chat")
        posts(ann, page, "The end")
        neds.hear("new-text-chat")
        assert SECRET not in neds.bytes.decode()
    assert court.deeds()[len(before) :] == [(mod.id, act, resource, subject)]
    if resource == "comment":
        history = court.ask(mod, "GET", f"/comments/{subject}").json()["history"]
        assert [(each["act"], each["actorName"]) for each in history] == [(act, "Mod")]
    for comment in (made["comment"], reply):
        ways = court.ways_out(court.guest(), page, made["thread"], comment, made["broadcast"])
        assert {name for name, text in ways.items() if SECRET in text} == set()


def test_of_what_is_done_on_the_page_only_what_moderators_do_to_others_words_is_written_down(
    open_court: Court, page: str
) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.member("Ned")
    made, own = posts(ann, page), posts(court.mod, page)
    before = court.deeds()
    reply = ann.reply(made["thread"], "More").json()["comment"]["_id"]
    answers = [
        ann.edit(reply, "Other"), ann.uncomment(reply), ann.change(made["chat"], pageTitle="Another"),
        ned.change(made["chat"], isResolved=True), ned.change(made["chat"], isResolved=False),
        court.mod.edit(own["comment"], "Other"), court.mod.delete(own["chat"]),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {200}
    assert court.deeds() == before
    court.mod.change(made["chat"], isResolved=True, pageTitle="Mine")
    court.mod.change(made["chat"], isResolved=True)
    court.rule("reopen", made["chat"])
    done = [act for _by, act, *what in court.deeds()[len(before) :] if what == ["conversation", made["chat"]]]
    assert done == ["resolve", "rename", "reopen"]


def test_what_is_approved_enters_the_page_live_as_its_authors(strict: Court, page: str) -> None:
    ann, ned = strict.member("Ann"), strict.member("Ned")
    made = posts(ann, page)
    reply = ann.reply(made["thread"], "And more").json()["comment"]["_id"]
    assert eventually(lambda: len(ann.snapshot(page).get("rooms", [])), lambda count: count == 2) == 2
    with watch_all(strict, ann, page)[1] as anns, watch_all(strict, ned, page)[1] as neds:
        broadcast_id = new_id()
        (result,) = strict.judge("approve", made["comment"], broadcast_id=broadcast_id)
        assert (result["comment"]["state"], result["comment"]["isReviewed"]) == ("shown", True)
        event = neds.hear("new-text-chat")
        assert (event["broadcastId"], event["userId"]) == (broadcast_id, strict.mod.id)
        assert (event["chat"]["_id"], event["chat"]["createdBy"]["id"]) == (made["chat"], ann.id)
        assert event["comment"]["commentHTML"] == SECRET
        gone = anns.hear("deleted-text-chat")
        assert (gone["urlId"], gone["chat"]["_id"]) == (made["room"], made["chat"])
        assert strict.judge("approve", made["comment"], broadcast_id=broadcast_id) == [result]
        strict.judge("approve", reply)
        assert neds.hear("updated-text-chat", "new-text-chat")["chat"]["commentCount"] == 2
    assert [it["commentCount"] for it in ned.snapshot(page)["conversations"]] == [2]
    assert len(ned.comments(made["thread"])) == 2
    assert strict.queue(urlId=page)["comments"] == []


@pytest.mark.parametrize("actions", [("hold",), ("hold", "spam"), ("spam",), ("delete",)], ids="+".join)
def test_the_words_of_a_discussion_that_was_hidden_are_free_for_others(
    open_court: Court, page: str, actions: tuple[str, ...]
) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.member("Ned")
    made = posts(ann, page)
    for action in actions:
        court.judge(action, made["comment"])
    posted = ned.reply(page, "Mine, the classic way").json()["comment"]["_id"]
    others = [
        ned.create(page, "Mine").json(),
        ned.create(page, comment=..., createdFromCommentId=posted).json(),
        court.mod.create(page, "Mine, too").json(),
    ]
    threads = [other["conversation"]["urlId"] for other in others]
    assert len({made["thread"], *threads}) == 4
    assert all(thread.startswith(f"{made['thread']}~") for thread in threads)
    seen = [chat["_id"] for chat in court.guest().snapshot(page)["conversations"]]
    assert seen == [other["createdChatId"] for other in others]
    assert ned.request("GET", "/comments/{t}", params={"urlId": threads[0]}).json()["commentCount"] == 1
    if actions == ("hold",):
        assert ned.reply(made["thread"], "Into what waits").status_code == 404
        court.judge("approve", made["comment"])
        assert len(ned.snapshot(page)["conversations"]) == 4


def test_hiding_the_last_comment_ends_a_discussion_and_restoring_brings_it_back_whole(
    open_court: Court, page: str
) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.member("Ned")
    made = posts(ann, page, "One")
    reply = ned.reply(made["thread"], "Two").json()["comment"]["_id"]
    with watch_all(court, ned, page)[1] as neds:
        court.judge("spam", made["comment"], reply)
        assert neds.hear("updated-text-chat")["deletedCommentId"] == made["comment"]
        neds.hear("deleted-text-chat")
        assert ned.snapshot(page)["conversations"] == []
        court.judge("approve", reply, made["comment"])
        assert neds.hear("new-text-chat")["comment"]["commentHTML"] == "Two"
        assert neds.hear("updated-text-chat")["chat"]["commentCount"] == 2
        court.rule("delete", made["chat"])
        neds.hear("deleted-text-chat")
        court.rule("restore", made["chat"])
        assert neds.hear("new-text-chat")["comment"]["_id"] == made["comment"]
        assert neds.hear("updated-text-chat")["chat"]["commentCount"] == 2
    (chat,) = ned.snapshot(page)["conversations"]
    assert chat["commentCount"] == 2
    assert len(ned.comments(made["thread"])) == 2


def test_a_locked_discussion_takes_no_reply_edit_or_deletion_from_anybody(open_court: Court, page: str) -> None:
    court, ann = open_court, open_court.member("Ann")
    made = posts(ann, page)
    with watch_all(court, ann, page)[1] as line:
        assert court.rule("lock", made["chat"]).json()["conversation"]["isLocked"]
        assert line.hear("updated-text-chat")["chat"] == {"_id": made["chat"], "isLocked": True}
        court.rule("pin", made["chat"])
        assert line.hear("updated-text-chat")["chat"] == {"_id": made["chat"], "isPinned": True}
        court.rule("pin", made["chat"])
    (chat,) = ann.snapshot(page)["conversations"]
    assert (chat["isLocked"], chat["isPinned"]) == (True, True)
    for who in (ann, court.mod, court.member("Ada", role="admin")):
        for answer in (
            who.reply(made["thread"], "More"), who.edit(made["comment"], "Other"), who.uncomment(made["comment"]),
            who.delete(made["chat"]),
        ):  # fmt: skip
            assert (answer.status_code, answer.json()["code"]) == (403, "locked")
    (result,) = court.judge("delete", made["comment"])
    assert (result["ok"], result["code"]) == (False, "locked")
    assert court.rule("delete", made["chat"]).json()["code"] == "locked"
    court.rule("unlock", made["chat"])
    assert ann.reply(made["thread"], "More").status_code == 200


def test_a_reader_flags_a_comment_once_and_not_their_own(open_court: Court, page: str) -> None:
    court, ann, ned = open_court, open_court.member("Ann"), open_court.guest("Ned")
    made = posts(ann, page)

    def flag(who: Visitor, is_flagged: bool = True) -> int:
        params = {"tenantId": court.id, "isFlagged": str(is_flagged).lower()}
        path = f"/flag-comment/{made['comment']}"
        return court.site.http.post(path, params=params, headers=who.headers).status_code

    assert (flag(ann), flag(ned), flag(ned)) == (403, 200, 200)
    assert court.site.http.post(f"/flag-comment/{made['comment']}", params={"tenantId": court.id}).status_code == 401
    (found,) = court.queue("flagged", urlId=page)["comments"]
    assert (found["id"], found["flagCount"]) == (made["comment"], 1)
    flag(ned, is_flagged=False)
    assert court.queue("flagged", urlId=page)["comments"] == []
    again = f"/comments/{court.id}/{made['comment']}/flag"
    assert court.site.http.post(again, headers=ned.headers).json() == {"status": "success"}
    assert len(court.queue("flagged", urlId=page)["comments"]) == 1
    flag(court.mod)
    court.judge("unflag", made["comment"])
    assert court.queue("flagged", urlId=page)["comments"] == []
    assert ann.comments(made["thread"])[0]["approved"]


def test_two_moderators_who_decide_at_once_are_both_answered_what_is_true_and_nothing_is_told_twice(
    strict: Court, page: str
) -> None:
    ann, other = strict.member("Ann"), strict.member("Moe", role="moderator")
    made = posts(ann, page)
    with watch_all(strict, ann, page)[1] as line:
        for by in (strict.mod, other):
            (result,) = strict.judge("approve", made["comment"], by=by)
            assert (result["ok"], result["comment"]["state"]) == (True, "shown")
        strict.judge("delete", made["comment"], by=other)
        (late,) = strict.judge("approve", made["comment"])
        assert (late["ok"], late["comment"]["isDeleted"]) == (True, True)
        posts(strict.mod, page, "The end")
        while line.hear("new-text-chat")["chat"]["_id"] == made["chat"]:
            pass
        told = [words["chat"]["_id"] for words in line.of("new-text-chat") if words["urlId"] == page]
        assert told.count(made["chat"]) == 1
    body = strict.ask(strict.mod, "GET", f"/comments/{made['comment']}").json()
    assert [(deed["act"], deed["actorName"]) for deed in body["history"]] == [("approve", "Mod"), ("delete", "Moe")]
    assert [deed["details"] for deed in body["history"]] == [{"heldBecause": "all"}, {}]


def test_who_has_lost_a_page_is_not_told_again_what_they_decided_there(open_court: Court, page: str) -> None:
    court = open_court
    made, other = posts(court.member("Ann"), page), posts(court.member("Ann"), f"{page} 2")
    asks: list[tuple[str, dict[str, Any]]] = [
        ("/comments/moderate", {"ids": [other["comment"], made["comment"]], "action": "hold", "broadcastId": new_id()}),
        (f"/conversations/{made['chat']}/moderate", {"action": "pin", "broadcastId": new_id()}),
    ]
    answers = [court.ask(court.mod, "POST", path, json=body) for path, body in asks]
    assert all(SECRET in answers[0].text and answer.status_code == 200 for answer in answers)
    assert [court.ask(court.mod, "POST", path, json=body).text for path, body in asks] == [it.text for it in answers]
    court.limit(page, "hr")
    for path, body in asks:
        again = court.ask(court.mod, "POST", path, json=body)
        assert (again.status_code, again.json()["code"]) == (404, "not-found")
    court.limit(page)
    assert court.ask(court.mod, "POST", asks[0][0], json=asks[0][1]).text == answers[0].text


def test_each_of_many_goes_its_own_way(open_court: Court, page: str) -> None:
    made = posts(open_court.member("Ann"), page)
    results = open_court.judge("spam", made["comment"], "AAAAAAAA")
    assert [(it["ok"], it.get("code")) for it in results] == [(True, None), (False, "not-found")]
    for ids in ([], ["x"] * 101):
        body = {"ids": ids, "action": "spam", "broadcastId": new_id()}
        assert open_court.ask(open_court.mod, "POST", "/comments/moderate", json=body).status_code == 400


def test_a_moderator_of_another_tenant_sees_and_changes_nothing(open_court: Court, site: QuickSite, page: str) -> None:
    made = posts(open_court.member("Ann"), page)
    foreign = Court(site)
    assert foreign.judge("delete", made["comment"])[0]["code"] == "not-found"
    assert foreign.ask(foreign.mod, "GET", f"/comments/{made['comment']}").status_code == 404
    assert foreign.queue("all")["comments"] == []
    answer = open_court.ask(foreign.mod, "GET", "/comments")
    assert answer.status_code == 401
    assert open_court.member("Ned").snapshot(page)["conversations"] != []


def test_a_moderator_without_the_group_has_nothing_of_a_private_discussion_in_the_queue(
    site: QuickSite, page: str
) -> None:
    court = Court(site, "--approval", "all")
    ann, insider = court.member("Ann", "hr"), court.member("Ira", "hr", role="moderator")
    made = ann.created(page, SECRET, groups=["hr"])
    id_ = made["event"]["comment"]["_id"]
    assert SECRET not in said(court.queue("all"))
    assert court.queue()["counts"]["waiting"] == 0
    assert court.judge("approve", id_)[0]["code"] == "not-found"
    assert court.ask(insider, "GET", "/comments").json()["counts"]["waiting"] == 1
    assert court.judge("approve", id_, by=insider)[0]["ok"]
    assert court.member("Ned").snapshot(page)["conversations"] == []
    assert court.member("Cal", "hr").snapshot(page)["conversations"][0]["groups"] == ["hr"]


def test_the_queue_is_searched_in_parts_and_takes_percent_signs_as_they_are(open_court: Court, page: str) -> None:
    court, ann = open_court, open_court.member("Ann")
    ids = [posts(ann, page, text)["comment"] for text in ("100% wool", "100x wool", "under_score", "underXscore")]
    for search, found in (("100%", ids[:1]), ("under_", ids[2:3]), ("WOOL", ids[:2]), ("\\", [])):
        got = [it["id"] for it in court.queue("all", search=search, urlId=page)["comments"]]
        assert got == found[::-1], search
    got, cursor = [], None
    while True:
        part = court.queue("all", urlId=page, limit=3, **({} if cursor is None else {"cursor": cursor}))
        got += [it["id"] for it in part["comments"]]
        if (cursor := part["nextCursor"]) is None:
            break
        kept = cursor
    assert got == ids[::-1]
    answer = court.ask(court.mod, "GET", "/comments", params={"queue": "spam", "cursor": kept})
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")


def test_the_staff_room_hears_of_every_change_and_no_words(strict: Court, page: str) -> None:
    door = strict.ask(strict.mod, "GET", "/live").json()
    room = door["room"]["urlId"]
    ann = strict.member("Ann")
    with v2(strict.site.port, strict.id) as line:
        line.say("hello", token=door["userIdWS"], rooms=[door["room"]])
        line.hear("watching")
        made = posts(ann, page)
        assert line.hear("updated-comment")["comment"] == {"_id": made["comment"], "state": "waiting"}
        for action, state in (("approve", "shown"), ("hold", "waiting"), ("spam", "spam"), ("delete", "deleted")):
            strict.judge(action, made["comment"])
            assert line.hear("updated-comment")["comment"] == {"_id": made["comment"], "state": state}
        assert SECRET not in line.bytes.decode()
    token = ann.snapshot(page)["userIdWS"]
    answer = ann.request("GET", "/event-log/{t}", params={"urlId": room, "userIdWS": token, "afterSeq": 0})
    assert answer.status_code == 404


def test_the_room_of_what_waits_is_no_page(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "guests")
    gus = court.guest()
    gus.created(page)
    (room,) = {each["urlId"] for each in gus.snapshot(page)["rooms"]} - {page}
    assert gus.create(room).json()["code"] == "not-found"
    listed = site.http.get("/api/v1/pages", headers=court.keyed).json()["pages"]
    assert [each["urlId"] for each in listed] == [page]


def test_a_ban_takes_all_that_somebody_wrote_along_also_what_is_locked(open_court: Court, page: str) -> None:
    court, ann = open_court, open_court.member(f"Ann{new_id()[:8]}")
    made = posts(ann, page)
    ann.reply(made["thread"], "More")
    court.rule("lock", made["chat"])
    body = {"reason": "Spam", "commentId": made["comment"], "deleteComments": True}
    answer = court.ask(court.mod, "POST", "/bans", json=body)
    assert answer.status_code == 200, answer.text
    assert court.member("Ned").snapshot(page)["conversations"] == []
    logs = court.site.http.get("/api/v1/audit-logs", headers=court.keyed, params={"order": "DESC"}).json()["auditLogs"]
    assert {(log["resourceName"], log["crudType"]) for log in logs[:4]} >= {("person", "c"), ("comment", "d")}


def test_bans_are_listed_with_names_and_stand_beside_what_the_banned_wrote(open_court: Court, page: str) -> None:
    court, ann = open_court, open_court.member("Ann")
    made = posts(ann, page)
    answer = court.ask(court.mod, "POST", "/bans", json={"reason": "Spam", "commentId": made["comment"]})
    assert answer.status_code == 200, answer.text
    listed = court.ask(court.mod, "GET", "/bans").json()["bans"]
    ban = next(each for each in listed if each["userId"] == ann.id)
    assert (ban["userName"], ban["bannedByName"], ban["reason"]) == ("Ann", "Mod", "Spam")
    assert court.ask(court.mod, "GET", f"/comments/{made['comment']}").json()["ban"] == ban


def test_a_ban_made_on_the_command_line_is_listed_as_the_operators(site: QuickSite) -> None:
    court = Court(site)
    made = court.run("ban", "docs:7", "--reason", "Spam", about="person")
    listed = court.ask(court.mod, "GET", "/bans").json()["bans"]
    assert [each["bannedByName"] for each in listed if each["banId"] == made["banId"]] == ["operator"]


def test_a_ban_takes_along_what_whoever_bans_may_see_however_much_else_there_is(site: QuickSite, page: str) -> None:
    court = Court(site)
    ann, ned, insider = court.member("Ann", "hr"), court.member("Ned"), court.member("Ira", "hr", role="moderator")
    private = ann.created(page, "Among us", groups=["hr"])
    for number in range(STEP_COMMENTS):
        assert ann.reply(private["conversation"]["urlId"], f"Answer {number}").status_code == 200
    made = posts(ann, page, "For all")
    court.limit(f"{page} of hr", "hr")
    hidden = posts(ann, f"{page} of hr")
    body = {"reason": "Spam", "userId": ann.id, "deleteComments": True}
    left = []
    for by in (court.mod, insider):
        assert court.ask(by, "POST", "/bans", json=body).status_code == 200
        seen = [*insider.snapshot(page)["conversations"], *insider.snapshot(f"{page} of hr")["conversations"]]
        left.append({chat["_id"] for chat in seen})
    assert left == [{private["createdChatId"], hidden["chat"]}, set()]
    assert made["chat"] not in said(ned.snapshot(page))


def test_erasing_and_exporting_a_person_covers_what_waits_and_what_they_flagged(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "guests")
    gus, ned = court.guest("Gus"), court.member("Ned")
    shown = posts(ned, page, "For all")
    made = posts(gus, page)
    gus.reply(shown["thread"], SECRET)
    params = {"tenantId": court.id, "isFlagged": "true"}
    court.site.http.post(f"/flag-comment/{shown['comment']}", params=params, headers=gus.headers)
    exported = gus.request("GET", "/people/{t}").json()
    assert [it["state"] for it in exported["comments"]] == ["waiting", "waiting"]
    assert [it["comment"] for it in exported["flagged"]] == [shown["comment"]]
    assert gus.request("DELETE", "/people/{t}").status_code == 200
    assert court.queue()["comments"] == []
    assert court.queue("flagged")["comments"] == []
    with court.data() as data:
        for table in ("comment", "conversation", "flag", "held_room", "operation", "event"):
            rows = str(data.execute(f'SELECT * FROM "{table}" WHERE tenant_id = ?', [court.id]).fetchall())
            assert gus.id not in rows, table
            assert made["comment"] not in rows, table


def test_who_signs_in_takes_along_what_waits_of_them(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "all")
    gus = court.guest("Gus")
    made = posts(gus, page)
    answer = court.sign_in({"sso": court.payload("Ann")}, Authorization=f"Bearer {gus.session}")
    ann = Visitor(site, court.id, answer.json())
    (chat,) = eventually(lambda: ann.snapshot(page)["conversations"], bool)
    assert (chat["_id"], chat["isWaiting"]) == (made["chat"], True)
    assert court.member("Ned").snapshot(page)["conversations"] == []
