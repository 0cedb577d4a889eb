"""How much may be asked a minute, and what who asks too much is told."""

import pytest
from msgspec.structs import replace

from collabchat.core.model import Rules, Tenant
from collabchat.errors import RateLimited
from collabchat.identity.rate_limits import Allowances, Kind, RateLimits

DEMO = Tenant("demo", "Demo", (), 1)
ACME = Tenant("acme", "Acme", (), 1)
HERE, THERE = "192.0.2.7", "192.0.2.8"
KINDS: list[Kind] = ["session", "write", "read", "connect"]
FEW = Allowances(sessions=40, writes=40, reads=40, connects=40, writes_per_user=3, address_percent=10)
OF_ADDRESS = 4


def noon() -> float:
    """The time, which stands: else a minute might begin amid a test."""
    return 1_000_050.0


@pytest.fixture
def limits() -> RateLimits:
    return RateLimits(FEW, is_on=True, clock=noon)


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_of_an_address_are_refused_with_a_time_to_wait(limits: RateLimits, kind: Kind) -> None:
    for _ in range(OF_ADDRESS):
        limits.admit(DEMO, kind, HERE)
    with pytest.raises(RateLimited) as refused:
        limits.admit(DEMO, kind, HERE)
    assert isinstance(refused.value.retry_after_s, int)
    assert 1 <= refused.value.retry_after_s <= 60
    limits.admit(DEMO, kind, THERE)
    limits.admit(ACME, kind, HERE)
    for other in KINDS:
        if other != kind:
            limits.admit(DEMO, other, HERE)


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_of_a_tenant_are_refused_from_however_many_addresses(limits: RateLimits, kind: Kind) -> None:
    for number in range(40):
        limits.admit(DEMO, kind, f"10.0.0.{number}")
    with pytest.raises(RateLimited) as refused:
        limits.admit(DEMO, kind, HERE)
    assert 1 <= refused.value.retry_after_s <= 60
    limits.admit(ACME, kind, HERE)


def test_too_many_writes_of_a_person_are_refused_wherever_they_come_from(limits: RateLimits) -> None:
    for _ in range(3):
        limits.admit_write_of(DEMO, "demo:ana")
    with pytest.raises(RateLimited):
        limits.admit_write_of(DEMO, "demo:ana")
    limits.admit_write_of(DEMO, "demo:bo")
    limits.admit_write_of(ACME, "demo:ana")


def test_what_is_refused_to_an_address_takes_nothing_from_its_tenant(limits: RateLimits) -> None:
    for _ in range(1_000):
        try:
            limits.admit(DEMO, "read", HERE)
        except RateLimited:
            continue
    for number in range(40 - OF_ADDRESS):
        limits.admit(DEMO, "read", f"10.0.0.{number}")
    with pytest.raises(RateLimited):
        limits.admit(DEMO, "read", THERE)


def test_what_is_refused_to_a_tenant_takes_nothing_from_the_address(limits: RateLimits) -> None:
    strict = replace(DEMO, rules=Rules(writes_per_minute=1))
    limits.admit(strict, "write", THERE)
    for _ in range(OF_ADDRESS + 1):
        with pytest.raises(RateLimited):
            limits.admit(strict, "write", HERE)
    for _ in range(OF_ADDRESS):
        limits.admit(DEMO, "write", HERE)


@pytest.mark.parametrize("most", [2, 60])
def test_a_tenants_own_rule_says_how_many_writes_it_has(limits: RateLimits, most: int) -> None:
    tenant = replace(DEMO, rules=Rules(writes_per_minute=most))
    for number in range(most):
        limits.admit(tenant, "write", f"10.0.0.{number}")
    with pytest.raises(RateLimited):
        limits.admit(tenant, "write", HERE)
    limits.admit(tenant, "read", HERE)


def test_what_is_about_no_tenant_counts_by_its_address_alone(limits: RateLimits) -> None:
    for number in range(100):
        limits.admit(None, "read", f"10.0.0.{number}")
    for _ in range(OF_ADDRESS):
        limits.admit(None, "read", HERE)
    with pytest.raises(RateLimited):
        limits.admit(None, "read", HERE)


def test_nought_is_no_limit_and_an_address_has_at_least_one() -> None:
    limits = RateLimits(Allowances(0, 1, 0, 0, writes_per_user=0), is_on=True, clock=noon)
    for _ in range(10_000):
        limits.admit(DEMO, "session", HERE)
        limits.admit_write_of(DEMO, "demo:ana")
    limits.admit(DEMO, "write", HERE)
    with pytest.raises(RateLimited):
        limits.admit(DEMO, "write", HERE)


def test_names_that_look_alike_are_counted_apart(limits: RateLimits) -> None:
    """A person's id is any text, so that it may look like an address's counter, or like another tenant's."""
    for _ in range(OF_ADDRESS):
        limits.admit(DEMO, "write", "x")
    limits.admit_write_of(DEMO, "x")
    limits.admit_write_of(replace(DEMO, id="demo-2"), "x/3/1/minute")
    for _ in range(3):
        limits.admit_write_of(DEMO, "demo/write/address/x")


def test_switched_off_nothing_is_counted() -> None:
    limits = RateLimits(FEW, is_on=False)
    for kind in KINDS:
        for _ in range(100):
            limits.admit(DEMO, kind, HERE)
            limits.admit_write_of(DEMO, "demo:ana")
