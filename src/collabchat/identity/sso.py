"""Single sign-on as FastComments' clients send it.

    secure      {userDataJSONBase64, verificationHash, timestamp}     proved by the tenant's API key
    simple      {simpleSSOUser: {username, email, …}}                 believed as far as a guest is
    bare        {username, email, …}                                  the same, as SDK helpers send it
    signed out  {loginURL}, {logoutURL}, null fields                  nobody

Hash: lower-case hex HMAC-SHA256 with the API key over the decimal `timestamp` (ms) followed by the base64 text.
Whatever names something twice is refused: what one reader of it checks, another might not believe.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from collabchat.core.model import SIMPLE, Actor, Groups, Role, Tenant, is_presentable
from collabchat.errors import ExpiredSso, InvalidSso, MalformedSso
from collabchat.storage.people import Introduction

OLDEST_MS = 2 * 24 * 3_600_000
CLOCK_SKEW_MS = 5 * 60_000
USER_ID_MAX_BYTES = 256
NAME_MAX = 500
USERNAME_MAX = EMAIL_MAX = 1_000
AVATAR_MAX = 3_000
DRAWN_AVATAR_MAX = 50_000
GROUPS_MAX = 100
GROUP_MAX = 50
TIMESTAMP_MAX = 10**20 - 1

_TIMESTAMP = re.compile(r"0|-?[1-9][0-9]{0,19}")
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


class Proof(Struct, frozen=True):
    """One of a tenant's API keys, in the clear; `origin`: it proves people on that site only."""

    id: str
    api_key: str
    origin: str | None = None


class SsoUser(Struct, frozen=True):
    """A person as the site's own sign-in knows them; `key_id` is the API key that proves them, if one does."""

    introduction: Introduction
    key_id: str | None = None

    @property
    def actor(self) -> Actor:
        """Who it is, as far as the payload says."""
        return self.introduction.actor


def parse(payload: str | bytes) -> dict[str, Any]:
    """Decode the `sso` query parameter; raises MalformedSso when it is not a JSON object without repeated names."""
    try:
        value = _decode(payload)
    except ValueError as error:
        raise MalformedSso("sso is not JSON.") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedSso("sso must be a JSON object.")
    return value


def identify(
    tenant: Tenant, proofs: Sequence[Proof], email_key: bytes, sso: dict[str, Any], now: int
) -> SsoUser | None:
    """Return who a payload says it is, or None for someone signed out.

    Raises MalformedSso, InvalidSso or ExpiredSso. `email_key` hides the e-mail address in the id of a person whom
    only a simple payload names; such an id can never be one that a secure payload gives.
    """
    if is_secure(sso):
        return _identify_secure(tenant, proofs, sso, now)
    return identify_simple(tenant, email_key, sso)


def is_secure(sso: dict[str, Any]) -> bool:
    """Whether a payload means to be proved."""
    return sso.get("userDataJSONBase64") is not None or sso.get("verificationHash") is not None


def identify_simple(tenant: Tenant, email_key: bytes, sso: dict[str, Any]) -> SsoUser | None:
    """Who a payload without any proof says it is, or None for someone signed out; raises MalformedSso."""
    simple = sso.get("simpleSSOUser", sso)
    if simple is None:
        return None
    if not isinstance(simple, dict):
        raise MalformedSso("simpleSSOUser must be an object.")
    email = _text(simple, "email", EMAIL_MAX)
    if email is None:
        return None
    digest = hashlib.blake2b(f"{tenant.id}\0{email.strip().lower()}".encode(), key=email_key, digest_size=9).digest()
    name = _text(simple, "displayName", NAME_MAX) or _text(simple, "username", USERNAME_MAX)
    if name is None:
        raise MalformedSso("The SSO user has no username.")
    if not is_presentable(name):
        raise MalformedSso("The SSO user's name must show something, without control or direction characters.")
    id_ = f"{SIMPLE}{base64.urlsafe_b64encode(digest).decode()}"
    actor = Actor(tenant.id, id_, "", name, _avatar(simple), is_guest=True)
    return SsoUser(Introduction(actor, 0, email, _untold(simple)))


class Signed(Struct, frozen=True):
    """The three parts of a secure payload, as they are signed: nothing of them is proved yet."""

    data: str
    hash: str
    timestamp: str


def _identify_secure(tenant: Tenant, proofs: Sequence[Proof], sso: dict[str, Any], now: int) -> SsoUser:
    signed = read_signed(sso)
    key_id = find_key(proofs, signed)
    check_age(signed, now)
    return SsoUser(introduce(tenant, read_user(signed), int(signed.timestamp)), key_id)


def read_signed(sso: dict[str, Any]) -> Signed:
    """The parts of a secure payload; raises MalformedSso."""
    data, given, timestamp = sso.get("userDataJSONBase64"), sso.get("verificationHash"), sso.get("timestamp")
    if not isinstance(data, str) or not isinstance(given, str):
        raise MalformedSso("sso needs userDataJSONBase64 and verificationHash, both text.")
    if isinstance(timestamp, int) and abs(timestamp) <= TIMESTAMP_MAX:
        timestamp = str(timestamp)
    if not isinstance(timestamp, str) or _TIMESTAMP.fullmatch(timestamp) is None:
        raise MalformedSso("sso needs a timestamp in epoch milliseconds.")
    return Signed(data, given, timestamp)


def find_key(proofs: Sequence[Proof], signed: Signed) -> str:
    """The key that a payload was signed with; raises InvalidSso."""
    message = f"{signed.timestamp}{signed.data}".encode(errors="replace")
    key_id = find_fitting(proofs, message, signed.hash.encode(errors="replace"))
    if key_id is None:
        raise InvalidSso(
            "verificationHash does not fit: is it HMAC-SHA256 of timestamp + userDataJSONBase64 with the API key?"
        )
    return key_id


def check_age(signed: Signed, now: int) -> None:
    """Let pass what was signed within two days; raises ExpiredSso."""
    made_at = int(signed.timestamp)
    if made_at > now + CLOCK_SKEW_MS:
        raise ExpiredSso("The SSO timestamp lies in the future: it must be epoch milliseconds.")
    if made_at < now - OLDEST_MS:
        raise ExpiredSso("The SSO payload is older than two days: make a new one for each page.")


def read_user(signed: Signed) -> dict[str, Any]:
    """What a secure payload says of somebody; raises MalformedSso."""
    try:
        user = _decode(_decode_base64(signed.data))
    except ValueError as error:
        raise MalformedSso("userDataJSONBase64 is not base64 of a JSON object.") from error
    if not isinstance(user, dict):
        raise MalformedSso("userDataJSONBase64 is not base64 of a JSON object.")
    return user


def _decode(text: str | bytes) -> Any:
    """Read JSON by the letter; raises ValueError, also when an object names something twice."""
    try:
        value = msgspec.json.decode(text)
        json.loads(text, object_pairs_hook=_refuse_repeats, parse_int=str, parse_float=str)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return value


def _refuse_repeats(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("an object names something twice")


def _decode_base64(text: str) -> bytes:
    """Both alphabets, with and without padding, in lines or in one, as the languages of clients have it."""
    bare = "".join(text.split()).rstrip("=").translate(_STANDARD_ALPHABET)
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def find_fitting(proofs: Sequence[Proof], message: bytes, given: bytes) -> str | None:
    """The key that a hash was made with; each is tried, however the first ones turn out."""
    found = None
    for proof in proofs:
        wanted = hmac.new(proof.api_key.encode(), message, hashlib.sha256).hexdigest().encode()
        if hmac.compare_digest(wanted, given):
            found = proof.id
    return found


def introduce(tenant: Tenant, user: dict[str, Any], told_at: int) -> Introduction:
    """Somebody as their site tells of them; raises MalformedSso."""
    own_id = user.get("id")
    if isinstance(own_id, int) and not isinstance(own_id, bool):
        own_id = str(own_id)
    id_ = f"{tenant.id}:{own_id}"
    if not isinstance(own_id, str) or not own_id or len(id_.encode()) > USER_ID_MAX_BYTES:
        raise MalformedSso("The SSO user needs an id of at most 200 characters.")
    name = _text(user, "displayName", NAME_MAX) or _text(user, "username", USERNAME_MAX)
    if name is None:
        raise MalformedSso("The SSO user has no username.")
    actor = Actor(
        tenant.id,
        id_,
        "",
        name,
        _avatar(user),
        role=_role(user),
        groups=_groups(user),
    )
    return Introduction(actor, told_at, _text(user, "email", EMAIL_MAX), _untold(user))


def _role(user: dict[str, Any]) -> Role:
    """The person's role: ours if named, else by FastComments' flags. Without a word nobody is more than others."""
    role = user.get("role")
    if role is not None:
        try:
            named: Role = msgspec.convert(role, Role)
        except msgspec.ValidationError as error:
            raise MalformedSso("The SSO user's role must be viewer, commenter, moderator or admin.") from error
        return named
    if user.get("isAdmin") is True:
        return "admin"
    return "moderator" if user.get("isModerator") is True else "commenter"


def _groups(user: dict[str, Any]) -> Groups | None:
    groups = user.get("groupIds")
    if groups is None:
        return None
    if (
        not isinstance(groups, list)
        or len(groups) > GROUPS_MAX
        or not all(isinstance(group, str) and 0 < len(group) <= GROUP_MAX for group in groups)
    ):
        raise MalformedSso(
            f"The SSO user's groupIds must be a list of at most {GROUPS_MAX} texts of 1-{GROUP_MAX} characters."
        )
    return tuple(sorted(set(groups)))


def _untold(user: dict[str, Any]) -> frozenset[Any]:
    """What a payload does not mention; null takes it away."""
    names = {"avatar": "avatar_src", "email": "email", "groupIds": "groups"}
    return frozenset(ours for theirs, ours in names.items() if theirs not in user)


def _text(user: dict[str, Any], name: str, most: int) -> str | None:
    value = user.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > most:
        raise MalformedSso(f"The SSO user's {name} must be text of at most {most} characters.")
    return value


def _avatar(user: dict[str, Any]) -> str | None:
    """The avatar's address, if it is one that a page may load; one drawn in the payload itself is not kept."""
    given = user.get("avatar")
    is_drawn = isinstance(given, str) and given.startswith("data:")
    avatar = _text(user, "avatar", DRAWN_AVATAR_MAX if is_drawn else AVATAR_MAX)
    return avatar if avatar is not None and avatar.startswith(("https://", "http://", "/")) else None
