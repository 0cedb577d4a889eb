"""Signing in to the dashboard by an OpenID provider: who is let in, and every way in which an answer can be wrong."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.access.desk import Desk, code, cookie_of, enter
from tests.access.estate import Estate
from tests.faults.nursery import Nursery, QuickSite
from tests.identity.openid import CLIENT_ID, CLIENT_SECRET, Claims, OpenId
from tests.running import SECRETS, new_id

LEAVE = "/dashboard/oidc"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenId]:
    provider = OpenId()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def site(nursery: Nursery, provider: OpenId, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    SECRETS[CLIENT_SECRET] = "the secret of an OpenID client"
    options = ("--oidc-issuer", provider.issuer, "--oidc-client-id", CLIENT_ID, "--oidc-client-secret", CLIENT_SECRET)
    site = QuickSite(nursery, tmp_path_factory.mktemp("oidc"), *options)
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


@pytest.fixture(scope="module")
def admin(site: QuickSite) -> Desk:
    estate = Estate(site)
    return Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "admin")


@pytest.fixture(autouse=True)
def honest(provider: OpenId) -> None:
    """The provider as it should be, for somebody new."""
    name = new_id()
    provider.who = {"sub": name, "email": f"{name}@example.com"}
    provider.spoil, provider.sign, provider.is_down = dict, provider.signed, False


class Browser:
    """Goes where it is led, and keeps the ticket."""

    def __init__(self, site: QuickSite) -> None:
        self.site = site
        self.ticket = ""

    def leave(self) -> str:
        """Where the dashboard leads to."""
        answer = self.site.http.get(LEAVE)
        assert answer.status_code == 302, answer.text
        self.ticket = answer.headers["set-cookie"].partition(";")[0]
        assert {"HttpOnly", "SameSite=lax"} <= {flag.strip() for flag in answer.headers["set-cookie"].split(";")}
        return str(answer.headers["location"])

    def come_back(self, url: str) -> httpx.Response:
        return self.site.http.get(url.removeprefix(self.site.base), headers={"Cookie": self.ticket})

    def sign_in(self, provider: OpenId) -> httpx.Response:
        return self.come_back(provider.authorize(self.leave()))


def failure(answer: httpx.Response) -> str:
    """What the dashboard is told; nobody is signed in."""
    assert answer.status_code == 302, answer.text
    assert "collabchat_staff" not in "".join(answer.headers.get_list("set-cookie"))
    where, _, what = answer.headers["location"].partition("#error=")
    assert where == "/dashboard"
    return str(what)


def test_who_was_invited_gets_an_account_and_comes_again_as_the_same(
    site: QuickSite, provider: OpenId, admin: Desk
) -> None:
    secret = admin.invite(name="Ana", email=provider.who["email"].upper(), role="moderator")
    first = Browser(site).sign_in(provider)
    assert first.headers["location"] == "/dashboard"
    ana = Desk(site, cookie_of(first)).me
    assert (ana["name"], ana["role"], ana["tenantId"]) == ("Ana", "moderator", admin.tenant)
    # The invitation is used up; another address later changes nothing, as the provider's own name for her counts.
    assert code(enter(site, link=secret)) == (401, "unauthenticated")
    provider.who["email"] = f"{new_id()}@example.com"
    assert Desk(site, cookie_of(Browser(site).sign_in(provider))).me["accountId"] == ana["accountId"]


def test_who_has_an_account_by_this_address_is_let_in_and_nobody_else_by_it_after(
    site: QuickSite, provider: OpenId, admin: Desk
) -> None:
    ana = Desk.by_link(site, admin.invite(name="Ana", email=provider.who["email"])).me
    assert Desk(site, cookie_of(Browser(site).sign_in(provider))).me["accountId"] == ana["accountId"]
    provider.who["sub"] = "somebody else with this address"
    assert failure(Browser(site).sign_in(provider)) == "oidc-unknown"


def test_nobody_lets_themselves_in(site: QuickSite, provider: OpenId, admin: Desk) -> None:
    assert failure(Browser(site).sign_in(provider)) == "oidc-unknown"
    ana = Desk.by_link(site, admin.invite(name="Ana", email=provider.who["email"])).me
    admin.done("PATCH", f"/api/v1/staff/{ana['accountId']}", isEnabled=False)
    assert failure(Browser(site).sign_in(provider)) == "oidc-unknown"
    admin.done("DELETE", f"/api/v1/staff/{ana['accountId']}")
    assert failure(Browser(site).sign_in(provider)) == "oidc-unknown"


def test_the_session_says_whom_one_can_sign_in_with(site: QuickSite, admin: Desk) -> None:
    assert admin.me["ways"]["oidc"] == {"name": "127.0.0.1"}
    nobody = site.http.get("/dashboard/session")
    assert (code(nobody), nobody.json()["ways"]["oidc"]) == ((401, "unauthenticated"), {"name": "127.0.0.1"})


SPOILT: dict[str, tuple[str, Callable[[Claims], Claims]]] = {
    "wrong nonce": ("oidc-invalid", lambda claims: {**claims, "nonce": "another"}),
    "several nonces": ("oidc-invalid", lambda claims: {**claims, "nonce": [claims["nonce"], "another"]}),
    "no nonce": ("oidc-invalid", lambda claims: {n: v for n, v in claims.items() if n != "nonce"}),
    "wrong audience": ("oidc-invalid", lambda claims: {**claims, "aud": "another"}),
    "no audience": ("oidc-invalid", lambda claims: {**claims, "aud": None}),
    "also for others, made for them": ("oidc-invalid", lambda claims: {**claims, "aud": [CLIENT_ID, "b"], "azp": "b"}),
    "also for others, made for nobody": ("oidc-invalid", lambda claims: {**claims, "aud": [CLIENT_ID, "b"]}),
    "wrong issuer": ("oidc-invalid", lambda claims: {**claims, "iss": "https://evil.example"}),
    "expired": ("oidc-invalid", lambda claims: {**claims, "exp": claims["exp"] - 3_600}),
    "never expires": ("oidc-invalid", lambda claims: {**claims, "exp": None}),
    "from the future": ("oidc-invalid", lambda claims: {**claims, "iat": claims["iat"] + 3_600}),
    "no subject": ("oidc-invalid", lambda claims: {**claims, "sub": None}),
    "unverified e-mail": ("oidc-unverified", lambda claims: {**claims, "email_verified": False}),
    "e-mail that may be verified": ("oidc-unverified", lambda claims: {**claims, "email_verified": "yes"}),
    "no word of verification": (
        "oidc-unverified", lambda claims: {n: v for n, v in claims.items() if n != "email_verified"}
    ),
    "no e-mail": ("oidc-unverified", lambda claims: {**claims, "email": None}),
    "what is no e-mail": ("oidc-unverified", lambda claims: {**claims, "email": ["a@example.com"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_an_id_token_that_is_not_right_in_all_signs_nobody_in(
    site: QuickSite, provider: OpenId, admin: Desk, name: str
) -> None:
    admin.invite(name="Ana", email=provider.who["email"])
    expected, provider.spoil = SPOILT[name]
    assert failure(Browser(site).sign_in(provider)) == expected
    provider.spoil = dict
    assert Browser(site).sign_in(provider).headers["location"] == "/dashboard"


@pytest.mark.parametrize("how", ["unsigned", "signed_by_the_public_key", "signed_by_another"])
def test_an_id_token_that_the_provider_has_not_signed_signs_nobody_in(
    site: QuickSite, provider: OpenId, admin: Desk, how: str
) -> None:
    admin.invite(name="Ana", email=provider.who["email"])
    provider.sign = getattr(provider, how)
    assert failure(Browser(site).sign_in(provider)) == "oidc-invalid"


def test_an_answer_counts_in_the_browser_where_the_sign_in_began_and_once(
    site: QuickSite, provider: OpenId, admin: Desk
) -> None:
    admin.invite(name="Ana", email=provider.who["email"])
    victim, attacker = Browser(site), Browser(site)
    attackers_answer = provider.authorize(attacker.leave())
    victim.leave()
    assert failure(victim.come_back(attackers_answer)) == "oidc-state"
    assert failure(Browser(site).come_back(attackers_answer)) == "oidc-state"
    victim.ticket = victim.ticket[:-1] + ("A" if victim.ticket[-1] != "A" else "B")
    assert failure(victim.come_back(attackers_answer)) == "oidc-state"
    assert attacker.come_back(attackers_answer).headers["location"] == "/dashboard"
    assert failure(attacker.come_back(attackers_answer)) == "oidc-state"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "oidc-state"), ("?code=x", "oidc-state"), ("?code=x&state=y", "oidc-state"),
        ("?error=access_denied&state=$state", "oidc-refused"), ("?state=$state", "oidc-refused"),
        ("?code=made-up&state=$state", "oidc-refused"),
        ("?code=x&state=$state&iss=https://evil.example", "oidc-invalid"),
    ],
)  # fmt: skip
def test_answers_that_are_none_are_told_as_such(site: QuickSite, query: str, expected: str) -> None:
    browser = Browser(site)
    state = parse_qs(urlsplit(browser.leave()).query)["state"][0]
    assert failure(browser.come_back(f"{LEAVE}/callback{query.replace('$state', state)}")) == expected


def test_a_code_without_this_browsers_verifier_is_worth_nothing(site: QuickSite, provider: OpenId) -> None:
    one, other = Browser(site), Browser(site)
    stolen = parse_qs(urlsplit(provider.authorize(one.leave())).query)["code"][0]
    state = parse_qs(urlsplit(other.leave()).query)["state"][0]
    assert failure(other.come_back(f"{LEAVE}/callback?code={stolen}&state={state}")) == "oidc-refused"


def test_discovery_and_keys_are_asked_for_once(site: QuickSite, provider: OpenId, admin: Desk) -> None:
    admin.invite(name="Ana", email=provider.who["email"])
    Browser(site).sign_in(provider)
    provider.asked.clear()
    Browser(site).sign_in(provider)
    assert provider.asked == ["/token"]


def test_who_signed_in_is_written_down_and_no_secret_is(site: QuickSite, provider: OpenId, admin: Desk) -> None:
    admin.invite(name="Ana", email=provider.who["email"])
    browser = Browser(site)
    ana = Desk(site, cookie_of(browser.sign_in(provider))).me
    with closing(sqlite3.connect(site.database, timeout=10)) as data:
        rows = data.execute("SELECT act, details FROM audit WHERE actor_id = ?", [f"staff:{ana['accountId']}"])
        assert [(act, json.loads(details)) for act, details in rows] == [("sign-in", {"way": "oidc"})]
    for secret in (CLIENT_SECRET, browser.ticket.partition("=")[2]):
        assert secret not in site.log


def test_without_a_provider_there_is_no_such_page(nursery: Nursery, tmp_path: Any) -> None:
    site = QuickSite(nursery, tmp_path)
    for path in (LEAVE, f"{LEAVE}/callback?code=x&state=y"):
        assert code(site.http.get(path)) == (404, "not-found")
    assert site.http.get("/dashboard/session").json()["ways"]["oidc"] is None
    assert site.stop() == 0


def test_a_provider_that_does_not_answer_is_told_as_such(nursery: Nursery, tmp_path: Any, provider: OpenId) -> None:
    site = QuickSite(nursery, tmp_path, "--oidc-issuer", provider.issuer, "--oidc-client-id", CLIENT_ID)
    provider.is_down = True
    assert failure(site.http.get(LEAVE)) == "oidc-unreachable"
    assert site.stop() == 0
