"""Everything that can be refused, once: a stable code, an HTTP status and, where a socket is concerned, a close code.

    CollabChatError
    ├── StartupError                   the server cannot start (exit code 3)
    └── Refusal                        one request is refused; the server goes on
        ├── InvalidInput         400   names the field
        │   ├── MissingUrlId
        │   ├── InvalidRange
        │   ├── EmptyComment
        │   ├── SpamSuspected          carries `rule`
        │   └── CommentTooBig          carries `maxCharacterLength`
        ├── Unauthenticated      401
        │   ├── MalformedSso
        │   ├── InvalidSso
        │   └── ExpiredSso
        ├── Forbidden            403
        │   ├── Banned                 carries `bannedUntil`
        │   └── Locked
        ├── NotFound             404
        │   └── InvalidTenant
        ├── RequestTimeout       408
        ├── ConversationDeleted  410
        ├── TooLarge             413
        ├── BroadcastIdReused    422
        └── RateLimited          429   carries `retry_after_s`

`docs/reference/errors.md` lists the codes and statuses from this table.
"""

from typing import ClassVar


class CollabChatError(Exception):
    """The root of all that collabchat itself raises; its text is a whole English sentence for people."""


class StartupError(CollabChatError):
    """The server cannot start; the text says why and how to mend it."""


class Refusal(CollabChatError):
    """One request is refused. Nothing was stored, and asking the same again gives the same."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details

    def body(self) -> dict[str, object]:
        """The JSON body of a refusal: `status`, `code`, `reason`, `message` and the error's own details."""
        return {"status": "failed", "code": self.code, "reason": self.reason, "message": self.reason, **self.details}

    def headers(self) -> dict[str, str]:
        """The HTTP headers that go with it."""
        return {"Cache-Control": "no-store"}


class InvalidInput(Refusal):
    """A body, parameter or field that is not what it must be; `field` names it."""

    code = "invalid-input"

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}", field=field)


class MissingUrlId(Refusal):
    """No `urlId` was given."""

    code = "missing-url-id"

    def __init__(self) -> None:
        super().__init__("urlId is missing: give the page's id.", field="urlId")


class InvalidRange(Refusal):
    """`range` has not the form of older clients' serialised ranges."""

    code = "invalid-range"

    def __init__(self) -> None:
        super().__init__("range must look like 0:15,0:45{checksum}.", field="range")


class EmptyComment(Refusal):
    """A comment without any text."""

    code = "empty-comment"

    def __init__(self) -> None:
        super().__init__("The comment is empty: write something first.", field="comment")


class CommentTooBig(Refusal):
    """A comment over the tenant's limit."""

    code = "comment-too-big"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The comment is too long: at most {most} characters.", field="comment", maxCharacterLength=most
        )


class SpamSuspected(Refusal):
    """A comment that looks like abuse; `rule` names what made it look so, and the reason how to mend it."""

    code = "spam-suspected"

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason, field="comment", rule=rule)


class Unauthenticated(Refusal):
    """An identity is needed here, and there is none (any more)."""

    code = "unauthenticated"
    status = 401

    def __init__(
        self, reason: str = "Sign in first: send a session as Authorization: Bearer …", **details: object
    ) -> None:
        super().__init__(reason, **details)

    def headers(self) -> dict[str, str]:
        """Say how to prove an identity."""
        return {**super().headers(), "WWW-Authenticate": "Bearer"}


class MalformedSso(Unauthenticated):
    """The SSO payload cannot be read."""

    code = "malformed-sso"


class InvalidSso(Unauthenticated):
    """The SSO payload's hash is not made with this tenant's API key."""

    code = "invalid-sso"


class ExpiredSso(Unauthenticated):
    """The SSO payload is too old or from the future."""

    code = "expired-sso"


class Forbidden(Refusal):
    """Who asks is known, and may not do this."""

    code = "forbidden"
    status = 403

    def __init__(self, reason: str = "You may not do this.") -> None:
        super().__init__(reason)


class Banned(Forbidden):
    """Who asks was banned; `until` (epoch ms) says for how long, None for ever."""

    code = "banned"

    def __init__(self, reason: str, until: int | None) -> None:
        Refusal.__init__(self, f"You were banned here: {reason}", **({} if until is None else {"bannedUntil": until}))


class Locked(Forbidden):
    """A moderator has locked the conversation: nothing in it is written, edited or deleted by anybody."""

    code = "locked"

    def __init__(self) -> None:
        Refusal.__init__(self, "This discussion is locked: a moderator can unlock it.")


class NotFound(Refusal):
    """There is no such thing, or none that the asker may see."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is nothing here by this id.")


class InvalidTenant(NotFound):
    """No such tenant, or a disabled one."""

    code = "invalid-tenant"

    def __init__(self) -> None:
        Refusal.__init__(self, "There is no such tenant on this server.")


class RequestTimeout(Refusal):
    """A request that had begun was not complete in time."""

    code = "request-timeout"
    status = 408

    def __init__(self) -> None:
        super().__init__("The request was not complete in time: send its head within 5 s, its body within 20 s.")


class ConversationDeleted(Refusal):
    """The conversation was deleted; nothing can be done in it any more."""

    code = "conversation-deleted"
    status = 410

    def __init__(self) -> None:
        super().__init__("This discussion was deleted.")


class TooLarge(Refusal):
    """A request body, or its head, over the limit."""

    code = "too-large"
    status = 413

    def __init__(self, most_bytes: int, part: str = "body") -> None:
        super().__init__(f"The {part} is too large: at most {most_bytes} bytes.")


class BroadcastIdReused(Refusal):
    """The `broadcastId` belongs to another operation of the same actor."""

    code = "broadcast-id-reused"
    status = 422

    def __init__(self) -> None:
        super().__init__("This broadcastId was used for something else: make a new one for each operation.")


class RateLimited(Refusal):
    """Too many requests; `retry_after_s` says when to come back."""

    code = "rate-limited"
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many requests: wait {retry_after_s} s.")
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        """Say when to come back."""
        return {**super().headers(), "Retry-After": str(self.retry_after_s)}
