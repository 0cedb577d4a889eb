"""Whom the rooms are for: groups of pages, circles of private conversations, and which room belongs to which page."""

import secrets
from os.path import commonprefix

import msgspec
from sqlalchemy import bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.sqlite import insert

from collabchat.core.model import Actor, Audience, Circle, Groups, Tenant
from collabchat.core.permissions import authorise
from collabchat.errors import InvalidInput
from collabchat.storage import rights, tables
from collabchat.storage.rows import conversation_of_thread
from collabchat.storage.statements import insert_row, sql, where
from collabchat.storage.transaction import Reader, Transaction

CIRCLES_MAX = 15
"""Of a page: a socket watches 16 rooms."""

_pages = tables.page
_circles = tables.circle
_LIMITS_ANYTHING = sql(select(or_(*(exists().where(*where(table, "tenant_id")) for table in (_pages, _circles)))))
"""Most tenants limit nothing: then one look tells as much as five."""

_SELECT_PAGE = sql(select(_pages.c.groups).where(*where(_pages, "tenant_id", "url_id")))
_SELECT_PAGES = sql(
    select(_pages.c.url_id, _pages.c.groups)
    .where(*where(_pages, "tenant_id"), _pages.c.url_id > bindparam("after"))
    .order_by(_pages.c.url_id)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)
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
_INSERT_CIRCLE = insert_row(_circles)


def of_room(reader: Reader, tenant: Tenant, url_id: str) -> Audience:
    """Whom a room is for: a page's, a circle's or a thread's.

    What its name says holds as well as what it belongs to: whoever names a thread like a page opens nothing.
    """
    if reader.one(_LIMITS_ANYTHING, {"tenant_id": tenant.id}) == (0,):
        return Audience()
    pages: list[Groups] = []
    around: list[Groups] = []
    name: str | None = url_id
    # A thread may be discussed like a page: what holds there holds for that, too. Names may even lead back.
    passed: set[str] = set()
    while name is not None and name not in passed:
        passed.add(name)
        if (groups := _groups_of_name(reader, tenant, name)) is not None:
            pages.append(groups)
        row = reader.one(_SELECT_CIRCLE, {"tenant_id": tenant.id, "room": name})
        if row is not None:
            name, groups = row[0], _decode(row[1])
            around.append(groups or ())
        else:
            chat = conversation_of_thread(reader, tenant, name)
            name = None if chat is None else chat.room
    return Audience(tuple(pages), tuple(around), () if around else circles_of(reader, tenant, url_id))


def require_visible(reader: Reader, tenant: Tenant, actor: Actor | None, url_id: str) -> None:
    """Let pass who may see a room now; raises NotFound or Unauthenticated."""
    authorise(tenant.rules, of_room(reader, tenant, url_id), actor)


def page_groups(reader: Reader, tenant: Tenant, url_id: str) -> Groups | None:
    """The groups that a page is for; None: everybody."""
    row = reader.one(_SELECT_PAGE, {"tenant_id": tenant.id, "url_id": url_id})
    return None if row is None else _decode(row[0])


def list_pages(reader: Reader, tenant: Tenant, after: str, most: int) -> list[tuple[str, Groups | None]]:
    """Pages that have been given groups, by urlId, those after `after`."""
    rows = reader.all(_SELECT_PAGES, {"tenant_id": tenant.id, "after": after, "limit": most})
    return [(url_id, _decode(groups)) for url_id, groups in rows]


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
    return tuple(Circle(room, _decode(groups) or ()) for room, groups in rows)


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


def _groups_of_name(reader: Reader, tenant: Tenant, url_id: str) -> Groups | None:
    """The groups of a page, or of the page whose name a room's begins with, up to a colon.

    A thread is named `<page>:<selector>:<range>`, and older clients write into it before it is a conversation's.
    """
    bound = url_id
    while (row := reader.one(_SELECT_BEFORE, {"tenant_id": tenant.id, "bound": bound})) is not None:
        page, groups = row
        if url_id == page or url_id.startswith(f"{page}:"):
            return _decode(groups)
        # A page that the name begins with begins with what both have in common, or is shorter.
        bound = commonprefix((page, bound))  # noqa: RUF071 - letters in common are what is asked for
        if page == bound:
            bound = bound[:-1]
        if not bound:
            return None
    return None


def _encode(groups: Groups) -> str:
    return msgspec.json.encode(sorted(set(groups))).decode()


def _decode(groups: str | None) -> Groups | None:
    return None if groups is None else msgspec.json.decode(groups, type=tuple[str, ...])
