"""Verdicts have versions, as answers do, to detect that somebody else has changed one in the meantime.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0013", "0012"
branch_labels = depends_on = None

_COMMENT = "the save that wrote it; never used twice in an assessment"


def upgrade() -> None:
    # Existing verdicts get version 1. No later save can have that number, as their assessments were saved before.
    with op.batch_alter_table("determination") as determination:
        determination.add_column(
            sa.Column("version", sa.Integer(), nullable=False, server_default="1", comment=_COMMENT)
        )
    with op.batch_alter_table("determination") as determination:
        determination.alter_column("version", existing_type=sa.Integer(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("determination") as determination:
        determination.drop_column("version")
