"""Owners who ask that a company is deleted, which other owners may undo for a while.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0030", "0029"
branch_labels = depends_on = None


def upgrade() -> None:
    said = "when an owner asked to have it deleted"
    asked_at = sa.Column("erasure_asked_at", sa.DateTime(timezone=True), nullable=True, comment=said)
    op.add_column("organisation", asked_at)


def downgrade() -> None:
    op.drop_column("organisation", "erasure_asked_at")
