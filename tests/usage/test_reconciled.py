"""What is metered is what clients received, to the unit: frames and bytes, through batches, returns and a restart."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.nursery import Nursery, QuickSite
from tests.faults.people import Crowd
from tests.running import run_here
from tests.usage.ears import CountingEar

PAGE = "book"


@pytest.fixture
def site(nursery: Nursery, tmp_path: Path) -> Iterator[QuickSite]:
    site = QuickSite(nursery, tmp_path)
    yield site
    site.end()


def stored(site: QuickSite, columns: str, table: str = "usage", more: str = "") -> list[tuple[Any, ...]]:
    """Sums of what is in the database; the server must have stopped."""
    with sqlite3.connect(site.database) as connection:
        return connection.execute(
            f"SELECT {columns} FROM {table} WHERE tenant_id = 'demo' {more} ORDER BY 1"
        ).fetchall()


def test_metered_frames_and_bytes_are_those_that_clients_received(site: QuickSite) -> None:
    ana, bo = site.guest("Ana"), site.guest("Bo")
    thread = ana.created(PAGE)["conversation"]["urlId"]
    origin = f"Origin: {site.base}"
    with ExitStack() as stack:

        def ear(who: str = "v2", *headers: str) -> CountingEar:
            is_classic = who == "classic"
            return stack.enter_context(CountingEar(bo, PAGE, site.port, *headers, is_classic=is_classic))

        early = [ear(), ear("v2", origin), ear("classic"), ear("classic", origin)]
        answers = Crowd([ana] * 4, PAGE, thread).write(25).finish()
        last = max(answer["seq"] for answer in answers)
        for each in early:
            each.wait_for(last)
        # Some leave, and come back for what they missed.
        early[0].leave()
        early[2].leave()
        answers = Crowd([ana, bo], PAGE, thread).write(10).finish()
        back = [ear(), ear("v2", origin)]
        answers += Crowd([ana, bo], PAGE, thread).write(10).finish()
        for each in (*early[1::2], *back):
            each.wait_for(max(answer["seq"] for answer in answers))
        assert site.stop() == 0
        ears = [*early, *back]
        for each in (*early[1::2], *back):
            each.be_over()
        before = sum(each.frames for each in ears), sum(each.bytes for each in ears)
        assert stored(site, "sum(pub_sub_message_count), sum(pub_sub_bandwidth)") == [before]
        assert any(each.batches for each in ears)
        # A second life counts on where the first one ended.
        site.start()
        late = ear()
        answers = Crowd([site.guest("Cy")], PAGE, thread).write(5).finish()
        late.wait_for(answers[-1]["seq"])
        assert site.stop() == 0
        late.be_over()
        total = before[0] + late.frames, before[1] + late.bytes
        assert stored(site, "sum(pub_sub_message_count), sum(pub_sub_bandwidth)") == [total]
        assert stored(site, "sum(pub_sub_message_count), sum(pub_sub_bandwidth)", "page_usage")[0][0] < total[0]
        assert stored(site, "sum(connect_count)") == [(len(ears) + 1,)]


def test_what_goes_to_each_site_is_counted_apart(site: QuickSite) -> None:
    ana = site.guest("Ana")
    thread = ana.created(PAGE)["conversation"]["urlId"]
    with (
        CountingEar(ana, PAGE, site.port) as plain,
        CountingEar(ana, PAGE, site.port, f"Origin: {site.base}") as browser,
    ):
        answers = Crowd([ana] * 2, PAGE, thread).write(10).finish()
        for ear in (plain, browser):
            ear.wait_for(max(answer["seq"] for answer in answers))
        assert site.stop() == 0
        plain.be_over()
        browser.be_over()
    rows = stored(
        site, "origin, sum(pub_sub_message_count), sum(pub_sub_bandwidth)", more="AND origin != '*' GROUP BY origin"
    )
    assert rows == [("", plain.frames, plain.bytes), (site.base, browser.frames, browser.bytes)]


def test_every_other_count_is_that_of_what_was_done(site: QuickSite) -> None:
    ana, bo = site.guest("Ana"), site.guest("Bo")
    made = ana.created(PAGE, broadcastId="b1")
    assert ana.create(PAGE, broadcastId="b1").json() == made
    thread = made["conversation"]["urlId"]
    assert bo.reply(thread, "Yes", "b2").json() == bo.reply(thread, "Yes", "b2").json()
    ana.log(PAGE, afterSeq=0)
    assert ana.request("GET", "/comments/{t}", params={"urlId": thread}).status_code == 200
    assert ana.reply(thread, "").status_code == 400
    assert bo.request("DELETE", f"/comment-collab-chats/{{t}}/{made['createdChatId']}", json={}).status_code == 400
    with (
        CountingEar(ana, PAGE, site.port) as first,
        CountingEar(ana, PAGE, site.port) as second,
        CountingEar(bo, PAGE, site.port) as third,
    ):
        ears = (first, second, third)
        last = ana.reply(thread, "More").json()["seq"]
        for ear in ears:
            ear.wait_for(last)
        assert site.stop() == 0
    sums = "page_load_count, comment_fetch_count, conversation_create_count, comment_create_count, event_log_read_count"
    # A snapshot for each of the three sockets, and one for the log's reader.
    for table in ("usage", "page_usage"):
        columns = ", ".join(f"sum({name})" for name in sums.split(", "))
        assert stored(site, columns, table) == [(4, 1, 1, 3, 1)]
    assert stored(site, "sum(api_error_count), sum(connect_count)") == [(2, 3)]
    assert stored(site, "max(peak_concurrent_viewers)", more="AND origin = '*'") == [(2,)]
    assert stored(site, "DISTINCT page", "page_usage") == [(PAGE,)]


def test_what_is_refused_is_no_use_of_a_page(site: QuickSite) -> None:
    ana = site.guest("Ana")
    ana.created(PAGE)
    assert ana.log(PAGE, afterSeq=0)["seq"] == 1
    token = ana.snapshot(PAGE)["userIdWS"]
    refused = {
        ("/event-log/{t}", "", "0"): 403,
        ("/event-log/{t}", "x", "0"): 403,
        ("/event-log/{t}", token, None): 400,
        ("/event-log/{t}", token, "0"): 404,
        ("/comments/{t}", None, None): 404,
        ("/comment-collab-chats/{t}", None, None): 404,
    }
    limit = run_here("page", "groups", "demo", "secret", "--group", "hr", data_dir=site.data_dir)
    assert limit.returncode == 0, limit.stderr

    def ask(path: str, user: str | None, after: str | None) -> int:
        params = {"urlId": "secret", "userIdWS": user, "afterSeq": after}
        given = {name: value for name, value in params.items() if value is not None}
        return ana.request("GET", path, params=given).status_code

    assert {asked: ask(*asked) for asked in refused} == refused
    pending = ",".join(["x"] * 101)
    assert (
        ana.request("GET", "/comment-collab-chats/{t}", params={"urlId": PAGE, "pending": pending}).status_code == 400
    )
    assert site.stop() == 0
    assert stored(site, "sum(event_log_read_count), sum(comment_fetch_count), sum(page_load_count)") == [(1, 0, 2)]
    assert stored(site, "DISTINCT page", "page_usage") == [(PAGE,)]
