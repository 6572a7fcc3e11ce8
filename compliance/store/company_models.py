"""SQLAlchemy models of who belongs to which company: groups, memberships, delegations, join requests, invitations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.member_roles import MEMBER_ROLES
from compliance.store.models import Base, one_of

INVITATION_STATES = ("open", "accepted", "withdrawn")
REQUEST_STATES = ("open", "accepted", "refused", "withdrawn")


class CompanyGroupRow(Base):
    """Companies of one owner, which count once in figures."""

    __tablename__ = "company_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    counting_organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", use_alter=True),
        comment="company whose answers count; null: the first confirmed one",
    )

    __table_args__ = (CheckConstraint("name <> ''", name="name"),)


class MembershipRow(Base):
    """A person who works for a company, and what they may do there; see `member_roles`."""

    __tablename__ = "membership"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]

    __table_args__ = (one_of("role", MEMBER_ROLES),)


class ColleagueInvitationRow(Base):
    """An invitation to work for a company, which can be used once, with the token in its link."""

    __tablename__ = "colleague_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the token, which is not stored")
    email: Mapped[str] = mapped_column(default="", comment="in lower case; empty: anybody with the link can use it")
    role: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(default="", comment="message from the person who invites")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="who accepted or withdrew it")
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", MEMBER_ROLES),
        one_of("state", INVITATION_STATES),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    )


class DelegationRow(Base):
    """A theme or a question of an assessment that is assigned to one member."""

    __tablename__ = "delegation"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True, comment="id of the theme or of the question")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    due: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class JoinRequestRow(Base):
    """A person's request to join a registered company."""

    __tablename__ = "join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(default="", comment="message of the person who asks to join")
    state: Mapped[str] = mapped_column(String(16), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", comment="reason for the decision")

    __table_args__ = (
        one_of("state", REQUEST_STATES),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        # A person has at most one open request to a company.
        Index(
            "uq_join_request_open",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
