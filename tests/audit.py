"""Asks whether anything in the lock files is known to be vulnerable: `make audit`.

pip-audit asks OSV about the Python packages, npm its registry about the others. What is known fails the audit. Where a
service cannot be asked (no network, or one that lets only packages through), that is said in one loud line, and is no
failure: it is not a property of what is checked.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from msgspec import Struct

ROOT = Path(__file__).parent.parent
OSV = "https://api.osv.dev/v1/query"
ADVISORIES = "/-/npm/v1/security/advisories/bulk"
WITHIN_S = 15
TRIES = 2
SILENCE = re.compile(r"ServiceError|ConnectionError|requests\.exceptions|audit endpoint returned an error|fetch failed")
"""How the tools say that they were not answered."""


class Broken(Exception):
    """The audit itself does not work; the text says why."""


class Audit(Struct, frozen=True):
    """Whom to ask about what: the command gives a report in JSON, in which `findings` are found."""

    about: str
    service: str
    sample: dict[str, Any]
    command: list[str]
    findings: Callable[[dict[str, Any]], list[str]]


def python_audit(root: Path, service: str) -> Audit:
    """Of everything that pip installs."""
    locks = sorted(root.glob("requirements*.lock"))
    tool = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    how = [
        "--require-hashes",
        "--disable-pip",
        "--vulnerability-service",
        "osv",
        "--osv-url",
        service,
        "--timeout",
        str(WITHIN_S),
    ]
    command = [*tool, *how, *(part for lock in locks for part in ("-r", str(lock)))]
    sample = {"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "0"}
    return Audit(", ".join(lock.name for lock in locks), service, sample, command, _python_findings)


def npm_audit(root: Path, registry: str) -> Audit:
    """Of everything that npm installs."""
    npm = shutil.which("npm") or "npm"
    options = ["--json", "--package-lock-only", "--registry", registry, "--prefix", str(root)]
    patience = ["--fetch-retries", "0", "--fetch-timeout", str(WITHIN_S * 1_000)]
    service = registry.rstrip("/") + ADVISORIES
    return Audit("package-lock.json", service, {}, [npm, "audit", *options, *patience], _npm_findings)


def _python_findings(report: dict[str, Any]) -> list[str]:
    found = []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            raise Broken(f"{package['name']} was not looked at: {package['skip_reason']}")
        for known in package["vulns"]:
            mended = " or ".join(known["fix_versions"]) or "no version yet"
            found.append(f"{package['name']} {package['version']}: {known['id']}, mended in {mended}")
    return sorted(set(found))


def _npm_findings(report: dict[str, Any]) -> list[str]:
    found = []
    for name, package in report["vulnerabilities"].items():
        # What is vulnerable only by what it needs names that, and says no more.
        known = [via for via in package["via"] if isinstance(via, dict)]
        found += [f"{name} {via['range']}: {via['title']} ({via['severity']}), {via['url']}" for via in known]
    if not found and report["metadata"]["vulnerabilities"]["total"]:
        raise Broken("npm counts vulnerabilities that it does not name.")
    return sorted(set(found))


def why_silent(audit: Audit) -> str | None:
    """Why the service gives no answers; None if it does."""
    body = json.dumps(audit.sample).encode()
    request = Request(audit.service, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=WITHIN_S) as answer:
            is_one = isinstance(json.load(answer), dict)
    except (URLError, HTTPException, OSError, ValueError) as error:
        return str(getattr(error, "reason", None) or error)
    return None if is_one else "the answer is none"


def ask(audit: Audit) -> list[str]:
    """What is known; raises Broken, or ConnectionError when the service cannot be asked (any more)."""
    for _ in range(TRIES):
        if (silence := why_silent(audit)) is not None:
            raise ConnectionError(silence)
        done = subprocess.run(audit.command, capture_output=True, text=True, check=False)
        try:
            return audit.findings(json.loads(done.stdout))
        except (json.JSONDecodeError, KeyError):
            problem = (done.stderr or done.stdout).strip()
            if SILENCE.search(problem) is None:
                raise Broken(problem) from None
    raise ConnectionError("it answers no more")


def main(arguments: list[str] | None = None) -> int:
    """Ask about everything; 1 if anything is known to be vulnerable, or the audit does not work."""
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of the lock files")
    parser.add_argument("--osv", default=OSV, help="the address of OSV's query")
    parser.add_argument("--npm", help="npm's registry (default: as npm is set up)")
    options = parser.parse_args(arguments)
    registry = options.npm or _output(["npm", "config", "get", "registry"])
    lines = [*_tell(python_audit(options.root, options.osv)), *_tell(npm_audit(options.root, registry))]
    for _, line in lines:
        sys.stderr.write(f"{line}\n")
    return max(status for status, _ in lines)


def _tell(audit: Audit) -> Iterator[tuple[int, str]]:
    """What came of an audit: statuses, and lines for people."""
    try:
        found = ask(audit)
    except ConnectionError as error:
        host = urlsplit(audit.service).netloc
        yield 0, f"!!! NOT AUDITED: {audit.about}. {host} cannot be asked ({error}); ask from where it can."
    except Broken as error:
        yield 1, f"!!! The audit of {audit.about} does not work: {error}"
    else:
        yield from ((1, f"!!! VULNERABLE: {each}") for each in found)
        yield 0, f"Audited {audit.about}: {len(found) or 'nothing'} known."


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
