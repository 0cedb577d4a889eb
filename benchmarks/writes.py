"""How many conversations a second become durable: 64 writers at once against one at a time, beside the disk's fsync."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from collabchat.clock import now_ms
from collabchat.core.model import Actor, Anchor, Tenant
from collabchat.storage import conversations, operations, people, tenants
from collabchat.storage.comments import Words
from collabchat.storage.people import Introduction
from collabchat.storage.places import Place
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction, Write

TENANT = Tenant("demo", "Demo", ("https://x.example",), 1)
ANA = Actor("demo", "demo:ana", "s", "Ana")
COUNT = 1_500
ROUNDS = 5


async def report() -> None:
    """Print medians of interleaved rounds, as rates and as ratios."""
    rates: dict[str, list[float]] = {"fsync": [], "one at a time": [], "64 at once": []}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "bench.db"
        migrate(path)
        database = Database(path)
        await database.write(prepare)
        for round_ in range(ROUNDS):
            rates["fsync"].append(_fsyncs(Path(folder) / "fsync"))
            rates["one at a time"].append(await _creates(database, f"a{round_}", writers=1, count=COUNT // 5))
            rates["64 at once"].append(await _creates(database, f"b{round_}", writers=64, count=COUNT))
        database.close()
    median = {name: statistics.median(values) for name, values in rates.items()}
    print(f"\ndurable creates a second, storage alone (medians of {ROUNDS} interleaved rounds)")
    for name, rate in median.items():
        print(f"  {name:<20} {rate:>8.0f}   {rate / median['one at a time']:>6.2f} × one at a time")


def prepare(transaction: Transaction) -> None:
    """Make the tenant and the person."""
    tenants.store(transaction, TENANT)
    people.renew(transaction, Introduction(ANA, 1), 1)


def _fsyncs(path: Path) -> float:
    """How often a second this disk makes a small append durable."""
    with path.open("wb") as file:
        started = time.perf_counter()
        for _ in range(200):
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
        return 200 / (time.perf_counter() - started)


async def _creates(database: Database, page: str, *, writers: int, count: int) -> float:
    numbers = iter(range(count))

    async def write() -> None:
        for number in numbers:
            await database.write(lambda transaction, number=number: create(transaction, page, number))  # type: ignore[misc]

    started = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return count / (time.perf_counter() - started)


def create(transaction: Transaction, page: str, number: int) -> bytes:
    """Begin a conversation, as a request does."""
    anchor = Anchor(quote="some words", start=1, end=11, v=1)
    place = Place(page, f"{page}:p:0:{number},0:45", "0:1,0:45", "p", "Title", anchor)
    words = Words("Hello there", "Hello there", "https://x.example/")
    write = Write(transaction, TENANT, ANA, now_ms(), f"{page}-{number}")
    return operations.once(write, "hash", lambda write: {"seq": conversations.create(write, place, words).page.seq})
