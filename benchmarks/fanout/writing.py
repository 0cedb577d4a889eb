"""Conversations by HTTP: how many a second are on disk and with another reader, beside the disk's own fsync and the
framework's empty POST; and how long after the answer the readers of a busy page have the event.
"""

import json
import os
import tempfile
import time
import urllib.request
from collections import defaultdict
from dataclasses import replace
from typing import Any

from benchmarks.fanout.candidates import EMPTY, FLOOR, OURS, Place, ours_commands
from benchmarks.fanout.install import TOOLS
from benchmarks.fanout.loader import Command
from benchmarks.fanout.measure import Bench, Figures, Run, Taken, started

WRITERS = 64
FSYNCS = 300
FSYNC_BYTES = 4_096
WORDS = "Everyone has the right to freedom of opinion and expression; this right includes freedom to hold opinions"


def take_writing(bench: Bench) -> Taken:
    """Everything of this page, in turns."""
    taken: Taken = defaultdict(lambda: defaultdict(list))
    writing = replace(OURS, commands=_writing_commands)

    def creates() -> Figures:
        with started(writing, bench.installed, (), bench.size, core=None) as run:
            run.open(1)
            return _rate(run, "creates", 3_000)

    def empty_posts() -> Figures:
        with started(EMPTY, bench.installed, (), bench.size, core=None) as run:
            return _rate(run, "posts", 6_000)

    def after_answer() -> Figures:
        with started(writing, bench.installed, (), bench.size) as run:
            run.open(1_000)
            run.publish(10, outstanding=10)
            calm = run.calm(50, rate=10)
            names = {"after": "answer_to_frame_us", "answer": "sent_to_answer_us", "whole": "sent_to_frame_us"}
            return {f"{name}_{p}": calm[key][p] / 1e3 for name, key in names.items() for p in ("p50", "p99")}

    def floor() -> Figures:
        with started(FLOOR, bench.installed, (), bench.size) as run:
            run.open(1_000)
            run.publish(10)
            calm = run.calm(50, rate=10)
            return {f"whole_{p}": calm["sent_to_frame_us"][p] / 1e3 for p in ("p50", "p99")}

    cases = {"disk": lambda: {"fsyncs": _fsyncs()}, "litestar": empty_posts, "collabchat": creates}
    bench.interleave(cases, taken)
    bench.interleave({"floor": floor, "collabchat": after_answer}, taken)
    return taken


def _rate(run: Run, name: str, count: int) -> Figures:
    """How many of them a second, and the server's CPU for each, in µs."""
    run.publish(count // 5, outstanding=WRITERS)
    before = run.server.cpu_ns()
    figures = run.publish(count, outstanding=WRITERS)
    cpu_us = (run.server.cpu_ns() - before) / 1e3 / figures["messages"]
    return {name: figures["messages"] / figures["elapsed_s"], f"{name}_cpu": cpu_us}


def _fsyncs() -> float:
    """How often a second this disk makes a small append durable."""
    with tempfile.TemporaryFile(dir=TOOLS) as file:
        begin = time.perf_counter()
        for _ in range(FSYNCS):
            file.write(b"x" * FSYNC_BYTES)
            file.flush()
            os.fsync(file.fileno())
        return FSYNCS / (time.perf_counter() - begin)


def _writing_commands(place: Place, facts: dict[str, Any]) -> list[Command]:
    """As for ours, but something is published by beginning a conversation."""
    tenant = next(iter(facts["tokens"]))
    asked = urllib.request.Request(
        f"http://127.0.0.1:{place.port}/sessions/{tenant}",
        data=b'{"guestName":"Ana"}',
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:
        session = json.load(answer)["session"]
    body = {
        "broadcastId": "{marker}",
        "urlId": "bench-{room}",
        "urlIdWithRange": "bench-{room}:p:0/0:{nonce},0/0:45",
        "pageTitle": "Bench",
        "selector": "p",
        "range": "0/0:{nonce},0/0:45",
        "anchor": {"v": 1, "quote": WORDS, "start": 42, "end": 42 + len(WORDS), "prefix": "", "suffix": ""},
        "comment": {"comment": WORDS, "url": "https://x.example/"},
    }
    text = json.dumps(body, separators=(",", ":"))
    # Each of these comes once with one length, and two of them twice.
    size = len(text) + 19 * 2 + 21 + 5 * 2 - len("{nonce}") * 2 - len("{marker}") - len("{room}") * 2
    head = (
        f"POST /comment-collab-chats/{tenant} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {session}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    )
    return [*ours_commands(place, facts), ("speech", "http", 0, head + text), ("publishers", WRITERS)]
