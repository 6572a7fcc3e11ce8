"""SQLAlchemy models of desk readings: what a company publishes, read by two people who do not see each other's answers.

A desk reading is not an assessment, and is in no figure that is computed from companies' own answers.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

#: In this order: two people read; a third decides where they differ; the company may reply; the reading is published.
#: `stopped`: ended, with a reason, before it was published.
READING_STATES = ("reading", "deciding", "hearing", "published", "stopped")
#: Two independent readers, and the third, who decides where they differ and answers only there or during the hearing.
READER_PLACES = ("first", "second", "third")

_UNFINISHED = text("state IN ('reading', 'deciding', 'hearing')")


class ReadCompanyRow(Base):
    """A company whose published documents are read. It need not be registered."""

    __tablename__ = "read_company"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True, comment="part of the address of its page, as in example-hotels-07")
    sector: Mapped[str] = mapped_column(default="", comment="id of a sector of the edition; empty: not given")
    country: Mapped[str] = mapped_column(String(3), default="", comment="ISO 3166 alpha-3; empty: not given")
    website_domain: Mapped[str] = mapped_column(default="")
    lei: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(
        default="", comment="where the company is told of a draft; empty: it gets a letter"
    )
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"),
        unique=True,
        comment="the same company, as registered; null: not known",
    )
    demonstration: Mapped[bool] = mapped_column(default=False, comment="an invented company; every page says so")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("name <> '' AND slug <> ''", name="name"),)


class ReadingCampaignRow(Base):
    """Companies that are read with one edition, often the companies of an invitation list."""

    __tablename__ = "reading_campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    edition_id: Mapped[str]
    list_id: Mapped[int | None] = mapped_column(
        ForeignKey("invitation_list.id"), comment="list whose companies are read"
    )
    due: Mapped[date | None]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(comment="since when no readings are added")

    __table_args__ = (CheckConstraint("title <> ''", name="title"),)


class DeskReadingRow(Base):
    """One reading of a company's published documents. Once published, it is a version of the company's page."""

    __tablename__ = "desk_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("read_company.id"))
    version: Mapped[int] = mapped_column(comment="1, 2, 3 … for each company")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("reading_campaign.id"), index=True)
    edition_id: Mapped[str]
    size: Mapped[str] = mapped_column(default="", comment="answer to profile.size, which decides what is asked")
    state: Mapped[str] = mapped_column(String(16), default="reading")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    stopped_why: Mapped[str] = mapped_column(default="")
    draft_sent_at: Mapped[datetime | None] = mapped_column(comment="when the company was told of the draft")
    reply_until: Mapped[date | None] = mapped_column(comment="last day on which the company may reply")
    reply_ended_at: Mapped[datetime | None] = mapped_column(comment="when the company said that it has nothing to add")
    reply_digest: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="SHA-256 of the token in the link to the draft, which is not stored"
    )

    __table_args__ = (
        UniqueConstraint("company_id", "version"),
        one_of("state", READING_STATES),
        CheckConstraint("(state = 'stopped') = (stopped_why <> '')", name="stopped"),
        CheckConstraint("(draft_sent_at IS NULL) = (reply_until IS NULL)", name="told"),
        CheckConstraint("reply_ended_at IS NULL OR draft_sent_at IS NOT NULL", name="heard"),
        # At most one reading of a company is under way.
        Index(
            "uq_desk_reading_unfinished",
            "company_id",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )


class ReadingDocumentRow(Base):
    """A published document in a reading. Its file is in the storage, and its text in `document_text`, by digest."""

    __tablename__ = "reading_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32), comment="kind of document of the edition, as in supplier-code")
    title: Mapped[str]
    dated: Mapped[date | None] = mapped_column(comment="date of the document")
    language: Mapped[str] = mapped_column(String(16), default="")
    url: Mapped[str] = mapped_column(comment="where it is published")
    accessed: Mapped[date] = mapped_column(comment="day on which it was downloaded")
    is_extract: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file")
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(comment="size of the file in bytes")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("reading_id", "digest"),
        CheckConstraint("title <> '' AND url <> ''", name="said"),
    )


class ReadingReaderRow(Base):
    """A reader of a reading: the first, the second, or the third, who decides."""

    __tablename__ = "reading_reader"

    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(8), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    seconds: Mapped[int] = mapped_column(default=0, comment="time spent reading, as far as opened and saved pages show")
    seen_at: Mapped[datetime | None] = mapped_column(comment="when a page of the reading was last opened or saved")
    finished_at: Mapped[datetime | None]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("reading_id", "person_id"),
        one_of("place", READER_PLACES),
    )


class ReadingAnswerRow(Base):
    """One reader's answer to a question, for the documents of one kind. Without a row, it is not answered yet."""

    __tablename__ = "reading_answer"

    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True, comment="kind of document")
    question: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(comment="spelling of the answer; empty: the text refers to another document")
    elsewhere: Mapped[str] = mapped_column(default="", comment="title of the document to which the text refers")
    searched: Mapped[str] = mapped_column(default="", comment="words that were searched for, if nothing was found")
    sure: Mapped[int | None] = mapped_column(comment="0 to 100, how sure the reader is; null: not said")
    note: Mapped[str] = mapped_column(default="", comment="reason of the third reader, which is published")
    version: Mapped[int] = mapped_column(comment="1, 2, 3 …; a save based on an older version is refused")
    at: Mapped[datetime]

    __table_args__ = (
        one_of("place", READER_PLACES),
        CheckConstraint("(value = '') = (elsewhere <> '')", name="said"),
        CheckConstraint("sure BETWEEN 0 AND 100", name="sure"),
    )


class ReadingPassageRow(Base):
    """A passage of a document that, according to one reader, supports an option of a question."""

    __tablename__ = "reading_passage"

    id: Mapped[int] = mapped_column(primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"))
    place: Mapped[str] = mapped_column(String(8))
    question: Mapped[str]
    option: Mapped[str]
    document_id: Mapped[int] = mapped_column(ForeignKey("reading_document.id"), index=True)
    anchor: Mapped[str] = mapped_column(comment="anchor of a paragraph, as in 7.3, or of a sentence, as in 7.3.2")
    page: Mapped[str] = mapped_column(default="", comment="page of the document; empty: it has no pages")
    words: Mapped[str] = mapped_column(comment="words of the passage when it was picked")
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint(
            "reading_id", "place", "question", "option", "document_id", "anchor", name="uq_reading_passage_said"
        ),
        one_of("place", READER_PLACES),
        CheckConstraint("words <> ''", name="words"),
    )


class ReadingReplyRow(Base):
    """The company's reply to the draft, as a whole or to one question. It is published next to the reading."""

    __tablename__ = "reading_reply"

    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(
        String(32), primary_key=True, comment="kind of document; empty: the whole reading"
    )
    question: Mapped[str] = mapped_column(primary_key=True, comment="empty: the whole reading")
    words: Mapped[str]
    name: Mapped[str] = mapped_column(comment="who signs for the company")
    role: Mapped[str] = mapped_column(comment="role in the company, in their own words")
    by_letter: Mapped[bool] = mapped_column(default=False, comment="an advocate entered it from a letter")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="null: somebody with the link")
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("words <> '' AND name <> ''", name="said"),
        CheckConstraint("(kind = '') = (question = '')", name="about"),
    )


class PublishedReadingRow(Base):
    """A reading as it was published. Frozen."""

    __tablename__ = "published_reading"

    reading_id: Mapped[int] = mapped_column(ForeignKey("desk_reading.id"), primary_key=True)
    edition_digest: Mapped[str] = mapped_column(ForeignKey("edition_copy.digest"))
    content: Mapped[str] = mapped_column(
        comment="answers, passages, scores, agreement of the readers, and reply, as JSON"
    )
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the content")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class ReadingCorrectionRow(Base):
    """A correction of a published reading, which itself does not change. Frozen."""

    __tablename__ = "reading_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("published_reading.reading_id"), index=True)
    what: Mapped[str] = mapped_column(comment="what is corrected, and to what")
    why: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("what <> '' AND why <> ''", name="said"),)
