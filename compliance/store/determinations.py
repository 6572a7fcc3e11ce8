"""Auditors' verdicts on the answers of an assessment. A page of verdicts is saved as a whole, or not at all.

Optimistic locking: if somebody else has given another verdict in the meantime, nothing is written, and both verdicts
are returned as a `VerdictConflict`. A verdict is on a submission, so it can be given after the period is closed; what
was published of that period does not change. It stores the digest of the answer judged, and counts for that answer
only: once the company submits another answer or other evidence, the question counts as not reviewed. Signed-off
verdicts cannot be changed until the sign-off is revoked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from compliance.store.answers_and_evidence import SavedAnswer, answer_digest, is_about
from compliance.store.assessments import StoredVerdict
from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import NotFound, SignedOff
from compliance.store.models import Assessment, Assignment, Determination, Person, Submission, TrailEntry
from compliance.store.passage_checks import (
    CheckConflict,
    CheckEdit,
    changed_checks,
    passage_checks,
    stale_checks,
    write_checks,
)
from compliance.store.passage_marks import submitted_passages
from compliance.store.review_models import SignOff
from compliance.store.submission_figures import forget_review
from compliance.store.submissions import frozen_answers
from compliance.store.transactions import begin_change, insert_or_replace


@dataclass(frozen=True, slots=True)
class AuditorVerdict:
    """An auditor's stored verdict on one question."""

    question: str
    verdict: str  # confirmed, adjusted, not-shown
    value: str  # the true answer, if adjusted
    comment: str
    by: str  # name of the auditor
    at: datetime
    version: int
    next_review: date | None = None  # when to look at it again
    answer_digest: str | None = None  # of the answer judged, by `answer_digest`; None: given before it was stored


@dataclass(frozen=True, slots=True)
class VerdictEdit:
    """A verdict to be saved. An empty one withdraws the present verdict, so that the question is not reviewed.

    A verdict on an earlier answer is not present: an empty edit leaves it, and an equal edit is a new verdict.
    """

    question: str
    verdict: str
    value: str = ""  # the true answer, in the spelling of `write_answer`, if adjusted
    comment: str = ""
    seen: int = 0  # version that the page showed; 0: it showed none
    next_review: date | None = None


@dataclass(frozen=True, slots=True)
class VerdictConflict:
    """A verdict that was not saved because somebody else changed or withdrew it meanwhile, and the stored one."""

    wanted: VerdictEdit
    kept: AuditorVerdict | None  # None: it was withdrawn


@dataclass(frozen=True, slots=True)
class SavedVerdicts:
    """The outcome of saving a page of verdicts: all were saved, or none."""

    changed: int  # number of verdicts changed
    conflicts: tuple[VerdictConflict, ...] = ()
    submitted_meanwhile: bool = False  # the company has submitted again, so the submission judged is not the latest
    checked: int = 0  # number of passage checks changed
    check_conflicts: tuple[CheckConflict, ...] = ()

    @property
    def is_saved(self) -> bool:
        """Whether everything was saved."""
        return not (self.conflicts or self.check_conflicts or self.submitted_meanwhile)


def save_determinations(
    session: Session,
    assessment_id: int,
    edits: Sequence[VerdictEdit],
    *,
    submission: int,
    by: int,
    at: datetime,
    checks: Sequence[CheckEdit] = (),
) -> SavedVerdicts:
    """Save a page of verdicts on a submission, given by id: all of them, or none if there is a conflict.

    `checks`: passage checks, saved with them. Raise NotFound unless the assessment is assigned to `by` and the passages
    are in the submission, CompanyMerged, or SignedOff. If nothing was saved, the caller rolls back.
    """
    version = begin_change(session, assessment_id).version
    latest, sheet = _latest_assigned(session, assessment_id, by)
    answers = frozen_answers(sheet)
    kept, wanted = determinations(session, assessment_id), [_cleaned(edit) for edit in edits]
    counting = verdicts_on(kept, answers)
    changed = [edit for edit in wanted if _said(edit) != _said(counting.get(edit.question))]
    stale = [edit for edit in changed if edit.seen != _version(kept.get(edit.question))]
    said = passage_checks(session, assessment_id) if checks else {}
    checked = changed_checks(said, checks)
    contested = stale_checks(said, checked)
    if stale or contested or latest != submission:
        conflicts = tuple(VerdictConflict(edit, kept.get(edit.question)) for edit in stale)
        return SavedVerdicts(0, conflicts, latest != submission, check_conflicts=contested)
    if checked and not {edit.key for edit in checked} <= {one.key for one in submitted_passages(sheet)}:
        raise NotFound(f"submission {submission} has no such passage")
    if changed or checked:
        _refuse_signed(session, latest)
    _write(session, assessment_id, changed, kept, answers, version=version, by=by, at=at)
    write_checks(session, assessment_id, checked, said, version=version, by=by, at=at)
    return SavedVerdicts(len(changed), checked=len(checked))


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
    """Save a verdict on one question, replacing any other, which stays in the trail.

    Raise NotFound unless the assessment is assigned to `by`, CompanyMerged, or SignedOff.
    """
    version = begin_change(session, assessment_id).version
    latest, answers = latest_assigned(session, assessment_id, by)
    kept, edit = determinations(session, assessment_id), _cleaned(VerdictEdit(question, verdict, value, comment))
    if _said(edit) != _said(verdicts_on(kept, answers).get(question)):
        _refuse_signed(session, latest)
        _write(session, assessment_id, [edit], kept, answers, version=version, by=by, at=at)


def verdicts_on(kept: Mapping[str, AuditorVerdict], answers: Mapping[str, SavedAnswer]) -> Mapping[str, AuditorVerdict]:
    """Return the verdicts that were given on these answers, and so count for them."""
    return {question: one for question, one in kept.items() if is_about(one.answer_digest, answers.get(question))}


def determinations(session: Session, assessment_id: int) -> Mapping[str, AuditorVerdict]:
    """Return all verdicts on an assessment, by question id, including those on answers that have changed since."""
    d = Determination
    by = func.coalesce(Person.name, "")
    columns = (d.question, d.verdict, d.value, d.comment, by, d.at, d.version, d.next_review, d.answer_digest)
    query = select(*columns).outerjoin(Person, Person.id == d.by).where(d.assessment_id == assessment_id)
    return {row.question: AuditorVerdict(*row) for row in session.execute(query)}


def verdicts_before(
    session: Session, assessment_id: int, questions: Iterable[str], at: datetime
) -> tuple[StoredVerdict, ...]:
    """Return the verdicts on these questions just before a moment, from the trail.

    `claimed_sheet` takes those that count. Each was given on the answer in the last submission before it.
    """
    subjects = {_subject(assessment_id, question): question for question in questions}
    told = select(TrailEntry.subject, TrailEntry.after, TrailEntry.at)
    told = told.where(TrailEntry.subject.in_(subjects), TrailEntry.at < at).order_by(TrailEntry.id)
    given = {subjects[subject]: (text, when) for subject, text, when in session.execute(told)}
    handed_in = select(Submission.at, Submission.sheet).where(Submission.assessment_id == assessment_id)
    sheets = [
        (when, frozen_answers(sheet)) for when, sheet in session.execute(handed_in.order_by(Submission.id.desc()))
    ]
    found = []
    for question, (text, when) in given.items():
        if text:
            verdict, value, *_comment = [*text.split("\n"), ""]
            answers = next((answers for submitted, answers in sheets if submitted <= when), {})
            digest = answer_digest(answers.get(question))
            found.append(StoredVerdict(question, verdict, value if verdict == "adjusted" else "", digest))
    return tuple(found)


def questions_judged(session: Session, auditor: int) -> frozenset[str]:
    """Return the ids of questions with a verdict in any of the assessments assigned to an auditor."""
    query = select(Determination.question).join(Assignment, Assignment.assessment_id == Determination.assessment_id)
    return frozenset(session.scalars(query.where(Assignment.auditor_id == auditor).distinct()))


def verdicts_of_period(session: Session, year: int) -> Mapping[int, Sequence[StoredVerdict]]:
    """Return the stored verdicts of a period, by assessment id. `claimed_sheet` takes those that count."""
    d = Determination
    query = select(d.assessment_id, d.question, d.verdict, d.value, d.answer_digest)
    query = query.join(Assessment, Assessment.id == d.assessment_id).where(Assessment.period_year == year)
    found: dict[int, list[StoredVerdict]] = {}
    for assessment, question, verdict, value, digest in session.execute(query):
        found.setdefault(assessment, []).append(StoredVerdict(question, verdict, value, digest))
    return found


def latest_assigned(session: Session, assessment_id: int, auditor: int) -> tuple[int, Mapping[str, SavedAnswer]]:
    """Return id and answers of the latest submission of an assessment assigned to this auditor. Raise NotFound."""
    number, sheet = _latest_assigned(session, assessment_id, auditor)
    return number, frozen_answers(sheet)


def _latest_assigned(session: Session, assessment_id: int, auditor: int) -> tuple[int, str]:
    """Return id and stored sheet of the latest submission, as `latest_assigned` does. Raise NotFound."""
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    query = select(Submission.id, Submission.sheet).where(Submission.assessment_id == assessment_id, assigned)
    latest = session.execute(query.order_by(Submission.id.desc()).limit(1)).first()
    if latest is None:
        raise NotFound(f"no assessment {assessment_id}")
    return latest.id, latest.sheet


def _refuse_signed(session: Session, submission: int) -> None:
    """Raise SignedOff if a sign-off of this submission was not revoked."""
    standing = select(SignOff.name).where(SignOff.submission_id == submission, SignOff.revoked_at.is_(None))
    if (name := session.scalar(standing)) is not None:
        raise SignedOff(f"{name} has signed off these verdicts: revoke the sign-off before you change one")


def _cleaned(edit: VerdictEdit) -> VerdictEdit:
    if not edit.verdict:
        return replace(edit, value="", comment="", next_review=None)
    return replace(edit, value=storable_text(edit.value).strip(), comment=storable_text(edit.comment).strip())


def _subject(assessment_id: int, question: str) -> str:
    return f"assessment/{assessment_id}/determination/{question}"


def _said(verdict: VerdictEdit | AuditorVerdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ("", "", "", "")
    day = verdict.next_review.isoformat() if verdict.next_review else ""
    return (verdict.verdict, verdict.value, verdict.comment, day)


def _trail_text(verdict: VerdictEdit | AuditorVerdict | None) -> str:
    """Return a verdict as the trail records it, or "" for none."""
    return "\n".join(part for part in _said(verdict) if part)


def _version(verdict: AuditorVerdict | None) -> int:
    return 0 if verdict is None else verdict.version


def _write(
    session: Session,
    assessment_id: int,
    edits: Sequence[VerdictEdit],
    kept: Mapping[str, AuditorVerdict],
    answers: Mapping[str, SavedAnswer],
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
            "answer_digest": answer_digest(answers.get(edit.question)),
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
            _subject(assessment_id, edit.question),
            _trail_text(kept.get(edit.question)),
            _trail_text(edit),
        )
        for edit in edits
    ]
    forget_review(session, assessment_id)
    record_events(session, events, by=by, at=at)
