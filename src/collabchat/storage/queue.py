"""What moderators look through: comments by what is to be done with them, and conversations; newest first, in parts.

A part looks at no more than `SCAN_MAX` rows, so that a search through a million comments holds nobody up: where it ends
before that many are found, the position says where to go on.
"""

from contextlib import closing
from itertools import islice
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_, select

from collabchat.core.model import Comment, Conversation, Tenant
from collabchat.storage import tables
from collabchat.storage.rows import read_comment, read_conversation
from collabchat.storage.sight import Sight
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Row
from collabchat.storage.wording import matches, pattern_of

Name = Literal["waiting", "flagged", "spam", "deleted", "all"]
ChatName = Literal["open", "resolved", "deleted", "all"]
Position = tuple[int, str]
"""When something was written (epoch ms), and its id."""

SCAN_MAX = 20_000
THREAD_MAX = 50
FIRST: Position = (2**62, "")

_comments, _chats = tables.comment, tables.conversation
_live = _comments.c.deleted_at.is_(None)
_is_held: ColumnElement[Any] = literal_column("state <> 'shown'")  # as the index says it
_is_shown = _comments.c.state == literal_column("'shown'")
_is_flagged: ColumnElement[Any] = literal_column("flag_count > 0")
_QUEUES: dict[Name, list[ColumnElement[Any]]] = {
    "waiting": [_is_held, _comments.c.state == literal_column("'waiting'"), _live],
    "flagged": [_is_flagged, _is_shown, _live],
    "spam": [_is_held, _comments.c.state == literal_column("'spam'"), _live],
    "deleted": [_comments.c.deleted_at.is_not(None)],
    "all": [_live],
}
_CHAT_STATES: dict[ChatName, list[ColumnElement[Any]]] = {
    "open": [_chats.c.deleted_at.is_(None), _chats.c.resolved_at.is_(None)],
    "resolved": [_chats.c.deleted_at.is_(None), _chats.c.resolved_at.is_not(None)],
    "deleted": [_chats.c.deleted_at.is_not(None)],
    "all": [_chats.c.deleted_at.is_(None)],
}


def _has_words(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(
        bindparam("search") == literal_column("''"), *(matches(column, bindparam("search")) for column in columns)
    )


def _or_any(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return (bindparam(name) == literal_column("''")) | (column == bindparam(name))


def _scan(table: Any, conditions: list[ColumnElement[Any]]) -> Any:
    """The rows of a list after a position, newest first, as many as are looked through at once."""
    at = table.c.created_at
    before: ColumnElement[Any] = bindparam("before")
    return (
        select(table)
        .where(
            *where(table, "tenant_id"),
            *conditions,
            at <= before,
            (at < before) | (table.c.id < bindparam("before_id")),
        )
        .order_by(at.desc(), table.c.id.desc())
        .limit(literal_column(str(SCAN_MAX)))
    )


def _list_comments(name: Name) -> str:
    """Comments in the order in which they are scanned (said again, all would be sorted before the first is taken)."""
    rows = _scan(_comments, _QUEUES[name]).offset(literal_column("0")).subquery()
    is_in_chat = (_chats.c.tenant_id == rows.c.tenant_id) & (_chats.c.thread == rows.c.thread)
    is_on_page = _or_any(rows.c.thread, "page") | (_chats.c.page == bindparam("page"))
    columns = rows.c.text, rows.c.author_name, rows.c.thread, rows.c.url, rows.c.page_title
    is_found = _has_words(*columns, _chats.c.page, _chats.c.page_title)
    return sql(
        select(rows, _chats)
        .select_from(rows.outerjoin(_chats, is_in_chat))
        .where(is_on_page, is_found, _or_any(rows.c.author_id, "user_id"))
    )


def _list_chats(name: ChatName) -> str:
    rows = _scan(_chats, _CHAT_STATES[name]).offset(literal_column("0")).subquery()
    is_found = _has_words(rows.c.page, rows.c.page_title, rows.c.anchor, rows.c.created_by_name)
    return sql(select(rows).where(_or_any(rows.c.page, "page"), is_found))


def _last_of(table: Any, conditions: list[ColumnElement[Any]]) -> str:
    rows = _scan(table, conditions).offset(literal_column("0")).subquery()
    last = select(rows.c.created_at, rows.c.id).order_by(rows.c.created_at.desc(), rows.c.id.desc())
    return sql(last.limit(literal_column("1")).offset(literal_column(str(SCAN_MAX - 1))))


_LISTS = {name: _list_comments(name) for name in _QUEUES}
_LAST = {name: _last_of(_comments, conditions) for name, conditions in _QUEUES.items()}
_CHAT_LISTS = {name: _list_chats(name) for name in _CHAT_STATES}
_LAST_CHAT = {name: _last_of(_chats, conditions) for name, conditions in _CHAT_STATES.items()}
_COUNTED: tuple[Name, ...] = ("waiting", "flagged", "spam", "all")
_COUNT = {
    name: sql(select(func.count()).select_from(_comments).where(*where(_comments, "tenant_id"), *_QUEUES[name]))
    for name in _COUNTED
}


def _count_by_thread(name: Name) -> str:
    """How many are in which thread, all in one row (see `sight`)."""
    # Of these queues there are indexes, which the order of the threads would lead away from.
    thread: ColumnElement[str] = literal_column("thread" if name == "all" else "+thread")
    threads = (
        select(_comments.c.thread, func.count().label("total"))
        .where(*where(_comments, "tenant_id"), *_QUEUES[name])
        .group_by(thread)
        .subquery()
    )
    return sql(select(func.json_group_array(func.json_array(threads.c.thread, threads.c.total))))


_COUNT_BY_THREAD = {name: _count_by_thread(name) for name in _COUNTED}
_THREAD = sql(
    select(_comments)
    .where(*where(_comments, "tenant_id", "thread"))
    .order_by(_comments.c.created_at, literal_column("rowid"))
    .limit(literal_column(str(THREAD_MAX)))
    .offset(literal_column("0"))
)


class Item(Struct, frozen=True):
    """A comment, and the conversation that it is in, if it is in one."""

    comment: Comment
    conversation: Conversation | None


class Wanted(Struct, frozen=True):
    """What to look for: words, one page, one author; empty: anything."""

    search: str = ""
    page: str = ""
    user_id: str = ""


class Counts(Struct, frozen=True):
    """How many comments there are to look at."""

    waiting: int
    flagged: int
    spam: int
    all: int


def list_comments(
    reader: Reader, tenant: Tenant, sight: Sight, name: Name, wanted: Wanted, after: Position, limit: int
) -> tuple[list[Item], Position | None]:
    """A part of a queue, as far as a moderator may see it; and where the next part begins, if there may be one.

    Of what they may not see nothing is told, not even whether it is found: it is left out before the part is full.
    """
    key = _key(tenant, wanted, after)
    with closing(reader.each(_LISTS[name], key)) as rows:
        seen = (item for item in map(_read_item, rows) if _is_seen(sight, item))
        items = list(islice(seen, limit))
    if len(items) == limit:
        return items, (items[-1].comment.created_at, items[-1].comment.id)
    return items, _position(reader.one(_LAST[name], key))


def list_conversations(
    reader: Reader, tenant: Tenant, sight: Sight, name: ChatName, wanted: Wanted, after: Position, limit: int
) -> tuple[list[Conversation], Position | None]:
    """A part of the conversations, in the same way."""
    key = _key(tenant, wanted, after)
    with closing(reader.each(_CHAT_LISTS[name], key)) as rows:
        seen = (chat for chat in map(read_conversation, rows) if sight.has(chat.thread, chat.home))
        chats = list(islice(seen, limit))
    if len(chats) == limit:
        return chats, (chats[-1].created_at, chats[-1].id)
    return chats, _position(reader.one(_LAST_CHAT[name], key))


def count(reader: Reader, tenant: Tenant, sight: Sight) -> Counts:
    """How much there is to look at, for one moderator."""
    key = {"tenant_id": tenant.id}
    if sight.is_whole:
        return Counts(*(_first(reader.one(_COUNT[name], key)) for name in _COUNTED))
    return Counts(*(_count_seen(reader.one(_COUNT_BY_THREAD[name], key), sight) for name in _COUNTED))


def list_around(reader: Reader, tenant: Tenant, thread: str) -> list[Comment]:
    """The first comments of a thread, whatever has become of them, oldest first."""
    return [read_comment(row) for row in reader.all(_THREAD, {"tenant_id": tenant.id, "thread": thread})]


def _key(tenant: Tenant, wanted: Wanted, after: Position) -> dict[str, object]:
    return {
        "tenant_id": tenant.id,
        "search": pattern_of(wanted.search) if wanted.search else "",
        "page": wanted.page,
        "user_id": wanted.user_id,
        "before": after[0],
        "before_id": after[1],
    }


def _read_item(row: Row) -> Item:
    comment, chat = row[: len(_comments.c)], row[len(_comments.c) :]
    return Item(read_comment(comment), None if chat[0] is None else read_conversation(chat))


def _is_seen(sight: Sight, item: Item) -> bool:
    return sight.has(item.comment.thread, None if item.conversation is None else item.conversation.home)


def _first(row: Any) -> int:
    return int(row[0])


def _count_seen(row: Any, sight: Sight) -> int:
    threads = msgspec.json.decode(row[0], type=list[tuple[str, int]])
    return sum(count for thread, count in threads if sight.has(thread))


def _position(row: Any) -> Position | None:
    return None if row is None else (row[0], row[1])
