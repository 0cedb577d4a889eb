"""The one way that a request becomes a change: checked who asks, done once, answered when it is on disk."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Response

from collabchat.api.asking import AnyRequest, address_of
from collabchat.api.parts import Parts
from collabchat.api.paths import site_of
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.core.permissions import require_writer
from collabchat.errors import Unauthenticated
from collabchat.storage import people
from collabchat.storage.operations import hash_request, once
from collabchat.storage.transaction import Write


class Writer:
    """Writes on behalf of who asks; a dependency of every route that changes something."""

    def __init__(self, parts: Parts, tenant: Tenant, actor: Actor | None, address: str, site: str) -> None:
        self._parts = parts
        self._tenant = tenant
        self._actor = actor
        self._address = address
        self._site = site

    async def once(
        self, broadcast_id: str, asked: tuple[object, ...], change: Callable[[Write], object], *, words: str = ""
    ) -> Response[Any]:
        """Make a change and answer what it returns; a repeat of the same gets the first answer.

        `asked` is all that the request says: another request under the same `broadcast_id` is refused. `words` is what
        it adds for others to read, if the same again and again would be abuse.
        """
        actor = require_writer(self._tenant.rules, self._actor)
        now, tenant, directory = now_ms(), self._tenant, self._parts.directory
        address_hash = directory.hash_address(tenant.id, self._address)
        directory.require_not_banned(actor, address_hash, now)

        def guarded(write: Write) -> object:
            if actor.session_id and people.find_session(write.transaction, tenant.id, actor.session_id) is None:
                raise Unauthenticated("The session has ended: sign in again.")
            self._parts.guards.check_repeats(write.actor, address_hash, words, broadcast_id, now)
            return change(write)

        outcome = await self._parts.database.write(
            lambda transaction: once(
                Write(transaction, tenant, actor, now, broadcast_id, address_hash, self._site),
                hash_request(*asked),
                guarded,
            )
        )
        return Response(outcome, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})

    def check_words(self, text: str, html: str, trap: str | None) -> None:
        """Refuse what looks like abuse; raises SpamSuspected."""
        self._parts.guards.check(self._tenant, self._actor, text, html, trap or "")


def provide_writer(request: AnyRequest, parts: Parts, tenant: Tenant, actor: Actor | None) -> Writer:
    """The writer of a request."""
    return Writer(parts, tenant, actor, address_of(request), site_of(request.scope, tenant))
