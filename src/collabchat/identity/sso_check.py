"""What is right and what is wrong with a single sign-on payload, step by step, for whoever writes a site's sign-in.

Each step is the very function of `identity.sso` that lets people in or not; the last word has `sso.identify`. Nothing
here signs anybody in, and nothing tells a key or what a hash should have been.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

from msgspec import Struct

from collabchat.core.model import Tenant
from collabchat.errors import ExpiredSso, Refusal, Unauthenticated
from collabchat.identity import sso
from collabchat.identity.sso import Proof, Signed, SsoUser

Form = Literal["secure", "simple", "bare", "signed-out", "unreadable"]

DIGEST_BYTES = 32

T = TypeVar("T")


class Step(Struct, frozen=True):
    """One thing that has to be right, and what is to be said of it."""

    name: str
    ok: bool
    says: str


class Verdict(Struct, frozen=True):
    """Whether a payload lets somebody in; `user`: whom, or as far as it could be read, whom it means."""

    ok: bool
    form: Form
    steps: list[Step]
    user: SsoUser | None


class _Steps:
    """The steps so far."""

    def __init__(self) -> None:
        self.taken: list[Step] = []

    def add(self, name: str, says: str, *, ok: bool) -> None:
        """Note a step."""
        self.taken.append(Step(name, ok, says))

    def attempt(self, name: str, doing: Callable[[], T], says: str, hint: Callable[[], str] = str) -> T | None:
        """Take a step; None if it comes to nothing."""
        try:
            result = doing()
        except Refusal as refusal:
            self.add(name, f"{refusal.reason} {hint()}".strip(), ok=False)
            return None
        self.add(name, says, ok=True)
        return result


def examine(
    tenant: Tenant, usable: Sequence[Proof], others: Sequence[Proof], email_key: bytes, payload: bytes, now: int
) -> Verdict:
    """Look a payload through, as it stands in the `sso` query or in a body.

    `usable` are the keys that are good where it is used, `others` those that are good on other sites only.
    """
    steps = _Steps()
    text = payload.strip()
    if text[:3].lower() == b"%7b":
        text = unquote(text.decode(errors="replace")).encode(errors="replace")
    parsed = steps.attempt("decodes", lambda: sso.parse(text), "It is a JSON object that names nothing twice.")
    if parsed is None:
        return Verdict(False, "unreadable", steps.taken, None)
    form = _form(parsed)
    if form == "secure":
        means = _examine_secure(steps, tenant, usable, others, parsed, now)
    elif form == "signed-out":
        steps.add("fields", "It names nobody: to us this is somebody who is signed out of the site.", ok=True)
        means = None
    else:
        says = "It says who somebody is, without any proof: they are known as a guest is, by that name."
        means = steps.attempt("user", lambda: sso.identify_simple(tenant, email_key, parsed), says)
    is_taken = _heed_rules(steps, tenant, form)
    try:
        found = sso.identify(tenant, usable, email_key, parsed, now)
    except Unauthenticated:
        return Verdict(False, form, steps.taken, means)
    return Verdict(is_taken, form, steps.taken, found)


def _form(parsed: dict[str, Any]) -> Form:
    if sso.is_secure(parsed):
        return "secure"
    simple = parsed.get("simpleSSOUser", parsed)
    if simple is None or (isinstance(simple, dict) and not simple.get("email")):
        return "signed-out"
    return "simple" if "simpleSSOUser" in parsed else "bare"


def _examine_secure(
    steps: _Steps, tenant: Tenant, usable: Sequence[Proof], others: Sequence[Proof], parsed: dict[str, Any], now: int
) -> SsoUser | None:
    signed = steps.attempt(
        "fields", lambda: sso.read_signed(parsed), "userDataJSONBase64, verificationHash and timestamp are there."
    )
    if signed is None:
        return None
    made_at = int(signed.timestamp)
    age = f"It was made {_duration(now - made_at)}, which is recent enough."
    steps.attempt("timestamp", lambda: sso.check_age(signed, now), age, lambda: _explain_age(signed, now))
    key_id = _find_key(steps, usable, others, signed)
    told = steps.attempt("data", lambda: sso.read_user(signed), "userDataJSONBase64 holds a JSON object.")
    if told is None:
        return None
    says = "It has all that is needed of a person."
    means = steps.attempt("user", lambda: sso.introduce(tenant, told, made_at), says)
    return None if means is None else SsoUser(means, key_id)


def _find_key(steps: _Steps, usable: Sequence[Proof], others: Sequence[Proof], signed: Signed) -> str | None:
    try:
        key_id = sso.find_key(usable, signed)
    except Refusal as refusal:
        steps.add("hash", f"{refusal.reason} {_explain_hash(usable, others, signed)}".strip(), ok=False)
        return None
    steps.add("hash", f"verificationHash was made with the key {key_id}.", ok=True)
    return key_id


def _explain_age(signed: Signed, now: int) -> str:
    try:
        sso.check_age(Signed(signed.data, signed.hash, f"{signed.timestamp}000"), now)
    except (ExpiredSso, ValueError):
        return f"It was made {_duration(now - int(signed.timestamp))}."
    return "It seems to be in seconds: make it a thousand times as much, also where the hash is made."


def _explain_hash(usable: Sequence[Proof], others: Sequence[Proof], signed: Signed) -> str:
    """What may have gone wrong; only what the right key would have made is recognised."""
    time, data = (text.encode(errors="replace") for text in (signed.timestamp, signed.data))
    given = signed.hash.encode(errors="replace")
    elsewhere = sso.find_fitting(others, time + data, given)
    if elsewhere is not None:
        origin = next(proof.origin for proof in others if proof.id == elsewhere)
        return f"It was made with the key {elsewhere}, which is good on {origin} only."
    guesses = (
        (time + data, given.strip().lower(), "It must be in lower-case hex, without spaces."),
        (time + data, _as_hex(given), "It must be in lower-case hex, not in base64."),
        (data, given, "The timestamp is missing before the data when the hash is made."),
        (data + time, given, "The timestamp comes first when the hash is made, then the data."),
    )
    for message, mended, says in guesses:
        if sso.find_fitting(usable, message, mended) is not None:
            return says
    return "None of the usual mistakes explains it: is it the API key of this tenant, and still good?"


def _as_hex(given: bytes) -> bytes:
    """A digest in base64 as hex; nothing for what is none."""
    try:
        digest = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return digest.hex().encode() if len(digest) == DIGEST_BYTES else b""


def _heed_rules(steps: _Steps, tenant: Tenant, form: Form) -> bool:
    """Whether the tenant takes people who come in this way."""
    needed = tenant.rules.require_sso
    is_proved = form == "secure"
    if form != "signed-out" and not is_proved and (not tenant.rules.guests or needed == "secure"):
        steps.add("rules", "The tenant takes only people whom secure single sign-on proves.", ok=False)
        return False
    if form == "signed-out" and needed != "no":
        steps.add("rules", "The tenant takes only people who have signed in on the site.", ok=False)
        return False
    return True


def _duration(ms: int) -> str:
    """How long ago, in words."""
    minutes = abs(ms) // 60_000
    when = "ago" if ms >= 0 else "in the future"
    for unit, length in (("days", 1_440), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit} {when}"
    return f"{minutes} minutes {when}"
