"""One person's data: given to them under another name, given out, and erased.

What a person wrote stands in the histories of rooms, too. Where it changes hands or goes, those begin anew: everybody
takes a fresh snapshot, in which it is as it is now.
"""

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    update,
)

from collabchat.core.events import encode_text, iso_date
from collabchat.core.model import ANONYMOUS, SIMPLE, Actor, Tenant
from collabchat.storage import audiences, people, rights, tables
from collabchat.storage.rows import read_comment, read_conversation
from collabchat.storage.showing import count, note_count
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Transaction

ERASED_ID = "anon:erased"
ERASED_NAME = "Deleted user"

_comments = tables.comment
_chats = tables.conversation
_users = tables.user
_sessions = tables.session
_by_author = where(_comments, "tenant_id")[0], _comments.c.author_id == bindparam("user_id")
_by_creator = where(_chats, "tenant_id")[0], _chats.c.created_by_id == bindparam("user_id")

_SELECT_COMMENTS = sql(select(_comments).where(*_by_author).order_by(_comments.c.created_at))
_SELECT_CHATS = sql(select(_chats).where(*_by_creator).order_by(_chats.c.created_at))
_SELECT_CHATS_OF_THREADS = sql(
    select(_chats).where(
        *where(_chats, "tenant_id"),
        _chats.c.thread.in_(select(_comments.c.thread).where(*_by_author))
        | (_chats.c.created_by_id == bindparam("user_id")),
    )
)
_SELECT_USER = sql(select(_users).where(*where(_users, "tenant_id", "id")))
_SELECT_SESSIONS = sql(
    select(_sessions.c.created_at, _sessions.c.expires_at)
    .where(*where(_sessions, "tenant_id", "user_id"))
    .order_by(_sessions.c.created_at)
)
_SELECT_READING = sql(
    select(tables.reading.c.thread, tables.reading.c.read_at)
    .where(*where(tables.reading, "tenant_id", "user_id"))
    .order_by(tables.reading.c.thread)
)
_SELECT_BANS = sql(
    select(tables.ban.c.reason, tables.ban.c.created_at, tables.ban.c.until)
    .where(*where(tables.ban, "tenant_id", "user_id"))
    .order_by(tables.ban.c.created_at)
)
_GIVE_COMMENTS = sql(
    update(_comments)
    .values(
        author_id=bindparam("id"),
        author_name=bindparam("name"),
        author_avatar_src=bindparam("avatar_src"),
        is_by_guest=bindparam("is_guest"),
    )
    .where(*_by_author)
)
_GIVE_CHATS = sql(
    update(_chats)
    .values(
        created_by_id=bindparam("id"), created_by_name=bindparam("name"), created_by_avatar_src=bindparam("avatar_src")
    )
    .where(*_by_creator)
)
_GIVE_MORE = (
    "UPDATE OR IGNORE reading SET user_id = :id WHERE tenant_id = :tenant_id AND user_id = :user_id",
    "UPDATE OR IGNORE operation SET actor_id = :id WHERE tenant_id = :tenant_id AND actor_id = :user_id",
)
_FORGET_PARENTS = sql(
    update(_comments)
    .values(parent_id=null())
    .where(*where(_comments, "tenant_id"), _comments.c.parent_id.in_(select(_comments.c.id).where(*_by_author)))
)
_DELETE_COMMENTS = sql(delete(_comments).where(*_by_author))
_held = tables.held_room
_SELECT_HELD = sql(select(_held.c.room, _held.c.page).where(*where(_held, "tenant_id", "user_id")))
_GIVE_HELD = "UPDATE OR IGNORE held_room SET user_id = :id WHERE tenant_id = :tenant_id AND user_id = :user_id"
_GIVE_FLAGS = "UPDATE OR IGNORE flag SET user_id = :id WHERE tenant_id = :tenant_id AND user_id = :user_id"
_MOVE_CHATS = sql(update(_chats).values(room=bindparam("to")).where(*where(_chats, "tenant_id", "room")))
_DELETE_HELD = sql(delete(_held).where(*where(_held, "tenant_id", "user_id")))
_flags = tables.flag
_SELECT_FLAGS = sql(
    select(_flags.c.comment_id, _flags.c.created_at)
    .where(*where(_flags, "tenant_id", "user_id"))
    .order_by(_flags.c.created_at, _flags.c.comment_id)
)
_DELETE_FLAGS = sql(delete(_flags).where(*where(_flags, "tenant_id", "user_id")))
_COUNT_LESS = (
    "UPDATE comment SET flag_count = flag_count - 1 WHERE tenant_id = :tenant_id AND flag_count > 0 AND EXISTS (SELECT "
    "1 FROM flag WHERE flag.tenant_id = :tenant_id AND flag.user_id = :user_id AND flag.comment_id = comment.id "
    "AND flag.created_at > coalesce(comment.reviewed_at, 0))"
)
_ANY_LEFT = sql(
    select(func.count())
    .select_from(_comments)
    .where(*where(_comments, "tenant_id", "thread"), _comments.c.deleted_at.is_(None))
)
_END_CHAT = sql(update(_chats).values(deleted_at=bindparam("now")).where(*where(_chats, "tenant_id", "id")))
_DELETE_CHAT = sql(delete(_chats).where(*where(_chats, "tenant_id", "id")))
_by_resolver = where(_chats, "tenant_id")[0], _chats.c.resolved_by_id == bindparam("user_id")
_SELECT_RESOLVED = sql(select(_chats.c.room).distinct().where(*_by_resolver))
_RESOLVED_BY_ANOTHER = sql(
    update(_chats).values(resolved_by=bindparam("name"), resolved_by_id=bindparam("id")).where(*_by_resolver)
)


def _holds(column: Column[bytes]) -> ColumnElement[bool]:
    """The condition that a blob holds the bytes `:needle`."""
    return func.instr(column, cast(bindparam("needle"), LargeBinary)) > literal_column("0")


_SELECT_ROOMS_NAMING = sql(
    select(tables.event.c.url_id).distinct().where(*where(tables.event, "tenant_id"), _holds(tables.event.c.body))
)
_SELECT_OUTCOMES_NAMING = sql(
    select(tables.operation.c.actor_id, tables.operation.c.broadcast_id).where(
        *where(tables.operation, "tenant_id"), _holds(tables.operation.c.outcome)
    )
)
_DELETE_OUTCOME = sql(delete(tables.operation).where(*where(tables.operation, "tenant_id", "actor_id", "broadcast_id")))
_DELETE_OUTCOMES = sql(delete(tables.operation).where(*where(tables.operation, "tenant_id", "actor_id")))
_DELETE_READING = sql(delete(tables.reading).where(*where(tables.reading, "tenant_id", "user_id")))
_DELETE_USER = sql(delete(_users).where(*where(_users, "tenant_id", "id")))


_BLANK_USER = sql(
    update(_users)
    .values(
        name=bindparam("name"), avatar_src=null(), email=null(), groups=null(), role=bindparam("role"),
        told_at=bindparam("now"), created_at=bindparam("now"),
    )
    .where(*where(_users, "tenant_id", "id"))
)  # fmt: skip


class Traces(Struct, frozen=True):
    """Where a person is named beside what they wrote: rooms whose log does, outcomes (actor, broadcastId)."""

    rooms: frozenset[str]
    outcomes: tuple[tuple[str, str], ...]


class Erased(Struct, frozen=True):
    """What went: comments, and conversations in which nothing was left."""

    comments: int
    conversations: int


def export(reader: Reader, tenant: Tenant, user_id: str) -> dict[str, object]:
    """All that is stored of a person, as JSON can hold it; times are ISO 8601."""
    key = {"tenant_id": tenant.id, "user_id": user_id}
    user = reader.one(_SELECT_USER, {"tenant_id": tenant.id, "id": user_id})
    comments = [read_comment(row) for row in reader.all(_SELECT_COMMENTS, key)]
    chats = [read_conversation(row) for row in reader.all(_SELECT_CHATS, key)]
    return {
        "tenantId": tenant.id,
        "userId": user_id,
        "profile": None if user is None else {
            "name": user[2], "avatarSrc": user[3], "email": user[4], "isGuest": bool(user[5]), "role": user[6],
            "groupIds": None if user[7] is None else msgspec.json.decode(user[7]), "knownSince": iso_date(user[9]),
        },
        "sessions": [
            {"createdAt": iso_date(created), "expiresAt": iso_date(expires)}
            for created, expires in reader.all(_SELECT_SESSIONS, key)
        ],
        "comments": [
            {
                "id": it.id, "thread": it.thread, "comment": it.text, "url": it.url, "pageTitle": it.page_title,
                "createdAt": iso_date(it.created_at),
                "editedAt": None if it.edited_at is None else iso_date(it.edited_at),
                "deletedAt": None if it.deleted_at is None else iso_date(it.deleted_at),
                "fromKnownAddress": it.address_hash is not None,
                "state": it.state,
            }
            for it in comments
        ],
        "conversations": [
            {
                "id": it.id, "page": it.page, "pageTitle": it.page_title, "anchor": it.anchor,
                "createdAt": iso_date(it.created_at), "isDeleted": it.deleted_at is not None,
            }
            for it in chats
        ],
        "flagged": [
            {"comment": comment_id, "flaggedAt": iso_date(at)} for comment_id, at in reader.all(_SELECT_FLAGS, key)
        ],
        "read": [{"thread": thread, "readAt": iso_date(at)} for thread, at in reader.all(_SELECT_READING, key)],
        "bans": [
            {"reason": reason, "createdAt": iso_date(created), "until": None if until is None else iso_date(until)}
            for reason, created, until in reader.all(_SELECT_BANS, key)
        ],
    }  # fmt: skip


def claim(transaction: Transaction, tenant: Tenant, guest_id: str, actor: Actor, now: int) -> None:
    """Give a person what they wrote as a guest before they signed in; the guest is no more."""
    key = {"tenant_id": tenant.id, "user_id": guest_id}
    rooms = _rooms(transaction, key)
    new = {**key, "id": actor.id, "name": actor.name, "avatar_src": actor.avatar_src, "is_guest": actor.is_guest}
    transaction.run(_GIVE_COMMENTS, new)
    transaction.run(_GIVE_CHATS, new)
    transaction.run(_RESOLVED_BY_ANOTHER, new)
    for statement in (*_GIVE_MORE, _GIVE_HELD, _GIVE_FLAGS):
        transaction.run(statement, new)
    for room, page in transaction.all(_SELECT_HELD, key):
        # They had one there under both names.
        own = audiences.held_room(transaction, tenant, page, actor.id)
        transaction.run(_MOVE_CHATS, {"tenant_id": tenant.id, "room": room, "to": own})
        rooms.add(own or room)
    for statement in (_DELETE_HELD, _COUNT_LESS, _DELETE_FLAGS):
        transaction.run(statement, key)
    rights.note(transaction, tenant.id, "held", actor.id, now)
    transaction.run(_DELETE_READING, key)
    transaction.run(_DELETE_USER, {"tenant_id": tenant.id, "id": guest_id})
    people.end_all_sessions(transaction, tenant.id, guest_id, now)
    for room in rooms:
        transaction.begin_anew(tenant, room)


def find_traces(reader: Reader, tenant: Tenant, user_id: str) -> Traces:
    """Look through a tenant's logs and outcomes for a person; takes its time, so it is no part of a change."""
    key = {"tenant_id": tenant.id, "needle": encode_text(user_id)}
    rooms = frozenset(row[0] for row in reader.all(_SELECT_ROOMS_NAMING, key))
    return Traces(rooms, tuple((row[0], row[1]) for row in reader.all(_SELECT_OUTCOMES_NAMING, key)))


def erase(transaction: Transaction, tenant: Tenant, user_id: str, traces: Traces, now: int) -> Erased:
    """Erase what a person wrote and all that is known of them; a ban of them stays, as their id only.

    `traces` are to be found after their sessions have ended. Of somebody whom the site vouches for, the id and the time
    stay until no payload of before is good any more: none of these may give back the role and groups that it names.
    """
    key = {"tenant_id": tenant.id, "user_id": user_id}
    chats = [read_conversation(row) for row in transaction.all(_SELECT_CHATS_OF_THREADS, key)]
    rooms = _rooms(transaction, key) | traces.rooms
    transaction.run(_RESOLVED_BY_ANOTHER, {**key, "id": None, "name": None})
    transaction.run(_FORGET_PARENTS, key)
    comments = transaction.run(_DELETE_COMMENTS, key)
    conversations = 0
    for chat in chats:
        left, last_at = count(transaction, tenant, chat.thread)
        chat_key = {"tenant_id": tenant.id, "id": chat.id}
        if transaction.one(_ANY_LEFT, {"tenant_id": tenant.id, "thread": chat.thread}) == (0,):
            conversations += transaction.run(_DELETE_CHAT, chat_key)
        elif left == 0:
            # What others wrote there waits, or was hidden.
            transaction.run(_END_CHAT, {**chat_key, "now": now})
        else:
            note_count(transaction, tenant, chat.id, left, last_at)
    transaction.run(_GIVE_CHATS, {**key, "id": ERASED_ID, "name": ERASED_NAME, "avatar_src": None})
    transaction.run(_DELETE_OUTCOMES, {"tenant_id": tenant.id, "actor_id": user_id})
    for actor_id, broadcast_id in traces.outcomes:
        transaction.run(_DELETE_OUTCOME, {"tenant_id": tenant.id, "actor_id": actor_id, "broadcast_id": broadcast_id})
    for statement in (_DELETE_READING, _DELETE_HELD, _COUNT_LESS, _DELETE_FLAGS):
        transaction.run(statement, key)
    row = {"tenant_id": tenant.id, "id": user_id}
    if user_id.startswith((ANONYMOUS, SIMPLE)):
        transaction.run(_DELETE_USER, row)
    else:
        transaction.run(_BLANK_USER, {**row, "name": people.ERASED, "role": "commenter", "now": now})
    people.end_all_sessions(transaction, tenant.id, user_id, now)
    rights.note(transaction, tenant.id, "erased", user_id, now)
    for room in sorted(rooms):
        transaction.begin_anew(tenant, room)
    return Erased(comments, conversations)


def _rooms(reader: Reader, key: dict[str, str]) -> set[str]:
    """The rooms in which a person wrote, or began a conversation, and their own."""
    rooms = {row[2] for row in reader.all(_SELECT_COMMENTS, key)}
    rooms |= {row[0] for row in reader.all(_SELECT_HELD, key)}
    for row in reader.all(_SELECT_CHATS_OF_THREADS, key):
        chat = read_conversation(row)
        rooms |= {chat.room, chat.thread}
    return rooms | {row[0] for row in reader.all(_SELECT_RESOLVED, key)}
