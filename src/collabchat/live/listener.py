"""A socket of the classic way: the ids of a snapshot let it into one room, where it only listens."""

from collections.abc import Awaitable

from collabchat.clock import now_ms
from collabchat.core.close_codes import CLOSE_BAD_MESSAGE, CLOSE_GONE, CLOSE_TOO_MANY, CLOSE_UNAUTHENTICATED
from collabchat.core.model import Tenant
from collabchat.live.room import Room, Seat
from collabchat.live.transport.contract import Transport
from collabchat.live.visitor import Household, Visitor


class Listener(Visitor):
    """Hears the events of one room, each in a frame of its own."""

    __slots__ = ("_place", "_room_token", "_token", "_was_heard")
    is_classic = True

    def __init__(
        self,
        house: Household,
        tenant: Tenant,
        address: str,
        transport: Transport,
        *,
        room_token: str,
        live_token: str,
    ) -> None:
        super().__init__(house, tenant, address, transport)
        self._room_token = room_token
        self._token = live_token
        self._place: tuple[Room, Seat] | None = None
        self._was_heard = True

    def enter(self) -> Awaitable[bool]:
        """Take the seat before the handshake is answered: nothing that is committed after that may escape it."""
        return self._enter()

    async def _enter(self) -> bool:
        tenant, directory = self._tenant, self._house.directory
        watcher = await directory.check_live(self._token, tenant.id, now_ms())
        named = directory.tokens.read_room(self._room_token)
        if watcher is None or named is None or named[0] != tenant.id:
            return False
        self.session_id = watcher.session_id
        if not self._count(watcher.user_id):
            self.transport.close(CLOSE_TOO_MANY)
            return True
        room, seat = self._house.hub.room(tenant, named[1]), Seat(self.transport, watcher.user_id)
        self._place = room, seat

        async def may_watch() -> bool:
            return await directory.is_current(tenant.id, watcher, now_ms())

        if not await room.watch(seat, None, may_watch):
            self.transport.close(CLOSE_UNAUTHENTICATED)
        return True

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
