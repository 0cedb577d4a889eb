"""Every answer there is, whoever makes it, tells the browser what it may do with it."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from collabchat.api.headers import base_headers
from collabchat.settings import Settings
from tests.faults.bare import handshake
from tests.running import SSO_ORIGIN, Site

ALL = base_headers(Settings(Path()))
CHATS = "/comment-collab-chats/acme"
PREFLIGHT = {"Origin": SSO_ORIGIN, "Access-Control-Request-Method": "POST"}

ORDINARY: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", f"{CHATS}?urlId=x", {}, 200),
    ("GET", f"{CHATS}?urlId=x", {"headers": {"Origin": SSO_ORIGIN}}, 200),
    ("HEAD", "/healthz", {}, 405),
    ("OPTIONS", CHATS, {"headers": PREFLIGHT}, 200),
    ("OPTIONS", CHATS, {"headers": {**PREFLIGHT, "Origin": "https://evil.example"}}, 204),
    ("POST", CHATS, {"content": b"{"}, 400),
    ("POST", "/sessions/demo", {"content": b"x" * 70_000}, 413),
    ("POST", "/sessions/acme", {"json": {}, "headers": {"Origin": "https://evil.example"}}, 403),
    ("GET", f"{CHATS}?urlId=x", {"headers": {"Authorization": "Bearer x"}}, 401),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/demo/nowhere", {}, 404),
    ("GET", "/docs/nowhere", {}, 404),
    ("PUT", CHATS, {}, 405),
    ("GET", "/openapi.json", {}, 200),
    ("GET", "/readyz", {}, 200),
    ("GET", "/", {}, 302),
    ("GET", "/docs/docs.js", {}, 200),
    ("GET", "/docs-assets/swagger-ui.css", {}, 200),
    ("GET", "/demo/demo.css", {}, 200),
]


@pytest.mark.parametrize(("method", "path", "options", "status"), ORDINARY)
def test_an_answer_is_taken_for_what_it_is_by_its_own_site_only(
    site: Site, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = site.http.request(method, path, **options)
    assert answer.status_code == status
    own = {"content-security-policy"} if path.startswith("/docs/docs") else set()
    assert_safe(answer.headers, own)


def assert_safe(headers: httpx.Headers, own: set[str]) -> None:
    """All headers are there, each once; `own` may say something else."""
    assert {name: len(headers.get_list(name)) for name in ALL} == dict.fromkeys(ALL, 1)
    assert {name: headers[name] for name in ALL.keys() - own} == {name: ALL[name] for name in ALL.keys() - own}


def test_the_widget_may_be_loaded_by_any_site(site: Site) -> None:
    for path in ("/js/embed-collab-chat.min.js", "/js/embed-collab-chat.mjs", "/js/nowhere"):
        headers = site.http.get(path, headers={"Origin": "https://any.example"}).headers
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["access-control-allow-origin"] == "*"
        assert_safe(headers, {"cross-origin-resource-policy"})


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/demo", "/demo/udhr-uk", "/demo/sections"])
def test_our_own_pages_run_our_scripts_and_no_others(site: Site, path: str) -> None:
    page = site.http.get(path)
    assert_safe(page.headers, {"content-security-policy", "referrer-policy", "x-frame-options"})
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    policy = page.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    # The dashboard shows the demo as an example.
    by_whom = ("'self'", "SAMEORIGIN") if path.startswith("/demo") else ("'none'", "DENY")
    assert (rules["frame-ancestors"], page.headers["x-frame-options"]) == by_whom
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text)


@pytest.fixture
def line(site: Site) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", httpx.URL(site.base).port or 0), timeout=10) as line:
        yield line


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (handshake("nobody"), 403),
        (handshake("demo", "Origin: https://evil.example"), 403),
        (handshake("demo").replace(b"v=2", b"urlId=x"), 403),
        (handshake("demo").replace(b"/sub", b"/nowhere"), 404),
        (handshake("demo").replace(b"Version: 13", b"Version: 8"), 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 413),
    ],
)
def test_so_is_what_is_answered_before_the_application(line: socket.socket, said: bytes, status: int) -> None:
    line.sendall(said)
    head = b""
    while b"\r\n\r\n" not in head:
        data = line.recv(65_536)
        assert data, head
        head += data
    start, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    assert start.split()[1] == str(status)
    pairs = (each.partition(": ") for each in lines)
    assert_safe(httpx.Headers([(name, value) for name, _, value in pairs]), set())
