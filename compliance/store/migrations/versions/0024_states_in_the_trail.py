"""Digests of rows in the audit trail.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0024", "0023"
branch_labels = depends_on = None


def upgrade() -> None:
    comment = "digests of the rows that it is about, as they stood after it, as JSON; none: it is about none"
    op.add_column("trail", sa.Column("state", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("trail", "state")
