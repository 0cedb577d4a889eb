"""What protocol/README.md shows is true: its frames are valid, and its client works."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from tests import replica
from tests.protocol.test_apply import VECTORS, shown, take
from tests.protocol.vectors import FOLDER, validator
from tests.running import Site
from tests.test_docs import test_links_lead_somewhere as check_links

README = (FOLDER / "README.md").read_text(encoding="utf-8")
CLIENT = "\n".join(re.findall(r"^```js\n(.*?)^```$", README, re.DOTALL | re.MULTILINE))
VERSION = subprocess.check_output(["node", "--version"], text=True)
NODE = ["node", "--experimental-websocket"] if VERSION.startswith(("v20.", "v21.")) else ["node"]

APPLY = """
import { readFileSync } from "node:fs";
import { apply } from "./client.mjs";
const rooms = readFileSync(0, "utf8").trim().split("\\n").map((line) => {
  const { given, when } = JSON.parse(line);
  const chats = new Map(given.conversations.map((chat) => [chat._id, chat]));
  let { seq } = given;
  const early = new Map(when.filter((event) => event.seq > seq).map((event) => [event.seq, event]));
  for (let event; (event = early.get(seq + 1)); seq++) apply(chats, event);
  return { seq, conversations: [...chats.values()] };
});
console.log(JSON.stringify(rooms));
"""

FOLLOW = """
import { follow } from "./client.mjs";
const [server, tenant, urlId] = process.argv.slice(2);
follow(server, tenant, urlId, (chats, seq) => console.log(JSON.stringify({ seq, chats: [...chats.values()] })));
"""


class Follower:
    """The README's client in a process of its own; a context manager."""

    def __init__(self, folder: Path, site: Site, page: str) -> None:
        (folder / "client.mjs").write_text(CLIENT, encoding="utf-8")
        (folder / "follow.mjs").write_text(FOLLOW, encoding="utf-8")
        self.shown: list[dict[str, Any]] = []
        self._lines: Queue[str] = Queue()
        self._process = subprocess.Popen(
            [*NODE, str(folder / "follow.mjs"), site.base, "demo", page], stdout=subprocess.PIPE, text=True
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def wait_for_seq(self, seq: int) -> list[dict[str, Any]]:
        """What is shown next at this number."""
        while True:
            room = json.loads(self._lines.get(timeout=30))
            self.shown.append(room)
            if room["seq"] == seq:
                return list(room["chats"])

    def close(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A server that may be killed."""
    site = Site(tmp_path)
    yield site
    site.stop()


def examples() -> list[tuple[str, str]]:
    """(schema, frame) of every line that shows a message of one or the other side."""
    blocks = re.findall(r"^```(?:json)?\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    found = []
    for line in "".join(blocks).splitlines():
        if line.startswith(("→ ", "← ")):
            found.append(("from-client" if line[0] == "→" else "from-server", line[2:]))
        elif line.startswith('{"type"'):
            found.append(("", line))
    return found


def test_every_frame_that_is_shown_is_valid() -> None:
    shown_types = set()
    for schema, text in examples():
        frame = json.loads(text.replace("<userIdWS>", "token"))
        shown_types |= {each["type"] for each in (frame if isinstance(frame, list) else [frame])}
        assert any(
            validator(name, closed=True).is_valid(frame)
            for name in ([schema] if schema else ["from-client", "from-server"])
        ), text
        assert "%" not in text
    assert {"hello", "watch", "unwatch", "welcome", "watching", "h", "bye", "error", "typing", "p-u"} <= shown_types


def test_links_of_the_readme_lead_somewhere() -> None:
    check_links(FOLDER / "README.md")


def test_the_client_applies_the_vectors(tmp_path: Path) -> None:
    (tmp_path / "client.mjs").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "apply.mjs").write_text(APPLY, encoding="utf-8")
    vectors = (FOLDER / "apply.jsonl").read_text(encoding="utf-8")
    done = subprocess.run(
        [*NODE, str(tmp_path / "apply.mjs")], input=vectors, capture_output=True, text=True, timeout=30, check=True
    )
    for vector, room in zip(VECTORS, json.loads(done.stdout), strict=True):
        then = {name: vector["then"][name] for name in ("seq", "conversations")}
        assert shown(room, then) == then == shown(take(vector["given"], vector["when"]), then), vector["name"]


def test_the_client_follows_a_page_through_kills_and_restarts(own_site: Site, tmp_path: Path) -> None:
    ana = own_site.guest("Ana")
    thread = ana.created("page")["conversation"]["urlId"]
    follower = Follower(tmp_path, own_site, "page")
    try:
        follower.wait_for_seq(1)
        assert ana.reply(thread, "While it looks").status_code == 200
        follower.wait_for_seq(2)
        own_site.kill()
        own_site.start()
        assert ana.reply(thread, "Perhaps before it is back").status_code == 200
        follower.wait_for_seq(3)
        own_site.stop()
        own_site.start()
        new = ana.created("page")
        assert ana.change(new["createdChatId"], isResolved=True).status_code == 200
        told = follower.wait_for_seq(5)
    finally:
        follower.close()
    fresh = ana.snapshot("page")
    assert replica.comparable(told) == replica.comparable(fresh["conversations"])
    seqs = [room["seq"] for room in follower.shown]
    assert seqs == sorted(set(seqs)), "a snapshot may leap, but nothing is shown twice, and nothing goes back"


def test_the_client_follows_a_page_into_a_restored_backup(own_site: Site, tmp_path: Path) -> None:
    database = own_site.data_dir / "collabchat.db"
    ana = own_site.guest("Ana")
    thread = ana.created("page")["conversation"]["urlId"]
    own_site.stop()
    backup = database.read_bytes()
    own_site.start()
    follower = Follower(tmp_path, own_site, "page")
    try:
        follower.wait_for_seq(1)
        assert ana.reply(thread, "Not in the backup").status_code == 200
        follower.wait_for_seq(2)
        own_site.stop()
        database.write_bytes(backup)
        own_site.start()
        told = follower.wait_for_seq(1)
        assert [chat["commentCount"] for chat in told] == [1]
        assert ana.reply(thread, "After it").status_code == 200
        told = follower.wait_for_seq(2)
    finally:
        follower.close()
    assert replica.comparable(told) == replica.comparable(ana.snapshot("page")["conversations"])
