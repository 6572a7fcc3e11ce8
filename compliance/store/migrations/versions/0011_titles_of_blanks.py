"""A blank with the word `elsewhere` has the title of the document that says it.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0011", "0010"
branch_labels = depends_on = None

_TITLE = "ck_answer_title"


def upgrade() -> None:
    title = sa.Column("title", sa.Text(), nullable=True, comment="of the word elsewhere: the document that says it")
    with op.batch_alter_table("answer") as answer:
        answer.add_column(title)
        answer.create_check_constraint(op.f(_TITLE), "title IS NULL OR word = 'elsewhere'")


def downgrade() -> None:
    with op.batch_alter_table("answer") as answer:
        answer.drop_constraint(op.f(_TITLE), type_="check")
        answer.drop_column("title")
