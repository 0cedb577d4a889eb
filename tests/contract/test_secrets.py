"""F55: secrets do not get into the log, nor into what is refused, whatever goes wrong and wherever they stand."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from collabchat.api.asking import COOKIE_PREFIX
from collabchat.redaction import redact_text
from tests.faults.bare import Bare, message
from tests.running import SSO_TENANT, Site, conversation_body, secure_sso

FORMATS = ["text", "json"]
GIVEN_AWAY = "s3cret-Value_9"

# -- The log itself ----------------------------------------------------------------------------------------------------

LOGGING = """
import asyncio, logging, sys, warnings
import structlog
from collabchat.serving import set_up_log

SECRET = sys.argv[2]
set_up_log(sys.argv[1])
log, foreign = structlog.get_logger(), logging.getLogger("uvicorn.error")


class Failed(Exception):
    pass


def fail(token):
    try:
        raise KeyError(f"/sub?urlIdWS={token}&userIdWS={token}")
    except KeyError as error:
        raise Failed(f"Authorization: Bearer {token}") from error


log.info(f"GET /x?sso={SECRET}", path=f"/sub?userIdWS={SECRET}", headers=[(b"cookie", f"a={SECRET}".encode())])
log.warning("by name", api_key=SECRET, nested={"editKey": SECRET}, sessionId=SECRET)
log.error("a value", problem=Failed(f"token={SECRET}"))
foreign.warning("GET /x?API_KEY=%s", SECRET)
foreign.error("headers %r", {"x-api-key": SECRET})
foreign.warning("with a stack, token=%s", SECRET, stack_info=True)
for number in range(4):
    try:
        fail(SECRET)
    except Failed as error:
        if number == 0:
            log.exception("A request failed")
        elif number == 1:
            log.error("A socket's owner failed", exc_info=error)
        elif number == 2:
            foreign.exception("Exception in ASGI application")
        else:
            foreign.error("again", exc_info=error)
warnings.warn(f"token={SECRET}")


async def forget():
    task = asyncio.ensure_future(asyncio.to_thread(fail, SECRET))
    await asyncio.wait([task])


asyncio.run(forget())
"""


@pytest.fixture(params=FORMATS)
def log_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_whoever_writes_to_the_log_writes_no_secret(log_format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING, log_format, GIVEN_AWAY], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    assert GIVEN_AWAY not in done.stderr
    assert redact_text(done.stderr) == done.stderr
    # What happened is told all the same.
    for words in ("A request failed", "A socket's owner failed", "Exception in ASGI application", "never retrieved"):
        assert done.stderr.count(words) == 1
    assert done.stderr.count("KeyError") >= 5
    assert done.stderr.count("Authorization: [hidden]") >= 5
    assert "UserWarning" in done.stderr


def test_the_log_in_json_is_one_object_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING, "json", GIVEN_AWAY], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert {*events[0]} == {"event", "level", "timestamp", "path", "headers"}
    assert [event["level"] for event in events[:6]] == ["info", "warning", "error", "warning", "error", "warning"]
    assert sum("Traceback" in event.get("exception", "") for event in events) == 5


# -- A running server --------------------------------------------------------------------------------------------------


class Guarded:
    """A server, and every secret that was sent to it."""

    def __init__(self, folder: Path, log_format: str) -> None:
        self.site = Site(folder, "--log-format", log_format)
        self.ana = self.site.guest()
        self.mia = self.site.member("Mia")
        self.payload = secure_sso(self.site.api_key, {"id": "bo", "username": "Bo"})
        ids = self.mia.live_ids("page")
        self.room_token, self.live_token = ids["urlId"], ids["userIdWS"]
        self.secrets = {
            GIVEN_AWAY,
            self.site.api_key,
            self.ana.session,
            self.mia.session,
            self.room_token,
            self.live_token,
            str(self.payload["userDataJSONBase64"]),
            str(self.payload["verificationHash"]),
        }

    @property
    def found(self) -> list[str]:
        """The secrets that stand in the log."""
        log = self.site.log
        return [secret for secret in self.secrets if secret in log or quote(secret) in log]

    def refused(self, answer: httpx.Response, *status: int) -> None:
        """The request was refused, and the answer repeats nothing of it."""
        assert answer.status_code in status, answer.text
        assert [secret for secret in self.secrets if secret in answer.text or quote(secret) in answer.text] == []
        assert [value for value in answer.request.url.params.values() if len(value) > 3 and value in answer.text] == []
        assert json.loads(answer.text)["status"] == "failed"


@pytest.fixture(scope="module", params=FORMATS)
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    guarded = Guarded(tmp_path_factory.mktemp("secrets"), request.param)
    yield guarded
    assert guarded.site.stop() == 0
    assert guarded.found == []
    assert redact_text(guarded.site.log) == guarded.site.log


CHATS = f"/comment-collab-chats/{SSO_TENANT}"


def test_secrets_that_work_are_not_written(guarded: Guarded, page: str) -> None:
    mia, http = guarded.mia, guarded.site.http
    with mia.socket(page):
        mia.created(page)
    sso = json.dumps(guarded.payload)
    assert http.get(CHATS, params={"urlId": page, "sso": sso}).status_code == 200
    assert http.post(f"/sessions/{SSO_TENANT}", json={"sso": guarded.payload}).status_code == 200
    assert http.get(CHATS, params={"urlId": page}, headers={"Cookie": f"{COOKIE_PREFIX}acme={mia.session}"}).is_success
    assert mia.log(page, afterSeq=0)["events"]
    assert guarded.found == []


def test_secrets_that_are_wrong_are_neither_written_nor_repeated(guarded: Guarded, page: str) -> None:
    http, secret = guarded.site.http, GIVEN_AWAY
    for params in ({"sso": secret}, {"sso": json.dumps({**guarded.payload, "verificationHash": secret})}):
        guarded.refused(http.get(CHATS, params={"urlId": page, **params}), 401)
    for token in (secret, guarded.mia.session + "x", guarded.live_token):
        guarded.refused(http.get(CHATS, params={"urlId": page}, headers={"Authorization": f"Bearer {token}"}), 401)
        guarded.refused(http.get(CHATS, params={"urlId": page}, headers={"Authorization": f"Basic {token}"}), 401)
        log: dict[str, str | int] = {"urlId": page, "userIdWS": token + "x", "afterSeq": 0}
        guarded.refused(http.get(f"/event-log/{SSO_TENANT}", params=log), 403)
        status = {"tenantId": SSO_TENANT, "urlIdWS": token, "userIds": "x"}
        guarded.refused(http.get("/user-presence-status", params=status), 403)
    for name in ("urlId", "userIdWS", "tenantIdWS"):
        with pytest.raises(InvalidStatus) as refused:
            connect(guarded.site.sub_url(**{**guarded.mia.live_ids(page), name: secret}))
        body = refused.value.response.body or b""
        assert refused.value.response.status_code == 403
        assert [each for each in guarded.secrets if each.encode() in body] == []
    assert guarded.found == []


def test_a_bad_request_is_refused_without_a_word_of_its_query(guarded: Guarded, page: str) -> None:
    http, secret = guarded.site.http, GIVEN_AWAY
    query = {"urlId": page, "sso": json.dumps(guarded.payload), "userIdWS": guarded.live_token, "token": secret}
    log = f"/event-log/{SSO_TENANT}"
    headers = {"X-API-KEY": guarded.site.api_key, "Cookie": f"{COOKIE_PREFIX}demo={guarded.ana.session}"}
    for method, path, params, status in [
        ("GET", log, {"startTime": "x"}, 400),
        ("GET", log, {"afterSeq": "-1"}, 400),
        ("GET", log, {"urlId": "x" * 2_000}, 400),
        ("GET", f"/comments/{SSO_TENANT}", {"direction": secret}, 400),
        ("GET", f"/comments/{SSO_TENANT}", {"urlId": ""}, 400),
        ("POST", CHATS, {}, 400),
        ("PUT", CHATS, {}, 405),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/comment-collab-chats/nobody", {}, 404),
        ("DELETE", f"{CHATS}/nothing", {}, 400),
    ]:
        for headers_ in (headers, {**headers, **guarded.mia.headers}):
            guarded.refused(http.request(method, path, params=query | params, headers=headers_), status, 401)
    # A path with a query that was encoded into it.
    for path in (f"/nowhere%3Fsso%3D{secret}", f"/sessions/{SSO_TENANT}%3Ftoken={secret}", f"/Bearer%20{secret}"):
        guarded.refused(http.get(path), 404, 405)
    assert guarded.found == []


def test_what_is_no_request_at_all_is_not_written(guarded: Guarded) -> None:
    port, secret = int(guarded.site.base.rpartition(":")[2]), GIVEN_AWAY.encode()
    for said in (
        b"GET /x?sso=" + secret + b" with spaces HTTP/1.1\r\n\r\n",
        b"GET /x?token=" + secret + b" HTTP/9.9\r\n\r\n",
        b"Authorization: Bearer " + secret + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-API-Key " + secret + b"\r\n\r\n",
        b"GET /sub?userIdWS=" + secret + b" HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"GET /x?sso=" + secret + b"\xff\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /x?sso=" + secret + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sessions/acme?sso=" + secret + b" HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    ):
        with Bare(port) as bare:
            bare.send(said)
            assert bare.answer() in {400, 404, 405, 413}
            assert secret not in bare.head
    assert guarded.found == []


def test_what_a_socket_is_told_is_not_written(guarded: Guarded) -> None:
    port = int(guarded.site.base.rpartition(":")[2])
    for said in (
        message(type="hello", token=GIVEN_AWAY, rooms=[]),
        message(type="hello", token=guarded.mia.session, rooms=[{"urlId": "page"}]),
        message(type="hello", token=guarded.live_token, rooms=[{"urlId": GIVEN_AWAY, "epoch": 1}]),
        message(type="auth", token=guarded.live_token),
        message(token=GIVEN_AWAY),
    ):
        with Bare(port) as bare:
            assert bare.upgrade(SSO_TENANT) == 101
            bare.send(said)
            assert bare.end() >= 4400
    assert guarded.found == []


def break_database(site: Site, *, broken: bool) -> None:
    """Take a table away, or bring it back: then requests fail for a reason that nobody has foreseen."""
    names = ("conversation", "conversation_gone") if broken else ("conversation_gone", "conversation")
    connection = sqlite3.connect(site.data_dir / "collabchat.db")
    connection.execute(f"ALTER TABLE {names[0]} RENAME TO {names[1]}")
    connection.close()


def test_a_failure_of_ours_is_written_in_full_but_for_secrets(guarded: Guarded) -> None:
    site, mia = guarded.site, guarded.mia
    params = {"urlId": "elsewhere", "sso": json.dumps(guarded.payload), "token": GIVEN_AWAY}
    headers = {**mia.headers, "X-API-KEY": site.api_key, "Cookie": f"{COOKIE_PREFIX}acme={mia.session}"}
    break_database(site, broken=True)
    try:
        guarded.refused(site.http.get(CHATS, params=params, headers=headers), 500)
        body = conversation_body("elsewhere", f"token={GIVEN_AWAY}")
        guarded.refused(site.http.post(CHATS, params=params, headers=headers, json=body), 500)
    finally:
        break_database(site, broken=False)
    assert site.log.count("A request failed") == 2
    assert "no such table" in site.log
    assert "Traceback" in site.log
    assert guarded.found == []
