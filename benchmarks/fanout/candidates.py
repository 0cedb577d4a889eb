"""Who is measured: how each is started, how its viewers come in, and how something is published there."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fanout.install import DEBIAN, NODE, PYTHON, RIVALS, Installed
from benchmarks.fanout.loader import Command

PAYLOAD_BYTES = 400


@dataclass(frozen=True)
class Place:
    """Where one run happens. `tls` is (certificate, key), or nothing."""

    folder: Path
    port: int
    control: int
    tls: tuple[Path, ...]
    installed: Installed


@dataclass(frozen=True)
class Candidate:
    """One server. `part` of the installation has to be there; `facts` are what it says on stdout, if it does."""

    name: str
    about: str
    start: Callable[[Place], list[str]]
    commands: Callable[[Place, dict[str, Any]], Sequence[Command]]
    part: str = ""
    has_tls: bool = False
    says_facts: bool = False


def _websocket(place: Place, path: str, *more: Command) -> list[Command]:
    """The commands that all have in common."""
    return [("server", place.port, "tls" if place.tls else "plain"), ("path", path), *more]


# -- The floor, and ours -----------------------------------------------------------------------------------------------


def _start_floor(place: Place) -> list[str]:
    return [str(place.installed.floor), str(place.port), *map(str, place.tls)]


def _floor_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    publishing: list[Command] = [("publisher-path", "/pub"), ("speech", "websocket", 0, "{room} {payload}", "text")]
    return _websocket(place, "/{room}", *publishing, ("publishers", 1))


def _start_ours(place: Place, *options: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.fanout.ours", str(place.folder), str(place.port), str(place.control)]
    return [*command, *options, *(("--tls", *map(str, place.tls)) if place.tls else ())]


def hello(**position: object) -> Command:
    """How a viewer of ours comes in, at a position or, without one, from now on; presence is the last that it hears."""
    rooms = [{"urlId": "bench-{room}", **position}]
    message = json.dumps({"type": "hello", "token": "{token}", "rooms": rooms}, separators=(",", ":"))
    return ("step", "text", message, '"p-u"')


def ours_commands(place: Place, facts: dict[str, Any]) -> list[Command]:
    """How ours is talked to."""
    return _websocket(
        place,
        "/sub?tenantIdWS={tenant}&v=2",
        *(("owner", tenant, token) for tenant, token in facts["tokens"].items()),
        hello(),
        ("reply", '{"type":"h"', '{"type":"h"}'),
        ("speech", "tcp", place.control, "{room} {payload}\n"),
        ("publishers", 1),
    )


# -- Rivals ------------------------------------------------------------------------------------------------------------


def _room_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    """Of the servers that a user writes by hand."""
    message = '{"room":"{room}","payload":{payload}}'
    return _websocket(
        place, "/{room}", ("publisher-path", "/pub"), ("speech", "websocket", 0, message, "text"), ("publishers", 1)
    )


def _start_starlette(place: Place) -> list[str]:
    where = ["--app-dir", str(RIVALS), "--host", "127.0.0.1", "--port", str(place.port)]
    return [str(PYTHON / "bin" / "uvicorn"), "starlette_rooms:app", "--log-level", "error", *where]


def _start_node(script: str) -> Callable[[Place], list[str]]:
    return lambda place: ["node", str(NODE / script), str(place.port), *map(str, place.tls)]


def _write_config(place: Place, name: str, **values: object) -> str:
    text = (RIVALS / name).read_text()
    for key, value in {"folder": place.folder, "port": place.port, "control": place.control, **values}.items():
        text = text.replace(f"{{{key}}}", str(value))
    path = place.folder / name
    path.write_text(text)
    return str(path)


def _start_nginx(place: Place) -> list[str]:
    # Debian's nchan has this folder compiled in, and makes another in it, whatever the configuration says.
    Path("/var/lib/nginx").mkdir(exist_ok=True)
    path = _write_config(
        place,
        "nginx.conf",
        module=DEBIAN / "usr/lib/nginx/modules/ngx_nchan_module.so",
        user="user root;" if os.getuid() == 0 else "",
        ssl="ssl" if place.tls else "",
        certificate="ssl_certificate {}; ssl_certificate_key {};".format(*place.tls) if place.tls else "",
    )
    return [str(DEBIAN / "usr/sbin/nginx"), "-e", "stderr", "-p", str(place.folder), "-c", path]


def _nchan_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    request = (
        "POST /pub/{room} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {PAYLOAD_BYTES}\r\n\r\n{{payload}}"
    )
    return _websocket(place, "/sub/{room}", ("speech", "http", place.control, request), ("publishers", 64))


def _start_nats(place: Place) -> list[str]:
    return [str(DEBIAN / "usr/sbin/nats-server"), "-c", _write_config(place, "nats.conf")]


def _nats_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    connect = 'CONNECT {"verbose":false,"pedantic":false}\r\n'
    return _websocket(
        place,
        "/",
        ("step", "binary", f"{connect}SUB {{room}} 1\r\nPING\r\n", "PONG"),
        ("reply", "PING", "PONG\r\n"),
        ("publisher-path", "/"),
        ("publisher-step", "binary", f"{connect}PING\r\n", "PONG"),
        ("speech", "websocket", 0, f"PUB {{room}} {PAYLOAD_BYTES}\r\n{{payload}}\r\n", "binary"),
        ("publishers", 1),
    )


def _socketio_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    path = "/socket.io/?EIO=4&transport=websocket"
    return _websocket(
        place,
        path,
        ("step", "text", "40", "40{"),
        ("step", "text", '42["join","{room}"]', '42["joined"'),
        ("reply", "2", "3"),
        ("publisher-path", path),
        ("publisher-step", "text", "40", "40{"),
        ("speech", "websocket", 0, '42["publish","{room}",{payload}]', "text"),
        ("publishers", 1),
    )


def _start_hocuspocus(place: Place) -> list[str]:
    return ["node", str(NODE / "hocuspocus.mjs"), str(place.port), str(place.control)]


def _hocuspocus_commands(place: Place, _facts: dict[str, Any]) -> list[Command]:
    # Strings with their length before them: the document, then "auth", "token" and a token; and "sync", "step 1" and
    # that nothing is known. The answer to this begins with "sync", "step 1 or 2".
    document = b"\x0bbench-{room}"
    return _websocket(
        place,
        "/",
        ("step", "binary", document + b"\x02\x00\x01x", "read-write"),
        ("step", "binary", document + b"\x00\x00\x01\x00", b"\x00\x01"),
        ("speech", "tcp", place.control, "{room} {payload}\n"),
        ("publishers", 1),
    )


FLOOR = Candidate("floor", "C, epoll, one `send()` for each viewer", _start_floor, _floor_commands, has_tls=True)
OURS = Candidate(
    "collabchat", "this server, as it is served", _start_ours, ours_commands, has_tls=True, says_facts=True
)
PLAIN = Candidate(
    "collabchat-plain",
    "the same without the native sender",
    lambda place: _start_ours(place, "--plain"),
    ours_commands,
    says_facts=True,
)
ORDINARY = Candidate(
    "collabchat-asgi",
    "the same by uvicorn's own WebSocket class",
    lambda place: _start_ours(place, "--asgi"),
    ours_commands,
    says_facts=True,
)
EMPTY = Candidate(
    "litestar",
    "Litestar, an empty POST",
    lambda place: [sys.executable, "-m", "benchmarks.fanout.empty", str(place.port)],
    lambda place, _facts: _websocket(
        place,
        "/",
        ("speech", "http", 0, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"),
        ("publishers", 64),
    ),
)
CANDIDATES = (
    FLOOR,
    OURS,
    PLAIN,
    ORDINARY,
    Candidate("nchan", "nginx with nchan", _start_nginx, _nchan_commands, "debian", has_tls=True),
    Candidate("ws", "Node, `ws`", _start_node("ws.mjs"), _room_commands, "node", has_tls=True),
    Candidate(
        "starlette", "uvicorn and Starlette, as a user would write it", _start_starlette, _room_commands, "python"
    ),
    Candidate("nats", "nats-server, by WebSocket", _start_nats, _nats_commands, "debian"),
    Candidate("socket.io", "Node, socket.io", _start_node("socketio.mjs"), _socketio_commands, "node"),
    Candidate("hocuspocus", "Node, Hocuspocus: Yjs documents", _start_hocuspocus, _hocuspocus_commands, "node"),
)
