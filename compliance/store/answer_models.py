"""SQLAlchemy models of what is stored in addition to answers: their versions, and comments on questions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from compliance.store.models import Base


class AnswerVersionRow(Base):
    """An answer, or a blank, as one save left it. Written in the same transaction as the answer, and never changed."""

    __tablename__ = "answer_version"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True, comment="question id, or profile.<field>")
    version: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="number of the save that wrote it"
    )
    value: Mapped[str]
    word: Mapped[str | None] = mapped_column(comment="reason why it is blank, as in not-known; null: none was given")
    title: Mapped[str | None] = mapped_column(comment="title of the other document, for the reason elsewhere")
    ask_whom: Mapped[str | None] = mapped_column(comment="who may know, for the reason not-known; never submitted")
    reason: Mapped[str] = mapped_column(comment="why the question does not apply, or a remark")
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    carried_from: Mapped[str | None] = mapped_column(comment="edition it was carried over from; null: given here")

    __table_args__ = (CheckConstraint("value = '' OR word IS NULL", name="value"),)


class QuestionCommentRow(Base):
    """A company's own comment on a question. Never submitted, and read by nobody outside the company."""

    __tablename__ = "question_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    question: Mapped[str]
    text: Mapped[str] = mapped_column(comment="empty once the comment is withdrawn")
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "assessment_id", "question"),
        CheckConstraint("(text = '') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
    )
