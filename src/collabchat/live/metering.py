"""How rooms and sockets count, and how what they count comes to be stored.

    rooms, sockets, requests ─▶ Ledger ─(each second)─▶ waits, with the pace of the last minute ─(each 5 s)─▶ usage rows

What was handed to the database is not counted again, whatever becomes of it: a crash loses at most those 5 s.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from collabchat.clock import now_ms
from collabchat.core.usage import HOUR_MS, Account, Counts, Key, Ledger, Moment, Second, merge
from collabchat.storage import usage
from collabchat.storage.sqlite import Database

RECENT_S = 60
PACE_S = 5
"""What happens a second is told as the mean of so many."""


class RoomMeter:
    """Counts for one room of a tenant."""

    def __init__(self, ledger: Ledger, tenant_id: str, url_id: str) -> None:
        self._ledger = ledger
        self._tenant_id = tenant_id
        self._url_id = url_id

    def account(self, origin: str) -> Account:
        """Where what goes to viewers on a site is counted."""
        return self._ledger.account(self._tenant_id, origin, self._url_id)

    def enter(self, origin: str, user_id: str) -> None:
        """Somebody begins to view the room."""
        self._ledger.enter(self._tenant_id, origin, user_id)

    def leave(self, origin: str, user_id: str) -> None:
        """They end it."""
        self._ledger.leave(self._tenant_id, origin, user_id)


class Metering:
    """Collects what is counted, and stores it. Runs on the event loop only."""

    def __init__(
        self, ledger: Ledger, database: Database, connections: Callable[[str], int], connections_max: int = 0
    ) -> None:
        """`connections` tells how many sockets a tenant has open; it may have `connections_max`, 0: any."""
        self.ledger = ledger
        self.connections_max = connections_max
        self.total = Counts()
        """All since the start, of all tenants."""

        self._database = database
        self._connections = connections
        self._waiting: dict[Key, Counts] = {}
        self._hour = _hour_of(now_ms())
        self._writing: asyncio.Task[None] | None = None
        self._recent: dict[str, deque[Second]] = {}

    async def tick(self) -> None:
        """Take what was counted in the last second; store it where the hour ends."""
        self._collect()
        if _hour_of(now_ms()) != self._hour:
            await self.flush()

    async def flush(self) -> None:
        """Store what was counted; whoever calls this off does not stop it."""
        if self._writing is None or self._writing.done():
            self._collect()
            hour, self._hour = self._hour, _hour_of(now_ms())
            if self._waiting:
                waiting, self._waiting = self._waiting, {}
                self._writing = asyncio.create_task(self._store(hour, waiting))
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Store the rest, at the end."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self.flush()

    def recent(self, tenant_id: str) -> list[Second]:
        """The last minute of a tenant, a second each, oldest first."""
        return list(self._recent.get(tenant_id, ()))

    def moment(self, tenant_id: str) -> Moment:
        """How a tenant is used now."""
        lately = self.recent(tenant_id)[-PACE_S:]
        return Moment(
            self.ledger.viewers(tenant_id),
            self._connections(tenant_id),
            round(sum(each.messages for each in lately) / PACE_S, 2),
            round(sum(each.bytes for each in lately) / PACE_S, 2),
        )

    def waiting(self, tenant_id: str) -> Counts:
        """What a tenant has used of this hour that is not stored yet."""
        counts = Counts()
        for key, each in self._waiting.items():
            if key.tenant_id == tenant_id:
                counts.add(each)
        return counts

    async def _store(self, hour: int, waiting: dict[Key, Counts]) -> None:
        try:
            await self._database.write(lambda transaction: usage.add(transaction, hour, waiting))
        except Exception:
            # The transaction was rolled back: nothing of this is stored.
            merge(self._waiting, waiting.items())
            raise

    def _collect(self) -> None:
        taken = self.ledger.take()
        now = now_ms()
        by_tenant: dict[str, Counts] = {key.tenant_id: Counts() for key in taken}
        for key, counts in taken.items():
            by_tenant[key.tenant_id].add(counts)
            self.total.add(counts)
        for tenant_id in [*by_tenant, *(self._recent.keys() - by_tenant.keys())]:
            counts = by_tenant.get(tenant_id, Counts())
            seconds = self._recent.setdefault(tenant_id, deque(maxlen=RECENT_S))
            viewing, connections = self.ledger.viewers(tenant_id), self._connections(tenant_id)
            seconds.append(Second(now, viewing, connections, counts.pub_sub_message_count, counts.pub_sub_bandwidth))
            if not any(each.connections or each.messages for each in seconds):
                del self._recent[tenant_id]
        merge(self._waiting, taken.items())


def _hour_of(ms: int) -> int:
    return ms - ms % HOUR_MS
