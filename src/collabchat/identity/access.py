"""Who may see which room: the audiences of rooms, kept until rights change."""

import asyncio
from collections import OrderedDict

from collabchat.core.model import Actor, Audience, Circle, Tenant
from collabchat.core.permissions import authorise, may_see
from collabchat.storage import audiences
from collabchat.storage.sqlite import Database

KEPT_ROOMS = 20_000


class Access:
    """Asks the database once for each room. Used on the event loop.

    Only what was read after the last `forget` is kept: a reading that began before it may have seen the old rights.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[str, str], Audience] = OrderedDict()
        self._reading: dict[tuple[str, str], asyncio.Future[Audience]] = {}

    async def audience(self, tenant: Tenant, url_id: str) -> Audience:
        """Whom a room is for."""
        key = (tenant.id, url_id)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        if (reading := self._reading.get(key)) is None:
            reading = asyncio.ensure_future(
                self._database.read(lambda reader: audiences.of_room(reader, tenant, url_id))
            )
            self._reading[key] = reading
            reading.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(reading)

    async def authorise(self, tenant: Tenant, actor: Actor | None, url_id: str) -> None:
        """Let pass who may see a room; raises NotFound or Unauthenticated."""
        authorise(tenant.rules, await self.audience(tenant, url_id), actor)

    async def may_see(self, tenant: Tenant, actor: Actor | None, url_id: str) -> bool:
        """Whether somebody may see a room."""
        return may_see(tenant.rules, await self.audience(tenant, url_id), actor)

    async def open(self, tenant: Tenant, actor: Actor | None, page: str) -> list[Circle]:
        """Let pass who may see a page: the circles that they are in there; raises NotFound or Unauthenticated."""
        await self.authorise(tenant, actor, page)
        return await self.circles(tenant, actor, page)

    async def circles(self, tenant: Tenant, actor: Actor | None, page: str) -> list[Circle]:
        """The private rooms of a page that concern somebody; not those where it waits what others wrote."""
        audience = await self.audience(tenant, page)
        found = [
            circle
            for circle in audience.circles
            if may_see(tenant.rules, Audience(audience.pages, (*audience.around, circle.groups)), actor)
        ]
        if actor is not None and audience.has_waiting:
            room = await self._database.read(lambda reader: audiences.held_room(reader, tenant, page, actor.id))
            found += [] if room is None else [Circle(room, ())]
        return found

    def forget(self, tenant_id: str) -> None:
        """The rights at a tenant have changed."""
        for of_room in (self._kept, self._reading):
            for key in [key for key in of_room if key[0] == tenant_id]:
                del of_room[key]

    def _keep(self, key: tuple[str, str], done: asyncio.Future[Audience]) -> None:
        if self._reading.get(key) is not done:
            return
        del self._reading[key]
        if not done.cancelled() and done.exception() is None:
            self._kept[key] = done.result()
            if len(self._kept) > KEPT_ROOMS:
                self._kept.popitem(last=False)
