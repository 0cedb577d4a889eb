"""`/api/v1/live`: the room of those who run a tenant, where they hear how it is used, and that something waits.

In it come, over the same channel as everywhere: `updated-comment` where the moderation queue has changed, without any
words; and each second `usage`, which is not stored.
"""

from litestar import Response, Router, get
from litestar.di import Provide
from msgspec import Struct, field

from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker, provide_asker
from collabchat.api.views import Position, answer_privately
from collabchat.clock import now_ms
from collabchat.core.catchup import Standing
from collabchat.errors import Forbidden
from collabchat.storage import moderation
from collabchat.storage.transaction import Transaction


class LiveDoor(Struct, rename="camel"):
    """What a hello needs to watch the room, by `/sub?tenantIdWS=…&v=2`."""

    status: str
    tenant_id_ws: str = field(name="tenantIdWS")
    user_id_ws: str = field(name="userIdWS")
    room: Position


@get("/", summary="The way into the room of those who run the tenant", responses=FAILURES)
async def enter(asker: Asker, parts: Parts) -> Response[LiveDoor]:
    """Say where the room is, and up to where all that happened in it is known."""
    tenant, actor, now = asker.tenant, asker.actor, now_ms()
    if asker.via == "api":
        raise Forbidden("A key does not watch: sign in to the dashboard.")
    if asker.staff is not None:
        actor = await parts.directory.sign_in_staff(tenant, asker.staff, now)

    def find(transaction: Transaction) -> tuple[str, Standing]:
        room = moderation.staff_room(transaction, tenant)
        return room, transaction.room(tenant, room)

    room, standing = await parts.database.write(find)
    position = Position(room, standing.epoch, standing.head)
    return answer_privately(LiveDoor("success", tenant.id, parts.directory.live_token(tenant, actor, now), position))


live_routes = Router(
    "/api/v1/live", route_handlers=[enter], dependencies={"asker": Provide(provide_asker)}, tags=["Admin"]
)
