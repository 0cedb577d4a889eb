"""The one way that a request becomes a change: checked who asks, done once, answered when it is on disk."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Response

from collabchat.api.parts import Parts
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.core.permissions import require_identity
from collabchat.errors import Forbidden
from collabchat.storage.operations import hash_request, once
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Write


class Writer:
    """Writes on behalf of who asks; a dependency of every route that changes something."""

    def __init__(self, database: Database, tenant: Tenant, actor: Actor | None) -> None:
        self._database = database
        self._tenant = tenant
        self._actor = actor

    async def once(
        self, broadcast_id: str, asked: tuple[object, ...], change: Callable[[Write], object]
    ) -> Response[Any]:
        """Make a change and answer what it returns; a repeat of the same gets the first answer.

        `asked` is all that the request says: another request under the same `broadcast_id` is refused.
        """
        actor = require_identity(self._actor)
        if actor.is_guest and not self._tenant.allows_guests:
            raise Forbidden("This site takes no guests (any more): sign in on the site first.")
        now, tenant = now_ms(), self._tenant
        outcome = await self._database.write(
            lambda transaction: once(Write(transaction, tenant, actor, now, broadcast_id), hash_request(*asked), change)
        )
        return Response(outcome, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


def provide_writer(parts: Parts, tenant: Tenant, actor: Actor | None) -> Writer:
    """Make the writer of a request."""
    return Writer(parts.database, tenant, actor)
