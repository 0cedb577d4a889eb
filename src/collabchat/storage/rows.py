"""Rows of conversations and comments as values; apart, because several modules need both."""

import msgspec
from sqlalchemy import select

from collabchat.core.model import Anchor, Comment, Conversation, Person, Tenant
from collabchat.errors import NotFound
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Row

_table = tables.conversation
_comments = tables.comment
_SELECT = sql(select(_table).where(*where(_table, "tenant_id", "id")))
_SELECT_COMMENT = sql(select(_comments).where(*where(_comments, "tenant_id", "id")))
_SELECT_OF_THREAD = sql(select(_table).where(*where(_table, "tenant_id", "thread")))


def read_conversation(row: Row) -> Conversation:
    """A row of the table as a value."""
    (
        tenant_id,
        id_,
        page,
        room,
        thread,
        range_,
        selector,
        title,
        anchor,
        created_at,
        by_id,
        by_name,
        by_avatar,
        *rest,
    ) = row
    return Conversation(
        tenant_id, id_, page, room, thread, range_, selector, title,
        None if anchor is None else msgspec.json.decode(anchor, type=Anchor),
        created_at, Person(by_id, by_name, by_avatar), *rest,
    )  # fmt: skip


def read_comment(row: Row) -> Comment:
    """A row of the table as a value."""
    tenant_id, id_, thread, parent_id, author_id, name, avatar, by_guest, *rest = row
    return Comment(tenant_id, id_, thread, parent_id, Person(author_id, name, avatar), bool(by_guest), *rest)


def conversation_of_thread(reader: Reader, tenant: Tenant, thread: str) -> Conversation | None:
    """The conversation, deleted or not, whose thread this is."""
    row = reader.one(_SELECT_OF_THREAD, {"tenant_id": tenant.id, "thread": thread})
    return None if row is None else read_conversation(row)


def find_conversation(reader: Reader, tenant: Tenant, chat_id: str) -> Conversation:
    """The conversation by this id, whatever it is; raises NotFound."""
    if (row := reader.one(_SELECT, {"tenant_id": tenant.id, "id": chat_id})) is None:
        raise NotFound
    return read_conversation(row)


def find_comment(reader: Reader, tenant: Tenant, comment_id: str) -> Comment:
    """The comment by this id, whatever it is; raises NotFound."""
    if (row := reader.one(_SELECT_COMMENT, {"tenant_id": tenant.id, "id": comment_id})) is None:
        raise NotFound
    return read_comment(row)
