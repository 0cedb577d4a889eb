"""F40 and F42 over WebSocket: every verb of both ways in × everybody who may ask × the rooms, against rules by hand."""

from typing import Any

import pytest

from tests.access.askers import BANNED, Asker, Street
from tests.access.estate import Estate
from tests.access.line import END, Line, v2
from tests.faults.nursery import QuickSite

REFUSED, IN = 403, 101
WATCHES, SEES_NOTHING = "watching", "not-found"
TARGETS = ["public", "grouped", "private"]


@pytest.fixture(scope="module")
def street(site: QuickSite) -> Street:
    return Street(Estate(site), Estate(site), Estate(site))


def lets_in(asker: Asker) -> bool:
    """What can be said before anybody has said who they are: where they come from, and that there is such a tenant."""
    return (asker.origin != "foreign" or "Origin" not in asker.headers) and asker.at != "closed"


def ends_with(asker: Asker) -> int | None:
    """How a socket ends when this asker's token is handed over."""
    if asker.trouble is None:
        return None
    return 4403 if asker.trouble == BANNED or asker.name == "neighbour's session" else 4401


def sees(asker: Asker, target: str) -> bool:
    return asker.role == "admin" or asker.is_in_group or target == "public"


def headers_of(asker: Asker) -> list[str]:
    """What a browser would send along; a token is never among it."""
    return [f"{name}: {value}" for name, value in asker.headers.items() if name in {"Origin", "Cookie"}]


def knock(street: Street, asker: Asker, **ids: str) -> Line:
    tenant, port = street.estates[asker.at].id, street.home.site.port
    return Line(port, {"tenantIdWS": tenant, **ids}, *headers_of(asker))


@pytest.mark.parametrize("target", TARGETS)
def test_f40_the_classic_way_lets_in_who_may_see_the_room_and_answers_all_others_alike(
    street: Street, target: str
) -> None:
    wrong, heads, place = [], set(), street.places[target]
    for asker in street.askers.values():
        is_in = lets_in(asker) and not asker.trouble and asker.at == "home" and sees(asker, target)
        with knock(street, asker, urlId=place.room_token, userIdWS=asker.live) as line:
            if line.status != (IN if is_in else REFUSED):
                wrong.append(f"{asker.name}: {line.status}")
            if line.status == REFUSED:
                heads.add(line.head)
            elif (event := line.hear("p-u"))["type"] != "p-u":
                wrong.append(f"{asker.name}: {event}")
    assert (wrong, len(heads)) == ([], 1)


def test_f42_a_foreign_site_and_a_closed_tenant_are_refused_before_the_upgrade_and_a_cookie_proves_nobody(
    street: Street,
) -> None:
    for asker in street.askers.values():
        with knock(street, asker, v="2") as line:
            assert line.status == (IN if lets_in(asker) else REFUSED), asker.name
            if line.status == IN:
                assert line.say("hello", token="").end() == 4401


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("verb", ["hello", "watch"])
def test_f40_our_way_gives_each_room_to_those_only_who_may_see_it(street: Street, verb: str, target: str) -> None:
    wrong, room = [], street.places[target].room
    errors = set()
    for asker in filter(lets_in, street.askers.values()):
        # At another tenant the name of a page is the name of another page.
        wanted: Any = ends_with(asker) or (WATCHES if asker.at == "neighbour" or sees(asker, target) else SEES_NOTHING)
        with knock(street, asker, v="2") as line:
            at = {"urlId": room, "epoch": "of-old", "seq": 0} if asker.at == "neighbour" else {"urlId": room}
            line.say("hello", token=asker.live, rooms=[at] if verb == "hello" else [])
            if verb == "watch":
                line.say("watch", **at)
            words = line.hear("watching", "error", END)
            seen = words.get("code", words["type"])
            if seen != wanted:
                wrong.append(f"{asker.name}: {seen}, not {wanted}")
            if seen == SEES_NOTHING:
                errors.add(str(words))
                line.settle(asker.live)
                assert not [event for event in line.heard if "sc" in event or "seq" in event]
    assert (wrong, len(errors)) == ([], target != "public")


def test_a_socket_takes_fresh_tokens_of_its_own_person_only(street: Street) -> None:
    author, wrong = street.askers["author"], []
    for asker in street.askers.values():
        if asker.at == "closed":
            continue
        wanted: Any = ends_with(asker) or ("welcome" if asker.is_author else 4403)
        with v2(street.home.site.port, street.home.id) as line:
            line.say("hello", token=author.live).hear("welcome")
            words = line.say("auth", token=asker.live).hear("welcome", END)
            if (seen := words.get("code", words["type"])) != wanted:
                wrong.append(f"{asker.name}: {seen}, not {wanted}")
    assert not wrong


@pytest.mark.parametrize("target", TARGETS)
def test_typing_is_told_of_those_who_may_write_to_those_who_see_it(street: Street, target: str) -> None:
    place, home, wanted = street.places[target], street.home, set()
    with v2(home.site.port, home.id) as ann, v2(home.site.port, home.id) as nobody:
        ann.watch(street.askers["author"].live, place.room)
        nobody.watch(street.askers["nobody"].live, place.page)
        for asker in filter(lets_in, street.askers.values()):
            with knock(street, asker, v="2") as line:
                if asker.trouble:
                    continue
                line.watch(asker.live, place.room)
                line.say("typing", urlId=place.room, chatId=place.chat).say("unwatch", urlId=place.room).say("h")
                line.settle(asker.live)
                if asker.at == "home" and sees(asker, target) and asker.role not in {"nobody", "viewer"}:
                    wanted.add(asker.user_id)
        street.ann.reply(place.thread, "That is all.")
        ann.hear("updated-text-chat")
        assert {typing["user"]["id"] for typing in ann.of("typing")} == wanted
        assert street.ann.id in wanted
        nobody.settle(street.askers["nobody"].live)
        assert bool(nobody.of("typing")) is (target == "public")


def test_typing_in_a_private_discussion_is_not_told_to_the_page(street: Street) -> None:
    place, home = street.places["private"], street.home
    with v2(home.site.port, home.id) as ann, v2(home.site.port, home.id) as nobody:
        for line, asker in ((nobody, "nobody"), (ann, "colleague")):
            line.watch(street.askers[asker].live, place.page)
        ann.say("typing", urlId=place.page, chatId=place.chat)
        ann.say("typing", urlId=place.page, chatId=street.places["public"].chat)
        assert nobody.hear("typing")["chatId"] == street.places["public"].chat
