"""How many sockets may be open: of an address, of a person, of a tenant."""

from collections import Counter
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collabchat.errors import RateLimited
from collabchat.identity.quotas import RETRY_AFTER_S, OpenSockets, Quota, home


def test_one_socket_too_many_of_an_address_is_refused_with_a_time_to_wait() -> None:
    sockets = OpenSockets(Quota(per_address=2))
    sockets.enter("demo", "10.0.0.1")
    sockets.enter("demo", "10.0.0.1")
    with pytest.raises(RateLimited) as refused:
        sockets.enter("demo", "10.0.0.1")
    assert refused.value.retry_after_s == RETRY_AFTER_S
    sockets.enter("demo", "10.0.0.2")
    sockets.enter("acme", "10.0.0.1")


def test_one_socket_too_many_of_a_tenant_is_refused() -> None:
    sockets = OpenSockets(Quota(per_tenant=2))
    sockets.enter("demo", "10.0.0.1")
    sockets.enter("demo", "10.0.0.2")
    with pytest.raises(RateLimited):
        sockets.enter("demo", "10.0.0.3")
    sockets.enter("acme", "10.0.0.3")


def test_one_socket_too_many_of_a_person_is_refused() -> None:
    sockets = OpenSockets(Quota(per_user=1))
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        sockets.enter("demo", address)
    sockets.enter_user("demo", "demo:ana")
    with pytest.raises(RateLimited):
        sockets.enter_user("demo", "demo:ana")
    sockets.enter_user("demo", "demo:bo")
    sockets.enter_user("acme", "demo:ana")


def test_who_leaves_makes_place() -> None:
    sockets = OpenSockets(Quota(per_address=1, per_user=1, per_tenant=1))
    for _ in range(3):
        sockets.enter("demo", "10.0.0.1")
        sockets.enter_user("demo", "demo:ana")
        sockets.leave("demo", "10.0.0.1", "demo:ana")


def test_who_was_not_counted_as_a_person_leaves_the_persons_other_sockets_counted() -> None:
    sockets = OpenSockets(Quota(per_user=1))
    sockets.enter("demo", "10.0.0.1")
    sockets.enter_user("demo", "demo:ana")
    sockets.enter("demo", "10.0.0.1")
    sockets.leave("demo", "10.0.0.1", None)
    with pytest.raises(RateLimited):
        sockets.enter_user("demo", "demo:ana")


def test_a_socket_that_is_refused_counts_for_nothing() -> None:
    sockets = OpenSockets(Quota(per_address=1, per_tenant=2))
    sockets.enter("demo", "10.0.0.1")
    for _ in range(5):
        with pytest.raises(RateLimited):
            sockets.enter("demo", "10.0.0.1")
    sockets.enter("demo", "10.0.0.2")


def test_nothing_is_no_limit() -> None:
    sockets = OpenSockets(Quota())
    for _ in range(1_000):
        sockets.enter("demo", "10.0.0.1")
        sockets.enter_user("demo", "demo:ana")


def test_names_of_different_kinds_are_never_taken_for_each_other() -> None:
    sockets = OpenSockets(Quota(per_address=1, per_user=1))
    sockets.enter("demo", "same")
    sockets.enter_user("demo", "same")
    with pytest.raises(RateLimited):
        sockets.enter_user("demo", "same")


VISITS = st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=60)


@given(VISITS, st.integers(1, 3), st.integers(1, 5))
def test_open_sockets_are_counted_exactly(
    visits: list[tuple[bool, str, str]], per_address: int, per_tenant: int
) -> None:
    sockets, inside = OpenSockets(Quota(per_address=per_address, per_tenant=per_tenant)), list[tuple[str, str]]()
    for enters, tenant, address in visits:
        who = (tenant, address)
        if not enters:
            if who in inside:
                inside.remove(who)
                sockets.leave(*who, None)
            continue
        of_tenant = Counter(tenant for tenant, _ in inside)
        if inside.count(who) < per_address and of_tenant[tenant] < per_tenant:
            sockets.enter(*who)
            inside.append(who)
        else:
            with pytest.raises(RateLimited):
                sockets.enter(*who)


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_of_ipv6_counts_with_its_household(address: str, counted_as: str) -> None:
    assert home(address) == counted_as


NETWORKS = st.integers(1, 2**64 - 1)
"""All but the one in which IPv4's addresses stand for themselves."""
HOSTS = st.integers(0, 2**64 - 1)


@given(NETWORKS, NETWORKS, HOSTS, HOSTS)
def test_exactly_those_of_a_household_count_as_one(network: int, other: int, host: int, another: int) -> None:
    counted_as = home(str(IPv6Address(network << 64 | host)))
    assert home(str(IPv6Address(network << 64 | another))) == counted_as
    assert (home(str(IPv6Address(other << 64 | host))) == counted_as) is (other == network)
