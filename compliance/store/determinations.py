"""Auditors' verdicts on the answers of an assessment. A page of them is saved whole, or not at all.

Optimistic locking: where somebody else gave another verdict meanwhile, nothing is written, and both are returned as a
`VerdictConflict`. A verdict is about what was submitted, so that a closed period does not keep it out: what was
published of that period stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import NotFound
from compliance.store.models import Assessment, Assignment, Determination, Person, Submission
from compliance.store.transactions import begin_change, insert_or_replace


@dataclass(frozen=True, slots=True)
class AuditorVerdict:
    """An auditor's verdict on one question, as it is kept."""

    question: str
    verdict: str  # confirmed, adjusted, not-shown
    value: str  # the true answer, if adjusted
    comment: str
    by: str  # name of the auditor
    at: datetime
    version: int
    next_review: date | None = None  # when to look at it again


@dataclass(frozen=True, slots=True)
class VerdictEdit:
    """A verdict as an auditor wants it saved. An empty one takes back what was there: not reviewed yet."""

    question: str
    verdict: str
    value: str = ""  # the true answer, in the spelling of `write_answer`, if adjusted
    comment: str = ""
    seen: int = 0  # version that the page showed; 0: it showed none
    next_review: date | None = None


@dataclass(frozen=True, slots=True)
class VerdictConflict:
    """A verdict that was not saved, because somebody else gave or took back another meanwhile: both, to choose from."""

    wanted: VerdictEdit
    kept: AuditorVerdict | None  # None: it was taken back


@dataclass(frozen=True, slots=True)
class SavedVerdicts:
    """The outcome of saving a page of verdicts: all were kept, or none."""

    changed: int  # how many are others now than before
    conflicts: tuple[VerdictConflict, ...] = ()
    submitted_meanwhile: bool = False  # the company submitted again: what was judged is no longer what counts

    @property
    def is_saved(self) -> bool:
        """True if everything stands now as it was wanted."""
        return not self.conflicts and not self.submitted_meanwhile


def save_determinations(
    session: Session, assessment_id: int, edits: Sequence[VerdictEdit], *, submission: int, by: int, at: datetime
) -> SavedVerdicts:
    """Save the verdicts of a page on one submission, given by id: all, or none where somebody was there before.

    Raise NotFound unless it is assigned, or CompanyMerged. The caller rolls back what was not saved.
    """
    version = begin_change(session, assessment_id).version
    latest = _latest_assigned(session, assessment_id, by)
    kept, wanted = determinations(session, assessment_id), [_cleaned(edit) for edit in edits]
    changed = [edit for edit in wanted if _said(edit) != _said(kept.get(edit.question))]
    stale = [edit for edit in changed if edit.seen != _version(kept.get(edit.question))]
    if stale or latest != submission:
        conflicts = tuple(VerdictConflict(edit, kept.get(edit.question)) for edit in stale)
        return SavedVerdicts(0, conflicts, latest != submission)
    _write(session, assessment_id, changed, kept, version=version, by=by, at=at)
    return SavedVerdicts(len(changed))


def record_determination(
    session: Session,
    assessment_id: int,
    question: str,
    *,
    verdict: str,
    by: int,
    at: datetime,
    value: str = "",
    comment: str = "",
) -> None:
    """Give a verdict on one question, whatever was there; the one before stays in the trail.

    Raise NotFound unless the assessment is assigned, or CompanyMerged.
    """
    version = begin_change(session, assessment_id).version
    _latest_assigned(session, assessment_id, by)
    kept, edit = determinations(session, assessment_id), _cleaned(VerdictEdit(question, verdict, value, comment))
    if _said(edit) != _said(kept.get(question)):
        _write(session, assessment_id, [edit], kept, version=version, by=by, at=at)


def determinations(session: Session, assessment_id: int) -> Mapping[str, AuditorVerdict]:
    """Every verdict on an assessment, by question id."""
    d = Determination
    by = func.coalesce(Person.name, "")
    columns = (d.question, d.verdict, d.value, d.comment, by, d.at, d.version, d.next_review)
    query = select(*columns).outerjoin(Person, Person.id == d.by).where(d.assessment_id == assessment_id)
    return {row.question: AuditorVerdict(*row) for row in session.execute(query)}


def verdicts_of_period(session: Session, year: int) -> Mapping[int, Sequence[tuple[str, str, str]]]:
    """By assessment of a period, its verdicts as stored, in one statement: (question id, verdict, adjusted answer)."""
    d = Determination
    query = select(d.assessment_id, d.question, d.verdict, d.value).join(Assessment, Assessment.id == d.assessment_id)
    found: dict[int, list[tuple[str, str, str]]] = {}
    for assessment, question, verdict, value in session.execute(query.where(Assessment.period_year == year)):
        found.setdefault(assessment, []).append((question, verdict, value))
    return found


def _latest_assigned(session: Session, assessment_id: int, auditor: int) -> int:
    """The id of the latest submission of an assessment that is assigned to this auditor. Raise NotFound."""
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    latest = session.scalar(select(func.max(Submission.id)).where(Submission.assessment_id == assessment_id, assigned))
    if latest is None:
        raise NotFound(f"no assessment {assessment_id}")
    return latest


def _cleaned(edit: VerdictEdit) -> VerdictEdit:
    if not edit.verdict:
        return replace(edit, value="", comment="", next_review=None)
    return replace(edit, value=storable_text(edit.value).strip(), comment=storable_text(edit.comment).strip())


def _said(verdict: VerdictEdit | AuditorVerdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ("", "", "", "")
    day = verdict.next_review.isoformat() if verdict.next_review else ""
    return (verdict.verdict, verdict.value, verdict.comment, day)


def _trail_text(verdict: VerdictEdit | AuditorVerdict | None) -> str:
    """A verdict as the trail tells it; nothing of none."""
    return "\n".join(part for part in _said(verdict) if part)


def _version(verdict: AuditorVerdict | None) -> int:
    return 0 if verdict is None else verdict.version


def _write(
    session: Session,
    assessment_id: int,
    edits: Sequence[VerdictEdit],
    kept: Mapping[str, AuditorVerdict],
    *,
    version: int,
    by: int,
    at: datetime,
) -> None:
    rows = [
        {
            "assessment_id": assessment_id,
            "question": edit.question,
            "verdict": edit.verdict,
            "value": edit.value,
            "comment": edit.comment,
            "next_review": edit.next_review,
            "version": version,
            "by": by,
            "at": at,
        }
        for edit in edits
        if edit.verdict
    ]
    if rows:
        session.connection().execute(insert_or_replace(session, Determination, ["assessment_id", "question"]), rows)
    if withdrawn := [edit.question for edit in edits if not edit.verdict]:
        gone = delete(Determination).where(
            Determination.assessment_id == assessment_id, Determination.question.in_(withdrawn)
        )
        session.execute(gone.execution_options(synchronize_session=False))
    events = [
        TrailEvent(
            "determination",
            f"assessment/{assessment_id}/determination/{edit.question}",
            _trail_text(kept.get(edit.question)),
            _trail_text(edit),
        )
        for edit in edits
    ]
    record_events(session, events, by=by, at=at)
