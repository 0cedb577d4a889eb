"""What moderators make of comments and conversations, and what readers report: done, told and written down in one go.

What a verdict makes of a comment says `core.moderation`; a verdict that changes nothing is told to nobody. So of two
moderators who decide at once both are answered what is true now.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.events import Chat, Parts
from collabchat.core.model import Comment, Conversation
from collabchat.core.moderation import Action, decide
from collabchat.core.permissions import may_see, require_may_delete
from collabchat.errors import Forbidden, InvalidInput, NotFound
from collabchat.storage import audiences, audit, conversations, moderation, showing, tables
from collabchat.storage.audit import Via
from collabchat.storage.comments import find_visible, require_unlocked
from collabchat.storage.conversations import Changes
from collabchat.storage.queue import Position
from collabchat.storage.rows import conversation_of_thread, find_comment, find_conversation, read_comment
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Write

ChatAction = Literal["lock", "unlock", "pin", "unpin", "resolve", "reopen", "delete", "restore"]

BEGINNING: Position = (-1, "")
"""Where to begin with the comments of a person."""

STEP_COMMENTS = 100
"""So many comments of one person are taken away in one transaction."""

_comments, _chats, _flags = tables.comment, tables.conversation, tables.flag
_SELECT_BY = sql(
    select(_comments)
    .where(
        *where(_comments, "tenant_id", "author_id"),
        _comments.c.deleted_at.is_(None),
        (_comments.c.created_at > bindparam("after"))
        | ((_comments.c.created_at == bindparam("after")) & (_comments.c.id > bindparam("after_id"))),
    )
    .order_by(_comments.c.created_at, _comments.c.id)
    .limit(literal_column(str(STEP_COMMENTS)))
    .offset(literal_column("0"))
)
_MARK = sql(
    update(_chats)
    .values(locked_at=bindparam("locked_at"), pinned_at=bindparam("pinned_at"))
    .where(*where(_chats, "tenant_id", "id"))
)
_RESTORE = sql(
    update(_comments)
    .values(deleted_at=literal_column("NULL"))
    .where(*where(_comments, "tenant_id", "thread", "deleted_at"))
)
_FLAG = sql(insert(_flags).on_conflict_do_nothing())
_UNFLAG = sql(delete(_flags).where(*where(_flags, "tenant_id", "comment_id", "user_id")))
_COUNT_FLAGS = sql(
    select(func.count())
    .select_from(_flags)
    .where(*where(_flags, "tenant_id", "comment_id"), _flags.c.created_at > bindparam("since"))
)


class Ruled(Struct, frozen=True):
    """A conversation as a verdict leaves it, and whether that changed anything."""

    conversation: Conversation
    is_changed: bool


def judge(write: Write, via: Via, comment_id: str, action: Action) -> Comment:
    """Do something with a comment; raises NotFound, Forbidden or Locked."""
    before = find_comment(write.transaction, write.tenant, comment_id)
    audiences.require_visible(write.transaction, write.tenant, write.actor, before.thread)
    if action in {"delete", "restore"}:
        require_may_delete(write.tenant.rules, write.actor, before.author.id, "this comment")
        require_unlocked(conversation_of_thread(write.transaction, write.tenant, before.thread))
    return _apply(write, via, before, action)


def remove_all_of(write: Write, via: Via, user_id: str, after: Position) -> Position | None:
    """Delete some of what a person wrote and the actor may see, also where it is locked; returns where to go on."""
    transaction, tenant = write.transaction, write.tenant
    key = {"tenant_id": tenant.id, "author_id": user_id, "after": after[0], "after_id": after[1]}
    found = [read_comment(row) for row in transaction.all(_SELECT_BY, key)]
    for comment in found:
        if may_see(tenant.rules, audiences.of_room(transaction, tenant, comment.thread), write.actor):
            _apply(write, via, comment, "delete")
    return (found[-1].created_at, found[-1].id) if len(found) == STEP_COMMENTS else None


def _apply(write: Write, via: Via, before: Comment, action: Action) -> Comment:
    after = decide(before, action, write.now)
    if after == before:
        return before
    if action == "hold":
        after = replace(after, held_because="moderator")
    moderation.store(write, after)
    if (before.state, before.deleted_at) != (after.state, after.deleted_at):
        showing.tell(write, before, after, is_hidden=True)
    moderation.tell_staff(write, after)
    # The rule by which it waited until now, which the comment does not keep.
    because = before.held_because
    rule = {} if because in {None, "moderator", after.held_because} else {"heldBecause": because}
    audit.note(write.transaction, write.tenant.id, write.actor, via, action, "comment", before.id, write.now, **rule)
    return after


def judge_conversation(write: Write, via: Via, chat_id: str, action: ChatAction) -> Ruled:
    """Do something with a conversation; raises NotFound, Forbidden, Locked, ConversationDeleted or InvalidInput."""
    chat = find_conversation(write.transaction, write.tenant, chat_id)
    audiences.require_visible(write.transaction, write.tenant, write.actor, chat.thread)
    match action:
        case "restore":
            is_changed = chat.deleted_at is not None
            if is_changed:
                _restore(write, chat)
        case "delete":
            is_changed = chat.deleted_at is None
            if is_changed:
                require_unlocked(chat)
                require_may_delete(write.tenant.rules, write.actor, chat.created_by.id, "this discussion")
                conversations.end(write, chat, is_hidden=True)
        case "resolve" | "reopen":
            is_changed = chat.is_resolved is not (action == "resolve")
            if is_changed:
                chat = conversations.find_to_change(write, chat_id)
                conversations.apply(write, chat, Changes(is_resolved=action == "resolve"))
        case _:
            is_changed = _mark(write, chat, action)
    if is_changed:
        audit.note(write.transaction, write.tenant.id, write.actor, via, action, "conversation", chat_id, write.now)
    return Ruled(find_conversation(write.transaction, write.tenant, chat_id), is_changed)


def _mark(write: Write, chat: Conversation, action: ChatAction) -> bool:
    """Lock, unlock, pin or unpin, and tell whoever sees it; whether that changed anything."""
    is_on = action in {"lock", "pin"}
    name = "locked_at" if action in {"lock", "unlock"} else "pinned_at"
    if (getattr(chat, name) is not None) is is_on:
        return False
    marked = replace(chat, **{name: write.now if is_on else None})
    row = {"locked_at": marked.locked_at, "pinned_at": marked.pinned_at}
    write.transaction.run(_MARK, {**write.key(chat.id), **row})
    if chat.deleted_at is None:
        told = Chat(chat.id, is_locked=is_on) if name == "locked_at" else Chat(chat.id, is_pinned=is_on)
        write.tell(chat.room, "updated-text-chat", lambda _at: Parts(told))
    return True


def _restore(write: Write, chat: Conversation) -> None:
    """Bring back a conversation with the comments that went with it."""
    require_may_delete(write.tenant.rules, write.actor, chat.created_by.id, "this discussion")
    key = {"tenant_id": write.tenant.id, "thread": chat.thread}
    write.transaction.run(_RESTORE, {**key, "deleted_at": chat.deleted_at})
    placed = showing.settle(write, chat)
    if placed.deleted_at is not None:
        raise InvalidInput("action", "nothing in this discussion can be seen: approve or restore one of its comments.")
    showing.move(write, chat, placed)
    if not placed.is_waiting:
        showing.tell_thread_again(write, placed)
    for comment in conversations.list_queued(write.transaction, write.tenant, chat.thread):
        moderation.tell_staff(write, comment)


def flag(write: Write, comment_id: str, *, is_flagged: bool) -> None:
    """Ask moderators to look at a comment, once; or take that back. Raises NotFound, or Forbidden for one's own."""
    comment = find_visible(write.transaction, write.tenant, write.actor, comment_id)
    if not comment.is_visible:
        raise NotFound
    if comment.author.id == write.actor.id:
        raise Forbidden("This is your own comment: edit or delete it.")
    key = {"tenant_id": write.tenant.id, "comment_id": comment_id, "user_id": write.actor.id}
    row = {**key, "created_at": write.now}
    if write.transaction.run(_FLAG if is_flagged else _UNFLAG, row if is_flagged else key) < 1:
        return
    since = {"tenant_id": write.tenant.id, "comment_id": comment_id, "since": comment.reviewed_at or 0}
    found = write.transaction.one(_COUNT_FLAGS, since)
    assert found is not None
    if found[0] != comment.flag_count:
        flagged = replace(comment, flag_count=found[0])
        moderation.store(write, flagged)
        moderation.tell_staff(write, flagged)
