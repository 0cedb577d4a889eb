"""The one who knows everybody: tenants as they are now, sessions, single sign-on, and the tokens made of them."""

import asyncio
import secrets
from collections import OrderedDict
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from collabchat.core.model import Actor, Tenant
from collabchat.core.session import Watcher
from collabchat.errors import Forbidden, InvalidTenant, Unauthenticated
from collabchat.identity import sso
from collabchat.identity.keys import ServerKey
from collabchat.identity.tokens import Tokens
from collabchat.storage import people, tenants
from collabchat.storage.people import Session
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction

GUEST_SESSION_MS = 180 * 24 * 3_600_000
SSO_SESSION_MS = 24 * 3_600_000
SESSIONS_CACHED = 10_000
GUEST_NAME_MAX = 100
ANONYMOUS = "anon:"


class SignedIn(Struct, frozen=True):
    """A session and the token that stands for it."""

    session: Session
    token: str


class Directory:
    """Tenants and people of one database. Sessions are cached; the tenants are read again whenever asked."""

    def __init__(self, database: Database, key: ServerKey) -> None:
        self.tokens = Tokens(key)
        self._database = database
        self._key = key
        self._email_key = key.derive("emails")
        self._tenants: dict[str, Tenant] = {}
        self._sealed: dict[str, str] = {}
        self._api_keys: dict[str, str] = {}
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._reading: dict[tuple[str, str], asyncio.Future[Session | None]] = {}
        self._ended: list[tuple[str, str]] = []
        self._users: OrderedDict[tuple[str, str], tuple[Actor, str | None]] = OrderedDict()

    async def refresh_tenants(self) -> None:
        """Read the tenants anew, as the command line may have changed them."""
        stored = await self._database.read(tenants.list_all)
        self._tenants = {each.tenant.id: each.tenant for each in stored}
        sealed = {each.tenant.id: each.sealed_api_key for each in stored}
        if sealed != self._sealed:
            self._api_keys = {tenant_id: self._key.unseal(api_key) for tenant_id, api_key in sealed.items()}
            self._sealed = sealed
        for cached in [key for key in self._sessions if key[0] not in self._tenants]:
            del self._sessions[cached]

    def tenant(self, tenant_id: str) -> Tenant:
        """The enabled tenant by this id; raises InvalidTenant."""
        tenant = self._tenants.get(tenant_id)
        if tenant is None or not tenant.is_enabled:
            raise InvalidTenant
        return tenant

    @property
    def tenants(self) -> list[Tenant]:
        """All tenants, disabled ones too."""
        return list(self._tenants.values())

    async def sign_in_guest(self, tenant: Tenant, name: str, known: Actor | None, now: int) -> SignedIn:
        """Begin a guest's session, or give the name to the guest who asks; raises Forbidden where guests may not."""
        if name and not tenant.allows_guests:
            raise Forbidden("This site takes no guests: sign in on the site first.")
        session = None if known is None else await self._session(tenant.id, known.session_id)
        if session is not None and session.actor.id.startswith(ANONYMOUS):
            actor = replace(session.actor, name=name or session.actor.name)
            session = Session(actor, session.expires_at)
            await self._database.write(lambda transaction: people.store_user(transaction, actor, None, now))
        else:
            actor = Actor(tenant.id, self.anonymous_id(), secrets.token_urlsafe(12), name, is_guest=True)
            session = Session(actor, now + GUEST_SESSION_MS)
            await self._begin(session, None, now)
        self._remember(session)
        return SignedIn(session, self.tokens.session(actor))

    async def sign_in_sso(self, tenant: Tenant, payload: dict[str, Any], now: int) -> SignedIn:
        """Begin a session for who a payload proves, a nameless guest's for someone signed out of the site."""
        user = self._identify(tenant, payload, now)
        if user is None:
            return await self.sign_in_guest(tenant, "", None, now)
        actor = replace(user.actor, session_id=secrets.token_urlsafe(12))
        session = Session(actor, now + SSO_SESSION_MS)
        await self._begin(session, user.email, now)
        self._forget(actor)
        self._remember(session)
        return SignedIn(session, self.tokens.session(actor))

    def live_token(self, tenant: Tenant, actor: Actor | None, now: int) -> str:
        """The `userIdWS` of who asks; someone who has said nothing of themselves watches as a fresh nobody."""
        viewer = actor or Actor(tenant.id, self.anonymous_id(), "", "", is_guest=True)
        return self.tokens.live(viewer, now)

    def anonymous_id(self) -> str:
        """A fresh id for someone who has said nothing of themselves."""
        return f"{ANONYMOUS}{secrets.token_urlsafe(6)}"

    async def sign_out(self, actor: Actor) -> None:
        """End the actor's session."""
        await self._database.write(lambda transaction: people.end_session(transaction, actor))
        self._sessions.pop((actor.tenant_id, actor.session_id), None)
        self._ended.append((actor.tenant_id, actor.session_id))

    def take_ended(self) -> list[tuple[str, str]]:
        """The sessions (tenant id, session id) that ended since the last call: their sockets are to be closed."""
        ended, self._ended = self._ended, []
        return ended

    async def find_by_session(self, tenant: Tenant, token: str, now: int) -> Actor:
        """Who holds this session token; raises Unauthenticated when it is not ours, another tenant's, or ended."""
        claim = self.tokens.read_session(token)
        session = None if claim is None or claim[0] != tenant.id else await self._session(tenant.id, claim[1])
        if session is None or session.expires_at <= now:
            raise Unauthenticated("The session has ended: sign in again.")
        return session.actor

    async def find_by_sso(self, tenant: Tenant, payload: str, now: int) -> Actor | None:
        """Whom an `sso` query parameter proves, noted down; None for someone signed out."""
        user = self._identify(tenant, sso.parse(payload), now)
        if user is None:
            return None
        key, known = (tenant.id, user.actor.id), (user.actor, user.email)
        if self._users.get(key) != known:
            await self._database.write(lambda transaction: people.store_user(transaction, *known, now))
            self._users[key] = known
            self._forget(user.actor)
            if len(self._users) > SESSIONS_CACHED:
                self._users.popitem(last=False)
        return user.actor

    async def check_live(self, token: str, tenant_id: str, now: int) -> Watcher | None:
        """What a `userIdWS` proves now: its session, if it has one, must not have ended."""
        claim = self.tokens.read_live(token, now)
        if claim is None or claim[0] != tenant_id:
            return None
        return claim[1] if await self.is_current(tenant_id, claim[1], now) else None

    async def is_current(self, tenant_id: str, watcher: Watcher, now: int) -> bool:
        """Whether what a `userIdWS` once proved is still so."""
        if watcher.expires_at <= now:
            return False
        if not watcher.session_id:
            return True
        session = await self._session(tenant_id, watcher.session_id)
        return session is not None and session.expires_at > now

    async def find_watcher(self, tenant: Tenant, session_id: str) -> Actor | None:
        """Who watches by this session; None for somebody without one."""
        session = await self._session(tenant.id, session_id) if session_id else None
        return None if session is None else session.actor

    def _identify(self, tenant: Tenant, payload: dict[str, Any], now: int) -> sso.SsoUser | None:
        user = sso.identify(tenant, self._api_keys[tenant.id], self._email_key, payload, now)
        if user is not None and user.actor.is_guest and not tenant.allows_guests:
            raise Forbidden("This site takes only secure single sign-on.")
        return user

    async def _begin(self, session: Session, email: str | None, now: int) -> None:
        def store(transaction: Transaction) -> None:
            people.store_user(transaction, session.actor, email, now)
            people.store_session(transaction, session, now)

        await self._database.write(store)

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
            reading.add_done_callback(lambda _: self._reading.pop(key, None))
        session = await asyncio.shield(reading)
        if session is not None:
            self._remember(session)
        return session

    def _forget(self, actor: Actor) -> None:
        """Read a person's sessions anew: their name or rights may have changed."""
        for key in [key for key, session in self._sessions.items() if session.actor.id == actor.id]:
            if key[0] == actor.tenant_id:
                del self._sessions[key]

    def _remember(self, session: Session) -> None:
        self._sessions[(session.actor.tenant_id, session.actor.session_id)] = session
        if len(self._sessions) > SESSIONS_CACHED:
            self._sessions.popitem(last=False)
