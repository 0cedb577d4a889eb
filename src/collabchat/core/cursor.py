"""Cursors: where to go on in a list that comes in parts. Opaque to clients, and good only where they were given.

Nobody gains by making one up: it names a place in a list that its asker may read from the beginning.
"""

import base64
import binascii
from typing import TypeVar

import msgspec

from collabchat.errors import InvalidInput

T = TypeVar("T")

NUMBER_MAX = 2**62
"""No place has a number below 0 or above this: whatever adds to one can still be stored."""


def make_cursor(tenant_id: str, name: str, position: object) -> str:
    """The cursor that goes on after a position in a tenant's list of this name (and of these conditions)."""
    return base64.urlsafe_b64encode(msgspec.json.encode([tenant_id, name, position])).decode().rstrip("=")


def read_cursor(text: str | None, tenant_id: str, name: str, kind: type[T]) -> T | None:
    """The position of a cursor, None without one; raises InvalidInput for one that is not of this list."""
    if not text:
        return None
    try:
        encoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        owner, list_name, position = msgspec.json.decode(encoded, type=tuple[str, str, msgspec.Raw])
        found = msgspec.json.decode(position, type=kind)
    except (binascii.Error, ValueError, RecursionError, msgspec.DecodeError):
        raise _foreign() from None
    if (owner, list_name) != (tenant_id, name) or not _may_be_a_place(found):
        raise _foreign()
    return found


def _may_be_a_place(position: object) -> bool:
    parts = position if isinstance(position, tuple) else (position,)
    return all(0 <= part <= NUMBER_MAX for part in parts if isinstance(part, int))


def _foreign() -> InvalidInput:
    return InvalidInput("cursor", "give nextCursor of the answer before, to the same list, as it is.")
