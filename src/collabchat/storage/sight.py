"""What one moderator may see of a tenant, of however many rooms they ask.

What limits anything is read once, and so are the homes of all conversations, where many are asked about. To ask
`audiences.of_room` of 20,000 threads took 20 times as long.
"""

from collections.abc import Iterator

import msgspec
from sqlalchemy import func, select

from collabchat.core.model import Actor, Audience, Groups, Tenant
from collabchat.core.permissions import may_see
from collabchat.storage import tables
from collabchat.storage.audiences import HELD, Limits, has_groups, of_room, read_limits
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.statements import sql, where
from collabchat.storage.transaction import Reader

LOOK_UPS_MAX = 100
"""Of homes, one by one; then all are read."""

_chats = tables.conversation
_home = func.coalesce(_chats.c.meant_for, _chats.c.room)
# All in one row: for each row that a thread of Python fetches it waits for the interpreter, where others run as well.
_SELECT_HOMES = sql(
    select(func.json_group_array(func.json_array(_chats.c.thread, _home))).where(*where(_chats, "tenant_id"))
)


class Sight:
    """What a moderator may see; with `is_whole` everything, as of an admin, or where nothing is limited.

    It says of each room what `may_see` says of `audiences.of_room`, as of the moment in which it was made.
    """

    def __init__(self, reader: Reader, tenant: Tenant, actor: Actor) -> None:
        self._reader, self._tenant, self._actor = reader, tenant, actor
        self.is_whole = actor.is_admin or not has_groups(reader, tenant)
        self._limits = Limits({}, {}) if self.is_whole else read_limits(reader, tenant)
        self._rooms: dict[str, bool] = {}
        self._homes_seen: dict[str, bool] = {}
        self._verdicts: dict[tuple[tuple[Groups, ...], tuple[Groups, ...]], bool] = {}
        self._homes: dict[str, str | None] = {}
        self._look_ups = 0

    def has(self, room: str, home: str | None = None) -> bool:
        """Whether they may see what is in a room: a page's, a circle's or a thread's.

        `home` is where a thread's conversation is, for who knows it already.
        """
        if self.is_whole:
            return True
        if home is not None:
            self._homes[room] = home
        if room not in self._rooms:
            home = self._home_of(room)
            # Threads are many and the homes of theirs few: what is around a home is looked at once.
            self._rooms[room] = self._admits(room) and (home is None or self._leads_to(home))
        return self._rooms[room]

    def _leads_to(self, home: str) -> bool:
        if home not in self._homes_seen:
            self._homes_seen[home] = all(self._admits(name) for name in self._around(home))
        return self._homes_seen[home]

    def _around(self, room: str) -> Iterator[str]:
        """A room, and those that it is in; names may lead back."""
        name: str | None = room
        passed: set[str] = set()
        while name is not None and name not in passed:
            passed.add(name)
            yield name
            name = self._home_of(name)

    def _home_of(self, room: str) -> str | None:
        """The page of a circle, and the room where a thread's conversation belongs."""
        if (circle := self._limits.circles.get(room)) is not None:
            return circle[0]
        if room not in self._homes and self._look_ups < LOOK_UPS_MAX:
            self._look_ups += 1
            chat = conversation_of_thread(self._reader, self._tenant, room)
            self._homes[room] = None if chat is None else chat.home
            if self._look_ups == LOOK_UPS_MAX:
                self._learn_homes()
        return self._homes.get(room)

    def _learn_homes(self) -> None:
        for (homes,) in self._reader.all(_SELECT_HOMES, {"tenant_id": self._tenant.id}):
            self._homes.update(msgspec.json.decode(homes, type=list[tuple[str, str]]))

    def _admits(self, name: str) -> bool:
        """Whether what is said of a name itself lets them in."""
        if name.startswith(HELD):
            return may_see(self._tenant.rules, of_room(self._reader, self._tenant, name), self._actor)
        groups, circle = self._limits.groups_of(name), self._limits.circles.get(name)
        limits = () if groups is None else (groups,), () if circle is None else (circle[1],)
        if limits not in self._verdicts:
            self._verdicts[limits] = may_see(self._tenant.rules, Audience(*limits), self._actor)
        return self._verdicts[limits]
