"""Jobs that start again after a growing pause once their process has failed.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0032", "0031"
branch_labels = depends_on = None


def upgrade() -> None:
    said = "after a failed start: not started again before"
    op.add_column("job", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True, comment=said))


def downgrade() -> None:
    op.drop_column("job", "not_before")
