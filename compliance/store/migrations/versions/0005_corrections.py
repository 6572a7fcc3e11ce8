"""A steward can say what was found wrong in published figures, which stay as they are."""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, unfreeze

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_year", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="what is corrected, and to what"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.CheckConstraint("what <> '' AND why <> ''", name=op.f("ck_correction_said")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_correction_by")),
        sa.ForeignKeyConstraint(["period_year"], ["snapshot.period_year"], name=op.f("fk_correction_period_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_period_year"), "correction", ["period_year"], unique=False)
    freeze("correction")


def downgrade() -> None:
    unfreeze("correction")
    op.drop_table("correction")
