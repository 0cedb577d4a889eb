"""How each request has to be answered, by hand and without a line of the server's: the first rule that holds."""

from collections.abc import Callable

from msgspec import Struct

from tests.access.askers import BANNED, SIGN_IN_FIRST, Asker, Refusal
from tests.access.requests import PRESENCE, Request

Answer = tuple[int, str]
DONE: Answer = (200, "success")
FORBIDDEN: Refusal = (403, "forbidden")
NOT_FOUND: Refusal = (404, "not-found")
NO_TENANT: Refusal = (404, "invalid-tenant")
STAFF = {"moderator", "admin"}


class Case(Struct, frozen=True):
    """Somebody asks for something of a place."""

    request: Request
    asker: Asker
    target: str

    @property
    def kind(self) -> str:
        return self.request.kind

    @property
    def is_away(self) -> bool:
        """An admin of another tenant, who is at home there: of here's things they know names, which mean nothing."""
        return self.asker.at == "neighbour"

    @property
    def is_known(self) -> bool:
        """A cookie, which comes along from wherever, says nothing but on a page of one's own; reading takes none."""
        asker = self.asker
        is_vain = asker.origin == "foreign" or (self.request.is_write and asker.origin == "none")
        return asker.role != "nobody" and not (asker.is_by_cookie and is_vain and self.kind != "log")

    @property
    def sees(self) -> bool:
        asker = self.asker
        return self.target == "public" or (self.is_known and (asker.role == "admin" or asker.is_in_group))


Holds = Callable[[Case], bool]
RULES: tuple[tuple[Holds, Answer], ...] = (
    # Where it is asked.
    (lambda it: it.asker.at == "closed", NO_TENANT),
    (lambda it: it.request.is_write and it.asker.origin == "foreign", FORBIDDEN),
    # Who asks: of those who sign in only what they say anew matters; the log goes by its own token.
    (lambda it: it.kind == "sign-in" and it.asker.sso is None, DONE),
    (lambda it: it.kind == "log" and it.asker.trouble not in {None, BANNED}, FORBIDDEN),
    (lambda it: it.asker.trouble == SIGN_IN_FIRST, SIGN_IN_FIRST),
    (lambda it: it.asker.trouble == BANNED, BANNED),
    (lambda it: it.asker.trouble == (401, "invalid-sso"), (401, "invalid-sso")),
    (lambda it: it.asker.trouble == (401, "expired-sso"), (401, "expired-sso")),
    (lambda it: it.is_away and it.request.route == PRESENCE, FORBIDDEN),
    (lambda it: it.is_away and (it.request.is_by_id or it.kind == "lift"), NOT_FOUND),
    (lambda it: it.is_away, DONE),
    # What they may see.
    (lambda it: it.kind in {"read", "log"} and it.sees, DONE),
    (lambda it: it.kind in {"read", "log"}, NOT_FOUND),
    (lambda it: it.kind == "people", DONE),
    # What is theirs.
    (lambda it: not it.is_known, SIGN_IN_FIRST),
    (lambda it: it.kind in {"self", "sign-out"}, DONE),
    (lambda it: it.kind == "another" and it.asker.role == "admin", DONE),
    (lambda it: it.kind == "another", FORBIDDEN),
    # What only some may.
    (lambda it: it.kind in {"moderate", "lift", "ban"} and it.asker.role not in STAFF, FORBIDDEN),
    (lambda it: it.kind == "moderate", DONE),
    (lambda it: it.kind == "lift", NOT_FOUND),
    # What can be written: viewers nothing, and nobody for groups that are not theirs.
    (lambda it: it.asker.role == "viewer", FORBIDDEN),
    (lambda it: it.kind == "start" and it.target == "private" and not it.sees, FORBIDDEN),
    (lambda it: not it.sees, NOT_FOUND),
    (lambda it: it.kind == "flag" and it.asker.is_author, FORBIDDEN),
    (lambda it: it.kind == "author" and not it.asker.is_author and it.asker.role not in STAFF, FORBIDDEN),
    (lambda _it: True, DONE),
)


def expected(request: Request, asker: Asker, target: str) -> Answer:
    """How it has to be answered."""
    case = Case(request, asker, target)
    return next(answer for holds, answer in RULES if holds(case))
