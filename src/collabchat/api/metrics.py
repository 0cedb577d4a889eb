"""`/metrics`: what is used and how well the server is, for Prometheus. Read by machines that run it, not by the world.

| `--metrics`  | where                                                                              |
|--------------|------------------------------------------------------------------------------------|
| (not given)  | on the server's own port, for this machine alone, and not through a proxy          |
| `HOST:PORT`  | on a port of its own, where nothing else is; for whoever can reach that            |
| `off`        | nowhere                                                                            |

Figures are of this process, since its start; by tenant only with `--metrics-tenants on`.
"""

from collections.abc import Iterator, Mapping

from litestar import Response, get
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from collabchat.api.asking import AnyRequest
from collabchat.api.failures import send_refusal
from collabchat.api.paths import path_of
from collabchat.core.health import Doctor
from collabchat.core.usage import Gauges
from collabchat.errors import NotFound
from collabchat.identity.origins import is_loopback
from collabchat.settings import Listening, Settings

PATH = "/metrics"
PREFIX = "collabchat_"
FORWARDED = {b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"}
"""What proxies add to a request, besides `X-Forwarded-…`."""

COUNTERS = {
    "page_load_count": ("page_loads", "Snapshots of pages."),
    "comment_fetch_count": ("comment_fetches", "Lists of a thread's comments."),
    "conversation_create_count": ("conversations_created", "Conversations that began."),
    "comment_create_count": ("comments_created", "Comments that were written."),
    "vote_count": ("votes", "Votes."),
    "pub_sub_message_count": ("pub_sub_messages", "Text frames handed to sockets; a batch is one."),
    "pub_sub_bandwidth": ("pub_sub_bytes", "Payload bytes of those frames."),
    "connect_count": ("connects", "Sockets that came in."),
    "event_log_read_count": ("event_log_reads", "Readings of an event log."),
    "api_error_count": ("api_errors", "Answers with a status of 400 or more."),
}


class Figures(Collector):
    """All figures, read when they are asked for."""

    def __init__(self, gauges: Gauges, doctor: Doctor, *, by_tenant: bool) -> None:
        self._gauges = gauges
        self._doctor = doctor
        self._by_tenant = by_tenant

    def collect(self) -> Iterator[Metric]:
        """Every family with its samples."""
        used = self._gauges.totals()
        for field, (name, help_) in COUNTERS.items():
            counted = {tenant_id: getattr(counts, field) for tenant_id, counts in used.items()}
            yield self._add(CounterMetricFamily, name, help_, counted)
        moments = {tenant_id: self._gauges.moment(tenant_id) for tenant_id in used}
        viewing = {tenant_id: moment.viewing for tenant_id, moment in moments.items()}
        yield self._add(GaugeMetricFamily, "viewers", "People who view something now.", viewing)
        sockets = {tenant_id: moment.connections for tenant_id, moment in moments.items()}
        yield self._add(GaugeMetricFamily, "connections", "Open sockets.", sockets)
        yield from self._health()

    def _add(
        self,
        family: type[CounterMetricFamily] | type[GaugeMetricFamily],
        name: str,
        help_: str,
        by_tenant: Mapping[str, int],
    ) -> Metric:
        if not self._by_tenant:
            return family(PREFIX + name, help_, value=sum(by_tenant.values()))
        metric = family(PREFIX + name, help_, labels=["tenant"])
        for tenant_id, value in by_tenant.items():
            metric.add_metric([tenant_id], value)
        return metric

    def _health(self) -> Iterator[Metric]:
        it = self._doctor.look()
        for name, help_, value in (
            (
                "event_loop_lag_seconds",
                "How late the event loop ran: p99 of a minute.",
                it.loop_lag_ms / 1e3,
            ),
            ("commit_seconds", "How long a commit took: p99 of the last 1,000.", it.commit_ms / 1e3),
            ("disk_free_bytes", "What is left of the disk that holds the data.", it.disk_free_bytes),
            ("uptime_seconds", "For how long this process has been serving.", it.uptime_s),
        ):
            yield GaugeMetricFamily(PREFIX + name, help_, value=value)
        name, help_ = "slow_readers_closed", "Sockets that were closed because they took too little (4413)."
        yield CounterMetricFamily(PREFIX + name, help_, value=it.slow_readers_closed)


class MetricsDoor:
    """An ASGI layer: who may come to `/metrics`, and that nothing else is at its own port."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._where = settings.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == ScopeType.HTTP and not self._may_pass(scope):
            await send_refusal(send, NotFound())
        else:
            await self._app(scope, receive, send)

    def _may_pass(self, scope: HTTPScope) -> bool:
        is_metrics = path_of(scope) == PATH
        if isinstance(self._where, Listening):
            return is_metrics is (scope["server"] is not None and scope["server"][1] == self._where.port)
        return not is_metrics or (self._where == "here" and _is_from_this_machine(scope))


def _is_from_this_machine(scope: HTTPScope) -> bool:
    """A proxy on this machine asks for others: what it forwards does not count."""
    client = scope["client"]
    is_forwarded = any(name in FORWARDED or name.startswith(b"x-forwarded-") for name, _ in scope["headers"])
    return client is not None and is_loopback(client[0]) and not is_forwarded


def make_registry(gauges: Gauges, doctor: Doctor, *, by_tenant: bool) -> CollectorRegistry:
    """What is told: our figures, and the process's own."""
    registry = CollectorRegistry()
    for collector in (
        PROCESS_COLLECTOR,
        PLATFORM_COLLECTOR,
        GC_COLLECTOR,
        Figures(gauges, doctor, by_tenant=by_tenant),
    ):
        registry.register(collector)
    return registry


@get(PATH, include_in_schema=False)
async def metrics(request: AnyRequest, registry: CollectorRegistry) -> Response[bytes]:
    """The figures, in the text format of Prometheus or that of OpenMetrics, whichever is asked for."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), media_type=media_type, headers={"Cache-Control": "no-store"})
