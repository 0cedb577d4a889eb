"""A v2 socket with the real session, hub and transport; client, directory and database are fakes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from collabchat.clock import now_ms
from collabchat.core.catchup import Numbered, Standing
from collabchat.core.close_codes import CLOSE_TOO_MANY
from collabchat.core.model import Actor, Audience, Tenant
from collabchat.core.pace import Pace
from collabchat.core.session import GRACE_MS, HELLO_WITHIN_S, Watcher
from collabchat.core.usage import Ledger
from collabchat.identity.access import Access
from collabchat.identity.directory import Directory
from collabchat.identity.quotas import OpenSockets, Quota
from collabchat.live.connection import TYPING_MS, Connection
from collabchat.live.deadlines import Deadlines
from collabchat.live.fanout import Fanout
from collabchat.live.heartbeat import ANSWER_TURNS, TURNS, Heartbeat
from collabchat.live.hub import Hub
from collabchat.live.transport.asgi import AsgiTransport
from collabchat.live.transport.switchboard import Switchboard
from collabchat.live.visitor import Household, Visitor
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Committed
from tests.live.asgi_socket import Socket, settle
from tests.model.virtual_time import VirtualLoop

TENANT = Tenant("demo", "Demo", (), 1)
EXPIRES_IN_MS = 3_600_000


class MemoryLog:
    """Stands for the database: each room's events, and a reader of them."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[Numbered]] = {}

    async def read(self, query: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(0)
        return query(self)

    def room(self, _tenant: Tenant, url_id: str) -> Standing:
        return Standing("e", 0, len(self.rooms.get(url_id, [])))

    def all(self, _statement: str, key: dict[str, Any]) -> list[tuple[int, bytes]]:
        return [(each.seq, each.frame) for each in self.rooms.get(key["url_id"], []) if each.seq > key["after"]]

    def append(self, url_id: str, size: int = 10) -> Committed:
        """Commit an event."""
        log = self.rooms.setdefault(url_id, [])
        seq = len(log) + 1
        log.append(Numbered(seq, json.dumps({"type": "x", "urlId": url_id, "seq": seq, "text": "y" * size}).encode()))
        return Committed(TENANT.id, url_id, "e", seq, log[-1].frame)


class People:
    """Stands for the directory: whom a token proves, by its name; whoever is out is out."""

    def __init__(self) -> None:
        self.out: set[str] = set()
        self.expires_at = now_ms() + EXPIRES_IN_MS
        self.valid_until = self.expires_at

    async def check_live(self, token: str, tenant_id: str, now: int) -> Watcher | None:
        assert tenant_id == TENANT.id
        user, _, session = token.partition("/")
        is_known = bool(user) and token not in self.out and now < self.valid_until
        return Watcher(f"demo:{user}", session, self.expires_at) if is_known else None

    async def is_current(self, tenant_id: str, watcher: Watcher, now: int, grace_ms: int = 0) -> bool:
        token = f"{watcher.user_id.removeprefix('demo:')}/{watcher.session_id}"
        return await self.check_live(token, tenant_id, now - grace_ms) is not None

    def tenant(self, _tenant_id: str) -> Tenant:
        return TENANT

    async def find_watcher(self, _tenant: Tenant, watcher: Watcher) -> Actor | None:
        if not (session_id := watcher.session_id):
            return None
        return Actor(TENANT.id, "demo:ana", session_id, "" if session_id == "nameless" else "Ana")


class Rooms:
    """Stands for the audiences: each room is for everybody, unless it is closed."""

    def __init__(self) -> None:
        self.closed: set[str] = set()

    async def audience(self, _tenant: Tenant, _url_id: str) -> Audience:
        return Audience()

    async def may_see(self, _tenant: Tenant, _actor: Actor | None, url_id: str) -> bool:
        return url_id not in self.closed


class KnowingHub(Hub):
    """Knows one conversation, and notes who asks."""

    def __init__(self, database: Database, window_ms: int, fanout: Fanout, ledger: Ledger) -> None:
        super().__init__(database, window_ms, fanout, ledger)
        self.asked: list[tuple[str, str]] = []

    async def has_conversation(self, _tenant: Tenant, url_id: str, chat_id: str) -> bool:
        self.asked.append((url_id, chat_id))
        return chat_id == "c1"


class House:
    """A hub and those whom it knows."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.people = People()
        self.heartbeat = Heartbeat()
        self.hub = KnowingHub(cast(Database, self.log), 20, Fanout(), Ledger())
        self.switchboard = Switchboard(budget_bytes=2**30, pace=Pace(0, 0))
        hellos: Deadlines[Visitor] = Deadlines(HELLO_WITHIN_S, lambda visitor: visitor.be_late())
        self.quota = OpenSockets(Quota(per_user=2))
        self.rooms = Rooms()
        self.house = Household(
            self.hub, self.heartbeat, cast(Directory, self.people), cast(Access, self.rooms), self.quota, hellos
        )
        self.sockets: list[Socket] = []
        self.serving: list[asyncio.Task[None]] = []

    async def serve(self, socket: Socket) -> None:
        """What the route does."""
        transport = AsgiTransport(cast(Any, socket), self.switchboard)
        self.quota.enter(TENANT.id, "::1")
        connection = Connection(self.house, TENANT, "::1", "", transport)
        connection.enter()
        try:
            await transport.serve(connection)
        finally:
            connection.leave()

    def dial(self) -> Socket:
        """A socket that has said nothing yet."""
        socket = Socket()
        self.sockets.append(socket)
        self.serving.append(asyncio.create_task(self.serve(socket)))
        return socket

    async def enter(self, *rooms: dict[str, Any], token: str = "ana/s1") -> Socket:
        """A socket that has said hello, and was answered for each room."""
        socket = self.dial()
        socket.say(type="hello", token=token, rooms=list(rooms))
        await socket.hear("welcome")
        if rooms:
            await socket.hear("watching", len(rooms))
        return socket

    def commit(self, url_id: str = "p", size: int = 10) -> None:
        self.hub.feed([self.log.append(url_id, size)])

    async def ended(self, socket: Socket) -> int | None:
        """The close code, once nobody is served any more."""
        await asyncio.wait_for(asyncio.gather(*self.serving), 5)
        return socket.closed


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    yield house
    house.hub.close()
    for socket in house.sockets:
        socket.unstick()
    await asyncio.wait_for(asyncio.gather(*house.serving, return_exceptions=True), 5)


# -- Rooms ------------------------------------------------------------------------------------------------------------


async def test_hello_is_answered_room_by_room_and_then_events_come(house: House) -> None:
    for _ in range(3):
        house.commit("p")
    socket = await house.enter({"urlId": "p", "epoch": "e", "seq": 1}, {"urlId": "q"})
    house.commit("q")
    await socket.hear("x")
    welcome, first, missed, second, live = socket.frames
    assert (welcome["heartbeatMs"], welcome["expiresAt"]) == (25_000, house.people.expires_at)
    assert (first["urlId"], first["missed"], second["urlId"], second["missed"]) == ("p", 2, "q", 0)
    assert [each["seq"] for each in missed] == [2, 3]
    assert (live["urlId"], live["seq"]) == ("q", 1)


async def test_a_room_that_is_left_is_silent(house: House) -> None:
    socket = await house.enter({"urlId": "p"}, {"urlId": "q"})
    socket.say(type="unwatch", urlId="p")
    socket.say(type="auth", token="ana/s1")
    await socket.hear("welcome", 2)
    house.commit("p")
    house.commit("q")
    assert (await socket.hear("x"))["urlId"] == "q"


async def test_a_room_that_was_reset_is_silent_until_it_is_watched_anew(house: House) -> None:
    socket = await house.enter({"urlId": "p", "epoch": "old", "seq": 1})
    house.commit()
    socket.say(type="watch", urlId="p", epoch="e", seq=1)
    await socket.hear("watching", 2)
    house.commit()
    assert (await socket.hear("x"))["seq"] == 2
    assert [frame["type"] for frame in socket.frames] == ["welcome", "watching", "watching", "x"]


async def test_who_may_watch_no_more_is_not_let_into_another_room(house: House) -> None:
    socket = await house.enter({"urlId": "p"})
    house.people.out.add("ana/s1")
    socket.say(type="watch", urlId="q")
    assert await socket.hear("error") == {"type": "error", "code": "not-found", "urlId": "q"}
    house.commit("q")
    house.commit("p")
    assert (await socket.hear("x"))["urlId"] == "p"
    assert house.hub.people(TENANT, "q") == []


async def test_who_hangs_up_leaves_all_rooms_and_the_wheel(house: House) -> None:
    socket = await house.enter({"urlId": "p"}, {"urlId": "q"})
    other = await house.enter({"urlId": "p"}, token="bo/s2")
    assert house.hub.people(TENANT, "p") == ["demo:ana", "demo:bo"]
    socket.hang_up()
    await asyncio.wait_for(house.serving[0], 5)
    house.commit("p")
    await other.hear("x")
    assert all(frame["type"] != "x" for frame in socket.frames)
    assert len(house.hub.visitors) == 1
    assert sum(len(slot) for slot in house.heartbeat._slots) == 1


# -- Tokens -----------------------------------------------------------------------------------------------------------


async def test_the_session_that_let_a_socket_in_is_noted_and_follows_its_tokens(house: House) -> None:
    socket = await house.enter({"urlId": "p"})
    socket.say(type="auth", token="ana/s2")
    await socket.hear("welcome", 2)
    house.people.out.add("ana/s1")
    await house.hub.look_again(TENANT.id)
    house.commit()
    await socket.hear("x")
    house.people.out.add("ana/s2")
    await house.hub.look_again(TENANT.id)
    assert await house.ended(socket) == 4401


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "auth", "token": "bo/s2"}, 4403),
        ({"type": "auth", "token": ""}, 4401),
        ({"type": "hello", "token": "ana/s1"}, 4400),
        ({"type": "watch"}, 4400),
    ],
)
async def test_what_may_not_be_ends_the_connection(house: House, message: dict[str, Any], code: int) -> None:
    socket = await house.enter({"urlId": "p"})
    socket.say(**message)
    assert await house.ended(socket) == code
    assert house.hub.visitors == {}


async def test_binary_ends_the_connection(house: House) -> None:
    socket = await house.enter()
    socket.say_bytes(b"{}")
    assert await house.ended(socket) == 4400


def test_without_hello_the_socket_is_closed_after_five_seconds() -> None:
    loop = VirtualLoop()
    socket = Socket()
    task = loop.create_task(House().serve(socket))
    loop.pass_ms(HELLO_WITHIN_S * 1_000 - 100)
    assert not task.done()
    loop.pass_ms(200)
    assert socket.closed == 4408
    loop.close()


# -- Heartbeats -------------------------------------------------------------------------------------------------------


async def turn(house: House, turns: int) -> None:
    for number in range(turns):
        house.heartbeat.turn(number)
    await asyncio.sleep(0)


async def test_a_heartbeat_says_the_heads_of_the_rooms_that_are_watched(house: House) -> None:
    house.commit("p")
    socket = await house.enter({"urlId": "p"}, {"urlId": "q"}, {"urlId": "r", "epoch": "old", "seq": 1})
    await turn(house, 5)
    assert (await socket.hear("h"))["heads"] == {"p": 1, "q": 0}


async def test_who_does_not_answer_is_gone(house: House) -> None:
    socket = await house.enter({"urlId": "p"})
    await turn(house, TURNS + ANSWER_TURNS)
    assert await house.ended(socket) == 1001


async def test_a_token_that_expired_and_was_not_renewed_ends_the_connection(house: House) -> None:
    house.people.expires_at = now_ms() - GRACE_MS
    socket = await house.enter({"urlId": "p"})
    await turn(house, TURNS)
    assert await house.ended(socket) == 4401


@pytest.mark.parametrize(("ago_ms", "answer"), [(1_000, "watching"), (GRACE_MS + 1, "error")])
async def test_rooms_may_be_watched_for_as_long_as_the_socket_waits_for_the_next_token(
    house: House, ago_ms: int, answer: str
) -> None:
    socket = await house.enter()
    house.people.valid_until = now_ms() - ago_ms
    socket.say(type="watch", urlId="p")
    await socket.hear(answer)


# -- Typing -----------------------------------------------------------------------------------------------------------


async def test_typing_is_told_with_the_name_and_its_end(house: House) -> None:
    socket = await house.enter({"urlId": "p"})
    before = now_ms()
    socket.say(type="typing", urlId="p", chatId="c1")
    typing = await socket.hear("typing")
    assert before + TYPING_MS <= typing.pop("untilMs") <= now_ms() + TYPING_MS
    assert typing == {"type": "typing", "urlId": "p", "chatId": "c1", "user": {"id": "demo:ana", "name": "Ana"}}


@pytest.mark.parametrize(
    ("token", "chat_id", "url_id"),
    [("ana/nameless", "c1", "p"), ("ana/", "c1", "p"), ("ana/s1", "c2", "p"), ("ana/s1", "c1", "q")],
    ids=["no name", "no session", "no conversation", "not watched"],
)
async def test_typing_that_is_nobodys_is_told_to_nobody(house: House, token: str, chat_id: str, url_id: str) -> None:
    socket = await house.enter({"urlId": "p"}, token=token)
    socket.say(type="typing", urlId=url_id, chatId=chat_id)
    socket.say(type="auth", token=token)
    await socket.hear("welcome", 2)
    assert [frame["type"] for frame in socket.frames] == ["welcome", "watching", "welcome"]


async def test_a_known_conversation_is_not_asked_for_again(house: House) -> None:
    socket = await house.enter({"urlId": "p"})
    for _ in range(5):
        socket.say(type="typing", urlId="p", chatId="c1")
    socket.say(type="auth", token="ana/s1")
    await socket.hear("welcome", 2)
    assert house.hub.asked == [("p", "c1")]


# -- Slow readers -----------------------------------------------------------------------------------------------------


async def test_a_reader_that_asks_again_and_again_and_takes_nothing_does_not_fill_the_memory(house: House) -> None:
    for _ in range(200):
        house.commit(size=1_000)
    socket = await house.enter({"urlId": "p"})
    socket.stick()
    for _ in range(50):
        socket.say(type="watch", urlId="p", epoch="e", seq=0)
    await settle()
    # Each that was taken in has made 200 KiB wait.
    assert socket.unread > 45


# -- Too many ---------------------------------------------------------------------------------------------------------


async def test_one_person_has_so_many_sockets_and_another_can_come(house: House) -> None:
    first, second = await house.enter(), await house.enter()
    third = house.dial()
    third.say(type="hello", token="ana/s1")
    await asyncio.wait_for(house.serving[2], 5)
    assert (third.sent, third.closed) == ([], CLOSE_TOO_MANY)
    await house.enter(token="bo/s2")
    first.hang_up()
    await asyncio.wait_for(house.serving[0], 5)
    await house.enter()
    second.hang_up()
