"""What waits for a moderator, what readers flagged, and where moderators hear of it. All that was written is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null, server_default=default)


def _int(name: str, *, null: bool = False, default: str | None = None) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=null, server_default=default)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id_tenant", ondelete="CASCADE"
    )


def _key(*names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names)


def upgrade() -> None:
    for column in (
        _text("state", default="shown"), _text("held_because", null=True), _int("flag_count", default="0"),
        _int("reviewed_at", null=True), _int("shown_at", default="0"),
    ):  # fmt: skip
        op.add_column("comment", column)
    op.execute("UPDATE comment SET shown_at = created_at")
    for column in (_int("locked_at", null=True), _int("pinned_at", null=True), _text("meant_for", null=True)):
        op.add_column("conversation", column)
    op.create_index("ix_conversation_tenant_id_created_at", "conversation", ["tenant_id", "created_at"])
    op.create_index("ix_comment_tenant_id_created_at", "comment", ["tenant_id", "created_at"])
    held, flagged = sa.text("state <> 'shown'"), sa.text("flag_count > 0")
    op.create_index("ix_comment_queue", "comment", ["tenant_id", "state", "created_at"], sqlite_where=held)
    op.create_index("ix_comment_flagged", "comment", ["tenant_id", "created_at"], sqlite_where=flagged)
    op.create_table(
        "flag",
        _text("tenant_id"), _text("comment_id"), _text("user_id"), _int("created_at"),
        _key("tenant_id", "comment_id", "user_id"), _of_tenant("flag"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "comment_id"], ["comment.tenant_id", "comment.id"],
            name="fk_flag_tenant_id_comment_id_comment", ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_flag_tenant_id_user_id", "flag", ["tenant_id", "user_id"])
    op.create_table(
        "held_room",
        _text("tenant_id"), _text("room"), _text("page"), _text("user_id"),
        _key("tenant_id", "room"), _of_tenant("held_room"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    columns = ["tenant_id", "page", "user_id"]
    op.create_index("ix_held_room_tenant_id_page_user_id", "held_room", columns, unique=True)
    op.create_index("ix_held_room_tenant_id_user_id", "held_room", ["tenant_id", "user_id"])
    op.create_table("staff_room", _text("tenant_id"), _text("room"), _key("tenant_id"), _of_tenant("staff_room"))
