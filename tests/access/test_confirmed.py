"""Whoever loses their rights after they were let in, and before the deed's own transaction, does nothing any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from collabchat.clock import now_ms
from collabchat.core.model import Actor
from collabchat.identity.staff_room import Invitation
from collabchat.storage import api_keys, people, staff
from collabchat.storage.people import Introduction
from collabchat.storage.staff import Link
from collabchat.storage.transaction import Transaction
from tests.access.inside import API_KEY, Inside

Headers = dict[str, str]
Come = Callable[[Inside], Awaitable[Headers]]
Loss = Callable[[Transaction], None]
DEEDS = {
    "/api/v1/pages": {"urlId": "page", "accessibleByGroupIds": ["hr"]},
    "/api/v1/bans": {"userId": "demo:ben", "reason": "Spam"},
}


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    inside = await Inside(tmp_path).open()
    yield inside
    await inside.close()


def revoke_key(transaction: Transaction) -> None:
    now = now_ms()
    (key,) = api_keys.list_of(transaction, "demo", now)
    api_keys.end(transaction, "demo", key.id, now, now)


def demote(transaction: Transaction) -> None:
    now = now_ms()
    people.renew(transaction, Introduction(Actor("demo", "demo:ada", "", "Ada"), now), now)


def sign_out_staff(transaction: Transaction) -> None:
    for (hash_,) in transaction.all("SELECT hash FROM staff_session", {}):
        staff.end_session(transaction, hash_, now_ms())


def sign_out(transaction: Transaction) -> None:
    people.end_all_sessions(transaction, "demo", "demo:ada", now_ms())


async def by_key(_inside: Inside) -> Headers:
    return {"X-API-KEY": API_KEY}


async def by_session(inside: Inside) -> Headers:
    return await inside.member("Ada", role="admin")


async def by_link(inside: Inside) -> Headers:
    invitation, link = Invitation.make(), Link(None, "operator", "Olga", now_ms() + 60_000)
    await inside.database.write(lambda transaction: staff.store_link(transaction, invitation.hash, link, now_ms()))
    secret = invitation.path.partition("=")[2]
    answer = await inside.http.post("/dashboard/session", json={"link": secret}, headers={"Origin": "http://x"})
    inside.http.cookies.clear()
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Origin": "http://x"}


@pytest.mark.parametrize("path", DEEDS)
@pytest.mark.parametrize(
    ("come", "loss"),
    [(by_key, revoke_key), (by_session, sign_out), (by_session, demote), (by_session, revoke_key),
     (by_link, sign_out_staff)],
)  # fmt: skip
async def test_who_loses_rights_meanwhile_does_nothing(inside: Inside, path: str, come: Come, loss: Loss) -> None:
    headers = {"X-TENANT-ID": "demo", **await come(inside)}
    assert (await inside.http.get("/api/v1/tenant", headers=headers)).status_code == 200
    ask = partial(inside.http.post, path, json=DEEDS[path], headers=headers)
    if come is by_link:
        inside.hold("StaffRoom.find")
        asking = asyncio.create_task(ask())
        await inside.is_held.wait()
        await inside.database.write(loss)
        inside.release()
        answer = await asking
    else:
        # Keys and sessions are known by heart until the chore of each second, which nobody lets run here.
        await inside.database.write(loss)
        answer = await ask()
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert await inside.database.read(lambda reader: reader.all("SELECT 1 FROM audit WHERE act != 'sign-in'", {})) == []
