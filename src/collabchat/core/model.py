"""The things that collabchat is about, as values. Wire names and shapes are in `core.events` and `api.views`."""

import hashlib
import re
import unicodedata
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


def is_presentable(name: str) -> bool:
    """Whether a name shows something, in one line, and turns no text around it: else it could pass for another."""
    kinds = {unicodedata.category(character) for character in name if character not in _JOINERS}
    return not kinds & {"Cc", "Cf", "Zl", "Zp"} and bool({kind[0] for kind in kinds} & {"L", "N", "P", "S"})


_JOINERS = {"\u200c", "\u200d"}
"""Some scripts and pictures need them."""


class Person(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Who wrote something, as readers see them."""

    id: str
    name: str
    avatar_src: str | None = None


Role = Literal["viewer", "commenter", "moderator", "admin"]
"""A viewer reads; a commenter writes; a moderator changes what others wrote; an admin sees and may do everything."""

Who = Literal["anyone", "members", "moderators", "admins"]
"""`members` are those whom the site itself vouches for, by secure single sign-on."""

RESERVED_TENANT_IDS = {"anon", "simple", "staff", "key", "session", "oidc"}
"""The ids of a tenant's members begin with its own; some of these begin those of others, some stand in addresses."""


Word = Annotated[str, Meta(min_length=1, max_length=100)]


class Rules(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What a tenant allows, and how much. Stored as JSON, so that a new rule needs no new column.

    What each may be stands in its type: flags and the API are made from that (`core.rules`).
    """

    guests: bool = True
    """Guests may write, with no more than a name."""

    require_sso: Literal["no", "simple", "secure"] = "no"
    """Nobody reads or writes unless the site says who they are: in any form, or in the one that proves it."""

    start: Who = "anyone"
    reply: Who = "anyone"
    resolve: Who = "anyone"
    delete: Literal["authors", "moderators", "admins"] = "authors"
    """Who may begin a discussion, reply, resolve or reopen one, delete what they wrote; who stands further may, too."""

    page_access: Literal["closed", "open"] = "closed"
    """Whether a page with groups lets in people who have no groups at all; FastComments does (open)."""

    presence_names: Literal["everyone", "nobody"] = "everyone"
    approval: Literal["none", "first", "guests", "all"] = "none"
    """Whose comments wait for a moderator: nobody's; a person's until one of them stands approved; guests'; all."""

    suspects: Literal["refuse", "hold"] = "refuse"
    """What looks like spam is refused, with a reason, or waits for a moderator."""

    max_comment_length: Annotated[int, Meta(ge=1, le=20_000)] = 2_000
    max_links: Annotated[int, Meta(ge=0, le=1_000)] = 5
    """In one comment; moderators and admins may have any."""

    blocked_words: Annotated[tuple[Word, ...], Meta(max_length=1_000)] = ()
    writes_per_minute: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Of all its people together; 0: as the server's settings say."""

    retention_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """Discussions in which nobody wrote for so long are deleted; 0: never."""

    @property
    def names_are_public(self) -> bool:
        """Everyone may see who is here, not only how many."""
        return self.presence_names == "everyone"


class Tenant(Struct, frozen=True):
    """A customer of this server, sealed off from every other. Times are epoch ms."""

    id: str
    name: str
    origins: tuple[str, ...]
    created_at: int
    is_enabled: bool = True
    rules: Rules = Rules()


Groups = tuple[str, ...]


class Actor(Struct, frozen=True):
    """Who asks: a person within one tenant, and how they proved it.

    `is_guest`: nobody vouches for them, as for a guest or by simple single sign-on. `groups` None: they have none.
    `key_id`: the API key that proves them, where they have no session that knows it. `until`: when their session ends.
    """

    tenant_id: str
    id: str
    session_id: str
    name: str
    avatar_src: str | None = None
    is_guest: bool = False
    role: Role = "commenter"
    groups: Groups | None = None
    key_id: str | None = None
    until: int | None = None

    @property
    def is_admin(self) -> bool:
        """They see and may do everything at their tenant."""
        return self.role == "admin"

    @property
    def is_moderator(self) -> bool:
        """They may change what others wrote."""
        return self.role in {"moderator", "admin"}

    @property
    def is_from_site(self) -> bool:
        """The site said who they are, proved or not; guests say it themselves."""
        return not self.is_guest or self.id.startswith(SIMPLE)

    @property
    def person(self) -> Person:
        """How others see this actor."""
        return Person(self.id, self.name, self.avatar_src)


ANONYMOUS = "anon:"
SIMPLE = "simple:"
STAFF = "staff:"
"""What the ids begin with of guests, of people known by simple single sign-on, and of those who run the tenant."""


class Circle(Struct, frozen=True):
    """Those whom private conversations of a page concern; their events are in a room of their own."""

    room: str
    groups: Groups


class Audience(Struct, frozen=True):
    """Whom a room is for: who has one of the groups of each page that it belongs to, and of each circle around it.

    `circles` are the private rooms of a page; only its page room has any. With a `person`, or if it `is_staffs`, it is
    for that person, or for moderators, alone. `has_waiting`: on the page things wait, so that their authors have rooms.
    """

    pages: tuple[Groups, ...] = ()
    around: tuple[Groups, ...] = ()
    circles: tuple[Circle, ...] = ()
    person: str | None = None
    is_staffs: bool = False
    has_waiting: bool = False

    @property
    def is_limited(self) -> bool:
        """Not for everybody."""
        return bool(self.pages or self.around or self.person is not None or self.is_staffs)

    @property
    def is_staff_room(self) -> bool:
        """The room of those who run the tenant; not a discussion that waits, which its author sees as well."""
        return self.is_staffs and self.person is None


class Ban(Struct, frozen=True):
    """Somebody who may not take part, by person or by (hashed) address, until then (epoch ms; None: for ever).

    Moderators ban whom they do not know yet, too: unless it `is_by_admin`, a ban holds for no moderator and no admin.
    """

    id: str
    user_id: str | None
    address_hash: str | None
    reason: str
    by_id: str
    created_at: int
    until: int | None
    is_by_admin: bool = True


class Conversation(Struct, frozen=True):
    """A discussion anchored to selected text of a page. Times are epoch ms.

    `room` is where its events go: the page's room, or that of the circle it is private to. While nothing in it may be
    seen, that is its author's own room, and `meant_for` is where it belongs once something is approved.
    """

    tenant_id: str
    id: str
    page: str
    room: str
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
    resolved_by_id: str | None
    resolved_at: int | None
    deleted_at: int | None
    locked_at: int | None = None
    pinned_at: int | None = None
    meant_for: str | None = None

    @property
    def is_private(self) -> bool:
        """Only a circle may see it, or its author alone."""
        return self.room != self.page

    @property
    def is_waiting(self) -> bool:
        """Nothing in it may be seen by anybody but its author and moderators."""
        return self.meant_for is not None

    @property
    def home(self) -> str:
        """The room where it belongs, there already or once it is approved."""
        return self.room if self.meant_for is None else self.meant_for

    @property
    def is_resolved(self) -> bool:
        """Whether somebody marked it resolved, and nobody reopened it."""
        return self.resolved_at is not None


CommentState = Literal["shown", "waiting", "spam"]
"""Of a comment: for all who see the discussion; for its author and moderators; for moderators."""


class Comment(Struct, frozen=True):
    """One message in a thread. `text` is Markdown as typed, `html` the safe subset made of it. Times are epoch ms.

    `shown_at` is since when it has been seen, or has waited. `held_because` is the rule by which it waits. `moved_from`
    is the thread in which it was before it began a discussion of its own.
    """

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
    address_hash: str | None
    created_at: int
    edited_at: int | None
    deleted_at: int | None
    state: CommentState = "shown"
    held_because: str | None = None
    flag_count: int = 0
    reviewed_at: int | None = None
    shown_at: int = 0
    moved_from: str | None = None

    @property
    def is_visible(self) -> bool:
        """Whoever sees the discussion sees it."""
        return self.state == "shown" and self.deleted_at is None

    @property
    def is_waiting(self) -> bool:
        """Its author sees it, and moderators."""
        return self.state == "waiting" and self.deleted_at is None


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
