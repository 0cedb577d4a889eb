"""Whether an admin made a ban (those from before hold for everybody), and where a comment was that has moved."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ban", sa.Column("is_by_admin", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("comment", sa.Column("moved_from", sa.Text(), nullable=True))
