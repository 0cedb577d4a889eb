"""Measures, and writes docs/performance: the page, its plots, and the figures that both are made from."""

import argparse
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import trustme

from benchmarks.fanout import plot, report
from benchmarks.fanout.candidates import CANDIDATES, FLOOR, OURS, PLAIN
from benchmarks.fanout.install import ROOT, TOOLS, install
from benchmarks.fanout.machine import describe, versions
from benchmarks.fanout.measure import Bench, Taken
from benchmarks.fanout.results import Part, Results
from benchmarks.fanout.scenarios import CURVES, HUGE, TABLE
from benchmarks.fanout.writing import take_writing

QUICK = ("floor", "collabchat", "nchan", "ws", "starlette")
PARTS = ("table", "tls", "curves", "huge", "writing")
REPEATS = 5
CURVE_REPEATS = 3
QUICK_SIZE = 0.4
DOCS = ROOT / "docs" / "performance"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first table, five candidates, less work, once")
    parser.add_argument(
        "--only", metavar="NAME,…", type=_names, help=f"some of: {','.join(each.name for each in CANDIDATES)}"
    )
    parser.add_argument("--part", metavar="NAME,…", type=_names, help=f"some of: {','.join(PARTS)}")
    parser.add_argument("--repeats", type=int, help=f"repetitions ({REPEATS}; quick: 1)")
    parser.add_argument(
        "--out", type=Path, help="the folder to write to (docs/performance; quick: .tools/rivals/quick)"
    )
    parser.add_argument(
        "--draw", action="store_true", help="measure nothing: make page and plots from the figures again"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    folder = options.out or (TOOLS / "quick" if options.quick else DOCS)
    folder.mkdir(parents=True, exist_ok=True)
    if options.draw:
        results = Results.read(folder / "fanout.json")
    else:
        _allow_files()
        parts = options.part or (PARTS[:1] if options.quick else PARTS)
        names = options.only or (QUICK if options.quick else None)
        repeats = options.repeats or (1 if options.quick else REPEATS)
        results = take(names, parts, repeats, folder / "fanout.json", is_quick=options.quick)
    page = report.page(results)
    (folder / "fanout.md").write_text(page)
    (folder / "fanout.svg").write_text(plot.bars(results))
    if results.curves.names:
        (folder / "scaling.svg").write_text(plot.curves(results))
    print(page)


def take(names: Sequence[str] | None, parts: Sequence[str], repeats: int, path: Path, *, is_quick: bool) -> Results:
    """Install and measure what was asked for; what there is, is kept in a file after each part."""
    begin = time.monotonic()
    failures: list[str] = []

    def note(words: str, is_failure: bool) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {words}", file=sys.stderr, flush=True)
        if is_failure:
            failures.append(words)

    machine = describe()
    installed = install()
    wanted = [each for each in CANDIDATES if names is None or each.name in names]
    there = [each for each in wanted if each.part not in installed.missing]
    missing = {each.name: installed.missing[each.part] for each in wanted if each.part in installed.missing}
    about = {each.name: each.about for each in CANDIDATES}
    results = Results(machine, versions(), repeats, about, missing, failures)
    bench = Bench(installed, repeats, QUICK_SIZE if is_quick else 1, note)
    tls = make_certificate(TOOLS)
    ways: dict[str, Callable[[], Taken]] = {
        "table": lambda: bench.take(TABLE, there),
        "tls": lambda: bench.take(TABLE, [each for each in there if each.has_tls and installed.has_tls], tls),
        "curves": lambda: replace(bench, repeats=min(repeats, CURVE_REPEATS)).take(CURVES, [FLOOR, OURS]),
        "huge": lambda: bench.take(HUGE, [OURS, PLAIN]),
        "writing": lambda: take_writing(bench),
    }
    for part in parts:
        setattr(results, part, Part(ways[part]()))
        results.write(path)
    return results


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback, and its key."""
    made = trustme.CA().issue_cert("127.0.0.1")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    for number, pem in enumerate(made.cert_chain_pems):
        pem.write_to_path(certificate, append=number > 0)
    made.private_key_pem.write_to_path(key)
    return certificate, key


def _names(words: str) -> list[str]:
    return words.split(",")


def _allow_files() -> None:
    """As many sockets as the system allows, for this process and all that it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
