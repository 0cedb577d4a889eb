"""HTTPS and WSS on one port."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.running import Site


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for 127.0.0.1, its key, and its authority's certificate."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    issued = ca.issue_cert("127.0.0.1")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "cert.pem", append=True)
    return folder


@pytest.fixture(scope="module")
def secure(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pair = ("--tls-cert", str(authority / "cert.pem"), "--tls-key", str(authority / "key.pem"))
    site = Site(tmp_path_factory.mktemp("secure"), *pair, certificate=authority / "ca.pem")
    yield site
    assert site.stop() == 0


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
