"""What is counted of a tenant's use, and how counts are added up: to hours, days and months of UTC.

    what happens ─▶ Account.counts (of one tenant, site and room) ─▶ Ledger.take ─▶ the hour's row, by addition

Names: CONTRACT §7; `commentFetchCount` is FastComments'.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, Protocol, Self

from msgspec import Struct

HOUR_MS = 3_600_000
ALL_SITES = "*"
"""Stands for all sites together where their peaks cannot be added up."""

NOBODYS = "-"
"""Stands for the site of those who run a tenant: that they look on is not its use."""

Granularity = Literal["hour", "day", "month"]


class Counts(Struct, rename="camel"):
    """Sums of a while, and the most viewers at once in it. In the order of the columns of `usage`."""

    page_load_count: int = 0
    comment_fetch_count: int = 0
    conversation_create_count: int = 0
    comment_create_count: int = 0
    vote_count: int = 0
    pub_sub_message_count: int = 0
    pub_sub_bandwidth: int = 0
    connect_count: int = 0
    event_log_read_count: int = 0
    api_error_count: int = 0
    peak_concurrent_viewers: int = 0

    def add(self, other: "Counts") -> Self:
        """Add what another while had; of the peaks, the higher one counts."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.peak_concurrent_viewers = max(self.peak_concurrent_viewers, other.peak_concurrent_viewers)
        return self


SUMS = tuple(name for name in Counts.__struct_fields__ if name != "peak_concurrent_viewers")


def total(all_: Iterable[Counts]) -> Counts:
    """What some whiles had together."""
    sums = Counts()
    for counts in all_:
        sums.add(counts)
    return sums


class Key(Struct, frozen=True):
    """Whose use it is: a tenant's, on one of its sites (empty: unknown), in one room (empty: in none)."""

    tenant_id: str
    origin: str
    room: str


class Account:
    """Where the use of one tenant, site and room is counted; as many as one likes may have the same key."""

    __slots__ = ("_is_noted", "_ledger", "counts", "key")

    def __init__(self, ledger: "Ledger", key: Key) -> None:
        self._ledger = ledger
        self._is_noted = False
        self.key = key
        self.counts = Counts()

    def send(self, frames: int, size_bytes: int) -> None:
        """Count text frames handed to sockets, and the bytes of their payloads; less than none: they were not sent."""
        counts = self.counts
        counts.pub_sub_message_count += frames
        counts.pub_sub_bandwidth += size_bytes
        if not self._is_noted:
            self.note()

    def see(self, viewers: int) -> None:
        """Count so many people at once."""
        if viewers > self.counts.peak_concurrent_viewers:
            self.counts.peak_concurrent_viewers = viewers
            self.note()

    def note(self) -> "Counts":
        """What to change, where something else is counted."""
        if not self._is_noted:
            self._is_noted = True
            self._ledger.noted.append(self)
        return self.counts

    def take(self) -> Counts:
        """Hand over what was counted, and begin anew."""
        counts, self.counts = self.counts, Counts()
        self._is_noted = False
        return counts


class Crowd:
    """Who is here, each person once however often they are counted in."""

    __slots__ = ("_people", "peak")

    def __init__(self) -> None:
        self._people: dict[str, int] = {}
        self.peak = 0
        """The most at once since the last `take_peak`."""

    def __len__(self) -> int:
        return len(self._people)

    def enter(self, user_id: str) -> None:
        """Somebody comes, perhaps once more."""
        self._people[user_id] = self._people.get(user_id, 0) + 1
        self.peak = max(self.peak, len(self._people))

    def leave(self, user_id: str) -> None:
        """Somebody goes; they are here until they have gone as often as they came."""
        if (left := self._people[user_id] - 1) > 0:
            self._people[user_id] = left
        else:
            del self._people[user_id]

    def take_peak(self) -> int:
        """The most at once, from now on of a new while."""
        peak, self.peak = self.peak, len(self._people)
        return peak


class Ledger:
    """All that is counted in this process. Runs on one thread."""

    def __init__(self) -> None:
        self.noted: list[Account] = []
        """Accounts in which something was counted since the last `take`."""

        self._crowds: dict[tuple[str, str], Crowd] = {}
        self._open: Counter[str] = Counter()

    def account(self, tenant_id: str, origin: str | None, room: str = "") -> Account:
        """A place to count."""
        return Account(self, Key(tenant_id, origin or "", room))

    def count(self, tenant_id: str, origin: str | None, room: str = "") -> Counts:
        """What to change, where something is counted that happens now and then."""
        return self.account(tenant_id, origin, room).note()

    def count_all(self, counted: Iterable[tuple[Key, Counts]]) -> None:
        """Count what was counted elsewhere."""
        for key, counts in counted:
            self.count(key.tenant_id, key.origin, key.room).add(counts)

    def enter(self, tenant_id: str, origin: str | None, user_id: str) -> None:
        """A person begins to view something at a tenant, on one of its sites."""
        for site in () if origin == NOBODYS else (ALL_SITES, origin or ""):
            self._crowds.setdefault((tenant_id, site), Crowd()).enter(user_id)

    def leave(self, tenant_id: str, origin: str | None, user_id: str) -> None:
        """A person ends what they began with `enter`."""
        for site in () if origin == NOBODYS else (ALL_SITES, origin or ""):
            self._crowds[tenant_id, site].leave(user_id)

    def connect(self, tenant_id: str, origin: str | None) -> None:
        """A socket comes in."""
        self.count(tenant_id, origin).connect_count += 1
        if origin != NOBODYS:
            self._open[tenant_id] += 1

    def disconnect(self, tenant_id: str, origin: str | None) -> None:
        """A socket that came in is gone."""
        if origin != NOBODYS:
            self._open[tenant_id] -= 1
            if not self._open[tenant_id]:
                del self._open[tenant_id]

    def connections(self, tenant_id: str) -> int:
        """How many sockets of a tenant are open, without those of who runs it."""
        return self._open[tenant_id]

    def viewers(self, tenant_id: str, origin: str = ALL_SITES) -> int:
        """How many people view something now, each once."""
        return len(self._crowds.get((tenant_id, origin), ()))

    def take(self) -> dict[Key, Counts]:
        """Hand over all that was counted since the last time, and begin anew."""
        taken: dict[Key, Counts] = {}
        noted, self.noted = self.noted, []
        for account in noted:
            counts = account.take()
            if account.key.origin != NOBODYS:
                merge(taken, [(account.key, counts)])
        for (tenant_id, origin), crowd in list(self._crowds.items()):
            if peak := crowd.take_peak():
                merge(taken, [(Key(tenant_id, origin, ""), Counts(peak_concurrent_viewers=peak))])
            else:
                del self._crowds[tenant_id, origin]
        return taken


class Second(Struct, rename="camel"):
    """What happened at a tenant within a second; `timestamp` in epoch ms is its end."""

    timestamp: int
    viewing: int
    connections: int
    messages: int
    bytes: int


class Moment(Struct, rename="camel"):
    """How a tenant is used now; what happens a second is the mean of the last few."""

    viewing: int
    connections: int
    messages_per_second: float
    bytes_per_second: float


class Gauges(Protocol):
    """Whoever knows what is used just now."""

    ledger: Ledger
    connections_max: int
    """Of one tenant; 0: any."""

    async def flush(self) -> None:
        """Store what was counted."""
        ...

    def moment(self, tenant_id: str) -> Moment:
        """How a tenant is used now."""
        ...

    def recent(self, tenant_id: str) -> list[Second]:
        """The last minute of a tenant, a second each, oldest first."""
        ...

    def totals(self) -> dict[str, Counts]:
        """What each tenant has used since the start."""
        ...


def merge(into: dict[Key, Counts], more: Iterable[tuple[Key, Counts]]) -> None:
    """Add counts to those that are there."""
    for key, counts in more:
        if (known := into.get(key)) is None:
            into[key] = counts
        else:
            known.add(counts)
