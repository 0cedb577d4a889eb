"""`/api/v1/usage` and `/api/v1/tenant-daily-usage`: sums of what was counted, in the periods that are asked for."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import traffic
from tests.faults.nursery import Nursery, QuickSite
from tests.running import SSO_TENANT, run_here

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SITES = ("https://docs.example", "https://blog.example")
FASTCOMMENTS = {
    "id", "tenantId", "yearNumber", "monthNumber", "dayNumber", "commentFetchCount", "commentCreateCount",
    "conversationCreateCount", "voteCount", "accountCreatedCount", "userMentionSearch", "hashTagSearch",
    "gifSearchTrending", "gifSearch", "apiCreditsUsed", "createdAt", "billed", "ignored", "apiErrorCount",
}  # fmt: skip


class Asking:
    """A server with three days of traffic, asked by API key."""

    def __init__(self, site: QuickSite) -> None:
        self.site = site
        self.keyed = {"X-API-KEY": site.api_key, "X-TENANT-ID": SSO_TENANT}

    def get(self, path: str, **params: Any) -> Any:
        answer = self.site.http.get(f"/api/v1/{path}", params=params, headers=self.keyed)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, **params: Any) -> Any:
        answer = self.site.http.get(f"/api/v1/{path}", params=params, headers=self.keyed)
        assert answer.status_code == 400, answer.text
        return answer.json()["field"]


@pytest.fixture(scope="module")
def asking(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    site = QuickSite(nursery, tmp_path_factory.mktemp("usage"))
    assert site.stop() == 0
    origins = [part for origin in SITES for part in ("--origin", origin)]
    assert run_here("tenant", "update", SSO_TENANT, *origins, data_dir=site.data_dir).returncode == 0
    asyncio.run(traffic.make(site.database, SSO_TENANT, 3, 5))
    site.start()
    yield Asking(site)
    assert site.stop() == 0
    assert "Traceback" not in site.log, site.log


@pytest.fixture(scope="module")
def today(asking: Asking) -> int:
    now: int = asking.get("usage")["to"]
    return now - now % DAY_MS


def total(rows: list[dict[str, int]], name: str = "pubSubMessageCount") -> int:
    return sum(row[name] for row in rows)


def test_hours_make_days_and_days_make_months(asking: Asking, today: int) -> None:
    since, until = today - 3 * DAY_MS, today + DAY_MS
    sums = {}
    for granularity, rows in (("hour", 4 * 24), ("day", 4)):
        answer = asking.get("usage", granularity=granularity, **{"from": since, "to": until})
        assert [row["at"] for row in answer["usage"]][:: rows - 1] == [since, until - (until - since) // rows]
        assert len(answer["usage"]) == rows
        sums[granularity] = {name: total(answer["usage"], name) for name in answer["usage"][0] if "Count" in name}
    assert sums["hour"] == sums["day"]
    assert sums["hour"]["pubSubMessageCount"] > 10_000
    months = asking.get("usage", granularity="month", **{"from": since, "to": until})["usage"]
    assert total(months) == sums["day"]["pubSubMessageCount"]


def test_what_was_before_is_as_long_and_ends_where_this_begins(asking: Asking, today: int) -> None:
    answer = asking.get("usage", granularity="day", compare=True, **{"from": today - DAY_MS, "to": today})
    earlier = asking.get("usage", granularity="day", **{"from": today - 2 * DAY_MS, "to": today - DAY_MS})
    assert answer["before"] == earlier["usage"]
    assert "before" not in earlier


def test_sites_and_pages_are_parts_of_the_whole(asking: Asking, today: int) -> None:
    within = {"from": today - 5 * DAY_MS, "to": today + DAY_MS}
    whole = total(asking.get("usage", **within)["usage"])
    sites = asking.get("usage/origins", **within)["origins"]
    assert [site["origin"] for site in sites] == list(SITES)
    assert total(sites) == whole
    for site in sites:
        rows = asking.get("usage", origin=site["origin"], **within)["usage"]
        assert total(rows) == site["pubSubMessageCount"]
    pages = asking.get("usage/pages", limit=100, **within)["pages"]
    assert total(pages) == whole
    assert [page["pubSubMessageCount"] for page in pages] == sorted((total([page]) for page in pages), reverse=True)
    busiest = pages[0]
    assert (busiest["urlId"], busiest["title"]) == ("/declaration", "Universal Declaration of Human Rights")
    assert 0 <= busiest["unresolved"] <= busiest["conversations"] > 0
    assert total(asking.get("usage", urlId="/declaration", **within)["usage"]) == busiest["pubSubMessageCount"]
    assert asking.get("usage/pages", urlId="/declaration", **within)["pages"] == [busiest]


def test_a_page_tells_of_its_discussions_and_how_soon_they_are_answered(asking: Asking) -> None:
    ana, bo = asking.site.member("Ana"), asking.site.member("Bo")
    first, second = (ana.created("/talk")["conversation"] for _ in range(2))
    assert bo.reply(first["urlId"], "An answer").status_code == 200
    bo.change(second["_id"], isResolved=True)
    (told,) = asking.get("usage/pages", urlId="/talk")["pages"]
    assert (told["conversations"], told["unresolved"]) == (2, 1)
    assert told["firstAnswerMs"] > 0


def test_pages_come_in_parts_each_once(asking: Asking) -> None:
    whole = asking.get("usage/pages", limit=100)["pages"]
    parts, cursor = [], None
    while True:
        answer = asking.get("usage/pages", limit=4, **({} if cursor is None else {"cursor": cursor}))
        parts += answer["pages"]
        if (cursor := answer["nextCursor"]) is None:
            break
        assert len(answer["pages"]) == 4
    assert [page["urlId"] for page in parts] == [page["urlId"] for page in whole]


def test_what_was_done_just_now_is_told_at_once(asking: Asking) -> None:
    ana = asking.site.member("Ana")
    before = asking.get("usage/now")["month"]
    ana.created("/new")
    after = asking.get("usage/now")
    assert after["month"]["conversationCreateCount"] == before["conversationCreateCount"] + 1
    assert after["peakToday"]["viewing"] > 0
    assert {limit["name"] for limit in after["limits"]} >= {"connections", "storedComments"}
    assert after["health"]["diskFreeBytes"] > 0


def test_daily_usage_has_every_field_of_fastcomments(asking: Asking, today: int) -> None:
    yesterday = datetime.fromtimestamp((today - DAY_MS) / 1_000, UTC)
    date = {"yearNumber": yesterday.year, "monthNumber": yesterday.month - 1, "dayNumber": yesterday.day}
    (row,) = asking.get("tenant-daily-usage", **date)["tenantDailyUsages"]
    assert row.keys() >= FASTCOMMENTS | {"pubSubMessageCount", "pubSubBandwidth", "peakConcurrentViewers"}
    assert {name: row[name] for name in date} == date
    (same,) = asking.get("usage", granularity="day", **{"from": today - DAY_MS, "to": today})["usage"]
    assert {name: row[name] for name in same if name != "at"} == {name: same[name] for name in same if name != "at"}
    every = asking.get("tenant-daily-usage")["tenantDailyUsages"]
    assert row in every
    assert asking.get("tenant-daily-usage", skip=1)["tenantDailyUsages"] == every[1:]
    del date["dayNumber"]
    assert row in asking.get("tenant-daily-usage", **date)["tenantDailyUsages"]


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("usage", {"from": 5, "to": 5}, "to"),
        ("usage", {"from": -1}, "from"),
        ("usage", {"from": "yesterday"}, "from"),
        ("usage", {"granularity": "week"}, "granularity"),
        ("usage", {"granularity": "hour", "from": 0}, "from"),
        ("usage", {"to": 2**52}, "to"),
        ("usage", {"origin": "https://docs.example", "urlId": "/new"}, "urlId"),
        ("usage/pages", {"limit": 1_000_000}, "limit"),
        ("usage/pages", {"cursor": "from-elsewhere"}, "cursor"),
        ("tenant-daily-usage", {"yearNumber": 2026, "monthNumber": 12}, "monthNumber"),
        ("tenant-daily-usage", {"yearNumber": 2026, "monthNumber": 1, "dayNumber": 30}, "dayNumber"),
        ("tenant-daily-usage", {"monthNumber": 1}, "yearNumber"),
        ("tenant-daily-usage", {"yearNumber": 2026, "dayNumber": 1}, "monthNumber"),
    ],
)
def test_what_cannot_be_answered_is_named(asking: Asking, path: str, params: dict[str, Any], field: str) -> None:
    assert asking.refused(path, **params) == field


def test_another_tenants_key_opens_nothing(asking: Asking) -> None:
    for path in ("usage", "usage/now", "usage/pages", "usage/origins", "tenant-daily-usage"):
        for headers in ({}, {**asking.keyed, "X-TENANT-ID": "demo"}, {**asking.keyed, "X-API-KEY": "x"}):
            assert asking.site.http.get(f"/api/v1/{path}", headers=headers).status_code == 401


def test_a_tenants_pages_come_in_parts_with_what_is_seen_there(asking: Asking) -> None:
    keyed = asking.keyed
    groups = {"urlId": "~secret", "accessibleByGroupIds": ["board"]}
    assert asking.site.http.post("/api/v1/pages", json=groups, headers=keyed).status_code == 200
    whole = asking.get("pages")["pages"]
    assert [page["urlId"] for page in whole] == sorted(page["urlId"] for page in whole)
    by_name = {page["urlId"]: page for page in whole}
    usage = {page["urlId"]: page for page in asking.get("usage/pages", limit=100)["pages"]}
    declaration = by_name["/declaration"]
    assert declaration["title"] == "Universal Declaration of Human Rights"
    assert declaration["rootCommentCount"] == usage["/declaration"]["conversations"]
    assert declaration["commentCount"] > declaration["rootCommentCount"]
    assert declaration["accessibleByGroupIds"] is None
    assert (by_name["~secret"]["accessibleByGroupIds"], by_name["~secret"]["commentCount"]) == (["board"], 0)
    assert asking.get("pages/by-url-id", urlId="/declaration")["page"] == declaration
    parts = list[Any]()
    cursor = None
    while parts == [] or cursor is not None:
        answer = asking.get("pages", limit=4, **({} if cursor is None else {"cursor": cursor}))
        parts += answer["pages"]
        cursor = answer["nextCursor"]
    assert parts == whole
    assert asking.refused("pages", cursor="from-elsewhere") == "cursor"
