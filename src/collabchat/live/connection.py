"""One v2 socket: carries out what its session decides, in the rooms and with the directory."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from functools import partial

from collabchat.clock import now_ms
from collabchat.core.close_codes import CLOSE_TOO_MANY
from collabchat.core.events import encode
from collabchat.core.messages import Heads, Trouble, Typing, Typist
from collabchat.core.model import Actor, Tenant
from collabchat.core.permissions import require_writer
from collabchat.core.session import (
    GRACE_MS,
    HEARTBEAT_S,
    Beat,
    Check,
    Effect,
    End,
    Enter,
    Leave,
    Notice,
    Say,
    Session,
)
from collabchat.core.usage import NOBODYS
from collabchat.errors import Forbidden, Refusal
from collabchat.live.room import Room, Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.visitor import Household, Visitor

TYPING_MS = 6_000
"""So long somebody is said to be typing after the last sign of it."""


class Connection(Visitor):
    """The skin of one `core.session.Session`."""

    __slots__ = ("_circles", "_conversations", "_seats", "_session")

    def __init__(self, house: Household, tenant: Tenant, address: str, origin: str, transport: Transport) -> None:
        super().__init__(house, tenant, address, origin, transport)
        self._session = Session()
        self._seats: dict[str, tuple[Room, Seat]] = {}
        # The conversations in which the person has been typing, once they are known to exist.
        self._conversations: set[tuple[str, str]] | None = None
        # The rooms of private conversations that the client was made to look for.
        self._circles: set[str] | None = None

    def enter(self) -> None:
        """Wait for the hello."""
        self._house.hellos.start(self)

    def hear(self, message: str | bytes) -> Awaitable[None] | None:
        """Take a message."""
        doing = self._do(self._session.receive(message))
        return None if doing is None else self._house.turnstile.run(self._tenant.id, doing)

    def leave(self) -> None:
        """The socket is gone."""
        super().leave()
        self._house.hellos.stop(self)
        seats, self._seats = self._seats, {}
        for room, seat in seats.values():
            room.exit(seat)

    def be_late(self) -> None:
        """The time for the hello is over."""
        self._end(self._session.late())

    def lose(self, url_id: str) -> None:
        """The room was taken from this socket."""
        self._seats.pop(url_id, None)
        self._session.leave(url_id)

    def beat(self) -> None:
        """Send a heartbeat, with the heads of the rooms that are watched."""
        now = now_ms()
        self._end(self._session.lapse(now))
        watcher = self._session.watcher
        if watcher is not None and (left_s := (watcher.expires_at + GRACE_MS - now) / 1_000) < HEARTBEAT_S:
            asyncio.get_running_loop().call_later(left_s, lambda: self._end(self._session.lapse(now_ms())))
        for effect in self._session.beat():
            assert isinstance(effect, Beat)
            # A room that was asked for just now may not have been entered yet.
            heads = {url_id: self._seats[url_id][0].head for url_id in effect.rooms if url_id in self._seats}
            self.say(encode(Heads(heads)))

    def check(self) -> None:
        """Close if the last heartbeat was not answered."""
        self._end(self._session.silent())

    def _do(self, effects: Sequence[Effect]) -> Awaitable[None] | None:
        """Carry out effects, up to the first that takes its time."""
        for number, effect in enumerate(effects):
            match effect:
                case Leave(url_id):
                    self._leave(url_id)
                case Say(words):
                    self.say(encode(words))
                case End(code):
                    self.transport.close(code)
                case Beat():
                    raise AssertionError("only the wheel makes hearts beat")
                case _:
                    return self._go_on(effects[number:])
        return None

    async def _go_on(self, effects: Sequence[Effect]) -> None:
        first, *rest = effects
        match first:
            case Check(token):
                await self._check(token)
            case Enter():
                await self._enter(first)
                if not any(isinstance(effect, Enter) for effect in rest):
                    # Only now it is known which rooms of a page the client knows of.
                    await self._look_for_circles()
            case Notice():
                await self._notice(first)
        if (later := self._do(rest)) is not None:
            await later

    def _end(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            assert isinstance(effect, End)
            self.transport.close(effect.code)

    async def _check(self, token: str) -> None:
        try:
            watcher = await self._house.directory.check_live(token, self._tenant.id, now_ms())
        except Forbidden:
            self._end(self._session.refuse())
            return
        if watcher is not None:
            self.session_id = watcher.session_id
            if not self._count(watcher.user_id):
                self.transport.close(CLOSE_TOO_MANY)
                return
        self._house.hellos.stop(self)
        if (later := self._do(self._session.admit(watcher))) is not None:
            await later

    async def _may_watch(self, url_id: str) -> bool:
        """Whether the person may watch a room now: what ended while the log was read counts too.

        The token is given its time of grace here, as the socket is.
        """
        watcher = self._session.watcher
        assert watcher is not None
        return await self._judge(watcher, url_id, GRACE_MS) == "yes"

    async def look_again(self) -> None:
        """Rights may have changed: give up what may not be watched any more."""
        if (watcher := self._session.watcher) is None:
            return
        for url_id in (None, *self._seats):
            match await self._judge(watcher, url_id, GRACE_MS):
                case "ended":
                    self._end(self._session.expire())
                    return
                case "banned":
                    self._end(self._session.refuse())
                    return
                case "no" if url_id in self._seats:
                    self._leave(url_id)
                    self._session.leave(url_id)
                    self.say(encode(Trouble("not-found", url_id)))
        await self._look_for_circles()

    async def _look_for_circles(self) -> None:
        """Private conversations may have begun, or become visible: a fresh snapshot shows them, and their rooms.

        Whoever does not care for a room is told of it only once.
        """
        house, watcher = self._house, self._session.watcher
        for page in list(self._seats):
            if watcher is None:
                continue
            audience = await house.access.audience(self._tenant, page)
            if not audience.circles and not audience.has_waiting:
                continue
            actor = await house.directory.find_watcher(self._tenant, watcher)
            rooms = {circle.room for circle in await house.access.circles(self._tenant, actor, page)}
            if self._circles is not None:
                # Whoever loses a room and gets it back is told anew.
                self._circles &= rooms
            untold = rooms - self._seats.keys() - (self._circles or set())
            if untold and page in self._seats:
                self._circles = untold | (self._circles or set())
                room, seat = self._seats[page]
                room.ask_to_refresh(seat)

    async def _enter(self, enter: Enter) -> None:
        # Each may bring 256 KiB: who asks again and again, and takes nothing, does not fill the memory.
        await self.transport.drain()
        url_id, watcher = enter.url_id, self._session.watcher
        assert watcher is not None
        # That those look on who run the tenant is not its use, whoever says that they do.
        is_staffs = (await self._house.access.audience(self._tenant, url_id)).is_staff_room
        room, seat = self._seats.get(url_id) or (
            self._house.hub.room(self._tenant, url_id),
            Seat(self.transport, watcher.user_id, self.lose, NOBODYS if is_staffs else self.origin),
        )
        self._seats[url_id] = (room, seat)
        room.is_staffs = is_staffs
        if not await room.watch(seat, enter.position, partial(self._may_watch, url_id)) and url_id in self._seats:
            self.lose(url_id)
            self.say(encode(Trouble("not-found", url_id)))

    def _leave(self, url_id: str) -> None:
        room, seat = self._seats.pop(url_id)
        room.exit(seat)

    async def _notice(self, notice: Notice) -> None:
        """Tell that the person is typing, if they have a name and may write."""
        actor = await self._typist()
        if actor is None:
            return
        place = (notice.url_id, notice.chat_id)
        self._conversations = self._conversations or set()
        if place not in self._conversations:
            if not await self._house.hub.has_conversation(self._tenant, *place):
                return
            self._conversations.add(place)
        if (found := self._seats.get(notice.url_id)) is not None:
            room, _ = found
            room.tell_typing(Typing(*place, Typist(actor.id, actor.name), now_ms() + TYPING_MS))

    async def _typist(self) -> Actor | None:
        watcher = self._session.watcher
        actor = None if watcher is None else await self._house.directory.find_watcher(self._tenant, watcher)
        with suppress(Refusal):
            return require_writer(self._house.directory.tenant(self._tenant.id).rules, actor)
        return None
