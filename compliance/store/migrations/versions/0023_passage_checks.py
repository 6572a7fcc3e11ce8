"""Passage checks: auditors' judgements whether marked passages show what they were marked for.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0023", "0022"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_check",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False, comment="whether the passage shows it"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the save that wrote it; never used twice in an assessment"
        ),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_passage_check_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_passage_check_by")),
        sa.ForeignKeyConstraint(["version_id"], ["library_version.id"], name=op.f("fk_passage_check_version_id")),
        sa.PrimaryKeyConstraint(
            "assessment_id", "question", "option", "version_id", "anchor", name=op.f("pk_passage_check")
        ),
    )
    op.create_index(op.f("ix_passage_check_version_id"), "passage_check", ["version_id"], unique=False)
    checks = "what it says of passages, as canonical JSON; none: no passage is marked"
    op.add_column("workbook_download", sa.Column("checks", sa.Text(), nullable=True, comment=checks))
    checked = "of how many passages it changed what is said; none: applied before 0023, or not yet"
    op.add_column("workbook_upload", sa.Column("checked", sa.Integer(), nullable=True, comment=checked))


def downgrade() -> None:
    op.drop_column("workbook_upload", "checked")
    op.drop_column("workbook_download", "checks")
    op.drop_table("passage_check")
