"""Every refusal in one shape: one JSON body, a stable code, a sentence that helps."""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import Send
from msgspec import Struct

from collabchat.errors import InvalidInput, Refusal, TooLarge
from collabchat.redaction import redact_text

BODY_MAX_BYTES = 64 * 1024
PATH_TOLD_MAX = 200

log = structlog.get_logger()


class Failure(Struct):
    """What every refusal looks like."""

    status: str
    code: str
    reason: str
    message: str


FAILURES = {
    status: ResponseSpec(Failure, description=codes, generate_examples=False)
    for status, codes in {
        400: "invalid-input, missing-url-id, invalid-range, empty-comment, comment-too-big, spam-suspected",
        401: "unauthenticated, malformed-sso, invalid-sso, expired-sso",
        403: "forbidden, banned",
        404: "invalid-tenant, not-found",
        410: "conversation-deleted",
        413: "too-large",
        422: "broadcast-id-reused",
        429: "rate-limited, with Retry-After",
    }.items()
}


def answer_refusal(_request: Request[Any, Any, Any], refusal: Refusal) -> Response[dict[str, object]]:
    """Answer what our own code refused."""
    return Response(refusal.body(), status_code=refusal.status, headers=refusal.headers())


async def send_refusal(send: Send, refusal: Refusal) -> None:
    """Answer what a layer before the framework refused."""
    body = msgspec.json.encode(refusal.body())
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **refusal.headers()}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def answer_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, object]]:
    """Answer what the framework refused: unknown paths, methods, and input that does not fit its type."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_unforeseen(request, error)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer_refusal(request, TooLarge(BODY_MAX_BYTES))
    if isinstance(error, ValidationException):
        return answer_refusal(request, _explain(error))
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return answer_refusal(request, InvalidInput("body", "must be a JSON object in UTF-8."))
    phrase = HTTPStatus(error.status_code).phrase
    code = "not-found" if error.status_code == HTTPStatus.NOT_FOUND else phrase.lower().replace(" ", "-")
    reason = f"{phrase}: {request.method} {redact_text(request.url.path[:PATH_TOLD_MAX])}"
    body: dict[str, object] = {"status": "failed", "code": code, "reason": reason, "message": reason}
    return Response(body, status_code=error.status_code, headers=dict(error.headers or {}))


def answer_unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, object]]:
    """Answer a defect of ours: logged in full, told in short."""
    log.exception("A request failed", method=request.method, path=request.url.path, exc_info=error)
    reason = "The server failed; the operators can find why in its log."
    return Response({"status": "failed", "code": "internal", "reason": reason, "message": reason}, status_code=500)


def _explain(error: ValidationException) -> InvalidInput:
    """Name the query parameter that the framework found wrong."""
    extra = error.extra if isinstance(error.extra, list) else []
    first = extra[0] if extra and isinstance(extra[0], dict) else {}
    # The framework's own sentences go on with the whole address, or with the value: a secret may stand there.
    problem = str(first.get("message") or error.detail.partition(" for ")[0]).partition(" '")[0]
    return InvalidInput(_camel(str(first.get("key") or "query")), f"{problem}.")


def _camel(name: str) -> str:
    """The wire's form of a parameter's name: `start_time` is `startTime`."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
