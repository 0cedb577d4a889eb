"""What may come in, and when: before the framework sees a request, where refusing it costs least.

    request ─▶ whose, from where, of what kind ─▶ too many? ─▶ 429, after a while
                                                    └─ no ──▶ its tenant's turn ─▶ the framework

Whoever waits for answers before asking again, as a storm of a few connections does, gets few refusals a second out of
each connection: a refusal is no emergency, and its sender has to wait much longer anyway.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from litestar.enums import ScopeType
from litestar.status_codes import HTTP_400_BAD_REQUEST
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from collabchat.api.asking import WRITES
from collabchat.api.failures import send_refusal
from collabchat.api.paths import path_of, site_of, tenant_named
from collabchat.core.model import Tenant
from collabchat.core.usage import Ledger
from collabchat.errors import RateLimited
from collabchat.identity.directory import Directory
from collabchat.identity.quotas import home
from collabchat.identity.rate_limits import Kind, RateLimits

REFUSED_AFTER_S = 0.1
HELD_MAX = 1_000
"""So many refusals wait to be told; more are told at once, as each holds a few KiB."""

PROBES = {"/healthz", "/readyz", "/metrics"}
"""What machines look at to see whether the server is well: in a storm above all."""

Wait = Callable[[float], Awaitable[None]]


class Turns(Protocol):
    """Lets tenants take turns."""

    async def run(self, tenant_id: str, doing: Awaitable[None]) -> None:
        """Do something for a tenant, step by step."""


class Limits:
    """An ASGI layer, inside of what makes an answer readable for other sites."""

    def __init__(
        self,
        app: ASGIApp,
        directory: Directory,
        rate_limits: RateLimits,
        turns: Turns,
        ledger: Ledger,
        *,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._app = app
        self._directory = directory
        self._rate_limits = rate_limits
        self._turns = turns
        self._ledger = ledger
        self._wait = wait
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP or path_of(scope) in PROBES:
            await self._app(scope, receive, send)
            return
        tenant = self._directory.find_tenant(tenant_named(scope))
        if tenant is not None:
            send = self._count_errors(scope, tenant, send)
        try:
            self._rate_limits.admit(tenant, _kind(scope), home(_address(scope)))
        except RateLimited as refusal:
            await self._refuse(send, refusal)
            return
        await self._turns.run("" if tenant is None else tenant.id, self._app(scope, receive, send))

    def _count_errors(self, scope: HTTPScope, tenant: Tenant, send: Send) -> Send:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= HTTP_400_BAD_REQUEST:
                self._ledger.count(tenant.id, site_of(scope, tenant)).api_error_count += 1
            await send(message)

        return send_counted

    async def _refuse(self, send: Send, refusal: RateLimited) -> None:
        if self._held < HELD_MAX:
            self._held += 1
            try:
                await self._wait(REFUSED_AFTER_S)
            finally:
                self._held -= 1
        await send_refusal(send, refusal)


def _kind(scope: HTTPScope) -> Kind:
    if scope["method"] not in WRITES:
        return "read"
    return "session" if path_of(scope).startswith("/sessions/") else "write"


def _address(scope: HTTPScope) -> str:
    return scope["client"][0] if scope["client"] is not None else ""
