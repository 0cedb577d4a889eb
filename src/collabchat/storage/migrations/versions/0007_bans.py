"""Whether an admin made a ban. Those from before hold for everybody, as they did."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ban", sa.Column("is_by_admin", sa.Integer(), nullable=False, server_default="1"))
