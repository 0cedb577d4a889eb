"""The things that collabchat is about, as values. Wire names and shapes are in `core.events` and `api.views`."""

import hashlib
import re
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

ID_PATTERN = re.compile(r"[A-Za-z0-9._~-]{1,64}")
"""Ids of tenants, conversations and comments."""

URL_ID_MAX = 1_000
BROADCAST_ID_PATTERN = re.compile(r"[\x20-\x7e]{1,64}\Z")
RANGE_PATTERN = re.compile(r"^[^,]+,[^,{]+(\{[^}]+\})?$")

ContextText = Annotated[str, Meta(max_length=64)]
QuoteText = Annotated[str, Meta(min_length=1, max_length=512)]
Offset = Annotated[int, Meta(ge=0, le=2**31)]


class Anchor(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Where in the container's visible text a conversation belongs; offsets in UTF-16 units."""

    v: Literal[1] = field()
    quote: QuoteText
    start: Offset
    end: Offset
    prefix: ContextText = ""
    suffix: ContextText = ""
    quote_end: Annotated[str, Meta(max_length=256)] | UnsetType = UNSET
    quote_length: Offset | UnsetType = UNSET


class Person(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Who wrote something, as readers see them."""

    id: str
    name: str
    avatar_src: str | None = None


class Tenant(Struct, frozen=True):
    """A customer of this server, sealed off from every other. Times are epoch ms."""

    id: str
    name: str
    origins: tuple[str, ...]
    created_at: int
    is_enabled: bool = True
    allows_guests: bool = True
    presence_names: Literal["everyone", "nobody"] = "everyone"
    max_comment_length: int = 2_000

    @property
    def names_are_public(self) -> bool:
        """Everyone may see who is here, not only how many."""
        return self.presence_names == "everyone"


class Actor(Struct, frozen=True):
    """Who asks: a person within one tenant, and how they proved it."""

    tenant_id: str
    id: str
    session_id: str
    name: str
    avatar_src: str | None = None
    is_guest: bool = False
    is_moderator: bool = False
    is_admin: bool = False

    @property
    def person(self) -> Person:
        """How others see this actor."""
        return Person(self.id, self.name, self.avatar_src)


class Conversation(Struct, frozen=True):
    """A discussion anchored to selected text of a page. Times are epoch ms."""

    tenant_id: str
    id: str
    page: str
    thread: str
    range: str
    selector: str | None
    page_title: str | None
    anchor: Anchor | None
    created_at: int
    created_by: Person
    comment_count: int
    last_comment_at: int
    resolved_by: str | None
    resolved_at: int | None
    deleted_at: int | None

    @property
    def is_resolved(self) -> bool:
        """Whether somebody marked it resolved, and nobody reopened it."""
        return self.resolved_at is not None


class Comment(Struct, frozen=True):
    """One message in a thread. `text` is Markdown as typed, `html` the safe subset made of it. Times are epoch ms."""

    tenant_id: str
    id: str
    thread: str
    parent_id: str | None
    author: Person
    is_by_guest: bool
    text: str
    html: str
    url: str
    page_title: str | None
    created_at: int
    edited_at: int | None
    deleted_at: int | None


def derive_life(tenant: Tenant, url_id: str) -> str:
    """Name the history of a room that has no event yet: the first part of its epoch, 12 URL-safe characters.

    Derived rather than stored, so that reading a page writes nothing, and still the same after a restart. It changes
    when a tenant is deleted and made again.
    """
    name = "\0".join((tenant.id, str(tenant.created_at), url_id))
    return hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def join_epoch(life: str, incarnation: str) -> str:
    """The epoch of a room: its own history, within this life of the database."""
    return f"{life}.{incarnation}"
