"""Who runs a tenant, or the server, from the dashboard: one-time links, and the sessions that they begin.

Of both only a hash is stored: whoever reads the database cannot sign in with what stands there.
"""

from typing import Literal

from msgspec import Struct
from sqlalchemy import bindparam, delete, select, update

from collabchat.core.model import STAFF, Actor, Role
from collabchat.storage import tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

StaffRole = Literal["operator", "admin", "moderator"]
"""An operator runs the server with all its tenants; the others belong to one."""

_links = tables.staff_link
_sessions = tables.staff_session
_INSERT_LINK = insert_row(_links)
_USE_LINK = sql(
    update(_links)
    .values(used_at=bindparam("now"))
    .where(*where(_links, "hash"), _links.c.used_at.is_(None), _links.c.ends_at > bindparam("now"))
    .returning(_links.c.tenant_id, _links.c.role, _links.c.name)
)
_INSERT_SESSION = insert_row(_sessions)
_SELECT_SESSION = sql(
    select(_sessions.c.tenant_id, _sessions.c.role, _sessions.c.name, _sessions.c.ends_at).where(
        *where(_sessions, "hash")
    )
)
_DELETE_SESSION = sql(delete(_sessions).where(*where(_sessions, "hash")))
_DELETE_SESSIONS = sql(delete(_sessions).where(*where(_sessions, "name")))
_PRUNE_LINKS = sql(delete(_links).where(_links.c.ends_at < bindparam("now")))
_PRUNE_SESSIONS = sql(delete(_sessions).where(_sessions.c.ends_at < bindparam("now")))


class Staff(Struct, frozen=True):
    """Somebody at the dashboard; without a tenant they run all of them. `ends_at` in epoch ms."""

    tenant_id: str | None
    role: StaffRole
    name: str
    ends_at: int

    def actor(self, tenant_id: str) -> Actor:
        """Them as somebody who acts at a tenant."""
        role: Role = "moderator" if self.role == "moderator" else "admin"
        return Actor(tenant_id, f"{STAFF}{self.name}", "", self.name, role=role)


def store_link(transaction: Transaction, hash_: str, staff: Staff, now: int) -> None:
    """Note a link that can be used once, until `staff.ends_at`."""
    row = {"hash": hash_, "tenant_id": staff.tenant_id, "role": staff.role, "name": staff.name, "created_at": now}
    transaction.run(_INSERT_LINK, {**row, "ends_at": staff.ends_at, "used_at": None})


def use_link(transaction: Transaction, hash_: str, now: int) -> tuple[str | None, StaffRole, str] | None:
    """Use a link up; whom it signs in (tenant id, role, name), or None when it was used, is over, or never was."""
    row = transaction.one(_USE_LINK, {"hash": hash_, "now": now})
    return None if row is None else (row[0], row[1], row[2])


def store_session(transaction: Transaction, hash_: str, staff: Staff, now: int) -> None:
    """Begin a session."""
    row = {"hash": hash_, "tenant_id": staff.tenant_id, "role": staff.role, "name": staff.name, "created_at": now}
    transaction.run(_INSERT_SESSION, {**row, "ends_at": staff.ends_at})


def find_session(reader: Reader, hash_: str, now: int) -> Staff | None:
    """Whose session this is, if it has not ended."""
    row = reader.one(_SELECT_SESSION, {"hash": hash_})
    return None if row is None or row[3] <= now else Staff(*row)


def end_session(transaction: Transaction, hash_: str) -> None:
    """Sign out."""
    transaction.run(_DELETE_SESSION, {"hash": hash_})


def end_all_sessions(transaction: Transaction, name: str) -> int:
    """Sign somebody out everywhere; how many sessions ended."""
    return transaction.run(_DELETE_SESSIONS, {"name": name})


def prune(transaction: Transaction, now: int) -> None:
    """Forget what is over."""
    for statement in (_PRUNE_LINKS, _PRUNE_SESSIONS):
        transaction.run(statement, {"now": now})
