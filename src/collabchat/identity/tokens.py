"""Signed names that clients carry: sessions (to write), `userIdWS` (to watch), `urlIdWS` (which room).

All are URL-safe (`A-Za-z0-9._-`). A session token is only as good as its record in the database. A live token proves
tenant, person and session, is the same all through its 24 hours, and is useless for writing.
"""

import hashlib
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from collabchat.core.model import Actor
from collabchat.core.session import Watcher
from collabchat.identity.keys import ServerKey

LIVE_TOKEN_MS = 24 * 3_600_000
KEY_MARK = "@"
"""Begins what stands in the place of a session's id for somebody who has none: the key that proves them."""


class Tokens:
    """Makes and reads the three kinds of signed names."""

    def __init__(self, key: ServerKey) -> None:
        def serializer(purpose: str) -> URLSafeSerializer:
            return URLSafeSerializer(
                key.derive("tokens"), salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
            )

        self._sessions = serializer("session")
        self._live = serializer("live")
        self._rooms = serializer("room")

    def session(self, actor: Actor) -> str:
        """The token that stands for a session."""
        return _text(self._sessions.dumps([actor.tenant_id, actor.session_id]))

    def read_session(self, token: str) -> tuple[str, str] | None:
        """Tenant id and session id, or None for a token that is not ours."""
        claim = _load(self._sessions, token, 2)
        return None if claim is None else (claim[0], claim[1])

    def live(self, actor: Actor, now: int) -> str:
        """The `userIdWS` of an actor: the same for all calls within 24 hours of this person and session."""
        offset = int.from_bytes(hashlib.blake2b(actor.id.encode(), digest_size=4).digest()) % LIVE_TOKEN_MS
        window = (now + offset) // LIVE_TOKEN_MS
        expires_at = min((window + 1) * LIVE_TOKEN_MS - offset, actor.until or 2**62)
        proof = actor.session_id or ("" if actor.key_id is None else f"{KEY_MARK}{actor.key_id}")
        return _text(self._live.dumps([actor.tenant_id, actor.id, proof, expires_at]))

    def read_live(self, token: str, now: int) -> tuple[str, Watcher] | None:
        """The tenant id, and what a `userIdWS` proves, or None when it is not ours or has expired."""
        claim = _load(self._live, token, 4)
        return None if claim is None or claim[3] <= now else (claim[0], Watcher(*claim[1:]))

    def room(self, tenant_id: str, url_id: str) -> str:
        """The `urlIdWS` of a room."""
        return _text(self._rooms.dumps([tenant_id, url_id]))

    def read_room(self, token: str) -> tuple[str, str] | None:
        """Tenant id and urlId of a `urlIdWS`, or None when it is not ours."""
        claim = _load(self._rooms, token, 2)
        return None if claim is None else (claim[0], claim[1])


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode()


def _load(serializer: URLSafeSerializer, token: str, length: int) -> list[Any] | None:
    try:
        claim = serializer.loads(token)
    except BadData:
        return None
    return claim if isinstance(claim, list) and len(claim) == length else None
