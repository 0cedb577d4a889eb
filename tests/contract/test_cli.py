"""The command line: tenants, options, and what a server refuses to start with."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import COMMAND, run_cli, run_here


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a tenant `first`."""
    folder = tmp_path_factory.mktemp("cli")
    assert create(folder, "first").returncode == 0
    return folder


def create(data: Path, id_: str, *more: str, origin: str = "https://x.example") -> subprocess.CompletedProcess[str]:
    return run_here("tenant", "create", id_, "--name", id_.title(), "--origin", origin, *more, "--json", data_dir=data)


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def refused(done: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    """One line on stderr that names what is wrong, nothing on stdout."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def test_a_tenant_lives_from_create_to_delete(data: Path) -> None:
    made = told(create(data, "acme", "--origin", "https://b.example"))
    assert made.keys() == {"tenantId", "apiKey"}
    assert (made["tenantId"], len(made["apiKey"]) >= 32) == ("acme", True)
    shown = told(run_here("tenant", "show", "acme", "--json", data_dir=data))
    assert (shown["name"], shown["origins"]) == ("Acme", ["https://x.example", "https://b.example"])
    assert made["apiKey"] not in json.dumps(shown)
    listed = told(run_here("tenant", "list", "--json", data_dir=data))
    assert "acme" in [each["tenantId"] for each in listed["tenants"]]
    options = ("--name", "New", "--origin", "https://c.example", "--guests", "off", "--presence-names", "nobody")
    changed = told(run_here("tenant", "update", "acme", *options, "--json", data_dir=data))
    assert changed == told(run_here("tenant", "show", "acme", "--json", data_dir=data))
    assert (changed["name"], changed["origins"], changed["guests"]) == ("New", ["https://c.example"], False)
    more = ("--add-origin", "https://d.example", "--add-origin", "https://c.example")
    changed = told(run_here("tenant", "update", "acme", *more, "--json", data_dir=data))
    assert changed["origins"] == ["https://c.example", "https://d.example"]
    rotated = told(run_here("tenant", "rotate-key", "acme", "--json", data_dir=data))
    assert rotated["apiKey"] != made["apiKey"]
    assert told(run_here("tenant", "disable", "acme", "--json", data_dir=data))["enabled"] is False
    told(run_here("tenant", "delete", "acme", "--yes", "--json", data_dir=data))
    refused(run_here("tenant", "show", "acme", "--json", data_dir=data), 2, "tenant")


def test_a_delete_that_nobody_confirms_deletes_nothing(data: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "tenant", "delete", "first", "--data-dir", str(data)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert told(run_here("tenant", "show", "first", "--json", data_dir=data))["tenantId"] == "first"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("tenant", "create", "first", "--name", "x", "--origin", "https://x.example"), ["first", "exists"]),
        (("tenant", "create", "a b", "--name", "x", "--origin", "https://x.example"), ["ID", "a b", "1-64"]),
        (("tenant", "create", "x" * 65, "--name", "x", "--origin", "https://x.example"), ["ID", "1-64"]),
        (("tenant", "create", "b", "--name", "x"), ["--origin", "https://"]),
        (("tenant", "create", "b", "--origin", "https://x.example"), ["--name"]),
        (("tenant", "create", "b", "--name", "x", "--origin", "http://x.example"), ["--origin", "http://x.example"]),
        (("tenant", "create", "b", "--name", "x", "--origin", "https://x.example/p"), ["--origin", "https://x.example/p"]),
        (("tenant", "create", "b", "--name", "x", "--origin", "x.example"), ["--origin", "x.example"]),
        (("tenant", "create", "b", "--name", "x", "--origin", "*"), ["--origin", "'*'"]),
        (("tenant", "show", "nobody"), ["tenant list"]),
        (("tenant", "update", "first", "--add-origin", "x.example"), ["--add-origin", "x.example"]),
        (("tenant", "update", "first", "--guests", "maybe"), ["--guests", "maybe", "on", "off"]),
        (("tenant", "update", "first", "--presence-names", "some"), ["--presence-names", "some", "everyone", "nobody"]),
        (("serve", "--port", "70000"), ["--port", "70000", "65535"]),
        (("serve", "--port", "x"), ["--port", "x", "integer"]),
        (("serve", "--flush-ms", "-1"), ["--flush-ms", "-1", "0"]),
        (("serve", "--rate-limits", "maybe"), ["--rate-limits", "maybe", "on", "off"]),
        (("serve", "--log-format", "xml"), ["--log-format", "xml", "text", "json"]),
        (("serve", "--trusted-proxies", "x"), ["--trusted-proxies", "x", "10.0.0"]),
        (("serve", "--database-url", "postgres://x"), ["--database-url", "postgres://x", "sqlite:///"]),
        (("serve", "--tls-cert", "/no/such.pem"), ["--tls-cert", "/no/such.pem"]),
        (("serve", "--config", "/no/such.toml"), ["--config", "/no/such.toml"]),
        (("serve", "--no-such-option"), ["--no-such-option"]),
        (("no-such-command",), ["no-such-command"]),
    ],
)  # fmt: skip
def test_a_wrong_use_is_told_in_one_line_with_option_value_and_what_is_allowed(
    data: Path, arguments: tuple[str, ...], parts: list[str]
) -> None:
    if arguments == ("no-such-command",):
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    else:
        done = run_here(*arguments, data_dir=data)
    refused(done, 2, *parts)


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_http_origins_are_allowed_on_loopback(tmp_path: Path, origin: str) -> None:
    told(create(tmp_path, "dev", origin=origin))
    assert told(run_here("tenant", "show", "dev", "--json", data_dir=tmp_path))["origins"] == [origin]


def test_the_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "collabchat.toml"

    def port(*flags: str, **environment: str) -> str:
        """The port that a start refuses as too high: the one that won."""
        done = run_here("serve", "--config", str(config), *flags, data_dir=tmp_path, environment=environment)
        assert done.returncode == 2
        return next(number for number in ("70001", "70002", "70003") if number in done.stderr)

    config.write_text("port = 70001\n")
    assert port() == "70001"
    assert port(COLLABCHAT_PORT="70002") == "70002"
    assert port("--port", "70003", COLLABCHAT_PORT="70002") == "70003"


def test_a_file_of_options_serves_every_subcommand_and_may_be_named_by_the_environment(tmp_path: Path) -> None:
    config = tmp_path / "collabchat.toml"
    config.write_text(f'database-url = "sqlite:///{tmp_path}/other.db"\nport = 9000\nrate-limits = "off"\n')
    told(
        run_here(
            "tenant", "create", "x", "--name", "X", "--origin", "https://x.example", "--json",
            data_dir=tmp_path, environment={"COLLABCHAT_CONFIG": str(config)},
        )
    )  # fmt: skip
    assert (tmp_path / "other.db").exists()
    config.write_text("prot = 9000\n")
    refused(run_here("tenant", "list", "--config", str(config), data_dir=tmp_path), 2, "prot", "port")
    config.write_text("port = = 1\n")
    refused(run_here("serve", "--config", str(config), data_dir=tmp_path), 2, "--config", str(config))


@pytest.mark.parametrize(
    "arguments",
    [("sign-in-link",), ("tenant", "list"), ("tenant", "rotate-key", "first"), ("person", "bans", "first"),
     ("page", "groups", "first", "x")],
)  # fmt: skip
def test_a_command_that_finds_no_data_begins_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    elsewhere = tmp_path / "elsewhere"
    refused(
        run_here(*arguments, data_dir=elsewhere), 3, str(elsewhere / "collabchat.db"), "--data-dir", "tenant create"
    )
    assert not elsewhere.exists()


def test_a_server_without_a_tenant_says_how_to_make_one(tmp_path: Path) -> None:
    refused(run_cli("serve", "--port", "0", data_dir=tmp_path), 3, "tenant create")


@pytest.mark.parametrize(("command", "host"), [("serve", "0.0.0.0"), ("demo", "::"), ("serve", "192.0.2.1")])
def test_a_server_off_loopback_wants_tls_or_a_proxy(data: Path, command: str, host: str) -> None:
    refused(run_cli(command, "--host", host, "--port", "0", data_dir=data), 3, host, "--tls-cert", "--proxy-tls")


def test_a_certificate_without_its_key_or_that_is_none_stops_the_start(data: Path) -> None:
    certificate = data / "not-a-certificate.pem"
    certificate.write_text("nonsense")
    only = run_cli("serve", "--port", "0", "--tls-cert", str(certificate), data_dir=data)
    refused(only, 2, "--tls-key")
    both = run_cli("serve", "--port", "0", "--tls-cert", str(certificate), "--tls-key", str(certificate), data_dir=data)
    refused(both, 3, "--tls-cert", "--tls-key")


def test_half_an_openid_provider_stops_the_start(data: Path) -> None:
    options = ("serve", "--port", "0")
    refused(run_cli(*options, "--oidc-issuer", "https://x.example", data_dir=data), 2, "--oidc-client-id")
    refused(run_cli(*options, "--oidc-client-id", "x", data_dir=data), 2, "--oidc-issuer")
    for wrong in ("x.example", "http://x.example", "https://x.example/?a"):
        refused(run_cli(*options, "--oidc-issuer", wrong, data_dir=data), 2, "--oidc-issuer", wrong)


def test_migrate_makes_the_schema_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    first = told(run_here("migrate", "--json", data_dir=tmp_path))
    again = told(run_here("migrate", "--json", data_dir=tmp_path))
    assert again["from"] == again["to"] == first["to"]


def test_help_names_each_option_with_its_variable() -> None:
    done = subprocess.run([*COMMAND, "serve", "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    for name in (
        "host", "port", "data-dir", "database-url", "tls-cert", "tls-key", "proxy-tls", "trusted-proxies", "flush-ms",
        "rate-limits", "log-format", "config",
    ):  # fmt: skip
        assert f"--{name}" in done.stdout
        assert f"COLLABCHAT_{name.upper().replace('-', '_')}" in done.stdout


def test_the_module_and_the_installed_command_are_the_same() -> None:
    command = Path(sys.executable).parent / "collabchat"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "0.1.0" in done.stdout) == (0, True)
