"""`GET /sub`: who comes in, and as what.

Classic: the ids of a snapshot let a socket into one room, where it only listens. Ours (`v=2`): the tenant's name lets
it in, and all else is said in messages, so that no secret stands in an address.
"""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from collabchat.core.close_codes import CLOSE_BAD_MESSAGE
from collabchat.core.events import encode
from collabchat.core.messages import Trouble
from collabchat.core.model import Tenant
from collabchat.errors import Forbidden, InvalidTenant
from collabchat.identity.origins import is_allowed, normalize_origin
from collabchat.identity.quotas import home
from collabchat.identity.rate_limits import RateLimits
from collabchat.live.connection import Connection
from collabchat.live.listener import Listener
from collabchat.live.transport.contract import Handshake, Owner, Transport
from collabchat.live.visitor import Household, Visitor

VERSION = "2"


class Door:
    """Lets sockets in, by what stands in the address of their request."""

    def __init__(self, house: Household, rate_limits: RateLimits) -> None:
        self._house = house
        self._rate_limits = rate_limits

    def knock(self, handshake: Handshake) -> Callable[[Transport], Owner]:
        """What makes the owner of the socket; raises Forbidden for wrong names and foreign sites, and RateLimited."""
        asked = dict(parse_qsl(handshake.query))
        try:
            tenant = self._house.directory.tenant(asked.get("tenantIdWS", ""))
        except InvalidTenant:
            raise Forbidden from None
        if self._house.hub.is_draining or not _is_from_allowed_site(tenant, handshake):
            raise Forbidden
        address = home(handshake.address)
        origin = "" if handshake.origin is None else normalize_origin(handshake.origin) or ""
        self._rate_limits.admit(tenant, "connect", address)
        self._house.open_sockets.enter(tenant.id, address)
        match asked.get("v", ""):
            case "":
                room_token, live_token = asked.get("urlId", ""), asked.get("userIdWS", "")
                return partial(
                    Listener, self._house, tenant, address, origin, room_token=room_token, live_token=live_token
                )
            case version if version == VERSION:
                return partial(Connection, self._house, tenant, address, origin)
        return partial(Unsupported, self._house, tenant, address, origin)


def _is_from_allowed_site(tenant: Tenant, handshake: Handshake) -> bool:
    """Whether a browser is on one of the tenant's sites, or on this server's own, where the dashboard is."""
    origin = handshake.origin
    return origin is None or is_allowed(tenant, origin) or urlsplit(origin).netloc == handshake.host != ""


class Unsupported(Visitor):
    """A client of a version that we do not speak: it is told so."""

    def enter(self) -> None:
        """Say it, and close."""
        self.close(CLOSE_BAD_MESSAGE, encode(Trouble("unsupported-version")))

    def hear(self, message: str | bytes) -> None:
        """Listen to nothing."""
