"""A real server in a process of its own, and people who use it over HTTP and WebSocket."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import httpx
from websockets.sync.client import ClientConnection, connect

COMMAND = [sys.executable, "-m", "collabchat"]
SSO_TENANT = "acme"
SSO_ORIGIN = "https://acme.example"

T = TypeVar("T")

SECRETS: dict[str, str] = {}
"""What must not stand in any log, and what it is: filled by all servers and visitors of a run."""

LOGS: set[Path] = set()
"""The logs of all servers of a run."""


def run_cli(
    *arguments: str, data_dir: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(environment or {})},
    )


def run_here(
    *arguments: str, data_dir: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same in this process, which is quicker; for commands that end by themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries' deprecations, which the server's own process does not show
        from collabchat.cli import main  # noqa: PLC0415 - heavy, and only some tests need it
    out, err = io.StringIO(), io.StringIO()
    command = ["collabchat", *arguments, "--data-dir", str(data_dir)]
    with (
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ, environment or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


class Site:
    """`collabchat demo`, or another command like it, on a free port.

    `acme` is a second tenant, whose API key makes single sign-on.
    """

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        certificate: Path | None = None,
        command: Sequence[str] = (*COMMAND, "demo"),
    ) -> None:
        self.data_dir = data_dir
        self._command = command
        self._options = options
        self._verify = ssl.create_default_context(cafile=certificate) if certificate else True
        made = run_cli(
            "tenant", "create", SSO_TENANT, "--name", "Acme", "--origin", SSO_ORIGIN, "--json", data_dir=data_dir
        )
        assert made.returncode == 0, made.stderr
        self.api_key = json.loads(made.stdout)["apiKey"]
        SECRETS[self.api_key] = "an API key"
        LOGS.add(data_dir / "server.log")
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start, or start again on the same port and data."""
        self._log = (self.data_dir / "server.log").open("a")
        self._process = subprocess.Popen(
            [
                *self._command,
                "--data-dir",
                str(self.data_dir),
                "--port",
                self._port,
                "--rate-limits",
                "off",
                *self._options,
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        first_line = self._process.stdout.readline()
        found = re.search(r"(https?)://[^/]*:(\d+)", first_line)
        assert found, f"The server did not start: {self.log}"
        self._port = found[2]
        self.base = f"{found[1]}://127.0.0.1:{self._port}"
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # else all visitors would share one
        self.http = httpx.Client(base_url=self.base, verify=self._verify, timeout=30, cookies=no_cookies)
        assert eventually(self._is_ready, bool), self.log

    def _is_ready(self) -> bool:
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.ConnectError:
            return False

    @property
    def log(self) -> str:
        """What the server has written to stderr."""
        return (self.data_dir / "server.log").read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator would; returns its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        code = self._process.wait(timeout=30)
        self.http.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        return code

    def guest(self, name: str = "Ana", tenant: str = "demo") -> "Visitor":
        """A guest with a name."""
        return Visitor(self, tenant, self.http.post(f"/sessions/{tenant}", json={"guestName": name}).json())

    def member(self, name: str, **fields: Any) -> "Visitor":
        """Someone signed in at `acme` by secure single sign-on; `fields` add to what their site says of them."""
        payload = secure_sso(self.api_key, {"id": name.lower(), "username": name, **fields})
        return Visitor(self, SSO_TENANT, self.http.post(f"/sessions/{SSO_TENANT}", json={"sso": payload}).json())

    def sub_url(self, **ids: str) -> str:
        """The live channel's address with these ids, which must be URL-safe."""
        return f"{self.base.replace('http', 'ws', 1)}/sub?" + "&".join(f"{name}={id_}" for name, id_ in ids.items())


class Visitor:
    """Somebody with a session at one tenant."""

    def __init__(self, site: Site, tenant: str, session: dict[str, Any]) -> None:
        assert session["status"] == "success", session
        self.site = site
        self.tenant = tenant
        self.id: str = session["user"]["id"]
        self.session: str = session["session"]
        SECRETS[self.session] = "a session"
        self.headers = {"Authorization": f"Bearer {self.session}"}

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask as this person; `{t}` in the path is the tenant."""
        site = self.site
        return site.http.request(method, path.replace("{t}", self.tenant), headers=self.headers, **options)

    def snapshot(self, url_id: str) -> dict[str, Any]:
        """The page as this person sees it."""
        answer = self.request("GET", "/comment-collab-chats/{t}", params={"urlId": url_id})
        assert answer.status_code == 200, answer.text
        snapshot: dict[str, Any] = answer.json()
        SECRETS[snapshot["userIdWS"]] = "a live token"
        return snapshot

    def create(self, url_id: str, text: str = "Hello", **fields: Any) -> httpx.Response:
        """Begin a conversation; `fields` replace parts of the body."""
        return self.request("POST", "/comment-collab-chats/{t}", json=conversation_body(url_id, text, **fields))

    def created(self, url_id: str, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Begin a conversation, and return the answer to it."""
        answer = self.create(url_id, text, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def reply(self, thread: str, text: str, broadcast_id: str | None = None) -> httpx.Response:
        """Add a comment to a thread."""
        body = {"comment": text, "commenterName": "x", "url": "https://x.example/", "urlId": thread}
        params = {"urlId": thread, "broadcastId": broadcast_id or new_id()}
        return self.request("POST", "/comments/{t}", params=params, json=body)

    def log(self, url_id: str, **params: Any) -> dict[str, Any]:
        """Read a room's log; events come decoded."""
        token = self.snapshot(url_id)["userIdWS"]
        answer = self.request("GET", "/event-log/{t}", params={"urlId": url_id, "userIdWS": token, **params})
        assert answer.status_code == 200, answer.text
        log: dict[str, Any] = answer.json()
        log["events"] = [json.loads(event["data"]) for event in log["events"]]
        return log

    def socket(self, url_id: str, **options: Any) -> ClientConnection:
        """Enter the page's room by the classic way."""
        connection: ClientConnection = connect(self.site.sub_url(**self.live_ids(url_id)), compression=None, **options)
        return connection

    def live_ids(self, url_id: str) -> dict[str, str]:
        """What /sub asks for, from a fresh snapshot."""
        snapshot = self.snapshot(url_id)
        return {"urlId": snapshot["urlIdWS"], "userIdWS": snapshot["userIdWS"], "tenantIdWS": snapshot["tenantIdWS"]}

    def change(self, chat_id: str, **fields: Any) -> httpx.Response:
        """Resolve, reopen, re-attach or rename a conversation."""
        body = {"broadcastId": new_id(), **fields}
        return self.request("PATCH", f"/comment-collab-chats/{{t}}/{chat_id}", json=body)

    def delete(self, chat_id: str, broadcast_id: str | None = None) -> httpx.Response:
        """Delete a conversation."""
        body = {"broadcastId": broadcast_id or new_id()}
        return self.request("DELETE", f"/comment-collab-chats/{{t}}/{chat_id}", json=body)

    def edit(self, comment_id: str, text: str, broadcast_id: str | None = None) -> httpx.Response:
        """Replace a comment's words."""
        params = {"broadcastId": broadcast_id or new_id()}
        return self.request("POST", f"/comments/{{t}}/{comment_id}/update-text", params=params, json={"comment": text})

    def uncomment(self, comment_id: str, broadcast_id: str | None = None) -> httpx.Response:
        """Delete a comment."""
        params = {"broadcastId": broadcast_id or new_id()}
        return self.request("DELETE", f"/comments/{{t}}/{comment_id}", params=params)

    def comments(self, thread: str, **params: Any) -> list[dict[str, Any]]:
        """The comments of a thread, oldest first."""
        answer = self.request("GET", "/comments/{t}", params={"urlId": thread, "direction": "OF", **params})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["comments"])


def new_id() -> str:
    """A fresh broadcastId."""
    return str(uuid.uuid4())


def conversation_body(url_id: str, text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """The body that begins a conversation."""
    body: dict[str, Any] = {
        "urlId": url_id,
        "urlIdWithRange": f"{url_id}:p:0:15,0:45{{abc123}}",
        "pageTitle": "A page",
        "selector": "p",
        "range": "0:15,0:45{abc123}",
        "anchor": {"v": 1, "quote": "some words", "start": 10, "end": 20},
        "comment": {"comment": text, "commenterName": "x", "url": "https://x.example/", "urlId": url_id},
        "broadcastId": new_id(),
    }
    body.update(fields)
    return {name: value for name, value in body.items() if value is not ...}


def secure_sso(api_key: str, user: object, *, timestamp: int | None = None) -> dict[str, Any]:
    """A secure single sign-on payload, as a customer's site makes it."""
    at = int(time.time() * 1000) if timestamp is None else timestamp
    data = base64.b64encode(json.dumps(user).encode()).decode()
    mac = hmac.new(api_key.encode(), f"{at}{data}".encode(), hashlib.sha256).hexdigest()
    SECRETS[mac] = "the hash of a single sign-on payload"
    return {"userDataJSONBase64": data, "verificationHash": mac, "timestamp": at}


def eventually(look: Callable[[], T], is_it: Callable[[T], bool], timeout: float = 20) -> T:
    """Look again and again until it is so, and return what was seen; the last look when it never was."""
    deadline = time.monotonic() + timeout
    while not is_it(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


def next_event(socket: ClientConnection, *types: str, timeout: float = 10) -> dict[str, Any]:
    """The next event of one of these types; others are passed over."""
    while True:
        event: dict[str, Any] = json.loads(socket.recv(timeout=timeout))
        if event["type"] in types:
            return event
