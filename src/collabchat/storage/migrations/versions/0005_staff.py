"""Accounts of those who run a tenant. Links and sessions of before end: they last for hours, and name no account."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=null)


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete="CASCADE")


def upgrade() -> None:
    op.drop_table("staff_link")
    op.drop_table("staff_session")
    op.create_table(
        "staff_account",
        _text("id"), _text("tenant_id", null=True), _text("role"), _text("name"), _text("email", null=True),
        _text("password_hash", null=True), _text("issuer", null=True), _text("subject", null=True),
        _int("created_at"), _int("disabled_at", null=True),
        sa.PrimaryKeyConstraint("id"), _of("staff_account", "tenant_id", "tenant"),
    )  # fmt: skip
    op.create_index("ix_staff_account_email", "staff_account", ["email"], unique=True)
    op.create_index("ix_staff_account_issuer_subject", "staff_account", ["issuer", "subject"], unique=True)
    op.create_index("ix_staff_account_tenant_id", "staff_account", ["tenant_id"])
    op.create_table(
        "staff_link",
        _text("hash"), _text("tenant_id", null=True), _text("role"), _text("name"),
        _text("invitation_id", null=True), _text("email", null=True), _text("account_id", null=True),
        _text("by_id", null=True), _int("created_at"), _int("ends_at"), _int("used_at", null=True),
        sa.PrimaryKeyConstraint("hash"),
        _of("staff_link", "tenant_id", "tenant"), _of("staff_link", "account_id", "staff_account"),
    )  # fmt: skip
    op.create_index("ix_staff_link_email", "staff_link", ["email"])
    op.create_index("ix_staff_link_account_id", "staff_link", ["account_id"])
    op.create_table(
        "staff_session",
        _text("hash"), _text("tenant_id", null=True), _text("role"), _text("name"), _text("account_id", null=True),
        _int("created_at"), _int("ends_at"),
        sa.PrimaryKeyConstraint("hash"),
        _of("staff_session", "tenant_id", "tenant"), _of("staff_session", "account_id", "staff_account"),
    )  # fmt: skip
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])
