"""What the project has set itself, beside what was measured."""

from collections.abc import Iterator

from benchmarks.fanout.candidates import FLOOR, ORDINARY, OURS, PLAIN
from benchmarks.fanout.results import Part, Results

COLUMNS = ("cpu_1k", "cpu_5k", "cpu_pages")
NATIVE_MOST = (1.3, 1.25, 1.6)
PLAIN_MOST = (1.6, 1.7, 1.8)

Row = tuple[str, str, str, bool]
"""What, the aim, what it came to, and whether that is so."""


def table(results: Results) -> str:
    """All aims of which there are figures, as Markdown; empty without any."""
    rows = [*_cpu(results.table), *_connections(results.table), *_loop(results.huge), *_writing(results.writing)]
    if not rows:
        return ""
    lines = [f"| {what} | {aim} | {came} | {'yes' if is_met else '**no**'} |" for what, aim, came, is_met in rows]
    head = [
        "## Aims",
        "",
        "Set beforehand, from measurements of bare prototypes.",
        "",
        "| | aim | measured | met |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *lines])


def _cpu(part: Part) -> Iterator[Row]:
    where = "1,000 viewers / 5,000 / 1,000 pages × 5"
    for candidate, most, named in ((OURS, NATIVE_MOST, "with the native sender"), (PLAIN, PLAIN_MOST, "without it")):
        ratios = [part.ratio(candidate.name, figure) for figure in COLUMNS]
        if known := [ratio for ratio in ratios if ratio is not None]:
            came = " / ".join("—" if ratio is None else f"{ratio:.2f}" for ratio in ratios)
            is_met = len(known) == len(most) and all(a <= b for a, b in zip(known, most, strict=True))
            yield f"CPU of a delivery, {named}, × floor: {where}", " / ".join(f"≤ {one}" for one in most), came, is_met
    ours = [part.median(OURS.name, figure) for figure in COLUMNS]
    rivals = {name for name in part.names if name != FLOOR.name and not name.startswith(OURS.name)}
    best = [min((part.median(name, figure) or 1e9 for name in rivals), default=None) for figure in COLUMNS]
    if rivals and None not in ours:
        pairs = [(a, b) for a, b in zip(ours, best, strict=True) if a is not None and b is not None]
        came = " / ".join(f"{a / b:.2f}" for a, b in pairs)
        yield "the same, ÷ the best rival", "< 1", came, all(a < b for a, b in pairs)
    if (ten := part.ratio(OURS.name, "cpu_ten")) is not None:
        yield "an event of ten at once, × floor", "≤ 0.2", f"{ten:.2f}", ten <= 0.2


def _connections(part: Part) -> Iterator[Row]:
    if (idle := part.median(OURS.name, "idle_kib")) is not None:
        yield "an idle connection", "≤ 5 KiB", f"{idle:.1f}", idle <= 5
    if (connect := part.ratio(OURS.name, "connect", ORDINARY.name)) is not None:
        yield "a connect, ÷ by the ordinary ASGI path", "≤ 0.5", f"{connect:.2f}", connect <= 0.5


def _loop(part: Part) -> Iterator[Row]:
    if (hold := part.median(OURS.name, "hold_most")) is not None:
        yield "the event loop held at a time, 10,000 viewers", "≤ 5 ms", f"{hold:.1f}", hold <= 5


def _writing(part: Part) -> Iterator[Row]:
    creates, fsyncs, posts = (
        part.median(name, figure)
        for name, figure in ((OURS.name, "creates"), ("disk", "fsyncs"), ("litestar", "posts"))
    )
    if creates and fsyncs and posts:
        share = creates / min(fsyncs, posts)
        yield "durable creates by HTTP, ÷ the smaller of fsync and empty POST", "≥ 0.5", f"{share:.2f}", share >= 0.5
    after, floor = part.median(OURS.name, "after_p99"), part.median(FLOOR.name, "whole_p99")
    if after is not None and floor:
        late = after / floor
        yield "p99 from answer to frame, 1,000 viewers, × the floor's own", "≤ 2", f"{late:.2f}", late <= 2
