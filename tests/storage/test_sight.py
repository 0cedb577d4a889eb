"""What a moderator may see, asked of many rooms at once: the same as of each by itself, and for less."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collabchat.core.model import Actor, Rules, Tenant
from collabchat.core.permissions import may_see
from collabchat.storage import audiences, queue, tenants
from collabchat.storage.schema import migrate
from collabchat.storage.sight import LOOK_UPS_MAX, Sight
from collabchat.storage.sqlite import connect
from collabchat.storage.transaction import Reader, Row, Transaction

PAGES = ("a", "a:", "a:b", "a:b:c", "ab", "b")
CIRCLES = ("circle:1", "circle:2")
THREADS = ("a:b:x", "a::x", "b:x", "x", "circle:3")
ALL = (*PAGES, *CIRCLES, *THREADS, "held:1", "held:2", "staff:1", "c:x")

sets = st.lists(st.sampled_from(["hr", "law"]), max_size=2)
PEOPLE = st.builds(
    lambda groups: Actor("t", "t:mod", "", "Mod", role="moderator", groups=groups),
    st.none() | sets.map(tuple),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("sight") / "x.db"
    migrate(path)
    connection = connect(path)
    connection.execute("BEGIN")
    tenants.store(Transaction(connection, "life"), Tenant("t", "T", (), 0))
    connection.execute("COMMIT")
    yield connection
    connection.close()


def insert(data: sqlite3.Connection, table: str, **row: object) -> None:
    names = ("tenant_id", *row)
    places = ",".join("?" * len(names))
    quoted = ",".join(f'"{name}"' for name in names)
    data.execute(f"INSERT INTO {table} ({quoted}) VALUES ({places})", ["t", *row.values()])


def begin(data: sqlite3.Connection, thread: str, home: str, *, is_waiting: bool = False) -> None:
    """A conversation of one comment."""
    insert(
        data, "conversation", id=thread, page=home, thread=thread, room="held:1" if is_waiting else home,
        meant_for=home if is_waiting else None, range="", created_at=1, created_by_id="t:ann", created_by_name="Ann",
        comment_count=1, last_comment_at=1,
    )  # fmt: skip
    insert(
        data, "comment", id=thread, thread=thread, author_id="t:ann", author_name="Ann", is_by_guest=0, text="x",
        html="x", url="", created_at=1, state="waiting" if is_waiting else "shown", flag_count=0, shown_at=1,
    )  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pages=st.dictionaries(st.sampled_from(PAGES), sets, max_size=3),
    circles=st.dictionaries(st.sampled_from(CIRCLES), st.tuples(st.sampled_from(PAGES), sets)),
    chats=st.dictionaries(
        st.sampled_from(THREADS), st.tuples(st.sampled_from((*PAGES, *CIRCLES, *THREADS)), st.booleans())
    ),
    actor=PEOPLE,
    access=st.sampled_from(["closed", "open"]),
    knows_homes=st.booleans(),
)
def test_of_many_rooms_at_once_it_is_what_each_by_itself_says(
    data: sqlite3.Connection,
    pages: dict[str, list[str]],
    circles: dict[str, tuple[str, list[str]]],
    chats: dict[str, tuple[str, bool]],
    actor: Actor,
    access: str,
    knows_homes: bool,
) -> None:
    tenant = Tenant("t", "T", (), 0, rules=Rules(page_access=access))  # type: ignore[arg-type]
    data.execute("BEGIN")
    for url_id, groups in pages.items():
        insert(data, "page", url_id=url_id, groups=json.dumps(groups), created_at=1)
    for room, (page, groups) in circles.items():
        insert(data, "circle", room=room, page=page, groups=json.dumps(groups))
    for thread, (home, is_waiting) in chats.items():
        begin(data, thread, home, is_waiting=is_waiting)
    insert(data, "held_room", room="held:1", page="b", user_id="t:ann")
    reader = Reader(data, "life")
    sight = Sight(reader, tenant, actor)
    for number in range(LOOK_UPS_MAX if knows_homes else 0):
        sight.has(f"other {number}")
    expected = {room: may_see(tenant.rules, audiences.of_room(reader, tenant, room), actor) for room in ALL}
    found = {room: sight.has(room) for room in ALL}
    data.execute("ROLLBACK")
    if sight.is_whole:
        # Nothing is limited but what waits of somebody.
        expected["held:1"] = True
    assert found == expected


class Counting(Reader):
    """Counts the statements that it runs."""

    count = 0

    def one(self, statement: str, parameters: Mapping[str, object]) -> Row | None:
        self.count += 1
        return super().one(statement, parameters)

    def all(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        self.count += 1
        return super().all(statement, parameters)


def test_the_queue_is_counted_by_as_many_statements_however_many_threads_there_are(data: sqlite3.Connection) -> None:
    tenant, mod = Tenant("t", "T", (), 0), Actor("t", "t:mod", "", "Mod", role="moderator")
    ran = list[int]()
    data.execute("BEGIN")
    insert(data, "page", url_id="secret", groups='["hr"]', created_at=1)
    for part in range(3):
        for number in range(200):
            begin(data, f"base:{part}:{number}", "base", is_waiting=number < 10)
            begin(data, f"secret:{part}:{number}", "secret", is_waiting=number < 10)
        reader = Counting(data, "life")
        counts = queue.count(reader, tenant, Sight(reader, tenant, mod))
        assert (counts.waiting, counts.all) == (10 * (part + 1), 200 * (part + 1))
        ran.append(reader.count)
    data.execute("ROLLBACK")
    assert len(set(ran[1:])) == 1
    assert max(ran) < 2 * LOOK_UPS_MAX
