"""The audit log: who did what, and when. Written in the transaction of the deed, never changed, kept for two years."""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, delete, select, union_all

from collabchat.core.model import Actor
from collabchat.storage import tables
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Row, Transaction

KEPT_MS = 2 * 365 * 24 * 3_600_000

Via = Literal["ui", "api", "cli"]
"""By the dashboard or the widget, by API key, or on the command line."""

_table = tables.audit
_INSERT = insert_row(_table)
_LIST_OF = sql(
    select(_table).where(*where(_table, "tenant_id", "resource", "subject")).order_by(_table.c.number)
)  # fmt: skip
_span = (_table.c.at > bindparam("after"), _table.c.at < bindparam("before"))
_forth, _back = _table.c.number > bindparam("number"), _table.c.number < bindparam("number")


def _list(*conditions: ColumnElement[bool], is_newest_first: bool, is_operators: bool) -> str:
    """The lines of a tenant, and those that are of none; each part comes in order by its index."""
    found: Select[Any] | CompoundSelect[Any] = select(_table).where(*where(_table, "tenant_id"), *conditions)
    if is_operators:
        found = union_all(found, select(_table).where(_table.c.tenant_id.is_(None), *conditions))
    number = found.selected_columns.number
    order = number.desc() if is_newest_first else number
    return sql(found.order_by(order).limit(bindparam("limit")).offset(bindparam("skip")))


_LISTS = {
    (is_newest_first, is_operators): _list(
        *_span,
        _back if is_newest_first else _forth,
        is_newest_first=is_newest_first,
        is_operators=is_operators,
    )
    for is_newest_first in (False, True)
    for is_operators in (False, True)
}
_PRUNE = sql(delete(_table).where(_table.c.at < bindparam("before")))


class Deed(Struct, frozen=True):
    """One line. `act` is a verb (`approve`), `resource` what it was done to (`comment`), `subject` its id."""

    number: int
    tenant_id: str | None
    at: int
    actor_id: str
    actor_name: str
    via: Via
    act: str
    resource: str
    subject: str
    details: dict[str, Any]


def note(
    transaction: Transaction,
    tenant_id: str | None,
    actor: Actor,
    via: Via,
    act: str,
    resource: str,
    subject: str,
    now: int,
    **details: object,
) -> None:
    """Add a line. `details` must hold no secret, and of what people wrote nothing that erasing them would leave."""
    transaction.run(
        _INSERT,
        {
            "number": None, "tenant_id": tenant_id, "at": now, "actor_id": actor.id, "actor_name": actor.name,
            "via": via, "act": act, "resource": resource, "subject": subject,
            "details": msgspec.json.encode(details).decode(),
        },
    )  # fmt: skip


class Span(Struct, frozen=True):
    """A time, without its ends (epoch ms)."""

    after: int
    before: int


def list_span(
    reader: Reader,
    tenant_id: str,
    span: Span,
    number: int | None,
    limit: int,
    skip: int,
    *,
    is_newest_first: bool,
    is_operators: bool,
) -> list[Deed]:
    """The lines of a time that follow the one of this number, in the order that is asked for.

    `is_operators`: also what is of no tenant, but of the server.
    """
    statement, first = _LISTS[is_newest_first, is_operators], 2**62 if is_newest_first else -1
    key = {"tenant_id": tenant_id, "after": span.after, "before": span.before, "limit": limit, "skip": skip}
    rows = reader.all(statement, {**key, "number": first if number is None else number})
    return [_read(row) for row in rows]


def list_of(reader: Reader, tenant_id: str, resource: str, subject: str) -> list[Deed]:
    """All that was done to one thing, oldest first."""
    key = {"tenant_id": tenant_id, "resource": resource, "subject": subject}
    return [_read(row) for row in reader.all(_LIST_OF, key)]


def prune(transaction: Transaction, now: int) -> None:
    """Forget what is older than two years."""
    transaction.run(_PRUNE, {"before": now - KEPT_MS})


def _read(row: Row) -> Deed:
    number, tenant_id, at, actor_id, actor_name, via, act, resource, subject, details = row
    known = msgspec.json.decode(details, type=dict[str, Any])
    return Deed(number, tenant_id, at, actor_id, actor_name, via, act, resource, subject, known)
