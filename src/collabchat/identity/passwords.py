"""Passwords of those who run a tenant: hashed by Argon2id, a few at a time, beside the event loop.

A check takes as long for somebody who has no password, or is not there, as for somebody who has one.
"""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from collabchat.errors import InvalidInput

LENGTH_MIN = 12
LENGTH_MAX = 1_000
AT_ONCE = 2
"""Each takes 64 MiB and a core for as long as it runs."""

NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$c29tZWJvZHkgZWxzZQ$bO7LGTcVKcu8C+vR0XfTzRJeJWS8hEOYZZQFTaGOhpo"
"""A hash of no password, with the same costs as ours."""


class Passwords:
    """Makes and checks hashes."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one that was stored; None: there is none, which takes as long to find."""
        async with self._turns:
            is_right = await asyncio.to_thread(self._verify, stored or NOBODYS, password)
        return is_right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _encoded(password))
        except (Argon2Error, InvalidHashError):
            return False


def check_new_password(password: str) -> None:
    """Raise InvalidInput for what is too short to be guarded by a limit on guesses, or too long to be typed."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise InvalidInput("password", f"{LENGTH_MIN} to {LENGTH_MAX} characters; a few words that nobody else says.")


def _encoded(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
