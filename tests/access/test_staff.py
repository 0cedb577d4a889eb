"""Signing in to the dashboard: a link that works once, a cookie for our own page alone, nothing in addresses."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.estate import Estate
from tests.faults.nursery import Nursery, QuickSite
from tests.running import run_here

SESSION = "/dashboard/session"
SIGN_IN_FIRST, FORBIDDEN = (401, "unauthenticated"), (403, "forbidden")


def link(site: QuickSite, *options: str) -> str:
    """A fresh link's secret, which stands behind the # of its address."""
    done = run_here("sign-in-link", *options, "--json", data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr
    path, secret = json.loads(done.stdout)["path"].split("#sign-in=")
    assert (path, len(secret) >= 32) == ("/dashboard", True)
    return str(secret)


def enter(site: QuickSite, secret: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.http.post(SESSION, json={"link": secret}, headers={"Origin": site.base, **sent})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "success")


def cookie_of(answer: httpx.Response) -> str:
    return str(answer.headers["set-cookie"].partition(";")[0])


def ask(site: QuickSite, verb: str, cookie: str, **headers: str) -> httpx.Response:
    return site.http.request(verb, SESSION, headers={"Cookie": cookie, **headers})


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture(scope="module")
def behind_tls(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    """A server that knows that readers reach it by HTTPS."""
    site = QuickSite(nursery, tmp_path_factory.mktemp("tls"), "--proxy-tls", "on")
    yield site
    assert site.stop() == 0


def test_a_link_signs_in_once_and_says_as_whom(site: QuickSite, estate: Estate) -> None:
    for options, role, tenant in (
        ((), "operator", None),
        (("--tenant", estate.id, "--role", "admin", "--name", "Olena"), "admin", estate.id),
        (("--tenant", estate.id, "--role", "moderator"), "moderator", estate.id),
    ):
        secret = link(site, *options)
        first, second = enter(site, secret), enter(site, secret)
        assert (first.json()["role"], first.json()["tenantId"]) == (role, tenant)
        assert code(second) == SIGN_IN_FIRST
        assert "set-cookie" not in second.headers
        assert ask(site, "GET", cookie_of(first)).json() == first.json()


def test_of_several_who_use_a_link_at_once_one_comes_in(site: QuickSite) -> None:
    for _ in range(5):
        secret = link(site)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(enter, [site] * 8, [secret] * 8))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


@pytest.mark.parametrize("table", ["staff_link", "staff_session"])
def test_links_and_sessions_end(site: QuickSite, table: str) -> None:
    secret = link(site)
    cookie = cookie_of(enter(site, secret)) if table == "staff_session" else ""
    with closing(sqlite3.connect(site.database, timeout=10, isolation_level=None)) as data:
        data.execute(f"UPDATE {table} SET ends_at = 1")
    answer = ask(site, "GET", cookie) if cookie else enter(site, secret)
    assert code(answer) == SIGN_IN_FIRST


def test_whoever_signs_out_is_out(site: QuickSite) -> None:
    first, second = cookie_of(enter(site, link(site))), cookie_of(enter(site, link(site)))
    gone = ask(site, "DELETE", first, Origin=site.base)
    assert (code(gone), "Max-Age=0" in gone.headers["set-cookie"]) == ((200, "success"), True)
    assert [code(ask(site, verb, first, Origin=site.base)) for verb in ("GET", "DELETE")] == [SIGN_IN_FIRST] * 2
    assert code(ask(site, "GET", second)) == (200, "success")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "$base.evil.example"}, {"Origin": "$other"},
        {"Origin": "$secure"},
        {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
    ],
    ids=str,
)  # fmt: skip
def test_no_other_sites_page_signs_anybody_in_or_out(site: QuickSite, headers: dict[str, str]) -> None:
    other = site.base.rpartition(":")[0] + ":1"
    places = {"$other": other, "$secure": site.base.replace("http", "https")}
    sent = {name: places.get(value, value.replace("$base", site.base)) for name, value in headers.items()}
    secret, cookie = link(site), cookie_of(enter(site, link(site)))
    assert code(enter(site, secret, **sent)) == FORBIDDEN
    named = {name.replace("_", "-"): value for name, value in {"Origin": site.base, **sent}.items()}
    assert code(ask(site, "DELETE", cookie, **named)) == FORBIDDEN
    assert code(ask(site, "GET", cookie)) == (200, "success")
    assert code(enter(site, secret)) == (200, "success")


def test_the_cookie_alone_ends_nothing(site: QuickSite) -> None:
    cookie = cookie_of(enter(site, link(site)))
    assert code(ask(site, "DELETE", cookie)) == FORBIDDEN
    assert code(ask(site, "GET", cookie)) == (200, "success")


def test_the_cookie_is_for_no_script_no_other_site_and_no_other_host(site: QuickSite, behind_tls: QuickSite) -> None:
    plain = enter(site, link(site)).headers["set-cookie"]
    secure = enter(behind_tls, link(behind_tls), Origin=behind_tls.base.replace("http", "https")).headers["set-cookie"]
    for cookie in (plain, secure):
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert flags >= {"httponly", "samesite=strict", "path=/"}
        assert not [flag for flag in flags if flag.startswith("domain")]
    assert secure.startswith("__Host-")
    assert "secure" in secure.lower().split("; ")
    # A name that another host could have set is not believed.
    bare = secure.partition(";")[0].removeprefix("__Host-")
    assert code(ask(behind_tls, "GET", bare)) == SIGN_IN_FIRST


def test_no_secret_is_in_an_address_an_answer_the_log_or_the_data(site: QuickSite) -> None:
    secret = link(site)
    answer = enter(site, secret)
    token = cookie_of(answer).partition("=")[2]
    told = [answer, ask(site, "GET", cookie_of(answer))]
    sent = [str(each.request.url) for each in told]
    heads = [value for each in told for name, value in each.headers.items() if name != "set-cookie"]
    stored = b"".join(path.read_bytes() for path in site.data_dir.glob("collabchat.db*"))
    for hidden in (secret, token):
        assert hidden not in "".join([*sent, *heads, *(each.text for each in told), site.log])
        assert hidden.encode() not in stored


def test_who_ran_a_tenant_that_was_deleted_is_out(site: QuickSite) -> None:
    estate = Estate(site)
    options = ("--tenant", estate.id, "--role", "admin")
    cookie, secret = cookie_of(enter(site, link(site, *options))), link(site, *options)
    estate.run("delete", "--yes")
    assert code(ask(site, "GET", cookie)) == SIGN_IN_FIRST
    assert code(enter(site, secret)) == SIGN_IN_FIRST


@pytest.mark.parametrize("wrong", ["", "x", "é", "a" * 201, 5, None, ["x"]], ids=repr)
def test_what_is_no_link_signs_nobody_in(site: QuickSite, wrong: Any) -> None:
    answer = site.http.post(SESSION, json={"link": wrong}, headers={"Origin": site.base})
    assert code(answer) in {SIGN_IN_FIRST, (400, "invalid-input")}
    assert "set-cookie" not in answer.headers


def test_the_operator_is_told_what_a_link_is_for(site: QuickSite, tmp_path: Path) -> None:
    for wrong in (("--role", "admin"), ("--tenant", "none", "--role", "admin"), ("--tenant", "acme")):
        done = run_here("sign-in-link", *wrong, data_dir=site.data_dir)
        assert (done.returncode, done.stdout) == (2, ""), wrong
