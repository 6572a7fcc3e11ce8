"""Requests to correct what was submitted can be withdrawn by the company that made them.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0029", "0028"
branch_labels = depends_on = None

_NAME = "ck_reopening_state"
_BEFORE = "state IN ('asked', 'open', 'refused', 'done')"
_SINCE = "state IN ('asked', 'open', 'refused', 'withdrawn', 'done')"


def upgrade() -> None:
    _allow(_SINCE, sa.String(length=8), sa.String(length=16))


def downgrade() -> None:
    op.execute("UPDATE reopening SET state = 'refused', refused_why = 'withdrawn' WHERE state = 'withdrawn'")
    _allow(_BEFORE, sa.String(length=16), sa.String(length=8))


def _allow(states: str, before: sa.String, since: sa.String) -> None:
    with op.batch_alter_table("reopening") as reopening:
        reopening.drop_constraint(op.f(_NAME), type_="check")
        reopening.alter_column("state", existing_type=before, type_=since, existing_nullable=False)
        reopening.create_check_constraint(op.f(_NAME), states)
