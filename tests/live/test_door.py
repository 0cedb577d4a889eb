"""Who comes in by `GET /sub`, and as what."""

import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode

import pytest

from collabchat.core.close_codes import CLOSE_BAD_MESSAGE
from collabchat.core.model import Tenant
from collabchat.core.session import HELLO_WITHIN_S
from collabchat.core.usage import Ledger
from collabchat.errors import Forbidden, InvalidTenant, RateLimited
from collabchat.identity.access import Access
from collabchat.identity.directory import Directory
from collabchat.identity.quotas import OpenSockets, Quota
from collabchat.identity.rate_limits import Allowances, RateLimits
from collabchat.live.connection import Connection
from collabchat.live.deadlines import Deadlines
from collabchat.live.door import Door, Unsupported
from collabchat.live.fanout import Fanout
from collabchat.live.heartbeat import Heartbeat
from collabchat.live.hub import Hub
from collabchat.live.listener import Listener
from collabchat.live.transport.contract import Handshake, Owner, Transport
from collabchat.live.transport.frames import NOTHING, Packed, unpack
from collabchat.live.visitor import Household, Visitor
from collabchat.storage.sqlite import Database

ORIGIN = "https://x.example"
TENANTS = [Tenant("demo", "Demo", (ORIGIN, "http://localhost:8000"), 1), Tenant("acme", "Acme", (), 1)]


class Names:
    """Stands for the directory: it knows tenants."""

    def tenant(self, tenant_id: str) -> Tenant:
        for tenant in TENANTS:
            if tenant.id == tenant_id:
                return tenant
        raise InvalidTenant


class Line:
    """A transport that keeps what it was closed with."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, Packed]] = []

    def close(self, code: int, last_words: Packed = NOTHING) -> None:
        self.closed.append((code, last_words))


class House:
    """A door with nobody behind it yet."""

    def __init__(self, quota: Quota | None = None, *, limits: bool = False) -> None:
        self.hub = Hub(cast(Database, None), 20, Fanout(), Ledger())
        self.hellos: Deadlines[Visitor] = Deadlines(HELLO_WITHIN_S, lambda visitor: visitor.be_late())
        household = Household(
            self.hub,
            Heartbeat(),
            cast(Directory, Names()),
            cast(Access, None),
            OpenSockets(quota or Quota()),
            self.hellos,
        )
        self.limits = RateLimits(Allowances(connects=40), is_on=limits)
        self.door = Door(household, self.limits)

    def knock(
        self, address: str = "192.0.2.7", origin: str | None = ORIGIN, **query: str
    ) -> Callable[[Transport], Owner]:
        asked = {"tenantIdWS": "demo", "v": "2", **query}
        return self.door.knock(Handshake(urlencode(asked), address, origin))

    def come(self, address: str = "192.0.2.7", **query: str) -> Owner:
        """Knock, and come in."""
        return self.knock(address, **query)(cast(Transport, Line()))


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("origin", [ORIGIN, "HTTPS://X.example:443", "http://localhost:8000", None])
def test_the_tenants_own_sites_may_come_in_and_who_is_no_browser(house: House, origin: str | None) -> None:
    house.knock(origin=origin)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://x.example", "https://x.example:8443", "https://x.example.evil.example", "https://a.x.example"],
)
def test_no_other_site_may(house: House, origin: str) -> None:
    with pytest.raises(Forbidden):
        house.knock(origin=origin)


def test_this_servers_own_pages_may_as_the_dashboard_is_there(house: House) -> None:
    asked = urlencode({"tenantIdWS": "demo", "v": "2"})
    house.door.knock(Handshake(asked, "192.0.2.7", "https://chat.example:8443", "chat.example:8443"))
    for origin, host in (("https://chat.example", "chat.example:8443"), ("https://chat.example", ""), ("null", "")):
        with pytest.raises(Forbidden):
            house.door.knock(Handshake(asked, "192.0.2.7", origin, host))


def test_a_site_of_one_tenant_is_none_of_anothers(house: House) -> None:
    with pytest.raises(Forbidden):
        house.knock(tenantIdWS="acme")
    house.knock(tenantIdWS="acme", origin=None)


@pytest.mark.parametrize("tenant", ["", "nobody", "DEMO"])
def test_an_unknown_tenant_is_refused_as_a_foreign_site_is(house: House, tenant: str) -> None:
    with pytest.raises(Forbidden):
        house.knock(tenantIdWS=tenant)


@pytest.mark.parametrize("query", ["", "v=2", "%", "tenantIdWS", "&&=&", "tenantIdWS=%ff%fe"])
def test_an_address_that_names_no_tenant_is_refused(house: House, query: str) -> None:
    with pytest.raises(Forbidden):
        house.door.knock(Handshake(query, "192.0.2.7", None))


def test_nobody_comes_in_while_the_server_stops(house: House) -> None:
    house.hub.is_draining = True
    with pytest.raises(Forbidden):
        house.knock()


@pytest.mark.parametrize(
    ("version", "kind"), [("", Listener), ("2", Connection), ("3", Unsupported), ("x", Unsupported)]
)
def test_the_version_says_as_what_one_comes_in(house: House, version: str, kind: type[Visitor]) -> None:
    owner = house.come(v=version)
    assert isinstance(owner, kind)
    assert [*house.hub.visitors] == [owner]
    owner.leave()
    assert not house.hub.visitors


async def test_a_version_that_we_do_not_speak_is_told_so_and_let_go(house: House) -> None:
    line = Line()
    owner = house.knock(v="3")(cast(Transport, line))
    assert owner.enter() is None
    ((code, words),) = line.closed
    assert code == CLOSE_BAD_MESSAGE
    assert [json.loads(word) for word in unpack(words)] == [{"type": "error", "code": "unsupported-version"}]
    assert owner.hear('{"type":"hello"}') is None
    assert len(line.closed) == 1
    assert len(house.hellos) == 0


# -- How many ----------------------------------------------------------------------------------------------------------


def test_one_socket_too_many_of_an_address_is_refused_until_one_leaves() -> None:
    house = House(Quota(per_address=2))
    first, _ = house.come(), house.come()
    with pytest.raises(RateLimited):
        house.knock()
    house.come("192.0.2.8")
    first.leave()
    house.come()
    with pytest.raises(RateLimited):
        house.knock()


@pytest.mark.parametrize("version", ["", "2", "3"])
def test_in_whatever_way_one_came_leaving_makes_place(version: str) -> None:
    house = House(Quota(per_address=1, per_tenant=1))
    for _ in range(3):
        house.come(v=version).leave()
    house.come(v=version)
    with pytest.raises(RateLimited):
        house.knock()


def test_a_household_of_ipv6_counts_as_one_address() -> None:
    house = House(Quota(per_address=1))
    owner = house.come("2001:db8:1:2::1")
    with pytest.raises(RateLimited):
        house.knock("2001:db8:1:2:ffff::2")
    house.come("2001:db8:1:3::1")
    owner.leave()
    house.come("2001:db8:1:2:ffff::2")


def test_a_tenant_has_its_limit_over_all_addresses() -> None:
    house = House(Quota(per_tenant=2))
    house.come("192.0.2.1")
    house.come("192.0.2.2")
    with pytest.raises(RateLimited):
        house.knock("192.0.2.3")
    house.knock("192.0.2.3", origin=None, tenantIdWS="acme")


def test_who_is_refused_counts_for_nothing() -> None:
    house = House(Quota(per_address=1, per_tenant=1))
    for _ in range(3):
        with pytest.raises(Forbidden):
            house.knock(origin="https://evil.example")
        with pytest.raises(Forbidden):
            house.knock(tenantIdWS="nobody")
    house.hub.is_draining = True
    with pytest.raises(Forbidden):
        house.knock()
    house.hub.is_draining = False
    house.come()


def test_who_comes_too_often_has_to_wait_household_by_household() -> None:
    house = House(Quota(per_address=1), limits=True)
    for number in range(4):
        house.come(f"2001:db8:1:2::{number}").leave()
    for _ in range(2):
        with pytest.raises(RateLimited) as refused:
            house.knock("2001:db8:1:2::7")
        assert refused.value.retry_after_s >= 1
    house.come("2001:db8:1:3::7")
