"""The versions of answers, comments on questions, and whom to ask about what is not known yet.

Of existing answers, only the present version is stored; earlier ones are only in the trail.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0017", "0016"
branch_labels = depends_on = None

_ASK_WHOM = "ck_answer_ask_whom"
_STANDING = """
INSERT INTO answer_version (assessment_id, question, version, value, word, title, reason, "by", at, carried_from)
SELECT assessment_id, question, version, value, word, title, reason, "by", at, carried_from FROM answer
"""


def upgrade() -> None:
    whom = sa.Column(
        "ask_whom", sa.Text(), nullable=True, comment="of the word not-known: who may know; never submitted"
    )
    with op.batch_alter_table("answer") as answer:
        answer.add_column(whom)
        answer.create_check_constraint(op.f(_ASK_WHOM), "ask_whom IS NULL OR coalesce(word, '') = 'not-known'")
    _create_versions()
    _create_comments()
    op.execute(_STANDING)


def downgrade() -> None:
    op.drop_table("question_comment")
    op.drop_table("answer_version")
    with op.batch_alter_table("answer") as answer:
        answer.drop_constraint(op.f(_ASK_WHOM), type_="check")
        answer.drop_column("ask_whom")


def _create_versions() -> None:
    op.create_table(
        "answer_version",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False, comment="question id, or profile.<field>"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False, comment="the save that wrote it"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=True, comment="why it is blank, as in not-known; none: nobody said"),
        sa.Column("title", sa.Text(), nullable=True, comment="of the word elsewhere: the document that says it"),
        sa.Column("ask_whom", sa.Text(), nullable=True, comment="of the word not-known: who may know; never submitted"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is not applicable, or a remark"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "carried_from", sa.Text(), nullable=True, comment="edition whose answers settled it; none: given here"
        ),
        sa.CheckConstraint("value = '' OR word IS NULL", name=op.f("ck_answer_version_value")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_answer_version_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_answer_version_by")),
        sa.PrimaryKeyConstraint("assessment_id", "question", "version", name=op.f("pk_answer_version")),
    )


def _create_comments() -> None:
    op.create_table(
        "question_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="empty once it is withdrawn"),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(text = '') = (withdrawn_at IS NOT NULL)", name=op.f("ck_question_comment_withdrawn")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_question_comment_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_question_comment_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_comment")),
    )
    op.create_index(
        op.f("ix_question_comment_assessment_id_question"),
        "question_comment",
        ["assessment_id", "question"],
        unique=False,
    )
