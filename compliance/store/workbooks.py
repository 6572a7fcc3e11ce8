"""Workbooks that were downloaded for review and uploaded again: what each showed, and whether it was applied.

What a workbook showed at download is the base of the comparison at upload: a verdict that differs from it was changed
by hand. Files are in the file storage; here are only their digests.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.answers_and_evidence import AnswerEdit, save_answers
from compliance.store.audit_trail import TrailEvent, history, record_events, row_digest, storable_text
from compliance.store.determinations import AuditorVerdict, SavedVerdicts, VerdictEdit, save_determinations
from compliance.store.evidence import Link, Quotation, add_all_evidence
from compliance.store.exceptions import AlreadyDecided, NotFound
from compliance.store.models import Person, Submission
from compliance.store.passage_checks import CheckEdit, PassageCheck
from compliance.store.review_models import WorkbookDownload, WorkbookUpload


@dataclass(frozen=True, slots=True)
class RecordedDownload:
    """A downloaded workbook, with the verdicts that it shows, by question; `seen` is the version of each then."""

    id: int
    assessment_id: int
    submission_id: int
    by: str  # name of who downloaded it
    at: datetime
    verdicts: Mapping[str, VerdictEdit]
    checks: Mapping[str, bool] | None = None  # passage checks that it shows, by text of the key; None: no passages


@dataclass(frozen=True, slots=True)
class RecordedUpload:
    """An uploaded workbook."""

    id: int
    assessment_id: int
    download_id: int | None  # the download that it was made from; None: not known
    by: str  # name of who uploaded it
    at: datetime
    file_name: str
    digest: str  # SHA-256 of the file
    size: int  # in bytes
    applied_at: datetime | None  # None: not applied yet
    changed: int  # number of verdicts that it changed
    checked: int = 0  # number of passage checks that it changed


def record_download(
    session: Session,
    assessment_id: int,
    submission_id: int,
    verdicts: Iterable[AuditorVerdict],
    *,
    by: int,
    at: datetime,
    checks: Iterable[PassageCheck] | None = None,
) -> int:
    """Record a download with the verdicts that the workbook shows. Return its id, which the workbook contains.

    `checks`: the passage checks that it shows; None: it has no passages. Raise NotFound if the submission was erased.
    """
    held = select(Submission.id).where(Submission.id == submission_id).with_for_update(read=True, key_share=True)
    if session.scalar(held) is None:
        raise NotFound(f"no submission {submission_id}")
    row = {
        "assessment_id": assessment_id,
        "submission_id": submission_id,
        "by": by,
        "at": at,
        "verdicts": _written(verdicts),
        "checks": None if checks is None else _json({check.key.text: check.fits for check in checks}),
    }
    number = session.execute(insert(WorkbookDownload).values(row).returning(WorkbookDownload.id)).scalar_one()
    event = TrailEvent("workbook", f"workbook-download/{number}", "", row_digest(row))
    record_events(session, [event], by=by, at=at)
    return number


def workbook_download(session: Session, assessment_id: int, download_id: int) -> RecordedDownload:
    """Return a downloaded workbook of an assessment. Raise NotFound."""
    d = WorkbookDownload
    columns = (d.id, d.assessment_id, d.submission_id, func.coalesce(Person.name, ""), d.at, d.verdicts, d.checks)
    query = select(*columns).outerjoin(Person, Person.id == d.by)
    row = session.execute(query.where(d.id == download_id, d.assessment_id == assessment_id)).first()
    if row is None:
        raise NotFound(f"no workbook {download_id} of assessment {assessment_id} went out")
    checks = None if row.checks is None else json.loads(row.checks)
    return RecordedDownload(*row[:-2], _read(row.verdicts), checks)


def record_upload(
    session: Session,
    assessment_id: int,
    *,
    download_id: int | None,
    file_name: str,
    digest: str,
    size: int,
    by: int,
    at: datetime,
) -> int:
    """Record an uploaded workbook, whose file is in the file storage. Return its id."""
    row = {
        "assessment_id": assessment_id,
        "download_id": download_id,
        "by": by,
        "at": at,
        "file_name": storable_text(file_name),
        "digest": digest,
        "size": size,
    }
    number = session.execute(insert(WorkbookUpload).values(row).returning(WorkbookUpload.id)).scalar_one()
    after = f"{row['file_name']}\n{digest}"
    record_events(session, [TrailEvent("workbook", _subject(assessment_id, number), "", after)], by=by, at=at)
    return number


def workbook_upload(session: Session, assessment_id: int, upload_id: int) -> RecordedUpload:
    """Return an uploaded workbook of an assessment. Raise NotFound."""
    query = _select_uploads().where(WorkbookUpload.id == upload_id, WorkbookUpload.assessment_id == assessment_id)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(f"no workbook {upload_id} of assessment {assessment_id} came back")
    return RecordedUpload(*row)


def workbook_uploads(session: Session, assessment_id: int) -> tuple[RecordedUpload, ...]:
    """Return the uploaded workbooks of an assessment, the latest first."""
    query = _select_uploads().where(WorkbookUpload.assessment_id == assessment_id).order_by(WorkbookUpload.id.desc())
    return tuple(RecordedUpload(*row) for row in session.execute(query))


def apply_upload(
    session: Session,
    upload: RecordedUpload,
    edits: Sequence[VerdictEdit],
    *,
    submission: int,
    by: int,
    at: datetime,
    choices: str = "",
    checks: Sequence[CheckEdit] = (),
) -> SavedVerdicts:
    """Save the verdicts of an uploaded workbook, all or none, as `save_determinations` does.

    `checks`: its passage checks. `choices`: what was chosen where both sides had changed, for the trail. Raise
    AlreadyDecided if it was applied or discarded before, and what `save_determinations` raises. If nothing was saved,
    the caller rolls back.
    """
    saved = save_determinations(
        session, upload.assessment_id, edits, submission=submission, by=by, at=at, checks=checks
    )
    if not saved.is_saved:
        return saved
    u = WorkbookUpload
    what = {"applied_at": at, "changed": saved.changed, "checked": saved.checked}
    applied = update(u).where(u.id == upload.id, u.applied_at.is_(None)).values(what)
    done = session.execute(applied.returning(u.id).execution_options(synchronize_session=False)).first()
    if done is None:
        raise AlreadyDecided(f"workbook {upload.id} was applied before, or discarded")
    passages = f"passages: {saved.checked}" if saved.checked else ""
    after = "\n".join(part for part in (f"applied: {saved.changed}", passages, choices) if part)
    event = TrailEvent("workbook", _subject(upload.assessment_id, upload.id), upload.digest, after)
    record_events(session, [event], by=by, at=at)
    return saved


def discard_upload(session: Session, upload: RecordedUpload, *, by: int | None, at: datetime) -> None:
    """Delete an uploaded workbook that was not applied. Raise AlreadyDecided if it was applied or discarded before."""
    u = WorkbookUpload
    gone = delete(u).where(u.id == upload.id, u.applied_at.is_(None)).returning(u.id)
    if session.execute(gone.execution_options(synchronize_session=False)).first() is None:
        raise AlreadyDecided(f"workbook {upload.id} was applied before, or discarded")
    event = TrailEvent("workbook", _subject(upload.assessment_id, upload.id), upload.digest, "discarded")
    record_events(session, [event], by=by, at=at)


def _subject(assessment_id: int, upload_id: int) -> str:
    return f"assessment/{assessment_id}/workbook/{upload_id}"


def _select_uploads() -> Select[*tuple[Any, ...]]:
    u = WorkbookUpload
    name = func.coalesce(Person.name, "")
    columns = (u.id, u.assessment_id, u.download_id, name, u.at, u.file_name, u.digest, u.size, u.applied_at, u.changed)
    return select(*columns, func.coalesce(u.checked, 0)).outerjoin(Person, Person.id == u.by)


def _written(verdicts: Iterable[AuditorVerdict]) -> str:
    """Return canonical JSON, so that equal verdicts have equal texts."""
    shown = {
        kept.question: {
            "verdict": kept.verdict,
            "value": kept.value,
            "comment": kept.comment,
            "next_review": kept.next_review.isoformat() if kept.next_review else "",
            "version": kept.version,
        }
        for kept in verdicts
    }
    return _json(shown)


def _json(shown: Mapping[str, object]) -> str:
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _read(text: str) -> Mapping[str, VerdictEdit]:
    return {
        question: VerdictEdit(
            question,
            shown["verdict"],
            shown["value"],
            shown["comment"],
            shown["version"],
            date.fromisoformat(shown["next_review"]) if shown["next_review"] else None,
        )
        for question, shown in json.loads(text).items()
    }


# ── Questionnaires that a company fills in. Only the trail records them, by digest, once for each file.


@dataclass(frozen=True, slots=True)
class RecordedQuestionnaire:
    """A filled-in questionnaire, uploaded to an assessment."""

    assessment_id: int
    digest: str  # SHA-256 of the file
    file_name: str
    at: datetime
    applied_at: datetime | None  # for the last time; None: not applied yet
    changed: int  # number of answers that it changed then


def record_questionnaire(
    session: Session, assessment_id: int, *, digest: str, file_name: str, by: int, at: datetime
) -> None:
    """Record an uploaded questionnaire, whose file is in the file storage, unless that file is recorded already."""
    subject = _questionnaire_subject(assessment_id, digest)
    if not history(session, subject):
        record_events(session, [TrailEvent("workbook", subject, "", storable_text(file_name))], by=by, at=at)


def returned_questionnaire(session: Session, assessment_id: int, digest: str) -> RecordedQuestionnaire:
    """Return a questionnaire uploaded to an assessment. Raise NotFound."""
    events = history(session, _questionnaire_subject(assessment_id, digest))
    if not events:
        raise NotFound(f"no questionnaire {digest} of assessment {assessment_id} came back")
    applied = events[-1] if len(events) > 1 else None
    changed = int(applied.after.partition("\n")[0].removeprefix("applied: ")) if applied else 0
    return RecordedQuestionnaire(
        assessment_id, digest, events[0].after, events[0].at, applied.at if applied else None, changed
    )


def apply_questionnaire(
    session: Session,
    came_back: RecordedQuestionnaire,
    edits: Sequence[AnswerEdit],
    evidence: Sequence[tuple[str, Quotation | Link]],
    *,
    by: int,
    at: datetime,
    choices: str = "",
) -> bool:
    """Save the answers and evidence of a questionnaire. Return False if answers were changed meanwhile.

    `choices`: what was chosen where both sides had changed, for the trail. Raise NotFound, CompanyMerged or
    PeriodClosed. If it returns False, the caller rolls back.
    """
    saved = save_answers(session, came_back.assessment_id, edits, by=by, at=at)
    if saved.conflicts:
        return False
    add_all_evidence(session, came_back.assessment_id, evidence, by=by, at=at)
    changed = len({edit.question for edit in edits} | {question for question, _piece in evidence})
    after = "\n".join(part for part in (f"applied: {changed}", choices) if part)
    subject = _questionnaire_subject(came_back.assessment_id, came_back.digest)
    record_events(session, [TrailEvent("workbook", subject, came_back.digest, after)], by=by, at=at)
    return True


def _questionnaire_subject(assessment_id: int, digest: str) -> str:
    return f"assessment/{assessment_id}/questionnaire/{digest}"
