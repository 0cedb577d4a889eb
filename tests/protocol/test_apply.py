"""Old state + events = fresh snapshot, for every command: from the vectors, and on a running server."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests import replica
from tests.protocol import make_vectors
from tests.protocol.make_vectors import SCENARIOS, Cast, look
from tests.protocol.vectors import FOLDER, read_vectors
from tests.running import Site

VECTORS = read_vectors("apply.jsonl")


def take(room: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """What becomes of (seq, conversations): each event once and in order, whenever it comes."""
    seq, conversations = room["seq"], room["conversations"]
    early: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.get("seq", 0) > seq:
            early[event["seq"]] = event
        while seq + 1 in early:
            seq += 1
            conversations = replica.apply(conversations, early.pop(seq))
    assert not early
    return {"seq": seq, "conversations": conversations}


def shown(room: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """A room with those fields of conversations that `like` has too."""
    told = {chat["_id"]: chat for chat in like["conversations"]}
    chats = [
        {name: value for name, value in chat.items() if name in told.get(chat["_id"], chat)}
        for chat in room["conversations"]
    ]
    return {"seq": room["seq"], "conversations": chats}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    then = {name: vector["then"][name] for name in ("seq", "conversations")}
    assert shown(take(vector["given"], vector["when"]), then) == then


def test_applying_changes_nothing_that_was_given() -> None:
    before = json.dumps(VECTORS)
    for vector in VECTORS:
        take(vector["given"], vector["when"])
    assert json.dumps(VECTORS) == before


def hear(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    """So many events, alone or in batches."""
    events: list[dict[str, Any]] = []
    while len(events) < count:
        frame = json.loads(socket.recv(timeout=10))
        parts = frame if isinstance(frame, list) else [frame]
        events += [part for part in parts if "seq" in part and "result" not in part]
    return events


def watch(cast: Cast, room: dict[str, Any]) -> ClientConnection:
    """A socket that goes on from where the room was seen."""
    gus = cast.gus.visitor
    token = gus.snapshot(cast.page)["userIdWS"]
    socket: ClientConnection = connect(cast.site.sub_url(tenantIdWS=gus.tenant, v="2"), compression=None, legacy=True)
    rooms = [{"urlId": cast.page, "epoch": room["epoch"], "seq": room["seq"]}]
    socket.send(json.dumps({"type": "hello", "token": token, "rooms": rooms}))
    return socket


@pytest.mark.parametrize("way", ["classic", "live", "resumed"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_old_state_and_events_are_the_fresh_snapshot(
    site: Site, page: str, scenario: Callable[[Cast], Iterator[None]], way: str
) -> None:
    """Without a pause: events that fall into the same millisecond are told apart by their numbers alone."""
    cast = Cast(site, page, pause_s=0)
    acts = scenario(cast)
    next(acts)
    old = look(cast)
    with ExitStack() as sockets:
        if way != "resumed":
            socket = sockets.enter_context(cast.gus.visitor.socket(page) if way == "classic" else watch(cast, old))
        assert next(acts, "over") == "over"
        fresh = look(cast)
        if way == "resumed":
            socket = sockets.enter_context(watch(cast, old))
        told = take(old, hear(socket, fresh["seq"] - old["seq"]))
    assert replica.comparable(told["conversations"]) == replica.comparable(fresh["conversations"])
    assert told["seq"] == fresh["seq"]


def test_the_vectors_are_what_the_server_does(site: Site) -> None:
    made = make_vectors.encode(make_vectors.make(site, (f"vector-page-{number}" for number in count())))
    assert made.splitlines() == (FOLDER / "apply.jsonl").read_text(encoding="utf-8").splitlines()
