"""The versions of answers, how one is restored, and since when an answer is not known.

Versions are written by `save_answers`. Restoring one is a save like any other, and writes a new version.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from compliance.questionnaire.answers import NOT_KNOWN_YET
from compliance.store.answer_models import AnswerVersionRow
from compliance.store.answers_and_evidence import AnswerEdit, SavedAnswer, as_saved_answer
from compliance.store.exceptions import NotFound
from compliance.store.models import AnswerRow, Person

_V = AnswerVersionRow
_VERSIONS = select(
    _V.question,
    _V.value,
    _V.reason,
    _V.version,
    Person.name,
    _V.at,
    _V.carried_from,
    _V.word,
    _V.title,
    _V.ask_whom,
).outerjoin(Person, Person.id == _V.by)


def answer_versions(
    session: Session, assessment_id: int, question: str, *, most: int, before: int | None = None
) -> tuple[SavedAnswer, ...]:
    """Return the latest versions of an answer, or the latest before version `before`, newest first, `most` at most."""
    query = _VERSIONS.where(_V.assessment_id == assessment_id, _V.question == question)
    if before is not None:
        query = query.where(_V.version < before)
    return tuple(as_saved_answer(row) for row in session.execute(query.order_by(_V.version.desc()).limit(most)))


def answer_version(session: Session, assessment_id: int, question: str, version: int) -> SavedAnswer:
    """Return one version of an answer. Raise NotFound."""
    query = _VERSIONS.where(_V.assessment_id == assessment_id, _V.question == question, _V.version == version)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(f"no version {version} of the answer to {question} in assessment {assessment_id}")
    return as_saved_answer(row)


def restoring(version: SavedAnswer, *, seen: int) -> AnswerEdit:
    """Return the edit that restores a version. `seen`: the version that the page showed as the current answer."""
    said = {"word": version.word, "title": version.title, "ask_whom": version.ask_whom}
    return AnswerEdit(version.question, version.text, version.reason, seen, **said)


def not_known_since(session: Session, assessment_id: int) -> Mapping[str, datetime]:
    """Return since when questions that are not known now have been so without interruption, by question id."""
    other = aliased(_V)
    known_last = (
        select(func.coalesce(func.max(other.version), 0))
        .where(other.assessment_id == _V.assessment_id, other.question == _V.question)
        .where(or_(other.word.is_(None), other.word != NOT_KNOWN_YET))
        .scalar_subquery()
    )
    query = (
        select(_V.question, func.min(_V.at, type_=_V.at.type).label("since"))
        .join(AnswerRow, (AnswerRow.assessment_id == _V.assessment_id) & (AnswerRow.question == _V.question))
        .where(_V.assessment_id == assessment_id, AnswerRow.word == NOT_KNOWN_YET, _V.version > known_last)
        .group_by(_V.question)
    )
    return {row.question: row.since for row in session.execute(query)}
