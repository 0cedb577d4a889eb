"""Single sign-on payloads as a customer's site makes them, without a line of ours: `hmac`, `base64`, `json`."""

import base64
import hashlib
import hmac
import json
from typing import Any

from collabchat.core.model import Tenant
from collabchat.identity.sso import Proof, SsoUser, identify

TENANT = Tenant("acme", "Acme", ("https://acme.example",), 0)
KEY, NOW, DAY_MS = "secret key", 1_763_841_600_000, 86_400_000


def sign(data: str, timestamp: object, key: str = KEY) -> str:
    """The hash of FastComments' rule: HMAC-SHA256 over the decimal timestamp and the base64 text, in lower-case hex."""
    return hmac.new(key.encode(), f"{timestamp}{data}".encode(), hashlib.sha256).hexdigest()


def signed(data: str, timestamp: Any = NOW, key: str = KEY) -> dict[str, Any]:
    """A secure payload of this base64 text, or whatever it is."""
    return {"userDataJSONBase64": data, "verificationHash": sign(data, timestamp, key), "timestamp": timestamp}


def secure(user: object, timestamp: Any = NOW, key: str = KEY) -> dict[str, Any]:
    """A secure payload of this user."""
    return signed(base64.b64encode(json.dumps(user).encode()).decode(), timestamp, key)


def who(payload: dict[str, Any], now: int = NOW) -> Any:
    """Whom the tenant believes it to be."""
    found: SsoUser | None = identify(TENANT, [Proof("k1", KEY)], b"e" * 32, payload, now)
    return found
