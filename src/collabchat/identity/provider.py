"""Signing in to the dashboard elsewhere: what the routes know of an OpenID provider, and the ticket for the way there.

    GET /dashboard/oidc ─▶ ticket (a signed cookie of this browser) ─▶ the provider ─▶ GET /dashboard/oidc/callback

The ticket holds what the answer has to fit: `state`, the id_token's `nonce`, the verifier of PKCE, the address that the
provider leads back to. It is good for ten minutes, and once.
"""

import hashlib
import secrets
from typing import Literal, Protocol

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from msgspec import Struct

from collabchat.errors import CollabChatError
from collabchat.identity.keys import ServerKey
from collabchat.storage.accounts import normalize_email

TICKET_MS = 600_000

FailureCode = Literal[
    "oidc-state", "oidc-refused", "oidc-unreachable", "oidc-invalid", "oidc-unverified", "oidc-unknown"
]
"""Did not begin in this browser, or took too long · the provider says no · it does not answer as it should · its
id_token proves nothing · it has not verified the e-mail address · nobody here has that address."""


class SignInFailed(CollabChatError):
    """Signing in elsewhere came to nothing; `code` is what the dashboard is told."""

    def __init__(self, code: FailureCode, reason: str) -> None:
        super().__init__(reason)
        self.code: FailureCode = code


class Known(Struct, frozen=True):
    """Whom a provider vouches for; `email` in its normal form."""

    issuer: str
    subject: str
    email: str


class Answer(Struct, frozen=True):
    """What the provider sends along when it leads back; `error` or `code`, and who it is (RFC 9207)."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None


class Ticket(Struct, frozen=True):
    """What belongs to one try to sign in."""

    state: str
    nonce: str
    verifier: str
    back: str
    ends_at: int

    @classmethod
    def make(cls, back: str, now: int) -> "Ticket":
        """A fresh one; `back`: where the provider has to lead to."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, back, now + TICKET_MS)


class Provider(Protocol):
    """An OpenID provider; `name` is what people are told of it."""

    @property
    def name(self) -> str:
        """Whom one signs in with."""

    async def lead_to(self, ticket: Ticket) -> str:
        """The address to sign in at; raises SignInFailed."""

    async def vouch(self, ticket: Ticket, answer: Answer, now: int) -> Known:
        """Whom the provider vouches for; raises SignInFailed."""


class Tickets:
    """Signs tickets, and takes each once."""

    def __init__(self, key: ServerKey) -> None:
        self._serializer = URLSafeSerializer(
            key.derive("tickets"), salt="oidc", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._taken: dict[str, int] = {}

    def sign(self, ticket: Ticket) -> str:
        """What the browser keeps."""
        token: str | bytes = self._serializer.dumps(msgspec.to_builtins(ticket))
        return token if isinstance(token, str) else token.decode()

    def take(self, token: str, state: str, now: int) -> Ticket:
        """The ticket that this browser has for this answer; raises SignInFailed, the second time as well."""
        try:
            ticket = msgspec.convert(self._serializer.loads(token), Ticket)
        except (BadData, msgspec.ValidationError):
            raise _not_ours() from None
        self._taken = {taken: ends_at for taken, ends_at in self._taken.items() if ends_at > now}
        is_fitting = secrets.compare_digest(ticket.state.encode(), state.encode(errors="replace"))
        if not is_fitting or ticket.ends_at <= now or ticket.state in self._taken:
            raise _not_ours()
        self._taken[ticket.state] = ticket.ends_at
        return ticket


def known_by(claims: dict[str, object], issuer: str) -> Known:
    """Whom checked claims are about; raises SignInFailed for an address that the provider has not verified."""
    subject, given, is_verified = claims.get("sub"), claims.get("email"), claims.get("email_verified")
    email = normalize_email(given) if isinstance(given, str) else None
    # Some providers say it in words.
    if email is None or not (is_verified is True or is_verified == "true") or not isinstance(subject, str):
        raise SignInFailed("oidc-unverified", "The provider names no verified e-mail address.")
    return Known(issuer, subject, email)


def _not_ours() -> SignInFailed:
    return SignInFailed("oidc-state", "This answer belongs to no sign-in that began in this browser.")
