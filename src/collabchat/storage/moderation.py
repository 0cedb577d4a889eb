"""Moderation: what becomes of a comment, and the staff room, where moderators hear that something did."""

import secrets

from sqlalchemy import bindparam, select, update

from collabchat.core.events import Parts, QueuedComment
from collabchat.core.model import STAFF, Comment, Tenant
from collabchat.storage import audit, tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Transaction, Write

_rooms = tables.staff_room
_SELECT_ROOM = sql(select(_rooms.c.room).where(*where(_rooms, "tenant_id")))
_INSERT_ROOM = insert_row(_rooms)
_comments = tables.comment
_CHANGED = ("text", "html", "edited_at", "deleted_at", "state", "held_because", "flag_count", "reviewed_at", "shown_at")
_STORE = sql(
    update(_comments)
    .values({name: bindparam(name) for name in _CHANGED})
    .where(_comments.c.tenant_id == bindparam("of_tenant"), _comments.c.id == bindparam("of_id"))
)


def staff_room(transaction: Transaction, tenant: Tenant) -> str:
    """The room of a tenant's moderators, made when it is first asked for."""
    if (found := transaction.one(_SELECT_ROOM, {"tenant_id": tenant.id})) is not None:
        return str(found[0])
    # Not to be guessed: nobody waits in it before it is theirs alone.
    room = f"{STAFF}{secrets.token_hex(12)}"
    transaction.run(_INSERT_ROOM, {"tenant_id": tenant.id, "room": room})
    return room


def tell_staff(write: Write, comment: Comment) -> None:
    """Tell the moderators that something became of a comment; what it says they read elsewhere."""
    state = "deleted" if comment.deleted_at is not None else comment.state
    room = staff_room(write.transaction, write.tenant)
    write.tell(room, "updated-comment", lambda _at: Parts(comment=QueuedComment(comment.id, state)))


def is_intervention(write: Write, owner_id: str) -> bool:
    """Whether a moderator does something to what somebody else wrote."""
    return write.actor.is_moderator and write.actor.id != owner_id


def note_intervention(write: Write, owner_id: str, act: str, resource: str, subject: str) -> bool:
    """Write down what a moderator does on a page to what somebody else wrote; whether it is that."""
    if not is_intervention(write, owner_id):
        return False
    audit.note(write.transaction, write.tenant.id, write.actor, "ui", act, resource, subject, write.now)
    return True


def store(write: Write, comment: Comment) -> None:
    """Store a comment as it is now."""
    row = {name: getattr(comment, name) for name in _CHANGED}
    write.transaction.run(_STORE, {**row, "of_tenant": write.tenant.id, "of_id": comment.id})
