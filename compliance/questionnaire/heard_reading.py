"""A desk reading on which the company is heard: documents, readers' answers, decisions, and its replies. Pure.

A point is a question that is put to the documents of one kind. `kind_readings` gives the settled answers, and
`unsettled_points` what is missing before the company can be told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.desk_reading import (
    AgreedAnswer,
    DeskAnswer,
    DeskPassage,
    KindQuestions,
    agreed_answers,
    kind_questions,
    undecided,
)
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.routing import NO, route_questions

#: The kind of document and the question, or two empty texts for the reading as a whole.
PointKey: TypeAlias = tuple[str, str]
#: The answers of one reader, by kind of document and question.
ReaderAnswers: TypeAlias = Mapping[str, Mapping[str, DeskAnswer]]
WHOLE: PointKey = ("", "")


@dataclass(frozen=True, slots=True)
class HeardDocument:
    """A published document that was read."""

    id: int
    kind: str
    title: str
    dated: date | None
    language: str
    url: str
    accessed: date
    is_extract: bool
    digest: str  # SHA-256 of the archived file


@dataclass(frozen=True, slots=True)
class CompanyReply:
    """The company's reply on a point, or on the reading as a whole."""

    kind: str
    question: str
    words: str
    name: str
    role: str
    by_letter: bool  # an advocate of the desk entered it
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardReading:
    """A reading with its documents, answers, decisions and replies."""

    id: int
    company: str
    slug: str
    sector: str
    country: str
    email: str
    organisation_id: int | None
    demonstration: bool
    version: int
    edition_id: str
    size: str
    state: str
    documents: tuple[HeardDocument, ...]
    answers: Mapping[str, ReaderAnswers]  # by place
    passages: tuple[DeskPassage, ...]
    decided_at: Mapping[PointKey, datetime] = field(default_factory=dict)
    seconds: Mapping[str, int] = field(default_factory=dict)  # by place
    replies: tuple[CompanyReply, ...] = ()
    sent_at: datetime | None = None
    reply_until: date | None = None
    reply_ended_at: datetime | None = None  # when the company said that it had nothing to add
    people: Mapping[str, int] = field(default_factory=dict)  # who reads and decides, by place

    def of_reader(self, place: str, kind: str) -> Mapping[str, DeskAnswer]:
        """Return one reader's answers about the documents of a kind, by question."""
        return self.answers.get(place, {}).get(kind, {})

    @property
    def points(self) -> frozenset[PointKey]:
        """All points that a reader has answered."""
        return frozenset(
            (kind, question) for given in self.answers.values() for kind, said in given.items() for question in said
        )

    def may_be_published(self, today: date) -> bool:
        """Tell whether the company was heard: the time for replies is over, or it has nothing to add."""
        return self.reply_until is not None and (today > self.reply_until or self.reply_ended_at is not None)

    def takes_replies(self, today: date) -> bool:
        """Tell whether the company can still reply or change its reply."""
        return self.state == "hearing" and self.reply_until is not None and today <= self.reply_until


@dataclass(frozen=True, slots=True)
class KindReading:
    """One kind of document: the questions asked, and the settled answers."""

    asked_of: KindQuestions
    asked: tuple[Question, ...]
    standing: Mapping[str, AgreedAnswer]  # by question
    sheet: AnswerSheet
    counting: frozenset[str]  # ids of the asked questions that may count
    undecided: frozenset[str]  # ids of questions that lack a decision, its basis or its reason


def kind_readings(edition: Edition, reading: HeardReading) -> Iterator[KindReading]:
    """Yield the settled answers for each kind of document, in the order of the edition."""
    kinds = {document.kind for document in reading.documents}
    for kind in edition.documents:
        if kind in kinds:
            asked_of = kind_questions(edition, kind, size=reading.size, sector=reading.sector)
            yield _kind_reading(asked_of, reading)


def _kind_reading(asked_of: KindQuestions, reading: HeardReading) -> KindReading:
    first, second, third = (reading.of_reader(place, asked_of.kind) for place in ("first", "second", "third"))
    standing = agreed_answers(asked_of, first, second, third, reading.passages)
    given: dict[str, Answer] = {}
    for name, held in standing.items():
        answer = asked_of.answer_of(DeskAnswer(asked_of.kind, name, held.value))
        if answer is not None:
            given[name] = answer
    sheet = AnswerSheet(reading.company, dict(asked_of.profile), given)
    routes = route_questions(asked_of.edition, sheet)
    asked = tuple(q for q in asked_of.edition.questions.values() if q.scored and routes[q.id].asked != NO)
    counting = frozenset(q.id for q in asked if routes[q.id].counts != NO)
    left = undecided(asked_of, first, second, third, reading.passages)
    return KindReading(asked_of, asked, standing, sheet, counting, frozenset(point.question for point in left))


def unsettled_points(edition: Edition, reading: HeardReading) -> tuple[PointKey, ...]:
    """Return the points asked but not settled: an answer, a decision, or what a decision rests on is missing."""
    return tuple(
        (of_kind.asked_of.kind, question.id)
        for of_kind in kind_readings(edition, reading)
        for question in of_kind.asked
        if question.id not in of_kind.standing or question.id in of_kind.undecided
    )
