"""How much may be asked: by all of a tenant together, by one address, by one person. `limits` counts, by the minute.

What is refused counts for nobody. An address is asked about first and counted last: its storm takes nothing from others
of its tenant, and what a tenant has too many of leaves no trace in memory, from however many addresses it comes.
"""

import math
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter
from msgspec import Struct

from collabchat.core.model import Tenant
from collabchat.errors import RateLimited
from collabchat.identity.windows import Windows

Kind = Literal["session", "write", "read", "connect"]

WINDOW_S = 60


class Allowances(Struct, frozen=True):
    """How many a minute of each kind a tenant has, and one person's writes; 0 is no limit.

    One address may take `address_percent` of what its tenant has. A tenant's own rules may say fewer or more writes.
    """

    sessions: int = 12_000
    writes: int = 6_000
    reads: int = 60_000
    connects: int = 60_000
    writes_per_user: int = 120
    address_percent: int = 10

    def of_tenant(self, kind: Kind) -> int:
        """What all may together."""
        match kind:
            case "session":
                return self.sessions
            case "write":
                return self.writes
            case "read":
                return self.reads
            case "connect":
                return self.connects

    def of_address(self, kind: Kind) -> int:
        """What one address may."""
        return -(-self.of_tenant(kind) * self.address_percent // 100)


class RateLimits:
    """Counts requests; `is_on=False` counts nothing (benchmarks, tests). Runs on the event loop only."""

    def __init__(
        self, allowances: Allowances | None = None, *, is_on: bool, clock: Callable[[], float] = time.time
    ) -> None:
        self._allowances = allowances or Allowances()
        self._is_on = is_on
        # Apart, so that no number of addresses makes a tenant's number be forgotten.
        self._tenants = SlidingWindowCounterRateLimiter(Windows(WINDOW_S, clock=clock))
        self._others = SlidingWindowCounterRateLimiter(Windows(WINDOW_S, clock=clock))

    def of_tenant(self, kind: Kind, tenant: Tenant) -> int:
        """How many of a kind a tenant may ask a minute; 0: any."""
        own = tenant.rules.writes_per_minute if kind == "write" else 0
        return own or self._allowances.of_tenant(kind)

    def used(self, kind: Kind, tenant: Tenant) -> int:
        """How many of a kind a tenant has asked in the last minute, as far as they are counted."""
        limit = _a_minute(self.of_tenant(kind, tenant))
        return 0 if limit is None else limit.amount - self._tenants.get_window_stats(limit, tenant.id, kind).remaining

    def admit(self, tenant: Tenant | None, kind: Kind, address: str) -> None:
        """Count a request of an address (None: that is for no tenant); raises RateLimited with the seconds to wait."""
        if not self._is_on:
            return
        tenant_id = "" if tenant is None else tenant.id
        own = _a_minute(self._allowances.of_address(kind))
        who = (tenant_id, kind, "address", address)
        if own is not None and not self._others.test(own, *who):
            raise refusal(self._others, own, who)
        if tenant is not None:
            _hit(self._tenants, _a_minute(self.of_tenant(kind, tenant)), (tenant_id, kind))
        _hit(self._others, own, who)

    def admit_write_of(self, tenant: Tenant, user_id: str) -> None:
        """Count a person's write, as soon as it is known whose it is; raises RateLimited."""
        if self._is_on:
            _hit(self._others, _a_minute(self._allowances.writes_per_user), (tenant.id, "write", "user", user_id))


@lru_cache(1_000)
def _a_minute(amount: int) -> RateLimitItemPerMinute | None:
    return RateLimitItemPerMinute(amount) if amount else None


def _hit(limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItemPerMinute | None, who: tuple[str, ...]) -> None:
    if limit is not None and not limiter.hit(limit, *who):
        raise refusal(limiter, limit, who)


def refusal(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItemPerMinute, who: tuple[str, ...]
) -> RateLimited:
    """When one more would be let in, in whole seconds, and never sooner than said."""
    reset_at = limiter.get_window_stats(limit, *who).reset_time
    return RateLimited(max(1, math.ceil(reset_at - time.time())))
