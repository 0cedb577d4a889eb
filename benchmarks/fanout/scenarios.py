"""What is measured: the scenarios of the tables, and those of the curves. Each is one run of one candidate."""

import time
from functools import partial

from benchmarks.fanout.candidates import ORDINARY, hello
from benchmarks.fanout.measure import Figures, Run, Scenario

MISSED = 10
IDLE_S = 2
CURVE_EVENTS = 4_000
VIEWERS = (100, 300, 1_000, 3_000, 10_000)
PAGES = (100, 300, 1_000, 2_000)
TENANTS = (1, 10, 100, 1_000)
A_PAGE = 5
"""So many viewers has each of many pages."""


def one_page(run: Run) -> Figures:
    """1,000 viewers of one page, 20 events a second: CPU and latency; ten events at once; what a newcomer costs."""
    run.open(1_000)
    run.publish(40)
    calm = run.calm(120, rate=20)
    ten = run.publish(20, burst=10)
    run.come_and_go(300)
    figures = {
        "cpu_1k": calm["cpu_us"],
        "cpu_ten": ten["cpu_us"],
        "p50_1k": calm["sent_to_frame_us"]["p50"] / 1e3,
        "p99_1k": calm["sent_to_frame_us"]["p99"] / 1e3,
        "connect": run.come_and_go(1_200),
    }
    if run.facts:
        run.loader.do("steps")
        run.loader.do(*hello(epoch=run.facts["epoch"], seq=run.published - MISSED))
        figures["resume"] = run.come_and_go(1_200)
    return figures


def big_page(run: Run) -> Figures:
    """5,000 viewers of one page, four events a second: CPU and latency."""
    run.open(5_000)
    run.publish(8)
    calm = run.calm(24, rate=4)
    return {
        "cpu_5k": calm["cpu_us"],
        "p50_5k": calm["sent_to_frame_us"]["p50"] / 1e3,
        "p99_5k": calm["sent_to_frame_us"]["p99"] / 1e3,
    }


def many_pages(run: Run, pages: int = 1_000, events: int = 6_000, figure: str = "cpu_pages") -> Figures:
    """Many pages with five viewers each."""
    run.open(A_PAGE * pages, pages)
    run.publish(events // 4, outstanding=64)
    return {figure: run.publish(events, outstanding=64)["cpu_us"]}


def idle(run: Run) -> Figures:
    """10,000 viewers of one page, and nothing happens: KiB for each, and ms of CPU a second."""
    count = 10_000
    before = run.server.memory_kib()
    run.open(count)
    time.sleep(1)
    memory_kib, cpu_ns = run.server.memory_kib(), run.server.cpu_ns()
    time.sleep(IDLE_S)
    cpu_ms = (run.server.cpu_ns() - cpu_ns) / 1e6
    return {"idle_kib": (memory_kib - before) / count, "idle_cpu": cpu_ms / IDLE_S}


def huge_page(run: Run) -> Figures:
    """10,000 viewers of one page, an event a second: for how many ms the event loop is held at a time; ours only."""
    run.open(10_000)
    run.holds_ms()
    run.calm(15, rate=1)
    holds = run.holds_ms()
    return {"hold_p99": holds[len(holds) * 99 // 100], "hold_most": holds[-1]}


def viewers(run: Run, count: int) -> Figures:
    """One page and a number of viewers: the CPU for each delivery, of at most 20,000 a second."""
    run.open(count)
    rate = min(20.0, 20_000 / count)
    run.publish(5)
    return {f"viewers_{count}": run.calm(round(5 * rate), rate=rate)["cpu_us"]}


HUGE = (Scenario(huge_page),)
TABLE = (
    Scenario(one_page),
    Scenario(big_page, skips=(ORDINARY.name,)),
    Scenario(many_pages, skips=(ORDINARY.name,)),
    Scenario(idle),
)

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
