"""How many sockets may be open at once: of one address, of one person, of one tenant."""

from collections import Counter
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from msgspec import Struct

from collabchat.errors import RateLimited

RETRY_AFTER_S = 10
HOME_BITS = 64
"""One household or machine has at least a /64 of IPv6: its addresses count as one."""


class Quota(Struct, frozen=True):
    """The most sockets of each kind; 0 is no limit."""

    per_address: int = 0
    per_user: int = 0
    per_tenant: int = 0


class OpenSockets:
    """Counts what is open, and refuses what is too much. Who was let in has to be taken out once."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self.per_tenant = quota.per_tenant
        self._open: Counter[tuple[str, ...]] = Counter()

    def enter(self, tenant_id: str, address: str) -> None:
        """Count a socket of an address; raises RateLimited."""
        keys = ((tenant_id,), (tenant_id, "address", address))
        for key, most in zip(keys, (self._quota.per_tenant, self._quota.per_address), strict=True):
            self._check(key, most)
        for key in keys:
            self._open[key] += 1

    def enter_user(self, tenant_id: str, user_id: str) -> None:
        """Count one of a person's sockets; raises RateLimited."""
        key = (tenant_id, "user", user_id)
        self._check(key, self._quota.per_user)
        self._open[key] += 1

    def leave(self, tenant_id: str, address: str, user_id: str | None) -> None:
        """Take a socket out; `user_id` if that was counted, too."""
        self._drop((tenant_id,))
        self._drop((tenant_id, "address", address))
        if user_id is not None:
            self._drop((tenant_id, "user", user_id))

    def _check(self, key: tuple[str, ...], most: int) -> None:
        if most and self._open[key] >= most:
            raise RateLimited(RETRY_AFTER_S)

    def _drop(self, key: tuple[str, ...]) -> None:
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]


@lru_cache(10_000)
def home(address: str) -> str:
    """What an address is counted as: itself, or the /64 of an IPv6 address."""
    address = as_itself(address)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return f"{IPv6Address(int(parsed) >> HOME_BITS << HOME_BITS)}/{HOME_BITS}"
    return address


def as_itself(address: str) -> str:
    """An IPv4 address that comes in IPv6's dress, without it: on a socket for both, it comes as ::ffff:192.0.2.7."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return address if mapped is None else str(mapped)
