"""Single sign-on as FastComments' clients send it.

    secure      {userDataJSONBase64, verificationHash, timestamp}     proved by the tenant's API key
    simple      {simpleSSOUser: {username, email, …}}                 believed as far as a guest is
    bare        {username, email, …}                                  the same, as SDK helpers send it
    signed out  {loginURL}, {logoutURL}, null fields                  nobody

Hash: lower-case hex HMAC-SHA256 with the API key over the decimal `timestamp` (ms) followed by the base64 text.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec
from msgspec import Struct

from collabchat.core.model import Actor, Tenant
from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso

OLDEST_MS = 2 * 24 * 3_600_000
CLOCK_SKEW_MS = 5 * 60_000
USER_ID_MAX_BYTES = 256
NAME_MAX = 500
AVATAR_MAX = 3_000


class SsoUser(Struct, frozen=True):
    """A person as the site's own sign-in knows them."""

    actor: Actor
    email: str | None


def parse(payload: str | bytes) -> dict[str, Any]:
    """Decode the `sso` query parameter; raises MalformedSso when it is not a JSON object."""
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedSso("sso is not JSON.") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedSso("sso must be a JSON object.")
    return value


def identify(tenant: Tenant, api_key: str, email_key: bytes, sso: dict[str, Any], now: int) -> SsoUser | None:
    """Return who a payload says it is, or None for someone signed out.

    Raises MalformedSso, InvalidSso or ExpiredSso. `email_key` hides the e-mail address in the id of a person whom
    only a simple payload names; such an id can never be one that a secure payload gives.
    """
    if sso.get("userDataJSONBase64") is not None or sso.get("verificationHash") is not None:
        return _identify_secure(tenant, api_key, sso, now)
    simple = sso.get("simpleSSOUser", sso)
    if simple is None:
        return None
    if not isinstance(simple, dict):
        raise MalformedSso("simpleSSOUser must be an object.")
    email = _text(simple, "email", NAME_MAX)
    if email is None:
        return None
    digest = hashlib.blake2b(f"{tenant.id}\0{email.strip().lower()}".encode(), key=email_key, digest_size=9).digest()
    name = _text(simple, "displayName", NAME_MAX) or _text(simple, "username", NAME_MAX)
    if name is None:
        raise MalformedSso("The SSO user has no username.")
    id_ = f"simple:{base64.urlsafe_b64encode(digest).decode()}"
    return SsoUser(Actor(tenant.id, id_, "", name, _avatar(simple), is_guest=True), email)


def _identify_secure(tenant: Tenant, api_key: str, sso: dict[str, Any], now: int) -> SsoUser:
    data, given, timestamp = sso.get("userDataJSONBase64"), sso.get("verificationHash"), sso.get("timestamp")
    if not isinstance(data, str) or not isinstance(given, str):
        raise MalformedSso("sso needs userDataJSONBase64 and verificationHash, both text.")
    if isinstance(timestamp, str) and timestamp.isascii() and timestamp.isdigit():
        timestamp = int(timestamp[:20])
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):
        raise MalformedSso("sso needs a timestamp in epoch milliseconds.")
    wanted = hmac.new(api_key.encode(), f"{timestamp}{data}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise InvalidSso(
            "verificationHash does not fit: is it HMAC-SHA256 of timestamp + userDataJSONBase64 with the API key?"
        )
    if timestamp > now + CLOCK_SKEW_MS:
        raise ExpiredSso("The SSO timestamp lies in the future: it must be epoch milliseconds.")
    if timestamp < now - OLDEST_MS:
        raise ExpiredSso("The SSO payload is older than two days: make a new one for each page.")
    try:
        user = msgspec.json.decode(base64.b64decode(data, altchars=b"-_" if {"-", "_"} & set(data) else None))
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise MalformedSso("userDataJSONBase64 is not base64 of a JSON object.") from error
    if not isinstance(user, dict):
        raise MalformedSso("userDataJSONBase64 is not base64 of a JSON object.")
    return _secure_user(tenant, user)


def _secure_user(tenant: Tenant, user: dict[str, Any]) -> SsoUser:
    own_id = user.get("id")
    if isinstance(own_id, int) and not isinstance(own_id, bool):
        own_id = str(own_id)
    id_ = f"{tenant.id}:{own_id}"
    if not isinstance(own_id, str) or not own_id or len(id_.encode()) > USER_ID_MAX_BYTES:
        raise MalformedSso("The SSO user needs an id of at most 200 characters.")
    name = _text(user, "displayName", NAME_MAX) or _text(user, "username", NAME_MAX)
    if name is None:
        raise MalformedSso("The SSO user has no username.")
    actor = Actor(
        tenant.id,
        id_,
        "",
        name,
        _avatar(user),
        is_moderator=user.get("isModerator") is True,
        is_admin=user.get("isAdmin") is True,
    )
    return SsoUser(actor, _text(user, "email", NAME_MAX))


def _text(user: dict[str, Any], name: str, most: int) -> str | None:
    value = user.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > most:
        raise MalformedSso(f"The SSO user's {name} must be text of at most {most} characters.")
    return value


def _avatar(user: dict[str, Any]) -> str | None:
    """The avatar's address, if it is one that a page may load."""
    avatar = _text(user, "avatar", AVATAR_MAX)
    return avatar if avatar is not None and avatar.startswith(("https://", "http://", "/")) else None
