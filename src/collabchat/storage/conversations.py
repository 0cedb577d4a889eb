"""Conversations: list, create, change, delete. The page is told of each change, and the thread where it concerns it."""

from collections.abc import Callable

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, literal_column, select, update

from collabchat.core import events
from collabchat.core.events import Chat, Parts, unless_equal
from collabchat.core.model import Anchor, Comment, Conversation, Tenant
from collabchat.core.permissions import require_may, require_may_delete, require_owner
from collabchat.core.usage import Counts
from collabchat.errors import ConversationDeleted, Forbidden, InvalidInput, NotFound
from collabchat.storage import audiences, comments, moderation, places, reading, showing, tables
from collabchat.storage.comments import Words
from collabchat.storage.places import Place
from collabchat.storage.rows import conversation_of_thread, find_conversation, read_comment, read_conversation
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Told, Write, new_id

_table = tables.conversation
_INSERT = insert_row(_table)
_SELECT = sql(select(_table).where(*where(_table, "tenant_id", "id")))
_LIST = sql(
    select(_table)
    .where(*where(_table, "tenant_id", "page", "room"), _table.c.deleted_at.is_(None))
    .order_by(_table.c.created_at, _table.c.id)
)
_UPDATE = sql(
    update(_table)
    .values(
        anchor=bindparam("anchor"),
        page_title=bindparam("page_title"),
        resolved_by=bindparam("resolved_by"),
        resolved_by_id=bindparam("resolved_by_id"),
        resolved_at=bindparam("resolved_at"),
    )
    .where(*where(_table, "tenant_id", "id"))
)
_DELETE = sql(update(_table).values(deleted_at=bindparam("now")).where(*where(_table, "tenant_id", "id")))
_comments = tables.comment
_DELETE_COMMENTS = sql(
    update(_comments)
    .values(deleted_at=bindparam("now"))
    .where(*where(_comments, "tenant_id", "thread"), _comments.c.deleted_at.is_(None))
)
_held: ColumnElement[bool] = (_comments.c.state != literal_column("'shown'")) | (
    _comments.c.flag_count > literal_column("0")
)
_SELECT_QUEUED = sql(
    select(_comments).where(*where(_comments, "tenant_id", "thread"), _comments.c.deleted_at.is_(None), _held)
)
_SELECT_MOVED = sql(
    select(_comments.c.moved_from).where(*where(_comments, "tenant_id", "thread"), _comments.c.moved_from.is_not(None))
)


class Changes(Struct, frozen=True):
    """What to change of a conversation; UNSET leaves it."""

    is_resolved: bool | msgspec.UnsetType = UNSET
    anchor: Anchor | msgspec.UnsetType = UNSET
    page_title: str | msgspec.UnsetType = UNSET


class Created(Struct, frozen=True):
    """A conversation that began, and what its page and its thread were told."""

    conversation: Conversation
    page: Told
    thread: Told | None


class Changed(Struct, frozen=True):
    """A conversation as it is now, and what its page was told."""

    conversation: Conversation
    page: Told


def list_room(reader: Reader, tenant: Tenant, page: str, room: str) -> list[Conversation]:
    """The conversations of a page that belong to this room, the page's own or a circle's, oldest first."""
    key = {"tenant_id": tenant.id, "page": page, "room": room}
    return [read_conversation(row) for row in reader.all(_LIST, key)]


def is_told_in(reader: Reader, tenant: Tenant, room: str, chat_id: str) -> bool:
    """Whether a room, a page's own or a circle's, has a conversation by this id, and it is not deleted."""
    row = reader.one(_SELECT, {"tenant_id": tenant.id, "id": chat_id})
    conversation = None if row is None else read_conversation(row)
    return conversation is not None and conversation.room == room and conversation.deleted_at is None


def list_queued(reader: Reader, tenant: Tenant, thread: str) -> list[Comment]:
    """The comments of a thread that moderators have to do with, and that are not deleted."""
    return [read_comment(row) for row in reader.all(_SELECT_QUEUED, {"tenant_id": tenant.id, "thread": thread})]


def create(write: Write, place: Place, words: Words) -> Created:
    """Begin a conversation with its first comment, both or neither."""
    require_may(write.tenant.rules, write.actor, "start")
    is_open = places.require_place(write, place)
    held_because = comments.reason_to_wait(write)
    # What waits is in nobody's way, and its thread is nowhere that others might ask for it.
    thread = places.name_thread(write, place, is_open=is_open or held_because is not None)
    write.count(place.page, Counts(comment_create_count=1))
    return _begin(write, place, comments.insert(write, thread, words, held_because), is_comment_told=False)


def create_from_comment(write: Write, place: Place, comment_id: str) -> Created:
    """Begin a conversation with a comment that its author has already posted to the thread (the classic way).

    If the thread belongs to another conversation by now, people know it who shall not see what follows, or what begins
    has to wait for a moderator, the comment moves to a thread of its own. Raises NotFound, Forbidden for someone else's
    comment, InvalidInput for one that began a conversation already.
    """
    transaction, tenant = write.transaction, write.tenant
    require_may(tenant.rules, write.actor, "start")
    is_open = places.require_place(write, place)
    comment = comments.find_visible(transaction, tenant, write.actor, comment_id)
    if comment.author.id != write.actor.id:
        raise Forbidden("createdFromCommentId: only its author may start a discussion from a comment.")
    if comment.state == "spam":
        raise NotFound
    # The title and the quote that come with it were seen by nobody.
    held_because = comments.reason_to_wait(write) if comment.is_visible else None
    is_open = is_open or comment.is_waiting or held_because is not None
    owner = conversation_of_thread(transaction, tenant, comment.thread)
    comments.require_unlocked(owner)
    if owner is None and comment.thread == place.wanted_thread and not is_open:
        return _begin(write, place, comment, is_comment_told=True)
    if owner is not None:
        first = comments.list_thread(
            transaction, tenant, comment.thread, newest_first=False, limit=1, offset=0, reader_id=write.actor.id
        )
        if first == [comment]:
            raise InvalidInput("createdFromCommentId", "this comment has begun a discussion already.")
    moved = comments.move(write, comment, places.name_thread(write, place, is_open=is_open), held_because)
    return _begin(write, place, moved, is_comment_told=False)


def change(write: Write, chat_id: str, changes: Changes, look: Callable[[], None] = lambda: None) -> Changed:
    """Resolve, reopen, re-attach or rename; raises NotFound, Forbidden, Locked or ConversationDeleted.

    `look` is called before a title or a quote is taken that nobody has seen, and raises what is against it.
    """
    old = find_to_change(write, chat_id)
    owner_id = old.created_by.id
    if _says_anew(old, changes):
        look()
        if moderation.is_intervention(write, owner_id):
            showing.cut_logs(write, old.thread)
    changed = apply(write, old, changes)
    new = changed.conversation
    for act, is_done in (
        ("resolve" if new.is_resolved else "reopen", new.is_resolved is not old.is_resolved),
        ("re-attach", new.anchor != old.anchor),
        ("rename", new.page_title != old.page_title),
    ):
        if is_done:
            moderation.note_intervention(write, owner_id, act, "conversation", chat_id)
    return changed


def apply(write: Write, old: Conversation, changes: Changes) -> Changed:
    """Change what is given, as far as the actor may, and tell whoever sees it; raises Forbidden or Locked."""
    if changes.anchor is not UNSET or changes.page_title is not UNSET:
        comments.require_unlocked(old)
        require_owner(write.actor, old.created_by.id, "re-attach or rename this discussion")
        # The comments in it are others', too: they cannot wait along.
        if _says_anew(old, changes) and not old.is_waiting and comments.reason_to_wait(write) is not None:
            raise Forbidden(
                "What you write has to wait for a moderator: ask one to re-attach or rename this discussion."
            )
    if changes.is_resolved is not UNSET:
        require_may(write.tenant.rules, write.actor, "resolve")
    resolution = (old.resolved_by, old.resolved_by_id, old.resolved_at)
    if changes.is_resolved is not UNSET and changes.is_resolved != old.is_resolved:
        actor = write.actor
        resolution = (actor.name, actor.id, write.now) if changes.is_resolved else (None, None, None)
    new = replace(
        old,
        anchor=old.anchor if changes.anchor is UNSET else changes.anchor,
        page_title=old.page_title if changes.page_title is UNSET else changes.page_title,
        resolved_by=resolution[0],
        resolved_by_id=resolution[1],
        resolved_at=resolution[2],
    )
    write.transaction.run(
        _UPDATE,
        {
            **write.key(old.id),
            "anchor": _encode_anchor(new.anchor),
            "page_title": new.page_title,
            "resolved_by": new.resolved_by,
            "resolved_by_id": new.resolved_by_id,
            "resolved_at": new.resolved_at,
        },
    )
    said = changes.is_resolved is not UNSET

    def parts(at: int) -> Parts:
        chat = Chat(
            old.id,
            is_resolved=changes.is_resolved,
            resolved_by=new.resolved_by if said else UNSET,
            resolved_at=unless_equal(new.resolved_at, at) if said and new.is_resolved else UNSET,
            anchor=changes.anchor,
            page_title=changes.page_title,
        )
        return Parts(chat)

    return Changed(new, write.tell(old.room, "updated-text-chat", parts))


def remove(write: Write, chat_id: str) -> Told:
    """Delete a conversation with its comments; raises NotFound, Forbidden or ConversationDeleted."""
    conversation = find_to_change(write, chat_id)
    comments.require_unlocked(conversation)
    require_may_delete(write.tenant.rules, write.actor, conversation.created_by.id, "this discussion")
    is_intervention = moderation.note_intervention(
        write, conversation.created_by.id, "delete", "conversation", chat_id
    )  # fmt: skip
    return end(write, conversation, is_hidden=is_intervention)


def end(write: Write, conversation: Conversation, *, is_hidden: bool = False) -> Told:
    """Delete a conversation with all that was said in it, shown or not, and tell those who see it.

    `is_hidden`: a moderator took it from those who saw it, and it stays in no log.
    """
    chat_id = conversation.id
    thread_key = {"tenant_id": write.tenant.id, "thread": conversation.thread}
    # What waits has been seen by its author alone.
    if is_hidden and not conversation.is_waiting:
        moved = write.transaction.all(_SELECT_MOVED, thread_key)
        showing.cut_logs(write, conversation.thread, *(thread for (thread,) in moved))
    queued = list_queued(write.transaction, write.tenant, conversation.thread)
    write.transaction.run(_DELETE, {**write.key(chat_id), "now": write.now})
    write.transaction.run(_DELETE_COMMENTS, {**thread_key, "now": write.now})
    told = write.tell(conversation.room, "deleted-text-chat", lambda _at: Parts(Chat(chat_id)))
    if not conversation.is_waiting:
        write.tell(conversation.thread, "deleted-text-chat", lambda _at: Parts(Chat(chat_id)))
    for comment in queued:
        moderation.tell_staff(write, replace(comment, deleted_at=write.now))
    return told


def _begin(write: Write, place: Place, comment: Comment, *, is_comment_told: bool) -> Created:
    room = place.page
    if place.groups is not None:
        room = audiences.open_circle(write.transaction, write.tenant, place.page, place.groups, write.now)
    belongs_to, is_waiting = room, comment.is_waiting
    if is_waiting:
        author_id = write.actor.id
        room = audiences.open_held_room(write.transaction, write.tenant, place.page, author_id, write.now)
        figures = showing.count_waiting(write.transaction, write.tenant, comment.thread, author_id)
    else:
        figures = showing.count(write.transaction, write.tenant, comment.thread)
    row = {
        **write.key(new_id()),
        "page": place.page,
        "room": room,
        "thread": comment.thread,
        "range": place.range,
        "selector": place.selector,
        "page_title": place.page_title,
        "anchor": _encode_anchor(place.anchor),
        "created_at": write.now,
        "created_by_id": write.actor.id,
        "created_by_name": write.actor.name,
        "created_by_avatar_src": write.actor.avatar_src,
        "comment_count": figures[0],
        "last_comment_at": figures[1],
        "resolved_by": None,
        "resolved_by_id": None,
        "resolved_at": None,
        "deleted_at": None,
        "locked_at": None,
        "pinned_at": None,
        "meant_for": belongs_to if is_waiting else None,
    }
    write.transaction.run(_INSERT, row)
    write.count(place.page, Counts(conversation_create_count=1))
    conversation = read_conversation(tuple(row.values()))
    reading.mark(write.transaction, write.tenant, write.actor.id, comment.thread, write.now)
    page = write.tell(
        room,
        "new-text-chat",
        lambda at: Parts(
            events.new_chat(conversation, at), events.page_comment(comment, write.actor.person, at, is_first=True)
        ),
    )
    thread = None
    if is_waiting:
        moderation.tell_staff(write, comment)
    elif not is_comment_told:
        thread = write.tell(comment.thread, "new-comment", lambda _at: Parts(comment=events.thread_comment(comment)))
    return Created(conversation, page, thread)


def find_to_change(write: Write, chat_id: str) -> Conversation:
    """The conversation, if the actor may see it; raises NotFound or ConversationDeleted."""
    conversation = find_conversation(write.transaction, write.tenant, chat_id)
    audiences.require_visible(write.transaction, write.tenant, write.actor, conversation.thread)
    if conversation.deleted_at is not None:
        raise ConversationDeleted
    return conversation


def _says_anew(old: Conversation, changes: Changes) -> bool:
    """Whether a change brings a title or a quote that nobody has seen."""
    known = None if old.anchor is None else (old.anchor.quote, old.anchor.quote_end)
    return (changes.page_title is not UNSET and changes.page_title != old.page_title) or (
        changes.anchor is not UNSET and (changes.anchor.quote, changes.anchor.quote_end) != known
    )


def _encode_anchor(anchor: Anchor | None) -> str | None:
    return None if anchor is None else msgspec.json.encode(anchor).decode()
