"""The texts of documents, and passages marked in them.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0019", "0018"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_text",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column(
            "format", sa.Integer(), nullable=False, comment="of the text, by which it is known whether it is read anew"
        ),
        sa.Column("refusal", sa.String(length=32), nullable=False, comment="why it is not read"),
        sa.Column("text", sa.Text(), nullable=False, comment="paragraphs with their anchors, as JSON"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(refusal = '') <> (text = '')", name=op.f("ck_document_text_read")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_document_text")),
    )
    op.create_table(
        "passage_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False, comment="of a paragraph, 7.3, or of a sentence in it, 7.3.2"),
        sa.Column("fits", sa.Boolean(), nullable=False, comment="false: it was suggested, and is not this"),
        sa.Column("page", sa.Text(), nullable=False, comment="of the document; none where it has none"),
        sa.Column("words", sa.Text(), nullable=False, comment="as they stood there"),
        sa.Column("evidence_id", sa.Integer(), nullable=True, comment="the piece of evidence that came with the mark"),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_passage_mark_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_passage_mark_by")),
        sa.ForeignKeyConstraint(["version_id"], ["library_version.id"], name=op.f("fk_passage_mark_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_mark")),
        sa.UniqueConstraint(
            "assessment_id",
            "question",
            "option",
            "version_id",
            "anchor",
            name=op.f("uq_passage_mark_assessment_id_question_option_version_id_anchor"),
        ),
    )
    op.create_index(op.f("ix_passage_mark_version_id"), "passage_mark", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_table("passage_mark")
    op.drop_table("document_text")
