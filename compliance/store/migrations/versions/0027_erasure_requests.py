"""People who ask to be erased.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0027", "0026"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_request_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erasure_request")),
    )


def downgrade() -> None:
    op.drop_table("erasure_request")
