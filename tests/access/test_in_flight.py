"""F39: what is lost while the log is being read is not sent; F37: a token's end, its grace, and the next token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from collabchat.clock import now_ms
from collabchat.core.model import Actor
from collabchat.core.session import GRACE_MS
from collabchat.live.heartbeat import TURNS
from collabchat.storage import people
from tests.access.inside import Inside
from tests.live.asgi_socket import Socket
from tests.live.test_connection import House, turn
from tests.running import conversation_body

GROUP = "staff"
Meanwhile = Callable[[Inside, dict[str, str]], Awaitable[object]]


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    inside = await Inside(tmp_path).open()
    yield inside
    await inside.close()


async def page_is_limited(inside: Inside, _victim: dict[str, str]) -> None:
    await inside.limit("page", "others")


async def groups_are_taken(inside: Inside, _victim: dict[str, str]) -> None:
    await inside.member("Vic", "others")


async def victim_signs_out(inside: Inside, victim: dict[str, str]) -> None:
    assert (await inside.http.delete("/sessions/demo", headers=victim)).status_code == 200


async def victim_is_banned(inside: Inside, _victim: dict[str, str]) -> None:
    admin = await inside.member("Ada", role="admin")
    body = {"userId": "demo:vic", "reason": "Spam"}
    assert (await inside.http.post("/bans/demo", json=body, headers=admin)).status_code == 200
    await inside.notice()


LOSSES: list[Meanwhile] = [page_is_limited, groups_are_taken, victim_signs_out, victim_is_banned]


async def begin(inside: Inside) -> tuple[dict[str, str], dict[str, Any]]:
    """A page with groups and something on it, somebody who may see it, and what they know of it."""
    await inside.limit("page", GROUP)
    victim, ann = await inside.member("Vic", GROUP), await inside.member("Ann", role="admin")
    for words in ("One", "Two"):
        made = await inside.http.post("/comment-collab-chats/demo", json=conversation_body("page", words), headers=ann)
        assert made.status_code == 200, made.text
    return victim, await inside.snapshot("page", victim)


@pytest.mark.parametrize("meanwhile", LOSSES)
async def test_f39_what_is_lost_while_a_replay_is_under_way_is_not_sent(inside: Inside, meanwhile: Meanwhile) -> None:
    victim, snapshot = await begin(inside)
    inside.hold()
    socket = inside.dial("tenantIdWS=demo&v=2")
    room = {"urlId": "page", "epoch": snapshot["epoch"], "seq": 0}
    socket.say(type="hello", token=snapshot["userIdWS"], rooms=[room])
    await inside.is_held.wait()
    await meanwhile(inside, victim)
    inside.release()
    await socket.until(lambda: socket.closed is not None or any(it["type"] == "error" for it in socket.frames))
    said = [frame["type"] for frame in socket.frames]
    assert said in (["welcome"], ["welcome", "error"])
    assert socket.frames[1:] in ([], [{"type": "error", "code": "not-found", "urlId": "page"}])
    assert "text-chat" not in str(socket.sent)


async def test_f39_without_a_loss_the_same_replay_is_sent(inside: Inside) -> None:
    _, snapshot = await begin(inside)
    inside.hold()
    socket = inside.dial("tenantIdWS=demo&v=2")
    room = {"urlId": "page", "epoch": snapshot["epoch"], "seq": 0}
    socket.say(type="hello", token=snapshot["userIdWS"], rooms=[room])
    await inside.is_held.wait()
    inside.release()
    assert (await socket.hear("watching"))["missed"] == 2


@pytest.mark.parametrize("meanwhile", LOSSES)
async def test_f39_a_classic_socket_that_is_being_let_in_hears_nothing(inside: Inside, meanwhile: Meanwhile) -> None:
    victim, snapshot = await begin(inside)
    inside.hold()
    socket = inside.dial(f"tenantIdWS=demo&urlId={snapshot['urlIdWS']}&userIdWS={snapshot['userIdWS']}")
    await inside.is_held.wait()
    await meanwhile(inside, victim)
    inside.release()
    await asyncio.wait_for(inside.serving[-1], 5)
    assert (socket.closed in {4401, 4403}, socket.sent) == (True, [])


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    list(zip(LOSSES, [(404, "not-found"), (404, "not-found"), (403, "forbidden"), (403, "banned")], strict=True)),
)
@pytest.mark.parametrize("position", [{"afterSeq": 0}, {"startTime": 1}], ids=str)
async def test_f39_the_event_log_is_not_answered_either(
    inside: Inside, meanwhile: Meanwhile, refusal: tuple[int, str], position: dict[str, int]
) -> None:
    victim, snapshot = await begin(inside)
    params = {"urlId": "page", "userIdWS": snapshot["userIdWS"], **position}
    assert "text-chat" in (await inside.http.get("/event-log/demo", params=params)).text
    inside.hold()
    asking = asyncio.create_task(inside.http.get("/event-log/demo", params=params))
    await inside.is_held.wait()
    await meanwhile(inside, victim)
    inside.release()
    answer = await asking
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert "text-chat" not in answer.text


# -- F37 --------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    yield house
    house.hub.close()
    for socket in house.sockets:
        socket.hang_up()
    await asyncio.wait_for(asyncio.gather(*house.serving, return_exceptions=True), 5)


async def expired(house: House, ago_ms: int) -> Socket:
    """A socket whose token was good when it came, and has expired so long ago."""
    house.people.expires_at = now_ms() - ago_ms
    return await house.enter({"urlId": "p"})


async def test_f37_a_token_that_expired_a_moment_ago_is_waited_for_and_renewed_in_band(house: House) -> None:
    socket = await expired(house, 1_000)
    house.commit()
    await turn(house, 5)
    await socket.hear("h")
    house.people.expires_at = now_ms() + 60_000
    socket.say(type="auth", token="ana/s1")
    assert (await socket.hear("welcome", 2))["expiresAt"] == house.people.expires_at
    house.commit()
    await socket.until(lambda: [it["seq"] for it in socket.frames if it["type"] == "x"] == [1, 2])
    await turn(house, 5)
    await socket.hear("h", 2)


async def test_f37_after_the_grace_nothing_is_sent_any_more_and_the_next_token_comes_too_late(house: House) -> None:
    socket = await expired(house, GRACE_MS)
    await turn(house, TURNS)
    house.commit()
    assert await house.ended(socket) == 4401
    assert [frame["type"] for frame in socket.frames] == ["welcome", "watching"]
    socket.say(type="auth", token="ana/s1")
    assert socket.unread == 1


@pytest.mark.parametrize(
    ("who", "code"),
    [("himself, long ago", 4401), ("another person", 4403), ("another tenant", 4403), ("nobody", 4403), ("x", 4401)],
)
async def test_f37_a_refresh_for_anybody_else_ends_the_connection(inside: Inside, who: str, code: int) -> None:
    _, snapshot = await begin(inside)
    tokens, now = inside.server.directory.tokens, now_ms()
    token = {
        "himself, long ago": tokens.live(Actor("demo", "demo:vic", "", "Vic"), now - 86_400_000),
        "another person": (await inside.snapshot("page", await inside.member("Bo", GROUP)))["userIdWS"],
        "another tenant": tokens.live(Actor("other", "demo:vic", "", "Vic"), now),
        "nobody": (await inside.snapshot("any", {}))["userIdWS"],
    }.get(who, who)
    socket = inside.dial("tenantIdWS=demo&v=2")
    socket.say(type="hello", token=snapshot["userIdWS"], rooms=[{"urlId": "page"}])
    await socket.hear("watching")
    socket.say(type="auth", token=token)
    await asyncio.wait_for(inside.serving[-1], 5)
    assert socket.closed == code


async def test_f37_the_same_person_by_another_session_goes_on(inside: Inside) -> None:
    victim, snapshot = await begin(inside)
    again = await inside.member("Vic", GROUP)
    socket = inside.dial("tenantIdWS=demo&v=2")
    socket.say(type="hello", token=snapshot["userIdWS"], rooms=[{"urlId": "page"}])
    await socket.hear("watching")
    socket.say(type="auth", token=(await inside.snapshot("page", again))["userIdWS"])
    await socket.hear("welcome", 2)
    await victim_signs_out(inside, victim)
    await inside.notice()
    body = conversation_body("page", "Three")
    assert (await inside.http.post("/comment-collab-chats/demo", json=body, headers=again)).status_code == 200
    assert (await socket.hear("new-text-chat"))["seq"] == 3


async def test_f38_a_session_that_is_being_read_while_another_process_ends_it_is_not_kept(inside: Inside) -> None:
    headers, directory = await inside.member("Vic"), inside.server.directory
    named = directory.tokens.read_session(headers["Authorization"].removeprefix("Bearer "))
    assert named is not None
    directory.forget("demo")
    inside.hold("Directory._session")
    asking = asyncio.create_task(inside.snapshot("any", headers))
    await inside.is_held.wait()
    vic = Actor("demo", "demo:vic", named[1], "Vic")
    await inside.database.write(lambda transaction: people.end_session(transaction, vic, now_ms()))
    await inside.notice()
    inside.release()
    assert (await asking)["user"]["id"] == vic.id
    answer = await inside.http.get("/comment-collab-chats/demo", params={"urlId": "any"}, headers=headers)
    assert answer.status_code == 401


async def test_f38_whoever_cannot_be_looked_at_again_has_to_come_in_anew(inside: Inside) -> None:
    """The database may be locked for a moment: in doubt, nobody keeps a room; the others are looked at all the same."""
    _, snapshot = await begin(inside)
    sockets = [inside.dial("tenantIdWS=demo&v=2") for _ in range(2)]
    for socket in sockets:
        socket.say(type="hello", token=snapshot["userIdWS"], rooms=[{"urlId": "page"}])
        await socket.hear("watching")
    await inside.limit("page", "others")
    inside.fail("Access.audience")
    await inside.notice()
    inside.fail()
    await asyncio.wait_for(asyncio.gather(*inside.serving), 5)
    assert [socket.closed for socket in sockets] == [1012, 1012]
    again = inside.dial("tenantIdWS=demo&v=2")
    again.say(type="hello", token=snapshot["userIdWS"], rooms=[{"urlId": "page"}])
    assert (await again.hear("error"))["code"] == "not-found"


@pytest.mark.parametrize("action", ["hold", "spam", "delete"])
async def test_what_is_hidden_while_a_replay_is_under_way_is_not_sent(inside: Inside, action: str) -> None:
    """The log was read, and holds it; the room was asleep, so that nobody else keeps it."""
    ann, mod = await inside.member("Ann"), await inside.member("Mod", role="moderator")
    body = conversation_body("page", "Xyzzy")
    made = (await inside.http.post("/comment-collab-chats/demo", json=body, headers=ann)).json()
    snapshot = await inside.snapshot("page", ann)
    inside.hold()
    socket = inside.dial("tenantIdWS=demo&v=2")
    room = {"urlId": "page", "epoch": snapshot["epoch"], "seq": 0}
    socket.say(type="hello", token=snapshot["userIdWS"], rooms=[room])
    await inside.is_held.wait()
    verdict = {"ids": [made["event"]["comment"]["_id"]], "action": action, "broadcastId": "verdict"}
    headers = {**mod, "X-TENANT-ID": "demo"}
    answer = await inside.http.post("/api/v1/comments/moderate", json=verdict, headers=headers)
    assert answer.json()["results"][0]["ok"]
    inside.release()
    assert (await socket.hear("watching"))["result"] == "reset"
    assert "Xyzzy" not in str(socket.sent)
