"""F42, F54: sockets from foreign sites, and clients of another age."""

import json
from urllib.parse import urlencode

import pytest

from tests.faults.bare import CLOSE, Bare, code_of, handshake, message
from tests.faults.invariants import assert_in_step
from tests.faults.nursery import QuickSite
from tests.live_reader import LiveReader, close_code, dial, hear, say
from tests.running import SSO_ORIGIN, Visitor, next_event

FROM_LATER: list[dict[str, object]] = [
    {"type": "dance"},
    {"type": "sub", "p": "pg_7Fk2", "e": "k3x9", "q": 1041},
    {"type": "h", "at": 17, "more": {"of": ["the", "same"]}},
    {"type": "unwatch", "urlId": "a-room-never-watched", "why": None},
    {"type": "typing", "urlId": "a-room-never-watched", "chatId": "none", "emoji": True},
    {"type": "", "urlId": 5},
]
"""Messages that no client of today sends: unknown types, and unknown fields in known ones."""

FOREIGN: dict[str, bytes] = {
    "another site": b"https://evil.example",
    "null": b"null",
    "nothing": b"",
    "ours as a prefix": b"https://acme.example.evil.com",
    "ours as a suffix": b"https://evilacme.example",
    "ours as a subdomain's parent": b"https://sub.acme.example",
    "ours as a user": b"https://acme.example@evil.com",
    "ours before a fragment": b"https://acme.example#evil.com",
    "ours before a NUL, in letters": b"https://acme.example%00.evil.com",
    "ours by another scheme": b"http://acme.example",
    "ours as a socket": b"wss://acme.example",
    "ours at another port": b"https://acme.example:8443",
    "ours at no port": b"https://acme.example:99999",
    "ours with a path": b"https://acme.example/x",
    "ours without a scheme": b"acme.example",
    "ours with a dot at the end": b"https://acme.example.",
    "ours in Cyrillic": "https://аcme.example".encode(),
    "ours in bytes that are none": b"\xffhttps://acme.example",
    "ours and another in one": b"https://acme.example https://evil.example",
    "ours and another in a list": b"https://acme.example, https://evil.example",
    "another tenant's": b"http://127.0.0.1",
}
"""Origins of which none is a site of Acme's."""

CLASSIC_CHATTER = ["ping", "", "{}", "[", '{"type":"hello"}', '{"type":"h"}', "\u0000", "пінг"]


def knock(site: QuickSite, query: dict[str, str], *headers: bytes) -> Bare:
    """A connection that has asked for a socket."""
    bare = Bare(site.port)
    asked = handshake().replace(b"tenantIdWS=demo&v=2", urlencode(query).encode())
    bare.send(asked[:-2] + b"".join(header + b"\r\n" for header in headers) + b"\r\n")
    return bare


@pytest.fixture(scope="module")
def mia(site: QuickSite) -> Visitor:
    """A member of Acme's, whose tokens are good."""
    return site.member("Mia")


@pytest.mark.parametrize("name", FOREIGN)
def test_f42_no_socket_is_opened_for_a_foreign_site_whatever_it_holds(site: QuickSite, mia: Visitor, name: str) -> None:
    cookie = f"Cookie: collabchat_session_acme={mia.session}".encode()
    for query in (mia.live_ids("p"), {"tenantIdWS": "acme", "v": "2"}, {"tenantIdWS": "acme", "v": "9"}):
        with knock(site, query, b"Origin: " + FOREIGN[name], cookie) as bare:
            assert bare.answer() == 403
            assert b"101" not in bare.head


@pytest.mark.parametrize("origin", [SSO_ORIGIN, "HTTPS://ACME.example", f"{SSO_ORIGIN}:443"])
def test_f42_the_tenants_own_site_is_known_however_it_is_spelt(site: QuickSite, mia: Visitor, origin: str) -> None:
    for query in (mia.live_ids("p"), {"tenantIdWS": "acme", "v": "2"}):
        with knock(site, query, f"Origin: {origin}".encode()) as bare:
            assert bare.answer() == 101


@pytest.mark.parametrize("other", [b"https://evil.example", SSO_ORIGIN.encode(), b"null", b""])
def test_f42_who_comes_from_two_sites_comes_from_none(site: QuickSite, mia: Visitor, other: bytes) -> None:
    own = b"Origin: " + SSO_ORIGIN.encode()
    for query in (mia.live_ids("p"), {"tenantIdWS": "acme", "v": "2"}):
        for headers in ((own, b"Origin: " + other), (b"Origin: " + other, own), (own, b"origin: " + other)):
            with knock(site, query, *headers) as bare:
                assert bare.answer() in {400, 403}


def test_f42_who_says_no_origin_is_no_browser_and_needs_a_token_as_everybody(site: QuickSite, mia: Visitor) -> None:
    cookie = f"Cookie: collabchat_session_acme={mia.session}".encode()
    ids = mia.live_ids("p")
    with knock(site, ids) as bare:
        assert bare.answer() == 101
    for missing in ("userIdWS", "urlId"):
        with knock(site, {name: id_ for name, id_ in ids.items() if name != missing}, cookie) as bare:
            assert bare.answer() == 403
    for origin in ((), (b"Origin: " + SSO_ORIGIN.encode(),)):
        # A browser adds the cookie to any request: it proves nothing here.
        with knock(site, {"tenantIdWS": "acme", "v": "2"}, cookie, *origin) as bare:
            assert bare.answer() == 101
            bare.send(message(type="hello", token=""))
            opcode, payload = bare.next_frame()
            assert (opcode, code_of(payload)) == (CLOSE, 4401)


def test_f54_a_client_from_later_is_understood_as_far_as_it_can_be(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    snapshot = ana.snapshot(page)
    room = {"urlId": page, "epoch": snapshot["epoch"], "seq": snapshot["seq"], "depth": 3}
    with dial(site.base, "demo") as socket:
        say(socket, type="hello", token=snapshot["userIdWS"], rooms=[room], v=3, agent="collabchat/9")
        assert hear(socket, "watching")["result"] == "resumed"
        for message in FROM_LATER:
            say(socket, **message)
        event = bo.created(page)["event"]
        assert hear(socket, "new-text-chat") == event


@pytest.mark.parametrize("version", ["1", "3", "0", "two", "2.0"])
def test_f54_another_version_of_the_channel_is_told_that_there_is_none(site: QuickSite, version: str) -> None:
    with dial(site.base, "demo", version) as socket:
        assert json.loads(socket.recv(timeout=10)) == {"type": "error", "code": "unsupported-version"}
        assert close_code(socket) == 4400


def test_f54_a_classic_client_may_say_what_it_likes_and_hears_single_events_alone(
    site: QuickSite, ana: Visitor, bo: Visitor, page: str
) -> None:
    with ana.socket(page) as socket, LiveReader(bo, page, via=site.base) as reader:
        reader.wait_live()
        for text in CLASSIC_CHATTER:
            socket.send(text)
        answers = [ana.created(page)["event"], bo.created(page)["event"]]
        assert [next_event(socket, "new-text-chat"), next_event(socket, "new-text-chat")] == answers
        reader.say({"type": "dance"})
        assert_in_step(ana, page, reader)
        assert reader.room.applied == answers


def test_f54_a_reader_passes_over_what_the_server_may_say_one_day(site: QuickSite, ana: Visitor, page: str) -> None:
    with LiveReader(ana, page, via=site.base) as reader:
        reader.wait_live()
        epoch, seq = reader.room.epoch, reader.room.seq
        reader.hear({"type": "weather", "urlId": page, "rain": True})
        reader.hear({"type": "voted-text-chat", "urlId": page, "seq": seq + 1, "timestamp": 1, "votes": 4})
        assert (reader.room.epoch, reader.room.seq, reader.room.conversations) == (epoch, seq + 1, [])
