"""Usage by hour, site and page; and what was done, by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


COUNTS = (
    "page_load_count",
    "comment_fetch_count",
    "conversation_create_count",
    "comment_create_count",
    "vote_count",
    "pub_sub_message_count",
    "pub_sub_bandwidth",
    "connect_count",
    "event_log_read_count",
    "api_error_count",
    "peak_concurrent_viewers",
)


def upgrade() -> None:
    for name, part in (("usage", "origin"), ("page_usage", "page")):
        op.create_table(
            name,
            _text("tenant_id"), _int("hour"), _text(part), *map(_int, COUNTS),
            sa.PrimaryKeyConstraint("tenant_id", "hour", part),
            sa.ForeignKeyConstraint(
                ["tenant_id"], ["tenant.id"], name=f"fk_{name}_tenant_id_tenant", ondelete="CASCADE"
            ),
            sqlite_with_rowid=False,
        )  # fmt: skip
    op.create_index("ix_page_usage_tenant_id_page", "page_usage", ["tenant_id", "page", "hour"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False, primary_key=True),
        _text("tenant_id", null=True), _int("at"), _text("actor_id"), _text("actor_name"), _text("via"), _text("act"),
        _text("resource"), _text("subject"), _text("details"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_audit_tenant_id_number", "audit", ["tenant_id", "number"])
    op.create_index("ix_audit_tenant_id_resource", "audit", ["tenant_id", "resource", "subject"])
