"""Assessments, and their answer sheet as scoring reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_profile
from compliance.questionnaire.answers import Adjusted, AnswerSheet, Verdict
from compliance.questionnaire.answers import Answer as GivenAnswer
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.store.exceptions import NotFound
from compliance.store.models import AnswerRow, Assessment, Determination, Evidence, Organisation, Period, Submission
from compliance.store.transactions import insert_unless_there, refuse_if_closed

_ANSWERS = (
    select(
        Organisation.name.label("company"),
        AnswerRow.question,
        AnswerRow.value,
        AnswerRow.reason,
        exists()
        .where(Evidence.assessment_id == AnswerRow.assessment_id, Evidence.question == AnswerRow.question)
        .label("evidenced"),
    )
    .select_from(Assessment)
    .join(Organisation, Organisation.id == Assessment.organisation_id)
    .outerjoin(AnswerRow, AnswerRow.assessment_id == Assessment.id)
    .where(Assessment.id == bindparam("assessment"))
)
_VERDICTS = select(Determination.question, Determination.verdict, Determination.value).where(
    Determination.assessment_id == bindparam("assessment")
)
_SUMMARIES = (
    select(
        Assessment.id,
        Assessment.organisation_id,
        Organisation.name,
        Organisation.demonstration,
        Organisation.status,
        func.coalesce(Organisation.merged_into, Organisation.id),
        Assessment.edition_id,
        Assessment.period_year,
        Assessment.voice,
        or_(Period.closed_at.is_not(None), Organisation.status == "merged"),
        select(func.max(Submission.at)).where(Submission.assessment_id == Assessment.id).scalar_subquery(),
    )
    .join(Organisation, Organisation.id == Assessment.organisation_id)
    .join(Period, Period.year == Assessment.period_year)
)


@dataclass(frozen=True, slots=True)
class AssessmentSummary:
    """One company's assessment, as lists and headings show it."""

    id: int
    organisation_id: int
    organisation: str
    demonstration: bool
    status: str  # of the company
    held_by: int  # the company whose members may open it: this one, or the one into which it was merged
    edition_id: str
    year: int
    voice: str
    closed: bool  # nothing is changed any more: the period is closed, or the company was merged
    submitted_at: datetime | None  # the latest


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet as far as the edition can read it, and the ids of stored answers that it cannot."""

    sheet: AnswerSheet
    unreadable: tuple[str, ...]


def assessment_for(
    session: Session, organisation_id: int, *, edition: str, year: int, at: datetime, voice: str = "self"
) -> AssessmentSummary:
    """The assessment of a company, begun if there is none. Raise NotFound, or PeriodClosed if it cannot begin."""
    key = {"organisation_id": organisation_id, "edition_id": edition, "period_year": year, "voice": voice}
    mine = [getattr(Assessment, column) == value for column, value in key.items()]
    if found := _summaries(session, *mine):
        return found[0]
    if not session.scalar(select(exists().where(Organisation.id == organisation_id))):
        raise NotFound(f"no organisation {organisation_id}")
    refuse_if_closed(session, year)
    session.execute(insert_unless_there(session, Assessment, list(key)).values(**key, saves=0, created_at=at))
    return _summaries(session, *mine)[0]


def assessment(session: Session, assessment_id: int) -> AssessmentSummary:
    """One assessment. Raise NotFound."""
    found = _summaries(session, Assessment.id == assessment_id)
    if not found:
        raise NotFound(f"no assessment {assessment_id}")
    return found[0]


def assessments_of(session: Session, organisation_id: int) -> tuple[AssessmentSummary, ...]:
    """Every assessment of a company and of those merged into it, latest period first."""
    return _summaries(session, func.coalesce(Organisation.merged_into, Organisation.id) == organisation_id)


def assessment_counts(session: Session, organisation_ids: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """How many assessments each of these companies has begun itself, and how many of those are submitted."""
    submitted = exists().where(Submission.assessment_id == Assessment.id)
    query = (
        select(Assessment.organisation_id, func.count(), func.count().filter(submitted))
        .where(Assessment.organisation_id.in_(list(organisation_ids)), Assessment.voice == "self")
        .group_by(Assessment.organisation_id)
    )
    return {organisation_id: (begun, done) for organisation_id, begun, done in session.execute(query)}


def answer_sheet(session: Session, assessment_id: int, edition: Edition) -> AnswerSheet:
    """The answers as they stand now, verdicts included. What the edition cannot read is a blank.

    Raise NotFound.
    """
    return read_sheet(session, assessment_id, edition).sheet


def read_sheet(session: Session, assessment_id: int, edition: Edition) -> ParsedSheet:
    """The answers as they stand now, and what the edition cannot read of them. Raise NotFound."""
    company, texts, evidenced = None, [], []
    for row in session.connection().execute(_ANSWERS, {"assessment": assessment_id}):
        company = row.company
        if row.question is not None:
            texts.append((row.question, row.value, row.reason))
            evidenced += [row.question] if row.evidenced else []
    if company is None:
        raise NotFound(f"no assessment {assessment_id}")
    return parse_sheet(edition, company, texts, evidenced, verdicts_of(session, assessment_id, edition))


def parse_sheet(
    edition: Edition,
    company: str,
    texts: Iterable[tuple[str, str, str]],
    evidenced: Iterable[str],
    verdicts: Mapping[str, Verdict],
) -> ParsedSheet:
    """The sheet that stored texts spell: (question id or `profile.<field>`, text, reason).

    Answers to what a cut, or the main part of an edition, leaves out are passed over.
    """
    profile: dict[str, str | float] = {}
    answers: dict[str, GivenAnswer] = {}
    unreadable: list[str] = []
    for question, text, reason in texts:
        if question in edition.cut_away:
            continue
        try:
            if question.startswith(PROFILE_PREFIX):
                field = question.removeprefix(PROFILE_PREFIX)
                value = read_profile(edition.profile[field], text)
                profile |= {} if value is None else {field: value}
            else:
                answer = read_answer(edition.questions[question], text, reason)
                answers |= {} if answer is None else {question: answer}
        except (KeyError, AnswerFault):
            unreadable.append(question)
    rests = frozenset(evidenced) & answers.keys()
    return ParsedSheet(AnswerSheet(company, profile, answers, rests, verdicts), tuple(unreadable))


def verdicts_of(session: Session, assessment_id: int, edition: Edition) -> Mapping[str, Verdict]:
    """The auditor's verdicts by question id, as far as they are about this edition's questions."""
    verdicts: dict[str, Verdict] = {}
    given = session.connection().execute(_VERDICTS, {"assessment": assessment_id})
    for question, verdict, value in given:
        if question not in edition.questions:
            continue
        if verdict == "adjusted":
            answer = read_answer(edition.questions[question], value)
            verdicts |= {} if answer is None else {question: Adjusted(answer)}
        else:
            verdicts[question] = "confirmed" if verdict == "confirmed" else "not-shown"
    return verdicts


def _summaries(session: Session, *conditions: ColumnElement[bool]) -> tuple[AssessmentSummary, ...]:
    query = _SUMMARIES.where(*conditions).order_by(Assessment.period_year.desc(), Assessment.id)
    return tuple(AssessmentSummary(*row) for row in session.connection().execute(query))
