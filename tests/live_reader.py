"""`LiveReader`: the reference client of the live channel, version 2, for tests.

    snapshot at (epoch, seq) ─▶ hello ─▶ watching ─▶ events
       ▲                                  │ reset        seq ≤ position      dropped
       └──────────────────────────────────┘              seq = position + 1  applied, then the position moves
                                                         seq > position + 1  a gap: watch again from the position

It keeps what it applied and a replica of each room's conversations made of nothing but events, and it never gives up,
except when the server says that it is not let in. Whatever the server does against the protocol is noted in `wrongs`.
"""

import contextlib
import json
import math
import random
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol, Self
from urllib.parse import quote

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests import replica

Message = dict[str, Any]

SILENCE_S = 35
"""Without a frame for so long, the line is dead."""

HEADS_S = 2
"""So long after a head that is greater than our position, we ask again."""

FINAL_CODES = {4400, 4403}
BATCH_MAX = 64


class Asker(Protocol):
    """Who reads: a `tests.running.Visitor`, or one who goes through a proxy."""

    tenant: str

    def snapshot(self, url_id: str) -> Message:
        """The page as this person sees it."""


def dial(base: str, tenant: str, version: str = "2") -> ClientConnection:
    """Open the live channel, and say nothing yet."""
    url = f"{base.replace('http', 'ws', 1)}/sub?tenantIdWS={quote(tenant)}&v={version}"
    # Heartbeats are the protocol's; a line that swallows everything must not hold up the next one.
    socket: ClientConnection = connect(url, compression=None, ping_interval=None, close_timeout=0.1, open_timeout=5)
    return socket


def say(socket: ClientConnection, **message: Any) -> None:
    """Send a message."""
    socket.send(json.dumps(message))


def hear(socket: ClientConnection, *kinds: str, timeout: float = 10) -> Message:
    """The next message or event of one of these types; others are passed over, and batches taken apart."""
    while True:
        frame = json.loads(socket.recv(timeout=timeout))
        for message in frame if isinstance(frame, list) else [frame]:
            if message["type"] in kinds:
                return dict(message)


def close_code(socket: ClientConnection, timeout: float = 10) -> int:
    """Read to the end, and say with which code it came; 1006 is none."""
    deadline = time.monotonic() + timeout
    try:
        while True:
            socket.recv(timeout=max(0.0, deadline - time.monotonic()))
    except ConnectionClosed as closed:
        return 1006 if closed.rcvd is None else closed.rcvd.code


class RoomCopy:
    """What a reader knows of one room."""

    def __init__(self, url_id: str) -> None:
        self.url_id = url_id
        self.epoch = ""
        self.start = 0
        """Position of the snapshot that `applied` begins after."""
        self.seq = 0
        self.head = 0
        self.applied: list[Message] = []
        self.conversations: list[Message] = []
        self.viewers = 0
        self.resets: list[str] = []
        self.is_watched = False
        self.is_asking = False
        """Whether we asked to watch it, and have no answer yet."""

    def load(self, snapshot: Message) -> None:
        """Begin anew from a snapshot, unless it is older than what is known."""
        if snapshot["epoch"] == self.epoch and snapshot["seq"] < self.seq:
            return
        self.epoch, self.start = snapshot["epoch"], snapshot["seq"]
        self.seq = self.start
        self.applied = []
        self.conversations = snapshot["conversations"]

    def apply(self, event: Message) -> bool:
        """Apply an event if it is the next one; whether there is a gap before it."""
        if event["seq"] == self.seq + 1:
            self.conversations = replica.apply(self.conversations, event)
            self.applied.append(event)
            self.seq += 1
        return bool(event["seq"] > self.seq)


class LiveReader:
    """A reader of some rooms over one socket, in a thread of its own; a context manager.

    `via` is where the live channel is dialled, `silence_s` when the line is held for dead, and `pause_s` the longest
    wait before the next try.
    """

    def __init__(
        self, asker: Asker, *rooms: str, via: str, silence_s: float = SILENCE_S, pause_s: float = 0.3, seed: int = 0
    ) -> None:
        self.rooms = {name: RoomCopy(name) for name in rooms}
        self.wrongs: list[str] = []
        self.messages: list[Message] = []
        """All that came and is no event and no presence."""
        self.closes: list[int] = []
        self.connects = 0
        self.repeats = 0
        self.gaps = 0
        self.batches = 0
        self.is_refused = False
        self._asker = asker
        self._via = via
        self._silence_s = silence_s
        self._pause_s = pause_s
        self._random = random.Random(seed)
        self._token = ""
        self._socket: ClientConnection | None = None
        self._ask_again_at = math.inf
        self._changed = threading.Condition()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-reader", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.nudge()
        self._thread.join(timeout=20)
        assert not self._thread.is_alive(), "The reader does not end."

    @property
    def room(self) -> RoomCopy:
        """The only room."""
        (room,) = self.rooms.values()
        return room

    @property
    def is_live(self) -> bool:
        """Whether every room is watched."""
        return all(room.is_watched for room in self.rooms.values())

    def wait(self, is_it: Callable[[], bool], timeout: float = 20) -> bool:
        """Wait until something is so; whether it became so in time."""
        with self._changed:
            return self._changed.wait_for(is_it, timeout)

    def wait_live(self, timeout: float = 20) -> Self:
        """Wait until every room is watched."""
        assert self.wait(lambda: self.is_live, timeout), f"not live: {self}"
        return self

    def wait_for(self, seq: int, timeout: float = 20) -> Self:
        """Wait until the only room is known up to `seq`."""
        assert self.wait(lambda: self.room.seq >= seq, timeout), f"not at {seq}: {self}"
        return self

    def assert_heard(self, seq: int) -> None:
        """All events of the only room up to `seq` come, from the first on, each once and in order."""
        self.wait_for(seq)
        assert (self.wrongs, [event["seq"] for event in self.room.applied]) == ([], list(range(1, seq + 1)))

    def nudge(self) -> None:
        """Hang up without a word, as a browser that wakes would: it dials again at once."""
        if (socket := self._socket) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(2)

    def say(self, message: Message) -> None:
        """Send a message of any kind."""
        assert self._socket is not None
        self._socket.send(json.dumps(message))

    def hear(self, message: Message | list[Message]) -> None:
        """Take a frame, as if the server had sent it."""
        self._take(message)

    def __repr__(self) -> str:
        rooms = ", ".join(f"{it.url_id} {it.epoch}:{it.start}..{it.seq}" for it in self.rooms.values())
        return f"<LiveReader {rooms} connects {self.connects} closes {self.closes[-5:]} wrongs {self.wrongs[-5:]}>"

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        fails = 0
        while not self._is_over.is_set() and not self.is_refused:
            before = self.connects
            try:
                self._connect()
            except (OSError, httpx.HTTPError, RuntimeError, AssertionError, WebSocketException) as error:
                # A closed HTTP client is a RuntimeError, and an answer that is no success an AssertionError.
                self._note_end(error)
            fails = 0 if self.connects > before else min(fails + 1, 5)
            self._is_over.wait(self._random.uniform(0, min(self._pause_s, 0.02 * 2**fails)))

    def _connect(self) -> None:
        for room in self.rooms.values():
            if not room.epoch or not self._token:
                self._load(room)
        with dial(self._via, self._asker.tenant) as socket:
            self._socket = socket
            try:
                self._watch(socket)
            finally:
                self._socket = None
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(2)

    def _watch(self, socket: ClientConnection) -> None:
        for room in self.rooms.values():
            room.is_asking = True
        wanted = [{"urlId": room.url_id, "epoch": room.epoch, "seq": room.seq} for room in self.rooms.values()]
        socket.send(json.dumps({"type": "hello", "token": self._token, "rooms": wanted}))
        self._ask_again_at = math.inf
        dead_at = time.monotonic() + self._silence_s
        while not self._is_over.is_set():
            now = time.monotonic()
            if now >= dead_at:
                raise TimeoutError("silence")
            if now >= self._ask_again_at:
                self._ask_again_at = math.inf
                for room in self.rooms.values():
                    if room.head > room.seq:
                        self._watch_again(room)
            try:
                text = socket.recv(timeout=max(0.0, min(dead_at, self._ask_again_at) - now))
            except TimeoutError:
                continue
            dead_at = time.monotonic() + self._silence_s
            if not isinstance(text, str) or "%" in text:
                self.wrongs.append(f"a frame that is binary, or has a bare %: {text!r:.80}")
            self._take(json.loads(text))

    def _take(self, message: Message | list[Message]) -> None:
        if isinstance(message, list):
            self.batches += 1
            self._check_batch(message)
            for event in message:
                self._take_event(event)
        elif "seq" in message and message.get("type") != "watching":
            self._take_event(message)
        else:
            self._take_words(message)
        with self._changed:
            self._changed.notify_all()

    def _check_batch(self, batch: list[Message]) -> None:
        seqs = [event.get("seq", 0) for event in batch]
        is_run = seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else False
        if not (is_run and 2 <= len(batch) <= BATCH_MAX and len({event["urlId"] for event in batch}) == 1):
            self.wrongs.append(f"a batch that is none: {seqs}")

    def _take_event(self, event: Message) -> None:
        room = self.rooms.get(event["urlId"])
        if room is None or not room.is_watched:
            self.wrongs.append(f"an event of a room that is not watched: {event['urlId']}")
            return
        room.head = max(room.head, event["seq"])
        if event["seq"] <= room.seq:
            self.repeats += 1
        elif room.apply(event):
            self.gaps += 1
            self._watch_again(room)

    def _take_words(self, words: Message) -> None:
        kind = words.get("type")
        if kind == "p-u":
            self.rooms[words["urlId"]].viewers = words["sc"]
            return
        self.messages.append(words)
        if kind == "welcome":
            self.connects += 1
        elif kind == "watching":
            self._take_watching(self.rooms[words["urlId"]], words)
        elif kind == "h":
            self.say({"type": "h"})
            for name, head in words["heads"].items():
                self.rooms[name].head = head
            if any(room.head > room.seq for room in self.rooms.values()) and self._ask_again_at == math.inf:
                self._ask_again_at = time.monotonic() + HEADS_S

    def _take_watching(self, room: RoomCopy, words: Message) -> None:
        room.head = words["seq"]
        room.is_asking = False
        if words["result"] == "resumed":
            if words["epoch"] != room.epoch or words["missed"] != words["seq"] - room.seq:
                self.wrongs.append(f"resumed, but not from {room.epoch} {room.seq}: {words}")
            room.is_watched = True
            return
        room.is_watched = False
        room.resets.append(words["reason"])
        self._load(room)
        self._watch_again(room)

    def _watch_again(self, room: RoomCopy) -> None:
        if room.is_asking:
            return
        room.is_asking = True
        self.say({"type": "watch", "urlId": room.url_id, "epoch": room.epoch, "seq": room.seq})

    def _load(self, room: RoomCopy) -> None:
        snapshot = self._asker.snapshot(room.url_id)
        room.load(snapshot)
        self._token = snapshot["userIdWS"]

    def _note_end(self, error: Exception) -> None:
        code = 0
        if isinstance(error, ConnectionClosed):
            code = 1006 if error.rcvd is None else error.rcvd.code
        elif isinstance(error, InvalidHandshake) and "403" in str(error):
            code = 403
        self.closes.append(code)
        self.is_refused = code in FINAL_CODES
        if code in {4401, 403}:
            self._token = ""
        with self._changed:
            for room in self.rooms.values():
                room.is_watched = False
            self._changed.notify_all()
