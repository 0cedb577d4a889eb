"""Presence in the live channel: one person counted once, joins at once, leaves after a while."""

import json
from typing import Any

from websockets.sync.client import ClientConnection

from tests.running import Site, Visitor, next_event


def until(socket: ClientConnection, name: str, user_id: str) -> list[dict[str, Any]]:
    """The presence updates up to the one that tells that somebody came (`uj`) or went (`ul`)."""
    seen = []
    while True:
        seen.append(next_event(socket, "p-u", timeout=20))
        if user_id in seen[-1].get(name, []):
            return seen


def test_whoever_enters_hears_at_once_how_many_view(ana: Visitor, bo: Visitor, page: str) -> None:
    with ana.socket(page) as hers:
        first = json.loads(hers.recv(timeout=10))
        assert first.keys() >= {"type", "urlId", "bId", "sc", "timestamp"}
        assert (first["type"], first["urlId"], first["sc"]) == ("p-u", page, 1)
        assert "seq" not in first
        with bo.socket(page) as his:
            assert json.loads(his.recv(timeout=10))["sc"] == 2
            joined = next_event(hers, "p-u")
            assert (joined["sc"], joined["uj"]) == (2, [bo.id])
            assert ana.snapshot(page)["viewerCount"] == 2


def test_two_tabs_are_one_person(ana: Visitor, bo: Visitor, page: str) -> None:
    with ana.socket(page) as one, ana.socket(page) as two:
        assert [json.loads(tab.recv(timeout=10))["sc"] for tab in (one, two)] == [1, 1]
        with bo.socket(page):
            joined = next_event(two, "p-u")
            assert (joined["sc"], joined["uj"]) == (2, [bo.id])
            assert ana.snapshot(page)["viewerCount"] == 2


def test_two_devices_of_a_member_are_one_person(site: Site, page: str) -> None:
    laptop, phone = site.member("Mia"), site.member("Mia")
    with laptop.socket(page), phone.socket(page) as socket:
        assert json.loads(socket.recv(timeout=10))["sc"] == 1


def test_who_leaves_is_told_of_and_who_reloads_or_closes_one_of_two_tabs_is_not(
    site: Site, ana: Visitor, bo: Visitor, page: str
) -> None:
    cy, watcher = site.guest("Cy"), site.guest("Watcher")
    with watcher.socket(page) as socket, bo.socket(page):
        with ana.socket(page), bo.socket(page):
            heard = until(socket, "uj", ana.id)
        with ana.socket(page):
            with cy.socket(page):
                heard += until(socket, "uj", cy.id)
            heard += until(socket, "ul", cy.id)
    told_left = [user for update in heard for user in update.get("ul", [])]
    told_joined = [user for update in heard for user in update.get("uj", [])]
    assert told_left == [cy.id]
    assert sorted(told_joined) == sorted([watcher.id, ana.id, bo.id, cy.id])
    assert heard[-1]["sc"] == 3


def test_presence_is_never_in_the_log(ana: Visitor, bo: Visitor, page: str) -> None:
    with ana.socket(page) as hers, bo.socket(page):
        next_event(hers, "p-u")
        assert ana.log(page, afterSeq=0)["events"] == []
        assert ana.snapshot(page)["seq"] == 0


def test_viewers_of_one_page_are_not_viewers_of_another(ana: Visitor, bo: Visitor, page: str) -> None:
    with ana.socket(page), bo.socket(f"{page}-other") as his:
        assert json.loads(his.recv(timeout=10))["sc"] == 1


def test_whoever_is_said_to_have_left_was_said_to_have_come(site: Site, page: str) -> None:
    watcher, last = site.guest("Watcher"), site.guest("Last")
    with watcher.socket(page) as socket:
        for visitor in [site.guest(f"V{number}") for number in range(6)]:
            with visitor.socket(page):
                pass
        with last.socket(page):
            heard = until(socket, "uj", last.id)
        heard += until(socket, "ul", last.id)
    came = {user for update in heard for user in update.get("uj", [])}
    left = {user for update in heard for user in update.get("ul", [])}
    assert left <= came
