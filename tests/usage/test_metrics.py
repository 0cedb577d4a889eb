"""`/metrics`: the metered figures for Prometheus, told to this machine alone or at a port of their own."""

import json
import re
import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.nursery import Nursery, QuickSite
from tests.running import run_here

SPELLINGS = ("/metrics", "/metrics/", "//metrics", "/metrics//", "/%6detrics")
PROXIES_ADD = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via", "CF-Connecting-IP",
)  # fmt: skip


def figures(text: str) -> dict[str, float]:
    """Samples without labels by name; with a tenant's, by name and tenant."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        " ".join([each.name, *(each.labels[name] for name in each.labels if name == "tenant")]): each.value
        for each in samples
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_is_metered_is_told_to_this_machine_and_not_through_a_proxy(nursery: Nursery, tmp_path: Path) -> None:
    site = QuickSite(nursery, tmp_path)
    site.guest("Ana").created("book")
    answer = site.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    told = figures(answer.text)
    assert told["collabchat_conversations_created_total"] == told["collabchat_comments_created_total"] == 1
    assert told["collabchat_connections"] == told["collabchat_viewers"] == 0
    assert told["collabchat_disk_free_bytes"] > 0
    assert "acme" not in answer.text
    for header in PROXIES_ADD:
        for path in SPELLINGS:
            assert httpx.get(site.base + path, headers={header: "for=203.0.113.7"}).status_code == 404
    assert site.stop() == 0


def test_tenants_are_told_apart_only_if_that_is_asked_for(nursery: Nursery, tmp_path: Path) -> None:
    site = QuickSite(nursery, tmp_path, "--metrics-tenants", "on")
    site.guest("Ana").created("book")
    assert figures(site.http.get("/metrics").text)["collabchat_conversations_created_total demo"] == 1
    assert site.stop() == 0


def test_a_port_of_their_own_has_the_figures_and_nothing_else(nursery: Nursery, tmp_path: Path) -> None:
    port = free_port()
    site = QuickSite(nursery, tmp_path, "--metrics", f"127.0.0.1:{port}")
    for path in SPELLINGS:
        assert httpx.get(site.base + path).status_code == 404
    own = f"http://127.0.0.1:{port}"
    assert "collabchat_connections" in figures(httpx.get(f"{own}/metrics").text)
    for path in ("/", "/demo", "/healthz", "/sub"):
        assert httpx.get(f"{own}{path}").status_code == 404
    assert site.stop() == 0


def test_off_means_nowhere(nursery: Nursery, tmp_path: Path) -> None:
    site = QuickSite(nursery, tmp_path, "--metrics", "off")
    for path in SPELLINGS:
        assert httpx.get(site.base + path).status_code == 404
    assert site.stop() == 0


@pytest.mark.parametrize("place", ["9464", "127.0.0.1:", "127.0.0.1:99999", "on"])
def test_a_place_that_is_none_stops_the_start(place: str, tmp_path: Path) -> None:
    done = run_here("demo", "--metrics", place, data_dir=tmp_path)
    assert done.returncode == 2
    assert "--metrics" in done.stderr
    assert "127.0.0.1:9464" in done.stderr


def test_the_grafana_board_asks_for_nothing_that_is_not_told(nursery: Nursery, tmp_path: Path) -> None:
    board = (Path(__file__).parent.parent.parent / "deploy" / "grafana-dashboard.json").read_text()
    expressions = [target["expr"] for panel in json.loads(board)["panels"] for target in panel["targets"]]
    asked = {name for expression in expressions for name in re.findall(r"(?:collabchat|process)_\w+", expression)}
    site = QuickSite(nursery, tmp_path)
    told = figures(site.http.get("/metrics").text)
    assert site.stop() == 0
    assert len(asked) >= 15
    assert asked - told.keys() == set()
