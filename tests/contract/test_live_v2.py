"""The live channel, v2: hello, positions, several rooms, batches, typing, tokens and close codes."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.live_reader import close_code, dial, hear, say
from tests.running import Site, Visitor, eventually, new_id, next_event

SEQUENCED = ("new-text-chat", "updated-text-chat", "deleted-text-chat")


@contextmanager
def line(visitor: Visitor, *rooms: dict[str, Any], token: str | None = None) -> Iterator[ClientConnection]:
    """A socket that has said hello and was welcomed."""
    with dial(visitor.site.base, visitor.tenant) as socket:
        say(socket, type="hello", token=token or visitor.snapshot("any")["userIdWS"], rooms=list(rooms))
        hear(socket, "welcome")
        yield socket


def at(visitor: Visitor, page: str) -> dict[str, Any]:
    """A room, from where its snapshot is now."""
    snapshot = visitor.snapshot(page)
    return {"urlId": page, "epoch": snapshot["epoch"], "seq": snapshot["seq"]}


def frames(socket: ClientConnection, seconds: float = 10) -> Iterator[Any]:
    """The frames as they come, presence and heartbeats left out."""
    while True:
        frame = json.loads(socket.recv(timeout=seconds))
        if isinstance(frame, list) or frame["type"] not in {"p-u", "h"}:
            yield frame


def events(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    """The next events, batches taken apart."""
    found: list[dict[str, Any]] = []
    for frame in frames(socket):
        found += [event for event in (frame if isinstance(frame, list) else [frame]) if event["type"] in SEQUENCED]
        if len(found) >= count:
            return found
    raise AssertionError


# -- Hello ------------------------------------------------------------------------------------------------------------


def test_hello_is_answered_by_welcome_then_each_room_in_order_then_presence(ana: Visitor, page: str) -> None:
    other = f"{page}-other"
    with dial(ana.site.base, "demo") as socket:
        say(socket, type="hello", token=ana.snapshot(page)["userIdWS"], rooms=[at(ana, page), at(ana, other)])
        heard = [json.loads(socket.recv(timeout=10)) for _ in range(5)]
    assert [(frame["type"], frame.get("urlId")) for frame in heard] == [
        ("welcome", None), ("watching", page), ("p-u", page), ("watching", other), ("p-u", other),
    ]  # fmt: skip
    welcome, watching = heard[:2]
    assert welcome["heartbeatMs"] == 25_000
    assert time.time() * 1000 < welcome["expiresAt"] <= (time.time() + 24 * 3_600) * 1000
    assert (watching["result"], watching["missed"], watching["seq"]) == ("resumed", 0, 0)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "watch", "urlId": "p"},
        {"type": "h"},
        {"type": "hello"},
        {"type": "hello", "token": 5},
        {"type": "hello", "token": "x", "rooms": {}},
        {"type": "hello", "token": "x", "rooms": [{"urlId": ""}]},
        *(
            {"type": "hello", "token": "x", "rooms": [{"urlId": "p", "epoch": "e", "seq": seq}]}
            for seq in (-1, 2**63, 1.5, "7")
        ),
        {"type": "hello", "token": "x", "rooms": [{"urlId": "p", "epoch": 5, "seq": 1}]},
        {"type": "what is this"},
        {},
        [],
        "hello",
        None,
    ],
)
def test_a_first_message_that_is_no_good_hello_ends_the_connection(site: Site, message: object) -> None:
    with dial(site.base, "demo") as socket:
        socket.send(json.dumps(message))
        assert close_code(socket) == 4400


@pytest.mark.parametrize("message", ["", "{", "\ud83d".encode("utf-16-le", "surrogatepass"), b"{}", "[" * 10_000])
def test_what_is_not_json_text_ends_the_connection(site: Site, message: str | bytes) -> None:
    with dial(site.base, "demo") as socket:
        socket.send(message)
        assert close_code(socket) == 4400


def test_a_second_hello_ends_the_connection(ana: Visitor) -> None:
    with line(ana) as socket:
        say(socket, type="hello", token="x", rooms=[])
        assert close_code(socket) == 4400


def test_without_a_hello_the_socket_is_closed(site: Site) -> None:
    with dial(site.base, "demo") as socket:
        assert close_code(socket, timeout=20) == 4408


def test_a_message_over_16_kib_is_too_big(ana: Visitor) -> None:
    with line(ana) as socket:
        socket.send(json.dumps({"type": "x", "more": "y" * 17_000}))
        assert close_code(socket) == 1009


def test_unknown_types_and_fields_are_passed_over(ana: Visitor, page: str) -> None:
    with line(ana) as socket:
        say(socket, type="from-the-future", much=1)
        say(socket, type="h", news=True)
        say(socket, type="watch", **at(ana, page), more=[1])
        assert hear(socket, "watching")["result"] == "resumed"


def test_another_version_is_told_so(site: Site) -> None:
    with dial(site.base, "demo", version="3") as socket:
        assert json.loads(socket.recv(timeout=10)) == {"type": "error", "code": "unsupported-version"}
        assert close_code(socket) == 4400


@pytest.mark.parametrize(("tenant", "origin"), [("nobody", None), ("demo", "https://evil.example"), ("demo", "null")])
def test_strange_tenants_and_origins_are_refused_before_the_upgrade(
    site: Site, tenant: str, origin: str | None
) -> None:
    url = f"{site.base.replace('http', 'ws', 1)}/sub?tenantIdWS={tenant}&v=2"
    with pytest.raises(InvalidStatus) as refusal, connect(url, origin=origin):  # type: ignore[arg-type]
        pass
    assert refusal.value.response.status_code == 403


# -- Tokens -----------------------------------------------------------------------------------------------------------


def test_a_bad_token_is_unauthenticated_and_one_of_another_tenant_is_forbidden(site: Site, ana: Visitor) -> None:
    bad = dict.fromkeys(("", "nonsense", ana.session, ana.snapshot("p")["urlIdWS"]), 4401)
    for token, code in {**bad, site.member("Mia").snapshot("p")["userIdWS"]: 4403}.items():
        with dial(site.base, "demo") as socket:
            say(socket, type="hello", token=token, rooms=[])
            assert close_code(socket) == code, token


def test_a_fresh_token_of_the_same_person_is_welcome_and_anothers_is_not(ana: Visitor, bo: Visitor) -> None:
    with line(ana) as socket:
        say(socket, type="auth", token=ana.snapshot("p")["userIdWS"])
        assert hear(socket, "welcome")["heartbeatMs"] == 25_000
        say(socket, type="auth", token=bo.snapshot("p")["userIdWS"])
        assert close_code(socket) == 4403


def test_a_bad_fresh_token_ends_the_connection(ana: Visitor) -> None:
    with line(ana) as socket:
        say(socket, type="auth", token="nonsense")
        assert close_code(socket) == 4401


def test_signing_out_ends_the_connection(site: Site, page: str) -> None:
    guest = site.guest()
    with line(guest, at(guest, page)) as socket:
        guest.request("DELETE", "/sessions/{t}")
        assert close_code(socket) == 4401


# -- Positions --------------------------------------------------------------------------------------------------------


def test_what_was_missed_comes_in_order_then_what_is_live(ana: Visitor, bo: Visitor, page: str) -> None:
    start = at(ana, page)
    before = [bo.created(page, f"No. {number}")["event"] for number in range(5)]
    with line(ana, start) as socket:
        watching = hear(socket, "watching")
        assert (watching["result"], watching["missed"], watching["seq"]) == ("resumed", 5, 5)
        assert next(frames(socket)) == before
        live = bo.created(page, "Live")["event"]
        assert next(frames(socket)) == live


def test_one_missed_event_comes_alone(ana: Visitor, page: str) -> None:
    start = at(ana, page)
    event = ana.created(page)["event"]
    with line(ana, start) as socket:
        hear(socket, "watching")
        assert next(frames(socket)) == event


def test_without_a_position_one_hears_from_now_on(ana: Visitor, page: str) -> None:
    ana.created(page)
    with line(ana, {"urlId": page}) as socket:
        watching = hear(socket, "watching")
        assert (watching["result"], watching["missed"], watching["seq"]) == ("resumed", 0, 1)
        event = ana.created(page)["event"]
        assert next(frames(socket)) == event


@pytest.mark.parametrize(("change", "reason"), [({"epoch": "other"}, "epoch"), ({"seq": 9}, "ahead")])
def test_a_position_that_leads_nowhere_is_reset_and_the_room_not_watched(
    ana: Visitor, page: str, change: dict[str, Any], reason: str
) -> None:
    ana.created(page)
    here = at(ana, page)
    with line(ana, here | change) as socket:
        watching = hear(socket, "watching")
        assert (watching["result"], watching["reason"], watching["seq"]) == ("reset", reason, 1)
        assert watching["epoch"] == here["epoch"]
        ana.created(page)
        say(socket, type="watch", **here)
        heard = [next(frames(socket)) for _ in range(2)]
        assert [frame["type"] for frame in heard] == ["watching", "new-text-chat"]


def test_a_room_may_be_watched_anew_from_any_position(ana: Visitor, page: str) -> None:
    start = at(ana, page)
    first, second = (ana.created(page)["event"] for _ in range(2))
    with line(ana, at(ana, page)) as socket:
        hear(socket, "watching")
        say(socket, type="watch", **start)
        assert hear(socket, "watching")["missed"] == 2
        assert next(frames(socket)) == [first, second]
        third = ana.created(page)["event"]
        assert next(frames(socket)) == third


def test_500_missed_events_are_resumed_and_one_more_is_too_far(ana: Visitor, page: str) -> None:
    start = at(ana, page)
    chat = ana.created(page)["createdChatId"]
    for number in range(499):
        ana.change(chat, isResolved=number % 2 == 0)
    with line(ana, start) as socket:
        assert hear(socket, "watching")["missed"] == 500
        assert [event["seq"] for event in events(socket, 500)] == list(range(1, 501))
    ana.change(chat, isResolved=False)
    with line(ana, start) as socket:
        watching = hear(socket, "watching")
        assert (watching["result"], watching["reason"]) == ("reset", "far")


def test_over_256_kib_missed_is_too_far(ana: Visitor, page: str) -> None:
    start = at(ana, page)
    for _ in range(70):
        ana.created(page, "ї" * 2_000)
    with line(ana, start) as socket:
        assert hear(socket, "watching")["reason"] == "far"


def test_a_burst_comes_in_contiguous_batches_of_at_most_64_events_and_16_kib(ana: Visitor, page: str) -> None:
    with line(ana, at(ana, page)) as socket:
        hear(socket, "watching")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ana.created(page, f"No. {number}"), range(150)))
        heard: list[dict[str, Any]] = []
        for frame in frames(socket):
            batch = frame if isinstance(frame, list) else [frame]
            assert len(batch) <= 64
            assert len(json.dumps(batch, separators=(",", ":"))) <= 17_000
            assert not isinstance(frame, list) or len(batch) > 1
            heard += batch
            if len(heard) == 150:
                break
    assert [event["seq"] for event in heard] == list(range(1, 151))
    assert heard == ana.log(page, afterSeq=0)["events"]


def test_both_ways_in_bring_the_same_events_in_the_same_order(ana: Visitor, bo: Visitor, page: str) -> None:
    with bo.socket(page) as classic, line(ana, at(ana, page)) as ours:
        hear(ours, "watching")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ana.created(page, f"No. {number}"), range(60)))
        assert events(ours, 60) == [next_event(classic, *SEQUENCED) for _ in range(60)]


# -- Several rooms ----------------------------------------------------------------------------------------------------


def test_one_socket_watches_several_rooms_and_leaves_some(ana: Visitor, bo: Visitor, page: str) -> None:
    one, two = f"{page}-1", f"{page}-2"
    with line(ana, at(ana, one), at(ana, two)) as socket:
        hear(socket, "watching"), hear(socket, "watching")
        bo.created(one)
        bo.created(two)
        assert [next(frames(socket))["urlId"] for _ in range(2)] == [one, two]
        say(socket, type="unwatch", urlId=one)
        # Somebody who is gone is told of after five seconds.
        assert eventually(lambda: bo.snapshot(one)["viewerCount"], lambda count: count == 0) == 0
        bo.created(one)
        event = bo.created(two)["event"]
        assert next(frames(socket)) == event


def test_a_thread_is_a_room_like_a_page(ana: Visitor, page: str) -> None:
    thread = ana.created(page)["conversation"]["urlId"]
    with line(ana, {"urlId": thread}) as socket:
        hear(socket, "watching")
        ana.reply(thread, "Two")
        assert next(frames(socket))["type"] == "new-comment"


def test_a_17th_room_is_refused_and_the_others_stay(ana: Visitor, page: str) -> None:
    with line(ana, *({"urlId": f"{page}-{number}"} for number in range(17))) as socket:
        heard = [hear(socket, "watching", "error") for _ in range(17)]
        assert [frame["type"] for frame in heard] == ["watching"] * 16 + ["error"]
        assert heard[16] == {"type": "error", "code": "too-many-rooms", "urlId": f"{page}-16"}
        event = ana.created(f"{page}-3")["event"]
        assert next(frames(socket)) == event


# -- Presence and typing ----------------------------------------------------------------------------------------------


def test_presence_counts_each_person_once_over_both_ways_in(ana: Visitor, bo: Visitor, page: str) -> None:
    with line(ana, at(ana, page)) as ours, ana.socket(page), bo.socket(page) as his:
        assert json.loads(his.recv(timeout=10))["sc"] == 2
        while hear(ours, "p-u")["sc"] != 2:
            pass


def test_typing_is_told_to_v2_sockets_at_most_every_three_seconds(ana: Visitor, bo: Visitor, page: str) -> None:
    chat = ana.created(page)["createdChatId"]
    with line(bo, at(bo, page)) as his, line(ana, at(ana, page)) as hers, ana.socket(page) as classic:
        hear(his, "watching"), hear(hers, "watching")
        for _ in range(5):
            say(hers, type="typing", urlId=page, chatId=chat)
        say(hers, type="typing", urlId=page, chatId="another")
        typing = next(frames(his))
        until = typing.pop("untilMs")
        assert typing == {"type": "typing", "urlId": page, "chatId": chat, "user": {"id": ana.id, "name": "Ana"}}
        assert time.time() * 1000 < until <= (time.time() + 6) * 1000
        event = ana.created(page)["event"]
        assert next(frames(his)) == event
        assert next_event(classic, "typing", *SEQUENCED) == event


def test_who_has_no_name_types_unseen(site: Site, bo: Visitor, page: str) -> None:
    nameless = Visitor(site, "demo", site.http.post("/sessions/demo", json={}).json())
    chat = bo.created(page)["createdChatId"]
    with line(bo, at(bo, page)) as his, line(nameless, at(bo, page)) as socket:
        hear(his, "watching"), hear(socket, "watching")
        say(socket, type="typing", urlId=page, chatId=chat)
        say(socket, type="watch", urlId=f"{page}-x")
        hear(socket, "watching")
        event = bo.created(page)["event"]
        assert next(frames(his)) == event


# -- Coming back ------------------------------------------------------------------------------------------------------


def test_the_snapshot_tells_which_outstanding_writes_are_done(ana: Visitor, bo: Visitor, page: str) -> None:
    mine, other = new_id(), new_id()
    created = ana.created(page, broadcastId=mine)
    ana.created(f"{page}-elsewhere", broadcastId=other)
    bo.created(page)
    ids = ",".join((mine, other, new_id()))
    path = "/comment-collab-chats/{t}"
    settled = ana.request("GET", path, params={"urlId": page, "pending": ids}).json()["settled"]
    assert settled == [created["event"]]
    assert bo.request("GET", path, params={"urlId": page, "pending": ids}).json()["settled"] == []
    assert "settled" not in ana.snapshot(page)
    too_many = ",".join(new_id() for _ in range(101))
    assert ana.request("GET", path, params={"urlId": page, "pending": too_many}).status_code == 400


def test_a_server_that_stops_says_when_to_come_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = Site(tmp_path_factory.mktemp("draining"))
    ana = site.guest()
    with line(ana, at(ana, "p")) as ours, ana.socket("p") as classic:
        hear(ours, "watching")
        assert site.stop() == 0
        bye = hear(ours, "bye")
        assert bye["reason"] == "drain"
        least, most = bye["reconnectMs"]
        assert 0 <= least <= most <= 20_000
        assert close_code(ours) == 1012
        with pytest.raises(ConnectionClosed) as closed:
            next_event(classic, "bye")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
