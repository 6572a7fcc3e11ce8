"""Companies are confirmed by the steward, merged and grouped; people belong to them by membership, or ask to join."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATUSES = "status IN ('pending', 'confirmed', 'refused', 'left-out', 'merged')"
_MERGED = "(status = 'merged') = (merged_into IS NOT NULL)"


def upgrade() -> None:
    _create_company_groups()
    _add_company_columns()
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'member')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("person_id", "organisation_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"])
    _create_join_requests()
    # The first who came for a company is its owner.
    op.execute(
        "INSERT INTO membership (person_id, organisation_id, role, since) SELECT p.id, p.organisation_id, "
        "CASE WHEN p.id = (SELECT min(o.id) FROM person o WHERE o.organisation_id = p.organisation_id) "
        "THEN 'owner' ELSE 'member' END, p.created_at FROM person p WHERE p.organisation_id IS NOT NULL"
    )
    with op.batch_alter_table("person") as person:
        person.drop_index(op.f("ix_person_organisation_id"))
        person.drop_constraint(op.f("fk_person_organisation_id"), type_="foreignkey")
        person.drop_column("organisation_id")


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        person.create_foreign_key(op.f("fk_person_organisation_id"), "organisation", ["organisation_id"], ["id"])
        person.create_index(op.f("ix_person_organisation_id"), ["organisation_id"])
    op.execute(
        "UPDATE person SET organisation_id = (SELECT m.organisation_id FROM membership m "
        "WHERE m.person_id = person.id ORDER BY m.since, m.organisation_id LIMIT 1)"
    )
    op.drop_table("join_request")
    op.drop_table("membership")
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_index(op.f("ix_organisation_website_domain"))
        for column in ("merged_into", "group_id"):
            organisation.drop_index(op.f(f"ix_organisation_{column}"))
            organisation.drop_constraint(op.f(f"fk_organisation_{column}"), type_="foreignkey")
        for check in ("status", "merged"):
            organisation.drop_constraint(op.f(f"ck_organisation_{check}"), type_="check")
        for column in ("status", "confirmed_at", "merged_into", "group_id", "website_domain", "lei", "counts_apart"):
            organisation.drop_column(column)
    op.drop_table("company_group")


def _create_company_groups() -> None:
    op.create_table(
        "company_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "counting_organisation_id",
            sa.Integer(),
            nullable=True,
            comment="whose answers count; none named: those of the first confirmed",
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_company_group_name")),
        sa.ForeignKeyConstraint(
            ["counting_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_company_group_counting_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_group")),
    )


def _add_company_columns() -> None:
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(sa.Column("status", sa.String(length=16), nullable=False, server_default="pending"))
        organisation.add_column(
            sa.Column(
                "confirmed_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="when the steward first confirmed it",
            )
        )
        for column in ("merged_into", "group_id"):
            organisation.add_column(sa.Column(column, sa.Integer(), nullable=True))
        domain = "as registered: example.org; none given: empty"
        organisation.add_column(
            sa.Column("website_domain", sa.Text(), nullable=False, server_default="", comment=domain)
        )
        lei = "legal entity identifier; none given: empty"
        organisation.add_column(sa.Column("lei", sa.String(length=20), nullable=False, server_default="", comment=lei))
        apart = "it shares an owner or a domain with others, and the steward lets it count all the same"
        organisation.add_column(
            sa.Column("counts_apart", sa.Boolean(), nullable=False, server_default=sa.false(), comment=apart)
        )
    # Invented companies count as before; a real one counts again once the steward has confirmed it.
    op.execute("UPDATE organisation SET status = 'confirmed', confirmed_at = registered_at WHERE demonstration")
    with op.batch_alter_table("organisation") as organisation:
        for column in ("status", "website_domain", "lei", "counts_apart"):
            organisation.alter_column(column, server_default=None)
        organisation.create_check_constraint(op.f("ck_organisation_status"), _STATUSES)
        organisation.create_check_constraint(op.f("ck_organisation_merged"), _MERGED)
        organisation.create_foreign_key(op.f("fk_organisation_merged_into"), "organisation", ["merged_into"], ["id"])
        organisation.create_foreign_key(op.f("fk_organisation_group_id"), "company_group", ["group_id"], ["id"])
        for column in ("merged_into", "group_id", "website_domain"):
            organisation.create_index(op.f(f"ix_organisation_{column}"), [column])


def _create_join_requests() -> None:
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="what the person wrote with it"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, comment="of whoever decided it"),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_join_request_state")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_join_request_decided")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_join_request_decided_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_join_request_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_join_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
    )
    for column in ("organisation_id", "person_id"):
        op.create_index(op.f(f"ix_join_request_{column}"), "join_request", [column])
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_join_request_open",
        "join_request",
        ["person_id", "organisation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
