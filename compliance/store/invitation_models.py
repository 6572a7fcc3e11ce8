"""SQLAlchemy models of invited companies: the lists of a period, and the companies on them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

#: How an invited company was matched with a registered one. Empty: not registered, or not matched yet.
MATCH_GROUNDS = ("", "lei", "domain", "name", "steward")


class InvitationListRow(Base):
    """A list of companies that were invited to answer for a period."""

    __tablename__ = "invitation_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    period_year: Mapped[int] = mapped_column(ForeignKey("period.year"))
    name: Mapped[str]
    is_public: Mapped[bool] = mapped_column(comment="participation is published with the period")
    names_silent: Mapped[bool] = mapped_column(comment="companies that did not answer are published by name")
    sector: Mapped[str] = mapped_column(
        default="", comment="sector of all companies on the list; empty: each has its own"
    )
    file_name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file")
    encoding: Mapped[str] = mapped_column(comment="encoding of the file; empty: a workbook")
    imported_at: Mapped[datetime]
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        UniqueConstraint("period_year", "name"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("is_public OR NOT names_silent", name="names_silent"),
    )


class InvitedCompanyRow(Base):
    """A company on an invitation list."""

    __tablename__ = "invited_company"

    list_id: Mapped[int] = mapped_column(ForeignKey("invitation_list.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="line of the file, counted from 1")
    name: Mapped[str]
    country: Mapped[str] = mapped_column(String(3), default="", comment="ISO 3166 alpha-3; empty: not given")
    sector: Mapped[str] = mapped_column(default="")
    website_domain: Mapped[str] = mapped_column(default="")
    lei: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(default="")
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), index=True, comment="the same company, as registered"
    )
    matched_by: Mapped[str] = mapped_column(String(8), default="")
    possible_organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"),
        index=True,
        comment="registered company that may be the same, as the steward will decide",
    )
    opened_at: Mapped[datetime | None] = mapped_column(
        comment="when a member of the company first signed in after the invitation"
    )

    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        one_of("matched_by", MATCH_GROUNDS),
        CheckConstraint("(matched_by = '') = (organisation_id IS NULL)", name="matched"),
        CheckConstraint("organisation_id IS NULL OR possible_organisation_id IS NULL", name="settled"),
    )
