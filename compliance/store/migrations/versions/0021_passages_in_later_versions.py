"""What became of marked passages in later versions of their documents.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0021", "0020"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_outcome",
        sa.Column("mark_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False, comment="the later one"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False, comment="in the later version; none if it is gone"),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="none: somebody has to look at it"),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column(
            "successor_id",
            sa.Integer(),
            nullable=True,
            comment="the mark of the later version that took its place; none once decided: the mark was taken away",
        ),
        sa.CheckConstraint(
            "state IN ('unchanged', 'moved', 'reworded', 'gone')", name=op.f("ck_passage_outcome_state")
        ),
        sa.CheckConstraint("(state = 'gone') = (anchor = '')", name=op.f("ck_passage_outcome_found")),
        sa.CheckConstraint("successor_id IS NULL OR decided_at IS NOT NULL", name=op.f("ck_passage_outcome_decided")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_passage_outcome_decided_by")),
        sa.ForeignKeyConstraint(["mark_id"], ["passage_mark.id"], name=op.f("fk_passage_outcome_mark_id")),
        sa.ForeignKeyConstraint(["version_id"], ["library_version.id"], name=op.f("fk_passage_outcome_version_id")),
        sa.PrimaryKeyConstraint("mark_id", name=op.f("pk_passage_outcome")),
    )
    op.create_index(op.f("ix_passage_outcome_version_id"), "passage_outcome", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_table("passage_outcome")
