"""RFC 6455 by Autobahn's cases, which kosoku runs against a server that echoes.

Sections 12 and 13 are left out by design: they are about compression, which collabchat does not offer. 9.3 to 9.8
measure speed, with messages in pieces and many in a row.
"""

import contextlib
import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CASES = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9.1": 6, "9.2": 6, "10": 1}
"""How many cases each section has in the kosoku that is locked: what has not been run has not passed."""

ROUNDS = ((("1", "2", "3", "4", "5", "6", "7", "10"), 16), (("9.1", "9.2"), 1))
"""Sections, and how many of their cases run at once. Those of 16 MiB hold up the server's loop while others have a
second to be answered in, so they run alone."""

CONFORMING = {"OK", "NON-STRICT", "INFORMATIONAL"}
"""NON-STRICT: a SHOULD was not kept. INFORMATIONAL: the RFC leaves it open."""

HANGS_AFTER_S = 120
"""A guard: kosoku still waited after 200 s for a server that took its connections and answered no handshake."""

LOG_SHOWN_CHARS = 5_000
"""The end of the server's log, which pytest shows when something fails."""

Verdict = dict[str, Any]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """What Autobahn thinks of each case, by the case's id; the reports stay in pytest's folder."""
    folder = tmp_path_factory.mktemp("autobahn")
    found: dict[str, Verdict] = {}
    with _echo_server(folder / "server.log") as port:
        for number, (sections, at_once) in enumerate(ROUNDS):
            found |= _fuzz(port, sections, at_once, folder / str(number))
    return found


@pytest.mark.parametrize("section", CASES)
def test_f48_no_case_of_a_section_fails(section: str, verdicts: dict[str, Verdict]) -> None:
    cases = {id_: verdict for id_, verdict in verdicts.items() if id_.startswith(f"{section}.")}
    assert len(cases) == CASES[section]
    failed = [_explain(verdict) for verdict in cases.values() if not _conforms(verdict)]
    assert not failed, "\n\n".join([f"{len(failed)} of {len(cases)} cases fail", *failed])


@contextlib.contextmanager
def _echo_server(log: Path) -> Iterator[int]:
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.echo"], stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            port = server.stdout.readline()
            assert port, f"The server did not start: {log.read_text()}"
            yield int(port)
            assert server.poll() is None, f"The server has ended: {log.read_text()}"
            assert "Traceback" not in log.read_text()
        finally:
            server.terminate()
            sys.stderr.write(log.read_text()[-LOG_SHOWN_CHARS:])


def _fuzz(port: int, sections: tuple[str, ...], at_once: int, reports: Path) -> dict[str, Verdict]:
    """Run the cases. In a process of its own: on import, kosoku puts a false `pkg_resources` and more on the path."""
    kosoku = Path(sysconfig.get_path("scripts")) / "kosoku"
    wanted = [option for section in sections for option in ("--include", f"{section}.*")]
    command = [
        str(kosoku),
        *wanted,
        "--parallelism",
        str(at_once),
        "--outdir",
        str(reports),
        f"ws://127.0.0.1:{port}/sub",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.fail(f"kosoku has not come to an end of sections {', '.join(sections)}", pytrace=False)
    index = reports / "index.json"
    # Its exit code says no more than whether all passed: 1 is also a pattern without cases, which writes no reports.
    assert index.exists(), done.stderr
    # The index is by what the server calls itself, which is unknown where the handshake has failed.
    verdicts: dict[str, Verdict] = {
        id_: json.loads((reports / case["reportfile"]).read_text())
        for cases in json.loads(index.read_text()).values()
        for id_, case in cases.items()
    }
    # Of a case that could not be run, only stderr has the reason.
    assert "ERROR" not in {verdict["behavior"] for verdict in verdicts.values()}, done.stderr
    return verdicts


def _conforms(verdict: Verdict) -> bool:
    """Both in what was said and in how it was closed, as kosoku itself counts."""
    return {verdict["behavior"], verdict["behaviorClose"]} <= CONFORMING


def _explain(verdict: Verdict) -> str:
    return (
        f"{verdict['id']} {verdict['behavior']}, close {verdict['behaviorClose']}: {verdict['description']}\n"
        f"  should: {verdict['expectation']}\n"
        f"  did: {verdict['result']} {verdict['resultClose']}\n"
        f"  received {verdict['received']}, closed with {verdict['remoteCloseCode']} {verdict['remoteCloseReason']!r}"
    )
