"""SQLAlchemy models of the tables that most of the store uses; the others are in the modules `*_models`.

Queries are in the other modules of this room.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar, Literal, TypeAlias, cast, get_args

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

ROLES = ("company", "auditor", "advocate", "steward")
#: Only confirmed companies can count in figures; `store.companies` says which of them do.
COMPANY_STATUSES = ("pending", "confirmed", "refused", "left-out", "merged")
VOICES = ("self", "desk")
CONSENTS = ("private", "counted", "named")  # the narrowest first
VERDICTS = ("confirmed", "adjusted", "not-shown")
#: What an entry of the audit trail is about. `carried`: an answer carried over from an earlier edition or another form;
#: `portions`: those a company chose; `state`: digests of rows after an upgrade or erasure; `erasure`: what was erased.
TrailKind: TypeAlias = Literal[
    "answer",
    "carried",
    "profile",
    "evidence",
    "comment",
    "determination",
    "assignment",
    "delegation",
    "interest",
    "sign-off",
    "reopening",
    "workbook",
    "role",
    "person",
    "period",
    "snapshot",
    "correction",
    "submission",
    "consent",
    "portions",
    "mail",
    "job",
    "organisation",
    "membership",
    "group",
    "invitation",
    "export",
    "reading",
    "state",
    "erasure",
]
TRAIL_KINDS: tuple[TrailKind, ...] = get_args(TrailKind)


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time, always with its zone in Python and always UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC, without its zone for SQLite, which cannot store it. Raise ValueError without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC, with the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all models. It names constraints, so that migrations can refer to them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, datetime: UTCDateTime}


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return a constraint: the column has one of these values."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements without the ORM."""
    return cast(Table, model.__table__)


class Organisation(Base):
    """A registered company, which answers for itself or is assessed from what it publishes."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    demonstration: Mapped[bool] = mapped_column(default=False, comment="an invented company; every page says so")
    registered_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16), default="pending")
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="when a steward first confirmed the company")
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("company_group.id"), index=True)
    website_domain: Mapped[str] = mapped_column(
        default="", index=True, comment="registered domain, as in example.org; empty: not given"
    )
    lei: Mapped[str] = mapped_column(String(20), default="", comment="legal entity identifier; empty: not given")
    counts_apart: Mapped[bool] = mapped_column(
        default=False, comment="counts although it shares an owner or a domain with others, as a steward decided"
    )
    erasure_asked_at: Mapped[datetime | None] = mapped_column(comment="when an owner asked to delete the company")
    erased_at: Mapped[datetime | None] = mapped_column(comment="when all its data were deleted; null: they were not")

    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        one_of("status", COMPANY_STATUSES),
        CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged"),
    )


class Person(Base):
    """A person with an account. Never deleted, since the trail refers to people; made inactive instead."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True, comment="in lower case")
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(16), default="en")
    password_hash: Mapped[str | None] = mapped_column(comment="null: the person cannot sign in with a password")
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, comment="a new value ends all sessions")
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="when the e-mail address was confirmed")
    created_at: Mapped[datetime]
    first_password: Mapped[bool] = mapped_column(
        default=False, comment="somebody else knows the password, so it must be changed before anything else"
    )
    demonstration: Mapped[bool] = mapped_column(
        default=False, comment="an invented person, who may sign in without second factor if companies are invented too"
    )

    __table_args__ = (CheckConstraint("email <> '' AND email = lower(email)", name="email"),)


class PersonRole(Base):
    """A role of a person."""

    __tablename__ = "person_role"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)

    __table_args__ = (one_of("role", ROLES),)


class Period(Base):
    """A calendar year of assessments, open until the steward closes it."""

    __tablename__ = "period"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens: Mapped[date]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (CheckConstraint("year BETWEEN 1990 AND 2999", name="year"),)


class EditionCopy(Base):
    """An edition as it was at a submission or the closing of a period, stored once for each digest. Frozen."""

    __tablename__ = "edition_copy"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the canonical JSON")
    edition_id: Mapped[str]
    canonical: Mapped[str] = mapped_column(comment="the edition as canonical JSON")
    kept_at: Mapped[datetime]


class Assessment(Base):
    """One company's answers to one edition for one period, in one voice."""

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    edition_id: Mapped[str]
    period_year: Mapped[int] = mapped_column(ForeignKey("period.year"), index=True)
    voice: Mapped[str] = mapped_column(String(8), comment="self: answered by the company; desk: by an analyst")
    saves: Mapped[int] = mapped_column(default=0, comment="how many saves so far; numbers the versions of answers")
    created_at: Mapped[datetime]
    chosen_portions: Mapped[str | None] = mapped_column(
        comment="optional portions that were chosen, joined by |; null: none"
    )
    quick_answers: Mapped[str | None] = mapped_column(
        comment="answers of the quick check with which somebody went on, as JSON; null: none"
    )

    __table_args__ = (
        UniqueConstraint("organisation_id", "edition_id", "period_year", "voice"),
        one_of("voice", VOICES),
    )


class AnswerRow(Base):
    """One answer as text. No row, or no value, means blank; `n/a` is an answer with a reason; `0` is a zero."""

    __tablename__ = "answer"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True, comment="question id, or profile.<field>")
    value: Mapped[str]
    word: Mapped[str | None] = mapped_column(comment="reason why it is blank, as in not-known; null: it is not blank")
    title: Mapped[str | None] = mapped_column(comment="title of the other document, for the reason elsewhere")
    ask_whom: Mapped[str | None] = mapped_column(comment="who may know, for the reason not-known; never submitted")
    reason: Mapped[str] = mapped_column(default="", comment="why the question does not apply, or a remark")
    version: Mapped[int] = mapped_column(comment="number of the save that wrote it; never used twice in an assessment")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    carried_from: Mapped[str | None] = mapped_column(comment="edition it was carried over from; null: given here")

    __table_args__ = (
        CheckConstraint("(value = '') = (word IS NOT NULL)", name="value"),
        CheckConstraint("title IS NULL OR word = 'elsewhere'", name="title"),
        CheckConstraint("ask_whom IS NULL OR coalesce(word, '') = 'not-known'", name="ask_whom"),
    )


class Submission(Base):
    """A submitted assessment, with answers, edition and scores as they were. Frozen; the latest one counts."""

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    edition_digest: Mapped[str] = mapped_column(ForeignKey("edition_copy.digest"))
    sector: Mapped[str] = mapped_column(comment="copied from the sheet, for searches")
    consent: Mapped[str] = mapped_column(String(8), comment="what may be published")
    attested_name: Mapped[str | None] = mapped_column(comment="who attested it; null: submitted before 0004")
    attested_role: Mapped[str | None] = mapped_column(comment="role in the company, in their own words")
    chosen_portions: Mapped[str | None] = mapped_column(comment="as in the assessment at the time")
    claimed_score: Mapped[float | None] = mapped_column(comment="overall; copied from the scores, like what follows")
    claimed_worst: Mapped[float | None]
    claimed_best: Mapped[float | None]
    claimed_band: Mapped[str | None] = mapped_column(comment="id of the band, with any cap")
    claimed_coverage: Mapped[float | None]
    evidenced_score: Mapped[float | None]
    evidenced_worst: Mapped[float | None]
    evidenced_best: Mapped[float | None]
    evidenced_band: Mapped[str | None]
    evidenced_coverage: Mapped[float | None]
    # Long, and therefore last: SQLite reads through everything before a column.
    sheet: Mapped[str] = mapped_column(comment="profile, answers and evidence as canonical JSON")
    scores: Mapped[str] = mapped_column(comment="as computed at the time, as JSON")

    __table_args__ = (one_of("consent", CONSENTS),)


class ConsentChange(Base):
    """A later choice of what may be published of a submission. Frozen; the latest one counts."""

    __tablename__ = "consent_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    consent: Mapped[str] = mapped_column(String(8))
    after_closing: Mapped[bool] = mapped_column(comment="the period was closed, so it counts only for later closings")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (one_of("consent", CONSENTS),)


class Assignment(Base):
    """An auditor who may read an assessment."""

    __tablename__ = "assignment"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    auditor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None] = mapped_column(comment="day by which the review should be signed off")


class Determination(Base):
    """An auditor's verdict on one question."""

    __tablename__ = "determination"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(default="", comment="the correct answer, if adjusted")
    comment: Mapped[str] = mapped_column(default="")
    next_review: Mapped[date | None]
    version: Mapped[int] = mapped_column(comment="number of the save that wrote it; never used twice in an assessment")
    answer_digest: Mapped[str | None] = mapped_column(
        String(64), comment="SHA-256 of the answer and evidence that were judged; it applies to no others; null: old"
    )
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        one_of("verdict", VERDICTS),
        CheckConstraint("(verdict = 'adjusted') = (value <> '')", name="adjusted"),
    )


class SnapshotRow(Base):
    """The published figures of a closed period, after disclosure control. Frozen."""

    __tablename__ = "snapshot"

    period_year: Mapped[int] = mapped_column(ForeignKey("period.year"), primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(comment="the published figures, as JSON")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the content")
    places: Mapped[str | None] = mapped_column(comment="who is in which cell; never shown; null: closed before 0003")
    created_at: Mapped[datetime]


class Correction(Base):
    """A correction of the published figures of a period, which themselves do not change. Frozen."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    period_year: Mapped[int] = mapped_column(ForeignKey("snapshot.period_year"), index=True)
    what: Mapped[str] = mapped_column(comment="what is corrected, and to what")
    why: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (CheckConstraint("what <> '' AND why <> ''", name="said"),)


class AttemptCount(Base):
    """A count of wrong attempts at one account, or from one network, which delays the next attempt."""

    __tablename__ = "attempt_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True, comment="a keyed digest of who or what is counted")
    attempts: Mapped[int]
    since: Mapped[datetime] = mapped_column(comment="from this time on, attempts are forgotten one by one")
    open_at: Mapped[datetime] = mapped_column(comment="when the next attempt is allowed")
    forgotten_at: Mapped[datetime] = mapped_column(index=True, comment="when all attempts are forgotten")


class TrailEntry(Base):
    """One change: who, when, before and after, chained to the previous entry. Frozen, except for erasure."""

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps")
    at: Mapped[datetime]
    who: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="null: the command line")
    what: Mapped[TrailKind] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(index=True, comment="as in assessment/7/answer/reach.higher.code")
    before: Mapped[str]
    after: Mapped[str]
    previous: Mapped[str] = mapped_column(String(64), comment="hash of the previous entry")
    hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of everything else in the entry")
    state: Mapped[str | None] = mapped_column(
        comment="digests of the changed rows after the change, as JSON; null: the entry is about no rows"
    )
    salt: Mapped[str | None] = mapped_column(String(32), comment="salt of the digests; null: before 0028, or erased")
    erased: Mapped[str | None] = mapped_column(comment="digests, as JSON, of erased values before and after")


class SignedHeadRow(Base):
    """The head of the trail as it was signed when a period was closed. Frozen."""

    __tablename__ = "signed_head"

    entry: Mapped[int] = mapped_column(ForeignKey("trail.id"), primary_key=True, autoincrement=False)
    signed: Mapped[str] = mapped_column(comment="number and hash of the entry, time, public key and signature")
