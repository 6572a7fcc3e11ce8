"""Signed heads of the audit trail.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, unfreeze

revision, down_revision = "0026", "0025"
branch_labels = depends_on = None


def upgrade() -> None:
    comment = "number and hash of the entry, moment, public key and signature"
    op.create_table(
        "signed_head",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signed", sa.Text(), nullable=False, comment=comment),
        sa.ForeignKeyConstraint(["entry"], ["trail.id"], name=op.f("fk_signed_head_entry")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_signed_head")),
    )
    freeze("signed_head")


def downgrade() -> None:
    unfreeze("signed_head")
    op.drop_table("signed_head")
