"""Signing in to the dashboard: by a one-time link, a password, or an OpenID provider; then a session in a cookie.

A link's secret stands behind the `#` of its address, which browsers send to nobody; the page hands it over in a body.
Of links and sessions the database holds hashes only.

    link without an account ──────────────────────────▶ a session of that name and role
    invitation, used or proved by its e-mail address ─▶ the account is made or found ─▶ a session of the account
    e-mail and password, OpenID Connect ──────────────▶ the account is found ──────────▶ a session of the account
"""

import hashlib
import secrets
from typing import Literal, Self

from msgspec import Struct
from msgspec.structs import replace

from collabchat.errors import Forbidden, NotFound, Unauthenticated
from collabchat.identity.attempts import Attempts
from collabchat.identity.passwords import Passwords, check_new_password
from collabchat.identity.provider import Answer, Known, Provider, SignInFailed, Ticket, Tickets
from collabchat.storage import accounts, audit, staff
from collabchat.storage.accounts import Account
from collabchat.storage.sqlite import Database
from collabchat.storage.staff import Link, Staff
from collabchat.storage.transaction import Transaction

LINK_MS = 3_600_000
INVITATION_MS = 7 * 24 * 3_600_000
SESSION_MS = 12 * 3_600_000

Way = Literal["link", "password", "oidc"]

WRONG_LINK = "This link was used already, or is too old: ask for a new one."
WRONG_PASSWORD = "There is nobody with this e-mail address and this password."  # noqa: S105 - what somebody is told
SIGN_IN_FIRST = "Sign in first: `collabchat sign-in-link` prints a link."


class Invitation(Struct, frozen=True):
    """A link's secret."""

    secret: str

    @classmethod
    def make(cls) -> Self:
        """A fresh one."""
        return cls(secrets.token_urlsafe(24))

    @property
    def hash(self) -> str:
        """What is stored of it."""
        return _hash(self.secret)

    @property
    def path(self) -> str:
        """Where it leads, on the server."""
        return f"/dashboard#sign-in={self.secret}"


class StaffRoom:
    """Who runs the server and its tenants."""

    def __init__(self, database: Database, attempts: Attempts, tickets: Tickets, provider: Provider | None) -> None:
        self._database = database
        self._attempts = attempts
        self._tickets = tickets
        self._provider = provider
        self._passwords = Passwords()

    async def sign_in(self, link: str, now: int) -> tuple[str, Staff]:
        """Use a link up: the token of the session that it begins, and whose that is; raises Unauthenticated."""
        token = secrets.token_urlsafe(24)

        def enter(transaction: Transaction) -> Staff | None:
            used = staff.use_link(transaction, _hash(link), now)
            if used is None:
                _note_misuse(transaction, _hash(link), now)
                return None
            if used.invitation_id is not None:
                account = _account_for(transaction, used, now)
                if account.email is not None:
                    # Whoever has another link to this address would be let in to the same account.
                    staff.use_invitations(transaction, account.email, now)
                return _begin(transaction, token, account, "link", now)
            session = Staff(used.tenant_id, used.role, used.name, now + SESSION_MS, session_id=_hash(token))
            staff.store_session(transaction, session, now)
            _note(transaction, session, "sign-in", now, way="link")
            return session

        entered = await self._database.write(enter)
        if entered is None:
            raise Unauthenticated(WRONG_LINK)
        return token, entered

    async def sign_in_by_password(self, email: str, password: str, address: str, now: int) -> tuple[str, Staff]:
        """Begin a session of an account; raises Unauthenticated, the same whatever is wrong, and RateLimited."""
        normal = accounts.normalize_email(email) or ""
        self._attempts.admit(address, normal)
        found = await self._database.read(lambda reader: accounts.find_by_email(reader, normal))
        stored = None if found is None else found.password_hash
        is_right = await self._passwords.fits(stored, password)
        if not is_right or found is None:
            raise Unauthenticated(WRONG_PASSWORD)
        token = secrets.token_urlsafe(24)

        def enter(transaction: Transaction) -> Staff:
            account = accounts.find_by_email(transaction, normal)
            # What was true before the hash was made may not be so any more.
            if account is None or account.password_hash != stored or not account.is_enabled:
                raise Unauthenticated(WRONG_PASSWORD)
            return _begin(transaction, token, account, "password", now)

        return token, await self._database.write(enter)

    @property
    def provider_name(self) -> str | None:
        """Whom one can sign in with elsewhere."""
        return None if self._provider is None else self._provider.name

    async def lead_elsewhere(self, back: str, now: int) -> tuple[str, str]:
        """Where to sign in, and the ticket to keep until the provider leads `back`.

        Raises NotFound where there is no provider, and SignInFailed.
        """
        if self._provider is None:
            raise NotFound
        ticket = Ticket.make(back, now)
        return await self._provider.lead_to(ticket), self._tickets.sign(ticket)

    async def sign_in_elsewhere(self, ticket: str, answer: Answer, now: int) -> tuple[str, Staff]:
        """Begin a session for whom the provider vouches, if they have an account or an invitation.

        Raises NotFound where there is no provider, and SignInFailed.
        """
        if self._provider is None:
            raise NotFound
        known = await self._provider.vouch(self._tickets.take(ticket, answer.state, now), answer, now)
        token = secrets.token_urlsafe(24)

        def enter(transaction: Transaction) -> Staff:
            account = accounts.find_by_subject(transaction, known.issuer, known.subject)
            account = account or _bind(transaction, known, now)
            if account is None or not account.is_enabled:
                raise SignInFailed("oidc-unknown", "Nobody with this e-mail address runs anything here.")
            return _begin(transaction, token, account, "oidc", now)

        return token, await self._database.write(enter)

    async def set_password(self, token: str, old: str | None, new: str, address: str, now: int) -> None:
        """Give the account of a session a password, and end its other sessions.

        Raises Forbidden where there is no account to have one, or the old one is wrong; InvalidInput; RateLimited.
        """
        check_new_password(new)
        member = await self.find(token, now)
        account_id = member.account_id
        if account_id is None:
            raise Forbidden("This session has no account: invite yourself by your e-mail address, and use that link.")
        before = await self._database.read(lambda reader: accounts.find(reader, account_id))
        if before.email is None:
            raise Forbidden("This account has no e-mail address, by which one signs in: ask for another invitation.")
        if before.password_hash is not None:
            self._attempts.admit(address, before.email)
            if not await self._passwords.fits(before.password_hash, old or ""):
                raise Forbidden("The old password is not right.")
        hashed = await self._passwords.hash(new)

        def change(transaction: Transaction) -> None:
            if staff.find_session(transaction, _hash(token), now) is None:
                raise Unauthenticated(SIGN_IN_FIRST)
            account = accounts.find(transaction, account_id)
            if account.password_hash != before.password_hash:
                raise Forbidden("The old password is not right.")
            accounts.store(transaction, replace(account, password_hash=hashed), now)
            accounts.end_sessions(transaction, account.id, now, but=_hash(token))
            _note(transaction, member, "set-password", now)

        await self._database.write(change)

    async def is_any_password_set(self) -> bool:
        """Whether anybody at all signs in by password."""
        return await self._database.read(accounts.is_any_password_set)

    async def find(self, token: str, now: int) -> Staff:
        """Whose session this is; raises Unauthenticated."""
        found = await self._database.read(lambda reader: staff.find_session(reader, _hash(token), now))
        if found is None:
            raise Unauthenticated(SIGN_IN_FIRST)
        return found

    async def sign_out(self, token: str, now: int) -> None:
        """End a session."""
        await self._database.write(lambda transaction: staff.end_session(transaction, _hash(token), now))


def invite(transaction: Transaction, link: Link, now: int) -> tuple[Invitation, Link]:
    """Store an invitation, which leads to an account: its secret, and what can be told of it."""
    invitation, named = Invitation.make(), replace(link, invitation_id=f"i{secrets.token_urlsafe(9)}", created_at=now)
    staff.store_link(transaction, invitation.hash, named, now)
    return invitation, named


def _account_for(transaction: Transaction, link: Link, now: int) -> Account:
    """The account to which an invitation leads, made if need be; raises Unauthenticated when it is closed to it."""
    found = (
        accounts.find_by_email(transaction, link.email)
        if link.account_id is None
        else accounts.find(transaction, link.account_id)
    )
    if found is None:
        return accounts.create(transaction, link.tenant_id, link.role, link.name, link.email, now)
    if found.tenant_id != link.tenant_id or not found.is_enabled:
        raise Unauthenticated(WRONG_LINK)
    return found


def _bind(transaction: Transaction, known: Known, now: int) -> Account | None:
    """The account, or the invitation, of an address that a provider vouches for; from now on it is this subject's."""
    account = accounts.find_by_email(transaction, known.email)
    if account is None:
        link = staff.use_invitations(transaction, known.email, now)
        if link is None:
            return None
        account = _account_for(transaction, link, now)
    if account.subject is not None or not account.is_enabled:
        return None
    bound = replace(account, issuer=known.issuer, subject=known.subject)
    accounts.store(transaction, bound, now)
    return bound


def _begin(transaction: Transaction, token: str, account: Account, way: Way, now: int) -> Staff:
    session = Staff(account.tenant_id, account.role, account.name, now + SESSION_MS, account.id, _hash(token))
    staff.store_session(transaction, session, now)
    _note(transaction, session, "sign-in", now, way=way)
    return session


def _note_misuse(transaction: Transaction, hash_: str, now: int) -> None:
    """A link that was used, or is over, came again: whoever it was for may like to know."""
    if (link := staff.find_link(transaction, hash_)) is not None:
        whom = Staff(link.tenant_id, link.role, link.name, now, link.account_id, hash_)
        _note(transaction, whom, "refuse-sign-in", now, way="link")


def _note(transaction: Transaction, member: Staff, act: str, now: int, **details: object) -> None:
    actor = member.actor(member.tenant_id or "")
    audit.note(transaction, member.tenant_id, actor, "ui", act, "staff", actor.id, now, **details)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
