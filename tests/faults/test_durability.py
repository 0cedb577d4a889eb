"""What was answered is on disk: the server is killed, and the power is cut."""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collabchat.storage.sqlite import connect
from tests.faults.invariants import assert_in_step, assert_written_once
from tests.faults.nursery import Nursery, QuickSite
from tests.faults.people import Crowd, create
from tests.live_reader import LiveReader
from tests.running import eventually

ROUNDS = int(os.environ.get("CHAOS_KILLS", "20"))


def check_integrity(site: QuickSite) -> None:
    with closing(sqlite3.connect(site.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_f19_a_server_killed_in_the_midst_of_commits_loses_nothing_that_it_answered_or_told(
    nursery: Nursery, tmp_path: Path
) -> None:
    site = QuickSite(nursery, tmp_path)
    dice = random.Random(19)
    people = [site.guest(f"No. {number}") for number in range(8)]
    page = "killed"
    thread = create(people[0], page)["conversation"]["urlId"]
    crowd = Crowd(people, page, thread)
    with LiveReader(people[0], page, via=site.base) as reader, LiveReader(people[1], page, via=site.base) as witness:
        crowd.write(100_000)
        for _ in range(ROUNDS):
            reader.wait_live()
            time.sleep(dice.uniform(0.005, 0.06))  # the moment to die, whatever is under way
            site.kill()
            check_integrity(site)
            site.start()
        answers = crowd.stop()
        assert len(answers) >= ROUNDS
        assert_written_once(people[0], page, answers)
        # None of what they were told before a kill was taken back after it.
        assert_in_step(people[0], page, reader, witness)
        assert reader.room.resets == witness.room.resets == []
    site.kill()
    check_integrity(site)


def test_f20_the_database_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "any.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA fullfsync").fetchone() is not None


CALL = re.compile(r"^(\d+)\s+(\w+)\((\d+)<([^>]*)>(.*)$")
RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
OFFSET = re.compile(r", (\d+)(?:\)| <unfinished)")


@contextmanager
def tracing(pid: int, to: Path) -> Iterator[None]:
    """Write down which process asks the system for what; skips the test where that is not allowed."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed.")
    calls = "pwrite64,ftruncate,fsync,fdatasync,write,writev,sendto,sendmsg"
    command = [strace, "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={calls}", "-o", str(to), "-p", str(pid)]
    errors = to.with_suffix(".err")
    with errors.open("w") as stderr:
        tracer = subprocess.Popen(command, stderr=stderr)
        said = eventually(errors.read_text, lambda text: "attached" in text or tracer.poll() is not None)
        if "attached" not in said:
            pytest.skip(f"strace may not look: {said}")
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(timeout=30)


class Disk:
    """What a power cut would leave of the database's files: the bytes that were there at each file's last fsync."""

    def __init__(self, database: Path) -> None:
        self._files = [database, database.with_name(f"{database.name}-wal")]
        self._volatile = {str(file): bytearray(file.read_bytes()) for file in self._files}
        self._durable = {name: bytes(content) for name, content in self._volatile.items()}
        self._syncing: dict[str, str] = {}
        self.syncs = 0

    def take(self, line: str) -> bytes:
        """Take a line of the trace; returns what was sent to somebody by it."""
        if resumed := RESUMED.match(line):
            if (name := self._syncing.pop(resumed[1], None)) is not None:
                self._sync(name)
            return b""
        if (call := CALL.match(line)) is None:
            return b""
        thread, what, _, name, rest = call.groups()
        data = bytes.fromhex("".join(TEXT.findall(rest)).replace("\\x", ""))
        name = bytes.fromhex(name.replace("\\x", "")).decode() if name.startswith("\\x") else name
        if name not in self._volatile:
            return data
        if what == "pwrite64":
            offset = int(OFFSET.findall(rest)[-1])
            content = self._volatile[name]
            content.extend(bytes(max(0, offset + len(data) - len(content))))
            content[offset : offset + len(data)] = data
        elif what == "ftruncate":
            del self._volatile[name][int(OFFSET.findall(rest)[-1]) :]
        elif what in {"fsync", "fdatasync"} and "unfinished" in rest:
            self._syncing[thread] = name
        elif what in {"fsync", "fdatasync"}:
            self._sync(name)
        return b""

    def after_power_cut(self, folder: Path) -> Path:
        """Write what would be left into a folder; returns the database's file there."""
        folder.mkdir()
        for file in self._files:
            (folder / file.name).write_bytes(self._durable[str(file)])
        return folder / self._files[0].name

    def _sync(self, name: str) -> None:
        self._durable[name] = bytes(self._volatile[name])
        self.syncs += 1


def test_f20_a_power_cut_after_an_answer_does_not_undo_the_write(nursery: Nursery, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    site = QuickSite(nursery, tmp_path / "data")
    ana, bo = site.guest("Ana"), site.guest("Bo")
    page = "power"
    thread = create(ana, page)["conversation"]["urlId"]
    with LiveReader(bo, page, via=site.base) as reader:
        reader.wait_live()
        disk = Disk(site.database)
        with tracing(site.pid, tmp_path / "trace"):
            answers = Crowd([ana, bo] * 2, page, thread).write(5).finish()
            assert_in_step(ana, page, reader)
    site.kill()
    wanted = {answer["event"]["broadcastId"].encode() for answer in answers}
    cuts = 0
    for line in (tmp_path / "trace").read_text().splitlines():
        sent = disk.take(line)
        # The answer, or the event in somebody's socket, whichever left first.
        for broadcast_id in [it for it in wanted if it in sent]:
            wanted.discard(broadcast_id)
            cuts += 1
            with closing(sqlite3.connect(disk.after_power_cut(tmp_path / f"cut-{cuts}"))) as left:
                (found,) = left.execute(
                    "SELECT count(*) FROM event WHERE broadcast_id = ? AND url_id = ?", (broadcast_id.decode(), page)
                ).fetchone()
                assert found == 1, f"{broadcast_id!r} was told before it was on disk"
    assert wanted == set()
    assert cuts == len(answers) == 20
    assert disk.syncs > 0


def test_f20_the_trace_would_show_a_write_that_was_not_synced(nursery: Nursery, tmp_path: Path) -> None:
    """The proof's own proof: without the last fsync, the last write is gone."""
    database = tmp_path / "any.db"
    connection = connect(database)
    connection.execute("CREATE TABLE event (broadcast_id TEXT)")
    disk = Disk(database)
    wal = database.with_name("any.db-wal")
    before = wal.read_bytes()
    connection.execute("INSERT INTO event VALUES ('one')")
    after = wal.read_bytes()
    data = "".join(f"\\x{byte:02x}" for byte in after[len(before) :])
    disk.take(f'7 pwrite64(5<{wal}>, "{data}", {len(after) - len(before)}, {len(before)}) = 1')
    counts = []
    for name, line in (("before", ""), ("after", f"7 fdatasync(5<{wal}>) = 0")):
        disk.take(line)
        with closing(sqlite3.connect(disk.after_power_cut(tmp_path / name))) as left:
            counts.append(left.execute("SELECT count(*) FROM event").fetchone()[0])
    connection.close()
    assert counts == [0, 1]
