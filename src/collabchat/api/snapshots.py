"""The conversations of a page as bytes, made once for all who ask: whatever one person's is, is added later.

A page that somebody watches is known to be unchanged without a look into the database. Otherwise one reading serves
everybody who asked before it began: who asks later might know of a write that it has not seen.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from collabchat.api.views import ConversationView, conversation_view
from collabchat.core.catchup import Standing
from collabchat.core.model import Circle, Tenant
from collabchat.core.presence import Viewers
from collabchat.storage import conversations
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Reader

CACHED_BYTES_MAX = 32 * 1024 * 1024
PAGE_BYTES = 2_000
"""What a page costs that nobody has discussed: its name and the objects around it."""


class Entry(Struct, frozen=True):
    """One conversation: its thread, the time of its last comment (epoch ms), and its JSON without the last brace."""

    thread: str
    last_comment_at: int
    json: bytes


class RoomSnapshot(Struct, frozen=True):
    """The conversations of a room, a page's own or a circle's, at one position."""

    room: Standing
    entries: list[Entry]


def render(snapshots: Iterable[RoomSnapshot], is_unread: Callable[[Entry], bool]) -> msgspec.Raw:
    """The array of all these conversations for one viewer."""
    entries = (entry for snapshot in snapshots for entry in snapshot.entries)
    return msgspec.Raw(
        b"[" + b",".join(entry.json + (_UNREAD if is_unread(entry) else _READ) for entry in entries) + b"]"
    )


_UNREAD = b',"isUnread":true}'
_READ = b',"isUnread":false}'


class Snapshots:
    """The latest snapshots, within `most_bytes`. Used on the event loop."""

    def __init__(self, database: Database, viewers: Viewers, most_bytes: int = CACHED_BYTES_MAX) -> None:
        self._database = database
        self._viewers = viewers
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, str, str], RoomSnapshot] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: dict[tuple[str, str, str], asyncio.Task[RoomSnapshot]] = {}

    async def take(self, tenant: Tenant, page: str, circle: Circle | None = None) -> RoomSnapshot:
        """What a page's room, its own or a circle's, holds now, or did at some moment after this call."""
        room = page if circle is None else circle.room
        key = (tenant.id, page, room)
        kept = self._kept.get(key)
        if kept is not None and kept.room == self._viewers.standing(tenant, room):
            self._kept.move_to_end(key)
            return kept
        if key not in self._waiting:
            self._waiting[key] = asyncio.create_task(self._read(tenant, page, circle, kept))
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(self._waiting[key])

    def forget(self, tenant_id: str) -> None:
        """Keep nothing of a tenant."""
        for key in [key for key in self._kept if key[0] == tenant_id]:
            self._kept_bytes -= _size(self._kept.pop(key))

    async def _read(self, tenant: Tenant, page: str, circle: Circle | None, kept: RoomSnapshot | None) -> RoomSnapshot:
        room, groups = (page, None) if circle is None else (circle.room, circle.groups)
        key = (tenant.id, page, room)

        def query(reader: Reader) -> RoomSnapshot:
            # From here on it is too late to join in.
            self._waiting.pop(key)
            standing = reader.room(tenant, room)
            if kept is not None and kept.room == standing:
                return kept
            found = conversations.list_room(reader, tenant, page, room)
            return RoomSnapshot(standing, [_entry(conversation_view(each, groups=groups)) for each in found])

        try:
            snapshot = await self._database.read(query)
        finally:
            if self._waiting.get(key) is asyncio.current_task():
                del self._waiting[key]
        self._keep(key, snapshot)
        return snapshot

    def _keep(self, key: tuple[str, str, str], snapshot: RoomSnapshot) -> None:
        before = self._kept.pop(key, None)
        self._kept[key] = snapshot
        self._kept_bytes += _size(snapshot) - _size(before)
        while self._kept_bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= _size(oldest)


def _entry(view: ConversationView) -> Entry:
    return Entry(view.url_id, view.last_comment_at, msgspec.json.encode(view)[:-1])


def _size(snapshot: RoomSnapshot | None) -> int:
    return 0 if snapshot is None else PAGE_BYTES + sum(len(entry.json) for entry in snapshot.entries)
