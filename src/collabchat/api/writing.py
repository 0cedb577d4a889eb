"""The one way that a request becomes a change: checked who asks, done once, answered when it is on disk."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from litestar import MediaType, Response
from msgspec.structs import replace

from collabchat.api.asking import AnyRequest, address_of
from collabchat.api.parts import Parts
from collabchat.api.paths import site_of
from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.core.permissions import require_writer
from collabchat.errors import SpamSuspected, Unauthenticated
from collabchat.storage import people
from collabchat.storage.operations import hash_request, once
from collabchat.storage.transaction import Transaction, Write, new_id

T = TypeVar("T")


class Writer:
    """Writes on behalf of who asks; a dependency of every route that changes something."""

    def __init__(self, parts: Parts, tenant: Tenant, actor: Actor | None, address: str, site: str) -> None:
        self._parts = parts
        self._tenant = tenant
        self._actor = actor
        self._address = address
        self._site = site
        self._suspicion: str | None = None
        self._is_held = False

    async def once(
        self, broadcast_id: str, asked: tuple[object, ...], change: Callable[[Write], object], *, words: str = ""
    ) -> Response[Any]:
        """Make a change and answer what it returns; a repeat of the same gets the first answer.

        `asked` is all that the request says: another request under the same `broadcast_id` is refused. `words` is what
        it adds for others to read, if the same again and again would be abuse.
        """
        tenant = self._tenant

        def guarded(write: Write) -> object:
            self._require_session(write)
            with self._holding():
                self._parts.guards.check_repeats(write.actor, write.address_hash or "", words, broadcast_id, write.now)
            return change(replace(write, suspicion=self._suspicion))

        begin = self._begin(broadcast_id)
        outcome = await self._parts.database.write(
            lambda transaction: once(begin(transaction), hash_request(*asked), guarded)
        )
        if self._is_held:
            # Somebody may have a room now that they had not.
            self._parts.access.forget(tenant.id)
            self._parts.wake()
        return answer_outcome(outcome)

    async def change(self, change: Callable[[Write], T]) -> T:
        """Make a change that does no harm when it is made twice."""
        begin = self._begin(f"flag-{new_id()}")

        def guarded(transaction: Transaction) -> T:
            write = begin(transaction)
            self._require_session(write)
            return change(write)

        return await self._parts.database.write(guarded)

    def _begin(self, broadcast_id: str) -> Callable[[Transaction], Write]:
        """What begins a write of who asks, if they may write at all; raises Unauthenticated, Forbidden or Banned."""
        actor = require_writer(self._tenant.rules, self._actor)
        now, tenant, directory = now_ms(), self._tenant, self._parts.directory
        address_hash = directory.hash_address(tenant.id, self._address)
        directory.require_not_banned(actor, address_hash, now)
        return lambda transaction: Write(transaction, tenant, actor, now, broadcast_id, address_hash, self._site)

    def _require_session(self, write: Write) -> None:
        """Look in the transaction whether the session is still there; raises Unauthenticated."""
        id_ = write.actor.session_id
        if id_ and people.find_session(write.transaction, write.tenant.id, id_) is None:
            raise Unauthenticated("The session has ended: sign in again.")

    def note(self, *, is_held: bool) -> None:
        """Say of a change that what was written waits, or waited, for a moderator."""
        self._is_held = self._is_held or is_held

    def check_words(self, text: str, html: str, trap: str | None) -> None:
        """Refuse what looks like abuse, or have it wait for a moderator; raises SpamSuspected."""
        with self._holding():
            self._parts.guards.check(self._tenant, self._actor, text, html, trap or "")

    def check_quoted(self, texts: Iterable[str], *, may_wait: bool) -> None:
        """The same of a page's words and title, which its reader sends like all else; what cannot wait is refused."""
        with self._holding() if may_wait else nullcontext():
            self._parts.guards.check_quoted(self._tenant, self._actor, texts)

    def known_title(self, title: str | None) -> str | None:
        """The page's title, if the site takes its words."""
        return self._parts.guards.known_title(self._tenant, self._actor, title)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """Note what is suspected, where the tenant would rather look at it than refuse it."""
        try:
            yield
        except SpamSuspected as suspicion:
            if self._tenant.rules.suspects == "refuse":
                raise
            self._suspicion = str(suspicion.details["rule"])


def answer_outcome(outcome: bytes) -> Response[Any]:
    """Answer what a change returned, or had returned before."""
    return Response(outcome, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


def provide_writer(request: AnyRequest, parts: Parts, tenant: Tenant, actor: Actor | None) -> Writer:
    """The writer of a request."""
    return Writer(parts, tenant, actor, address_of(request), site_of(request.scope, tenant))
