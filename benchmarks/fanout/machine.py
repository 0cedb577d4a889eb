"""What a run has to say of itself: the machine, what else ran on it, and every version."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.fanout.install import DEBIAN, NODE, RIVALS, ROOT

_DEBIAN_NAMES = {"nginx": "nginx", "libnginx-mod-nchan": "nchan", "nats-server": "nats-server"}
_NODE_NAMES = ("ws", "socket.io", "@hocuspocus/server")
_PYTHON_NAMES = ("starlette", "uvicorn", "uvloop", "httptools", "websockets")
_OUR_NAMES = ("litestar", "uvicorn", "uvloop", "httptools")


def describe() -> dict[str, str]:
    """The machine and the date, in words."""
    processor = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory_kib = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} × {processor[1] if processor else platform.machine()}",
        "memory": f"{int(memory_kib[1]) / 2**20:.0f} GiB" if memory_kib else "unknown",
        "kernel": f"{platform.system()} {platform.release()}",
        "load": f"{os.getloadavg()[2]:.1f}",
        "commit": _first_line(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]),
    }


def versions() -> dict[str, str]:
    """Whatever takes part, by name."""
    found = {name: version(name) for name in ("collabchat", *_OUR_NAMES)}
    found["Python"] = platform.python_version()
    found["Node"] = _first_line(["node", "--version"]).removeprefix("v")
    found["cc"] = _first_line(["cc", "--version"]).split()[-1]
    found["OpenSSL"] = _first_line(["openssl", "version"]).removeprefix("OpenSSL ").split(" ")[0]
    for path in DEBIAN.glob("*.deb"):
        package, number = path.name.split("_")[:2]
        if package in _DEBIAN_NAMES:
            found[_DEBIAN_NAMES[package]] = re.sub(r"^\d+%3a|[+-].*$", "", number)
    for name in _NODE_NAMES:
        if (path := NODE / "node_modules" / name / "package.json").exists():
            found[name] = json.loads(path.read_text())["version"]
    locked = dict(re.findall(r"^([\w-]+)==(\S+)", (RIVALS / "requirements.lock").read_text(), re.MULTILINE))
    return found | {f"{name} (rival's)": locked[name] for name in _PYTHON_NAMES}


def _first_line(command: Sequence[str]) -> str:
    try:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.splitlines()[0].strip()
