"""Rows of conversations as values; apart, because both conversations and comments need them."""

import msgspec
from sqlalchemy import select

from collabchat.core.model import Anchor, Conversation, Person, Tenant
from collabchat.storage import tables
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader, Row

_table = tables.conversation
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


def conversation_of_thread(reader: Reader, tenant: Tenant, thread: str) -> Conversation | None:
    """The conversation, deleted or not, whose thread this is."""
    row = reader.one(_SELECT_OF_THREAD, {"tenant_id": tenant.id, "thread": thread})
    return None if row is None else read_conversation(row)
