"""SQLAlchemy models of background work: the outbox, mails that people switched off, jobs, and the results of jobs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

URGENCIES = ("security", "notice", "digest")
#: The answers that a scorecard is about: the present draft, or the latest submission.
SCORED_STATES = ("draft", "submitted")
JOB_STATES = ("waiting", "running", "done", "failed")

_WAITING = text("sent_at IS NULL AND given_up_at IS NULL")
#: The condition for unfinished jobs.
UNFINISHED = text("state IN ('waiting', 'running')")


class OutboxMail(Base):
    """A mail to be sent. Once it is sent, subject and text are deleted, and after some weeks the row."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    to: Mapped[str] = mapped_column(comment="e-mail address")
    language: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="null: the recipient has no account")
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(comment="body as plain text; empty once it is sent, as it may contain a link")
    html: Mapped[str] = mapped_column(comment="body as HTML, without the frame")
    urgency: Mapped[str] = mapped_column(String(8), comment="security: always sent; digest: at most one mail a day")
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, comment="how many attempts failed")
    last_error: Mapped[str] = mapped_column(default="")
    lease: Mapped[str] = mapped_column(
        String(32), default="", comment="identifies the worker that is sending the e-mail"
    )
    leased_until: Mapped[datetime | None]

    __table_args__ = (
        one_of("urgency", URGENCIES),
        Index("ix_outbox_waiting", "not_before", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index(None, "to"),
    )


class MailOptOut(Base):
    """A kind of mail that a person has switched off."""

    __tablename__ = "mail_opt_out"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class Job(Base):
    """Work that takes longer than a page should, such as closing a period. One unfinished job per kind and subject."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(comment="what the job is about, as in period/2026")
    state: Mapped[str] = mapped_column(String(8))
    queued_at: Mapped[datetime]
    queued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="null: the command line")
    finished_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(
        String(40), default="", comment="key of the sentence that says what the job is doing"
    )
    done: Mapped[int] = mapped_column(default=0, comment="how much of `total` is done in this step")
    total: Mapped[int] = mapped_column(default=0, comment="0: unknown")
    starts: Mapped[int] = mapped_column(default=0, comment="how often a worker has started the job")
    fault: Mapped[str] = mapped_column(
        String(40), default="", comment="key of the sentence that says why the job failed"
    )
    details: Mapped[str] = mapped_column(default="", comment="for the operator of the installation, in English")
    lease: Mapped[str] = mapped_column(String(32), default="", comment="identifies the worker that is doing the job")
    leased_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None] = mapped_column(comment="when it may be started again, after a failed start")

    __table_args__ = (
        one_of("state", JOB_STATES),
        Index(
            "uq_job_unfinished",
            "kind",
            "subject",
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
    )


class KeptScorecards(Base):
    """The scorecards of an assessment as last computed. If the row is missing, they are computed again."""

    __tablename__ = "kept_scorecards"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(9), primary_key=True, comment="state of the answers: draft or submitted")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of everything they rest on, with the answers")
    computed_at: Mapped[datetime]
    cards: Mapped[str] = mapped_column(comment="scorecards on each basis, as JSON")

    __table_args__ = (one_of("state", SCORED_STATES),)


class ClosingPreview(Base):
    """The figures that closing a period would publish, as a job last computed them for the steward."""

    __tablename__ = "closing_preview"

    period_year: Mapped[int] = mapped_column(ForeignKey("period.year"), primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(comment="the snapshot, as JSON")
    inputs: Mapped[str] = mapped_column(String(64), comment="SHA-256 of everything from which it was computed")
    computed_at: Mapped[datetime]
