"""A small OpenID provider on a local port: signs people in without asking, as each test needs it, right or wrong."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT_ID, CLIENT_SECRET = "collabchat", "provider-secret-a1B2c3"

Claims = dict[str, Any]


class OpenId:
    """The provider; `who` is claimed of whoever signs in next, `spoil` changes claims before they are signed."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})
        self.signing_key: Any = self.key
        self.key_id, self.algorithm = "one", "ES256"
        self.who: Claims = {}
        self.spoil: Callable[[Claims], Claims] = dict
        self.sign: Callable[[Claims], str] = self.signed
        self.is_down = False
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(urlsplit(self.path).path)
                provider.answer_get(self)

            def do_POST(self) -> None:
                provider.asked.append(urlsplit(self.path).path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                provider.answer_post(self, form)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - so it is called there
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def signed(self, claims: Claims) -> str:
        header = {"alg": self.algorithm, "kid": self.key_id}
        return jwt.encode(header, claims, self.signing_key, algorithms=[self.algorithm])

    def unsigned(self, claims: Claims) -> str:
        parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
        return ".".join(map(_base64, parts)) + "."

    def signed_by_the_public_key(self, claims: Claims) -> str:
        """As a secret, which it is not: whoever takes the algorithm from the token falls for it."""
        message = self.unsigned(claims).removesuffix(".").partition(".")[2]
        message = f"{_base64(json.dumps({'alg': 'HS256', 'kid': 'one'}).encode())}.{message}"
        mac = hmac.digest(self.key.as_pem(private=False), message.encode(), "sha256")
        return f"{message}.{_base64(mac)}"

    def signed_by_another(self, claims: Claims) -> str:
        other = ECKey.generate_key("P-256", {"kid": "one"})
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims, other)

    def authorize(self, url: str) -> str:
        """What the person's browser does: where it is led back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT_ID
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        code = f"code-{len(self._codes)}-{time.monotonic_ns()}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def answer_get(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        if self.is_down:
            _answer(handler, 503, {})
        elif path == "/keys":
            _answer(handler, 200, dict(KeySet([self.key]).as_dict(private=False)))
        else:
            assert path == "/.well-known/openid-configuration"
            _answer(handler, 200, {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            })  # fmt: skip

    def answer_post(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        asked = self._codes.pop(form.get("code", ""), None)
        given = base64.b64decode(handler.headers.get("Authorization", "").partition(" ")[2]).decode()
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_right = (
            asked is not None
            and given == f"{CLIENT_ID}:{CLIENT_SECRET}"
            and asked["redirect_uri"] == form["redirect_uri"]
            and asked["code_challenge"] == _base64(challenge)
        )
        if asked is None or not is_right:
            _answer(handler, 400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": asked["nonce"],
            "email_verified": True, **self.who,
        }  # fmt: skip
        id_token = self.sign(self.spoil(claims))
        _answer(handler, 200, {"access_token": "x", "token_type": "Bearer", "id_token": id_token})


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _answer(handler: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
