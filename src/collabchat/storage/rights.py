"""Word of rights that somebody may have lost: written with the change, read by every process that holds sockets.

    session   one session ended                    subject: its id
    person    banned, signed out everywhere, erased, or of another role or other groups     the person's id
    page      the groups of a page, or a new circle on it          its urlId
    held      a person has a room for what waits, or a discussion of theirs has left it   the person's id
    key       an API key ends                      its id
    erased    a person's data are gone: nothing may be kept of them in memory either   their id

The rows say what to look at again, not what is true now; reading one twice does no harm.
"""

from typing import Literal

from msgspec import Struct
from sqlalchemy import bindparam, delete, func, select

from collabchat.storage import tables
from collabchat.storage.statements import insert_row, sql
from collabchat.storage.transaction import Reader, Transaction

KEPT_MS = 3_600_000
Kind = Literal["session", "person", "page", "held", "key", "erased"]

_table = tables.rights_change
_INSERT = insert_row(_table)
_SELECT = sql(
    select(_table.c.number, _table.c.tenant_id, _table.c.kind, _table.c.subject)
    .where(_table.c.number > bindparam("after"))
    .order_by(_table.c.number)
)
_LAST = sql(select(func.max(_table.c.number)))
_PRUNE = sql(delete(_table).where(_table.c.at < bindparam("before")))


class RightsChange(Struct, frozen=True):
    """Whose rights to look at again."""

    number: int
    tenant_id: str
    kind: Kind
    subject: str


def note(transaction: Transaction, tenant_id: str, kind: Kind, subject: str, now: int) -> None:
    """Tell all processes to look again."""
    transaction.run(_INSERT, {"number": None, "tenant_id": tenant_id, "kind": kind, "subject": subject, "at": now})


def read_after(reader: Reader, number: int) -> list[RightsChange]:
    """What was noted since."""
    return [RightsChange(*row) for row in reader.all(_SELECT, {"after": number})]


def last(reader: Reader) -> int:
    """The number of the last note; 0 if there is none."""
    row = reader.one(_LAST, {})
    return 0 if row is None or row[0] is None else row[0]


def prune(transaction: Transaction, now: int) -> None:
    """Forget what everybody has read long ago."""
    transaction.run(_PRUNE, {"before": now - KEPT_MS})
