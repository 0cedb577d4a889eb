"""A room's log may be pruned; its epoch is made of its own life and the database's incarnation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place: rebuilding the table, as Alembic would for SQLite, makes it one with row ids.
    op.execute("ALTER TABLE room RENAME COLUMN epoch TO life")
    op.add_column("room", sa.Column("base", sa.Integer(), nullable=False, server_default="0"))
