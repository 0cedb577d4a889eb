"""Whom the rooms are for: groups of pages, circles of private conversations, and which room belongs to which page."""

import secrets
from os.path import commonprefix

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import STAFF, Actor, Audience, Circle, Groups, Tenant
from collabchat.core.permissions import authorise
from collabchat.errors import InvalidInput
from collabchat.storage import rights, tables
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

CIRCLES_MAX = 14
"""Of a page: a socket watches 16 rooms, one of them the page's and one for what waits of somebody."""

HELD = "held:"
"""What the names of the rooms for what waits of somebody begin with."""

_pages = tables.page
_circles = tables.circle
_staff_rooms = tables.staff_room
_held = tables.held_room
_HAS_GROUPS = sql(select(or_(*(exists().where(*where(table, "tenant_id")) for table in (_pages, _circles)))))
_LIMITING = (_pages, _circles, _held)
_LIMITS_ANYTHING = sql(select(or_(*(exists().where(*where(table, "tenant_id")) for table in _LIMITING))))
"""Most tenants limit nothing: then one look tells as much as five."""

_SELECT_PAGE = sql(select(_pages.c.groups).where(*where(_pages, "tenant_id", "url_id")))
_SELECT_BEFORE = sql(
    select(_pages.c.url_id, _pages.c.groups)
    .where(*where(_pages, "tenant_id"), _pages.c.url_id <= bindparam("bound"))
    .order_by(_pages.c.url_id.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0"))
)
_insert_page = insert(_pages)
_STORE_PAGE = sql(
    _insert_page.on_conflict_do_update(
        index_elements=["tenant_id", "url_id"], set_={"groups": _insert_page.excluded.groups}
    )
)
_DELETE_PAGE = sql(delete(_pages).where(*where(_pages, "tenant_id", "url_id")))
_SELECT_CIRCLE = sql(select(_circles.c.page, _circles.c.groups).where(*where(_circles, "tenant_id", "room")))
_SELECT_CIRCLES = sql(
    select(_circles.c.room, _circles.c.groups).where(*where(_circles, "tenant_id", "page")).order_by(_circles.c.room)
)
_SELECT_CIRCLE_ROOM = sql(select(_circles.c.room).where(*where(_circles, "tenant_id", "page", "groups")))
_SELECT_HELD = sql(select(_held.c.page, _held.c.user_id).where(*where(_held, "tenant_id", "room")))
_SELECT_HELD_ROOM = sql(select(_held.c.room).where(*where(_held, "tenant_id", "page", "user_id")))
_HAS_HELD = sql(select(exists().where(*where(_held, "tenant_id", "page"))))
_INSERT_HELD = insert_row(_held)
_IS_STAFF_ROOM = sql(select(_staff_rooms.c.room).where(*where(_staff_rooms, "tenant_id", "room")))
_INSERT_CIRCLE = insert_row(_circles)
_ALL_PAGES = sql(select(_pages.c.url_id, _pages.c.groups).where(*where(_pages, "tenant_id")))
_ALL_CIRCLES = sql(select(_circles.c.room, _circles.c.page, _circles.c.groups).where(*where(_circles, "tenant_id")))


class Limits(Struct, frozen=True):
    """All that is for some groups only at a tenant: pages, and circles with the page of each."""

    pages: dict[str, Groups | None]
    circles: dict[str, tuple[str, Groups]]

    def groups_of(self, name: str) -> Groups | None:
        """The groups of a page, or of the page whose name a room's begins with, up to a colon."""
        while name not in self.pages:
            name, colon, _ = name.rpartition(":")
            if not colon:
                return None
        return self.pages[name]


def of_room(reader: Reader, tenant: Tenant, url_id: str) -> Audience:
    """Whom a room is for: a page's, a circle's or a thread's.

    What its name says holds as well as what it belongs to: whoever names a thread like a page opens nothing.
    """
    if url_id.startswith(STAFF) and reader.one(_IS_STAFF_ROOM, {"tenant_id": tenant.id, "room": url_id}) is not None:
        return Audience(is_staffs=True)
    if reader.one(_LIMITS_ANYTHING, {"tenant_id": tenant.id}) == (0,):
        return Audience()
    pages: list[Groups] = []
    around: list[Groups] = []
    person: str | None = None
    is_staffs = False
    name: str | None = url_id
    # A thread may be discussed like a page: what holds there holds for that, too. Names may even lead back.
    passed: set[str] = set()
    while name is not None and name not in passed:
        passed.add(name)
        if (groups := _groups_of_name(reader, tenant, name)) is not None:
            pages.append(groups)
        row = reader.one(_SELECT_CIRCLE, {"tenant_id": tenant.id, "room": name})
        held = reader.one(_SELECT_HELD, {"tenant_id": tenant.id, "room": name})
        if row is not None:
            name, groups = row[0], decode_groups(row[1])
            around.append(groups or ())
        elif held is not None:
            name, person = held
        else:
            chat = conversation_of_thread(reader, tenant, name)
            if chat is not None and chat.is_waiting:
                person, is_staffs = chat.created_by.id, True
            name = None if chat is None else chat.home
    limits = tuple(pages), tuple(around)
    if around or person is not None:
        return Audience(*limits, person=person, is_staffs=is_staffs)
    has_waiting = reader.one(_HAS_HELD, {"tenant_id": tenant.id, "page": url_id}) == (1,)
    return Audience(*limits, circles_of(reader, tenant, url_id), has_waiting=has_waiting)


def has_groups(reader: Reader, tenant: Tenant) -> bool:
    """Whether a tenant has pages or discussions that are for some groups only."""
    return reader.one(_HAS_GROUPS, {"tenant_id": tenant.id}) != (0,)


def read_limits(reader: Reader, tenant: Tenant) -> Limits:
    """All limits of a tenant at once, for who asks about many rooms."""
    key = {"tenant_id": tenant.id}
    return Limits(
        {url_id: decode_groups(groups) for url_id, groups in reader.all(_ALL_PAGES, key)},
        {room: (page, decode_groups(groups) or ()) for room, page, groups in reader.all(_ALL_CIRCLES, key)},
    )


def require_visible(reader: Reader, tenant: Tenant, actor: Actor | None, url_id: str) -> None:
    """Let pass who may see a room now; raises NotFound or Unauthenticated."""
    authorise(tenant.rules, of_room(reader, tenant, url_id), actor)


def page_groups(reader: Reader, tenant: Tenant, url_id: str) -> Groups | None:
    """The groups that a page is for; None: everybody."""
    row = reader.one(_SELECT_PAGE, {"tenant_id": tenant.id, "url_id": url_id})
    return None if row is None else decode_groups(row[0])


def limit_page(transaction: Transaction, tenant: Tenant, url_id: str, groups: Groups | None, now: int) -> None:
    """Say whom a page is for; None: everybody."""
    key = {"tenant_id": tenant.id, "url_id": url_id}
    if groups is None:
        transaction.run(_DELETE_PAGE, key)
    else:
        transaction.run(_STORE_PAGE, {**key, "groups": _encode(groups), "created_at": now})
    rights.note(transaction, tenant.id, "page", url_id, now)


def circles_of(reader: Reader, tenant: Tenant, page: str) -> tuple[Circle, ...]:
    """The circles of a page."""
    rows = reader.all(_SELECT_CIRCLES, {"tenant_id": tenant.id, "page": page})
    return tuple(Circle(room, decode_groups(groups) or ()) for room, groups in rows)


def open_circle(transaction: Transaction, tenant: Tenant, page: str, groups: Groups, now: int) -> str:
    """The room of a page's conversations that only these groups may see."""
    key = {"tenant_id": tenant.id, "page": page, "groups": _encode(groups)}
    others = circles_of(transaction, tenant, page)
    if (found := transaction.one(_SELECT_CIRCLE_ROOM, key)) is not None:
        return str(found[0])
    if len(others) >= CIRCLES_MAX:
        raise InvalidInput("groups", f"this page has private discussions for {CIRCLES_MAX} sets of groups already.")
    # Not to be guessed: whoever watched a room of this name before it is private would hear how it begins.
    room = f"circle:{secrets.token_hex(9)}"
    transaction.run(_INSERT_CIRCLE, {**key, "room": room})
    rights.note(transaction, tenant.id, "page", page, now)
    return room


def held_room(reader: Reader, tenant: Tenant, page: str, user_id: str) -> str | None:
    """The room for what waits of one person on one page, if there ever was anything."""
    row = reader.one(_SELECT_HELD_ROOM, {"tenant_id": tenant.id, "page": page, "user_id": user_id})
    return None if row is None else str(row[0])


def open_held_room(transaction: Transaction, tenant: Tenant, page: str, user_id: str, now: int) -> str:
    """The same; from now on there is one."""
    if (found := held_room(transaction, tenant, page, user_id)) is not None:
        return found
    # Not to be guessed, like a circle's.
    room = f"{HELD}{secrets.token_hex(9)}"
    transaction.run(_INSERT_HELD, {"tenant_id": tenant.id, "page": page, "user_id": user_id, "room": room})
    rights.note(transaction, tenant.id, "held", user_id, now)
    return room


def _groups_of_name(reader: Reader, tenant: Tenant, url_id: str) -> Groups | None:
    """The groups of a page, or of the page whose name a room's begins with, up to a colon.

    A thread is named `<page>:<selector>:<range>`, and older clients write into it before it is a conversation's.
    """
    bound = url_id
    while (row := reader.one(_SELECT_BEFORE, {"tenant_id": tenant.id, "bound": bound})) is not None:
        page, groups = row
        if url_id == page or url_id.startswith(f"{page}:"):
            return decode_groups(groups)
        # A page that the name begins with begins with what both have in common, or is shorter.
        bound = commonprefix((page, bound))  # noqa: RUF071 - letters in common are what is asked for
        if page == bound:
            bound = bound[:-1]
        if not bound:
            return None
    return None


def _encode(groups: Groups) -> str:
    return msgspec.json.encode(sorted(set(groups))).decode()


def decode_groups(groups: str | None) -> Groups | None:
    """Groups as they are stored, as a value."""
    return None if groups is None else msgspec.json.decode(groups, type=tuple[str, ...])
