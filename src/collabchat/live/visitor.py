"""Whoever is behind a socket, in either way in: what they share."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, field

from collabchat.clock import now_ms
from collabchat.core.model import STAFF, Tenant
from collabchat.core.session import Watcher
from collabchat.core.usage import NOBODYS
from collabchat.errors import Banned, InvalidTenant, RateLimited
from collabchat.identity.access import Access
from collabchat.identity.directory import Directory
from collabchat.identity.quotas import OpenSockets
from collabchat.live.deadlines import Deadlines
from collabchat.live.heartbeat import Heartbeat
from collabchat.live.hub import Hub
from collabchat.live.transport.contract import Transport
from collabchat.live.transport.frames import NOTHING, Packed, measure, pack
from collabchat.live.turnstile import Turnstile

Verdict = Literal["yes", "no", "ended", "banned"]


class Household(Struct, frozen=True):
    """The parts of the server that every visitor needs."""

    hub: Hub
    heartbeat: Heartbeat
    directory: Directory
    access: Access
    open_sockets: OpenSockets
    hellos: "Deadlines[Visitor]"
    turnstile: Turnstile = field(default_factory=Turnstile)


class Visitor:
    """An owner of a socket (`transport.contract.Owner`). It was counted as open when it came."""

    __slots__ = (
        "_account",
        "_address",
        "_counted_user",
        "_house",
        "_slot",
        "_tenant",
        "origin",
        "session_id",
        "transport",
    )
    is_classic = False

    def __init__(self, house: Household, tenant: Tenant, address: str, origin: str, transport: Transport) -> None:
        self._house = house
        self._tenant = tenant
        self._address = address
        self._account = house.hub.ledger.account(tenant.id, origin)
        self.origin = origin
        self._counted_user: str | None = None
        self._slot = house.heartbeat.join(self)
        self.session_id = ""
        self.transport = transport
        house.hub.visitors[self] = None

    @property
    def tenant_id(self) -> str:
        """Whose visitor it is."""
        return self._tenant.id

    @property
    def user_id(self) -> str:
        """Who it is, once that is known."""
        return self._counted_user or ""

    def say(self, payload: bytes) -> None:
        """Send a message that is for this socket alone."""
        packed = pack(payload)
        if self.transport.write(packed) is not False:
            self._account.send(*measure(packed))

    def close(self, code: int, last_words: bytes = b"") -> None:
        """Close; the last words, if any, are a message."""
        packed = pack(last_words) if last_words else NOTHING
        if self.transport.close(code, packed):
            self._account.send(*measure(packed))

    def take_back(self, packed: Iterable[Packed]) -> None:
        """These frames will not be sent after all."""
        for each in packed:
            frames, size_bytes = measure(each)
            self._account.send(-frames, -size_bytes)

    def note_life(self) -> None:
        """Something came from the client."""

    def be_late(self) -> None:
        """The time for the hello is over."""

    def leave(self) -> None:
        """The socket is gone."""
        self._slot.pop(self, None)
        self._house.hub.visitors.pop(self, None)
        if self._counted_user is not None:
            self._house.hub.ledger.disconnect(self._tenant.id, self.origin)
        self._house.open_sockets.leave(self._tenant.id, self._address, self._counted_user)

    def beat(self) -> None:
        """Ask for a sign of life."""

    def check(self) -> None:
        """Close if there was none."""

    async def look_again(self) -> None:
        """Rights may have changed: give up what may not be watched any more."""

    async def _judge(self, watcher: Watcher, url_id: str | None, grace_ms: int = 0) -> Verdict:
        """Whether a person may watch a room now (None: any at all); `no`, because it is not for them.

        A token or session that has expired is good for `grace_ms` more.
        """
        house = self._house
        try:
            tenant = house.directory.tenant(self._tenant.id)
            if not await house.directory.is_current(tenant.id, watcher, now_ms(), grace_ms):
                return "ended"
        except (Banned, InvalidTenant):
            return "banned"
        if url_id is None:
            return "yes"
        # Most rooms are for everybody: then it does not matter who asks.
        actor = None
        is_limited = (await house.access.audience(tenant, url_id)).is_limited
        if is_limited or not await house.access.may_see(tenant, None, url_id):
            actor = await house.directory.find_watcher(tenant, watcher)
        return "yes" if await house.access.may_see(tenant, actor, url_id) else "no"

    def _count(self, user_id: str) -> bool:
        """Count this as a person's socket; False if they have too many."""
        if self._counted_user is None:
            try:
                self._house.open_sockets.enter_user(self._tenant.id, user_id)
            except RateLimited:
                return False
            self._counted_user = user_id
            if user_id.startswith(STAFF):
                self.origin = NOBODYS
                self._account = self._house.hub.ledger.account(self._tenant.id, NOBODYS)
            self._house.hub.ledger.connect(self._tenant.id, self.origin)
        return True
