"""The rooms that have viewers: who is in each, and the one way for an event to reach them.

Everything that is delivered goes through `feed`, in the order of commits. A viewer's socket is in its room before
the viewer reads the log, so nothing falls between the two.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence

from msgspec import UNSET

from collabchat.core.events import PresenceUpdate, encode
from collabchat.core.model import Tenant
from collabchat.core.presence import Change, Presence
from collabchat.live.transport import CLOSE_RESTART, Transport, broadcast
from collabchat.storage.transaction import Committed

NAMES_MAX = 100
"""A presence update names at most this many who came or went at once; `sc` counts them all."""


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Room:
    """One live feed with its viewers' sockets."""

    def __init__(self, url_id: str, *, names_are_public: bool, window_ms: int, on_empty: Callable[[], object]) -> None:
        self.url_id = url_id
        self.presence = Presence(window_ms=window_ms)
        self.transports: dict[Transport, str] = {}
        self.names_are_public = names_are_public
        self._on_empty = on_empty
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, transport: Transport, user_id: str) -> None:
        """Put a socket into the room; it hears at once how many people view."""
        self.transports[transport] = user_id
        self.presence.enter(user_id)
        if not self._tell_presence():
            broadcast([transport], self._presence_frame(Change((), (), self.presence.count)))

    def exit(self, transport: Transport) -> None:
        """Take a socket out; whether its person left shows after a while."""
        user_id = self.transports.pop(transport)
        self.presence.exit(user_id, _monotonic_ms())
        self._tell_presence()

    def send(self, frame: bytes) -> None:
        """Deliver a frame to every socket in the room."""
        broadcast(self.transports, frame)

    def close(self) -> None:
        """Stop the timer; for shutdown."""
        if self._timer is not None:
            self._timer.cancel()

    def _tell_presence(self) -> bool:
        """Tell the room who came and went, if it is time; whether it was told."""
        change = self.presence.tell(_monotonic_ms())
        if change is not None:
            self.send(self._presence_frame(change))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (due := self.presence.due()) is not None:
            delay_s = max(0, due - _monotonic_ms() + 1) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tell_presence)
        elif not self.transports:
            self._on_empty()
        return change is not None

    def _presence_frame(self, change: Change) -> bytes:
        shows = self.names_are_public
        return encode(
            PresenceUpdate(
                "p-u",
                self.url_id,
                secrets.token_urlsafe(6),
                change.count,
                time.time_ns() // 1_000_000,
                list(change.joined[:NAMES_MAX]) if shows and change.joined else UNSET,
                list(change.left[:NAMES_MAX]) if shows and change.left else UNSET,
            )
        )


class Hub:
    """All rooms of this server. Runs on the event loop only."""

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._rooms: dict[tuple[str, str], Room] = {}

    def feed(self, events: Sequence[Committed]) -> None:
        """Deliver committed events to whoever views their rooms."""
        for event in events:
            if (room := self._rooms.get((event.tenant_id, event.url_id))) is not None:
                room.send(event.frame)

    def enter(self, tenant: Tenant, url_id: str, transport: Transport, user_id: str) -> Room:
        """Put a socket into a room, opening the room for the first."""
        room = self._rooms.get((tenant.id, url_id))
        if room is None:
            names_are_public = tenant.presence_names == "everyone"
            room = Room(
                url_id,
                names_are_public=names_are_public,
                window_ms=self._window_ms,
                on_empty=lambda: self._rooms.pop((tenant.id, url_id), None),
            )
            self._rooms[tenant.id, url_id] = room
        room.enter(transport, user_id)
        return room

    def people(self, tenant: Tenant, url_id: str) -> list[str]:
        """The ids of who views a room now."""
        room = self._rooms.get((tenant.id, url_id))
        return [] if room is None else room.presence.people

    def heed(self, tenants: Sequence[Tenant]) -> None:
        """Follow what the tenants' settings say now of who sees names."""
        public = {tenant.id: tenant.presence_names == "everyone" for tenant in tenants}
        for (owner, _), room in self._rooms.items():
            room.names_are_public = public.get(owner, False)

    def close_tenant(self, tenant_id: str, code: int) -> None:
        """Close every socket of a tenant."""
        for (owner, _), room in self._rooms.items():
            if owner == tenant_id:
                for transport in room.transports:
                    transport.close(code)

    def close_session(self, tenant_id: str, session_id: str, code: int) -> None:
        """Close every socket that a session let in."""
        for (owner, _), room in self._rooms.items():
            if owner == tenant_id:
                for transport in room.transports:
                    if transport.session_id == session_id:
                        transport.close(code)

    def close(self) -> None:
        """Stop all timers and tell every socket that the server restarts."""
        for room in self._rooms.values():
            room.close()
            for transport in room.transports:
                transport.close(CLOSE_RESTART)
