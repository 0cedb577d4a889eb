"""F40: of what is not theirs, not one byte reaches anybody: between tenants, and between groups within one."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.access.estate import GROUP, Estate
from tests.access.line import END, classic, listen
from tests.access.load import Made, Resident, at_once, write_on
from tests.faults.nursery import QuickSite
from tests.running import Visitor

PAGE, PLANS = "guide", "plans"
WORDS = ("aurora", "borealis")
INNER = "moonstone"
ROUNDS, EVENTS = 3, 25


class Town:
    """A tenant whose every word, name, group and address has a word in it that nobody else uses."""

    def __init__(self, site: QuickSite, word: str) -> None:
        self.site, self.word, self.made, self.inner = site, word, Made(), Made()
        self.estate = Estate(site, name=word)
        self.group = f"{word}-{GROUP}"
        self.estate.limit(PLANS, self.group)
        self.writers = [self.estate.member(f"{word}-{number}", self.group) for number in range(2)]
        self.insiders = [self.resident(f"{word}-in-{number}", self.group) for number in range(2)]
        self.outsiders = [self.resident(f"{word}-out-{number}") for number in range(2)]
        self.circle = self.writers[0].created(PAGE, INNER, groups=[self.group])["event"]["urlId"]

    def resident(self, name: str, *groups: str) -> Resident:
        return Resident(self.estate.member(name, *groups), self.site)

    @property
    def work(self) -> list["partial[None]"]:
        """What goes on here: on a page for all, in private on the same, and on a page with groups."""
        ann, bo = self.writers
        secret = f"{self.word} {INNER}"
        return [
            partial(write_on, ann, PAGE, self.word, self.made),
            partial(write_on, bo, PAGE, secret, self.inner, groups=[self.group]),
            partial(write_on, ann, PLANS, secret, self.inner),
        ]

    @property
    def secrets(self) -> set[bytes]:
        """What everything here is called."""
        people = [*self.writers, *(each.visitor for each in (*self.insiders, *self.outsiders))]
        names = {name for person in people for name in (person.id, person.session)} | {self.circle, self.estate.api_key}
        return {name.encode() for name in self.made.ids | self.inner.ids | names}


def assert_unheard(resident: Resident, needles: set[bytes]) -> None:
    heard = resident.heard
    assert not [needle for needle in needles if needle in heard]


@pytest.fixture(scope="module")
def towns(site: QuickSite) -> Iterator[list[Town]]:
    """Two tenants with the same pages, after some time in which everybody did everything at once."""
    towns = [Town(site, word) for word in WORDS]
    one, other = towns
    with at_once(*one.work, *other.work) as begin:
        reading = []
        for town, neighbour in ((one, other), (other, one)):
            more = [PLANS, neighbour.circle, town.circle, f"{PAGE}:p:0:15,0:45{{abc123}}"]
            for resident in (*town.insiders, *town.outsiders):
                reading.append(begin(resident.read_on, PAGE, more, EVENTS, ROUNDS))
        for each in reading:
            each.result()
    yield towns
    for town in towns:
        for resident in (*town.insiders, *town.outsiders):
            resident.ear.http.close()


def test_f40_not_a_byte_of_another_tenant_reaches_anybody(towns: list[Town]) -> None:
    for town, neighbour in (towns, towns[::-1]):
        for resident in (*town.insiders, *town.outsiders):
            assert_unheard(resident, {neighbour.word.encode(), *neighbour.secrets} - {neighbour.circle.encode()})
            # The neighbour's room was asked for by its name, as one's own page of that name; nothing was in it.
            assert resident.heard.count(neighbour.circle.encode()) > 0


def test_f40_not_a_byte_of_a_group_reaches_those_who_are_not_in_it(towns: list[Town]) -> None:
    for town in towns:
        for resident in town.outsiders:
            assert_unheard(resident, {INNER.encode(), *(id_.encode() for id_ in town.inner.ids)})


def test_all_that_was_not_in_vain(towns: list[Town]) -> None:
    """Everybody heard plenty, on sockets and else, and of all that is theirs."""
    for town in towns:
        public = {id_.encode() for id_ in town.made.ids}
        inner = {id_.encode() for id_ in town.inner.ids}
        assert len(public) > 100 < len(inner)
        for resident in (*town.insiders, *town.outsiders):
            assert resident.events >= ROUNDS * EVENTS
            assert len(resident.on_sockets) > 10_000 < len(resident.heard) - len(resident.on_sockets)
            assert sum(id_ in resident.on_sockets for id_ in public) > 10
            assert town.word.encode() in resident.on_sockets
        for resident in town.insiders:
            assert sum(id_ in resident.on_sockets for id_ in inner) > 10
            assert INNER.encode() in resident.on_sockets


def test_who_is_taken_out_of_a_group_and_put_in_again_hears_what_is_said_in_between_not_before_they_are_in(
    site: QuickSite, towns: list[Town]
) -> None:
    town = towns[0]
    ann, made = town.writers[0], Made()
    secret = f"{town.word} {INNER}"
    with at_once(
        partial(write_on, ann, PLANS, secret, made), partial(write_on, ann, PAGE, secret, made, groups=[town.group])
    ):
        for _ in range(3):
            flip: Visitor = town.estate.member("Flip", town.group)
            with (
                listen(site.port, flip, PLANS, town.circle, PAGE) as ours, classic(site.port, flip, PLANS) as old,
                classic(site.port, flip, town.circle) as oldest,
            ):  # fmt: skip
                for line in (ours, old, oldest):
                    assert INNER in str(line.hear("new-text-chat", END))
                out = town.estate.member("Flip")
                lost = {ours.hear("error", END)["urlId"], ours.hear("error", END)["urlId"]}
                assert (lost, old.end(), oldest.end()) == ({PLANS, town.circle}, 4403, 4403)
                after = [ann.created(page, "x", **more)["createdChatId"].encode() for page, more in (
                    (PLANS, {}), (PAGE, {"groups": [town.group]}))]  # fmt: skip
                with Resident(out, site) as outside:
                    outside.look_around(PAGE, [PLANS, town.circle])
                ours.settle(out.snapshot(PAGE)["userIdWS"])
                assert not [id_ for id_ in after if id_ in ours.bytes + old.bytes + oldest.bytes + outside.heard]
                assert INNER.encode() not in outside.heard
