"""The first tables: people, assessments, what was handed in, and the trail."""

import sqlalchemy as sa
from alembic import op

from compliance.store.database_setup import freeze

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Tables whose rows are written once; the database itself refuses to change them.
FROZEN = ("edition_copy", "submission", "snapshot", "trail")


def upgrade() -> None:
    op.create_table(
        "edition_copy",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the canonical JSON"),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False, comment="the edition as canonical JSON"),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_edition_copy")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False, comment="invented; every page says so"),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_organisation_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="lower case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="none: cannot sign in with a password"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False, comment="a new one ends every session"),
        sa.Column(
            "confirmed_at", sa.DateTime(timezone=True), nullable=True, comment="when the e-mail address was confirmed"
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email <> '' AND email = lower(email)", name=op.f("ck_person_email")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_person_fs_uniquifier")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("year BETWEEN 1990 AND 2999", name=op.f("ck_period_year")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_period_closed_by")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_period")),
    )
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.CheckConstraint("role IN ('company', 'auditor', 'advocate', 'steward')", name=op.f("ck_person_role_role")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_role")),
    )
    op.create_table(
        "trail",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, 3 … without holes"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Integer(), nullable=True, comment="none: the command line"),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="assessment/7/answer/reach.higher.code"),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False, comment="hash of the entry before"),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="SHA-256 over all the rest"),
        sa.ForeignKeyConstraint(["who"], ["person.id"], name=op.f("fk_trail_who")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
    )
    op.create_index(op.f("ix_trail_subject"), "trail", ["subject"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("period_year", sa.Integer(), nullable=False),
        sa.Column("voice", sa.String(length=8), nullable=False, comment="self: the company; desk: an analyst"),
        sa.Column("saves", sa.Integer(), nullable=False, comment="saves so far; numbers the versions of its answers"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("voice IN ('self', 'desk')", name=op.f("ck_assessment_voice")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_assessment_organisation_id")),
        sa.ForeignKeyConstraint(["period_year"], ["period.year"], name=op.f("fk_assessment_period_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "organisation_id",
            "edition_id",
            "period_year",
            "voice",
            name=op.f("uq_assessment_organisation_id_edition_id_period_year_voice"),
        ),
    )
    op.create_index(op.f("ix_assessment_period_year"), "assessment", ["period_year"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("period_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the content"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["period_year"], ["period.year"], name=op.f("fk_snapshot_period_year")),
        sa.PrimaryKeyConstraint("period_year", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "answer",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False, comment="question id, or profile.<field>"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is not applicable, or a remark"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the save that wrote it; never used twice in an assessment"
        ),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value <> ''", name=op.f("ck_answer_value")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_answer_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_answer_by")),
        sa.PrimaryKeyConstraint("assessment_id", "question", name=op.f("pk_answer")),
    )
    op.create_table(
        "assignment",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("auditor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assignment_assessment_id")),
        sa.ForeignKeyConstraint(["auditor_id"], ["person.id"], name=op.f("fk_assignment_auditor_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_assignment_by")),
        sa.PrimaryKeyConstraint("assessment_id", "auditor_id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_auditor_id"), "assignment", ["auditor_id"], unique=False)
    op.create_table(
        "determination",
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="the true answer, if adjusted"),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(verdict = 'adjusted') = (value <> '')", name=op.f("ck_determination_adjusted")),
        sa.CheckConstraint("verdict IN ('confirmed', 'adjusted', 'not-shown')", name=op.f("ck_determination_verdict")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_determination_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_determination_by")),
        sa.PrimaryKeyConstraint("assessment_id", "question", name=op.f("pk_determination")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="title of the document quoted"),
        sa.Column("page", sa.Text(), nullable=False, comment="as printed: 12, iv, annex 2"),
        sa.Column("dated", sa.Date(), nullable=True, comment="date of the document"),
        sa.Column("passage", sa.Text(), nullable=False, comment="the words quoted"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("accessed", sa.Date(), nullable=True, comment="day on which the link was read"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'quotation' AND document <> '') OR (kind = 'link' AND url <> '')", name=op.f("ck_evidence_rests")
        ),
        sa.CheckConstraint("kind IN ('quotation', 'link')", name=op.f("ck_evidence_kind")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_evidence_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_evidence_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_assessment_id_question"), "evidence", ["assessment_id", "question"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False, comment="copied out of the sheet, to be searched by"),
        sa.Column("sheet", sa.Text(), nullable=False, comment="profile, answers and evidence as canonical JSON"),
        sa.Column("scores", sa.Text(), nullable=False, comment="JSON, as computed on that day"),
        sa.Column("consent", sa.String(length=8), nullable=False, comment="what may be published"),
        sa.CheckConstraint("consent IN ('private', 'counted', 'named')", name=op.f("ck_submission_consent")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_submission_assessment_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_submission_by")),
        sa.ForeignKeyConstraint(["edition_digest"], ["edition_copy.digest"], name=op.f("fk_submission_edition_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index(op.f("ix_submission_assessment_id"), "submission", ["assessment_id"], unique=False)
    for table in FROZEN:
        freeze(table)
