"""The people of all tenants: their sessions, how they sign in and out, and the tokens made of that."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from collabchat.core.model import ANONYMOUS, SIMPLE, Actor, Tenant
from collabchat.core.session import Watcher
from collabchat.errors import Banned, Forbidden, Unauthenticated
from collabchat.identity import sso
from collabchat.identity.keys import ServerKey
from collabchat.identity.register import Register
from collabchat.identity.sso import Proof, SsoUser
from collabchat.identity.sso_check import Verdict, examine
from collabchat.identity.tokens import KEY_MARK, Tokens
from collabchat.storage import people, personal
from collabchat.storage.people import Introduction, Session
from collabchat.storage.rights import RightsChange
from collabchat.storage.sqlite import Database
from collabchat.storage.staff import Staff
from collabchat.storage.staff import find_session as find_staff
from collabchat.storage.transaction import Transaction

GUEST_SESSION_MS = 180 * 24 * 3_600_000
SSO_SESSION_MS = 24 * 3_600_000
SESSIONS_CACHED = 10_000
GUEST_NAME_MAX = 100

SESSION_ENDED = "The session has ended: sign in again."
NOT_VALID = "userIdWS is not valid (any more): take it from a fresh snapshot."


class SignedIn(Struct, frozen=True):
    """A session and the token that stands for it."""

    session: Session
    token: str


class Directory:
    """People of one database. Sessions are cached until word comes that somebody may have lost rights."""

    def __init__(self, database: Database, key: ServerKey, register: Register) -> None:
        self.tokens = Tokens(key)
        self._database = database
        self._register = register
        self._email_key = key.derive("emails")
        self._address_key = key.derive("addresses")
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._reading: dict[tuple[str, str], asyncio.Future[Session | None]] = {}
        self._told: OrderedDict[tuple[str, str], tuple[SsoUser, Actor]] = OrderedDict()

    def tenant(self, tenant_id: str) -> Tenant:
        """The enabled tenant by this id; raises InvalidTenant."""
        return self._register.tenant(tenant_id)

    def find_tenant(self, tenant_id: str | None) -> Tenant | None:
        """The enabled tenant by this id, if there is one."""
        return self._register.find(tenant_id)

    def proofs(self, tenant: Tenant, origin: str | None, now: int) -> Sequence[Proof]:
        """The API keys that are good now, for a request from this site (None: not from a browser)."""
        return self._register.proofs(tenant, origin, now)

    def hash_address(self, tenant_id: str, address: str) -> str:
        """What is stored of a network address, as it is counted: no way back, and at each tenant another."""
        return hashlib.blake2b(f"{tenant_id}\0{address}".encode(), key=self._address_key, digest_size=12).hexdigest()

    # -- Signing in and out --------------------------------------------------------------------------------------------

    async def sign_in_guest(self, tenant: Tenant, name: str, known: Actor | None, now: int) -> SignedIn:
        """Begin a guest's session, or give the name to the guest who asks; raises Forbidden where guests may not."""
        if name and not tenant.rules.guests:
            raise Forbidden("This site takes no guests: sign in on the site first.")
        session = None if known is None else await self._session(tenant.id, known.session_id)
        if session is not None and _is_pseudonym(session.actor):
            actor = replace(session.actor, name=name or session.actor.name)
            session = replace(session, actor=actor)
            await self._rename(actor, now)
        else:
            actor = Actor(tenant.id, self.anonymous_id(), secrets.token_urlsafe(12), name, is_guest=True)
            session = await self._begin(Introduction(actor, now), now + GUEST_SESSION_MS, None, now)
            self._remember(session)
        return SignedIn(session, self.tokens.session(actor))

    async def sign_in_sso(
        self, tenant: Tenant, payload: dict[str, Any], origin: str | None, known: Actor | None, now: int
    ) -> SignedIn:
        """Begin a session for who a payload proves, a nameless guest's for someone signed out of the site.

        A guest who signs in gets what they wrote before, if the site vouches for who they are.
        """
        user = self._identify(tenant, payload, origin, now)
        if user is None:
            return await self.sign_in_guest(tenant, "", None, now)
        self.require_not_banned(user.actor, None, now)
        told = replace(user.introduction, actor=replace(user.actor, session_id=secrets.token_urlsafe(12)))
        if known is not None:
            self.require_not_banned(known, None, now)
        before = known if known is not None and _is_pseudonym(known) and not user.actor.is_guest else None
        session = await self._begin(told, now + SSO_SESSION_MS, user.key_id, now, tenant, before)
        self.forget_person(tenant.id, session.actor.id)
        self._remember(session)
        return SignedIn(session, self.tokens.session(session.actor))

    async def sign_in_staff(self, tenant: Tenant, staff: Staff, now: int) -> Actor:
        """Let somebody who signed in to the dashboard watch at a tenant, for as long as they are signed in there.

        Raises Unauthenticated when they are not, any more.
        """

        def store(transaction: Transaction) -> Session:
            # Their role may be another since they were let in, and what they had open ended with it.
            current = find_staff(transaction, staff.session_id, now)
            if current is None:
                raise Unauthenticated(SESSION_ENDED)
            actor = replace(current.actor(tenant.id), session_id=staff.session_id, until=staff.ends_at)
            told = Introduction(actor, now)
            session = Session(replace(people.renew(transaction, told, now), until=staff.ends_at), staff.ends_at)
            if people.find_session(transaction, tenant.id, staff.session_id) is None:
                people.store_session(transaction, session, now)
            return session

        return (await self._database.write(store)).actor

    async def _rename(self, actor: Actor, now: int) -> None:
        """Note a guest's new name, unless their session ended meanwhile; raises Unauthenticated."""

        def rename(transaction: Transaction) -> None:
            if people.find_session(transaction, actor.tenant_id, actor.session_id) is None:
                raise Unauthenticated(SESSION_ENDED)
            people.renew(transaction, Introduction(actor, now), now)

        await self._database.write(rename)
        self.forget_person(actor.tenant_id, actor.id)

    async def sign_out(self, actor: Actor, now: int, *, everywhere: bool = False) -> None:
        """End the actor's session, or all they have."""
        if everywhere:
            await self._database.write(
                lambda transaction: people.end_all_sessions(transaction, actor.tenant_id, actor.id, now)
            )
            self.forget_person(actor.tenant_id, actor.id)
        else:
            await self._database.write(lambda transaction: people.end_session(transaction, actor, now))
            self._forget_session(actor.tenant_id, actor.session_id)

    def anonymous_id(self) -> str:
        """A fresh id for someone who has said nothing of themselves."""
        return f"{ANONYMOUS}{secrets.token_urlsafe(6)}"

    # -- Who is it -----------------------------------------------------------------------------------------------------

    async def find_by_session(self, tenant: Tenant, token: str, now: int) -> Actor:
        """Who holds this session token; raises Unauthenticated when it is not ours, another tenant's, or ended."""
        claim = self.tokens.read_session(token)
        session = None if claim is None or claim[0] != tenant.id else await self._session(tenant.id, claim[1])
        if session is None or not self._is_current(session, now):
            raise Unauthenticated(SESSION_ENDED)
        return session.actor

    async def find_by_sso(
        self, tenant: Tenant, payload: str, origin: str | None, now: int, *, is_writing: bool
    ) -> Actor | None:
        """Whom an `sso` query parameter proves, noted down; None for someone signed out.

        Who is only said to be somebody is noted when they write: anyone can say any number of names.
        """
        user = self._identify(tenant, sso.parse(payload), origin, now)
        if user is None:
            return None
        if user.key_id is None and not is_writing:
            return user.actor
        key = (tenant.id, user.actor.id)
        if (told := self._told.get(key)) is None or told[0] != user:
            actor = await self._database.write(lambda transaction: people.renew(transaction, user.introduction, now))
            self.forget_person(tenant.id, actor.id)
            self._told[key] = told = (user, actor)
            if len(self._told) > SESSIONS_CACHED:
                self._told.popitem(last=False)
        return replace(told[1], key_id=user.key_id)

    def examine_sso(self, tenant: Tenant, payload: bytes, origin: str | None, now: int) -> Verdict:
        """What is right and wrong with a payload that a site would send from this origin (None: not from a browser)."""
        usable = self._register.proofs(tenant, origin, now)
        known = {proof.id for proof in usable}
        elsewhere = [proof for site in tenant.origins for proof in self._register.proofs(tenant, site, now)]
        others = [proof for proof in elsewhere if proof.id not in known]
        return examine(tenant, usable, others, self._email_key, payload, now)

    def require_not_banned(self, actor: Actor, address_hash: str | None, now: int) -> None:
        """Let pass who is not banned; raises Banned, with the reason."""
        subjects = (actor.id, address_hash)
        if (ban := self._register.ban_of(actor.tenant_id, subjects, now, is_moderator=actor.is_moderator)) is not None:
            raise Banned(ban.reason, ban.until)

    def live_token(self, tenant: Tenant, actor: Actor | None, now: int) -> str:
        """The `userIdWS` of who asks; someone who has said nothing of themselves watches as a fresh nobody."""
        viewer = actor or Actor(tenant.id, self.anonymous_id(), "", "", is_guest=True)
        return self.tokens.live(viewer, now)

    async def check_live(self, token: str, tenant_id: str, now: int) -> Watcher | None:
        """What a `userIdWS` proves now, None if nothing (any more); raises Banned, or Forbidden at another tenant."""
        claim = self.tokens.read_live(token, now)
        if claim is None:
            return None
        if claim[0] != tenant_id:
            raise Forbidden(NOT_VALID)
        return claim[1] if await self.is_current(tenant_id, claim[1], now) else None

    async def is_current(self, tenant_id: str, watcher: Watcher, now: int, grace_ms: int = 0) -> bool:
        """Whether what a `userIdWS` once proved is still so: its session, if any, has not ended. Raises Banned.

        What has expired is good for `grace_ms` more; what was taken away is not.
        """
        if watcher.expires_at + grace_ms <= now:
            return False
        subjects = (watcher.user_id,)
        if self._register.ban_of(tenant_id, subjects, now) is not None:
            # It may be a moderator's, who did not know whom it was about.
            found = await self._find(tenant_id, watcher)
            is_moderator = found is not None and found.is_moderator
            if (ban := self._register.ban_of(tenant_id, subjects, now, is_moderator=is_moderator)) is not None:
                raise Banned(ban.reason, ban.until)
        if not watcher.session_id:
            return True
        if watcher.session_id.startswith(KEY_MARK):
            return self._register.is_proved(tenant_id, watcher.session_id.removeprefix(KEY_MARK), now)
        session = await self._session(tenant_id, watcher.session_id)
        return session is not None and self._is_current(session, now, grace_ms)

    async def find_watcher(self, tenant: Tenant, watcher: Watcher) -> Actor | None:
        """Who watches: by their session, or by the `sso` that they came with; None for somebody without either."""
        return await self._find(tenant.id, watcher)

    async def _find(self, tenant_id: str, watcher: Watcher) -> Actor | None:
        if not watcher.session_id and watcher.user_id.startswith(ANONYMOUS):
            return None
        if watcher.session_id and not watcher.session_id.startswith(KEY_MARK):
            session = await self._session(tenant_id, watcher.session_id)
            return None if session is None else session.actor
        found = await self._database.read(lambda reader: people.find(reader, tenant_id, watcher.user_id))
        if found is None and watcher.user_id.startswith(SIMPLE):
            # Who has not written yet is not stored; the site has said that they are somebody all the same.
            return Actor(tenant_id, watcher.user_id, "", "", is_guest=True)
        return found

    # -- What is known for a while -------------------------------------------------------------------------------------

    def heed(self, changes: Sequence[RightsChange]) -> None:
        """Forget what may not be true any more."""
        for change in changes:
            match change.kind:
                case "session":
                    self._forget_session(change.tenant_id, change.subject)
                case "person" | "erased":
                    self.forget_person(change.tenant_id, change.subject)

    def forget(self, tenant_id: str) -> None:
        """A tenant is gone, or another has its id."""
        for of_tenant in (self._sessions, self._reading, self._told):
            for key in [key for key in of_tenant if key[0] == tenant_id]:
                del of_tenant[key]

    def forget_person(self, tenant_id: str, user_id: str) -> None:
        """Read a person's sessions anew: their name or rights may have changed."""
        self._told.pop((tenant_id, user_id), None)
        for key in [key for key, session in self._sessions.items() if session.actor.id == user_id]:
            if key[0] == tenant_id:
                del self._sessions[key]
        # Whoever reads one now may have begun before the change.
        for key in [key for key in self._reading if key[0] == tenant_id]:
            del self._reading[key]

    def _forget_session(self, tenant_id: str, session_id: str) -> None:
        for known in (self._sessions, self._reading):
            known.pop((tenant_id, session_id), None)

    def _identify(self, tenant: Tenant, payload: dict[str, Any], origin: str | None, now: int) -> SsoUser | None:
        user = sso.identify(tenant, self._register.proofs(tenant, origin, now), self._email_key, payload, now)
        if user is not None and user.actor.is_guest and not tenant.rules.guests:
            raise Forbidden("This site takes only secure single sign-on.")
        return user

    async def _begin(
        self,
        told: Introduction,
        expires_at: int,
        key_id: str | None,
        now: int,
        tenant: Tenant | None = None,
        before: Actor | None = None,
    ) -> Session:
        """Note a person and begin their session; who they were before, as a guest, becomes they."""

        def store(transaction: Transaction) -> Session:
            session = Session(replace(people.renew(transaction, told, now), until=expires_at), expires_at, key_id)
            people.store_session(transaction, session, now)
            if tenant is not None and before is not None:
                personal.claim(transaction, tenant, before.id, session.actor, now)
            return session

        session = await self._database.write(store)
        if before is not None:
            self.forget_person(before.tenant_id, before.id)
        return session

    def _is_current(self, session: Session, now: int, grace_ms: int = 0) -> bool:
        is_proved = self._register.is_proved(session.actor.tenant_id, session.key_id, now)
        return is_proved and now < session.expires_at + grace_ms

    async def _session(self, tenant_id: str, session_id: str) -> Session | None:
        key = (tenant_id, session_id)
        if (cached := self._sessions.get(key)) is not None:
            self._sessions.move_to_end(key)
            return cached
        # After a restart everybody comes back at once, many with several sockets: each session is read once.
        if (reading := self._reading.get(key)) is None:
            reading = self._reading[key] = asyncio.ensure_future(
                self._database.read(lambda reader: people.find_session(reader, tenant_id, session_id))
            )
            reading.add_done_callback(lambda done: self._note(key, done))
        return await asyncio.shield(reading)

    def _note(self, key: tuple[str, str], done: asyncio.Future[Session | None]) -> None:
        if self._reading.get(key) is not done:
            return
        del self._reading[key]
        if not done.cancelled() and done.exception() is None and (session := done.result()) is not None:
            self._remember(session)

    def _remember(self, session: Session) -> None:
        self._sessions[(session.actor.tenant_id, session.actor.session_id)] = session
        if len(self._sessions) > SESSIONS_CACHED:
            self._sessions.popitem(last=False)


def _is_pseudonym(actor: Actor) -> bool:
    """Whether somebody is a guest, whom only this session knows."""
    return actor.is_guest and actor.id.startswith(ANONYMOUS)
