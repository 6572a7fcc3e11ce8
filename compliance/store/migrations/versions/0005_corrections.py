"""A steward can say what was found wrong in published figures, which stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MESSAGE = "correction: what is kept here is never changed"


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
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER correction_frozen_{verb.lower()} BEFORE {verb} ON correction "
                f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION correction_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER correction_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON correction "
        "FOR EACH STATEMENT EXECUTE FUNCTION correction_frozen()"
    )


def downgrade() -> None:
    op.drop_table("correction")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION correction_frozen()")
