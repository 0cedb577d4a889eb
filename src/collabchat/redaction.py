r"""What is secret goes into no log: it is taken out of everything that is written, wherever it stands.

Nothing here knows who writes what. A value is hidden because of the name before it, in any of the ways in which a
name comes before a value, or because it looks like what we make.

    address, cookie, form   sso=…   &userIdWS=…   sso%3D…   collabchat_session_demo=…   #sign-in=…   live_token='…'
    JSON, Python            "token":"…"   \"apiKey\": \"…\"   ('session_id', '…')   (b'x-api-key', b'…')
    header                  Authorization: …   Cookie: …   X-API-Key: …
    by itself               Bearer …   what `identity.tokens` signs   an API key of ours

It hides too much rather than too little: `the session=s` is not worth a rule of its own.
"""

import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = "[hidden]"
OUR_COOKIES = "collabchat_"
"""How the names of our cookies begin: people's, with their tenant (`api.asking`), and the staff's (`api.staff`)."""

DEPTH_MAX = 8
PAIR = 2

_NAMES = (
    r"sso|user_?data_?json_?base64|verification_?hash|user_?id_?ws|url_?id_?ws|session(?:[_-]?id)?|token"
    rf"|api[_-]?key|edit[_-]?key|authorization|cookie|sign[_-]?in"
    rf"|client[_-]?secret|password|code[_-]?verifier|{OUR_COOKIES}[\w.~-]{{0,80}}"
)
_HEADERS = r"authorization|cookie|x-api-key"
_QUOTE = r"""\\*["']"""
_PLAIN = r"""(?:\{[^\s&]*|[^\s&"'<>;,)\]}\\]*)"""

_QUOTED = rf"(?P<quote>{_QUOTE})[^\r\n]*?(?:(?<!\\)(?P=quote)|$)"
"""What stands in quotes, to the end of the line if they are not closed; within JSON in JSON, the quotes are escaped."""

_SHOWN = rf"(?!{_QUOTE}?{re.escape(HIDDEN)})"
"""What is hidden already stays as it is, so that a whole log can be looked through for what is not."""

_ASSIGNED = re.compile(rf"(?im)(?P<before>(?:{_NAMES}){_QUOTE}?\s?(?:=|%3d)\s?+){_SHOWN}(?:b?{_QUOTED}|{_PLAIN})")
_LISTED = re.compile(rf"(?im)(?P<before>(?:{_NAMES}){_QUOTE}\s*[:,]\s*+){_SHOWN}(?:b?{_QUOTED}|(?![\[{{]){_PLAIN})")
_HEADER = re.compile(rf"(?i)(?P<before>(?:{_HEADERS})\s?:\s?+){_SHOWN}(?!{_QUOTE})[^\r\n]+")
_BEARER = re.compile(rf"""(?i)(?P<before>\bbearer(?:\s|%20|\+)++){_SHOWN}[^\s"'<>\\]+""")
_SIGNED = re.compile(r"(?P<before>)(?<![\w-])\.?[\w-]{8,}\.[\w-]{43}(?![\w-])")
"""itsdangerous: a text in base64, and its HMAC-SHA256; the last two parts of a JSON Web Token look the same."""

_KEY = re.compile(r"(?P<before>)(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w-])")
"""32 random bytes in base64, as `collabchat tenant create` makes API keys."""

# What has quotes comes first: `sso={"userDataJSONBase64": "…"}` is both.
_ALL = (_LISTED, _ASSIGNED, _HEADER, _BEARER, _SIGNED, _KEY)
_SECRET = re.compile(rf"(?i)(?:{_NAMES})\Z")


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor for structlog; exceptions must have been made text before, and the renderer comes after."""
    return {name: HIDDEN if is_secret(name) else _hide(value, DEPTH_MAX) for name, value in event.items()}


def redact_text(text: str) -> str:
    """The text without what is secret."""
    for pattern in _ALL:
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    return text


def is_secret(name: str) -> bool:
    """Whether what goes by this name (of a parameter, a header or a field) is secret."""
    return _SECRET.search(name) is not None


def _hide(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if depth and isinstance(value, dict):
        return dict(_hide_pair(name, part, depth) for name, part in value.items())
    if depth and isinstance(value, list | tuple | set | frozenset):
        if isinstance(value, tuple) and len(value) == PAIR:
            name, part = value
            return _hide_pair(name, part, depth)
        return [_hide(part, depth - 1) for part in value]
    return redact_text(repr(value))


def _hide_pair(name: Any, value: Any, depth: int) -> tuple[Any, Any]:
    """A name (a key, a header in bytes) and what goes by it."""
    shown = _hide(name, depth - 1)
    return shown, HIDDEN if is_secret(str(shown).rstrip("'")) else _hide(value, depth - 1)
