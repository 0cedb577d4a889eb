"""The plots, as SVG written by hand: they follow the reader's light or dark mode."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.fanout.candidates import FLOOR, ORDINARY, OURS
from benchmarks.fanout.results import Part, Results
from benchmarks.fanout.scenarios import A_PAGE, PAGES, TENANTS, VIEWERS

WIDTH = 960
MARGIN = 28

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .paper { fill: #ffffff } .title { font-size: 16px; font-weight: 600 } .head { font-weight: 600 }
  .small { font-size: 12px; fill: #59636e } .end { text-anchor: end } .middle { text-anchor: middle }
  .grid { stroke: #d8dee4 } .floor { stroke: #59636e; stroke-dasharray: 3 3 }
  .bar { fill: #b6c0cc } .ours { fill: #2f6f5e } text.ours { font-weight: 600; fill: #1c5d4c }
  .line { fill: none; stroke-width: 2; stroke: #2f6f5e } .line.other { stroke: #8794a3 }
  .dot { fill: #2f6f5e } .dot.other { fill: #8794a3 } text.other { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .paper { fill: #0d1117 } .small, text.other { fill: #9da7b3 }
    .grid { stroke: #2b323b } .floor { stroke: #9da7b3 }
    .bar { fill: #4b5663 } .ours { fill: #56b89b } text.ours { fill: #7fd6bb }
    .line { stroke: #56b89b } .line.other { stroke: #7d8896 } .dot { fill: #56b89b } .dot.other { fill: #7d8896 }
  }
"""


def bars(results: Results) -> str:
    """CPU for each delivery as a multiple of the floor's: a row for each candidate, a column for each scenario."""
    part = results.table
    columns = {
        "1,000 viewers of a page": "cpu_1k",
        "5,000 viewers of a page": "cpu_5k",
        f"1,000 pages × {A_PAGE}": "cpu_pages",
        "ten events at once": "cpu_ten",
    }
    names = [name for name in part.names if name not in {FLOOR.name, ORDINARY.name}]
    labels, row, top = 122, 30, 104
    gap = 22
    wide = (WIDTH - 2 * MARGIN - labels - gap * (len(columns) - 1)) / len(columns)
    ratios = {(name, figure): part.ratio(name, figure) for name in names for figure in columns.values()}
    most = max((ratio for ratio in ratios.values() if ratio is not None), default=1)
    scale = (wide - 44) / most
    height = top + row * len(names) + 52
    drawn = [
        _text(MARGIN, 36, "Server CPU for each delivered message", "title"),
        _text(
            MARGIN,
            56,
            f"× the floor, a C server with one send() for each viewer; medians of {results.repeats}",
            "small",
        ),
    ]
    for index, name in enumerate(names):
        is_ours = "ours" if name == OURS.name else ""
        drawn.append(_text(MARGIN, top + row * index + 19, name, is_ours))
    for number, (title, figure) in enumerate(columns.items()):
        left = MARGIN + labels + number * (wide + gap)
        drawn.append(_text(left, top - 12, title, "head"))
        for index, name in enumerate(names):
            ratio, y = ratios[name, figure], top + row * index
            if ratio is None:
                drawn.append(_text(left, y + 19, "not measured", "small"))
                continue
            is_ours = "ours" if name == OURS.name else ""
            kind = is_ours or "bar"
            drawn.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{y + 5}" width="{ratio * scale:.1f}" height="20" rx="2"/>'
            )
            drawn.append(_text(left + max(ratio, 1) * scale + 6, y + 19, f"{ratio:.2f} ×", is_ours or "small"))
        bottom = top + row * len(names)
        drawn.append(_line("floor", left + scale, top, left + scale, bottom + 4))
        floor_us = part.median("floor", figure) or 0
        drawn.append(_text(left + scale, bottom + 20, f"floor, {floor_us:.1f} µs", "small middle"))
    return _svg(height, drawn, "Server CPU for each delivered message, as a multiple of the floor's")


def curves(results: Results) -> str:
    """What an event costs against viewers, and a delivery against pages and tenants."""
    part = results.curves
    wide, high, top, gap = 240, 200, 96, 68
    drawn = [_text(MARGIN, 36, "What grows, and what does not", "title")]
    panels: Sequence[tuple[str, str, str, Sequence[int], Callable[[float, int], float], bool]] = (
        ("An event, ms of CPU", "viewers of the page", "viewers", VIEWERS, lambda us, n: us * n / 1e3, False),
        ("A delivery, µs of CPU", f"pages with {A_PAGE} viewers each", "pages", PAGES, lambda us, _: us, True),
        ("A delivery, µs of CPU", f"tenants, 1,000 pages × {A_PAGE}", "tenants", TENANTS, lambda us, _: us, True),
    )
    for number, (title, below, key, counts, value_of, is_log) in enumerate(panels):
        left = MARGIN + 34 + number * (wide + gap)
        drawn += [_text(left - 34, top - 18, title, "head")]
        series = {name: _series(part, name, key, counts, value_of) for name in part.names}
        most = _round_up(max((value for points in series.values() for _, value in points), default=1))
        for step in range(5):
            y = top + high * (1 - step / 4)
            drawn.append(_line("grid", left, y, left + wide, y))
            drawn.append(_text(left - 8, y + 4, f"{most * step / 4:g}", "small end"))
        place = _placing(counts, left, wide, is_log=is_log)
        ticks = counts if is_log else (0, 5_000, 10_000)
        drawn += [_text(place(tick), top + high + 20, f"{tick:,}", "small middle") for tick in ticks]
        drawn.append(_text(left + wide / 2, top + high + 42, below, "small middle"))
        for name, points in series.items():
            drawn += _curve(points, place, partial(_height, top=top, high=high, most=most), name)
    return _svg(top + high + 64, drawn, "The CPU of an event, against viewers, pages and tenants")


def _series(
    part: Part, name: str, key: str, counts: Sequence[int], value_of: Callable[[float, int], float]
) -> list[tuple[int, float]]:
    found = ((count, part.median(name, f"{key}_{count}")) for count in counts)
    return [(count, value_of(value, count)) for count, value in found if value is not None]


def _placing(counts: Sequence[int], left: float, wide: float, *, is_log: bool) -> Callable[[int], float]:
    if not is_log:
        return lambda count: left + wide * count / counts[-1]
    low, high = math.log(counts[0]), math.log(counts[-1])
    return lambda count: left + 10 + (wide - 20) * (math.log(count) - low) / (high - low)


def _height(value: float, *, top: float, high: float, most: float) -> float:
    return top + high * (1 - value / most)


def _curve(
    points: Sequence[tuple[int, float]], x: Callable[[int], float], y: Callable[[float], float], name: str
) -> list[str]:
    other = "" if name == OURS.name else " other"
    if not points:
        return []
    path = " ".join(f"{x(count):.1f},{y(value):.1f}" for count, value in points)
    drawn = [f'<polyline class="line{other}" points="{path}"/>']
    drawn += [f'<circle class="dot{other}" cx="{x(c):.1f}" cy="{y(v):.1f}" r="3.5"/>' for c, v in points]
    count, value = points[-1]
    # Ours above its line, the other below: they may come close.
    drawn.append(_text(x(count), y(value) + (30 if other else -12), name, f"end {other or 'ours'}"))
    return drawn


def _round_up(value: float) -> float:
    """The next number that a scale may end with."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if step * power >= value)


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{words}</text>'


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _svg(height: float, drawn: Sequence[str], title: str) -> str:
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">'
    paper = f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="6"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", paper, *drawn, "</svg>", ""])
