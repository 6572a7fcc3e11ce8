"""SQLAlchemy models of a review apart from its verdicts.

Declared interests, passage checks, downloaded and uploaded workbooks, sign-offs, reopenings.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

REOPENING_STATES = ("asked", "open", "refused", "withdrawn", "done")

_STANDS = text("revoked_at IS NULL")
_UNFINISHED = text("state IN ('asked', 'open')")


class DeclaredInterest(Base):
    """An auditor's interest in a company, which bars them from its assessments and from those of its group."""

    __tablename__ = "declared_interest"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    what: Mapped[str] = mapped_column(comment="in the words of the person who declared it; never published")
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ReviewProgress(Base):
    """The sum of the verdicts on a submission, stored for lists. If the row is missing, it is computed again."""

    __tablename__ = "review_progress"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    asked: Mapped[int] = mapped_column(comment="how many questions count")
    judged: Mapped[int] = mapped_column(comment="how many of them have a verdict")
    can_be_signed: Mapped[bool]
    score: Mapped[float | None] = mapped_column(comment="verified score")
    worst: Mapped[float | None]
    best: Mapped[float | None]
    band: Mapped[str | None] = mapped_column(comment="id of the band, with any cap")


class PassageCheckRow(Base):
    """An auditor's judgement whether a marked passage of a submission shows what the company marked it for."""

    __tablename__ = "passage_check"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    option: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("library_version.id"), primary_key=True, index=True)
    anchor: Mapped[str] = mapped_column(primary_key=True)
    fits: Mapped[bool] = mapped_column(comment="whether the passage shows what it was marked for")
    version: Mapped[int] = mapped_column(comment="number of the save that wrote it; never used twice in an assessment")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class WorkbookDownload(Base):
    """A scorecard workbook that was downloaded for review, with the verdicts as they were then. Frozen."""

    __tablename__ = "workbook_download"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    verdicts: Mapped[str] = mapped_column(comment="verdicts in the workbook, by question id, as canonical JSON")
    checks: Mapped[str | None] = mapped_column(
        comment="checks of passages in the workbook, as canonical JSON; null: no passage is marked"
    )


class WorkbookUpload(Base):
    """A workbook that was uploaded after review. Its file is in the file storage, by digest."""

    __tablename__ = "workbook_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    download_id: Mapped[int | None] = mapped_column(
        ForeignKey("workbook_download.id"), comment="download from which it was made; null: written by a command"
    )
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    file_name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file")
    size: Mapped[int] = mapped_column(comment="size of the file in bytes")
    applied_at: Mapped[datetime | None] = mapped_column(
        comment="when its verdicts were saved; null: not saved, or not yet"
    )
    changed: Mapped[int] = mapped_column(default=0, comment="how many verdicts it changed")
    checked: Mapped[int | None] = mapped_column(
        comment="how many checks of passages it changed; null: applied before 0023, or not yet"
    )


class SignOff(Base):
    """An auditor's signature on the verdicts on a submission, with the verified scorecard as it was.

    Frozen except for its revocation. An assessment has at most one sign-off that is not revoked.
    """

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(comment="name with which it was signed")
    statement: Mapped[str] = mapped_column(comment="what was confirmed, in words")
    card: Mapped[str] = mapped_column(comment="verdicts and verified scores as canonical JSON")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the card")
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_why: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("name <> '' AND statement <> ''", name="said"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_why = '')", name="revoked"),
        Index("uq_sign_off_stands", "assessment_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )


class Reopening(Base):
    """The reopening of a final submission for correction: requested, opened, refused, withdrawn, or done.

    The submission does not change; the corrected submission that follows is linked to it.
    """

    __tablename__ = "reopening"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), comment="submission that is corrected")
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(comment="in the words of the person who asked for it or opened it")
    asked_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), comment="member of the company who asked; null: nobody asked"
    )
    asked_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="who opened or refused it")
    decided_at: Mapped[datetime | None]
    refused_why: Mapped[str] = mapped_column(default="")
    followed_by: Mapped[int | None] = mapped_column(ForeignKey("submission.id"), comment="corrected submission")

    __table_args__ = (
        one_of("state", REOPENING_STATES),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(state = 'done') = (followed_by IS NOT NULL)", name="done"),
        CheckConstraint("(state = 'refused') = (refused_why <> '')", name="refused"),
        Index(
            "uq_reopening_unfinished",
            "assessment_id",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )
