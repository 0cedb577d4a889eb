"""Builds the programs in C, and gets the rivals into .tools/rivals, without touching the system.

Each part is made once for each state of what it is made from. A rival that cannot be had is named with the reason.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
RIVALS = HERE / "rivals"
ROOT = HERE.parent.parent
TOOLS = ROOT / ".tools" / "rivals"
DEBIAN = TOOLS / "debian"
NODE = TOOLS / "node"
PYTHON = TOOLS / "python"
BUILT = TOOLS / "built"

FLAGS = ("-O2", "-Wall", "-Wextra")
PROGRAMS = {"load": ("load.c", "peers.c", "publish.c", "wire.c"), "floor": ("floor.c", "wire.c")}
DEBIAN_PACKAGES = ("nginx", "nginx-common", "libnginx-mod-nchan", "nats-server")
INSTALL_WITHIN_S = 300


@dataclass
class Installed:
    """What there is. `missing` says of a part ("debian", "node", "python") why it is not there."""

    load: Path
    floor: Path
    has_tls: bool
    missing: dict[str, str] = field(default_factory=dict)


def install() -> Installed:
    """Make all that can be made; raises CalledProcessError where there is no C compiler."""
    BUILT.mkdir(parents=True, exist_ok=True)
    has_tls = _build()
    installed = Installed(BUILT / "load", BUILT / "floor", has_tls)
    parts: dict[str, tuple[Callable[[], None], Sequence[Path]]] = {
        "debian": (_get_debian, ()),
        "node": (_get_node, [path for path in sorted(RIVALS.iterdir()) if path.suffix in {".json", ".mjs"}]),
        "python": (_get_python, [RIVALS / "requirements.lock"]),
    }
    for name, (get, sources) in parts.items():
        try:
            _once(TOOLS / f"{name}.done", sources, get)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            installed.missing[name] = said.strip().splitlines()[-1] if said.strip() else type(error).__name__
    return installed


def _build() -> bool:
    """Compile, with TLS if OpenSSL's headers are there."""
    sources = sorted(HERE.glob("*.[ch]"))
    probe = ["cc", "-fsyntax-only", "-x", "c", "-include", "openssl/ssl.h", "/dev/null"]
    has_tls = subprocess.run(probe, check=False, capture_output=True).returncode == 0
    tls = ("-DWITH_TLS", "-lssl", "-lcrypto") if has_tls else ()

    def compile_all() -> None:
        for name, parts in PROGRAMS.items():
            _run(["cc", *FLAGS, "-o", str(BUILT / name), *(str(HERE / part) for part in parts), *tls])

    _once(BUILT / f"{'tls' if has_tls else 'plain'}.done", sources, compile_all)
    return has_tls


def _get_debian() -> None:
    """Unpack Debian's packages beside the system: nothing is installed, and no service started."""
    shutil.rmtree(DEBIAN, ignore_errors=True)
    DEBIAN.mkdir(parents=True)
    download = ["apt-get", "download", "-qq", *DEBIAN_PACKAGES]
    try:
        _run(download, cwd=DEBIAN)
    except subprocess.CalledProcessError:
        _run(["apt-get", "update", "-qq"])
        _run(download, cwd=DEBIAN)
    for package in DEBIAN.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(DEBIAN)])


def _get_node() -> None:
    NODE.mkdir(parents=True, exist_ok=True)
    # Modules find their packages in the folder in which they stand.
    for path in RIVALS.iterdir():
        if path.suffix in {".json", ".mjs"}:
            shutil.copy(path, NODE)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE)


def _get_python() -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(PYTHON)])
    pip = [str(PYTHON / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "-r", str(RIVALS / "requirements.lock")])


def _once(stamp: Path, sources: Sequence[Path], make: Callable[[], None]) -> None:
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    if not stamp.exists() or stamp.read_text() != state:
        make()
        stamp.write_text(state)


def _run(command: Sequence[str], cwd: Path = HERE) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
