"""Answers that were carried from another edition say from which."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "edition whose answers settled it; none: given here"
    op.add_column("answer", sa.Column("carried_from", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("answer", "carried_from")
