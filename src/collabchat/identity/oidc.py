"""OpenID Connect: authorization code with PKCE (S256), through Authlib; id_tokens are checked by joserfc.

The provider's discovery document and keys are fetched when they are needed, and kept for an hour; a key that is not
among them makes us look again, at most once a minute. A provider that does not answer is left alone for some seconds.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from collabchat.identity.origins import is_loopback
from collabchat.identity.provider import Answer, Known, SignInFailed, Ticket, known_by

with warnings.catch_warnings():
    import authlib.deprecate  # type: ignore[import-untyped] # noqa: F401 - sets a filter of its own, which ours follows

    # It would rather have httpx2, and works with the httpx that all else here uses.
    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]
"""By the provider's own key. Never `none`, and never by a secret that both have: its public key could pose as one."""

TIMEOUT_S = 5
WITHIN_S = 10
KEPT_S = 3_600
AGAIN_AFTER_S = 60
LEFT_ALONE_S = 5
CLOCK_SKEW_S = 120

T = TypeVar("T")


class Discovery(Struct, frozen=True):
    """What a provider says of itself, as far as it concerns us."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class OpenIdProvider:
    """The provider by which people sign in to the dashboard."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str | None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._fetching = asyncio.Lock()
        self._discovery: Discovery | None = None
        self._keys: KeySet | None = None
        self._fetched_at = self._failed_at = float("-inf")

    @property
    def name(self) -> str:
        """Whom one signs in with: the issuer's host."""
        return urlsplit(self._issuer).hostname or self._issuer

    async def lead_to(self, ticket: Ticket) -> str:
        """The address to sign in at; raises SignInFailed."""
        discovery, _ = await self._look_up(KEPT_S)
        async with self._client(discovery, ticket) as client:
            url, _ = client.create_authorization_url(
                discovery.authorization_endpoint, state=ticket.state, nonce=ticket.nonce, code_verifier=ticket.verifier
            )
        return str(url)

    async def vouch(self, ticket: Ticket, answer: Answer, now: int) -> Known:
        """Whom the provider vouches for; raises SignInFailed."""
        if answer.error or not answer.code:
            raise SignInFailed("oidc-refused", "The provider did not sign anybody in.")
        if answer.issuer not in {None, self._issuer}:
            raise SignInFailed("oidc-invalid", "Another provider answered.")
        discovery, _ = await self._look_up(KEPT_S)
        id_token = await self._redeem(discovery, ticket, answer.code)
        return known_by(await self._check(id_token, ticket.nonce, now), self._issuer)

    def _client(self, discovery: Discovery, ticket: Ticket) -> Any:
        methods = discovery.token_endpoint_auth_methods_supported
        by_secret = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method="none" if self._client_secret is None else by_secret,
            scope=SCOPE,
            redirect_uri=ticket.back,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
        )

    async def _redeem(self, discovery: Discovery, ticket: Ticket, code: str) -> str:
        """The id_token for a code."""

        async def fetch() -> Any:
            async with self._client(discovery, ticket) as client:
                return await client.fetch_token(
                    discovery.token_endpoint, grant_type="authorization_code", code=code, code_verifier=ticket.verifier
                )

        try:
            token = await _within(fetch())
        except OAuthError as error:
            raise SignInFailed("oidc-refused", "The provider did not take its code back.") from error
        id_token = token.get("id_token") if isinstance(token, dict) else None
        if not isinstance(id_token, str):
            raise SignInFailed("oidc-invalid", "The provider gave no id_token.")
        return id_token

    async def _check(self, id_token: str, nonce: str, now: int) -> dict[str, Any]:
        """The claims of an id_token that is signed by the provider, for us, for this sign-in, and still good."""
        _, keys = await self._look_up(KEPT_S)
        try:
            try:
                token = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                _, keys = await self._look_up(AGAIN_AFTER_S)
                token = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=now // 1_000,
                leeway=CLOCK_SKEW_S,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(token.claims)
        except (JoseError, ValueError) as error:
            raise SignInFailed("oidc-invalid", f"The id_token proves nothing: {type(error).__name__}.") from error
        claims: dict[str, Any] = token.claims
        is_for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_for_others else self._client_id) != self._client_id:
            raise SignInFailed("oidc-invalid", "The id_token was made for another client.")
        if not isinstance(claims["nonce"], str):
            raise SignInFailed("oidc-invalid", "The id_token belongs to several sign-ins.")
        return claims

    async def _look_up(self, kept_s: float) -> tuple[Discovery, KeySet]:
        """The provider's document and keys, not older than so many seconds."""
        async with self._fetching:
            if self._discovery is not None and self._keys is not None and self._clock() < self._fetched_at + kept_s:
                return self._discovery, self._keys
            if self._clock() < self._failed_at + LEFT_ALONE_S:
                raise SignInFailed("oidc-unreachable", "The provider did not answer a moment ago.")
            try:
                found = await _within(self._fetch())
            except SignInFailed:
                self._failed_at = self._clock()
                raise
            self._discovery, self._keys = found
            self._fetched_at = self._clock()
            return found

    async def _fetch(self) -> tuple[Discovery, KeySet]:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            answer = await client.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            discovery = msgspec.json.decode(answer.raise_for_status().content, type=Discovery)
            endpoints = (discovery.authorization_endpoint, discovery.token_endpoint, discovery.jwks_uri)
            if discovery.issuer != self._issuer or not all(map(is_private, endpoints)):
                raise SignInFailed("oidc-unreachable", "The discovery document is not this issuer's.")
            keys = await client.get(discovery.jwks_uri)
            return discovery, KeySet.import_key_set(keys.raise_for_status().json())


def is_private(url: str) -> bool:
    """Whether nobody can listen in on what goes to an address: HTTPS, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


async def _within(asking: Awaitable[T]) -> T:
    """What the provider answers; whatever else comes of it is that it does not answer as it should."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await asking
    except (SignInFailed, OAuthError):
        raise
    except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError, JoseError, ValueError, KeyError, TypeError) as error:
        reason = f"The provider does not answer as it should: {type(error).__name__}."
        raise SignInFailed("oidc-unreachable", reason) from error
