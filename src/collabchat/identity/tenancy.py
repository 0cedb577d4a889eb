"""Making tenants and their API keys, the same from the command line and by the API."""

import secrets
from collections.abc import Iterable

from collabchat.core.model import Tenant
from collabchat.errors import InvalidInput
from collabchat.identity.keys import ServerKey
from collabchat.identity.origins import normalize_origin
from collabchat.storage import api_keys, tenants
from collabchat.storage.api_keys import ApiKey
from collabchat.storage.transaction import Reader, Transaction

HOUR_MS = 3_600_000
OVERLAP_MAX_HOURS = 24 * 30
ORIGINS_MAX = 100
ORIGIN_EXPECTED = "must look like https://example.com, without a path; http:// only on loopback."


def check_origins(given: Iterable[str]) -> tuple[str, ...]:
    """Sites in their canonical form, each once; raises InvalidInput."""
    origins = dict.fromkeys(check_origin(origin) for origin in given)
    if not 0 < len(origins) <= ORIGINS_MAX:
        raise InvalidInput("origins", f"give 1 to {ORIGINS_MAX} sites that will use it, like https://example.com.")
    return tuple(origins)


def check_origin(given: str, field: str = "origins") -> str:
    """A site in its canonical form; raises InvalidInput."""
    if (origin := normalize_origin(given)) is None:
        raise InvalidInput(field, f"{given[:200]!r} {ORIGIN_EXPECTED}")
    return origin


def is_taken(reader: Reader, tenant_id: str) -> bool:
    """Whether there is a tenant by this id."""
    return any(each.id == tenant_id for each in tenants.list_all(reader))


def create(
    transaction: Transaction, key: ServerKey, tenant_id: str, name: str, origins: tuple[str, ...], now: int
) -> tuple[Tenant, str]:
    """Make a tenant, and its first API key."""
    made = Tenant(tenant_id, name, origins, now)
    tenants.store(transaction, made)
    return made, add_key(transaction, key, made, None, now)[1]


def add_key(
    transaction: Transaction, key: ServerKey, tenant: Tenant, origin: str | None, now: int
) -> tuple[ApiKey, str]:
    """Make another API key, for one of the tenant's sites or for all: what is stored, and itself."""
    if origin is not None and origin not in tenant.origins:
        raise InvalidInput("origin", f"{origin} is not one of the tenant's origins: {' '.join(tenant.origins)}.")
    api_key = secrets.token_urlsafe(32)
    return api_keys.add(transaction, tenant.id, key.seal(api_key), now, origin), api_key


def rotate_key(
    transaction: Transaction, key: ServerKey, tenant: Tenant, origin: str | None, overlap_hours: int, now: int
) -> tuple[ApiKey, str]:
    """Make another API key; those before it, for the same site or for all, are good for so many hours more."""
    for old in api_keys.list_of(transaction, tenant.id, now):
        if old.origin == origin:
            api_keys.end(transaction, tenant.id, old.id, now + overlap_hours * HOUR_MS, now)
    return add_key(transaction, key, tenant, origin, now)
