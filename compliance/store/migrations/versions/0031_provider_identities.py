"""The identities of people at a provider of single sign-on.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0031", "0030"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_identity",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="lasting, and given to nobody else by the issuer"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_provider_identity_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_provider_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_identity_issuer_subject")),
    )


def downgrade() -> None:
    op.drop_table("provider_identity")
