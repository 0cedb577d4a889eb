"""A running server: commands beside it, a second one on its data, and its sudden end."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.contract.test_live import close_code
from tests.running import COMMAND, SECRETS, SSO_ORIGIN, Site, eventually, next_event, run_cli, run_here, secure_sso


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that these tests may change and kill."""
    site = Site(tmp_path_factory.mktemp("own"))
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


def command(site: Site, *arguments: str) -> None:
    done = run_here("tenant", *arguments, data_dir=site.data_dir)
    assert done.returncode == 0, done.stderr


def asked(site: Site, tenant: str) -> httpx.Response:
    return site.http.get(f"/comment-collab-chats/{tenant}", params={"urlId": "p"})


def test_a_tenant_made_beside_the_server_works_and_a_disabled_one_loses_its_sockets(own: Site, page: str) -> None:
    assert asked(own, "late").json()["code"] == "invalid-tenant"
    command(own, "create", "late", "--name", "Late", "--origin", "https://late.example")
    assert eventually(lambda: asked(own, "late").status_code, lambda status: status == 200) == 200
    guest = own.guest("Ana", "late")
    guest.created(page)
    with guest.socket(page) as socket:
        command(own, "disable", "late")
        assert close_code(socket) == 4403
    assert asked(own, "late").json()["code"] == "invalid-tenant"
    command(own, "update", "late", "--enabled", "on")
    assert eventually(lambda: asked(own, "late").status_code, lambda status: status == 200) == 200
    assert len(guest.snapshot(page)["conversations"]) == 1


def test_a_deleted_tenant_made_again_is_a_new_one(own: Site, page: str) -> None:
    command(own, "create", "again", "--name", "A", "--origin", "https://a.example")
    eventually(lambda: asked(own, "again").status_code, lambda status: status == 200)
    guest = own.guest("Ana", "again")
    epoch = guest.created(page)["epoch"]
    command(own, "delete", "again", "--yes")
    assert eventually(lambda: asked(own, "again").status_code, lambda status: status == 404) == 404
    command(own, "create", "again", "--name", "A", "--origin", "https://a.example")
    assert eventually(lambda: asked(own, "again").status_code, lambda status: status == 200) == 200
    assert guest.request("GET", "/comment-collab-chats/{t}", params={"urlId": page}).status_code == 401
    snapshot = own.guest("Bo", "again").snapshot(page)
    assert (snapshot["conversations"], snapshot["seq"]) == ([], 0)
    assert snapshot["epoch"] != epoch


def test_a_new_key_voids_the_old_one(own: Site) -> None:
    def status(key: str) -> int:
        payload = secure_sso(key, {"id": "mia", "username": "Mia"})
        return own.http.post("/sessions/acme", json={"sso": payload}).status_code

    done = run_here("tenant", "rotate-key", "acme", "--json", data_dir=own.data_dir)
    new, old = json.loads(done.stdout)["apiKey"], own.api_key
    assert eventually(lambda: (status(new), status(old)), lambda got: got == (200, 401)) == (200, 401)
    own.api_key = new


def test_a_changed_origin_counts_for_new_requests(own: Site) -> None:
    def allowed(origin: str) -> bool:
        answer = own.http.get("/comment-collab-chats/acme", params={"urlId": "p"}, headers={"Origin": origin})
        return "access-control-allow-origin" in answer.headers

    command(own, "update", "acme", "--origin", "https://new.example")
    seen = eventually(lambda: (allowed("https://new.example"), allowed(SSO_ORIGIN)), lambda it: it == (True, False))
    assert seen == (True, False)
    command(own, "update", "acme", "--origin", SSO_ORIGIN)
    assert eventually(lambda: allowed(SSO_ORIGIN), bool)


def test_names_of_viewers_are_told_to_nobody_once_the_tenant_says_so(own: Site, page: str) -> None:
    mia, rae, zoe = own.member("Mia"), own.member("Rae"), own.member("Zoe")

    def names() -> list[object]:
        answer = own.http.get("/pages/acme/users/online", params={"urlId": page}).json()
        return [answer["users"], answer["totalCount"]]

    with mia.socket(page) as socket:
        next_event(socket, "p-u")
        with rae.socket(page):
            assert next_event(socket, "p-u")["uj"] == [rae.id]
            command(own, "update", "acme", "--presence-names", "nobody")
            assert eventually(names, lambda got: got == [[], 2]) == [[], 2]
            with zoe.socket(page):
                update = next_event(socket, "p-u")
    command(own, "update", "acme", "--presence-names", "everyone")
    assert (update["sc"], "uj" in update, "ul" in update) == (3, False, False)


def test_a_tenant_without_guests_takes_none(own: Site, page: str) -> None:
    command(own, "create", "strict", "--name", "S", "--origin", "https://s.example", "--guests", "off")
    eventually(lambda: asked(own, "strict").status_code, lambda status: status == 200)
    for body in ({"guestName": "Ana"}, {"sso": {"username": "Sam", "email": "sam@s.example"}}):
        answer = own.http.post("/sessions/strict", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_guests_stop_writing_when_the_tenant_takes_none_any_more(own: Site, page: str) -> None:
    command(own, "create", "later", "--name", "L", "--origin", "https://l.example")
    eventually(lambda: asked(own, "later").status_code, lambda status: status == 200)
    guest = own.guest(tenant="later")
    guest.created(page)
    command(own, "update", "later", "--guests", "off")
    status = eventually(lambda: guest.create(page).status_code, lambda status: status == 403)
    assert status == 403


@pytest.mark.parametrize("kind", ["serve", "demo"])
def test_a_second_server_on_the_same_file_refuses_and_changes_nothing(own: Site, page: str, kind: str) -> None:
    before = run_here("tenant", "list", "--json", data_dir=own.data_dir).stdout
    done = run_cli(kind, "--port", "0", data_dir=own.data_dir)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert "server" in done.stderr
    assert run_here("tenant", "list", "--json", data_dir=own.data_dir).stdout == before
    assert own.guest().create(page).status_code == 200


def test_a_taken_port_stops_the_start(own: Site, tmp_path: Path) -> None:
    port = own.base.rpartition(":")[2]
    done = run_cli("demo", "--port", port, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"port {port}" in done.stderr


def test_the_demo_says_what_to_open_and_which_lines_to_copy(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with starting(tmp_path / "my data") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(11)]
        link = lines[8].strip()
        SECRETS[link.partition("#sign-in=")[2]] = "a link to the dashboard"
        signed_in = [sign_in_by(link).status_code for _ in range(2)]
        another = shell(lines[10], elsewhere).stdout.strip()
        SECRETS[another.partition("#sign-in=")[2]] = "a link to the dashboard"
        signed_in.append(sign_in_by(link.partition("/dashboard")[0] + another).status_code)
        shell(lines[5], elsewhere)
    base = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
    assert base is not None
    assert f"{base[0]}/demo" in lines[0]
    assert f'<script src="{base[0]}/js/embed-collab-chat.min.js" data-tenant-id="demo"' in lines[3]
    assert link.startswith(f"{base[0]}/dashboard#sign-in=")
    assert signed_in == [200, 401, 200]
    assert list(elsewhere.iterdir()) == []
    with starting(tmp_path / "my data") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
    shown = run_here("tenant", "show", "demo", "--json", data_dir=tmp_path / "my data")
    assert "http://localhost:3000" in json.loads(shown.stdout)["origins"], "it is let in after a new start, too"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a copied line comes to in a terminal that stands in a folder."""
    return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=True, text=True)


def sign_in_by(link: str) -> httpx.Response:
    """What the dashboard's page does with a link, as soon as the server answers."""
    page, secret = link.split("#sign-in=")
    server = page.removesuffix("/dashboard")
    assert eventually(lambda: is_up(server), bool)
    return httpx.post(f"{page}/session", json={"link": secret}, headers={"Origin": server})


def is_up(server: str) -> bool:
    try:
        return httpx.get(f"{server}/readyz").status_code == 200
    except httpx.ConnectError:
        return False


def test_a_server_told_to_stop_while_it_starts_stops(tmp_path: Path) -> None:
    with starting(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=20) in {0, -signal.SIGTERM}


@contextmanager
def starting(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo server that is killed at the end, if it still runs."""
    arguments = [*COMMAND, "demo", "--port", "0", "--data-dir", str(data_dir)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_everything_that_was_answered_survives_sigkill(own: Site, page: str) -> None:
    ana = own.guest()
    first = ana.created(page)
    ids = ana.live_ids(page)

    def write(number: int) -> dict[str, object] | None:
        try:
            return ana.created(page, f"No. {number}")
        except (httpx.HTTPError, RuntimeError):  # killed meanwhile
            return None

    with ana.socket(page) as socket, ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write, number) for number in range(300)]
        heard = [next_event(socket, "new-text-chat") for _ in range(20)]
        own.kill()
        answered = [answer for answer in (done.result() for done in writes) if answer is not None]
    assert len(answered) < 300
    own.start()
    snapshot, log = ana.snapshot(page), ana.log(page, afterSeq=0)["events"]
    assert ana.live_ids(page) == ids
    assert snapshot["epoch"] == first["epoch"]
    assert [event["seq"] for event in log] == list(range(1, snapshot["seq"] + 1))
    assert len({event["broadcastId"] for event in log}) == len(log) == len(snapshot["conversations"])
    assert all(event in log for event in heard)
    assert all(answer["event"] in log for answer in answered)
    with ana.socket(page) as socket:
        again = ana.created(page)
        assert next_event(socket, "new-text-chat") == again["event"]
    assert again["seq"] == snapshot["seq"] + 1
