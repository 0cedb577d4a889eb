"""Makes weeks of traffic at one tenant through the real code, from a seed: to look at the dashboard, and to test it.

    python -m tests.traffic --data-dir DIR [--tenant demo] [--days 30] [--seed 5]

The tenant must be there, and no server may run on the data. What readers do is counted by the real ledger, and stored
hour by hour by the real `storage.usage`; discussions are begun, answered and resolved by the real `storage`. Times end
at the beginning of the present hour, so the same seed gives the same month, seen from another day.
"""

import argparse
import asyncio
import math
import random
from functools import partial
from pathlib import Path

from msgspec import Struct

from collabchat.clock import now_ms
from collabchat.core.markup import render
from collabchat.core.model import Actor, Anchor, Tenant
from collabchat.core.usage import ALL_SITES, HOUR_MS, Ledger
from collabchat.storage import comments as comment_rows
from collabchat.storage import conversations, people, tenants, usage
from collabchat.storage.comments import Words
from collabchat.storage.conversations import Changes
from collabchat.storage.people import Introduction
from collabchat.storage.places import Place
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction, Write

HOURS_A_DAY = 24
CHATS_A_DAY = 6
FRAME_BYTES = 430
READERS = 900
SITES = (1, 0.25, 0.1)
SATURDAY = 5


class Page(Struct, frozen=True):
    """One page of the site; `share` of the traffic is its own."""

    url_id: str
    title: str
    share: float


PAGES = (
    Page("/declaration", "Universal Declaration of Human Rights", 0.45),
    Page("/articles/19", "Article 19: freedom of expression", 0.2),
    Page("/uk/declaration", "Загальна декларація прав людини", 0.17),
    Page("/history/drafting", "Drafting history, 1946–1948", 0.1),
    Page("/guides/reading", "How to read a declaration", 0.04),
    *(Page(f"/articles/{number}", f"Article {number}", 0.04 / 8) for number in range(1, 9)),
)
NAMES = ("Orla Venn", "Dario Kell", "Ilse Marrow", "Neva Quill", "Зоряна Лісна", "Тарас Вовк", "Ana Field", "Bo Sund")
QUOTES = (
    "other status",
    "without distinction of any kind",
    "freedom of opinion",
    "таємницю листування",
    "in good faith",
)
REMARKS = (
    "How far does this reach?",
    "The drafting record discusses exactly this; see the third session.",
    "I read it as a floor, not a ceiling.",
    "Чи не краще тут «гідність»?",
    "Agreed. Let us say so in the guide, with **one** example.",
    "Two countries abstained over this sentence.",
)


def bustle(hour: int, first: int, last: int) -> float:
    """How busy an hour (ms) is, from 0 to about 1: by the hour of the day, the day of the week, and growing."""
    of_day = hour // HOUR_MS % HOURS_A_DAY
    weekday = (hour // (HOURS_A_DAY * HOUR_MS) + 3) % 7
    by_day = 0.08 + 0.92 * max(0.0, math.sin((of_day - 5) / 18 * math.pi)) ** 1.5
    growth = 0.6 + 0.4 * (hour - first) / max(1, last - first)
    return float(by_day * growth * (0.55 if weekday >= SATURDAY else 1.0))


class Traffic:
    """The life of one tenant, hour by hour."""

    def __init__(self, database: Database, tenant: Tenant, seed: int) -> None:
        self._database = database
        self._tenant = tenant
        self._origins = tenant.origins[:3] or ("",)
        self._chance = random.Random(seed)
        self._writers: list[Actor] = []
        self._ledger = Ledger()
        database.on_count = self._ledger.count_all
        self._number = 0

    async def begin(self) -> None:
        """Make the people."""

        def introduce(transaction: Transaction) -> list[Actor]:
            known = [
                Actor(self._tenant.id, f"{self._tenant.id}:reader-{number}", "", name)
                for number, name in enumerate(NAMES)
            ]
            return [people.renew(transaction, Introduction(actor, 1), 1) for actor in known]

        self._writers = await self._database.write(introduce)

    async def live(self, hour: int, bustle: float) -> None:
        """All that happens within an hour."""
        most: dict[str, int] = dict.fromkeys(self._origins, 0)
        for page in PAGES:
            for number, origin in enumerate(self._origins):
                share = page.share * SITES[number]
                readers = round(READERS * bustle * share * self._chance.uniform(0.85, 1.15))
                most[origin] += readers
                if readers:
                    self._read(self._ledger, page, origin, readers)
        for origin, readers in (*most.items(), (ALL_SITES, sum(most.values()))):
            self._ledger.count(self._tenant.id, origin).peak_concurrent_viewers = readers
        times = sorted(hour + self._chance.randrange(HOUR_MS) for _ in range(self._times(CHATS_A_DAY * bustle / 8)))
        for at in times:
            await self._database.write(partial(self._discuss, at=at))
        await self._database.write(lambda transaction: usage.add(transaction, hour, self._ledger.take()))

    def _read(self, ledger: Ledger, page: Page, origin: str, readers: int) -> None:
        account = ledger.account(self._tenant.id, origin, page.url_id)
        account.see(readers)
        counts = account.note()
        counts.page_load_count += readers * 3
        counts.connect_count += readers * 3 + self._times(readers / 20)
        counts.comment_fetch_count += readers * 2
        counts.event_log_read_count += self._times(readers / 40)
        counts.api_error_count += self._times(readers / 400)
        frames = round(readers * self._chance.uniform(70, 95))
        account.send(frames, round(frames * FRAME_BYTES * self._chance.uniform(0.9, 1.1)))

    def _discuss(self, transaction: Transaction, at: int) -> None:
        """A conversation begins; perhaps somebody answers, perhaps it is resolved."""
        page = self._chance.choices(PAGES, [each.share for each in PAGES])[0]
        quote = self._chance.choice(QUOTES)
        self._number += 1
        start = self._number * 40
        name = f"{page.url_id}:p:0:{self._number},0:{self._number + len(quote)}"
        anchor = Anchor(v=1, quote=quote, start=start, end=start + len(quote))
        place = Place(page.url_id, name, f"0:{self._number},0:{self._number + 9}", "p", page.title, anchor)
        created = conversations.create(self._write(transaction, at), place, self._words())
        for _ in range(self._times(2.2)):
            at += round(self._chance.expovariate(1 / (20 * 60_000)))
            comment_rows.add(self._write(transaction, at), created.conversation.thread, self._words())
        if self._chance.random() < 0.6:
            conversations.change(
                self._write(transaction, at + 60_000), created.conversation.id, Changes(is_resolved=True)
            )

    def _write(self, transaction: Transaction, at: int) -> Write:
        origin = self._chance.choice(self._origins)
        self._number += 1
        actor = self._chance.choice(self._writers)
        return Write(transaction, self._tenant, actor, at, f"traffic-{self._number}", None, origin)

    def _words(self) -> Words:
        text = self._chance.choice(REMARKS)
        return Words(text, render(text), f"{self._origins[0]}/")

    def _times(self, mean: float) -> int:
        """A whole number whose mean is that: a Poisson process's (Knuth)."""
        floor, product, count = math.exp(-mean), self._chance.random(), 0
        while product > floor:
            product *= self._chance.random()
            count += 1
        return count


async def make(path: Path, tenant_id: str, days: int, seed: int) -> int:
    """Make so many days of traffic, up to the present hour; returns how many hours that was."""
    migrate(path)
    database = Database(path)
    # Whatever is lost can be made again.
    database._connection.execute("PRAGMA synchronous=OFF")
    known = await database.read(tenants.list_all)
    traffic = Traffic(database, next(each for each in known if each.id == tenant_id), seed)
    await traffic.begin()
    last = now_ms() - now_ms() % HOUR_MS
    first = last - days * HOURS_A_DAY * HOUR_MS
    for hour in range(first, last, HOUR_MS):
        await traffic.live(hour, bustle(hour, first, last))
    database.close()
    return (last - first) // HOUR_MS


def main() -> None:
    """Make traffic as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.traffic", description="Make weeks of traffic at one tenant.")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--tenant", default="demo")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    hours = asyncio.run(make(given.data_dir / "collabchat.db", given.tenant, given.days, given.seed))
    print(f"{hours} hours of traffic at {given.tenant}.")  # noqa: T201 - this is its answer


if __name__ == "__main__":
    main()
