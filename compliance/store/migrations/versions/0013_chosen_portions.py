"""A company may choose portions of the questionnaire that nobody is asked otherwise; a submission keeps its choice."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


_COMMENTS = {
    "assessment": "portions asked by choice, joined by |; none: nothing is asked by choice",
    "submission": "those of the assessment on that day",
}


def upgrade() -> None:
    for table, comment in _COMMENTS.items():
        op.add_column(table, sa.Column("chosen_portions", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    for table in reversed(_COMMENTS):
        op.drop_column(table, "chosen_portions")
