"""Passages that were suggested by meaning, kept beside the text they are in.

Revision ID: 0022
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0022", "0020"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_suggestions",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("edition", sa.String(length=64), nullable=False, comment="SHA-256 of the edition that asks"),
        sa.Column("language", sa.String(length=8), nullable=False, comment="in which the elements were compared"),
        sa.Column("model", sa.String(length=64), nullable=False, comment="the encoder with its version"),
        sa.Column("format", sa.Integer(), nullable=False, comment="of the text, whose anchors these are"),
        sa.Column("suggestions", sa.Text(), nullable=False, comment="by element, as JSON"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", "edition", "language", "model", name=op.f("pk_kept_suggestions")),
    )


def downgrade() -> None:
    op.drop_table("kept_suggestions")
