"""What is written down of those who run a tenant: what they were refused, what they did, by whatever way."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collabchat.clock import now_ms
from collabchat.identity.staff_room import Invitation
from collabchat.storage import accounts, staff
from collabchat.storage.accounts import Account
from collabchat.storage.staff import LINKS_KEPT_MS, Link
from collabchat.storage.transaction import Transaction
from tests.access.desk import Desk, code, link
from tests.access.estate import Estate
from tests.access.inside import Inside
from tests.faults.nursery import QuickSite

DAY_MS = 24 * 3_600_000


FORBIDDEN = (403, "forbidden")


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


def logs(estate: Estate, **params: Any) -> list[dict[str, Any]]:
    """The audit log, as the tenant's own servers read it."""
    answer = estate.site.http.get("/api/v1/audit-logs", headers=estate.keyed, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["auditLogs"])


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    inside = await Inside(tmp_path).open()
    yield inside
    await inside.close()


async def test_who_uses_a_link_days_too_late_is_written_down(inside: Inside) -> None:
    invitation = Invitation.make()
    secret = invitation.path.partition("=")[2]

    async def use(ended_ms_ago: int) -> list[Any]:
        link = Link("demo", "admin", "Late", now_ms() - ended_ms_ago)
        await inside.database.write(lambda transaction: staff.store_link(transaction, invitation.hash, link, now_ms()))
        await inside.database.write(lambda transaction: staff.prune(transaction, now_ms()))
        answer = await inside.http.post("/dashboard/session", json={"link": secret}, headers={"Origin": "http://x"})
        assert answer.status_code == 401
        await inside.database.write(lambda transaction: staff.prune(transaction, now_ms() + LINKS_KEPT_MS))
        query = "SELECT act, actor_name, tenant_id FROM audit"
        return await inside.database.read(lambda reader: reader.all(query, {}))

    assert await use(LINKS_KEPT_MS + DAY_MS) == []
    assert await use(LINKS_KEPT_MS - DAY_MS) == [("refuse-sign-in", "Late", "demo")]


@pytest.mark.parametrize("uses", [0, 1])
async def test_and_so_is_who_uses_one_to_an_account_that_was_removed(inside: Inside, uses: int) -> None:
    invitation = Invitation.make()
    secret = invitation.path.partition("=")[2]

    def begin(transaction: Transaction) -> Account:
        now = now_ms()
        account = accounts.create(transaction, "demo", "admin", "Ana", "ana@demo.example", now)
        link = Link("demo", "admin", "Ana", now + DAY_MS, "i1", account_id=account.id)
        staff.store_link(transaction, invitation.hash, link, now)
        return account

    async def use() -> int:
        body = {"link": secret}
        answer = await inside.http.post("/dashboard/session", json=body, headers={"Origin": "http://x"})
        return answer.status_code

    ana = await inside.database.write(begin)
    assert [await use() for _ in range(uses)] == [200] * uses
    await inside.database.write(lambda transaction: accounts.remove(transaction, ana.id, now_ms()))
    assert await use() == 401
    query = "SELECT act, actor_name, tenant_id FROM audit WHERE act != 'sign-in'"
    assert await inside.database.read(lambda reader: reader.all(query, {})) == [("refuse-sign-in", "Ana", "demo")]
    assert await inside.database.read(lambda reader: accounts.list_of(reader, "demo")) == []


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", "/api/v1/tenant", {"name": "x"}), ("POST", "/api/v1/keys", {}), ("GET", "/api/v1/audit-logs", None),
        ("POST", "/api/v1/staff/invitations", {"name": "x", "role": "admin"}), ("GET", "/api/v1/staff", None),
        ("POST", "/api/v1/sso-test", {"payload": "{}"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_moderator_is_refused_at_their_own_tenant_is_written_down(
    site: QuickSite, estate: Estate, verb: str, path: str, body: dict[str, Any] | None
) -> None:
    mod = Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "moderator", "--name", "Mo")
    assert code(mod.ask(verb, path, json=body)) == FORBIDDEN
    last = logs(estate, order="DESC", limit=1)[0]
    assert (last["username"], last["from"], last["crudType"], last["resourceName"]) == ("Mo", "ui", "r", "tenant")
    assert last["objectDetails"] == {"act": "refuse", "id": estate.id, "asked": f"{verb} {path}"}


def test_and_so_is_what_an_admin_of_the_site_is_refused(site: QuickSite, estate: Estate) -> None:
    boss = estate.member("Boss", role="admin")
    answer = site.http.get("/api/v1/keys", headers={**boss.headers, "X-TENANT-ID": estate.id})
    assert code(answer) == FORBIDDEN
    last = logs(estate, order="DESC", limit=1)[0]
    assert (last["userId"], last["objectDetails"]["asked"]) == (boss.id, "GET /api/v1/keys")


def test_who_asks_in_vain_again_and_again_is_written_down_once(site: QuickSite, estate: Estate) -> None:
    mod = Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "moderator", "--name", "Max")
    # In one minute of the clock, or two if the next begins meanwhile.
    for number in range(5):
        assert code(mod.ask("GET", "/api/v1/keys")) == FORBIDDEN
        assert code(mod.ask("DELETE", f"/api/v1/keys/k{number}")) == FORBIDDEN
        assert code(mod.ask("GET", "/api/v1/tenants")) == FORBIDDEN
    rows = [row for row in logs(estate, order="DESC", limit=15) if row["username"] == "Max"]
    told = [row["objectDetails"]["asked"] for row in rows if row["objectDetails"]["act"] == "refuse"]
    for verb, path in (("GET", "/api/v1/keys"), ("DELETE", "/api/v1/keys/"), ("GET", "/api/v1/tenants")):
        assert 1 <= sum(each.startswith(f"{verb} {path}") for each in told) <= 2


def test_what_an_admin_does_with_somebody_elses_data_is_written_down(estate: Estate) -> None:
    boss, ann = estate.member("Boss", role="admin"), estate.member("Ann")
    for verb in ("GET", "DELETE"):
        boss.request(verb, "/people/{t}", params={"userId": ann.id}).raise_for_status()
    rows = logs(estate, order="DESC", limit=2)
    assert [(row["objectDetails"]["act"], row["objectDetails"]["id"], row["userId"]) for row in rows] == [
        ("erase", ann.id, boss.id),
        ("export", ann.id, boss.id),
    ]
    # What somebody does with their own is nobody's business.
    estate.member("Bo").request("GET", "/people/{t}").raise_for_status()
    assert logs(estate, order="DESC", limit=2) == rows


def test_what_is_done_on_the_command_line_is_written_down(site: QuickSite) -> None:
    estate = Estate(site)
    user = estate.member("Ann").id
    key = estate.run("keys")["keys"][0]["keyId"]
    estate.run("update", "--name", "Another", "--max-links", "2")
    estate.run("rotate-key", "--overlap-hours", "1")
    estate.run("revoke-key", key)
    ban = estate.run("ban", user, "--reason", "Spam", about="person")["banId"]
    estate.run("unban", ban, about="person")
    estate.run("sign-out", user, about="person")
    estate.run("export", user, about="person")
    estate.run("erase", user, "--yes", about="person")
    estate.run("groups", "page", "--group", "hr", about="page")
    link(site, "--tenant", estate.id, "--role", "admin", "--name", "Ana")
    link(site, "--tenant", estate.id, "--role", "admin", "--email", f"ana@{estate.id}.example")
    estate.run("disable")
    told = Desk.opened(site, Estate(site).id)
    with estate.data() as data:
        query = "SELECT act, resource, via, actor_id FROM audit WHERE tenant_id = ? ORDER BY number"
        rows = data.execute(query, [estate.id]).fetchall()
    assert {row[2:] for row in rows} == {("cli", "operator")}
    assert [row[:2] for row in rows] == [
        ("create", "tenant"), ("update", "tenant"), ("rotate", "key"), ("revoke", "key"), ("ban", "person"),
        ("unban", "person"), ("sign-out", "person"), ("export", "person"), ("erase", "person"), ("limit", "page"),
        ("invite", "staff"), ("invite", "staff"), ("disable", "tenant"),
    ]  # fmt: skip
    # That a tenant went is read by whoever runs the server.
    estate.run("delete", "--yes")
    gone = told.get("/api/v1/audit-logs?order=DESC&limit=1")["auditLogs"][0]
    assert (gone["description"], gone["tenantId"], gone["from"]) == (f"delete tenant {estate.id}", None, "cli")


def test_what_concerns_the_server_is_read_by_operators_alone_part_by_part(site: QuickSite) -> None:
    estate = Estate(site)
    operator = Desk.opened(site, estate.id)
    admin = Desk.opened(site, estate.id, "--tenant", estate.id, "--role", "admin")
    for name in ("One", "Two"):
        operator.done("PATCH", "/api/v1/tenant", name=name)
        operator.invite(name=name, role="operator")
    for order in ("ASC", "DESC"):
        whole = operator.get(f"/api/v1/audit-logs?order={order}")["auditLogs"]
        numbers = [int(row["_id"]) for row in whole]
        assert numbers == sorted(numbers, reverse=order == "DESC")
        assert {row["tenantId"] for row in whole} == {None, estate.id}
        theirs = [row for row in whole if row["tenantId"] is not None]
        assert admin.get(f"/api/v1/audit-logs?order={order}")["auditLogs"] == theirs == logs(estate, order=order)
        parts: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            part = operator.get(f"/api/v1/audit-logs?order={order}&limit=3&cursor={cursor}")
            parts, cursor = [*parts, *part["auditLogs"]], part["nextCursor"]
        assert parts == whole
