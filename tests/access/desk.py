"""Somebody at the dashboard of a running server."""

import json
from typing import Any

import httpx

from tests.faults.nursery import QuickSite
from tests.running import SECRETS, run_here

SESSION = "/dashboard/session"


def link(site: QuickSite, *options: str) -> str:
    """A fresh link's secret, which stands behind the # of its address."""
    done = run_here("sign-in-link", *options, "--json", data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr
    return secret_of(json.loads(done.stdout)["path"])


def secret_of(path: str) -> str:
    """The secret of a link."""
    where, secret = path.split("#sign-in=")
    assert (where, len(secret) >= 32) == ("/dashboard", True)
    SECRETS[secret] = "a link to the dashboard"
    return secret


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "success")


def cookie_of(answer: httpx.Response) -> str:
    assert answer.status_code in {200, 302}, answer.text
    found = [value for value in answer.headers.get_list("set-cookie") if "collabchat_staff=" in value]
    return found[0].partition(";")[0]


class Desk:
    """A session at the dashboard; of an operator, one at whose tenant `tenant` they work."""

    def __init__(self, site: QuickSite, cookie: str, tenant: str | None = None) -> None:
        self.site, self.cookie, self.tenant = site, cookie, tenant
        SECRETS[cookie.partition("=")[2]] = "a session at the dashboard"

    @classmethod
    def by_link(cls, site: QuickSite, secret: str, tenant: str | None = None) -> "Desk":
        return cls(site, cookie_of(enter(site, link=secret)), tenant)

    @classmethod
    def opened(cls, site: QuickSite, tenant: str | None = None, *options: str) -> "Desk":
        """By a fresh link of the command line."""
        return cls.by_link(site, link(site, *options), tenant)

    def ask(self, verb: str, path: str, **options: Any) -> httpx.Response:
        named = {} if self.tenant is None else {"X-TENANT-ID": self.tenant}
        headers = {"Cookie": self.cookie, "Origin": self.site.base, **named, **options.pop("headers", {})}
        return self.site.http.request(verb, path, headers=headers, **options)

    def get(self, path: str) -> dict[str, Any]:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def done(self, verb: str, path: str, **body: Any) -> dict[str, Any]:
        answer = self.ask(verb, path, **({"json": body} if body or verb != "DELETE" else {}))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def invite(self, **body: Any) -> str:
        """The secret of an invitation."""
        return secret_of(self.done("POST", "/api/v1/staff/invitations", **body)["link"])

    @property
    def me(self) -> dict[str, Any]:
        return self.get(SESSION)


def enter(site: QuickSite, **body: Any) -> httpx.Response:
    """Ask for a session."""
    return site.http.post(SESSION, json=body, headers={"Origin": site.base})
