"""Every option of the server, said once: this table makes the flags, the environment variables, the keys of the TOML
file, `--help` and docs/reference/settings.md.

An option `--data-dir` is also `COLLABCHAT_DATA_DIR` and `data-dir` in the file given by `--config`; the flag wins over
the environment, and that over the file.
"""

import ipaddress
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
from msgspec import Struct

PREFIX = "COLLABCHAT"
PORT_MAX = 65_535

Command = TypeVar("Command", bound=Callable[..., Any])


class Switch(click.ParamType[bool]):
    """`on` or `off`."""

    name = "on|off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return whether the value is `on`; true and false of a TOML file do as well."""
        if isinstance(value, bool):
            return value
        if value not in {"on", "off"}:
            self.fail(f"{value!r} is neither on nor off.", param, ctx)
        return bool(value == "on")


class Networks(click.ParamType[str]):
    """Addresses and networks, parted by commas."""

    name = "addresses"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the list as uvicorn takes it."""
        for part in str(value).split(","):
            try:
                ipaddress.ip_network(part.strip(), strict=False)
            except ValueError:
                self.fail(f"{part.strip()!r} is no address or network like 10.0.0.1 or 10.0.0.0/8.", param, ctx)
        return str(value)


class Listening(Struct, frozen=True):
    """An address and a port to listen on."""

    host: str
    port: int


class MetricsPlace(click.ParamType["Listening | str"]):
    """`here`, `off`, or an address with a port."""

    name = "here|off|host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Listening | str":
        """Return the word, or where to listen."""
        if isinstance(value, Listening):
            return value
        if value in {"here", "off"}:
            return str(value)
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
            self.fail(f"{value!r} is neither here nor off nor an address and port like 127.0.0.1:9464.", param, ctx)
        return Listening(host.strip("[]"), int(port))


class DatabaseUrl(click.ParamType[str]):
    """Where the data is: today a SQLite file."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL if it names a file."""
        if not str(value).startswith("sqlite:///") or len(str(value)) == len("sqlite:///"):
            self.fail(f"{value!r} must be sqlite:///path/to/file.", param, ctx)
        return str(value)


class Issuer(click.ParamType[str]):
    """The address of an OpenID provider."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address as it is, to which the provider's own word is compared."""
        parts = urlsplit(str(value))
        is_plain = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if not (parts.scheme == "https" or is_plain) or not parts.hostname or parts.query or parts.fragment:
            self.fail(f"{value!r} must look like https://accounts.example.com; http:// only on loopback.", param, ctx)
        return str(value)


class Option(Struct, frozen=True):
    """One row of the table. `commands` are those that it concerns; `default` None means: see `help`."""

    name: str
    type: click.ParamType[Any]
    default: Any
    help: str
    commands: tuple[str, ...]

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{PREFIX}_{self.name.upper().replace('-', '_')}"


SERVING = ("demo", "serve")
ALL = (*SERVING, "tenant", "migrate")
_folder = click.Path(file_okay=False, path_type=Path)
_count = click.IntRange(0, 1_000_000)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)

OPTIONS = (
    Option("data-dir", _folder, Path("collabchat-data"), "Where the data, the server's key and its lock are.", ALL),
    Option("database-url", DatabaseUrl(), None, "sqlite:///path (default: collabchat.db in the data directory).", ALL),
    Option("host", click.STRING, "127.0.0.1", "The address to listen on.", SERVING),
    Option("port", click.IntRange(0, PORT_MAX), 8_000, "The port to listen on; 0 takes a free one.", SERVING),
    Option("tls-cert", _file, None, "The certificate (PEM, with its chain), for HTTPS and WSS on the port.", SERVING),
    Option("tls-key", _file, None, "The certificate's private key (PEM).", SERVING),
    Option("proxy-tls", Switch(), "off", "Whether a proxy before this server ends TLS.", SERVING),
    Option("trusted-proxies", Networks(), None, "Proxies whose X-Forwarded-* is believed (default: none).", SERVING),
    Option(
        "flush-ms", click.IntRange(0, 250), 20, "Least ms for which a busy room collects events; up to 250.", SERVING
    ),
    Option("rate-limits", Switch(), "on", "Whether requests are limited; off for benchmarks and tests.", SERVING),
    Option("sessions-per-minute", _count, 12_000, "New sessions of one tenant; 0: any.", SERVING),
    Option("writes-per-minute", _count, 6_000, "Writes of one tenant, if its rules say nothing; 0: any.", SERVING),
    Option("reads-per-minute", _count, 60_000, "Reads of one tenant; 0: any.", SERVING),
    Option("connects-per-minute", _count, 60_000, "Sockets opened for one tenant; 0: any.", SERVING),
    Option("writes-per-user", _count, 120, "Writes of one person a minute; 0: any.", SERVING),
    Option(
        "address-percent",
        click.IntRange(1, 100),
        10,
        "So much of what a tenant has a minute one address may take (IPv6: one /64).",
        SERVING,
    ),
    Option(
        "sockets-per-address", _count, 1_000, "Most open sockets of one address (IPv6: of one /64); 0: any.", SERVING
    ),
    Option(
        "sockets-per-user", _count, 50, "Most open sockets of one signed-in person or named guest; 0: any.", SERVING
    ),
    Option("sockets-per-tenant", _count, 50_000, "Most open sockets of one tenant; 0: any.", SERVING),
    Option("messages-per-second", _count, 20, "Messages a socket may send, twice as many at once; 0: any.", SERVING),
    Option("hello-seconds", click.IntRange(1, 60), 5, "Within which a v2 socket has to say hello.", SERVING),
    Option("backlog-mb", click.IntRange(1, 65_536), 256, "MiB that may wait for slow readers, all together.", SERVING),
    Option("native-sender", Switch(), "on", "Whether frames go out by the native sender, where it was built.", SERVING),
    Option(
        "oidc-issuer",
        Issuer(),
        None,
        "An OpenID provider by which people sign in to the dashboard, as https://…",
        SERVING,
    ),
    Option("oidc-client-id", click.STRING, None, "What this server is called there.", SERVING),
    Option(
        "oidc-client-secret",
        click.STRING,
        None,
        "Its secret there, if it has one; the environment or the file keep it from the list of processes.",
        SERVING,
    ),
    Option(
        "metrics",
        MetricsPlace(),
        "here",
        "Where /metrics is for Prometheus: here (the same port, for this machine alone), or an address and port.",
        SERVING,
    ),
    Option("metrics-tenants", Switch(), "off", "Whether /metrics tells each tenant's figures apart.", SERVING),
    Option("log-format", click.Choice(["text", "json"]), "text", "How the log is written to stderr.", SERVING),
)


class Settings(Struct, frozen=True):
    """The options of one run."""

    data_dir: Path
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8_000
    tls_cert: Path | None = None
    tls_key: Path | None = None
    proxy_tls: bool = False
    trusted_proxies: str | None = None
    flush_ms: int = 20
    rate_limits: bool = True
    sessions_per_minute: int = 12_000
    writes_per_minute: int = 6_000
    reads_per_minute: int = 60_000
    connects_per_minute: int = 60_000
    writes_per_user: int = 120
    address_percent: int = 10
    sockets_per_address: int = 1_000
    sockets_per_user: int = 50
    sockets_per_tenant: int = 50_000
    messages_per_second: int = 20
    hello_seconds: int = 5
    backlog_mb: int = 256
    native_sender: bool = True
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    metrics: Listening | str = "here"
    metrics_tenants: bool = False
    log_format: str = "text"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        if self.database_url is None:
            return self.data_dir / "collabchat.db"
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def scheme(self) -> str:
        """`https` where this server ends TLS itself."""
        return "http" if self.tls_cert is None else "https"


def with_options(command: str) -> Callable[[Command], Command]:
    """Give a click command all options that concern it, and `--config`."""

    def decorate(function: Command) -> Command:
        for option in reversed([option for option in OPTIONS if command in option.commands]):
            function = click.option(
                f"--{option.name}",
                type=option.type,
                default=option.default,
                envvar=option.variable,
                help=option.help,
                show_default=option.default is not None,
                show_envvar=True,
            )(function)
        config = click.option(
            "--config",
            type=_file,
            is_eager=True,
            expose_value=False,
            envvar=f"{PREFIX}_CONFIG",
            show_envvar=True,
            callback=_read_config,
            help="A TOML file with these options.",
        )
        return config(function)

    return decorate


def _read_config(context: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Make the file's keys the defaults of the command."""
    if path is None:
        return
    try:
        values = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} is not TOML: {error}.", context, param_hint="--config") from error
    known = {option.name for option in OPTIONS}
    for name in values:
        if name not in known:
            allowed = ", ".join(sorted(known))
            raise click.BadParameter(
                f"{path} has the unknown key {name!r}; known are: {allowed}.", context, param_hint="--config"
            )
    context.default_map = {name.replace("-", "_"): value for name, value in values.items()}
