"""A tenant of a running server, its people, and its operator at the command line."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

import httpx

from collabchat.identity.keys import ServerKey
from collabchat.identity.tokens import Tokens
from tests.faults.nursery import QuickSite
from tests.running import Visitor, eventually, new_id, run_here, secure_sso

GROUP = "staff"
_numbers = count(1)


class Estate:
    """One tenant; `rules` are options of `tenant create`."""

    def __init__(self, site: QuickSite, *rules: str, name: str = "") -> None:
        self.site = site
        self.id = name or f"t{next(_numbers)}"
        self.origin = f"https://{self.id}.example"
        self.api_key = self.run("create", "--name", self.id, "--origin", self.origin, *rules)["apiKey"]
        self.notice()

    # -- The operator --------------------------------------------------------------------------------------------------

    def run(self, *command: str, about: str = "tenant") -> dict[str, Any]:
        """`collabchat tenant COMMAND ID …`, or `person`, `page`: what it prints."""
        verb, *rest = command
        done = self._run(about, verb, self.id, *rest, "--json" if (about, verb) != ("person", "export") else "")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return run_here(*filter(None, command), data_dir=self.site.data_dir)

    def rotate(self, *options: str) -> str:
        """Make a new API key, from which on people sign in with it; returns the one before it."""
        before: str = self.api_key
        self.api_key = self.run("rotate-key", *options)["apiKey"]
        self.notice()
        return before

    def notice(self) -> None:
        """Let the server look at once for what the command line has changed; it would within a second.

        A ban makes it look, and shows that it has: of somebody who is there for nothing else.
        """
        site = self.site
        boss, probe = (site.member(name, role=role) for name, role in (("Boss", "admin"), ("Probe", "viewer")))

        def is_out() -> bool:
            return probe.request("GET", "/comment-collab-chats/{t}", params={"urlId": "any"}).status_code == 403

        ban = boss.request("POST", "/bans/{t}", json={"userId": probe.id, "reason": "x"}).json()["ban"]
        assert eventually(is_out, bool)
        boss.request("DELETE", f"/bans/{{t}}/{ban['banId']}")
        assert not eventually(is_out, lambda out: not out)

    @property
    def keyed(self) -> dict[str, str]:
        """What the tenant's own servers send."""
        return {"X-API-KEY": self.api_key, "X-TENANT-ID": self.id}

    def limit(self, page: str, *groups: str) -> None:
        """Say whom a page is for, by the API; without groups: everybody."""
        body = {"urlId": page, "accessibleByGroupIds": list(groups) or None}
        answer = self.site.http.post("/api/v1/pages", json=body, headers=self.keyed)
        assert answer.status_code == 200, answer.text

    # -- People --------------------------------------------------------------------------------------------------------

    def payload(self, name: str, *, key: str = "", at: int | None = None, **fields: Any) -> dict[str, Any]:
        """What the site says of somebody, signed; `at`: when."""
        return secure_sso(key or self.api_key, {"id": name.lower(), "username": name, **fields}, timestamp=at)

    def sign_in(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Ask for a session."""
        return self.site.http.post(f"/sessions/{self.id}", json=body, headers=headers)

    def ask(self, page: str, sso: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Ask for a page."""
        params = {"urlId": page, **({} if sso is None else {"sso": json.dumps(sso)})}
        return self.site.http.get(f"/comment-collab-chats/{self.id}", params=params, headers=headers)

    def member(self, name: str, *groups: str, **fields: Any) -> Visitor:
        """Somebody who has signed in on the site; without groups they have none."""
        told = {**fields, "groupIds": list(groups) or None}
        return Visitor(self.site, self.id, self.sign_in({"sso": self.payload(name, **told)}).json())

    def guest(self, name: str = "Gus") -> Visitor:
        """Somebody with no more than a name."""
        return Visitor(self.site, self.id, self.sign_in({"guestName": name}).json())

    @property
    def tokens(self) -> Tokens:
        """The server's own, to make what has expired."""
        return Tokens(ServerKey.load(self.site.data_dir))

    # -- The data ------------------------------------------------------------------------------------------------------

    @contextmanager
    def data(self) -> Iterator[sqlite3.Connection]:
        """The database, beside the server."""
        with closing(sqlite3.connect(self.site.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout=10000")
            yield connection

    def digest(self, connection: sqlite3.Connection) -> dict[str, Any]:
        """How much of everything there is at this tenant, and where its rooms stand."""
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {}
        for table in tables:
            columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
            # What was asked in vain is counted, too, and stored some time.
            if "tenant_id" in columns and table not in {"usage", "page_usage"}:
                query = f'SELECT count(*) FROM "{table}" WHERE tenant_id = ?'
                counts[table] = connection.execute(query, [self.id]).fetchone()[0]
        rooms = connection.execute("SELECT url_id, life, seq FROM room WHERE tenant_id = ?", [self.id])
        return {**counts, "rooms": rooms.fetchall()}


class Place:
    """A discussion to ask for: where it is, and what its things are called."""

    def __init__(self, author: Visitor, page: str, groups: list[str] | None = None) -> None:
        self.author, self.page, self.groups = author, page, groups
        self.tenant, self.room_token = author.tenant, ""
        self.renew()

    def renew(self) -> None:
        """Begin another."""
        fields: dict[str, Any] = {} if self.groups is None else {"groups": self.groups}
        made = self.author.created(self.page, f"Of {new_id()}", **fields)
        self.chat: str = made["createdChatId"]
        self.thread: str = made["conversation"]["urlId"]
        self.comment: str = made["event"]["comment"]["_id"]
        self.room: str = made["event"]["urlId"]
        if not self.room_token:
            self.room_token = self.author.snapshot(self.room)["urlIdWS"]
