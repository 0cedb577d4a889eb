"""One v2 socket: carries out what its session decides, in the rooms and with the directory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from collabchat.clock import now_ms
from collabchat.core.events import encode
from collabchat.core.messages import Heads, Trouble, Typing, Typist
from collabchat.core.model import Actor, Tenant
from collabchat.core.session import (
    GRACE_MS,
    HEARTBEAT_S,
    HELLO_WITHIN_S,
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
from collabchat.identity.directory import Directory
from collabchat.live.heartbeat import Heartbeat
from collabchat.live.hub import Guest, Hub
from collabchat.live.room import Room, Seat
from collabchat.live.transport import Transport

TYPING_MS = 6_000
"""So long somebody is said to be typing after the last sign of it."""


class Connection:
    """The skin of one `core.session.Session`; `has_conversation` asks whether a page has a conversation."""

    def __init__(
        self,
        transport: Transport,
        tenant: Tenant,
        hub: Hub,
        heartbeat: Heartbeat,
        directory: Directory,
        has_conversation: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._transport = transport
        self._tenant = tenant
        self._hub = hub
        self._heartbeat = heartbeat
        self._directory = directory
        self._has_conversation = has_conversation
        self._session = Session()
        self._token = ""
        self._seats: dict[str, tuple[Room, Seat]] = {}
        self._conversations: set[tuple[str, str]] = set()

    async def serve(self) -> None:
        """Serve until the socket closes."""
        self._hub.guests[self._transport] = Guest(self._tenant.id, "", is_classic=False)
        slot = self._heartbeat.join(self)
        late = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, lambda: self._end(self._session.late()))
        try:
            await self._transport.serve(self._receive)
        finally:
            late.cancel()
            slot.pop(self, None)
            del self._hub.guests[self._transport]
            for room, seat in self._seats.values():
                room.exit(seat)

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
            frame = encode(Heads(heads))
            self._transport.write(frame.decode(), len(frame))

    def check(self) -> None:
        """Close if the last heartbeat was not answered."""
        self._end(self._session.silent())

    async def _receive(self, message: str | bytes) -> None:
        await self._do(self._session.receive(message))

    async def _do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Check(token):
                    await self._check(token)
                case Enter():
                    await self._enter(effect)
                case Leave(url_id):
                    self._leave(url_id)
                case Notice():
                    await self._notice(effect)
                case Say(words):
                    self._transport.write_all([encode(words)])
                case End(code):
                    self._transport.close(code)
                case Beat():
                    raise AssertionError("only the wheel makes hearts beat")

    def _end(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            assert isinstance(effect, End)
            self._transport.close(effect.code)

    async def _check(self, token: str) -> None:
        watcher = await self._directory.check_live(token, self._tenant.id, now_ms())
        if watcher is not None:
            self._token = token
            self._hub.guests[self._transport] = Guest(self._tenant.id, watcher.session_id, is_classic=False)
        await self._do(self._session.admit(watcher))

    async def _may_watch(self) -> bool:
        """Whether the person may still watch: what ended while the log was read counts too.

        The token is given its time of grace here, as the socket is.
        """
        return await self._directory.check_live(self._token, self._tenant.id, now_ms() - GRACE_MS) is not None

    async def _enter(self, enter: Enter) -> None:
        # Each may bring 256 KiB: who asks again and again, and takes nothing, does not fill the memory.
        await self._transport.drain()
        url_id, watcher = enter.url_id, self._session.watcher
        assert watcher is not None
        known = self._seats.get(url_id)
        room, seat = known or (
            self._hub.room(self._tenant, url_id),
            Seat(self._transport, watcher.user_id, lambda: self._lose(url_id)),
        )
        self._seats[url_id] = (room, seat)
        if not await room.watch(seat, enter.position, self._may_watch):
            self._lose(url_id)
            self._transport.write_all([encode(Trouble("not-found", url_id))])

    def _leave(self, url_id: str) -> None:
        room, seat = self._seats.pop(url_id)
        room.exit(seat)

    def _lose(self, url_id: str) -> None:
        """The room was taken from this socket."""
        self._seats.pop(url_id, None)
        self._session.leave(url_id)

    async def _notice(self, notice: Notice) -> None:
        """Tell that the person is typing, if they have a name and may write."""
        actor = await self._typist()
        if actor is None:
            return
        place = (notice.url_id, notice.chat_id)
        if place not in self._conversations:
            if not await self._has_conversation(*place):
                return
            self._conversations.add(place)
        if (found := self._seats.get(notice.url_id)) is not None:
            room, _ = found
            room.tell_typing(Typing(*place, Typist(actor.id, actor.name), now_ms() + TYPING_MS))

    async def _typist(self) -> Actor | None:
        watcher = self._session.watcher
        actor = None if watcher is None else await self._directory.find_watcher(self._tenant, watcher.session_id)
        return None if actor is None or not actor.name or (actor.is_guest and not self._tenant.allows_guests) else actor
