"""Comments: list, add, edit, delete. Each change tells the page (if the thread is a conversation's) and the thread."""

from msgspec import Struct
from sqlalchemy import bindparam, func, literal_column, select, update

from collabchat.core import events
from collabchat.core.events import Chat, Parts
from collabchat.core.model import Actor, Comment, Conversation, Person, Tenant
from collabchat.core.permissions import require_entry, require_may, require_may_delete, require_owner
from collabchat.core.usage import Counts
from collabchat.errors import ConversationDeleted, NotFound
from collabchat.storage import audiences, reading, tables
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Row, Told, Transaction, Write, new_id

_table = tables.comment
_live = _table.c.deleted_at.is_(None)
_INSERT = insert_row(_table)
_SELECT = sql(select(_table).where(*where(_table, "tenant_id", "id")))
_OLDEST_FIRST = (
    select(_table)
    .where(*where(_table, "tenant_id", "thread"), _live)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_LIST = {
    "OF": sql(_OLDEST_FIRST.order_by(_table.c.created_at, literal_column("rowid"))),
    "NF": sql(_OLDEST_FIRST.order_by(_table.c.created_at.desc(), literal_column("rowid").desc())),
}
_COUNT = sql(
    select(func.count(), func.max(_table.c.created_at))
    .select_from(_table)
    .where(*where(_table, "tenant_id", "thread"), _live)
)
_EDIT = sql(
    update(_table)
    .values(text=bindparam("text"), html=bindparam("html"), edited_at=bindparam("edited_at"))
    .where(*where(_table, "tenant_id", "id"))
)
_MOVE = sql(update(_table).values(thread=bindparam("to")).where(*where(_table, "tenant_id", "id")))
_DELETE = sql(update(_table).values(deleted_at=bindparam("now")).where(*where(_table, "tenant_id", "id")))
_chats = tables.conversation
_UPDATE_CHAT = sql(
    update(_chats)
    .values(comment_count=bindparam("count"), last_comment_at=bindparam("last_at"))
    .where(*where(_chats, "tenant_id", "id"))
)
_DELETE_CHAT = sql(update(_chats).values(deleted_at=bindparam("now")).where(*where(_chats, "tenant_id", "id")))


class Words(Struct, frozen=True):
    """What somebody wrote: the text as typed, the HTML made of it, and what came with it."""

    text: str
    html: str
    url: str
    page_title: str | None = None
    parent_id: str | None = None


class Change(Struct, frozen=True):
    """What a change did: the comment, what the page was told, and what the thread was told."""

    comment: Comment
    page: Told
    thread: Told


def read_comment(row: Row) -> Comment:
    """A row of the table as a value."""
    tenant_id, id_, thread, parent_id, author_id, name, avatar, by_guest, text, html, url, title, *rest = row
    address_hash, created_at, edited_at, deleted_at = rest
    return Comment(
        tenant_id, id_, thread, parent_id, Person(author_id, name, avatar), bool(by_guest), text, html, url, title,
        address_hash, created_at, edited_at, deleted_at,
    )  # fmt: skip


def find(reader: Reader, tenant: Tenant, comment_id: str) -> Comment:
    """The comment by this id; raises NotFound when there is none, or it was deleted."""
    row = reader.one(_SELECT, {"tenant_id": tenant.id, "id": comment_id})
    if row is None or (comment := read_comment(row)).deleted_at is not None:
        raise NotFound
    return comment


def find_visible(reader: Reader, tenant: Tenant, actor: Actor | None, comment_id: str) -> Comment:
    """The comment by this id, for somebody who may see it; else raises NotFound, as if there were none."""
    require_entry(tenant.rules, actor)
    comment = find(reader, tenant, comment_id)
    audiences.require_visible(reader, tenant, actor, comment.thread)
    return comment


def list_thread(
    reader: Reader, tenant: Tenant, thread: str, *, newest_first: bool, limit: int, offset: int
) -> list[Comment]:
    """The comments of a thread, `limit` of them from `offset` on; a limit of -1 means all."""
    statement = _LIST["NF" if newest_first else "OF"]
    rows = reader.all(statement, {"tenant_id": tenant.id, "thread": thread, "limit": limit, "offset": offset})
    return [read_comment(row) for row in rows]


def count(reader: Reader, tenant: Tenant, thread: str) -> tuple[int, int]:
    """How many comments a thread has, and when the last one came (0 when there is none)."""
    row = reader.one(_COUNT, {"tenant_id": tenant.id, "thread": thread})
    assert row is not None
    return row[0], row[1] or 0


def note_count(transaction: Transaction, tenant: Tenant, chat_id: str, comments: int, last_at: int) -> None:
    """Store with a conversation how many comments it has, and when the last one came (epoch ms)."""
    transaction.run(_UPDATE_CHAT, {"tenant_id": tenant.id, "id": chat_id, "count": comments, "last_at": last_at})


def insert(write: Write, thread: str, words: Words) -> Comment:
    """Store a comment; telling of it is the caller's."""
    actor = write.actor
    row = {
        **write.key(new_id()),
        "thread": thread,
        "parent_id": words.parent_id,
        "author_id": actor.id,
        "author_name": actor.name,
        "author_avatar_src": actor.avatar_src,
        "is_by_guest": actor.is_guest,
        "text": words.text,
        "html": words.html,
        "url": words.url,
        "page_title": words.page_title,
        "address_hash": write.address_hash,
        "created_at": write.now,
        "edited_at": None,
        "deleted_at": None,
    }
    write.transaction.run(_INSERT, row)
    return read_comment(tuple(row.values()))


def add(write: Write, thread: str, words: Words) -> Change:
    """Add a comment to a thread; raises ConversationDeleted, NotFound for an unknown parent, or Forbidden."""
    audiences.require_visible(write.transaction, write.tenant, write.actor, thread)
    require_may(write.tenant.rules, write.actor, "reply")
    chat = conversation_of_thread(write.transaction, write.tenant, thread)
    if chat is not None and chat.deleted_at is not None:
        raise ConversationDeleted
    if words.parent_id is not None and find(write.transaction, write.tenant, words.parent_id).thread != thread:
        raise NotFound
    comment = insert(write, thread, words)
    write.count("" if chat is None else chat.page, Counts(comment_create_count=1))
    reading.mark(write.transaction, write.tenant, write.actor.id, thread, write.now)
    return _tell(write, "new-comment", comment, chat)


def edit(write: Write, comment_id: str, text: str, html: str) -> Change:
    """Replace a comment's words; raises NotFound, Forbidden or ConversationDeleted."""
    comment, chat = _find_to_change(write, comment_id)
    require_owner(write.actor, comment.author.id, "edit this comment")
    write.transaction.run(_EDIT, {**write.key(comment_id), "text": text, "html": html, "edited_at": write.now})
    return _tell(write, "updated-comment", find(write.transaction, write.tenant, comment_id), chat)


def remove(write: Write, comment_id: str) -> Change:
    """Delete a comment, and with the last one its conversation; raises NotFound, Forbidden or ConversationDeleted."""
    comment, chat = _find_to_change(write, comment_id)
    require_may_delete(write.tenant.rules, write.actor, comment.author.id, "this comment")
    write.transaction.run(_DELETE, {**write.key(comment_id), "now": write.now})
    return _tell(write, "deleted-comment", comment, chat)


def move(write: Write, comment: Comment, thread: str) -> Comment:
    """Take a comment out of its thread, telling whoever sees it there, and put it into another, yet untold."""
    chat = conversation_of_thread(write.transaction, write.tenant, comment.thread)
    write.transaction.run(_MOVE, {**write.key(comment.id), "to": thread})
    _tell(write, "deleted-comment", comment, chat)
    return find(write.transaction, write.tenant, comment.id)


def _find_to_change(write: Write, comment_id: str) -> tuple[Comment, Conversation | None]:
    row = write.transaction.one(_SELECT, write.key(comment_id))
    if row is None:
        raise NotFound
    comment = read_comment(row)
    audiences.require_visible(write.transaction, write.tenant, write.actor, comment.thread)
    chat = conversation_of_thread(write.transaction, write.tenant, comment.thread)
    if chat is not None and chat.deleted_at is not None:
        raise ConversationDeleted
    if comment.deleted_at is not None:
        raise NotFound
    return comment, chat


def _tell(write: Write, type_: str, comment: Comment, chat: Conversation | None) -> Change:
    """Tell the page, if the thread is a conversation of one, and then the thread."""
    page = None if chat is None else _tell_page(write, type_, comment, chat)
    thread = write.tell(comment.thread, type_, lambda _at: Parts(comment=events.thread_comment(comment)))
    if chat is not None and page is not None and page.is_end:
        thread = write.tell(comment.thread, "deleted-text-chat", lambda _at: Parts(Chat(chat.id)))
    return Change(comment, thread if page is None else page.told, thread)


class _ToldPage(Struct, frozen=True):
    told: Told
    is_end: bool = False


def _tell_page(write: Write, type_: str, comment: Comment, chat: Conversation) -> _ToldPage:
    """Bring the conversation up to date and tell its page; without a comment left, it ends."""
    if type_ == "updated-comment":
        edited = write.tell(
            chat.room,
            "updated-text-chat",
            lambda at: Parts(Chat(chat.id), events.page_comment(comment, write.actor.person, at)),
        )
        return _ToldPage(edited)
    left, last_at = count(write.transaction, write.tenant, chat.thread)
    if left == 0:
        write.transaction.run(_DELETE_CHAT, {**write.key(chat.id), "now": write.now})
        return _ToldPage(write.tell(chat.room, "deleted-text-chat", lambda _at: Parts(Chat(chat.id))), is_end=True)
    note_count(write.transaction, write.tenant, chat.id, left, last_at)
    if type_ == "new-comment":
        added = write.tell(
            chat.room,
            "updated-text-chat",
            lambda at: Parts(
                Chat(chat.id, comment_count=left, last_comment_at=events.unless_equal(last_at, at)),
                events.page_comment(comment, write.actor.person, at),
            ),
        )
        return _ToldPage(added)
    removed = write.tell(
        chat.room,
        "updated-text-chat",
        lambda _at: Parts(
            Chat(chat.id, comment_count=left, last_comment_at=events.unless_equal(last_at, chat.last_comment_at)),
            deleted_comment_id=comment.id,
        ),
    )
    return _ToldPage(removed)
