"""Wrong attempts at passwords and codes are counted in the database, for all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt_count",
        sa.Column("key", sa.String(64), nullable=False, comment="a keyed digest of who or what is counted"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="attempts are forgotten from here on"),
        sa.Column("open_at", sa.DateTime(timezone=True), nullable=False, comment="when the next attempt is let in"),
        sa.Column(
            "forgotten_at", sa.DateTime(timezone=True), nullable=False, comment="when the row means nothing more"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt_count")),
    )
    op.create_index(op.f("ix_attempt_count_forgotten_at"), "attempt_count", ["forgotten_at"], unique=False)


def downgrade() -> None:
    op.drop_table("attempt_count")
