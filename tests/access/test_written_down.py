"""What is written down of those who run a tenant: what they were refused, what they did, by whatever way."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collabchat.clock import now_ms
from collabchat.identity.staff_room import Invitation
from collabchat.storage import staff
from collabchat.storage.staff import LINKS_KEPT_MS, Link
from tests.access.inside import Inside

DAY_MS = 24 * 3_600_000


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
