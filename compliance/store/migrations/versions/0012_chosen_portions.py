"""A company can choose portions of the questionnaire, which submissions record, and continue from its quick check."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


_QUICK = "answers of the quick check from which somebody went on, as JSON; none: nobody did"
_COMMENTS = {
    "assessment": "portions asked by choice, joined by |; none: nothing is asked by choice",
    "submission": "those of the assessment on that day",
}


def upgrade() -> None:
    for table, comment in _COMMENTS.items():
        op.add_column(table, sa.Column("chosen_portions", sa.Text(), nullable=True, comment=comment))
    op.add_column("assessment", sa.Column("quick_answers", sa.Text(), nullable=True, comment=_QUICK))


def downgrade() -> None:
    op.drop_column("assessment", "quick_answers")
    for table in reversed(_COMMENTS):
        op.drop_column(table, "chosen_portions")
