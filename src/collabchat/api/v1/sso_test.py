"""`/api/v1/sso-test`: what is right and what is wrong with a single sign-on payload."""

from typing import Any

import msgspec
from litestar import Response, Router, post
from msgspec import Struct

from collabchat.api.asking import AnyRequest
from collabchat.api.bodies import strict_body
from collabchat.api.failures import FAILURES
from collabchat.api.parts import Parts
from collabchat.api.v1.asker import FOR_ADMINS, Asker
from collabchat.api.views import answer_privately
from collabchat.clock import now_ms
from collabchat.core.model import Groups, Role
from collabchat.identity import tenancy
from collabchat.identity.sso import SsoUser
from collabchat.identity.sso_check import Form, Step


class SsoTest(Struct):
    """Body: a payload, as text from the `sso` query or as an object; `origin`: the site that would send it."""

    payload: str | dict[str, Any]
    origin: str | None = None


class _Sent(Struct):
    """The payload as it was sent: what it names twice is a mistake."""

    payload: msgspec.Raw


class TestedUser(Struct, rename="camel"):
    """Whom a payload means; `keyId` is the API key that proves them; `groups` null: none."""

    id: str
    name: str
    email: str | None
    avatar_src: str | None
    role: Role
    groups: Groups | None
    is_guest: bool
    key_id: str | None


class SsoVerdict(Struct):
    """Whether the payload lets somebody in, and each step on the way there."""

    ok: bool
    form: Form
    steps: list[Step]
    user: TestedUser | None


class Tested(Struct):
    """What came of it; nobody was signed in."""

    status: str
    verdict: SsoVerdict


@post("/", status_code=200, summary="Test a single sign-on payload", before_request=strict_body(SsoTest),
      responses=FAILURES)  # fmt: skip
async def test_sso(asker: Asker, parts: Parts, request: AnyRequest, data: SsoTest) -> Response[Tested]:
    """Look a payload through, as signing in would, without signing anybody in."""
    origin = None if data.origin is None else tenancy.check_origin(data.origin, "origin")
    sent = bytes(msgspec.json.decode(await request.body(), type=_Sent).payload)
    payload = data.payload.encode(errors="replace") if isinstance(data.payload, str) else sent
    verdict = parts.directory.examine_sso(asker.tenant, payload, origin, now_ms())
    steps = verdict.steps
    if origin is not None and origin not in asker.tenant.origins:
        says = f"{origin} is not one of the tenant's origins: nothing that its pages ask for is answered."
        steps = [*steps, Step("origin", False, says)]
    is_ok = verdict.ok and len(steps) == len(verdict.steps)
    user = None if verdict.user is None else _view(verdict.user)
    return answer_privately(Tested("success", SsoVerdict(is_ok, verdict.form, steps, user)))


def _view(it: SsoUser) -> TestedUser:
    who = it.actor
    return TestedUser(
        who.id, who.name, it.introduction.email, who.avatar_src, who.role, who.groups, who.is_guest, it.key_id
    )


sso_test_routes = Router("/api/v1/sso-test", route_handlers=[test_sso], dependencies=FOR_ADMINS, tags=["Admin"])
