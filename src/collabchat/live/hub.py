"""All rooms that have viewers, and all sockets: how an event finds its room, and who has to leave."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from collabchat.core.catchup import Numbered, Standing
from collabchat.core.close_codes import CLOSE_RESTART
from collabchat.core.events import encode
from collabchat.core.messages import Bye
from collabchat.core.model import Tenant
from collabchat.core.usage import Ledger
from collabchat.live.fanout import Fanout
from collabchat.live.metering import RoomMeter
from collabchat.live.room import Room
from collabchat.storage import conversations, log
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Committed

CLOSED_PER_S = 200
DRAIN_MAX_S = 20.0
"""A server that stops closes its sockets at this rate, so that the next one is not run down; at most for so long."""

RETURN_LEAST_MS = 1_000
"""Sooner there is hardly another server."""


logger = structlog.get_logger()


class Party(Protocol):
    """Whoever is behind a socket, as far as the hub is concerned."""

    session_id: str
    is_classic: bool

    @property
    def tenant_id(self) -> str:
        """Whose visitor it is."""
        ...

    @property
    def user_id(self) -> str:
        """Who it is, once that is known."""
        ...

    def close(self, code: int, last_words: bytes = b"") -> None:
        """Close the socket; the last words, if any, are a message."""
        ...

    async def look_again(self) -> None:
        """Rights may have changed: give up what may not be watched any more."""
        ...


class RoomLog:
    """The log of one room, as `live.room.History`."""

    def __init__(self, database: Database, tenant: Tenant, url_id: str) -> None:
        self._database = database
        self._tenant = tenant
        self._url_id = url_id

    async def last(self, count: int) -> tuple[Standing, list[Numbered]]:
        """Where the room stands, and its last events, in one read."""
        return await self._database.read(lambda reader: log.read_last(reader, self._tenant, self._url_id, count))


class Hub:
    """All rooms and sockets of this server. Runs on the event loop only."""

    def __init__(self, database: Database, window_ms: int, fanout: Fanout, ledger: Ledger) -> None:
        self.visitors: dict[Party, None] = {}
        self.is_draining = False
        self.ledger = ledger
        self._fanout = fanout
        self._database = database
        self._window_ms = window_ms
        self._rooms: dict[tuple[str, str], tuple[Tenant, Room]] = {}

    # -- Rooms ---------------------------------------------------------------------------------------------------------

    def room(self, tenant: Tenant, url_id: str) -> Room:
        """The room of this name, opened for its first viewer."""
        key = (tenant.id, url_id)
        if key not in self._rooms:
            room = Room(
                url_id,
                RoomLog(self._database, tenant, url_id),
                names_are_public=tenant.rules.names_are_public,
                window_ms=self._window_ms,
                fanout=self._fanout.of(tenant.id),
                meter=RoomMeter(self.ledger, tenant.id, url_id),
                on_empty=lambda room: self._forget(key, room),
            )
            self._rooms[key] = (tenant, room)
        return self._rooms[key][1]

    def feed(self, events: Sequence[Committed]) -> None:
        """Deliver committed events to whoever views their rooms."""
        for event in events:
            room = self._find(event.tenant_id, event.url_id)
            if room is not None and event.is_cut:
                room.forget(Standing(event.epoch, event.seq, event.seq))
            elif room is not None:
                room.feed(event.epoch, event.seq, event.frame)

    async def sweep(self) -> None:
        """Compare all rooms with the database: the last event of a room, if it got lost, is found in no other way."""
        watched = dict(self._rooms)
        if not watched:
            return
        names = [(tenant, url_id) for (_, url_id), (tenant, _) in watched.items()]
        standings = await self._database.read(lambda reader: log.read_standings(reader, names))
        for (_, room), standing in zip(watched.values(), standings, strict=True):
            room.compare(standing)

    def people(self, tenant: Tenant, url_id: str) -> list[str]:
        """The ids of who views a room now."""
        room = self._find(tenant.id, url_id)
        return [] if room is None else room.presence.people

    def looked_at(self) -> list[tuple[str, Room]]:
        """The rooms of those who run a tenant in which somebody is, each with the tenant's id."""
        return [(tenant_id, room) for (tenant_id, _), (_, room) in self._rooms.items() if room.is_looked_at]

    def standing(self, tenant: Tenant, url_id: str) -> Standing | None:
        """Where a room stands, if somebody watches it; then this is never behind what has been answered."""
        room = self._find(tenant.id, url_id)
        return None if room is None else room.standing

    async def has_conversation(self, tenant: Tenant, url_id: str, chat_id: str) -> bool:
        """Whether a conversation's events come in a room."""
        return await self._database.read(lambda reader: conversations.is_told_in(reader, tenant, url_id, chat_id))

    def heed(self, tenants: Sequence[Tenant]) -> None:
        """Follow what the tenants' settings say now of who sees names."""
        public = {tenant.id: tenant.rules.names_are_public for tenant in tenants}
        for (owner, _), (_, room) in self._rooms.items():
            room.names_are_public = public.get(owner, False)

    def _forget(self, key: tuple[str, str], room: Room) -> None:
        # A room that is forgotten already may finish a reading; by then the name can be another's.
        if key in self._rooms and self._rooms[key][1] is room:
            del self._rooms[key]

    def _find(self, tenant_id: str, url_id: str) -> Room | None:
        found = self._rooms.get((tenant_id, url_id))
        return None if found is None else found[1]

    # -- Sockets -------------------------------------------------------------------------------------------------------

    def close_tenant(self, tenant_id: str, code: int) -> None:
        """Close every socket of a tenant, and know its rooms no more: who comes back by its id is another."""
        self._close(lambda visitor: visitor.tenant_id == tenant_id, code)
        for key in [key for key in self._rooms if key[0] == tenant_id]:
            self._rooms.pop(key)[1].close()

    async def look_again(self, tenant_id: str, is_meant: Callable[[Party], bool] = lambda _visitor: True) -> None:
        """Let the sockets of a tenant, or some of them, give up what they may not watch any more."""
        for visitor in [visitor for visitor in self.visitors if visitor.tenant_id == tenant_id and is_meant(visitor)]:
            try:
                if visitor in self.visitors:
                    await visitor.look_again()
            except Exception:
                # Whoever cannot be judged has to come in anew; the others must be looked at all the same.
                logger.exception("A visitor's rights could not be looked at again")
                visitor.close(CLOSE_RESTART)
            # Each asks for what is in memory, as a rule: the others have their turn all the same.
            await asyncio.sleep(0)

    def _close(self, is_meant: Callable[[Party], bool], code: int) -> None:
        for visitor in [visitor for visitor in self.visitors if is_meant(visitor)]:
            visitor.close(code)

    async def drain(self) -> None:
        """Send everybody away, one after the other in random order, and say when to come back."""
        self.is_draining = True
        leaving = list(self.visitors)
        random.shuffle(leaving)
        drain_s = min(DRAIN_MAX_S, len(leaving) / CLOSED_PER_S)
        bye = encode(Bye("drain", (0, max(RETURN_LEAST_MS, round(drain_s * 1_000)))))
        for visitor in leaving:
            visitor.close(CLOSE_RESTART, b"" if visitor.is_classic else bye)
            await asyncio.sleep(drain_s / len(leaving))

    def close(self) -> None:
        """Stop all timers, and close whatever is still open."""
        for _, room in self._rooms.values():
            room.close()
        self._close(lambda _visitor: True, CLOSE_RESTART)
