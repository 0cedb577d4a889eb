"""HTTPS and WSS on one port."""

import asyncio
import json
import ssl
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.running import Site


async def test_https_and_wss_answer_on_one_port(secure: Site, authority: Path, page: str) -> None:
    assert secure.base.startswith("https://")
    ana = secure.guest()
    trust = ssl.create_default_context(cafile=authority / "ca.pem")
    url = secure.sub_url(**ana.live_ids(page))
    assert url.startswith("wss://")
    async with asyncio.timeout(20), connect(url, ssl=trust, origin=Origin(secure.base)) as socket:
        assert json.loads(await socket.recv())["sc"] == 1
        created = ana.created(page)
        assert json.loads(await socket.recv()) == created["event"]


def test_the_session_cookie_is_for_https_only(secure: Site) -> None:
    answer = secure.http.post("/sessions/demo", json={"guestName": "Ana"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_the_demo_tenant_allows_the_https_origin(secure: Site, page: str) -> None:
    answer = secure.http.get("/comment-collab-chats/demo", params={"urlId": page}, headers={"Origin": secure.base})
    assert answer.headers["access-control-allow-origin"] == secure.base


def test_plain_http_is_not_served_on_the_tls_port(secure: Site) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(secure.base.replace("https", "http") + "/healthz", timeout=10)


def test_a_stranger_to_the_authority_does_not_trust_it(secure: Site) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(secure.base + "/healthz", timeout=10)
