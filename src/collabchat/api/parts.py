"""The parts of the server that routes use, as one dependency: for several, the framework starts tasks each time."""

from collections.abc import Callable

from msgspec import Struct

from collabchat.api.snapshots import Snapshots
from collabchat.core.health import Doctor
from collabchat.core.presence import Viewers
from collabchat.core.usage import Gauges
from collabchat.identity.access import Access
from collabchat.identity.directory import Directory
from collabchat.identity.guards import Guards
from collabchat.identity.keys import ServerKey
from collabchat.identity.rate_limits import RateLimits
from collabchat.identity.refusals import Refusals
from collabchat.identity.staff_room import StaffRoom
from collabchat.storage.sqlite import Database


class Parts(Struct, frozen=True):
    """Said once, in `app`. `uses_tls`: readers reach the server by HTTPS; `wake`: rights have changed, look now."""

    database: Database
    directory: Directory
    viewers: Viewers
    snapshots: Snapshots
    rate_limits: RateLimits
    access: Access
    guards: Guards
    refusals: Refusals
    staff_room: StaffRoom
    server_key: ServerKey
    metering: Gauges
    doctor: Doctor
    uses_tls: bool
    wake: Callable[[], None]
