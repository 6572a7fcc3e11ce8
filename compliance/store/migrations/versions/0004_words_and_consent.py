"""A blank may carry a word, a submission says who vouched for it, and a consent may be changed after submission."""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze, unfreeze

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VALUE = "ck_answer_value"
_CONSENTS = "consent IN ('private', 'counted', 'named')"


def upgrade() -> None:
    word = sa.Column("word", sa.Text(), nullable=True, comment="why it is blank, as in not-known; none: it is not")
    _answers("(value = '') = (word IS NOT NULL)", word)
    for name, comment in (
        ("attested_name", "who vouched for it; none: submitted before 0004"),
        ("attested_role", "their role in the company, in their own words"),
    ):
        op.add_column("submission", sa.Column(name, sa.Text(), nullable=True, comment=comment))
    op.create_table(
        "consent_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("consent", sa.String(length=8), nullable=False),
        sa.Column(
            "after_closing",
            sa.Boolean(),
            nullable=False,
            comment="its period was closed: it counts for later closings alone",
        ),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_CONSENTS, name=op.f("ck_consent_change_consent")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_consent_change_by")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_consent_change_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_change")),
    )
    op.create_index(op.f("ix_consent_change_submission_id"), "consent_change", ["submission_id"])
    freeze("consent_change")


def downgrade() -> None:
    unfreeze("consent_change")
    op.drop_table("consent_change")
    for name in ("attested_role", "attested_name"):
        op.drop_column("submission", name)
    op.execute("DELETE FROM answer WHERE value = ''")
    _answers("value <> ''", None)


def _answers(check: str, word: sa.Column[str] | None) -> None:
    with op.batch_alter_table("answer") as answer:
        answer.drop_constraint(op.f(_VALUE), type_="check")
        if word is None:
            answer.drop_column("word")
        else:
            answer.add_column(word)
        answer.create_check_constraint(op.f(_VALUE), check)
