"""SQLAlchemy models of evidence: the library of a company, the versions of its items, and which answers they support.

Also the texts of its documents, and the passages marked in them.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

LIBRARY_KINDS = ("file", "link", "passage")
#: Who may see an item. `few`: the person who added it, and the company's owners and approvers. Auditors see both.
SEEN_BY = ("everyone", "few")
#: The kinds of text with rules that a file or link can be.
RULE_TEXTS = ("code", "supplier-code", "policy", "other")
#: What can become of a marked passage in a later version of its document.
PASSAGE_STATES = ("unchanged", "moved", "reworded", "gone")


class LibraryItemRow(Base):
    """An item of a company's library, which can be evidence for any number of answers."""

    __tablename__ = "library_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str]
    seen_by: Mapped[str] = mapped_column(String(8))
    expires: Mapped[date | None] = mapped_column(
        comment="first day on which it is no longer evidence; null: it does not expire"
    )
    reminded_of: Mapped[date | None] = mapped_column(comment="expiry for which a reminder was sent")
    versions: Mapped[int] = mapped_column(comment="number of the latest version")
    rule_text: Mapped[str | None] = mapped_column(
        String(16), comment="kind of text that sets rules; null: it sets no rules"
    )
    language: Mapped[str | None] = mapped_column(String(16), comment="language of a text that sets rules")
    public_url: Mapped[str | None] = mapped_column(comment="where a text that sets rules is published")
    published: Mapped[bool | None] = mapped_column(
        comment="whether a text that sets rules is published; null: not said"
    )
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(
        comment="since when it is no longer evidence or offered as such"
    )
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        one_of("kind", LIBRARY_KINDS),
        one_of("seen_by", SEEN_BY),
        one_of("rule_text", RULE_TEXTS),
        CheckConstraint("title <> ''", name="title"),
    )


class LibraryVersion(Base):
    """One version of an item: a file, by its digest in the file storage; an address; or the words of a passage."""

    __tablename__ = "library_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("library_item.id"))
    number: Mapped[int] = mapped_column(comment="1, 2, 3 … for each item")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    dated: Mapped[date | None] = mapped_column(comment="date of the evidence itself, not when it was added")
    digest: Mapped[str] = mapped_column(String(64), default="", comment="SHA-256 of the file")
    file_name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0, comment="size of the file in bytes")
    url: Mapped[str] = mapped_column(default="")
    accessed: Mapped[date | None] = mapped_column(comment="day on which the link was read")
    document: Mapped[str] = mapped_column(default="", comment="title of the document quoted")
    page: Mapped[str] = mapped_column(default="", comment="page as printed: 12, iv, annex 2")
    passage: Mapped[str] = mapped_column(default="", comment="words quoted")
    words_digest: Mapped[str] = mapped_column(
        String(64),
        index=True,
        comment="SHA-256 of the content without differences in spacing, so that the same is stored once",
    )

    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        CheckConstraint("digest <> '' OR url <> '' OR document <> ''", name="said"),
    )


class Evidence(Base):
    """Evidence for an answer: a version of an item of the library. An answer can have any number."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    question: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("library_version.id"), index=True)
    part: Mapped[str] = mapped_column(default="", comment="part of a file or link: page 4, sheet Spain, clause 14.2")
    accessed: Mapped[date | None] = mapped_column(comment="day on which a link was read for this answer")
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (Index(None, "assessment_id", "question"),)


class DocumentTextRow(Base):
    """The text of a file, extracted once for all who have that file; or why it cannot be read."""

    __tablename__ = "document_text"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the file")
    format: Mapped[int] = mapped_column(comment="version of the format of the text; an older one is read again")
    refusal: Mapped[str] = mapped_column(String(32), default="", comment="why the file cannot be read")
    text: Mapped[str] = mapped_column(default="", comment="paragraphs with their anchors, as JSON")
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("(refusal = '') <> (text = '')", name="read"),)


class KeptSuggestionsRow(Base):
    """Passages of a file that are suggested by meaning. Without this row, passages are suggested by words."""

    __tablename__ = "kept_suggestions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the file")
    edition: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the edition that is asked")
    language: Mapped[str] = mapped_column(
        String(8), primary_key=True, comment="language in which the elements were compared"
    )
    model: Mapped[str] = mapped_column(String(64), primary_key=True, comment="name and version of the encoder")
    format: Mapped[int] = mapped_column(comment="version of the format of the text with these anchors")
    suggestions: Mapped[str] = mapped_column(comment="suggestions by element, as JSON")
    at: Mapped[datetime]


class PassageMarkRow(Base):
    """A person's mark that a passage of a version supports an option of a question, or that it does not."""

    __tablename__ = "passage_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    question: Mapped[str]
    option: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("library_version.id"), index=True)
    anchor: Mapped[str] = mapped_column(comment="anchor of a paragraph, as in 7.3, or of a sentence, as in 7.3.2")
    fits: Mapped[bool] = mapped_column(comment="false: a suggestion that was dismissed")
    page: Mapped[str] = mapped_column(default="", comment="page of the document; empty: it has no pages")
    words: Mapped[str] = mapped_column(comment="words of the passage when it was marked")
    evidence_id: Mapped[int | None] = mapped_column(comment="evidence that was added with the mark")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("assessment_id", "question", "option", "version_id", "anchor"),)


class PassageOutcomeRow(Base):
    """What became of a marked passage in a later version of its document, and what somebody decided about it.

    Until somebody decides, the outcome is the one in the latest version that could be read. After that it no longer
    changes, and the mark applies to the old version only.
    """

    __tablename__ = "passage_outcome"

    mark_id: Mapped[int] = mapped_column(ForeignKey("passage_mark.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("library_version.id"), index=True, comment="later version of the document"
    )
    state: Mapped[str] = mapped_column(String(16))
    anchor: Mapped[str] = mapped_column(default="", comment="anchor in the later version; empty: the passage is gone")
    page: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None] = mapped_column(comment="null: somebody has to decide")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    successor_id: Mapped[int | None] = mapped_column(
        comment="mark in the later version; null although decided: the mark was removed"
    )

    __table_args__ = (
        one_of("state", PASSAGE_STATES),
        CheckConstraint("(state = 'gone') = (anchor = '')", name="found"),
        CheckConstraint("successor_id IS NULL OR decided_at IS NOT NULL", name="decided"),
    )
