"""The dashboard's page and what it loads, as a browser gets them."""

import pytest

from tests.running import Site

PATHS = ["/dashboard", "/dashboard/demo", "/dashboard/demo/overview", "/dashboard/demo/settings/keys"]


@pytest.mark.parametrize("path", PATHS)
def test_whatever_stands_behind_its_name_it_is_the_same_page_within_its_policy(site: Site, path: str) -> None:
    page = site.http.get(path)
    assert page.status_code == 200
    assert page.content == site.http.get("/dashboard").content
    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    host = page.request.headers["host"]
    assert rules["connect-src"] == f"'self' ws://{host} wss://{host}"
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("host", ["a.example; script-src *", "a.example *", "a,b"])
def test_no_host_says_anything_in_the_policy(site: Site, host: str) -> None:
    policy = site.http.get("/dashboard", headers={"Host": host}).headers.get("content-security-policy", "")
    assert host not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    ("name", "kind"), [("dashboard.js", "javascript"), ("dashboard.css", "text/css"), ("icon.svg", "image/svg+xml")]
)
def test_what_it_loads_comes_from_here(site: Site, name: str, kind: str) -> None:
    assert f"/dashboard-assets/{name}" in site.http.get("/dashboard").text
    answer = site.http.get(f"/dashboard-assets/{name}")
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]


def test_signing_in_is_no_page(site: Site) -> None:
    for path in ("/dashboard/session", "/dashboard/session/"):
        answer = site.http.get(path)
        assert answer.status_code == 401
        assert answer.json()["ways"]["oidc"] is None


def test_there_is_no_page_further_down(site: Site) -> None:
    assert site.http.get("/dashboard/a/b/c/d").status_code == 404
    assert site.http.get("/dashboard-assets/nowhere.js").status_code == 404
