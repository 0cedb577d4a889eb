"""The API's own description, and every route it names under random input."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import Site, Visitor

ROUTES = {
    "/comment-collab-chats/{}": {"get", "post"},
    "/comment-collab-chats/{}/{}": {"patch", "delete"},
    "/comments/{}": {"get", "post"},
    "/comments/{}/{}": {"delete"},
    "/comments/{}/{}/text": {"get"},
    "/comments/{}/{}/update-text": {"post"},
    "/sessions/{}": {"post", "delete"},
    "/event-log/{}": {"get"},
    "/pages/{}/users/online": {"get"},
    "/pages/{}/users/offline": {"get"},
    "/pages/{}/users/info": {"get"},
    "/user-presence-status": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


@pytest.fixture(scope="module")
def schema(site: Site) -> dict[str, Any]:
    return dict(site.http.get("/openapi.json").json())


def test_the_description_is_openapi_3_1_and_lists_every_route(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    verbs = {"get", "post", "put", "patch", "delete"}
    listed = {re.sub(r"{[^}]+}", "{}", path): verbs & each.keys() for path, each in schema["paths"].items()}
    assert {path: listed.get(path, set()) & verbs for path, verbs in ROUTES.items()} == ROUTES


def test_parameters_bear_the_names_that_go_over_the_wire(schema: dict[str, Any]) -> None:
    names = {
        parameter["name"]
        for path in schema["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    assert names >= {"urlId", "userIdWS", "startTime", "endTime", "afterSeq", "epoch", "broadcastId", "sso", "userIds"}
    assert not [name for name in names if "_" in name]


@pytest.mark.parametrize("path", ["/docs", "/demo"])
def test_no_page_of_ours_loads_anything_from_a_foreign_host(site: Site, path: str) -> None:
    page = site.http.get(path)
    assert page.headers["content-type"].startswith("text/html")
    loaded = [
        address
        for tag in re.findall(r"<(?:script|link|img|iframe)\s[^>]*>", page.text)
        for address in re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)""", tag)
        if not address.startswith("data:")
    ]
    assert loaded
    assert not [address for address in loaded if "//" in address]
    assert "@import" not in page.text
    for address in loaded:
        assert site.http.get(address, follow_redirects=True).status_code == 200, address


def test_no_route_fails_under_random_input(site: Site, ana: Visitor, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "st"), "run", f"{site.base}/openapi.json",
            "--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--max-examples", "15",
            "--seed", "1", "--generation-deterministic", "--no-color", "--continue-on-failure",
            "-H", f"Authorization: Bearer {ana.session}",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert site.http.get("/readyz").status_code == 200
