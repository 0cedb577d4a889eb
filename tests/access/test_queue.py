"""Lists of moderators: the queue, discussions, pages and their usage. What one may not see is not even hinted at."""

import base64
from typing import Any

import pytest

from tests.access.court import Court, said
from tests.faults.nursery import QuickSite
from tests.running import Visitor

SECRET = "xyzzy-plugh"
LISTS = {"comments": {"queue": "all"}, "conversations": {"state": "all"}}


@pytest.fixture(scope="module")
def court(site: QuickSite) -> Court:
    """Where a page is for some, and so is a discussion on another page."""
    court = Court(site)
    court.limit("secret", "hr")
    return court


@pytest.fixture(scope="module")
def hidden(court: Court) -> list[dict[str, Any]]:
    """What was written where the moderator may not look, between words that all may read."""
    ann, ira = court.member("Ann"), court.member("Ira", "hr")
    ann.created("open", "First")
    made = [ira.created("secret", SECRET), ira.created("open", SECRET, groups=["hr"])]
    ann.created("open", "Last")
    return [*made, ira.created("secret", SECRET)]


def ask(court: Court, who: Visitor, path: str, **params: Any) -> dict[str, Any]:
    answer = court.ask(who, "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("name", LISTS)
def test_a_search_answers_the_same_whether_hidden_words_are_found_or_not(
    court: Court, hidden: list[dict[str, Any]], name: str
) -> None:
    insider = court.member("Moe", "hr", role="moderator")
    found = SECRET if name == "comments" else "secret"
    for limit in (1, 2, 100):
        answers = [
            ask(court, court.mod, f"/{name}", search=words, limit=limit, **LISTS[name]) for words in (found, "no such")
        ]
        assert answers[0] == answers[1]
        assert (answers[0][name], answers[0]["nextCursor"]) == ([], None)
    assert ask(court, insider, f"/{name}", search=found, **LISTS[name])[name] != []


@pytest.mark.parametrize("name", LISTS)
def test_parts_are_full_of_what_one_may_see_and_cursors_name_nothing_else(
    court: Court, hidden: list[dict[str, Any]], name: str
) -> None:
    told, pages, cursor = "", list[str](), None
    for _ in range(3):
        params = LISTS[name] if cursor is None else {**LISTS[name], "cursor": cursor}
        part = ask(court, court.mod, f"/{name}", limit=1, **params)
        pages += [it["urlId"] for it in part[name]]
        if (cursor := part["nextCursor"]) is None:
            break
        told += base64.urlsafe_b64decode(cursor + "===").decode()
    assert (pages, cursor) == (["open", "open"], None)
    for made in hidden:
        assert made["createdChatId"] not in told
        assert made["event"]["comment"]["_id"] not in told


def test_a_search_ignores_the_case_of_all_letters(site: QuickSite, page: str) -> None:
    court = Court(site)
    ann = court.member("Їжачиха")
    id_ = ann.created(page, "Загубив ҐУДЗИК")["event"]["comment"]["_id"]
    for search in ("ґудзик", "Ґудзик", "ЗАГУБИВ ґ", "їЖАЧИХА"):
        assert [it["id"] for it in court.queue("all", search=search)["comments"]] == [id_], search
        assert court.queue("waiting", search=search)["comments"] == []
    assert court.queue("all", search="гудзик")["comments"] == []
    for search, count in (("ЇЖАЧИХА", 1), ("іжачиха", 0)):
        assert len(ask(court, court.mod, "/conversations", search=search)["conversations"]) == count


def test_of_pages_a_moderator_hears_no_more_than_they_may_see(court: Court, hidden: list[dict[str, Any]]) -> None:
    insider = court.member("Mia", "hr", role="moderator")
    admin = court.member("Ada", role="admin")
    court.member("Ira", "hr").snapshot("secret")

    def figures(who: Visitor, page: str) -> list[Any]:
        (of_page,) = ask(court, who, "/usage/pages", urlId=page)["pages"]
        known = ask(court, who, "/pages/by-url-id", urlId=page)["page"]
        rows = ask(court, who, "/usage", urlId=page, granularity="month")["usage"]
        loads = sum(row["pageLoadCount"] for row in rows)
        return [{**of_page, "urlId": ""}, {**known, "urlId": "", "id": ""}, loads]

    assert figures(court.mod, "secret") == figures(court.mod, "nobody-was-there")
    assert figures(court.mod, "secret")[2] == 0
    for who in (insider, admin):
        assert figures(who, "secret") == figures(admin, "secret")
        assert figures(who, "secret")[2] > 0
    for path in ("/pages", "/usage/pages"):
        assert "secret" not in said(ask(court, court.mod, path))
        assert "hr" not in said(ask(court, court.mod, path))
        for who in (insider, admin):
            assert "secret" in [it["urlId"] for it in ask(court, who, path)["pages"]]


def test_pages_come_in_parts_whose_cursors_name_what_one_may_see(site: QuickSite) -> None:
    court = Court(site)
    ann, ira = court.member("Ann"), court.member("Ira", "hr")
    for number in range(6):
        page = f"p{number}"
        if number % 2:
            court.limit(page, "hr")
        (ira if number % 2 else ann).created(page, "Words")
    for path in ("/pages", "/usage/pages"):
        found, told, cursor = list[str](), "", None
        while True:
            part = ask(court, court.mod, path, limit=1, **({} if cursor is None else {"cursor": cursor}))
            found += [it["urlId"] for it in part["pages"]]
            if (cursor := part["nextCursor"]) is None:
                break
            told += base64.urlsafe_b64decode(cursor + "===").decode()
        assert sorted(found) == ["p0", "p2", "p4"]
        assert not {"p1", "p3", "p5"} & {name for name in ("p1", "p3", "p5") if name in told}
