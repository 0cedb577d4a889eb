"""What both tenants send, byte for byte, and how an answer is taken off a connection."""

import base64
import json
import os
import socket
import urllib.request
from typing import Any

WORDS = "Everyone has the right to freedom of opinion and expression; this right includes freedom to hold opinions"
GUARD_S = 30


def sign_in(port: int, tenant: str, name: str) -> str:
    """Become a guest of a tenant; returns the session."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/sessions/{tenant}",
        data=json.dumps({"guestName": name}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=GUARD_S) as answer:
        return str(json.load(answer)["session"])


def snapshot(port: int, tenant: str, page: str, session: str) -> dict[str, Any]:
    """A page as somebody sees it."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/comment-collab-chats/{tenant}?urlId={page}",
        headers={"Authorization": f"Bearer {session}"},
    )
    with urllib.request.urlopen(asked, timeout=GUARD_S) as answer:
        return dict(json.load(answer))


def creation(tenant: str, session: str, page: str, name: str) -> bytes:
    """The request that begins a conversation; `name` is its broadcastId."""
    body = {
        "broadcastId": name,
        "urlId": page,
        "urlIdWithRange": f"{page}:{name}:0/0:0,0/0:45",
        "pageTitle": "Bench",
        "selector": "p",
        "range": f"0/0:{name},0/0:45",
        "anchor": {"v": 1, "quote": WORDS, "start": 42, "end": 42 + len(WORDS), "prefix": "", "suffix": ""},
        "comment": {"comment": f"{WORDS} ({name})", "url": "https://x.example/"},
    }
    text = json.dumps(body, separators=(",", ":"))
    return (
        f"POST /comment-collab-chats/{tenant} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {session}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    ).encode()


def reading(tenant: str, session: str, page: str) -> bytes:
    """The request for a page's snapshot."""
    return (
        f"GET /comment-collab-chats/{tenant}?urlId={page} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {session}\r\n\r\n"
    ).encode()


def handshake(tenant: str) -> bytes:
    """The request for a v2 socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /sub?tenantIdWS={tenant}&v=2 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def hello(token: str, page: str) -> bytes:
    """The first message, as a frame."""
    return frame(json.dumps({"type": "hello", "token": token, "rooms": [{"urlId": page}]}).encode())


def frame(data: bytes) -> bytes:
    """A message as a client's frame."""
    # A mask of zeros is a mask: the payload stays as it is.
    return b"\x81" + bytes([0x80 | 126]) + len(data).to_bytes(2, "big") + bytes(4) + data


ALIVE = frame(b'{"type":"h"}')
"""The answer to a heartbeat."""


def take_answer(data: bytearray) -> int | None:
    """Take an answer off what came, if all of it is there: its status."""
    if (end := data.find(b"\r\n\r\n")) < 0:
        return None
    status = int(data[9:12])
    size = (
        0 if (at := data.lower().find(b"\ncontent-length:", 0, end)) < 0 else int(data[at + 16 : data.find(b"\r", at)])
    )
    if len(data) < end + 4 + size:
        return None
    del data[: end + 4 + size]
    return status


def dial(port: int, source: str) -> socket.socket:
    """Connect from an address of the loopback."""
    line = socket.create_connection(("127.0.0.1", port), timeout=GUARD_S, source_address=(source, 0))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line
