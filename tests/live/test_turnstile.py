"""Tenants take turns at the event loop, and what is done for them comes out as if there were none."""

import asyncio

import pytest

from collabchat.live.turnstile import Turnstile
from collabchat.storage.turns import on_behalf_of


async def test_what_is_done_comes_out_as_it_is() -> None:
    turnstile = Turnstile()

    async def answer() -> str:
        await asyncio.sleep(0)
        return on_behalf_of.get()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    assert await turnstile.run("acme", answer()) == "acme"
    with pytest.raises(KeyError):
        await turnstile.run("acme", fail())


async def test_what_is_called_off_ends_where_it_waits() -> None:
    turnstile, ended = Turnstile(), asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(turnstile.run("acme", wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_tenant_with_little_to_do_is_not_behind_one_with_much() -> None:
    now_s = 0.0
    turnstile, done = Turnstile(clock=lambda: now_s), []

    async def work(name: str, steps: int) -> None:
        nonlocal now_s
        for _ in range(steps):
            now_s += 0.0005
            await asyncio.sleep(0)
        done.append(name)

    loud = [turnstile.run("loud", work(f"loud {number}", 20)) for number in range(30)]
    await asyncio.gather(*loud, turnstile.run("quiet", work("quiet", 3)))
    assert done.index("quiet") < 5
    assert len(done) == 31
