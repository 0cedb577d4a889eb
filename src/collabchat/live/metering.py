"""How rooms and sockets count, and how what they count comes to be stored.

    rooms, sockets, requests ─▶ Ledger ─(each second)─▶ waits, with the pace of the last minute ─(each 5 s)─▶ usage rows

What was handed to the database is not counted again, whatever becomes of it: a crash loses at most those 5 s.
"""

import asyncio
from collections import deque

from collabchat.clock import now_ms
from collabchat.core.periods import start_of
from collabchat.core.usage import HOUR_MS, Account, Counts, Key, Ledger, Moment, Second, merge, total
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

    def __init__(self, ledger: Ledger, database: Database, connections_max: int = 0) -> None:
        """A tenant may have `connections_max` sockets, 0: any."""
        self.ledger = ledger
        self.connections_max = connections_max
        self._database = database
        self._hour = _this_hour()
        self._totals: dict[str, Counts] = {}
        self._waiting: dict[Key, Counts] = {}
        self._this_second: dict[str, Counts] = {}
        self._recent: dict[str, deque[Second]] = {}
        # What tenants that somebody looks at have used of this hour, stored or not.
        self._hours: dict[str, Counts] = {}
        self._storing = asyncio.Lock()
        self._stores: set[asyncio.Task[None]] = set()

    async def tick(self) -> None:
        """Close the second; each hour is stored as soon as it ends."""
        if _this_hour() != self._hour:
            await self.flush()
        self._collect()
        this_second, self._this_second = self._this_second, {}
        for tenant_id in [*this_second, *(self._recent.keys() - this_second.keys())]:
            self._note_second(tenant_id, this_second.get(tenant_id, Counts()))

    async def flush(self) -> None:
        """Store what was counted up to now; whoever calls this off does not stop it."""
        task = asyncio.create_task(self._store())
        self._stores.add(task)
        task.add_done_callback(self._stores.discard)
        await asyncio.shield(task)

    async def hour(self, tenant_id: str) -> Counts:
        """What a tenant has used of this hour."""
        if (counts := self._hours.get(tenant_id)) is None:
            # Nothing may be on its way to the database: it would be missed, or counted twice.
            async with self._storing:
                hour = self._hour
                stored = await self._database.read(
                    lambda reader: usage.read_steps(reader, tenant_id, hour, hour + HOUR_MS, HOUR_MS)
                )
                waiting = (each for key, each in self._waiting.items() if key.tenant_id == tenant_id)
                counts = self._hours[tenant_id] = total([*(each for _, each in stored), *waiting])
        return counts

    def recent(self, tenant_id: str) -> list[Second]:
        """The last minute of a tenant, a second each, oldest first."""
        return list(self._recent.get(tenant_id, ()))

    def totals(self) -> dict[str, Counts]:
        """What each tenant has used since the start."""
        self._collect()
        return self._totals

    def moment(self, tenant_id: str) -> Moment:
        """How a tenant is used now."""
        lately = self.recent(tenant_id)[-PACE_S:]
        return Moment(
            self.ledger.viewers(tenant_id),
            self.ledger.connections(tenant_id),
            round(sum(each.messages for each in lately) / PACE_S, 2),
            round(sum(each.bytes for each in lately) / PACE_S, 2),
        )

    async def _store(self) -> None:
        async with self._storing:
            self._collect()
            hour, self._hour = self._hour, _this_hour()
            waiting, self._waiting = self._waiting, {}
            if hour != self._hour:
                self._hours.clear()
            if not waiting:
                return
            try:
                await self._database.write(lambda transaction: usage.add(transaction, hour, waiting))
            except Exception:
                # The transaction was rolled back: nothing of this is stored.
                merge(self._waiting, waiting.items())
                raise

    def _collect(self) -> None:
        """Take over what was counted."""
        taken = self.ledger.take()
        for key, counts in taken.items():
            self._totals.setdefault(key.tenant_id, Counts()).add(counts)
            self._this_second.setdefault(key.tenant_id, Counts()).add(counts)
            if (hour := self._hours.get(key.tenant_id)) is not None:
                hour.add(counts)
        merge(self._waiting, taken.items())

    def _note_second(self, tenant_id: str, counts: Counts) -> None:
        seconds = self._recent.setdefault(tenant_id, deque(maxlen=RECENT_S))
        viewing, connections = self.ledger.viewers(tenant_id), self.ledger.connections(tenant_id)
        seconds.append(Second(now_ms(), viewing, connections, counts.pub_sub_message_count, counts.pub_sub_bandwidth))
        if not any(each.connections or each.messages for each in seconds):
            del self._recent[tenant_id]


def _this_hour() -> int:
    return start_of(now_ms(), "hour")
