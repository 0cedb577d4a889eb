"""What goes over `/sub?v=2` besides events: the client's messages, and the server's words to one socket.

    client → server   hello · watch · unwatch · auth · h · typing
    server → client   welcome · watching · h · bye · error · typing · usage

A message of a type that we do not know is passed over, and so are fields that we do not know: clients may be newer
than the server. Anything else that is not as it must be ends the connection.
"""

import json
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from collabchat.core.catchup import Reason
from collabchat.core.usage import Counts

URL_ID_MAX = 1_000
EPOCH_MAX = 32
SEQ_MAX = 2**53 - 1

Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]
Epoch = Annotated[str, Meta(max_length=EPOCH_MAX)]
UrlId = Annotated[str, Meta(min_length=1, max_length=URL_ID_MAX)]


class NotUnderstood(Exception):
    """A message that no client of any version sends."""


class Wanted(Struct, rename="camel"):
    """A room, and up to where it is known; without `seq`, from now on."""

    url_id: UrlId
    epoch: Epoch = ""
    seq: Seq | UnsetType = UNSET


class Hello(Struct):
    """The first message: who watches, and what."""

    token: str
    rooms: list[Wanted] = []


class Watch(Wanted):
    """One more room; or the same anew, from this position."""


class Unwatch(Struct, rename="camel"):
    """One room less."""

    url_id: UrlId


class Auth(Struct):
    """A fresh token of the same person."""

    token: str


class Heartbeat(Struct):
    """The answer to the server's `h`."""


class TypingNotice(Struct, rename="camel"):
    """The person is writing in a conversation of a room that this socket watches."""

    url_id: UrlId
    chat_id: Annotated[str, Meta(min_length=1, max_length=64)]


Message = Hello | Watch | Unwatch | Auth | Heartbeat | TypingNotice


class _Any(Struct):
    type: str


_head = msgspec.json.Decoder(_Any)
_decoders: dict[str, msgspec.json.Decoder[Message]] = {
    "hello": msgspec.json.Decoder(Hello),
    "watch": msgspec.json.Decoder(Watch),
    "unwatch": msgspec.json.Decoder(Unwatch),
    "auth": msgspec.json.Decoder(Auth),
    "h": msgspec.json.Decoder(Heartbeat),
    "typing": msgspec.json.Decoder(TypingNotice),
}


def decode(text: str) -> Message | None:
    """Read a client's message; None for a type that we do not know. Raises NotUnderstood."""
    try:
        decoder = _decoders.get(_head.decode(text).type)
        message = None if decoder is None else decoder.decode(text)
        if isinstance(message, Hello | Auth):
            json.loads(text, object_pairs_hook=_refuse_repeats)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise NotUnderstood(str(error)) from None
    return message


def _refuse_repeats(pairs: list[tuple[str, object]]) -> None:
    """Where a token stands, nothing may be named twice: whoever looks at one must not let in the other."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("A name is given twice.")


class _Words(Struct, tag_field="type", rename="camel"):
    """Anything that the server says to one socket."""


class Welcome(_Words, tag="welcome"):
    """The token is good, until `expires_at` (epoch ms)."""

    heartbeat_ms: int
    expires_at: int


class Watching(_Words, tag="watching"):
    """Where the room stands, and whether the reader can go on from where they were."""

    url_id: str
    epoch: str
    seq: int
    result: Literal["resumed", "reset"]
    missed: int | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET


class Heads(_Words, tag="h"):
    """The heads of the rooms that the socket watches."""

    heads: dict[str, int]


class Bye(_Words, tag="bye"):
    """The server goes away: come back after a random time within `reconnect_ms`."""

    reason: Literal["drain"]
    reconnect_ms: tuple[int, int]


class Trouble(_Words, tag="error"):
    """Something that was asked for is not done; the socket stays."""

    code: Literal["too-many-rooms", "not-found", "unsupported-version"]
    url_id: str | UnsetType = UNSET


class UsageNow(_Words, tag="usage"):
    """How the tenant is used, for those who run it; `hour` is what it has used since the hour began."""

    url_id: str
    timestamp: int
    viewing: int
    people: int
    connections: int
    messages_per_second: float
    bytes_per_second: float
    hour: Counts


class Typist(Struct):
    """Who is typing."""

    id: str
    name: str


class Typing(_Words, tag="typing"):
    """Somebody is writing in a conversation; gone at `until_ms` (epoch ms), or when their comment comes."""

    url_id: str
    chat_id: str
    user: Typist
    until_ms: int
