"""What is measured: the scenarios of the tables, and those of the curves. Each is one run of one candidate."""

import time
from functools import partial

from benchmarks.fanout.candidates import hello
from benchmarks.fanout.measure import Figures, Run, Scenario

MISSED = 10
IDLE_S = 3
CURVE_EVENTS = 4_000
VIEWERS = (100, 300, 1_000, 3_000, 10_000)
PAGES = (100, 300, 1_000, 2_000)
TENANTS = (1, 10, 100, 1_000)
A_PAGE = 5
"""So many viewers has each of many pages."""


def one_page(run: Run) -> Figures:
    """1,000 viewers of one page: CPU, latency at 10/s, ten events at once, and what a newcomer costs."""
    run.open(1_000)
    run.publish(40)
    busy = run.publish(150)
    calm = run.calm(40, rate=10)
    ten = run.publish(20, burst=10)
    run.come_and_go(500)
    figures = {
        "cpu_1k": busy["cpu_us"],
        "cpu_ten": ten["cpu_us"],
        "p50_1k": calm["sent_to_frame_us"]["p50"] / 1e3,
        "p99_1k": calm["sent_to_frame_us"]["p99"] / 1e3,
        "connect": run.come_and_go(2_000),
    }
    if run.facts:
        run.loader.do("steps")
        run.loader.do(*hello(epoch=run.facts["epoch"], seq=run.published - MISSED))
        figures["resume"] = run.come_and_go(2_000)
    return figures


def big_page(run: Run) -> Figures:
    """5,000 viewers of one page: CPU, and latency at 2/s."""
    run.open(5_000)
    run.publish(8)
    busy = run.publish(25)
    calm = run.calm(10, rate=2)
    return {
        "cpu_5k": busy["cpu_us"],
        "p50_5k": calm["sent_to_frame_us"]["p50"] / 1e3,
        "p99_5k": calm["sent_to_frame_us"]["p99"] / 1e3,
    }


def many_pages(run: Run, pages: int = 1_000, events: int = 8_000, figure: str = "cpu_pages") -> Figures:
    """Many pages with five viewers each."""
    run.open(A_PAGE * pages, pages)
    run.publish(events // 4, outstanding=64)
    return {figure: run.publish(events, outstanding=64)["cpu_us"]}


def idle(run: Run) -> Figures:
    """10,000 viewers of one page, and nothing happens: KiB for each, and ms of CPU a second."""
    count = round(10_000 * run.size)
    before = run.server.memory_kib()
    run.open(count)
    time.sleep(1)
    memory_kib, cpu_ns = run.server.memory_kib(), run.server.cpu_ns()
    time.sleep(IDLE_S)
    cpu_ms = (run.server.cpu_ns() - cpu_ns) / 1e6
    return {"idle_kib": (memory_kib - before) / count, "idle_cpu": cpu_ms / IDLE_S}


def viewers(run: Run, count: int) -> Figures:
    """One page and a number of viewers: the CPU for each delivery."""
    run.open(count)
    events = max(12, min(300, 40_000 // count))
    run.publish(events // 3)
    return {f"viewers_{count}": run.publish(events)["cpu_us"]}


TABLE = tuple(Scenario(measure) for measure in (one_page, big_page, many_pages, idle))

CURVES = (
    *(Scenario(partial(viewers, count=count)) for count in VIEWERS),
    *(
        Scenario(partial(many_pages, pages=n, events=CURVE_EVENTS, figure=f"pages_{n}"), ("--rooms", str(n)))
        for n in PAGES
    ),
    *(
        Scenario(partial(many_pages, events=CURVE_EVENTS, figure=f"tenants_{n}"), ("--tenants", str(n)))
        for n in TENANTS
    ),
)
