"""People and their sessions, per tenant."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Actor, Person, Tenant
from collabchat.storage import tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

_users = tables.user
_sessions = tables.session
_insert = insert(_users)
_UPSERT = sql(
    _insert.on_conflict_do_update(
        index_elements=["tenant_id", "id"],
        set_={
            name: _insert.excluded[name]
            for name in ("name", "avatar_src", "email", "is_guest", "is_moderator", "is_admin")
        },
    )
)
_SELECT_SINCE = sql(select(_users.c.created_at).where(*where(_users, "tenant_id", "id")))
_INSERT_SESSION = insert_row(_sessions)
_DELETE_SESSION = sql(delete(_sessions).where(*where(_sessions, "tenant_id", "id")))
_SELECT_SESSION = sql(
    select(
        _sessions.c.expires_at, _users.c.id, _users.c.name, _users.c.avatar_src, _users.c.is_guest,
        _users.c.is_moderator, _users.c.is_admin,
    )
    .join(_users, (_users.c.tenant_id == _sessions.c.tenant_id) & (_users.c.id == _sessions.c.user_id))
    .where(*where(_sessions, "tenant_id", "id"))
)  # fmt: skip
_SELECT_PERSON = sql(select(_users.c.id, _users.c.name, _users.c.avatar_src).where(*where(_users, "tenant_id", "id")))
_SELECT_WRITERS = sql(
    select(tables.comment.c.author_id)
    .distinct()
    .outerjoin(
        tables.conversation,
        (tables.conversation.c.tenant_id == tables.comment.c.tenant_id)
        & (tables.conversation.c.thread == tables.comment.c.thread),
    )
    .where(
        *where(tables.comment, "tenant_id"),
        tables.comment.c.deleted_at.is_(None),
        where(tables.conversation, "page")[0] | where(tables.comment, "thread")[0],
    )
)


class Session(Struct, frozen=True):
    """Who holds a session, and until when (epoch ms)."""

    actor: Actor
    expires_at: int


def store_user(transaction: Transaction, actor: Actor, email: str | None, now: int) -> None:
    """Insert a person, or renew what is known of them."""
    transaction.run(
        _UPSERT,
        {
            "tenant_id": actor.tenant_id, "id": actor.id, "name": actor.name, "avatar_src": actor.avatar_src,
            "email": email, "is_guest": actor.is_guest, "is_moderator": actor.is_moderator, "is_admin": actor.is_admin,
            "created_at": now,
        },
    )  # fmt: skip


def store_session(transaction: Transaction, session: Session, now: int) -> None:
    """Begin a session of a stored user."""
    actor = session.actor
    transaction.run(
        _INSERT_SESSION,
        {
            "tenant_id": actor.tenant_id, "id": actor.session_id, "user_id": actor.id, "created_at": now,
            "expires_at": session.expires_at,
        },
    )  # fmt: skip


def find_session(reader: Reader, tenant_id: str, session_id: str) -> Session | None:
    """The session by this id, ended or not."""
    row = reader.one(_SELECT_SESSION, {"tenant_id": tenant_id, "id": session_id})
    if row is None:
        return None
    expires_at, id_, name, avatar_src, is_guest, is_moderator, is_admin = row
    actor = Actor(
        tenant_id, id_, session_id, name, avatar_src, bool(is_guest), bool(is_moderator), bool(is_admin)
    )  # fmt: skip
    return Session(actor, expires_at)


def end_session(transaction: Transaction, actor: Actor) -> None:
    """Sign out: the session is gone at once."""
    transaction.run(_DELETE_SESSION, {"tenant_id": actor.tenant_id, "id": actor.session_id})


def known_since(reader: Reader, actor: Actor) -> int | None:
    """When this person was first seen (epoch ms), or None."""
    row = reader.one(_SELECT_SINCE, {"tenant_id": actor.tenant_id, "id": actor.id})
    return None if row is None else row[0]


def list_people(reader: Reader, tenant: Tenant, ids: Sequence[str]) -> list[Person]:
    """The people by these ids, as far as they are known."""
    rows = (reader.one(_SELECT_PERSON, {"tenant_id": tenant.id, "id": id_}) for id_ in ids)
    return [Person(*row) for row in rows if row is not None]


def list_writers(reader: Reader, tenant: Tenant, url_id: str) -> list[Person]:
    """Everybody who wrote on a page, or in a thread."""
    rows = reader.all(_SELECT_WRITERS, {"tenant_id": tenant.id, "page": url_id, "thread": url_id})
    return list_people(reader, tenant, [row[0] for row in rows])
