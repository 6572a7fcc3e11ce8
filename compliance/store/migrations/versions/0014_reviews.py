"""A review beyond its verdicts: due dates, interests, workbooks out and back, sign-offs and reopenings.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0014", "0013"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column(
        "assignment", sa.Column("due", sa.Date(), nullable=True, comment="day by which the review should be signed off")
    )
    op.add_column("determination", sa.Column("next_review", sa.Date(), nullable=True))
    op.add_column(
        "determination",
        sa.Column(
            "answer_digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 of the answer and evidence judged; other ones are not judged by it; none: old",
        ),
    )
    _create_interests()
    _create_downloads()
    _create_uploads()
    _create_sign_offs()
    _create_reopenings()


def downgrade() -> None:
    for table in ("reopening", "sign_off", "workbook_upload", "workbook_download", "declared_interest"):
        op.drop_table(table)
    with op.batch_alter_table("determination") as determination:
        determination.drop_column("answer_digest")
        determination.drop_column("next_review")
    op.drop_column("assignment", "due")


def _create_interests() -> None:
    op.create_table(
        "declared_interest",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="in the words of whoever declared it; never published"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_declared_interest_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_declared_interest_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_declared_interest_person_id")),
        sa.PrimaryKeyConstraint("person_id", "organisation_id", name=op.f("pk_declared_interest")),
    )
    op.create_index(
        op.f("ix_declared_interest_organisation_id"), "declared_interest", ["organisation_id"], unique=False
    )


def _create_downloads() -> None:
    op.create_table(
        "workbook_download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verdicts", sa.Text(), nullable=False, comment="verdicts that it shows, by question id, as canonical JSON"
        ),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_workbook_download_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_workbook_download_by")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_workbook_download_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbook_download")),
    )
    op.create_index(op.f("ix_workbook_download_assessment_id"), "workbook_download", ["assessment_id"], unique=False)


def _create_uploads() -> None:
    op.create_table(
        "workbook_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column(
            "download_id", sa.Integer(), nullable=True, comment="what it was made from; none: written by a command"
        ),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("size", sa.Integer(), nullable=False, comment="in bytes"),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when its verdicts were saved; none: not, or not yet",
        ),
        sa.Column("changed", sa.Integer(), nullable=False, comment="how many verdicts it changed"),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_workbook_upload_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_workbook_upload_by")),
        sa.ForeignKeyConstraint(["download_id"], ["workbook_download.id"], name=op.f("fk_workbook_upload_download_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbook_upload")),
    )
    op.create_index(op.f("ix_workbook_upload_assessment_id"), "workbook_upload", ["assessment_id"], unique=False)


def _create_sign_offs() -> None:
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as signed"),
        sa.Column("statement", sa.Text(), nullable=False, comment="what was signed, in words"),
        sa.Column("card", sa.Text(), nullable=False, comment="verdicts and verified scores as canonical JSON"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the card"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_why = '')", name=op.f("ck_sign_off_revoked")),
        sa.CheckConstraint("name <> '' AND statement <> ''", name=op.f("ck_sign_off_said")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_sign_off_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_sign_off_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_sign_off_revoked_by")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_sign_off_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
    )
    op.create_index(op.f("ix_sign_off_assessment_id"), "sign_off", ["assessment_id"], unique=False)
    op.create_index(
        "uq_sign_off_stands",
        "sign_off",
        ["assessment_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _create_reopenings() -> None:
    op.create_table(
        "reopening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False, comment="the one that is corrected"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="why, in the words of whoever asked for it or opened it"
        ),
        sa.Column("asked_by", sa.Integer(), nullable=True, comment="of the company; none: nobody did"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True, comment="who opened or refused it"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_why", sa.Text(), nullable=False),
        sa.Column("followed_by", sa.Integer(), nullable=True, comment="the corrected submission"),
        sa.CheckConstraint("(state = 'done') = (followed_by IS NOT NULL)", name=op.f("ck_reopening_done")),
        sa.CheckConstraint("(state = 'refused') = (refused_why <> '')", name=op.f("ck_reopening_refused")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_reopening_reason")),
        sa.CheckConstraint("state IN ('asked', 'open', 'refused', 'done')", name=op.f("ck_reopening_state")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_reopening_asked_by")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_reopening_assessment_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_reopening_decided_by")),
        sa.ForeignKeyConstraint(["followed_by"], ["submission.id"], name=op.f("fk_reopening_followed_by")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_reopening_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopening")),
    )
    op.create_index(op.f("ix_reopening_assessment_id"), "reopening", ["assessment_id"], unique=False)
    op.create_index(
        "uq_reopening_unfinished",
        "reopening",
        ["assessment_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'open')"),
        postgresql_where=sa.text("state IN ('asked', 'open')"),
    )
