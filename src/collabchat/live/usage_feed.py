"""Tells those who look at a tenant's dashboard each second how it is used."""

from collabchat.clock import now_ms
from collabchat.core.events import encode
from collabchat.core.messages import UsageNow
from collabchat.live.hub import Hub
from collabchat.live.metering import Metering


class UsageFeed:
    """One for each server."""

    def __init__(self, hub: Hub, metering: Metering) -> None:
        self._hub = hub
        self._metering = metering

    async def tell(self) -> None:
        """Tell all of them how it is now."""
        await self._metering.tick()
        for tenant_id, room in self._hub.looked_at():
            now = self._metering.moment(tenant_id)
            hour = await self._metering.hour(tenant_id)
            room.tell(
                encode(
                    UsageNow(
                        room.url_id, now_ms(), now.viewing, now.viewing, now.connections, now.messages_per_second,
                        now.bytes_per_second, hour,
                    )
                )
            )  # fmt: skip
