"""Four roles in a company, invitations of colleagues, and themes and questions delegated to them.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0015", "0014"
branch_labels = depends_on = None

_ROLES = "role IN ('owner', 'approver', 'contributor', 'reader')"


def upgrade() -> None:
    _change_roles(_ROLES, 8, 16, "UPDATE membership SET role = 'contributor' WHERE role = 'member'")
    op.create_table(
        "colleague_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the token, which is not kept"),
        sa.Column("email", sa.Text(), nullable=False, comment="lower case; empty: the link is for whoever has it"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="from whoever invites"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True, comment="who accepted or withdrew it"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_ROLES, name=op.f("ck_colleague_invitation_role")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'withdrawn')", name=op.f("ck_colleague_invitation_state")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_colleague_invitation_decided")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_colleague_invitation_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_colleague_invitation_decided_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_colleague_invitation_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_colleague_invitation_digest")),
    )
    op.create_index(op.f("ix_colleague_invitation_organisation_id"), "colleague_invitation", ["organisation_id"])
    op.create_table(
        "delegation",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="id of the theme or of the question"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_delegation_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_delegation_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person_id")),
        sa.PrimaryKeyConstraint("assessment_id", "part", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_person_id"), "delegation", ["person_id"])


def downgrade() -> None:
    op.drop_table("delegation")
    op.drop_table("colleague_invitation")
    # With the earlier roles, every member may change answers. So may former readers, as nobody loses their membership.
    renamed = "UPDATE membership SET role = 'member' WHERE role <> 'owner'"
    _change_roles("role IN ('owner', 'member')", 16, 8, renamed)


def _change_roles(after: str, was: int, length: int, renamed: str) -> None:
    """Change the roles. While both old and new ones occur, the column is as long as the longest of them."""
    with op.batch_alter_table("membership") as membership:
        membership.drop_constraint(op.f("ck_membership_role"), type_="check")
        membership.alter_column(
            "role", existing_type=sa.String(length=was), type_=sa.String(length=max(was, length)),
            existing_nullable=False,
        )  # fmt: skip
    op.execute(renamed)
    with op.batch_alter_table("membership") as membership:
        membership.alter_column(
            "role", existing_type=sa.String(length=max(was, length)), type_=sa.String(length=length),
            existing_nullable=False,
        )  # fmt: skip
        membership.create_check_constraint(op.f("ck_membership_role"), after)
