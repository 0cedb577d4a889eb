"""The conversations of a page as bytes, made once for all who ask: whatever one person's is, is added later.

A page that somebody watches is known to be unchanged without a look into the database. Otherwise one reading serves
everybody who asked before it began: who asks later might know of a write that it has not seen.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import msgspec
from msgspec import Struct

from collabchat.api.views import ConversationView, conversation_view
from collabchat.core.catchup import Standing
from collabchat.core.model import Tenant
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


class PageSnapshot(Struct, frozen=True):
    """A page's conversations at one position."""

    room: Standing
    entries: list[Entry]

    def render(self, is_unread: Callable[[Entry], bool]) -> msgspec.Raw:
        """The array for one viewer."""
        parts = (entry.json + (_UNREAD if is_unread(entry) else _READ) for entry in self.entries)
        return msgspec.Raw(b"[" + b",".join(parts) + b"]")


_UNREAD = b',"isUnread":true}'
_READ = b',"isUnread":false}'


class Snapshots:
    """The latest snapshots, within `most_bytes`. Used on the event loop."""

    def __init__(self, database: Database, viewers: Viewers, most_bytes: int = CACHED_BYTES_MAX) -> None:
        self._database = database
        self._viewers = viewers
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, str], PageSnapshot] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: dict[tuple[str, str], asyncio.Task[PageSnapshot]] = {}

    async def take(self, tenant: Tenant, page: str) -> PageSnapshot:
        """The page as it is now, or was at some moment after this call."""
        key = (tenant.id, page)
        kept = self._kept.get(key)
        if kept is not None and kept.room == self._viewers.standing(tenant, page):
            self._kept.move_to_end(key)
            return kept
        if key not in self._waiting:
            self._waiting[key] = asyncio.create_task(self._read(tenant, page, kept))
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(self._waiting[key])

    async def _read(self, tenant: Tenant, page: str, kept: PageSnapshot | None) -> PageSnapshot:
        key = (tenant.id, page)

        def query(reader: Reader) -> PageSnapshot:
            # From here on it is too late to join in.
            self._waiting.pop(key)
            room = reader.room(tenant, page)
            if kept is not None and kept.room == room:
                return kept
            found = conversations.list_page(reader, tenant, page)
            return PageSnapshot(room, [_entry(conversation_view(each)) for each in found])

        try:
            snapshot = await self._database.read(query)
        finally:
            if self._waiting.get(key) is asyncio.current_task():
                del self._waiting[key]
        self._keep(key, snapshot)
        return snapshot

    def _keep(self, key: tuple[str, str], snapshot: PageSnapshot) -> None:
        before = self._kept.pop(key, None)
        self._kept[key] = snapshot
        self._kept_bytes += _size(snapshot) - _size(before)
        while self._kept_bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= _size(oldest)


def _entry(view: ConversationView) -> Entry:
    return Entry(view.url_id, view.last_comment_at, msgspec.json.encode(view)[:-1])


def _size(snapshot: PageSnapshot | None) -> int:
    return 0 if snapshot is None else PAGE_BYTES + sum(len(entry.json) for entry in snapshot.entries)
