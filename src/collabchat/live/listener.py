"""A socket of the classic way: the ids of a snapshot let it into one room, where it only listens."""

from collections.abc import Awaitable

from collabchat.clock import now_ms
from collabchat.core.close_codes import (
    CLOSE_BAD_MESSAGE,
    CLOSE_FORBIDDEN,
    CLOSE_GONE,
    CLOSE_TOO_MANY,
    CLOSE_UNAUTHENTICATED,
)
from collabchat.core.model import Tenant
from collabchat.core.session import Watcher
from collabchat.errors import Forbidden
from collabchat.live.room import Room, Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.visitor import Household, Visitor


class Listener(Visitor):
    """Hears the events of one room, each in a frame of its own."""

    __slots__ = ("_place", "_room_token", "_token", "_was_heard", "_watched")
    is_classic = True

    def __init__(
        self,
        house: Household,
        tenant: Tenant,
        address: str,
        origin: str,
        transport: Transport,
        *,
        room_token: str,
        live_token: str,
    ) -> None:
        super().__init__(house, tenant, address, origin, transport)
        self._room_token = room_token
        self._token = live_token
        self._place: tuple[Room, Seat] | None = None
        self._watched: tuple[Watcher, str] | None = None
        self._was_heard = True

    def enter(self) -> Awaitable[bool]:
        """Take the seat before the handshake is answered: nothing that is committed after that may escape it."""
        return self._house.turnstile.run(self._tenant.id, self._enter())

    async def _enter(self) -> bool:
        tenant, directory = self._tenant, self._house.directory
        try:
            watcher = await directory.check_live(self._token, tenant.id, now_ms())
        except Forbidden:
            return False
        named = directory.tokens.read_room(self._room_token)
        if watcher is None or named is None or named[0] != tenant.id:
            return False
        self._watched = watcher, named[1]
        if await self._judge(watcher, named[1]) != "yes":
            return False
        self.session_id = watcher.session_id
        if not self._count(watcher.user_id):
            self.transport.close(CLOSE_TOO_MANY)
            return True
        room, seat = self._house.hub.room(tenant, named[1]), Seat(self.transport, watcher.user_id, origin=self.origin)
        self._place = room, seat

        async def may_watch() -> bool:
            return await self._judge(watcher, room.url_id) == "yes"

        if not await room.watch(seat, None, may_watch):
            self.transport.close(CLOSE_UNAUTHENTICATED)
        return True

    async def look_again(self) -> None:
        """Rights may have changed: close if the room may not be watched any more."""
        if self._watched is not None and self._place is not None:
            match await self._judge(*self._watched):
                case "ended":
                    self.transport.close(CLOSE_UNAUTHENTICATED)
                case "banned" | "no":
                    self.transport.close(CLOSE_FORBIDDEN)

    def hear(self, message: str | bytes) -> None:
        """Nothing that a classic client says means anything; it has no business with bytes."""
        if isinstance(message, bytes):
            self.transport.close(CLOSE_BAD_MESSAGE)

    def note_life(self) -> None:
        """Anything at all is a sign of life."""
        self._was_heard = True

    def beat(self) -> None:
        """Ping, unless the web server does."""
        self._was_heard = not self.transport.ping()

    def check(self) -> None:
        """Close if the ping was not answered."""
        if not self._was_heard:
            self.transport.close(CLOSE_GONE)

    def leave(self) -> None:
        """The socket is gone."""
        super().leave()
        if self._place is not None:
            room, seat = self._place
            room.exit(seat)
