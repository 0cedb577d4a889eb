"""One connection, row by row of the table at the head of `core.session`."""

import json
from typing import Any

import pytest

from collabchat.core.catchup import Position
from collabchat.core.close_codes import (
    CLOSE_BAD_MESSAGE,
    CLOSE_FORBIDDEN,
    CLOSE_GONE,
    CLOSE_NO_HELLO,
    CLOSE_UNAUTHENTICATED,
)
from collabchat.core.messages import Trouble, Welcome
from collabchat.core.session import (
    GRACE_MS,
    HEARTBEAT_S,
    ROOMS_MAX,
    Beat,
    Check,
    Effect,
    End,
    Enter,
    Leave,
    Notice,
    Say,
    Session,
    Watcher,
)

ANA = Watcher("demo:ana", "s1", 1_000_000)
BO = Watcher("demo:bo", "s2", 1_000_000)
WELCOME = Say(Welcome(HEARTBEAT_S * 1_000, ANA.expires_at))
GOOD: list[dict[str, Any]] = [
    {"type": "watch", "urlId": "p"},
    {"type": "unwatch", "urlId": "p"},
    {"type": "auth", "token": "t"},
    {"type": "typing", "urlId": "p", "chatId": "c"},
    {"type": "h"},
]


def said(session: Session, **message: Any) -> list[Effect]:
    return session.receive(json.dumps(message))


def opened(*rooms: dict[str, Any]) -> Session:
    session = Session()
    said(session, type="hello", token="t", rooms=list(rooms))
    session.admit(ANA)
    assert session.state == "open"
    return session


def closed() -> Session:
    session = Session()
    session.receive(b"")
    assert session.state == "closed"
    return session


# -- new and asked ----------------------------------------------------------------------------------------------------


def test_hello_has_its_token_checked_and_nothing_else_happens_before_that() -> None:
    session = Session()
    assert said(session, type="hello", token="t", rooms=[{"urlId": "p"}]) == [Check("t")]
    assert (session.state, session.rooms) == ("asked", {})


@pytest.mark.parametrize("message", [*GOOD, {"type": "from-the-future"}], ids=lambda each: each["type"])
def test_anything_before_hello_ends_the_connection(message: dict[str, Any]) -> None:
    session = Session()
    assert said(session, **message) == [End(CLOSE_BAD_MESSAGE)]
    assert session.state == "closed"


def test_five_seconds_without_hello_end_the_connection() -> None:
    assert Session().late() == [End(CLOSE_NO_HELLO)]


def test_it_is_not_late_once_hello_was_said() -> None:
    session = Session()
    said(session, type="hello", token="t")
    assert session.late() == []
    session.admit(ANA)
    assert session.late() == []


def test_who_is_proved_is_welcomed_then_let_into_each_room_in_the_order_asked() -> None:
    session = Session()
    said(session, type="hello", token="t", rooms=[{"urlId": "p", "epoch": "e", "seq": 7}, {"urlId": "a"}])
    assert session.admit(ANA) == [WELCOME, Enter("p", Position("e", 7)), Enter("a", None)]
    assert (session.state, session.watcher, [*session.rooms]) == ("open", ANA, ["p", "a"])


def test_who_is_not_proved_is_sent_away() -> None:
    session = Session()
    said(session, type="hello", token="t", rooms=[{"urlId": "p"}])
    assert session.admit(None) == [End(CLOSE_UNAUTHENTICATED)]
    assert (session.state, session.rooms) == ("closed", {})


# -- open: rooms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "position"),
    [
        ({}, None),
        ({"epoch": "e", "seq": 0}, Position("e", 0)),
        ({"epoch": "e"}, None),
        ({"seq": 3}, Position("", 3)),
    ],
)
def test_watch_enters_from_where_the_client_is(asked: dict[str, Any], position: Position | None) -> None:
    assert said(opened(), type="watch", urlId="p", **asked) == [Enter("p", position)]


def test_a_watched_room_may_be_watched_anew_and_counts_once() -> None:
    session = opened(*({"urlId": f"p{number}"} for number in range(ROOMS_MAX)))
    assert said(session, type="watch", urlId="p3", epoch="e", seq=1) == [Enter("p3", Position("e", 1))]
    assert len(session.rooms) == ROOMS_MAX


def test_one_room_too_many_is_refused_until_another_is_left() -> None:
    session = opened(*({"urlId": f"p{number}"} for number in range(ROOMS_MAX)))
    assert said(session, type="watch", urlId="q") == [Say(Trouble("too-many-rooms", "q"))]
    assert said(session, type="unwatch", urlId="p3") == [Leave("p3")]
    assert said(session, type="watch", urlId="q") == [Enter("q", None)]


def test_a_hello_with_too_many_rooms_gets_the_first_ones() -> None:
    session = Session()
    said(session, type="hello", token="t", rooms=[{"urlId": f"p{number}"} for number in range(ROOMS_MAX + 2)])
    effects = session.admit(ANA)
    assert effects[1:-2] == [Enter(f"p{number}", None) for number in range(ROOMS_MAX)]
    assert effects[-2:] == [Say(Trouble("too-many-rooms", f"p{number}")) for number in (ROOMS_MAX, ROOMS_MAX + 1)]


def test_a_room_that_was_taken_away_makes_place_and_is_watched_no_more() -> None:
    session = opened(*({"urlId": f"p{number}"} for number in range(ROOMS_MAX)))
    session.leave("p3")
    session.leave("p3")
    assert said(session, type="unwatch", urlId="p3") == []
    assert said(session, type="typing", urlId="p3", chatId="c") == []
    assert said(session, type="watch", urlId="q") == [Enter("q", None)]


def test_a_room_that_is_not_watched_cannot_be_left() -> None:
    assert said(opened(), type="unwatch", urlId="p") == []


def test_typing_is_heard_in_watched_rooms_only() -> None:
    session = opened({"urlId": "p"})
    assert said(session, type="typing", urlId="p", chatId="c") == [Notice("p", "c")]
    assert said(session, type="typing", urlId="q", chatId="c") == []


# -- open: the rest ---------------------------------------------------------------------------------------------------


def test_a_fresh_token_is_checked_and_its_person_welcomed_again_with_the_rooms_as_they_were() -> None:
    session, later = opened({"urlId": "p"}), Watcher(ANA.user_id, "s9", 2_000_000)
    assert said(session, type="auth", token="t2") == [Check("t2")]
    assert session.admit(later) == [Say(Welcome(HEARTBEAT_S * 1_000, 2_000_000))]
    assert (session.watcher, [*session.rooms]) == (later, ["p"])
    assert session.lapse(ANA.expires_at + GRACE_MS) == []


@pytest.mark.parametrize(("watcher", "code"), [(BO, CLOSE_FORBIDDEN), (None, CLOSE_UNAUTHENTICATED)])
def test_a_fresh_token_of_another_or_of_nobody_ends_the_connection(watcher: Watcher | None, code: int) -> None:
    session = opened()
    said(session, type="auth", token="t2")
    assert session.admit(watcher) == [End(code)]
    assert session.state == "closed"


def test_a_second_hello_ends_the_connection() -> None:
    assert said(opened(), type="hello", token="t") == [End(CLOSE_BAD_MESSAGE)]


@pytest.mark.parametrize("message", [b"", b'{"type":"h"}', "", "{", "[]", '{"type":"watch"}'])
def test_what_is_not_understood_ends_the_connection_whether_new_or_open(message: str | bytes) -> None:
    for session in (Session(), opened()):
        assert session.receive(message) == [End(CLOSE_BAD_MESSAGE)]
        assert session.state == "closed"


def test_what_comes_from_the_future_is_passed_over() -> None:
    assert said(opened(), type="from-the-future") == []


# -- Time -------------------------------------------------------------------------------------------------------------


def test_a_heartbeat_names_the_rooms_and_whoever_does_not_answer_is_gone() -> None:
    session = opened({"urlId": "p"}, {"urlId": "q"})
    assert session.beat() == [Beat(("p", "q"))]
    assert session.silent() == [End(CLOSE_GONE)]
    assert session.state == "closed"


@pytest.mark.parametrize("message", [*GOOD, {"type": "from-the-future"}], ids=lambda each: each["type"])
def test_any_word_answers_a_heartbeat(message: dict[str, Any]) -> None:
    session = opened()
    session.beat()
    said(session, **message)
    assert session.silent() == []


def test_one_answer_is_good_for_one_heartbeat() -> None:
    session = opened()
    session.beat()
    said(session, type="h")
    session.beat()
    assert session.silent() == [End(CLOSE_GONE)]


def test_who_has_had_no_heartbeat_need_not_answer_one() -> None:
    assert opened().silent() == []
    assert Session().silent() == []
    assert Session().beat() == []


@pytest.mark.parametrize(("late_ms", "effects"), [(-1, []), (0, [End(CLOSE_UNAUTHENTICATED)])])
def test_an_expired_token_is_borne_with_for_a_while(late_ms: int, effects: list[Effect]) -> None:
    assert opened().lapse(ANA.expires_at + GRACE_MS + late_ms) == effects


def test_a_token_that_is_not_known_yet_does_not_expire() -> None:
    assert Session().lapse(2**60) == []


# -- Rights that are taken --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("session", [Session, opened], ids=["new", "open"])
def test_who_may_not_be_here_any_more_is_sent_away_whether_they_have_said_hello_or_not(session: Any) -> None:
    assert session().refuse() == [End(CLOSE_FORBIDDEN)]
    assert session().expire() == [End(CLOSE_UNAUTHENTICATED)]
    assert closed().refuse() == closed().expire() == []


# -- closed -----------------------------------------------------------------------------------------------------------


def test_a_closed_connection_heeds_nothing() -> None:
    session = closed()
    assert said(session, type="hello", token="t") == session.admit(ANA) == session.late() == session.beat() == []
