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
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id_tenant", ondelete="CASCADE")


def upgrade() -> None:
    for column in (
        _text("state", default="shown"), _text("held_because", null=True), _int("flag_count", default="0"),
        _int("reviewed_at", null=True),
    ):  # fmt: skip
        op.add_column("comment", column)
    for column in (_text("meant_for", null=True), _int("locked_at", null=True), _int("pinned_at", null=True)):
        op.add_column("conversation", column)
    op.add_column("circle", _text("person_id", null=True))
    op.create_index("ix_circle_tenant_id_person_id", "circle", ["tenant_id", "person_id"])
    op.create_index("ix_conversation_tenant_id_created_at_id", "conversation", ["tenant_id", "created_at", "id"])
    op.create_index("ix_comment_tenant_id_created_at_id", "comment", ["tenant_id", "created_at", "id"])
    held, flagged = sa.text("state != 'shown'"), sa.text("flag_count > 0")
    op.create_index("ix_comment_held", "comment", ["tenant_id", "state", "created_at"], sqlite_where=held)
    op.create_index("ix_comment_flagged", "comment", ["tenant_id", "created_at"], sqlite_where=flagged)
    op.create_table(
        "comment_flag",
        _text("tenant_id"), _text("comment_id"), _text("user_id"), _int("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "comment_id", "user_id"),
        _of_tenant("comment_flag"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "comment_id"], ["comment.tenant_id", "comment.id"],
            name="fk_comment_flag_tenant_id_comment_id", ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_comment_flag_tenant_id_user_id", "comment_flag", ["tenant_id", "user_id"])
    op.create_table(
        "staff_room",
        _text("tenant_id"), _text("room"), sa.PrimaryKeyConstraint("tenant_id"), _of_tenant("staff_room"),
    )  # fmt: skip
