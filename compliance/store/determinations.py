"""Auditors' verdicts on the answers of an assessment. A page of them is saved whole, or not at all.

Optimistic locking: where somebody else gave another verdict meanwhile, nothing is written, and both are returned as a
`VerdictConflict`. A verdict is about what was submitted, so that a closed period does not keep it out: what was
published of that period stays as it is. It keeps the digest of the answer that it is about, and counts for no other:
once the company submits another answer, or other evidence, the question is not reviewed. Verdicts that are signed off
stay until the sign-off is revoked.
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
    """An auditor's verdict on one question, as it is kept."""

    question: str
    verdict: str  # confirmed, adjusted, not-shown
    value: str  # the true answer, if adjusted
    comment: str
    by: str  # name of the auditor
    at: datetime
    version: int
    next_review: date | None = None  # when to look at it again
    answer_digest: str | None = None  # of the answer judged (see `answer_digest`); None: given before that was kept


@dataclass(frozen=True, slots=True)
class VerdictEdit:
    """A verdict as an auditor wants it saved. An empty one takes back what was there: not reviewed yet.

    A verdict on an earlier answer is not there: an empty one leaves it, and the same one is a new verdict.
    """

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
    checked: int = 0  # of how many passages something else is said now
    check_conflicts: tuple[CheckConflict, ...] = ()

    @property
    def is_saved(self) -> bool:
        """True if everything stands now as it was wanted."""
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
    """Save the verdicts of a page on one submission, given by id: all, or none where somebody was there before.

    `checks`: what is said of its passages, saved with them. Raise NotFound unless it is assigned and the passages are
    in it, CompanyMerged, or SignedOff. The caller rolls back what was not saved.
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
    """Give a verdict on one question, whatever was there; the one before stays in the trail.

    Raise NotFound unless the assessment is assigned, CompanyMerged, or SignedOff.
    """
    version = begin_change(session, assessment_id).version
    latest, answers = latest_assigned(session, assessment_id, by)
    kept, edit = determinations(session, assessment_id), _cleaned(VerdictEdit(question, verdict, value, comment))
    if _said(edit) != _said(verdicts_on(kept, answers).get(question)):
        _refuse_signed(session, latest)
        _write(session, assessment_id, [edit], kept, answers, version=version, by=by, at=at)


def verdicts_on(kept: Mapping[str, AuditorVerdict], answers: Mapping[str, SavedAnswer]) -> Mapping[str, AuditorVerdict]:
    """Those verdicts that were given on these answers, and count for them."""
    return {question: one for question, one in kept.items() if is_about(one.answer_digest, answers.get(question))}


def determinations(session: Session, assessment_id: int) -> Mapping[str, AuditorVerdict]:
    """Every verdict on an assessment, by question id, also those on answers that were changed since."""
    d = Determination
    by = func.coalesce(Person.name, "")
    columns = (d.question, d.verdict, d.value, d.comment, by, d.at, d.version, d.next_review, d.answer_digest)
    query = select(*columns).outerjoin(Person, Person.id == d.by).where(d.assessment_id == assessment_id)
    return {row.question: AuditorVerdict(*row) for row in session.execute(query)}


def verdicts_before(
    session: Session, assessment_id: int, questions: Iterable[str], at: datetime
) -> tuple[StoredVerdict, ...]:
    """The verdicts on these questions as they were until a moment, by the trail; `claimed_sheet` takes what counts.

    Each was given on the answer that was submitted last before it.
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
    """The ids of the questions with a verdict, in any of the assessments that are assigned to an auditor."""
    query = select(Determination.question).join(Assignment, Assignment.assessment_id == Determination.assessment_id)
    return frozenset(session.scalars(query.where(Assignment.auditor_id == auditor).distinct()))


def verdicts_of_period(session: Session, year: int) -> Mapping[int, Sequence[StoredVerdict]]:
    """By assessment of a period, its verdicts as stored, in one statement; `claimed_sheet` takes those that count."""
    d = Determination
    query = select(d.assessment_id, d.question, d.verdict, d.value, d.answer_digest)
    query = query.join(Assessment, Assessment.id == d.assessment_id).where(Assessment.period_year == year)
    found: dict[int, list[StoredVerdict]] = {}
    for assessment, question, verdict, value, digest in session.execute(query):
        found.setdefault(assessment, []).append(StoredVerdict(question, verdict, value, digest))
    return found


def latest_assigned(session: Session, assessment_id: int, auditor: int) -> tuple[int, Mapping[str, SavedAnswer]]:
    """The latest submission of an assessment that is assigned to this auditor: its id and answers. Raise NotFound."""
    number, sheet = _latest_assigned(session, assessment_id, auditor)
    return number, frozen_answers(sheet)


def _latest_assigned(session: Session, assessment_id: int, auditor: int) -> tuple[int, str]:
    """The same with the sheet as it is stored. Raise NotFound."""
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    query = select(Submission.id, Submission.sheet).where(Submission.assessment_id == assessment_id, assigned)
    latest = session.execute(query.order_by(Submission.id.desc()).limit(1)).first()
    if latest is None:
        raise NotFound(f"no assessment {assessment_id}")
    return latest.id, latest.sheet


def _refuse_signed(session: Session, submission: int) -> None:
    """Raise SignedOff while a sign-off of this submission stands."""
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
    """A verdict as the trail tells it; nothing of none."""
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
