"""The page of figures, in Markdown."""

from collections.abc import Callable, Sequence

from benchmarks.fanout import aims
from benchmarks.fanout.candidates import OURS
from benchmarks.fanout.results import Part, Results
from benchmarks.fanout.scenarios import A_PAGE, MISSED, PAGES, TENANTS, VIEWERS

NONE = "—"

HEAD = """# What it costs to tell everybody

Our server beside a floor and rivals, on one machine and in one run. `make bench` measures it again and writes this
page, its [figures](fanout.json) and its plots.

![Server CPU for each delivered message, as a multiple of the floor's](fanout.svg)

**How.** Each candidate runs on one core, an epoll load generator in C on the other. It checks that every viewer gets
every message once and in order, and stops the run otherwise. A message is 400 bytes of JSON, published once and
delivered to all viewers of its page, over loopback. CPU is user and system time of all threads of the server, divided
by deliveries. One page gets the same events at the same moments from everybody, 20,000 deliveries a second; of many
pages, 64 at a time have one on its way. Candidates take turns within each repetition;
figures are medians of {repeats} repetitions, and × is the median of the ratios within one repetition.

**The floor** is an epoll loop in C that does one `send()` of a ready-made frame for each viewer, and nothing else. On
loopback, `send()` also does the receiver's half of TCP: most of any figure here is the kernel's, and only ratios within
one table say anything about another machine.

**Ours** gets its events where commits hand them over, so its figures have everything after the database; creating
events durably is [measured apart](#writing). The rivals do less: they keep no log of what was said, and a viewer who
was away has missed it (nchan and Hocuspocus can bring viewers up to date).
"""

TAIL = """## What to make of it

- Differences under 10–15 % are noise. The machine is virtual and shared; × compares what ran within seconds.
- Ours collects the events of a busy page for 20 ms and more, and sends them in one frame. “Ten at once” is where that
  helps: NATS and Hocuspocus join frames, too. Elsewhere the events come too far apart for it.
- Latency is from publishing to each of the viewers, all of whom one process plays: it includes that process's own work,
  for everybody alike. A broadcast to n viewers that takes n times c of CPU cannot have its last before n × c.
- The window in which a busy page collects is four times what its last event cost. Where the next one comes sooner, it
  waits: over TLS, an event for 1,000 viewers costs 13 ms, and at 20 a second each waits for most of 52.
- Memory is what the processes have, not the kernel's socket buffers, which are the same for all.
- Not measured: more than one process or core, networks, viewers that are slow.
"""


def page(results: Results) -> str:
    """The whole page."""
    parts = [HEAD.format(repeats=results.repeats), _machine(results), aims.table(results)]
    parts += [_cpu(results), _others(results)]
    parts += [_tls(results), _scaling(results.curves), _huge(results.huge), _writing(results), TAIL]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _machine(results: Results) -> str:
    machine = results.machine
    named = ", ".join(f"{name} {number}" for name, number in results.versions.items())
    lines = [
        f"**Measured** {machine['date']}, commit {machine['commit']}: {machine['processor']}, {machine['memory']}, "
        f"{machine['kernel']}, load before it {machine['load']}. {named}."
    ]
    lines += [f"**Missing:** {name}, which could not be had here ({why})." for name, why in results.missing.items()]
    lines += [f"**Failed:** {what}" for what in results.failures]
    lines += [f"**Note:** {what}" for what in results.notes]
    return "\n\n".join(lines)


def _cpu(results: Results) -> str:
    columns = {
        "1,000 viewers of a page": "cpu_1k",
        "5,000 viewers of a page": "cpu_5k",
        f"1,000 pages × {A_PAGE}": "cpu_pages",
        "ten at once, 1,000 viewers": "cpu_ten",
    }
    return "## CPU\n\nµs of the server for each delivered message, and × the floor.\n\n" + _table(
        ["", *columns],
        results.table.names,
        lambda name: [_cost(results.table, name, f) for f in columns.values()],
        results,
    )


def _others(results: Results) -> str:
    part = results.table

    def cells(name: str) -> list[str]:
        latency = [_pair(part, name, "p50_1k", "p99_1k"), _pair(part, name, "p50_5k", "p99_5k")]
        return [
            *latency,
            _number(part.median(name, "idle_kib")),
            _number(part.median(name, "idle_cpu")),
            _whole(part, name, "connect"),
            _whole(part, name, "resume"),
        ]

    columns = [
        "",
        "1,000 viewers, 20/s: p50 / p99 ms",
        "5,000 viewers, 4/s: p50 / p99 ms",
        "KiB, idle connection",
        "10,000 idle: ms of CPU a second",
    ]
    columns += ["µs to come and go", f"µs to come back after {MISSED} events"]
    return "## Latency and connections\n\n" + _table(columns, part.names, cells, results)


def _tls(results: Results) -> str:
    part = results.tls
    if not part.names:
        return ""

    def cells(name: str) -> list[str]:
        costs = [_cost(part, name, figure) for figure in ("cpu_1k", "cpu_5k", "cpu_pages", "cpu_ten")]
        rest = [_pair(part, name, "p50_1k", "p99_1k"), _number(part.median(name, "idle_kib"))]
        return [*costs, *rest, _whole(part, name, "connect"), _whole(part, name, "resume")]

    columns = ["", "1,000 viewers", "5,000 viewers", f"1,000 pages × {A_PAGE}", "ten at once", "p50 / p99 ms"]
    columns += ["KiB, idle", "µs to come and go", "µs to come back"]
    return (
        "## Over TLS\n\nThe same, each server ending TLS by itself (ECDSA P-256, no resumed sessions); the floor with "
        "one `SSL_write()` for each viewer.\n\n" + _table(columns, part.names, cells, results)
    )


def _scaling(part: Part) -> str:
    if not part.names:
        return ""
    rows = [
        ("viewers of one page", "viewers", VIEWERS),
        (f"pages with {A_PAGE} viewers each", "pages", PAGES),
        (f"tenants, 1,000 pages × {A_PAGE}", "tenants", TENANTS),
    ]
    lines = ["## Growing", "", "µs for each delivery; a flat row is a cost in proportion to what is delivered."]
    lines += ["", "![The CPU of an event, against viewers, pages and tenants](scaling.svg)"]
    for title, key, counts in rows:
        lines += ["", f"| {title} | {' | '.join(f'{count:,}' for count in counts)} |", "|---" * (len(counts) + 1) + "|"]
        lines += [
            f"| {name} | {' | '.join(_number(part.median(name, f'{key}_{count}')) for count in counts)} |"
            for name in part.names
        ]
    return "\n".join(lines)


def _huge(part: Part) -> str:
    if not part.names:
        return ""
    rows = [(name, part.median(name, "hold_p99"), part.median(name, "hold_most")) for name in part.names]
    return "\n".join(
        [
            "## The event loop",
            "",
            "An event for 10,000 viewers of one page takes a while; the loop looks after others in between.",
            "For so many ms of CPU it was held at a time:",
            "",
            "| | 99 % | longest |",
            "|---|---|---|",
            *(f"| {name} | {_number(most)} | {_number(longest)} |" for name, most, longest in rows),
        ]
    )


def _writing(results: Results) -> str:
    part = results.writing
    if not part.names:
        return ""

    def told(name: str, figure: str) -> str:
        return _whole(part, name, figure)

    rows = {
        "`fsync` of 4 KiB a second, this disk": told("disk", "fsyncs"),
        "empty POST a second, Litestar, 64 at once": told("litestar", "posts"),
        "conversations a second: on disk, answered, and with another reader; 64 writers": told(OURS.name, "creates"),
        "µs of CPU for an empty POST": told("litestar", "posts_cpu"),
        "µs of CPU for a conversation": told(OURS.name, "creates_cpu"),
        "1,000 viewers, 10 conversations/s: request to answer, p50 / p99 ms": _pair(
            part, OURS.name, "answer_p50", "answer_p99"
        ),
        "… answer to frame (negative: the frame was first)": _pair(part, OURS.name, "after_p50", "after_p99"),
        "… request to frame": _pair(part, OURS.name, "whole_p50", "whole_p99"),
        "… the floor: publishing to frame": _pair(part, "floor", "whole_p50", "whole_p99"),
    }
    lines = ["## Writing", "", "Everything by HTTP: check, transaction, `fsync`, log, frame, answer.", ""]
    return "\n".join([*lines, "| | |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows.items())])


def _table(columns: Sequence[str], names: Sequence[str], cells: Callable[[str], list[str]], results: Results) -> str:
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name in names:
        label = f"**{name}**" if name == OURS.name else name
        lines.append(f"| {label}: {results.about.get(name, '')} | {' | '.join(cells(name))} |")
    return "\n".join(lines)


def _cost(part: Part, name: str, figure: str) -> str:
    value, ratio = part.median(name, figure), part.ratio(name, figure)
    if value is None:
        return NONE
    return _number(value) if ratio is None else f"{_number(value)} ({ratio:.2f} ×)"


def _pair(part: Part, name: str, one: str, other: str) -> str:
    values = part.median(name, one), part.median(name, other)
    return NONE if None in values else " / ".join(map(_number, values))


def _whole(part: Part, name: str, figure: str) -> str:
    value = part.median(name, figure)
    return NONE if value is None else f"{value:,.0f}"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}".replace("-", "−")
