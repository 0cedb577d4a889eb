"""Running the server: its socket, its log, and what it says when it starts."""

import asyncio
import logging
import shlex
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import click
import structlog
import uvicorn

from collabchat.api.headers import base_headers
from collabchat.app import Server, lock_database
from collabchat.errors import StartupError
from collabchat.identity.origins import is_loopback
from collabchat.live.transport.http import Gate
from collabchat.live.transport.raw import RawTransport
from collabchat.redaction import redact
from collabchat.settings import Listening, Settings
from collabchat.tls import Certificate

DRAIN_S = 5
LISTEN_QUEUE = 2_048
TLS_WITHIN_S = 5
TLS_GOODBYE_S = 1
USER_TIMEOUT_MS = 20_000
"""A client that acknowledges nothing for so long is gone; the kernel ends its connection."""

UNSENT_MAX_BYTES = 128 * 1024
"""More than this does not wait in the kernel for a client that does not read, but with us, where it is counted."""

log = structlog.get_logger()


def check_transport(settings: Settings) -> None:
    """Refuse to serve in the clear on anything but loopback; raises StartupError that says how to mend it."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        missing = "--tls-key" if settings.tls_key is None else "--tls-cert"
        raise click.UsageError(f"Missing option '{missing}': a certificate and its key go together.")
    if (settings.oidc_issuer is None) != (settings.oidc_client_id is None):
        missing = "--oidc-client-id" if settings.oidc_client_id is None else "--oidc-issuer"
        raise click.UsageError(
            f"Missing option '{missing}': a provider and what this server is called there go together."
        )
    if settings.tls_cert is None and not settings.proxy_tls and not is_loopback(settings.host):
        raise StartupError(
            f"Without TLS the server listens on loopback only, not on {settings.host}: give --tls-cert and --tls-key, "
            "or --proxy-tls on when a proxy before it ends TLS."
        )


def run(settings: Settings, *, with_demo: bool, before: Callable[[int], str] = lambda _port: "") -> None:
    """Serve until a signal ends it. `before` gets the port once it is ours, before anything is served.

    It returns where the dashboard is to be opened, if that is to be told.
    """
    set_up_log(settings.log_format)
    listener = _listen(settings.host, settings.port, "--host or --port")
    if isinstance(settings.metrics, Listening):
        metrics = _listen(settings.metrics.host, settings.metrics.port, "--metrics")
    else:
        metrics = None
    port = listener.getsockname()[1]
    lock = lock_database(settings)
    dashboard = before(port)
    server = Server(settings, lock, with_demo=with_demo)
    _ignore_hangup()
    web_server = make_web_server(settings, server, metrics)
    # Who comes before the first accept waits in the backlog, so that the announcement is true at once.
    listener.listen(LISTEN_QUEUE)
    # uvicorn drains and then raises the signal again; a server that was asked to stop has not failed.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda _number, _frame: sys.exit(0))
    _announce(settings, port, dashboard, with_demo=with_demo)
    web_server.run(sockets=[listener])


def make_web_server(settings: Settings, server: Server, metrics: socket.socket | None = None) -> uvicorn.Server:
    """The web server as collabchat runs it; raises StartupError when the certificate does not work.

    `metrics` is where nothing but /metrics is served, in the clear.
    """
    only_tls = settings.proxy_tls and settings.trusted_proxies is not None
    gate = Gate(server.door, server.switchboard, headers=base_headers(settings), only_tls=only_tls)
    certificate = _certificate(settings)
    config = uvicorn.Config(
        server.app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies,
        http=gate.protocol(),
        # uvicorn only looks whether there is one: `http` makes the sockets.
        ws=RawTransport,
        timeout_graceful_shutdown=DRAIN_S,
        ssl_context_factory=None if certificate is None else lambda _config, _default: certificate.context,
    )
    config.load()
    return _WebServer(config, server, gate, certificate, metrics)


def _certificate(settings: Settings) -> Certificate | None:
    """What the server ends TLS with, if it does."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_cert, settings.tls_key)


def _ignore_hangup() -> None:
    """Until it is served, there is nothing to read anew; where there is no such signal, nothing is to be done."""
    if (hangup := getattr(signal, "SIGHUP", None)) is not None:
        signal.signal(hangup, signal.SIG_IGN)


class _WebServer(uvicorn.Server):
    """uvicorn's server, which by itself closes all sockets in one instant: ours first says when to come back.

    SIGHUP makes it read its certificate anew.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server: Server,
        gate: Gate,
        certificate: Certificate | None,
        metrics: socket.socket | None,
    ) -> None:
        super().__init__(config)
        self._metrics = metrics
        self._ours = server
        self._gate = gate
        self._certificate = certificate

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept; as uvicorn does, but that a TLS handshake has to be quick, too."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(uvicorn.config.STARTUP_FAILURE)
        config, loop = self.config, asyncio.get_running_loop()
        if (hangup := getattr(signal, "SIGHUP", None)) is not None:
            loop.add_signal_handler(hangup, self._reload)
        make: Any = config.http_protocol_class

        def make_protocol() -> asyncio.Protocol:
            protocol: asyncio.Protocol = make(
                config=config, server_state=self.server_state, app_state=self.lifespan.state
            )
            return protocol

        self.servers = [
            await loop.create_server(
                make_protocol,
                sock=listening,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=None if config.ssl is None else TLS_WITHIN_S,
                ssl_shutdown_timeout=None if config.ssl is None else TLS_GOODBYE_S,
            )
            for listening in sockets or []
        ]
        if self._metrics is not None:
            self.servers.append(await self._serve_metrics(self._metrics))
        self.started = True

    async def _serve_metrics(self, listener: socket.socket) -> asyncio.Server:
        """Serve requests only, no sockets: `api.metrics` lets them come to nothing else."""
        plain = uvicorn.Config(
            self._ours.app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False
        )
        plain.load()
        make: Any = plain.http_protocol_class
        return await asyncio.get_running_loop().create_server(
            lambda: make(config=plain, server_state=self.server_state, app_state={}), sock=listener
        )

    def _reload(self) -> None:
        """Take a renewed certificate; one that does not work changes nothing."""
        if self._certificate is None:
            log.info("SIGHUP: without --tls-cert, there is nothing to read anew")
            return
        try:
            self._certificate.reload()
        except StartupError as error:
            log.error("SIGHUP: the certificate stays as it was", reason=str(error))
        else:
            log.info("SIGHUP: new connections get the certificate as it is now")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, send the viewers away, then stop."""
        for listening in self.servers:
            listening.close()
        await self._ours.drain()
        await super().shutdown(sockets)
        self._gate.close()


def _listen(host: str, port: int, options: str) -> socket.socket:
    """Bind a port before anything else is touched, so that a taken one is a clear error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    set_up_socket(listener)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartupError(f"Cannot listen on {host}, port {port}: {error.strerror}. Try another {options}.") from error
    return listener


def set_up_socket(listener: socket.socket) -> None:
    """Set what every accepted connection inherits, where the system has it."""
    for name, value in (
        ("TCP_NODELAY", 1),
        ("TCP_USER_TIMEOUT", USER_TIMEOUT_MS),
        ("TCP_NOTSENT_LOWAT", UNSENT_MAX_BYTES),
    ):
        if (option := getattr(socket, name, None)) is not None:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)


def _announce(settings: Settings, port: int, dashboard: str, *, with_demo: bool) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"{settings.scheme}://{host}:{port}"
    if with_demo:
        click.echo(f"Open {base}/demo in two browsers, and select some text in one of them.\n")
        click.echo("To discuss a page of your own, add this line to it:")
        click.echo(f'  <script src="{base}/js/embed-collab-chat.min.js" data-tenant-id="demo" async></script>')
        click.echo("and let in the site where it stands, here http://localhost:3000, from another terminal:")
        click.echo(f"  {_command(settings, 'tenant', 'update', 'demo', '--add-origin', 'http://localhost:3000')}\n")
        click.echo("The dashboard; this link signs you in once, within an hour:")
        click.echo(f"  {base}{dashboard}")
        click.echo("Another link:")
        click.echo(f"  {_command(settings, 'sign-in-link')}\n")
        click.echo(f"The data is in {settings.data_dir.absolute()}. Ctrl+C stops the server.")
    else:
        click.echo(f"Serving on {base}, data in {settings.data_dir.absolute()}.", err=True)
    sys.stdout.flush()


def _command(settings: Settings, *arguments: str) -> str:
    """A command on this server's data, for a shell in whatever folder, with the program on its PATH or not."""
    options = ["--data-dir", str(settings.data_dir.absolute())]
    if settings.database_url is not None:
        options += ["--database-url", f"sqlite:///{settings.database_path.absolute()}"]
    return shlex.join([sys.executable, "-m", "collabchat", *arguments, *options])


def set_up_log(log_format: str) -> None:
    """Everything goes to stderr, through structlog and without secrets; of other libraries only warnings."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, redact, renderer]
    structlog.configure(
        processors=[*shared, *ending],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[strip, *ending]))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
