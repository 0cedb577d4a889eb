"""Rules as JSON, several API keys, groups, private conversations, bans, links for staff, and word of lost rights."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null, server_default=default)


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=null)


def _create(name: str, columns: "list[sa.Column[str] | sa.Column[int]]", key: list[str], *, has_rowid: bool) -> None:
    of_tenant = sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=f"fk_{name}_tenant_id_tenant", ondelete="CASCADE"
    )
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key), of_tenant, sqlite_with_rowid=has_rowid)


def upgrade() -> None:
    _create(
        "api_key",
        [_text("tenant_id"), _text("id"), _text("sealed"), _text("origin", null=True), _int("created_at"),
         _int("ends_at", null=True)],
        ["tenant_id", "id"], has_rowid=True,
    )  # fmt: skip
    op.execute("INSERT INTO api_key SELECT id, 'first', api_key, NULL, created_at, NULL FROM tenant")
    op.add_column("tenant", _text("rules", default="{}"))
    op.execute(
        "UPDATE tenant SET rules = json_object('guests', json(iif(allows_guests, 'true', 'false')),"
        " 'presenceNames', presence_names, 'maxCommentLength', max_comment_length)"
    )
    for column in ("api_key", "allows_guests", "presence_names", "max_comment_length"):
        op.execute(f"ALTER TABLE tenant DROP COLUMN {column}")

    op.add_column("user", _text("role", default="commenter"))
    op.add_column("user", _text("groups", null=True))
    op.add_column("user", sa.Column("told_at", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE user SET role = iif(is_admin, 'admin', iif(is_moderator, 'moderator', 'commenter'))")
    for column in ("is_moderator", "is_admin"):
        op.execute(f"ALTER TABLE user DROP COLUMN {column}")
    op.add_column("session", _text("key_id", null=True))
    op.create_index("ix_session_tenant_id_user_id", "session", ["tenant_id", "user_id"])

    _create("page", [_text("tenant_id"), _text("url_id"), _text("groups", null=True), _int("created_at")],
            ["tenant_id", "url_id"], has_rowid=False)  # fmt: skip
    _create("circle", [_text("tenant_id"), _text("room"), _text("page"), _text("groups")],
            ["tenant_id", "room"], has_rowid=False)  # fmt: skip
    op.create_index("ix_circle_tenant_id_page", "circle", ["tenant_id", "page"])
    op.add_column("conversation", _text("room", default=""))
    op.execute("UPDATE conversation SET room = page")
    op.create_index("ix_conversation_tenant_id_created_by_id", "conversation", ["tenant_id", "created_by_id"])
    op.add_column("conversation", _text("resolved_by_id", null=True))
    op.create_index("ix_conversation_tenant_id_resolved_by_id", "conversation", ["tenant_id", "resolved_by_id"])
    op.add_column("comment", _text("address_hash", null=True))
    op.create_index("ix_comment_tenant_id_author_id", "comment", ["tenant_id", "author_id"])

    _create(
        "ban",
        [_text("tenant_id"), _text("id"), _text("user_id", null=True), _text("address_hash", null=True),
         _text("reason"), _text("by_id"), _int("created_at"), _int("until", null=True)],
        ["tenant_id", "id"], has_rowid=True,
    )  # fmt: skip
    op.create_table(
        "rights_change",
        sa.Column("number", sa.Integer(), nullable=False, primary_key=True),
        _text("tenant_id"), _text("kind"), _text("subject"), _int("at"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _create(
        "staff_link",
        [_text("hash"), _text("tenant_id", null=True), _text("role"), _text("name"), _int("created_at"),
         _int("ends_at"), _int("used_at", null=True)],
        ["hash"], has_rowid=True,
    )  # fmt: skip
    _create(
        "staff_session",
        [_text("hash"), _text("tenant_id", null=True), _text("role"), _text("name"), _int("created_at"),
         _int("ends_at")],
        ["hash"], has_rowid=True,
    )  # fmt: skip
