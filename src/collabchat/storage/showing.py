"""Who sees a comment, and what rooms are told when that changes: the one way into a page and out of it.

    seen by          comment                      told in
    ───────          ──────────────────────       ─────────────────────────────────────────────────
    everybody        shown, not deleted           the conversation's room, and its thread
    its author       waiting, not deleted         the author's own room of that page (`held_room`)
    moderators       spam, or deleted             nowhere

A conversation is where something of it can be seen: where it belongs if anything is shown, else in its author's own
room if they wait with it there, else it has ended. When that changes, it leaves one room and enters the other whole.
Nothing that is not shown is ever told in a room or thread of others, nor does a log keep what was hidden later.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, update

from collabchat.core import events
from collabchat.core.events import Chat, Parts
from collabchat.core.model import Comment, Conversation, Tenant
from collabchat.storage import audiences, rights, tables
from collabchat.storage.rows import conversation_of_thread, read_comment
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Told, Transaction, Write

_table = tables.comment
_chats = tables.conversation
_in_thread = (*where(_table, "tenant_id", "thread"), _table.c.deleted_at.is_(None))
_shown = _table.c.state == literal_column("'shown'")
_waits = _table.c.state == literal_column("'waiting'")
_figures = select(func.count(), func.max(_table.c.shown_at)).select_from(_table)
_COUNT = sql(_figures.where(*_in_thread, _shown))
_COUNT_WAITING = sql(_figures.where(*_in_thread, _waits, _table.c.author_id == bindparam("author_id")))
_in_order: tuple[ColumnElement[Any], ...] = (_table.c.created_at, literal_column("rowid"))
_SHOWN = sql(select(_table).where(*_in_thread, _shown).order_by(*_in_order))
_WAITING = sql(
    select(_table).where(*_in_thread, _waits, _table.c.author_id == bindparam("author_id")).order_by(*_in_order)
)
_NOTE_COUNT = sql(
    update(_chats)
    .values(comment_count=bindparam("count"), last_comment_at=bindparam("last_at"))
    .where(*where(_chats, "tenant_id", "id"))
)
_PLACE = sql(
    update(_chats)
    .values(
        room=bindparam("room"),
        meant_for=bindparam("meant_for"),
        deleted_at=bindparam("deleted_at"),
        comment_count=bindparam("count"),
        last_comment_at=bindparam("last_at"),
    )
    .where(*where(_chats, "tenant_id", "id"))
)


class Shown(Struct, frozen=True):
    """What became of a conversation, if there is one, and what was told: to its room or its author's, to its thread."""

    chat: Conversation | None
    page: Told | None
    thread: Told | None


def count(reader: Reader, tenant: Tenant, thread: str) -> tuple[int, int]:
    """How many comments of a thread can be seen, and since when the last one can (0 when there is none)."""
    return _read_count(reader, _COUNT, {"tenant_id": tenant.id, "thread": thread})


def count_waiting(reader: Reader, tenant: Tenant, thread: str, author_id: str) -> tuple[int, int]:
    """The same of what waits of one author."""
    return _read_count(reader, _COUNT_WAITING, {"tenant_id": tenant.id, "thread": thread, "author_id": author_id})


def note_count(transaction: Transaction, tenant: Tenant, chat_id: str, comments: int, last_at: int) -> None:
    """Store with a conversation how many comments it has, and when the last one came (epoch ms)."""
    transaction.run(_NOTE_COUNT, {"tenant_id": tenant.id, "id": chat_id, "count": comments, "last_at": last_at})


def tell(write: Write, before: Comment | None, after: Comment, *, is_hidden: bool = False) -> Shown:
    """Bring a conversation up to date with a comment that is stored as `after`, and tell whoever saw or sees it.

    `is_hidden`: a moderator, or a rule, took words from those who saw them, and they stay in no log.
    """
    chat = conversation_of_thread(write.transaction, write.tenant, after.thread)
    if is_hidden and before is not None and before.is_visible:
        cut_logs(write, after.thread, after.moved_from)
    page = None
    if chat is not None:
        placed = settle(write, chat)
        if _is_at(chat, placed):
            page = _tell_within(write, before, after, placed, chat.last_comment_at)
        else:
            page = move(write, chat, placed)
        own = _tell_author(write, before, after, placed)
    else:
        placed, own = None, _tell_author(write, before, after, None)
    is_wordless = is_hidden and not after.is_visible
    thread = _tell_thread(write, before, replace(after, text="", html="") if is_wordless else after)
    if chat is not None and placed is not None and _is_public(chat) and not _is_public(placed):
        thread = write.tell(after.thread, "deleted-text-chat", lambda _at: Parts(Chat(chat.id)))
    return Shown(placed, page or own, thread)


def cut_logs(write: Write, *threads: str | None) -> None:
    """Let the logs of threads, and of the rooms in which their conversations are told, begin anew."""
    for thread in filter(None, threads):
        chat = conversation_of_thread(write.transaction, write.tenant, thread)
        for room in {thread} if chat is None else {chat.home, thread}:
            write.transaction.cut(write.tenant, room)


def settle(write: Write, chat: Conversation) -> Conversation:
    """Store where a conversation is now that a comment of it has changed; telling of it is the caller's."""
    transaction, tenant = write.transaction, write.tenant
    comments, last_at = count(transaction, tenant, chat.thread)
    room, meant_for, deleted_at = chat.home, None, None
    if comments == 0:
        comments, last_at = count_waiting(transaction, tenant, chat.thread, chat.created_by.id)
        if comments:
            meant_for = chat.home
            room = audiences.open_held_room(transaction, tenant, chat.page, chat.created_by.id, write.now)
        else:
            room, meant_for = chat.room, chat.meant_for
            deleted_at = write.now if chat.deleted_at is None else chat.deleted_at
            comments, last_at = chat.comment_count, chat.last_comment_at
    placed = replace(
        chat,
        room=room,
        meant_for=meant_for,
        deleted_at=deleted_at,
        comment_count=comments,
        last_comment_at=last_at,
    )
    row = {"room": room, "meant_for": meant_for, "deleted_at": deleted_at, "count": comments, "last_at": last_at}
    transaction.run(_PLACE, {**write.key(chat.id), **row})
    if room != chat.room:
        rights.note(transaction, tenant.id, "held", chat.created_by.id, write.now)
        if meant_for is not None:
            # Whoever watches its thread may do so no more.
            rights.note(transaction, tenant.id, "page", chat.page, write.now)
    return placed


def move(write: Write, before: Conversation, after: Conversation) -> Told | None:
    """Take a conversation out of the room where it was, and put it whole into the one where it is now."""
    told = None
    if before.deleted_at is None:
        told = write.tell(before.room, "deleted-text-chat", lambda _at: Parts(Chat(before.id)))
    if after.deleted_at is None:
        told = enter(write, after)
    return told


def enter(write: Write, chat: Conversation) -> Told:
    """Tell a room of a conversation that is new there, with all its comments; returns its beginning."""
    key = {"tenant_id": write.tenant.id, "thread": chat.thread, "author_id": chat.created_by.id}
    first, *rest = map(read_comment, write.transaction.all(_WAITING if chat.is_waiting else _SHOWN, key))
    last_at = first.shown_at
    begun = replace(chat, comment_count=1, last_comment_at=last_at)
    told = write.tell(
        chat.room,
        "new-text-chat",
        lambda at: Parts(
            events.new_chat(begun, at), events.page_comment(_as_new(first), write.actor.person, at, is_first=True)
        ),
    )
    for number, comment in enumerate(rest, start=2):
        last_at = max(last_at, comment.shown_at)
        _tell_added(write, replace(chat, comment_count=number, last_comment_at=last_at), comment)
    return told


def tell_thread_again(write: Write, chat: Conversation) -> None:
    """Tell a thread of all that is shown in it, as nobody there knows of it any more."""
    key = {"tenant_id": write.tenant.id, "thread": chat.thread}
    for comment in map(read_comment, write.transaction.all(_SHOWN, key)):
        _tell_thread(write, None, comment)


def _read_count(reader: Reader, statement: str, key: dict[str, object]) -> tuple[int, int]:
    row = reader.one(statement, key)
    assert row is not None
    return row[0], row[1] or 0


def _is_at(chat: Conversation, placed: Conversation) -> bool:
    """Whether a conversation is where it was."""
    return chat.room == placed.room and (chat.deleted_at is None) is (placed.deleted_at is None)


def _is_public(chat: Conversation) -> bool:
    return chat.deleted_at is None and not chat.is_waiting


def _is_in(comment: Comment | None, chat: Conversation) -> bool:
    """Whether those who see a conversation where it is see the comment there."""
    if comment is None or chat.deleted_at is not None:
        return False
    return comment.is_waiting and comment.author.id == chat.created_by.id if chat.is_waiting else comment.is_visible


def _tell_within(
    write: Write, before: Comment | None, after: Comment, chat: Conversation, known_last_at: int
) -> Told | None:
    """Tell the room of a conversation that stays there of one comment in it."""
    match _is_in(before, chat), _is_in(after, chat):
        case False, True:
            return _tell_added(write, chat, after)
        case True, True:
            return write.tell(
                chat.room,
                "updated-text-chat",
                lambda at: Parts(Chat(chat.id), events.page_comment(after, write.actor.person, at)),
            )
        case True, False:
            return write.tell(
                chat.room,
                "updated-text-chat",
                lambda _at: Parts(
                    Chat(
                        chat.id,
                        comment_count=chat.comment_count,
                        last_comment_at=events.unless_equal(chat.last_comment_at, known_last_at),
                    ),
                    deleted_comment_id=after.id,
                ),
            )
    return None


def _tell_added(write: Write, chat: Conversation, comment: Comment) -> Told:
    return write.tell(
        chat.room,
        "updated-text-chat",
        lambda at: Parts(
            Chat(
                chat.id,
                comment_count=chat.comment_count,
                last_comment_at=events.unless_equal(chat.last_comment_at, at),
            ),
            events.page_comment(_as_new(comment), write.actor.person, at),
        ),
    )


def _as_new(comment: Comment) -> Comment:
    """A comment as those are told of it who have not seen it: with `editedAt` they would take it for known."""
    return replace(comment, edited_at=None)


def _tell_author(write: Write, before: Comment | None, after: Comment, chat: Conversation | None) -> Told | None:
    """Tell the author of what waits, where its conversation is not in their own room anyway."""
    did_wait, waits = before is not None and before.is_waiting, after.is_waiting
    if not (did_wait or waits) or after.is_visible:
        # What is approved is told where everybody sees it.
        return None
    if chat is not None and chat.is_waiting and after.author.id == chat.created_by.id:
        return None
    page = after.thread if chat is None else chat.page
    room = audiences.open_held_room(write.transaction, write.tenant, page, after.author.id, write.now)
    if chat is None:
        type_ = "deleted-comment" if not waits else "updated-comment" if did_wait else "new-comment"
        return write.tell(room, type_, lambda _at: Parts(comment=events.thread_comment(after)))

    def parts(at: int) -> Parts:
        # Nothing else is true of the conversation than before.
        told = Chat(chat.id, last_comment_at=chat.last_comment_at)
        if waits:
            news = after if did_wait else _as_new(after)
            return Parts(told, events.page_comment(news, write.actor.person, at))
        return Parts(told, deleted_comment_id=after.id)

    return write.tell(room, "updated-text-chat", parts)


def _tell_thread(write: Write, before: Comment | None, after: Comment) -> Told | None:
    """Tell the thread of what is shown in it, and no more."""
    match before is not None and before.is_visible, after.is_visible:
        case False, True:
            type_ = "new-comment"
        case True, True:
            type_ = "updated-comment"
        case True, False:
            type_ = "deleted-comment"
        case _:
            return None
    return write.tell(after.thread, type_, lambda _at: Parts(comment=events.thread_comment(after)))
