"""Lists of invited companies, by period."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_year", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False, comment="its participation is published with the period"),
        sa.Column(
            "names_silent", sa.Boolean(), nullable=False, comment="those that did not answer are published by name"
        ),
        sa.Column("sector", sa.Text(), nullable=False, comment="of all companies on it; empty: each has its own"),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("encoding", sa.Text(), nullable=False, comment="in which the file was read; empty for a workbook"),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_invitation_list_name")),
        sa.CheckConstraint("is_public OR NOT names_silent", name=op.f("ck_invitation_list_names_silent")),
        sa.ForeignKeyConstraint(["imported_by"], ["person.id"], name=op.f("fk_invitation_list_imported_by")),
        sa.ForeignKeyConstraint(["period_year"], ["period.year"], name=op.f("fk_invitation_list_period_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_list")),
        sa.UniqueConstraint("period_year", "name", name=op.f("uq_invitation_list_period_year_name")),
    )
    _create_invited_companies()


def downgrade() -> None:
    op.drop_table("invited_company")
    op.drop_table("invitation_list")


def _create_invited_companies() -> None:
    op.create_table(
        "invited_company",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False, comment="of the file, counted from 1"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False, comment="ISO 3166 alpha-3; not given: empty"),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("website_domain", sa.Text(), nullable=False),
        sa.Column("lei", sa.String(length=20), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True, comment="the registered company that it is"),
        sa.Column("matched_by", sa.String(length=8), nullable=False),
        sa.Column(
            "possible_organisation_id",
            sa.Integer(),
            nullable=True,
            comment="a registered company that it may be: the steward decides",
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when somebody of the company first signed in since",
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_invited_company_name")),
        sa.CheckConstraint(
            "matched_by IN ('', 'lei', 'domain', 'name', 'steward')", name=op.f("ck_invited_company_matched_by")
        ),
        sa.CheckConstraint("(matched_by = '') = (organisation_id IS NULL)", name=op.f("ck_invited_company_matched")),
        sa.CheckConstraint(
            "organisation_id IS NULL OR possible_organisation_id IS NULL", name=op.f("ck_invited_company_settled")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["invitation_list.id"], name=op.f("fk_invited_company_list_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invited_company_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["possible_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invited_company_possible_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("list_id", "line", name=op.f("pk_invited_company")),
    )
    for column in ("organisation_id", "possible_organisation_id"):
        op.create_index(op.f(f"ix_invited_company_{column}"), "invited_company", [column])
