"""SQLAlchemy models of who belongs to which company: groups of companies, members, and requests to join."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base, one_of

MEMBER_ROLES = ("owner", "member")
REQUEST_STATES = ("open", "accepted", "refused", "withdrawn")


class CompanyGroupRow(Base):
    """Companies of one owner, which count once in figures."""

    __tablename__ = "company_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    counting_organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", use_alter=True),
        comment="whose answers count; none named: those of the first confirmed",
    )

    __table_args__ = (CheckConstraint("name <> ''", name="name"),)


class MembershipRow(Base):
    """A person who works for a company. The owners of a company answer requests to join it."""

    __tablename__ = "membership"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime]

    __table_args__ = (one_of("role", MEMBER_ROLES),)


class JoinRequestRow(Base):
    """A person's request to join a company that was here before they came."""

    __tablename__ = "join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(default="", comment="what the person wrote with it")
    state: Mapped[str] = mapped_column(String(16), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", comment="of whoever decided it")

    __table_args__ = (
        one_of("state", REQUEST_STATES),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        # At most one open request of a person to a company.
        Index(
            "uq_join_request_open",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
