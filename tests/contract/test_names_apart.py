"""Tenants, pages and rooms are kept apart by name, whatever is in the names."""

from functools import partial
from urllib.parse import urlencode

import pytest

from tests.contract.two_tenants import PAGE, SECRET, Scene
from tests.faults.bare import Bare
from tests.live_reader import dial, hear, say
from tests.running import Visitor, eventually, new_id, run_here

NEIGHBOURS = ["acme.plans", "acme-plans", "acme~plans", "acm", "ACME"]
"""Tenants whose ids look like the other's, or like it and a page's."""


@pytest.fixture(scope="module")
def neighbours(scene: Scene) -> list[Visitor]:
    """Guests of tenants with names like Acme's and its page's."""
    for name in NEIGHBOURS:
        site = ("--name", name, "--origin", "https://n.example")
        assert run_here("tenant", "create", name, *site, data_dir=scene.site.data_dir).returncode == 0

    def come(name: str) -> Visitor:
        # The server notices new tenants within two seconds.
        ask = partial(scene.site.http.post, f"/sessions/{name}", json={"guestName": "Noa"})
        return Visitor(scene.site, name, eventually(ask, lambda answer: answer.status_code == 200).json())

    return [come(name) for name in NEIGHBOURS]


@pytest.mark.parametrize("separator", [".", "-", "~", ":", "/", "|", "\0", "\n", "#", " ", "::", "%3A", ""])
def test_a_tenant_and_a_page_are_two_names_however_they_are_written_together(
    scene: Scene, neighbours: list[Visitor], separator: str
) -> None:
    own = new_id()
    pages = {own, f"plans{separator}{own}", f"{separator}{own}", f"acme{separator}plans{separator}{own}"}
    everybody = [scene.mia, scene.ana, *neighbours]
    for page in pages:
        for each in everybody:
            each.created(page, urlIdWithRange=f"{page}{separator}p", pageTitle=f"{each.tenant} {page!r}")
    for page in pages:
        for each in everybody:
            snapshot = each.snapshot(page)
            assert [chat["pageTitle"] for chat in snapshot["conversations"]] == [f"{each.tenant} {page!r}"]
            assert snapshot["seq"] == 1


def test_nothing_of_a_room_is_heard_in_a_room_of_the_same_name_at_another_tenant(
    scene: Scene, neighbours: list[Visitor]
) -> None:
    page = "everybody-has-it"
    for each in neighbours:
        with dial(scene.site.base, each.tenant) as socket:
            say(socket, type="hello", token=each.snapshot(page)["userIdWS"], rooms=[{"urlId": page}])
            hear(socket, "watching")
            for other in [scene.mia, scene.ana, *neighbours]:
                if other is not each:
                    other.created(page, SECRET, urlIdWithRange=f"{page}:{new_id()}")
            own = each.created(page, "own", urlIdWithRange=f"{page}:{new_id()}")["event"]
            assert hear(socket, "new-text-chat") == own


@pytest.mark.parametrize("v", ["", "&v=2"])
def test_no_socket_is_opened_with_ids_of_two_tenants(scene: Scene, v: str) -> None:
    ana, mia = scene.ana.live_ids(PAGE), scene.mia.live_ids(PAGE)
    queries = [urlencode({**mine, name: other[name]}) for mine, other in ((ana, mia), (mia, ana)) for name in mine]
    for query in [*queries, f"{urlencode(ana)}&tenantIdWS=acme"]:
        lines = [
            f"GET /sub?{query}{v} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        ]  # fmt: skip
        with Bare(scene.port) as bare:
            bare.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
            # Ours asks for a tenant only; what may be heard there is for the hello to prove.
            assert bare.answer() == (101 if v else 403)
