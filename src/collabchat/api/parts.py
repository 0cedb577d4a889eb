"""The parts of the server that routes use, as one dependency: for several, the framework starts tasks each time."""

from msgspec import Struct

from collabchat.api.snapshots import Snapshots
from collabchat.core.presence import Viewers
from collabchat.identity.directory import Directory
from collabchat.identity.rate_limits import RateLimits
from collabchat.storage.sqlite import Database


class Parts(Struct, frozen=True):
    """Said once, in `app`. `uses_tls`: readers reach the server by HTTPS."""

    database: Database
    directory: Directory
    viewers: Viewers
    snapshots: Snapshots
    rate_limits: RateLimits
    uses_tls: bool
