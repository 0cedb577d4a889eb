"""Signing in to the dashboard: a one-time link, then a session in a cookie.

The link's secret stands behind the `#` of its address, which browsers send to nobody; the page hands it over in a body.
Of links and sessions the database holds hashes only.
"""

import hashlib
import secrets
from typing import Self

from msgspec import Struct

from collabchat.errors import Unauthenticated
from collabchat.storage import staff
from collabchat.storage.sqlite import Database
from collabchat.storage.staff import Staff
from collabchat.storage.transaction import Transaction

LINK_MS = 3_600_000
SESSION_MS = 12 * 3_600_000


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

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sign_in(self, link: str, now: int) -> tuple[str, Staff]:
        """Use a link up: the token of the session that it begins, and whose that is; raises Unauthenticated."""
        token = secrets.token_urlsafe(24)

        def enter(transaction: Transaction) -> Staff:
            invited = staff.use_link(transaction, _hash(link), now)
            if invited is None:
                raise Unauthenticated("This link was used already, or is too old: ask for a new one.")
            session = Staff(*invited, now + SESSION_MS)
            staff.store_session(transaction, _hash(token), session, now)
            return session

        return token, await self._database.write(enter)

    async def find(self, token: str, now: int) -> Staff:
        """Whose session this is; raises Unauthenticated."""
        found = await self._database.read(lambda reader: staff.find_session(reader, _hash(token), now))
        if found is None:
            raise Unauthenticated("Sign in first: `collabchat sign-in-link` prints a link.")
        return found

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self._database.write(lambda transaction: staff.end_session(transaction, _hash(token)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
