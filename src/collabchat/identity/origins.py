"""Which web sites may use a tenant: scheme, host and port compared exactly, never a suffix."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from collabchat.core.model import Tenant

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_MAX = 254
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def normalize_origin(text: str) -> str | None:
    """The canonical form `scheme://host[:port]`, or None when the text is no origin that a tenant may have."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host or parts.username is not None:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    if parts.scheme == "http" and not is_loopback(host):
        return None
    try:
        host = host.encode("idna").decode().lower() if not host.isascii() else host.lower()
    except UnicodeError:
        return None
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + ("" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}")
    return origin if _may_be_a_host(host) else None


def _may_be_a_host(host: str) -> bool:
    """Whether a browser could ever be at a host of this name (in lower case, by IDNA) or address."""
    if ":" not in host:
        return len(host) <= HOST_MAX and _HOST.fullmatch(host) is not None
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def is_allowed(tenant: Tenant, origin: str) -> bool:
    """Whether a request's `Origin` header names one of the tenant's sites."""
    return normalize_origin(origin) in tenant.origins
