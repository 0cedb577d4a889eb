"""Whoever loses their rights after they were let in, and before the deed's own transaction, does nothing any more."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from collabchat.clock import now_ms
from collabchat.core.model import Actor
from collabchat.identity.staff_room import Invitation
from collabchat.storage import api_keys, people, staff
from collabchat.storage.people import Introduction
from collabchat.storage.staff import Link
from collabchat.storage.transaction import Transaction
from tests.access.inside import API_KEY, Inside
from tests.running import conversation_body, secure_sso

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


# -- On the site ------------------------------------------------------------------------------------------------------

Params = dict[str, str]
ON_THE_SITE = [
    ("POST", "/bans/demo", {}, {"userId": "demo:ben", "reason": "Spam"}), ("DELETE", "/bans/demo/{ban}", {}, None),
    ("GET", "/people/demo", {"userId": "demo:ben"}, None), ("DELETE", "/people/demo", {"userId": "demo:ben"}, None),
]  # fmt: skip


async def site_session(inside: Inside) -> tuple[Params, Headers]:
    return {}, await inside.member("Ada", role="admin")


async def site_payload(inside: Inside) -> tuple[Params, Headers]:
    """As FastComments' clients come: with each request anew."""
    params = {"sso": json.dumps(secure_sso(API_KEY, {"id": "ada", "username": "Ada", "role": "admin"}))}
    answer = await inside.http.post("/bans/demo", params=params, json={"userId": "demo:somebody", "reason": "Spam"})
    assert answer.status_code == 200, answer.text
    return params, {}


@pytest.mark.parametrize(("verb", "path", "params", "body"), ON_THE_SITE, ids=["ban", "lift", "export", "erase"])
@pytest.mark.parametrize(
    ("come", "loss"),
    [(site_session, sign_out), (site_session, demote), (site_session, revoke_key), (site_payload, demote),
     (site_payload, revoke_key)],
)  # fmt: skip
async def test_nor_does_who_loses_them_on_the_site(
    inside: Inside,
    verb: str,
    path: str,
    params: Params,
    body: dict[str, str] | None,
    come: Callable[[Inside], Awaitable[tuple[Params, Headers]]],
    loss: Loss,
) -> None:
    ben = await inside.member("Ben")
    by_tenant = {"X-TENANT-ID": "demo", "X-API-KEY": API_KEY}
    made = await inside.http.post("/api/v1/bans", json={"userId": "demo:cy", "reason": "Spam"}, headers=by_tenant)
    proof, headers = await come(inside)

    async def stored() -> list[Any]:
        return await inside.database.read(
            lambda reader: [reader.all(f"SELECT * FROM {table}", {}) for table in ("audit", "ban")]
        )

    before = await stored()
    await inside.database.write(loss)
    path = path.format(ban=made.json()["ban"]["banId"])
    answer = await inside.http.request(verb, path, params={**params, **proof}, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert await stored() == before
    assert (await inside.snapshot("page", ben))["user"]["id"] == "demo:ben"


async def test_whose_session_ended_meanwhile_erases_nothing_of_their_own(inside: Inside) -> None:
    ben = await inside.member("Ben")
    await inside.database.write(lambda transaction: people.end_all_sessions(transaction, "demo", "demo:ben", now_ms()))
    assert (await inside.http.delete("/people/demo", headers=ben)).status_code == 401
    ben = await inside.member("Ben")
    assert (await inside.http.delete("/people/demo", headers=ben)).json()["status"] == "success"


async def test_what_a_ban_takes_along_stays_from_the_moment_on_that_rights_go(inside: Inside) -> None:
    ben, headers = await inside.member("Ben"), {"X-TENANT-ID": "demo", **await by_session(inside)}
    said = await inside.http.post("/comment-collab-chats/demo", json=conversation_body("page", "Hi"), headers=ben)
    assert said.status_code == 200, said.text
    write = inside.database.write

    async def write_and_lose(change: Callable[[Transaction], Any]) -> Any:
        answer = await write(change)
        if "make_ban" in getattr(change, "__qualname__", ""):
            await write(demote)
        return answer

    cast(Any, inside.database).write = write_and_lose
    body = {"userId": "demo:ben", "reason": "Spam", "deleteComments": True}
    answer = await inside.http.post("/api/v1/bans", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert len((await inside.snapshot("page", headers))["conversations"]) == 1


async def test_what_could_not_be_read_was_not_given_out(inside: Inside) -> None:
    headers = await inside.member("Ada", role="admin")
    inside.fail("export.<locals>")
    answer = await inside.http.get("/people/demo", params={"userId": "demo:ben"}, headers=headers)
    assert answer.status_code == 500
    assert await inside.database.read(lambda reader: reader.all("SELECT act FROM audit", {})) == []
