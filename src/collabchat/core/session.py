"""One connection of `/sub?v=2` as a state machine: messages and answers in, effects out.

    state    input                      → state     effects
    ───────  ─────────────────────────  → ────────  ─────────────────────────────────────────────
    new      hello                      → asked     Check(token)
             any other message          → closed    End(4400)
             late (too long ago)        → closed    End(4408)
    asked    admit(claim)               → open      Say(welcome), Enter for each room of the hello
             admit(None)                → closed    End(4401)
    open     watch                      → open      Enter; or Say(error too-many-rooms)
             unwatch                    → open      Leave
             auth                       → open      Check(token)
             admit(claim), same person  → open      Say(welcome)
             admit(claim), another      → closed    End(4403)
             admit(None)                → closed    End(4401)
             typing in a watched room   → open      Notice
             h                          → open
             hello                      → closed    End(4400)
             beat                       → open      Beat: the caller says the heads
             silent (no message since)  → closed    End(1001)
    any      refuse (banned)            → closed    End(4403)
             expire (the session ended) → closed    End(4401)
             not understood, binary     → closed    End(4400)
             lapse (token expired)      → closed    End(4401)
    closed   anything                   → closed

The caller carries out the effects of one message before it hands over the next, so while a token is checked (`asked`)
nothing else comes. Who may watch a room is the caller's to say.
"""

from typing import Literal

from msgspec import UNSET, Struct

from collabchat.core.catchup import Position
from collabchat.core.close_codes import (
    CLOSE_BAD_MESSAGE,
    CLOSE_FORBIDDEN,
    CLOSE_GONE,
    CLOSE_NO_HELLO,
    CLOSE_UNAUTHENTICATED,
)
from collabchat.core.messages import (
    Auth,
    Hello,
    Message,
    NotUnderstood,
    Trouble,
    TypingNotice,
    Unwatch,
    Wanted,
    Watch,
    Welcome,
    decode,
)

HELLO_WITHIN_S = 5
"""Unless the settings say otherwise."""

HEARTBEAT_S = 25
ANSWER_WITHIN_S = 10
ROOMS_MAX = 16
GRACE_MS = 10_000
"""The next token is to be had when the last one has expired: so long the socket waits for it."""


class Watcher(Struct, frozen=True):
    """Whom a token proves, and until when (epoch ms)."""

    user_id: str
    session_id: str
    expires_at: int


class Check(Struct, frozen=True):
    """Find out whom a token proves, then call `admit`."""

    token: str


class Enter(Struct, frozen=True):
    """Let the socket into a room, from a position; None: from now on."""

    url_id: str
    position: Position | None


class Leave(Struct, frozen=True):
    """Take the socket out of a room."""

    url_id: str


class Notice(Struct, frozen=True):
    """Tell a room that the person is writing in a conversation."""

    url_id: str
    chat_id: str


class Beat(Struct, frozen=True):
    """Say the heads of these rooms."""

    rooms: tuple[str, ...]


class Say(Struct, frozen=True):
    """Send words to this socket."""

    words: Welcome | Trouble


class End(Struct, frozen=True):
    """Close the socket."""

    code: int


Effect = Check | Enter | Leave | Notice | Beat | Say | End


class Session:
    """The machine of one connection; see the table above."""

    def __init__(self) -> None:
        self.state: Literal["new", "asked", "open", "closed"] = "new"
        self.watcher: Watcher | None = None
        self.rooms: dict[str, None] = {}
        self._asked: list[Wanted] = []
        self._was_heard = True

    def receive(self, message: str | bytes) -> list[Effect]:
        """Take a message as it came."""
        if self.state == "closed":
            return []
        self._was_heard = True
        if isinstance(message, bytes):
            return self._end(CLOSE_BAD_MESSAGE)
        try:
            said = decode(message)
        except NotUnderstood:
            return self._end(CLOSE_BAD_MESSAGE)
        return self._begin(said) if self.state == "new" else self._heed(said)

    def admit(self, watcher: Watcher | None) -> list[Effect]:
        """Take the answer to Check."""
        if self.state == "closed":
            return []
        if watcher is None:
            return self._end(CLOSE_UNAUTHENTICATED)
        before, self.watcher = self.watcher, watcher
        if before is not None and before.user_id != watcher.user_id:
            return self._end(CLOSE_FORBIDDEN)
        welcome = Say(Welcome(HEARTBEAT_S * 1_000, watcher.expires_at))
        self.state = "open"
        asked, self._asked = self._asked, []
        return [welcome, *self._enter(asked)]

    def refuse(self) -> list[Effect]:
        """The person may not be here at all."""
        return self._end(CLOSE_FORBIDDEN)

    def expire(self) -> list[Effect]:
        """What the token proved is not so any more."""
        return self._end(CLOSE_UNAUTHENTICATED)

    def leave(self, url_id: str) -> None:
        """Note that the room was taken from the socket: a reset, or it may not be watched."""
        self.rooms.pop(url_id, None)

    def late(self) -> list[Effect]:
        """The time for the hello is over."""
        return self._end(CLOSE_NO_HELLO) if self.state == "new" else []

    def beat(self) -> list[Effect]:
        """It is time for a heartbeat, to be answered before `silent` is asked."""
        if self.state != "open":
            return []
        self._was_heard = False
        return [Beat(tuple(self.rooms))]

    def silent(self) -> list[Effect]:
        """The time to answer the heartbeat is over."""
        return [] if self._was_heard else self._end(CLOSE_GONE)

    def lapse(self, now: int) -> list[Effect]:
        """Look whether the token expired so long ago that a fresh one should have come; `now` in epoch ms."""
        if self.watcher is None or now < self.watcher.expires_at + GRACE_MS:
            return []
        return self._end(CLOSE_UNAUTHENTICATED)

    def _begin(self, said: Message | None) -> list[Effect]:
        if not isinstance(said, Hello):
            return self._end(CLOSE_BAD_MESSAGE)
        self.state = "asked"
        self._asked = said.rooms
        return [Check(said.token)]

    def _heed(self, said: Message | None) -> list[Effect]:
        match said:
            case Hello():
                return self._end(CLOSE_BAD_MESSAGE)
            case Watch():
                return self._enter([said])
            case Unwatch(url_id) if url_id in self.rooms:
                self.leave(url_id)
                return [Leave(url_id)]
            case Auth(token):
                return [Check(token)]
            case TypingNotice(url_id, chat_id) if url_id in self.rooms:
                return [Notice(url_id, chat_id)]
            case _:
                return []

    def _enter(self, wanted: list[Watch] | list[Wanted]) -> list[Effect]:
        effects: list[Effect] = []
        for each in wanted:
            if each.url_id not in self.rooms and len(self.rooms) == ROOMS_MAX:
                effects.append(Say(Trouble("too-many-rooms", each.url_id)))
                continue
            self.rooms[each.url_id] = None
            position = None if each.seq is UNSET else Position(each.epoch, each.seq)
            effects.append(Enter(each.url_id, position))
        return effects

    def _end(self, code: int) -> list[Effect]:
        if self.state == "closed":
            return []
        self.state = "closed"
        return [End(code)]
