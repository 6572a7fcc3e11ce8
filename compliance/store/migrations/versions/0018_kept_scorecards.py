"""Scorecards that are kept between a save and a look.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0018", "0017"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_scorecards",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False, comment="of its answers: draft, submitted"),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 of all that they rest on: the answers too"
        ),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cards", sa.Text(), nullable=False, comment="the scorecard on each basis, as JSON"),
        sa.CheckConstraint("state IN ('draft', 'submitted')", name=op.f("ck_kept_scorecards_state")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_kept_scorecards_assessment_id")),
        sa.PrimaryKeyConstraint("assessment_id", "state", name=op.f("pk_kept_scorecards")),
    )


def downgrade() -> None:
    op.drop_table("kept_scorecards")
