"""The dashboard's one-time links, and the sessions that they, a password or an OpenID provider begin.

Of both only a hash is stored: whoever reads the database cannot sign in with what stands there. Some links are for an
account, which they make if need be: those are invitations. A session with an account may do what the account may now.
"""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, select, update

from collabchat.core.model import STAFF, Actor, Role
from collabchat.errors import NotFound
from collabchat.storage import people, tables
from collabchat.storage.accounts import StaffRole
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Row, Transaction

_links = tables.staff_link
_sessions = tables.staff_session
_accounts = tables.staff_account
_link = (
    _links.c.tenant_id, _links.c.role, _links.c.name, _links.c.ends_at, _links.c.invitation_id, _links.c.email,
    _links.c.account_id, _links.c.created_at, _links.c.by_id,
)  # fmt: skip
_is_open = (_links.c.used_at.is_(None), _links.c.ends_at > bindparam("now"))
_INSERT_LINK = insert_row(_links)
_USE_LINK = sql(
    update(_links).values(used_at=bindparam("now")).where(*where(_links, "hash"), *_is_open).returning(*_link)
)
_SELECT_LINK = sql(select(*_link).where(*where(_links, "hash")))
_USE_INVITATION = sql(
    update(_links)
    .values(used_at=bindparam("now"))
    .where(*where(_links, "email"), _links.c.invitation_id.is_not(None), *_is_open)
    .returning(*_link)
)
_open_invitations = select(*_link).where(_links.c.invitation_id.is_not(None), *_is_open).order_by(_links.c.created_at)
_LIST_INVITATIONS = sql(_open_invitations.where(*where(_links, "tenant_id")))
_LIST_OPERATORS_INVITATIONS = sql(_open_invitations.where(_links.c.tenant_id.is_(None)))
_close = update(_links).values(ends_at=bindparam("now")).where(*_is_open)
_CLOSE_INVITATION = sql(_close.where(*where(_links, "invitation_id")))
_CLOSE_INVITATIONS_BY = sql(_close.where(*where(_links, "by_id")))
_INSERT_SESSION = insert_row(_sessions)
_SELECT_SESSION = sql(
    select(
        func.coalesce(_accounts.c.tenant_id, _sessions.c.tenant_id),
        func.coalesce(_accounts.c.role, _sessions.c.role),
        func.coalesce(_accounts.c.name, _sessions.c.name),
        _sessions.c.ends_at,
        _sessions.c.account_id,
        _accounts.c.disabled_at,
    )
    .select_from(_sessions.outerjoin(_accounts, _accounts.c.id == _sessions.c.account_id))
    .where(_sessions.c.hash == bindparam("hash"))
)
_DELETE_SESSION = sql(delete(_sessions).where(*where(_sessions, "hash")))
_PRUNE_LINKS = sql(delete(_links).where(_links.c.ends_at < bindparam("before")))
_PRUNE_SESSIONS = sql(delete(_sessions).where(_sessions.c.ends_at < bindparam("before")))

LINKS_KEPT_MS = 7 * 24 * 3_600_000
ID_CHARACTERS = 16
"""Of the hash of a session's token: enough to tell any two apart."""


class Staff(Struct, frozen=True):
    """Somebody at the dashboard; without a tenant they run all of them. `ends_at` in epoch ms."""

    tenant_id: str | None
    role: StaffRole
    name: str
    ends_at: int
    account_id: str | None = None
    session_id: str = ""
    """The hash of their session's token; what they have open at tenants has the same name."""

    def actor(self, tenant_id: str) -> Actor:
        """Them as somebody who acts at a tenant.

        By their account they are the same person each time, without one only in this session: a name is anybody's.
        """
        role: Role = "moderator" if self.role == "moderator" else "admin"
        id_ = self.account_id or f"link:{self.session_id[:ID_CHARACTERS]}"
        return Actor(tenant_id, f"{STAFF}{id_}", "", self.name, role=role)


class Link(Struct, frozen=True):
    """Whom a link signs in, until when (epoch ms). With an `invitation_id` it leads to an account: see `tables`.

    `by_id`: the actor who made it.
    """

    tenant_id: str | None
    role: StaffRole
    name: str
    ends_at: int
    invitation_id: str | None = None
    email: str | None = None
    account_id: str | None = None
    created_at: int = 0
    by_id: str | None = None


def store_link(transaction: Transaction, hash_: str, link: Link, now: int) -> None:
    """Note a link that can be used once."""
    row = {
        "hash": hash_, "tenant_id": link.tenant_id, "role": link.role, "name": link.name, "ends_at": link.ends_at,
        "invitation_id": link.invitation_id, "email": link.email, "account_id": link.account_id, "created_at": now,
        "by_id": link.by_id, "used_at": None,
    }  # fmt: skip
    transaction.run(_INSERT_LINK, row)


def use_link(transaction: Transaction, hash_: str, now: int) -> Link | None:
    """Use a link up; None when it was used, is over, or never was."""
    return _read(transaction.one(_USE_LINK, {"hash": hash_, "now": now}))


def find_link(reader: Reader, hash_: str) -> Link | None:
    """A link, used or not, as long as it is remembered."""
    return _read(reader.one(_SELECT_LINK, {"hash": hash_}))


def use_invitations(transaction: Transaction, email: str, now: int) -> Link | None:
    """Use up what invites this address; the newest invitation counts."""
    found = [Link(*row) for row in transaction.all(_USE_INVITATION, {"email": email, "now": now})]
    return max(found, key=lambda link: link.created_at, default=None)


def list_invitations(reader: Reader, tenant_id: str | None, now: int) -> list[Link]:
    """The invitations of a tenant, or of operators (None), that can still be used, oldest first."""
    statement = _LIST_OPERATORS_INVITATIONS if tenant_id is None else _LIST_INVITATIONS
    return [Link(*row) for row in reader.all(statement, {"tenant_id": tenant_id, "now": now})]


def close_invitation(transaction: Transaction, invitation_id: str, now: int) -> None:
    """Take an invitation back; raises NotFound."""
    if transaction.run(_CLOSE_INVITATION, {"invitation_id": invitation_id, "now": now}) == 0:
        raise NotFound


def close_invitations_by(transaction: Transaction, actor_id: str, now: int) -> None:
    """Take back what somebody made: else they could come in again by it."""
    transaction.run(_CLOSE_INVITATIONS_BY, {"by_id": actor_id, "now": now})


def store_session(transaction: Transaction, staff: Staff, now: int) -> None:
    """Begin a session."""
    row = {
        "hash": staff.session_id, "tenant_id": staff.tenant_id, "role": staff.role, "name": staff.name,
        "account_id": staff.account_id, "created_at": now, "ends_at": staff.ends_at,
    }  # fmt: skip
    transaction.run(_INSERT_SESSION, row)


def find_session(reader: Reader, hash_: str, now: int) -> Staff | None:
    """Whose session this is, with what they may do now, if it has not ended."""
    row = reader.one(_SELECT_SESSION, {"hash": hash_})
    if row is None:
        return None
    *staff, disabled_at = row
    found = replace(Staff(*staff), session_id=hash_)
    return None if found.ends_at <= now or disabled_at is not None else found


def end_session(transaction: Transaction, hash_: str, now: int) -> None:
    """Sign out."""
    transaction.run(_DELETE_SESSION, {"hash": hash_})
    people.end_session_everywhere(transaction, hash_, now)


def prune(transaction: Transaction, now: int) -> None:
    """Forget sessions that are over, and links that have been for a week: who uses one too late is written down."""
    transaction.run(_PRUNE_LINKS, {"before": now - LINKS_KEPT_MS})
    transaction.run(_PRUNE_SESSIONS, {"before": now})


def _read(row: Row | None) -> Link | None:
    return None if row is None else Link(*row)
