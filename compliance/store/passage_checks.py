"""Passage checks: auditors' judgements whether a passage that a company marked shows what it was marked for.

A check changes no score and is not a verdict. Checks are saved with a page of verdicts (`determinations`), all or none.
The key of a check is a place in one version of a document, so it still applies when the company submits the mark again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.models import Person
from compliance.store.passage_marks import PassageKey
from compliance.store.review_models import PassageCheckRow
from compliance.store.transactions import insert_or_replace


@dataclass(frozen=True, slots=True)
class PassageCheck:
    """An auditor's stored check of a passage."""

    key: PassageKey
    fits: bool
    by: str  # name of the auditor
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class CheckEdit:
    """A passage check to be saved. If `fits` is None, the present check is withdrawn."""

    key: PassageKey
    fits: bool | None
    seen: int = 0  # version that the page showed; 0: it showed none


@dataclass(frozen=True, slots=True)
class CheckConflict:
    """A check that was not saved because somebody else changed or withdrew it meanwhile, and the stored one."""

    wanted: CheckEdit
    kept: PassageCheck | None  # None: it was withdrawn


_C = PassageCheckRow


def passage_checks(session: Session, assessment_id: int) -> Mapping[PassageKey, PassageCheck]:
    """Return the passage checks of an assessment, including those of passages that are not submitted any more."""
    columns = (_C.question, _C.option, _C.version_id, _C.anchor, _C.fits, func.coalesce(Person.name, ""), _C.at)
    query = select(*columns, _C.version).outerjoin(Person, Person.id == _C.by).where(_C.assessment_id == assessment_id)
    found = (PassageCheck(PassageKey(*row[:4]), *row[4:]) for row in session.execute(query))
    return {check.key: check for check in found}


def changed_checks(kept: Mapping[PassageKey, PassageCheck], edits: Sequence[CheckEdit]) -> Sequence[CheckEdit]:
    """Return the edits that differ from the stored checks."""
    return [edit for edit in edits if edit.fits != (kept[edit.key].fits if edit.key in kept else None)]


def stale_checks(kept: Mapping[PassageKey, PassageCheck], changed: Sequence[CheckEdit]) -> tuple[CheckConflict, ...]:
    """Return conflicts for those edits whose stored check has changed since the page was shown."""
    stale = (edit for edit in changed if edit.seen != (kept[edit.key].version if edit.key in kept else 0))
    return tuple(CheckConflict(edit, kept.get(edit.key)) for edit in stale)


def write_checks(
    session: Session,
    assessment_id: int,
    changed: Sequence[CheckEdit],
    kept: Mapping[PassageKey, PassageCheck],
    *,
    version: int,
    by: int,
    at: datetime,
) -> None:
    """Write the changed checks in a save that has begun, and record them in the trail."""
    rows = [
        {**_columns(assessment_id, edit.key), "fits": edit.fits, "version": version, "by": by, "at": at}
        for edit in changed
        if edit.fits is not None
    ]
    if rows:
        key = ["assessment_id", "question", "option", "version_id", "anchor"]
        session.connection().execute(insert_or_replace(session, _C, key), rows)
    for edit in changed:
        if edit.fits is None:
            mine = (getattr(_C, name) == value for name, value in _columns(assessment_id, edit.key).items())
            session.execute(delete(_C).where(*mine).execution_options(synchronize_session=False))
    events = [
        TrailEvent(
            "determination",
            f"assessment/{assessment_id}/passage-check/{edit.key.question}/{edit.key.option}",
            _trail_text(edit.key, kept[edit.key].fits if edit.key in kept else None),
            _trail_text(edit.key, edit.fits),
        )
        for edit in changed
    ]
    record_events(session, events, by=by, at=at)


def _columns(assessment_id: int, key: PassageKey) -> dict[str, object]:
    return {
        "assessment_id": assessment_id,
        "question": key.question,
        "option": key.option,
        "version_id": key.version,
        "anchor": key.anchor,
    }


def _trail_text(key: PassageKey, fits: bool | None) -> str:
    """Return what the trail records of a check, or "" if there is none."""
    return "" if fits is None else json.dumps({"version": key.version, "anchor": key.anchor, "fits": fits})
