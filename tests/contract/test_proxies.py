"""A server behind a proxy: whom it believes, and what it takes in the clear."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collabchat.api.asking import COOKIE_PREFIX
from collabchat.identity.rate_limits import Allowances
from tests.faults.bare import Bare
from tests.running import Site, secure_sso

PROXY, DIRECT = "127.0.0.1", "127.0.0.2"
SNAPSHOT = "/comment-collab-chats/demo?urlId=x"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose proxy is 127.0.0.1, and ends TLS."""
    site = Site(
        tmp_path_factory.mktemp("behind"), "--proxy-tls", "on", "--trusted-proxies", PROXY, "--rate-limits", "on"
    )
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


def port(site: Site) -> int:
    return int(site.base.rpartition(":")[2])


# -- Whom a request comes from -----------------------------------------------------------------------------------------


def sign_in(site: Site, forwarded: str, source: str = PROXY) -> int:
    """The status of an attempt to sign in, which counts whoever makes it."""
    body = b'{"sso":{"verificationHash":"x"}}'
    with Bare(port(site), source) as bare:
        bare.send(
            b"POST /sessions/acme HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"X-Forwarded-For: %s\r\n\r\n%s" % (len(body), forwarded.encode(), body)
        )
        return bare.answer()


def test_f49_requests_are_counted_by_the_last_address_that_no_trusted_proxy_has(behind: Site) -> None:
    most = Allowances().of_address("session")
    # Whatever a client says before its own address, it is counted as one.
    asked = [sign_in(behind, f"10.0.{number % 250}.{number // 250}, 192.0.2.1") for number in range(most + 1)]
    assert asked == [401] * most + [429]
    assert sign_in(behind, "192.0.2.1") == 429
    assert sign_in(behind, "192.0.2.1, 192.0.2.2") == 401
    assert sign_in(behind, "192.0.2.1, 127.0.0.1") == 429
    # Who is no proxy of ours is counted as itself, whatever it says.
    assert sign_in(behind, "192.0.2.1", DIRECT) == 401


def test_f49_requests_of_one_household_of_ipv6_are_counted_together(behind: Site) -> None:
    most = Allowances().of_address("session")
    asked = [sign_in(behind, f"2001:db8:1:2::{number:x}") for number in range(most + 1)]
    assert asked == [401] * most + [429]
    assert sign_in(behind, "[2001:db8:1:2:ffff::1]:443") == 429
    assert sign_in(behind, "2001:db8:1:3::1") == 401


# -- In the clear ------------------------------------------------------------------------------------------------------


def test_a_socket_is_refused_when_the_proxy_got_it_in_the_clear(behind: Site) -> None:
    def knock(source: str, *headers: str) -> int:
        with Bare(port(behind), source) as bare:
            return bare.upgrade("demo", *headers)

    assert knock(PROXY, "X-Forwarded-Proto: http") == 403
    assert knock(PROXY, "X-Forwarded-Proto: ws") == 403
    assert knock(PROXY, "X-Forwarded-Proto: https") == 101
    assert knock(PROXY) == 101
    # Nobody else's word counts; and this machine needs no TLS to itself.
    assert knock(DIRECT, "X-Forwarded-Proto: http") == 101


def test_so_is_a_request_that_proves_somebody_and_the_reason_is_told(behind: Site) -> None:
    ana = behind.guest()
    payload = secure_sso(behind.api_key, {"id": "mia", "username": "Mia"})

    def ask(proto: str) -> list[httpx.Response]:
        http, said = behind.http, {"X-Forwarded-Proto": proto}
        return [
            http.get(SNAPSHOT, headers=said | ana.headers),
            http.get(SNAPSHOT, headers=said | {"Cookie": f"{COOKIE_PREFIX}demo={ana.session}"}),
            http.get(SNAPSHOT.replace("demo", "acme"), params={"urlId": "x", "sso": "{}"}, headers=said),
            http.post("/sessions/acme", json={"sso": payload}, headers=said),
            http.post("/sessions/demo", json={"guestName": "Bo"}, headers=said),
        ]

    assert [answer.status_code for answer in ask("https")] == [200] * 5
    refused = ask("http")
    assert [answer.status_code for answer in refused] == [403] * 5
    assert {answer.json()["code"] for answer in refused} == {"forbidden"}
    assert all("X-Forwarded-Proto" in answer.json()["reason"] for answer in refused)
    assert not [answer for answer in refused if "set-cookie" in answer.headers]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/demo", "/js/embed-collab-chat.min.js", SNAPSHOT])
def test_what_anybody_may_read_is_served_in_the_clear(behind: Site, path: str) -> None:
    assert behind.http.get(path, headers={"X-Forwarded-Proto": "http"}).status_code == 200


def test_readers_are_told_to_come_by_tls_always(behind: Site) -> None:
    assert behind.http.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"


def test_without_tls_at_the_proxy_nothing_is_asked_of_it(tmp_path: Path) -> None:
    site = Site(tmp_path, "--trusted-proxies", PROXY)
    said = {"X-Forwarded-Proto": "http"}
    assert site.http.post("/sessions/demo", json={"guestName": "Bo"}, headers=said).status_code == 200
    assert site.stop() == 0
