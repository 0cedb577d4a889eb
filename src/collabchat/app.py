"""The composition root: opens the data, builds the rooms of the house and connects them."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from importlib.metadata import version
from typing import Protocol

import structlog
from filelock import FileLock, Timeout
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from collabchat.api.addresses import Addresses
from collabchat.api.asking import provide_actor, provide_tenant
from collabchat.api.bans import ban_routes
from collabchat.api.comments import comment_routes
from collabchat.api.conversations import conversation_routes
from collabchat.api.cors import Cors
from collabchat.api.dashboard import dashboard_routes
from collabchat.api.elsewhere import elsewhere_routes
from collabchat.api.event_log import event_log_routes
from collabchat.api.failures import BODY_MAX_BYTES, answer_framework, answer_refusal, answer_unforeseen
from collabchat.api.flags import flag_routes
from collabchat.api.headers import SafeHeaders
from collabchat.api.health import healthz, readyz
from collabchat.api.limits import Limits
from collabchat.api.metrics import MetricsDoor, make_registry, metrics
from collabchat.api.parts import Parts
from collabchat.api.people import people_routes
from collabchat.api.presence import presence_routes, status_routes
from collabchat.api.sessions import session_routes
from collabchat.api.site import demo_routes, docs_page, openapi, static_routes
from collabchat.api.snapshots import Snapshots
from collabchat.api.staff import staff_routes
from collabchat.api.v1.audit_logs import audit_log_routes
from collabchat.api.v1.bans import ban_admin_routes
from collabchat.api.v1.comments import comment_admin_routes
from collabchat.api.v1.conversations import conversation_admin_routes
from collabchat.api.v1.daily_usage import daily_usage_routes
from collabchat.api.v1.keys import key_routes
from collabchat.api.v1.live import live_routes
from collabchat.api.v1.pages import page_admin_routes
from collabchat.api.v1.sso_test import sso_test_routes
from collabchat.api.v1.staff import staff_admin_routes
from collabchat.api.v1.tenants import tenant_routes, tenants_routes
from collabchat.api.v1.usage import usage_routes
from collabchat.api.writing import provide_writer
from collabchat.clock import now_ms
from collabchat.core.pace import Pace
from collabchat.core.usage import Ledger
from collabchat.errors import Refusal, StartupError
from collabchat.identity.access import Access
from collabchat.identity.attempts import Attempts
from collabchat.identity.directory import Directory
from collabchat.identity.guards import Guards
from collabchat.identity.keys import ServerKey
from collabchat.identity.provider import Provider, Tickets
from collabchat.identity.quotas import OpenSockets, Quota
from collabchat.identity.rate_limits import Allowances, RateLimits
from collabchat.identity.refusals import Refusals
from collabchat.identity.register import Register
from collabchat.identity.staff_room import StaffRoom
from collabchat.live.deadlines import Deadlines
from collabchat.live.door import Door
from collabchat.live.fanout import Fanout, Write, write_at_once, write_each
from collabchat.live.garbage import Garbage
from collabchat.live.health import HealthWatch
from collabchat.live.heartbeat import TURN_S, Heartbeat
from collabchat.live.hub import Hub
from collabchat.live.metering import Metering
from collabchat.live.rights_watch import RightsWatch
from collabchat.live.sub import sub
from collabchat.live.transport.switchboard import Switchboard
from collabchat.live.turnstile import Turnstile
from collabchat.live.usage_feed import UsageFeed
from collabchat.live.visitor import Household, Visitor
from collabchat.settings import Settings
from collabchat.storage import api_keys, audit, bans, operations, people, retention, rights, staff, usage
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction

REFRESH_EVERY_S = 1
SWEEP_EVERY_S = 2
BACKLOG_EVERY_S = 0.5
PRUNE_EVERY_S = 600
TICK_EVERY_S = 1
STORE_EVERY_S = 5
SWITCH_S = 0.0005
"""A thread that reads or writes the database lets the event loop go on after this long; Python's own 5 ms are felt."""

BURST_S = 2
"""A socket may send the messages of so many seconds at once."""

log = structlog.get_logger()


class Pruned(Protocol):
    """What is stored for a while only."""

    def prune(self, transaction: Transaction, now: int) -> None:
        """Forget what is out of date."""
        ...


class Server:
    """All parts of one running server; `app` is what the web server runs."""

    def __init__(self, settings: Settings, lock: FileLock, *, with_demo: bool) -> None:
        """Open the data, which `lock` keeps from other servers; raises StartupError when it cannot be used."""
        path = settings.database_path
        self._lock = lock
        migrate(path)
        self.database = Database(path)
        ledger = Ledger()
        self.hub = Hub(self.database, settings.flush_ms, Fanout(_write(settings)), ledger)
        self.database.on_commit = self.hub.feed
        self.database.on_count = ledger.count_all
        self._heartbeat = Heartbeat()
        key = self._key = ServerKey.load(settings.data_dir)
        self._register = Register(self.database, key)
        self.directory = Directory(self.database, key, self._register)
        self._access = Access(self.database)
        self._snapshots = Snapshots(self.database, self.hub)
        self._guards = Guards(is_on=settings.rate_limits)
        self._rights = asyncio.Event()
        self._rights_watch = RightsWatch(self._register, self.directory, self._access, self._snapshots, self.hub)
        self._rate_limits = RateLimits(_allowances(settings), is_on=settings.rate_limits)
        self._turnstile = Turnstile()
        open_sockets = OpenSockets(_quota(settings))
        self.metering = Metering(ledger, self.database, open_sockets.per_tenant)
        hellos: Deadlines[Visitor] = Deadlines(settings.hello_seconds, lambda visitor: visitor.be_late())
        house = Household(
            self.hub,
            self._heartbeat,
            self.directory,
            self._access,
            open_sockets,
            hellos,
            self._turnstile,
        )
        self.door = Door(house, self._rate_limits)
        per_s = settings.messages_per_second if settings.rate_limits else 0
        self.switchboard = Switchboard(budget_bytes=settings.backlog_mb * 2**20, pace=Pace(per_s, BURST_S * per_s))
        self._health = HealthWatch(self.database, self.switchboard.backlog)
        self._uses_tls = settings.tls_cert is not None or settings.proxy_tls
        inner = MetricsDoor(Addresses(self._build(settings, with_demo=with_demo)), settings)
        self.app: ASGIApp = SafeHeaders(Cors(self._limited(inner), self.directory), settings)

    def _limited(self, app: ASGIApp) -> ASGIApp:
        return Limits(app, self.directory, self._rate_limits, self._turnstile, self.hub.ledger)

    def _build(self, settings: Settings, *, with_demo: bool) -> Litestar:
        parts = Parts(
            self.database,
            self.directory,
            self.hub,
            self._snapshots,
            self._rate_limits,
            self._access,
            self._guards,
            Refusals(),
            StaffRoom(self.database, Attempts(is_on=settings.rate_limits), Tickets(self._key), _provider(settings)),
            self._key,
            self.metering,
            self._health,
            self._uses_tls,
            self._rights.set,
        )
        registry = make_registry(self.metering, self._health, by_tenant=settings.metrics_tenants)
        shared = {"registry": registry, "parts": parts, "entrance": self.door, "switchboard": self.switchboard}
        return Litestar(
            route_handlers=[
                conversation_routes,
                comment_routes,
                session_routes,
                event_log_routes,
                presence_routes,
                status_routes,
                people_routes,
                ban_routes,
                flag_routes,
                comment_admin_routes,
                conversation_admin_routes,
                ban_admin_routes,
                audit_log_routes,
                page_admin_routes,
                tenant_routes,
                tenants_routes,
                key_routes,
                staff_admin_routes,
                sso_test_routes,
                usage_routes,
                live_routes,
                daily_usage_routes,
                staff_routes,
                elsewhere_routes,
                healthz,
                readyz,
                metrics,
                openapi,
                docs_page,
                sub,
                *static_routes(),
                *dashboard_routes(),
                *(demo_routes if with_demo else []),
            ],
            dependencies={
                **{name: Provide(_always(part), sync_to_thread=False) for name, part in shared.items()},
                "tenant": Provide(provide_tenant, sync_to_thread=False),
                "actor": Provide(provide_actor),
                "writer": Provide(provide_writer, sync_to_thread=False),
            },
            exception_handlers={
                Refusal: answer_refusal,
                HTTPException: answer_framework,
                Exception: answer_unforeseen,
            },
            lifespan=[self._live],
            request_max_body_size=BODY_MAX_BYTES,
            compression_config=CompressionConfig(backend="gzip", minimum_size=1_000),
            openapi_config=OpenAPIConfig(
                title="collabchat",
                version=version("collabchat"),
                description="Live inline discussions for any web page. Live events come over the WebSocket at /sub.",
                path="/schema",
                render_plugins=[JsonRenderPlugin(path="/openapi.json")],
                components=Components(security_schemes={"session": SecurityScheme(type="http", scheme="bearer")}),
                use_handler_docstrings=True,
            ),
            logging_config=None,
        )

    @contextlib.asynccontextmanager
    async def _live(self, _app: Litestar) -> AsyncIterator[None]:
        """Everything that runs while the server does."""
        sys.setswitchinterval(SWITCH_S)
        self._garbage = Garbage()
        await self._register.refresh(now_ms())
        chores = [
            asyncio.create_task(chore)
            for chore in (
                _repeat(TURN_S, self._beat),
                _repeat(SWEEP_EVERY_S, self.hub.sweep),
                _repeat(BACKLOG_EVERY_S, self._relieve),
                _repeat(REFRESH_EVERY_S, self._rights_watch.look, self._rights),
                _repeat(PRUNE_EVERY_S, self._prune),
                _repeat(TICK_EVERY_S, UsageFeed(self.hub, self.metering).tell),
                self._health.measure(),
                _repeat(STORE_EVERY_S, self.metering.flush),
            )
        ]
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            self.hub.close()
            await self.metering.flush()
            self.close()

    async def _beat(self) -> None:
        """Ask the next sockets for signs of life."""
        self._heartbeat.advance()

    async def _relieve(self) -> None:
        """Close readers who are too far behind, and spare the others the garbage collector."""
        self.switchboard.backlog.sweep()
        self._garbage.look(len(self.hub.visitors))

    async def _prune(self) -> None:
        """Forget what is out of date, in steps between which others may write."""
        parts: tuple[Pruned, ...] = (operations, people, api_keys, bans, rights, staff, audit, usage)
        for part in parts:
            await self.database.write(partial(part.prune, now=now_ms()))
        while await self.database.write(lambda transaction: retention.prune(transaction, now_ms())):
            pass
        for tenant in self._register.tenants:
            if tenant.rules.retention_days:
                while await self.database.write(partial(retention.forget_quiet, tenant=tenant, now=now_ms())):
                    pass

    async def drain(self) -> None:
        """Before the end: let nobody in any more, and send everybody away who listens."""
        await self.hub.drain()

    def close(self) -> None:
        """Close the data and let another server have it."""
        self.database.close()
        self._lock.release()


async def _repeat(every_s: float, chore: Callable[[], Awaitable[None]], sooner: asyncio.Event | None = None) -> None:
    """Do a chore for ever, or `sooner` where somebody asks for it; what fails is logged, and tried again."""
    wish = sooner or asyncio.Event()
    while True:
        try:
            await chore()
        except Exception:
            log.exception("A chore failed; trying again", chore=chore.__qualname__, in_s=every_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wish.wait(), every_s)
        wish.clear()


def _provider(settings: Settings) -> Provider | None:
    """By whom people sign in to the dashboard elsewhere, if by anybody."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    from collabchat.identity.oidc import OpenIdProvider  # noqa: PLC0415 - loads for long, and most do without

    return OpenIdProvider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)


def _write(settings: Settings) -> Write:
    """How a frame is written to many sockets."""
    return write_at_once if settings.native_sender and write_at_once is not None else write_each


def _quota(settings: Settings) -> Quota:
    """How many sockets may be open."""
    if not settings.rate_limits:
        return Quota()
    return Quota(settings.sockets_per_address, settings.sockets_per_user, settings.sockets_per_tenant)


def _allowances(settings: Settings) -> Allowances:
    """How much may be asked a minute."""
    return Allowances(
        settings.sessions_per_minute,
        settings.writes_per_minute,
        settings.reads_per_minute,
        settings.connects_per_minute,
        settings.writes_per_user,
        settings.address_percent,
    )


def lock_database(settings: Settings) -> FileLock:
    """Take the operating system's lock on the database, which dies with this process; raises StartupError."""
    path = settings.database_path
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StartupError(f"Another server uses {path}: stop it first, or give this one its own --data-dir.") from None
    return lock


def _always(part: object) -> Callable[[], object]:
    """A provider that gives the same object each time."""
    return lambda: part
