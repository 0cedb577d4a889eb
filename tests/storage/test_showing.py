"""Whatever is written, judged and taken back, in any order: events make of a room what a fresh look shows of it."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collabchat.api.views import conversation_view
from collabchat.core.model import Actor, Comment, Rules, Tenant
from collabchat.errors import Refusal
from collabchat.storage import audiences, comments, conversations, tenants, verdicts
from collabchat.storage.comments import Words
from collabchat.storage.places import Place
from collabchat.storage.rows import find_comment, find_conversation
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import connect
from collabchat.storage.transaction import Transaction, Write, new_id
from tests import replica

PEOPLE = {
    "ann": Actor("t", "t:ann", "", "Ann"),
    "gus": Actor("t", "anon:gus", "", "Gus", is_guest=True),
    "mod": Actor("t", "t:mod", "", "Mod", role="moderator"),
}
WRITERS = ("ann", "gus")
COMMENT_ACTIONS = ("approve", "hold", "spam", "delete", "restore", "unflag")
CHAT_ACTIONS = ("lock", "unlock", "pin", "unpin", "resolve", "reopen", "delete", "restore")

who, which = st.sampled_from([*PEOPLE]), st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("create"), who, which),
    st.tuples(st.just("reply"), who, which),
    st.tuples(st.just("begin"), who, which),
    st.tuples(st.just("edit"), who, which),
    st.tuples(st.just("remove"), who, which),
    st.tuples(st.just("delete"), who, which),
    st.tuples(st.just("flag"), who, which),
    st.tuples(st.sampled_from([f"judge {action}" for action in COMMENT_ACTIONS]), st.just("mod"), which),
    st.tuples(st.sampled_from([f"judge {action}" for action in COMMENT_ACTIONS]), st.just("mod"), which),
    st.tuples(st.sampled_from([f"rule {action}" for action in CHAT_ACTIONS]), st.just("mod"), which),
    st.tuples(st.just("approval"), st.sampled_from(["none", "first", "guests", "all"]), which),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("showing") / "x.db"
    migrate(path)
    connection = connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    yield connection
    connection.close()


class Story:
    """A page on which things happen, and what those know who hear of them by events alone."""

    def __init__(self, data: sqlite3.Connection) -> None:
        self.transaction = Transaction(data, "life")
        self.page = f"page {new_id()}"
        self.now = 1_000
        self.tenant = Tenant("t", "T", (), 0)
        data.execute("BEGIN")
        tenants.store(self.transaction, self.tenant)
        data.execute("COMMIT")
        self.chats: list[str] = []
        self.comments: list[str] = []
        self.rooms: dict[str, list[dict[str, Any]]] = {}
        self.threads: dict[str, dict[str, str]] = {}
        self.words: dict[str, list[str]] = {}
        """By comment, all that it ever said."""
        self.taken: set[str] = set()
        """What moderators took from a page that others had written."""

    def do(self, what: str, by: str, number: int) -> None:
        """Do something; what is refused changes nothing."""
        self.now += 10
        if what == "approval":
            self.tenant = Tenant("t", "T", (), 0, rules=Rules(approval=by))  # type: ignore[arg-type]
            return
        write = Write(self.transaction, self.tenant, PEOPLE[by], self.now, new_id())
        self.transaction.connection.execute("BEGIN")
        try:
            self._do(write, what, number)
        except Refusal:
            self.transaction.take()
            self.transaction.connection.execute("ROLLBACK")
            return
        self.transaction.connection.execute("COMMIT")
        for committed in self.transaction.take()[0]:
            if committed.frame is not None:
                self._hear(json.loads(committed.frame))

    def _do(self, write: Write, what: str, number: int) -> None:
        verb, _, action = what.partition(" ")
        text = f"word{new_id()}"
        place = Place(self.page, f"{self.page}:p:{new_id()}", "0:1,0:2", None, None, None)
        if verb == "create":
            created = conversations.create(write, place, Words(text, text, ""))
            self.chats.append(created.conversation.id)
            found = comments.list_thread(
                write.transaction, write.tenant, created.conversation.thread, newest_first=False, limit=1, offset=0,
                reader_id=write.actor.id,
            )  # fmt: skip
            self._wrote(found[0].id, text)
            return
        if verb in {"reply", "delete", "rule"} and self.chats:
            chat = find_conversation(write.transaction, write.tenant, self.chats[number % len(self.chats)])
            if verb == "reply":
                self._wrote(comments.add(write, chat.thread, Words(text, text, "")).comment.id, text)
            elif verb == "delete":
                conversations.remove(write, chat.id)
                self._note_taken(write, chat.created_by.id, chat.thread)
            else:
                verdicts.judge_conversation(write, "ui", chat.id, action)  # type: ignore[arg-type]
        elif self.comments:
            id_ = self.comments[number % len(self.comments)]
            author_id = self._find(id_).author.id
            if verb == "begin":
                self.chats.append(conversations.create_from_comment(write, place, id_).conversation.id)
            elif verb == "edit":
                comments.edit(write, id_, text, text)
                self._note_taken(write, author_id, id_)
                self.words[id_].append(text)
            elif verb == "remove":
                comments.remove(write, id_)
                self._note_taken(write, author_id, id_)
            elif verb == "flag":
                verdicts.flag(write, id_, is_flagged=number % 2 == 0)
            elif verb == "judge":
                verdicts.judge(write, "ui", id_, action)  # type: ignore[arg-type]

    def _wrote(self, id_: str, text: str) -> None:
        self.comments.append(id_)
        self.words[id_] = [text]

    def _note_taken(self, write: Write, owner_id: str, what: str) -> None:
        """Note what a comment, or all of a thread, has said, if a moderator took it from somebody else."""
        if write.actor.is_moderator and write.actor.id != owner_id:
            for id_, words in self.words.items():
                self.taken.update(words if what in {id_, self._find(id_).thread} else ())

    def _find(self, id_: str) -> Comment:
        return find_comment(self.transaction, self.tenant, id_)

    def _hear(self, event: dict[str, Any]) -> None:
        room = event["urlId"]
        if event["type"] in {"new-text-chat", "updated-text-chat"} or room in self._listing():
            # A room tells of the conversations in it; of others, what waits of them for one person.
            self.rooms[room] = replica.apply(self.rooms.get(room, []), event)
            return
        thread = self.threads.setdefault(room, {})
        match event["type"]:
            case "new-comment" | "updated-comment" if "commentHTML" in event["comment"]:
                thread[event["comment"]["_id"]] = event["comment"]["comment"]
            case "deleted-comment":
                thread.pop(event["comment"]["_id"], None)
            case "deleted-text-chat":
                thread.clear()

    def _listing(self) -> set[str]:
        """The rooms that conversations live in."""
        found = (audiences.held_room(self.transaction, self.tenant, self.page, PEOPLE[by].id) for by in PEOPLE)
        return {self.page, *filter(None, found)}

    def check(self) -> None:
        """Compare what was heard with what is there."""
        reader, tenant = self.transaction, self.tenant
        for room in self._listing():
            found = conversations.list_room(reader, tenant, self.page, room)
            views = [json.loads(msgspec.json.encode(conversation_view(chat))) for chat in found]
            for view in views:
                view.pop("room", None)
            assert replica.comparable(self.rooms.get(room, [])) == replica.comparable(views)
        for chat_id in self.chats:
            chat = find_conversation(reader, tenant, chat_id)
            shown = comments.list_thread(reader, tenant, chat.thread, newest_first=False, limit=-1, offset=0)
            assert self.threads.get(chat.thread, {}) == {it.id: it.text for it in shown}
            if chat.deleted_at is None and not chat.is_waiting:
                assert chat.comment_count == len(shown) > 0
            elif shown:
                raise AssertionError("what is shown has a place")
        self._check_logs()

    def _check_logs(self) -> None:
        """What waits, or moderators have hidden, stands in the log of nobody but its author."""
        own = self._listing() - {self.page}
        rows = self.transaction.connection.execute("SELECT url_id, body FROM event WHERE tenant_id = 't'").fetchall()
        public = b"".join(body for url_id, body in rows if url_id not in own).decode()
        hidden: set[str] = set()
        for id_, words in self.words.items():
            comment = self._find(id_)
            if comment.state != "shown":
                hidden.update(words)
            elif comment.is_visible:
                # Restored, perhaps: what its author then does to it is nobody else's deed.
                self.taken.discard(comment.text)
        assert not [word for word in hidden | self.taken if word in public]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=10, max_size=30))
def test_after_anything_old_state_and_events_are_the_fresh_snapshot_and_no_log_holds_what_is_hidden(
    data: sqlite3.Connection, steps: list[tuple[str, str, int]]
) -> None:
    data.execute("DELETE FROM tenant")
    story = Story(data)
    for what, by, number in (("create", "mod", 0), *steps):
        story.do(what, by, number)
        story.check()
