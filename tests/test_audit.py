"""`make audit`: what is known fails it, what cannot be asked is said aloud; by the real tools, and services here."""

import gzip
import json
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import audit

PYTHON_LOCK = f"bees==1.2.3 \\\n    --hash=sha256:{'0' * 64}\nwasps==2.0 \\\n    --hash=sha256:{'1' * 64}\n"
NPM_LOCK = {
    "name": "x",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "x", "devDependencies": {"ants": "^1.0.0"}},
        "node_modules/ants": {"version": "1.0.1", "dev": True, "integrity": "sha512-x", "dependencies": {"mites": "1"}},
        "node_modules/mites": {"version": "1.0.0", "dev": True, "integrity": "sha512-y"},
    },
}


class Service:
    """OSV and npm's registry, on this machine."""

    def __init__(self) -> None:
        self.known_in_python: dict[str, str] = {}
        self.known_in_npm: dict[str, str] = {}
        self.status = 200
        self.fails_for: set[str] = set()
        self.asked: set[str] = set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                answer = service._python(asked) if self.path == "/v1/query" else service._npm(asked)
                self._answer(service.status if answer is not None else 503, answer or {})

            def do_GET(self) -> None:
                self._answer(404, {})

            def _answer(self, status: int, answer: dict[str, Any]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _python(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        name = asked["package"]["name"]
        if name in self.fails_for:
            return None
        self.asked.add(f"{name}=={asked['version']}")
        known = self.known_in_python.get(name)
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [
            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}
        ]}]  # fmt: skip
        return {"vulns": [{"id": known, "summary": "It stings", "affected": affected}]} if known else {}

    def _npm(self, asked: dict[str, list[str]]) -> dict[str, Any] | None:
        if self.fails_for & asked.keys():
            return None
        self.asked |= {f"{name}@{version}" for name, versions in asked.items() for version in versions}
        return {
            name: [{"id": 1, "url": f"https://x.example/{known}", "title": known, "severity": "low",
                    "vulnerable_versions": "<9.9", "cwe": [], "cvss": {"score": 1, "vectorString": None}}]
            for name, known in self.known_in_npm.items() if name in asked
        }  # fmt: skip

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with few dependencies."""
    (tmp_path / "requirements.lock").write_text(PYTHON_LOCK)
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "devDependencies": {"ants": "^1.0.0"}}))
    (tmp_path / "package-lock.json").write_text(json.dumps(NPM_LOCK))
    return tmp_path


@pytest.fixture
def run(root: Path, service: Service, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the audit; its status, and the lines that it says."""

    def run(osv: str = service.base, npm: str = service.base, root: Path = root) -> tuple[int, list[str]]:
        status = audit.main(["--root", str(root), "--osv", f"{osv}/v1/query", "--npm", npm])
        return status, capsys.readouterr().err.splitlines()

    return run


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_where_nothing_is_known_the_audit_passes(run: Any, service: Service) -> None:
    assert run() == (0, ["Audited requirements.lock: nothing known.", "Audited package-lock.json: nothing known."])
    assert service.asked >= {"bees==1.2.3", "wasps==2.0", "ants@1.0.1", "mites@1.0.0"}


def test_a_known_vulnerability_of_a_python_package_fails_it(run: Any, service: Service) -> None:
    service.known_in_python["wasps"] = "PYSEC-1"
    status, lines = run()
    assert status == 1
    assert lines[0] == "!!! VULNERABLE: wasps 2.0: PYSEC-1, mended in 9.9"


def test_so_does_one_of_an_npm_package_however_deep_and_however_low(run: Any, service: Service) -> None:
    service.known_in_npm["mites"] = "They bite"
    status, lines = run()
    assert status == 1
    assert lines[1] == "!!! VULNERABLE: mites <9.9: They bite (low), https://x.example/They bite"


def test_a_service_that_is_not_there_is_said_in_one_loud_line_and_fails_nothing(run: Any, nowhere: str) -> None:
    status, lines = run(osv=nowhere, npm=nowhere)
    assert status == 0
    assert [line.partition(".")[0] for line in lines] == [
        "!!! NOT AUDITED: requirements",
        "!!! NOT AUDITED: package-lock",
    ]
    assert all(nowhere.removeprefix("http://") in line and "Connection refused" in line for line in lines)


def test_what_one_service_knows_counts_also_if_the_other_is_not_there(run: Any, service: Service, nowhere: str) -> None:
    service.known_in_npm["ants"] = "x"
    status, lines = run(osv=nowhere)
    assert (status, len(lines)) == (1, 3)
    assert "NOT AUDITED" in lines[0]
    assert "VULNERABLE: ants" in lines[1]


@pytest.mark.parametrize("status", [404, 405, 429, 503])
def test_so_is_a_service_that_answers_no_such_question(run: Any, service: Service, status: int) -> None:
    service.status = status
    done, lines = run()
    assert done == 0
    assert [line.startswith("!!! NOT AUDITED: ") for line in lines] == [True, True]


def test_so_is_one_that_stops_to_answer(run: Any, service: Service) -> None:
    service.fails_for |= {"wasps", "mites"}
    status, lines = run()
    assert status == 0
    assert ["it answers no more" in line for line in lines] == [True, True]


@pytest.mark.parametrize("text", ["bees>=1\n", "bees==1.2.3\n"])
def test_a_lock_file_that_locks_nothing_fails_the_audit(run: Any, root: Path, text: str) -> None:
    (root / "requirements.lock").write_text(text)
    status, lines = run()
    assert status == 1
    assert lines[0].startswith("!!! The audit of requirements.lock does not work: ")


def test_so_does_one_that_is_not_there(run: Any, root: Path) -> None:
    (root / "package-lock.json").unlink()
    status, lines = run()
    assert status == 1
    assert any(line.startswith("!!! The audit of package-lock.json does not work: ") for line in lines)


def test_all_that_this_project_locks_is_asked_about(run: Any, service: Service) -> None:
    status, lines = run(root=audit.ROOT)
    assert (status, len(lines)) == (0, 2)
    locked = (audit.ROOT / "requirements.lock").read_text() + (audit.ROOT / "requirements-uv.lock").read_text()
    pinned = set(re.findall(r"^([\w.-]+==[\w.]+) \\$", locked, re.MULTILINE))
    assert len(pinned) > 30
    assert {pin for pin in pinned if pin not in service.asked} == set()
    packages = json.loads((audit.ROOT / "package-lock.json").read_text())["packages"]
    named = {f"{path.rpartition('node_modules/')[2]}@{each['version']}" for path, each in packages.items() if path}
    assert named - service.asked == set()
