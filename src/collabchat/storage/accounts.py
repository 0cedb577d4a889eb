"""The accounts of those who run a tenant or the server: who they are, what they may do, how they prove it."""

import secrets
import unicodedata
from typing import Literal

from msgspec import Struct
from sqlalchemy import bindparam, delete, exists, func, null, or_, select, update

from collabchat.errors import NotFound
from collabchat.storage import people, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

StaffRole = Literal["operator", "admin", "moderator"]
"""An operator runs the server with all its tenants; the others belong to one."""

RANK: dict[StaffRole, int] = {"moderator": 0, "admin": 1, "operator": 2}
"""Nobody gives, changes or takes away a role above their own."""

EMAIL_MAX = 254

_table = tables.staff_account
_sessions = tables.staff_session
_links = tables.staff_link
_INSERT = insert_row(_table)
_SELECT = sql(select(_table).where(*where(_table, "id")))
_SELECT_BY_EMAIL = sql(select(_table).where(*where(_table, "email")))
_SELECT_BY_SUBJECT = sql(select(_table).where(*where(_table, "issuer", "subject")))
_LIST = sql(select(_table).where(*where(_table, "tenant_id")).order_by(_table.c.created_at, _table.c.id))
_LIST_OPERATORS = sql(select(_table).where(_table.c.tenant_id.is_(None)).order_by(_table.c.created_at, _table.c.id))
_ANY_PASSWORD = sql(select(exists(select(_table.c.id).where(_table.c.password_hash.is_not(None)))))
_COUNT_ADMINS = sql(
    select(func.count()).where(*where(_table, "tenant_id", "role"), _table.c.disabled_at.is_(None))
)  # fmt: skip
_UPDATE = sql(
    update(_table)
    .values(
        role=bindparam("new_role"),
        disabled_at=bindparam("new_disabled_at"),
        password_hash=bindparam("new_password_hash"),
        issuer=bindparam("new_issuer"),
        subject=bindparam("new_subject"),
    )
    .where(*where(_table, "id"))
)
_DELETE = sql(delete(_table).where(*where(_table, "id")))
_END_SESSIONS = sql(
    delete(_sessions)
    .where(*where(_sessions, "account_id"), _sessions.c.hash != bindparam("but"))
    .returning(_sessions.c.hash)
)
_SELECT_SESSIONS = sql(select(_sessions.c.hash).where(*where(_sessions, "account_id")))
_CLOSE_LINKS = sql(
    update(_links)
    .values(ends_at=bindparam("now"))
    .where(
        _links.c.used_at.is_(None),
        _links.c.ends_at > bindparam("now"),
        or_(*where(_links, "account_id"), *where(_links, "email")),
    )
)
_DETACH_LINKS = sql(update(_links).values(account_id=null()).where(*where(_links, "account_id")))


class Account(Struct, frozen=True):
    """Somebody who runs a tenant; without one, the server. `disabled_at`: since when (epoch ms) they may not."""

    id: str
    tenant_id: str | None
    role: StaffRole
    name: str
    email: str | None
    password_hash: str | None
    issuer: str | None
    subject: str | None
    created_at: int
    disabled_at: int | None

    @property
    def is_enabled(self) -> bool:
        """They may sign in."""
        return self.disabled_at is None


def normalize_email(text: str) -> str | None:
    """The one form in which an address is compared and stored; None for what is no address."""
    email = unicodedata.normalize("NFC", text.strip().lower())
    name, at, host = email.rpartition("@")
    if not (name and at and host) or len(email) > EMAIL_MAX or not email.isprintable() or " " in email:
        return None
    return email


def create(
    transaction: Transaction, tenant_id: str | None, role: StaffRole, name: str, email: str | None, now: int
) -> Account:
    """Make an account; its e-mail must not be another's."""
    made = Account(f"a{secrets.token_urlsafe(9)}", tenant_id, role, name, email, None, None, None, now, None)
    transaction.run(_INSERT, {name: getattr(made, name) for name in Account.__struct_fields__})
    return made


def find(reader: Reader, account_id: str) -> Account:
    """The account by this id; raises NotFound."""
    if (row := reader.one(_SELECT, {"id": account_id})) is None:
        raise NotFound
    return Account(*row)


def find_by_email(reader: Reader, email: str | None) -> Account | None:
    """Whose address this is, in its normal form; None: nobody's."""
    row = None if email is None else reader.one(_SELECT_BY_EMAIL, {"email": email})
    return None if row is None else Account(*row)


def find_by_subject(reader: Reader, issuer: str, subject: str) -> Account | None:
    """Whom an OpenID provider knows by this name."""
    row = reader.one(_SELECT_BY_SUBJECT, {"issuer": issuer, "subject": subject})
    return None if row is None else Account(*row)


def list_of(reader: Reader, tenant_id: str | None) -> list[Account]:
    """The accounts of a tenant, or of those who run the server (None), oldest first."""
    statement = _LIST_OPERATORS if tenant_id is None else _LIST
    return [Account(*row) for row in reader.all(statement, {"tenant_id": tenant_id})]


def count_admins(reader: Reader, tenant_id: str) -> int:
    """How many admins a tenant has who may sign in."""
    row = reader.one(_COUNT_ADMINS, {"tenant_id": tenant_id, "role": "admin"})
    return 0 if row is None else row[0]


def is_any_password_set(reader: Reader) -> bool:
    """Whether anybody at all signs in by password."""
    row = reader.one(_ANY_PASSWORD, {})
    return row is not None and bool(row[0])


def store(transaction: Transaction, account: Account, now: int) -> None:
    """Store what may change of an account: its role, its ways in, whether it is disabled, which ends its sessions.

    A higher role ends them as well, and the links to it: who stood above it till now may have them, and would go on in
    its name. By a lower one they end at the tenants only, to be begun anew with what may be seen now.
    """
    before = find(transaction, account.id)
    changed = {
        "id": account.id, "new_role": account.role, "new_disabled_at": account.disabled_at,
        "new_password_hash": account.password_hash, "new_issuer": account.issuer, "new_subject": account.subject,
    }  # fmt: skip
    transaction.run(_UPDATE, changed)
    rise = RANK[account.role] - RANK[before.role]
    if rise > 0:
        _close_links(transaction, account, now)
    if rise > 0 or not account.is_enabled:
        end_sessions(transaction, account.id, now)
    elif rise < 0:
        for (hash_,) in transaction.all(_SELECT_SESSIONS, {"account_id": account.id}):
            people.end_session_everywhere(transaction, hash_, now)


def end_sessions(transaction: Transaction, account_id: str, now: int, but: str = "") -> None:
    """Sign somebody out everywhere `but` in the session with this hash."""
    for (hash_,) in transaction.all(_END_SESSIONS, {"account_id": account_id, "but": but}):
        people.end_session_everywhere(transaction, hash_, now)


def remove(transaction: Transaction, account_id: str, now: int) -> None:
    """Delete an account, and with it its sessions; the links to it or to its address let nobody in any more.

    They are remembered without it, as long as others: whoever uses one all the same is written down.
    """
    _close_links(transaction, find(transaction, account_id), now)
    transaction.run(_DETACH_LINKS, {"account_id": account_id})
    end_sessions(transaction, account_id, now)
    transaction.run(_DELETE, {"id": account_id})


def _close_links(transaction: Transaction, account: Account, now: int) -> None:
    """Let nobody in any more by a link to an account, or to its address."""
    transaction.run(_CLOSE_LINKS, {"account_id": account.id, "email": account.email, "now": now})
