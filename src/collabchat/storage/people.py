"""People and their sessions, per tenant."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, literal_column, select, union
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Actor, Groups, Person, Tenant
from collabchat.errors import ExpiredSso
from collabchat.storage import rights, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

ERASED_KEPT_MS = 3 * 24 * 3_600_000
ERASED = ""
"""The name of somebody whose site vouches for them, and who was erased."""

_users = tables.user
_sessions = tables.session
_insert = insert(_users)
_COLUMNS = ("name", "avatar_src", "email", "is_guest", "role", "groups", "told_at")
_UPSERT = sql(
    _insert.on_conflict_do_update(
        index_elements=["tenant_id", "id"], set_={name: _insert.excluded[name] for name in _COLUMNS}
    )
)
_SELECT_USER = sql(
    select(
        _users.c.name,
        _users.c.avatar_src,
        _users.c.email,
        _users.c.is_guest,
        _users.c.role,
        _users.c.groups,
        _users.c.told_at,
    ).where(*where(_users, "tenant_id", "id"))
)
_PRUNE = sql(
    delete(_users).where(
        _users.c.name == bindparam("name"),
        _users.c.is_guest == literal_column("0"),
        _users.c.told_at < bindparam("before"),
    )
)
_SELECT_SINCE = sql(select(_users.c.created_at).where(*where(_users, "tenant_id", "id")))
_INSERT_SESSION = insert_row(_sessions)
_DELETE_SESSION = sql(delete(_sessions).where(*where(_sessions, "tenant_id", "id")))
_DELETE_SESSIONS = sql(delete(_sessions).where(*where(_sessions, "tenant_id", "user_id")))
_SELECT_SESSION = sql(
    select(
        _sessions.c.expires_at, _sessions.c.key_id, _users.c.id, _users.c.name, _users.c.avatar_src, _users.c.is_guest,
        _users.c.role, _users.c.groups,
    )
    .join(_users, (_users.c.tenant_id == _sessions.c.tenant_id) & (_users.c.id == _sessions.c.user_id))
    .where(*where(_sessions, "tenant_id", "id"))
)  # fmt: skip
_END_EVERYWHERE = sql(delete(_sessions).where(_sessions.c.id == bindparam("id")).returning(_sessions.c.tenant_id))
_SELECT_PERSON = sql(select(_users.c.id, _users.c.name, _users.c.avatar_src).where(*where(_users, "tenant_id", "id")))
_chats, _comments = tables.conversation, tables.comment
_visible = (_comments.c.deleted_at.is_(None), _comments.c.state == literal_column("'shown'"))
_in_thread = select(_comments.c.author_id).where(*where(_comments, "tenant_id", "thread"), *_visible)
_on_page = (
    select(_comments.c.author_id)
    .join(_chats, (_chats.c.tenant_id == _comments.c.tenant_id) & (_chats.c.thread == _comments.c.thread))
    .where(*where(_chats, "tenant_id", "page", "room"), *_visible)
)
_writers = union(_in_thread, _on_page).subquery()
_SELECT_WRITERS = sql(
    select(_users.c.id, _users.c.name, _users.c.avatar_src)
    .join(_writers, _writers.c.author_id == _users.c.id)
    .where(*where(_users, "tenant_id"))
)


class Session(Struct, frozen=True):
    """Who holds a session, until when (epoch ms), and the API key that proved them, if one did."""

    actor: Actor
    expires_at: int
    key_id: str | None = None


class Introduction(Struct, frozen=True):
    """What a sign-in says of a person, and when it was said (epoch ms).

    What `untold` names is not said, so that what is known of it stays.
    """

    actor: Actor
    told_at: int
    email: str | None = None
    untold: frozenset[Literal["avatar_src", "email", "groups"]] = frozenset()


def renew(transaction: Transaction, introduction: Introduction, now: int) -> Actor:
    """Note what is said of a person, and return them as they are known now.

    Whoever gets another role or other groups is looked at again wherever they watch. What was said before the last
    word changes nothing: an old payload, good for two days, does not give back what was taken since.
    """
    actor, email = introduction.actor, introduction.email
    row = transaction.one(_SELECT_USER, {"tenant_id": actor.tenant_id, "id": actor.id})
    if row is not None:
        name, avatar_src, known_email, is_guest, role, encoded, told_at = row
        groups = _decode(encoded)
        if introduction.told_at < told_at and name == ERASED:
            raise ExpiredSso("This person's data was erased since: make a new payload.")
        if introduction.told_at < told_at:
            return replace(actor, name=name, avatar_src=avatar_src, is_guest=bool(is_guest), role=role, groups=groups)
        known = {"avatar_src": avatar_src, "email": known_email, "groups": groups}
        kept = {field: known[field] for field in introduction.untold}
        email = kept.pop("email", email)
        actor = replace(actor, **kept)
        if (role, groups) != (actor.role, actor.groups):
            rights.note(transaction, actor.tenant_id, "person", actor.id, now)
    transaction.run(
        _UPSERT,
        {
            "tenant_id": actor.tenant_id, "id": actor.id, "name": actor.name, "avatar_src": actor.avatar_src,
            "email": email, "is_guest": actor.is_guest, "role": actor.role, "groups": _encode(actor.groups),
            "told_at": introduction.told_at, "created_at": now,
        },
    )  # fmt: skip
    return actor


def store_session(transaction: Transaction, session: Session, now: int) -> None:
    """Begin a session of a stored user."""
    actor = session.actor
    transaction.run(
        _INSERT_SESSION,
        {
            "tenant_id": actor.tenant_id, "id": actor.session_id, "user_id": actor.id, "key_id": session.key_id,
            "created_at": now, "expires_at": session.expires_at,
        },
    )  # fmt: skip


def find_session(reader: Reader, tenant_id: str, session_id: str) -> Session | None:
    """The session by this id, ended or not."""
    row = reader.one(_SELECT_SESSION, {"tenant_id": tenant_id, "id": session_id})
    if row is None:
        return None
    expires_at, key_id, id_, name, avatar_src, is_guest, role, groups = row
    actor = Actor(tenant_id, id_, session_id, name, avatar_src, bool(is_guest), role, _decode(groups), until=expires_at)
    return Session(actor, expires_at, key_id)


def find(reader: Reader, tenant_id: str, user_id: str) -> Actor | None:
    """The person by this id, as far as they are known; they have no session here."""
    row = reader.one(_SELECT_USER, {"tenant_id": tenant_id, "id": user_id})
    if row is None:
        return None
    name, avatar_src, _email, is_guest, role, groups, _told_at = row
    return Actor(tenant_id, user_id, "", name, avatar_src, bool(is_guest), role, _decode(groups))


def prune(transaction: Transaction, now: int) -> None:
    """Forget the erased altogether, once no payload of before is good any more."""
    transaction.run(_PRUNE, {"name": ERASED, "before": now - ERASED_KEPT_MS})


def end_session(transaction: Transaction, actor: Actor, now: int) -> None:
    """Sign out: the session is gone at once."""
    transaction.run(_DELETE_SESSION, {"tenant_id": actor.tenant_id, "id": actor.session_id})
    rights.note(transaction, actor.tenant_id, "session", actor.session_id, now)


def end_all_sessions(transaction: Transaction, tenant_id: str, user_id: str, now: int) -> None:
    """Sign a person out everywhere."""
    transaction.run(_DELETE_SESSIONS, {"tenant_id": tenant_id, "user_id": user_id})
    rights.note(transaction, tenant_id, "person", user_id, now)


def end_session_everywhere(transaction: Transaction, session_id: str, now: int) -> None:
    """End what somebody who runs several tenants has at each of them under this name."""
    for (tenant_id,) in transaction.all(_END_EVERYWHERE, {"id": session_id}):
        rights.note(transaction, tenant_id, "session", session_id, now)


def known_since(reader: Reader, actor: Actor) -> int | None:
    """When this person was first seen (epoch ms), or None."""
    row = reader.one(_SELECT_SINCE, {"tenant_id": actor.tenant_id, "id": actor.id})
    return None if row is None else row[0]


def list_people(reader: Reader, tenant: Tenant, ids: Sequence[str]) -> list[Person]:
    """The people by these ids, as far as they are known."""
    rows = (reader.one(_SELECT_PERSON, {"tenant_id": tenant.id, "id": id_}) for id_ in ids)
    return [Person(*row) for row in rows if row is not None]


def list_writers(reader: Reader, tenant: Tenant, room: str) -> list[Person]:
    """Everybody who wrote in a page's room, a circle's or a thread."""
    rows = reader.all(_SELECT_WRITERS, {"tenant_id": tenant.id, "page": room, "room": room, "thread": room})
    return [Person(*row) for row in rows]


def _encode(groups: Groups | None) -> str | None:
    return None if groups is None else msgspec.json.encode(groups).decode()


def _decode(groups: str | None) -> Groups | None:
    return None if groups is None else msgspec.json.decode(groups, type=tuple[str, ...])
