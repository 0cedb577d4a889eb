"""The tables. Every key begins with the tenant; times are epoch ms; JSON is text.

`room.seq` numbers the events of one live feed without holes: it is taken inside the transaction that makes the
event, so a rollback burns none. `operation` remembers outcomes, so that a repeated write adds nothing.
"""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, MetaData, Table, Text, text

from collabchat.core.usage import Counts

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"}
)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _int(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=key, nullable=null)


server = Table("server", metadata, _text("key", key=True), _text("value"))
"""Facts of this database as a whole: `incarnation` and `events` (see storage/incarnation.py)."""

tenant = Table(
    "tenant",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("origins"),
    _text("rules"),
    _int("is_enabled"),
    _int("created_at"),
)
"""`origins` is a JSON list, `rules` a JSON object (`core.model.Rules`)."""


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


api_key = Table(
    "api_key",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("sealed"),
    _text("origin", null=True),
    _int("created_at"),
    _int("ends_at", null=True),
    _of_tenant(),
)
"""A tenant's API keys, encrypted under the server's key; one with an `origin` proves people on that site only."""

user = Table(
    "user",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("name"),
    _text("avatar_src", null=True),
    _text("email", null=True),
    _int("is_guest"),
    _text("role"),
    _text("groups", null=True),
    _int("told_at"),
    _int("created_at"),
    _of_tenant(),
)
"""`groups` is a JSON list, NULL for somebody without any; `told_at` is when the site last said so."""

session = Table(
    "session",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("user_id"),
    _text("key_id", null=True),
    _int("created_at"),
    _int("expires_at"),
    _of_tenant(),
    Index(None, "expires_at"),
    Index(None, "tenant_id", "user_id"),
)
"""`key_id` is the API key that proved the person: without it the session is void."""

page = Table(
    "page",
    metadata,
    _text("tenant_id", key=True),
    _text("url_id", key=True),
    _text("groups", null=True),
    _int("created_at"),
    _of_tenant(),
    sqlite_with_rowid=False,
)
"""Pages that are not for everybody; `groups` is a JSON list."""

circle = Table(
    "circle",
    metadata,
    _text("tenant_id", key=True),
    _text("room", key=True),
    _text("page"),
    _text("groups"),
    _of_tenant(),
    Index(None, "tenant_id", "page"),
    sqlite_with_rowid=False,
)
"""The rooms of private conversations: one for each page and set of groups."""

room = Table(
    "room",
    metadata,
    _text("tenant_id", key=True),
    _text("url_id", key=True),
    _text("life"),
    _int("base"),
    _int("seq"),
    _int("last_timestamp"),
    _of_tenant(),
    sqlite_with_rowid=False,
)
"""`life` names the room's history, `base` is the greatest seq that was pruned from its log (0: none)."""


conversation = Table(
    "conversation",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("page"),
    _text("room"),
    _text("thread"),
    _text("range"),
    _text("selector", null=True),
    _text("page_title", null=True),
    _text("anchor", null=True),
    _int("created_at"),
    _text("created_by_id"),
    _text("created_by_name"),
    _text("created_by_avatar_src", null=True),
    _int("comment_count"),
    _int("last_comment_at"),
    _text("resolved_by", null=True),
    _text("resolved_by_id", null=True),
    _int("resolved_at", null=True),
    _int("deleted_at", null=True),
    _int("locked_at", null=True),
    _int("pinned_at", null=True),
    _text("meant_for", null=True),
    _of_tenant(),
    Index(None, "tenant_id", "page", "created_at"),
    Index(None, "tenant_id", "thread", unique=True),
    Index(None, "tenant_id", "created_by_id"),
    Index(None, "tenant_id", "resolved_by_id"),
    Index(None, "tenant_id", "created_at"),
)
"""`meant_for` is the room that it enters once something in it is approved; NULL: it is there."""

comment = Table(
    "comment",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("thread"),
    _text("parent_id", null=True),
    _text("author_id"),
    _text("author_name"),
    _text("author_avatar_src", null=True),
    _int("is_by_guest"),
    _text("text"),
    _text("html"),
    _text("url"),
    _text("page_title", null=True),
    _text("address_hash", null=True),
    _int("created_at"),
    _int("edited_at", null=True),
    _int("deleted_at", null=True),
    _text("state"),
    _text("held_because", null=True),
    _int("flag_count"),
    _int("reviewed_at", null=True),
    _int("shown_at"),
    _text("moved_from", null=True),
    _of_tenant(),
    Index(None, "tenant_id", "thread", "created_at"),
    Index(None, "tenant_id", "author_id"),
    Index(None, "tenant_id", "created_at"),
    Index("ix_comment_queue", "tenant_id", "state", "created_at", sqlite_where=text("state <> 'shown'")),
    Index("ix_comment_flagged", "tenant_id", "created_at", sqlite_where=text("flag_count > 0")),
)
"""`state`: `core.model.CommentState`; readers see, and are counted, what is shown and not deleted."""

flag = Table(
    "flag",
    metadata,
    _text("tenant_id", key=True),
    _text("comment_id", key=True),
    _text("user_id", key=True),
    _int("created_at"),
    _of_tenant(),
    ForeignKeyConstraint(["tenant_id", "comment_id"], ["comment.tenant_id", "comment.id"], ondelete="CASCADE"),
    Index(None, "tenant_id", "user_id"),
    sqlite_with_rowid=False,
)
"""Who asked moderators to look at a comment; `comment.flag_count` is how many did since one last did."""

held_room = Table(
    "held_room",
    metadata,
    _text("tenant_id", key=True),
    _text("room", key=True),
    _text("page"),
    _text("user_id"),
    _of_tenant(),
    Index(None, "tenant_id", "page", "user_id", unique=True),
    Index(None, "tenant_id", "user_id"),
    sqlite_with_rowid=False,
)
"""The rooms for what waits for a moderator: of one person on one page."""

staff_room = Table("staff_room", metadata, _text("tenant_id", key=True), _text("room"), _of_tenant())
"""Each tenant's room for those who moderate."""

event = Table(
    "event",
    metadata,
    _text("tenant_id", key=True),
    _text("url_id", key=True),
    _int("seq", key=True),
    _text("broadcast_id"),
    _int("timestamp"),
    Column("body", LargeBinary, nullable=False),
    _of_tenant(),
    sqlite_with_rowid=False,
)
"""The log: append only. `body` is the frame, as sent."""

operation = Table(
    "operation",
    metadata,
    _text("tenant_id", key=True),
    _text("actor_id", key=True),
    _text("broadcast_id", key=True),
    _text("request_hash"),
    Column("outcome", LargeBinary, nullable=False),
    _int("created_at"),
    _of_tenant(),
    Index(None, "created_at"),
    sqlite_with_rowid=False,
)

reading = Table(
    "reading",
    metadata,
    _text("tenant_id", key=True),
    _text("user_id", key=True),
    _text("thread", key=True),
    _int("read_at"),
    _of_tenant(),
    sqlite_with_rowid=False,
)
"""Up to when a person has read a thread."""

ban = Table(
    "ban",
    metadata,
    _text("tenant_id", key=True),
    _text("id", key=True),
    _text("user_id", null=True),
    _text("address_hash", null=True),
    _text("reason"),
    _text("by_id"),
    _int("created_at"),
    _int("until", null=True),
    _int("is_by_admin"),
    _of_tenant(),
)

rights_change = Table(
    "rights_change",
    metadata,
    Column("number", Integer, primary_key=True),
    _text("tenant_id"),
    _text("kind"),
    _text("subject"),
    _int("at"),
    sqlite_autoincrement=True,
)
"""Word of rights that somebody may have lost, for all processes; outlives its tenant."""

staff_account = Table(
    "staff_account",
    metadata,
    _text("id", key=True),
    _text("tenant_id", null=True),
    _text("role"),
    _text("name"),
    _text("email", null=True),
    _text("password_hash", null=True),
    _text("issuer", null=True),
    _text("subject", null=True),
    _int("created_at"),
    _int("disabled_at", null=True),
    _of_tenant(),
    Index(None, "email", unique=True),
    Index(None, "issuer", "subject", unique=True),
    Index(None, "tenant_id"),
)
"""People who run a tenant, or without one the server; `issuer` and `subject` are how an OpenID provider knows them."""


def _of_account() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["account_id"], ["staff_account.id"], ondelete="CASCADE")


staff_link = Table(
    "staff_link",
    metadata,
    _text("hash", key=True),
    _text("tenant_id", null=True),
    _text("role"),
    _text("name"),
    _text("invitation_id", null=True),
    _text("email", null=True),
    _text("account_id", null=True),
    _text("by_id", null=True),
    _int("created_at"),
    _int("ends_at"),
    _int("used_at", null=True),
    _of_tenant(),
    _of_account(),
    Index(None, "email"),
    Index(None, "account_id"),
)
"""One-time links that sign somebody in to the dashboard; without a tenant, for all of them.

With an `invitation_id` the link leads to an account: that of `account_id`, of `email`, or a new one. `by_id` made it.
"""

staff_session = Table(
    "staff_session",
    metadata,
    _text("hash", key=True),
    _text("tenant_id", null=True),
    _text("role"),
    _text("name"),
    _text("account_id", null=True),
    _int("created_at"),
    _int("ends_at"),
    _of_tenant(),
    _of_account(),
    Index(None, "account_id"),
)
"""What a session with an account may do, the account says."""


def _usage(name: str, part: str, *more: Index) -> Table:
    """What is counted of each hour; the peak is a maximum, all else are sums."""
    counts = [_int(name) for name in Counts.__struct_fields__]
    key = _text("tenant_id", key=True), _int("hour", key=True), _text(part, key=True)
    return Table(name, metadata, *key, *counts, _of_tenant(), *more, sqlite_with_rowid=False)


usage = _usage("usage", "origin")
"""By hour (its first ms) and site; `origin` is empty where none is known. `*` has the peak of all sites together."""

page_usage = _usage("page_usage", "page", Index("ix_page_usage_tenant_id_page", "tenant_id", "page", "hour"))

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    _text("tenant_id", null=True),
    _int("at"),
    _text("actor_id"),
    _text("actor_name"),
    _text("via"),
    _text("act"),
    _text("resource"),
    _text("subject"),
    _text("details"),
    Index("ix_audit_tenant_id_number", "tenant_id", "number"),
    Index("ix_audit_tenant_id_resource", "tenant_id", "resource", "subject"),
    sqlite_autoincrement=True,
)
"""Who did what to what, by which way; `details` is a JSON object. Append only; outlives its tenant."""
