"""Odd ways to write an address lead nowhere, and whoever reads one reads the same in it."""

import http.client
import json
from urllib.parse import urlencode

import httpx
import pytest

from tests.contract.two_tenants import PAGE, Scene, assert_fine
from tests.faults.bare import Bare
from tests.running import secure_sso

# -- Addresses that no library sends ----------------------------------------------------------------------------------

TARGETS = [
    "/comments/demo/../acme?urlId=plans", "/comments/demo/%2e%2e/acme?urlId=plans", "/comments/./acme?urlId=plans",
    "/comments/demo%2f..%2facme?urlId=plans", "/comments/acme/.?urlId=plans", "/comments/acme%2f?urlId=plans",
    "//comments/acme?urlId=plans", "/comments//acme?urlId=plans", "/comments/acme//?urlId=plans",
    "/COMMENTS/acme?urlId=plans", "/comments/acm%65?urlId=plans", "/comments/acm%2565?urlId=plans",
    "/comments/acme%00?urlId=plans", "/comments/acme;demo?urlId=plans", "/comments\\acme?urlId=plans",
    "/comments/acme?urlId[]=plans", "/comments/acme?urlId=plans;urlId=own", "http://acme/comments/acme?urlId=plans",
    "/comments/acme?" + "&".join(f"a{n}=1" for n in range(2_000)), "/comments/demo/%00/text", "/comments/demo/%ff/text",
    "/comments/demo/%c0%ae%c0%ae/text", "/comments/demo/%u0061/text", "/comments/demo/%/text",
    "/comments/demo/%zz/text", "/comments/demo/..%5c..%5cacme/text", "/comments/demo/" + "%2e%2e%2f" * 500 + "text",
    "/comments/demo/" + "x" * 20_000 + "/text", "*", "/%00", "/healthz%00", "/sub%00", "/openapi.json/..%2f..",
    "/schema/../../etc/passwd",
]  # fmt: skip
SHELVES = [
    "/js/..%2f..%2f__init__.py", "/js/../../__init__.py", "/js/%2e%2e/%2e%2e/__init__.py", "/js/....//__init__.py",
    "/js//etc/passwd", "/js/%2fetc%2fpasswd", "/js/locales/..%2f..%2f..%2f__init__.py", "/js/..%5c..%5c__init__.py",
    "/js/locales", "/js/", "/js/%00", "/js/%ff", "/js/embed-collab-chat.min.js%00", "/js/embed-collab-chat.min.js/x",
    "/js/" + "x" * 300, "/js/" + "x" * 9_000, "/js/" + "a/" * 3_000, "/docs-assets/..%2fjs/embed-collab-chat.min.js",
    "/docs-assets/%00", "/docs-assets/" + "x" * 300, "/demo/..%2f__init__.py", "/demo/%2e%2e", "/demo/%00",
    "/demo/" + "x" * 9_000, "/demo/index.html",
]  # fmt: skip


def asked_by_hand(scene: Scene, target: str, headers: dict[str, str]) -> httpx.Response:
    """Send a target as it is; libraries put dots and slashes in order."""
    line = http.client.HTTPConnection("127.0.0.1", scene.port, timeout=30)
    try:
        line.request("GET", target, headers=headers)
        answer = line.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        line.close()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:40])
def test_no_odd_way_to_write_an_address_leads_to_another_tenant(scene: Scene, target: str) -> None:
    assert_fine(asked_by_hand(scene, target, scene.ana.headers), target)


@pytest.mark.parametrize("target", SHELVES, ids=lambda target: target[:40])
def test_no_odd_name_leads_out_of_the_folders_of_files(scene: Scene, target: str) -> None:
    answer = asked_by_hand(scene, target, {})
    assert_fine(answer, target)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "target", [b"/comments/demo?urlId=\xff", b"/comments/d\xe9mo?urlId=p", b"/comments/demo?urlId=a b"]
)
def test_bytes_that_no_address_has_are_no_request(scene: Scene, target: bytes) -> None:
    with Bare(scene.port) as bare:
        bare.send(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert bare.answer() == 400


@pytest.mark.parametrize("bytes_", ["%ff", "%c0%af", "%ed%a0%80", "%f0%9f%98", "a%80b"])
@pytest.mark.parametrize(
    "place", ["/comment-collab-chats/demo?urlId=", "/comments/demo?urlId=", "/comments/demo?urlId=p&sso="]
)
def test_what_is_no_utf8_is_not_taken_for_something_else_that_is_none(scene: Scene, place: str, bytes_: str) -> None:
    answer = asked_by_hand(scene, place + bytes_, {})
    assert_fine(answer, place, bytes_)
    assert answer.status_code in {400, 401}


# -- One name, two readers --------------------------------------------------------------------------------------------


def test_who_may_read_an_answer_is_asked_of_the_tenant_whose_answer_it_is(scene: Scene) -> None:
    """A site of one tenant names two: the one that lets it read, and the one that it wants to read of."""
    origin = {"Origin": "https://acme.example"}
    ids = scene.ana.snapshot("own")["urlIdWS"]
    for names in (["acme", "demo"], ["demo", "acme"]):
        query = urlencode([*(("tenantId", name) for name in names), ("urlIdWS", ids), ("userIds", "x")])
        answer = scene.site.http.get(f"/user-presence-status?{query}", headers=origin)
        assert answer.status_code != 200 or "access-control-allow-origin" not in answer.headers


def test_who_asks_twice_is_nobody(scene: Scene) -> None:
    mia = json.dumps(secure_sso(scene.site.api_key, {"id": "mia", "username": "Mia"}))
    for payloads in ([mia, "null"], ["null", mia], [mia, mia]):
        query = urlencode([("urlId", PAGE), *(("sso", payload) for payload in payloads)])
        answer = scene.site.http.get(f"/comment-collab-chats/acme?{query}")
        assert answer.status_code in {400, 401}, payloads
