"""What became of marked passages in a new version of their document, and what somebody decided about them.

A new version changes no answer and no mark. Somebody carries a mark over to the words that replaced it, or gives it up.
Until then, an answer that rests on changed words needs a second look. The old mark stays with the old version.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from compliance.store.document_passages import (
    QuotedPassage,
    mark_passage,
    marks_at,
    note_marks,
    quoted_json,
    release_evidence,
)
from compliance.store.evidence_library import LibraryItem
from compliance.store.evidence_models import LibraryVersion, PassageMarkRow, PassageOutcomeRow
from compliance.store.models import Assignment
from compliance.store.passage_marks import CHANGED_STATES, LaterPassage, PassageMark, passage_marks
from compliance.store.transactions import begin_save, insert_unless_there

_M, _O = PassageMarkRow, PassageOutcomeRow


@dataclass(frozen=True, slots=True)
class MarkToFind:
    """A mark whose passage has to be found in later versions of its document."""

    id: int
    number: int  # of its version
    digest: str  # of the file of its version
    anchor: str


def marks_to_find(session: Session, item_id: int) -> tuple[MarkToFind, ...]:
    """Return the marks of all versions of an item, in all assessments, whose outcome nobody has decided yet."""
    v = LibraryVersion
    query = (
        select(_M.id, v.number, v.digest, _M.anchor)
        .join(v, v.id == _M.version_id)
        .outerjoin(_O, _O.mark_id == _M.id)
        .where(v.item_id == item_id, _M.fits, _O.decided_at.is_(None))
    )
    return tuple(MarkToFind(*row) for row in session.execute(query))


def keep_outcomes(session: Session, outcomes: Mapping[int, LaterPassage]) -> None:
    """Store the outcomes of marks, by mark id, replacing earlier ones unless somebody has decided about them."""
    old = delete(_O).where(_O.mark_id.in_(outcomes), _O.decided_at.is_(None))
    session.execute(old.execution_options(synchronize_session=False))
    rows = [
        {
            "mark_id": mark,
            "version_id": later.version,
            "state": later.state,
            "anchor": later.anchor,
            "page": later.page,
            "words": later.words,
            "decided_at": None,
            "decided_by": None,
            "successor_id": None,
        }
        for mark, later in outcomes.items()
    ]
    if rows:
        session.execute(insert_unless_there(session, _O, ["mark_id"]), rows)


def carry_marks(
    session: Session,
    assessment_id: int,
    item: LibraryItem,
    mark_ids: Collection[int],
    *,
    by: int | None,
    at: datetime,
) -> int:
    """Carry marks over to the words that replaced them in the latest version of their document. Return how many.

    Marks whose passage is gone, is not found in that version, or was decided about are skipped. Raise NotFound,
    PeriodClosed, or CompanyMerged.
    """
    begin_save(session, assessment_id)
    chosen = [
        mark
        for mark in _undecided(session, assessment_id, mark_ids)
        if mark.later and mark.later.anchor and mark.later.version == item.latest.id
    ]
    _settle(session, assessment_id, chosen, by=by, at=at)
    places: defaultdict[tuple[str, QuotedPassage], list[PassageMark]] = defaultdict(list)
    for mark in chosen:
        assert mark.later is not None
        later = mark.later
        passage = QuotedPassage(later.version, later.anchor, later.page, later.words, item.latest.dated)
        places[mark.question, passage].append(mark)
    for (question, passage), marks in places.items():
        options = [mark.option for mark in marks]
        mark_passage(session, assessment_id, item, passage, question, options, by=by, at=at)
        there = marks_at(session, assessment_id, question, passage)
        for mark in marks:
            follows = update(_O).where(_O.mark_id == mark.id).values(successor_id=there[mark.option].id)
            session.execute(follows.execution_options(synchronize_session=False))
    return len(chosen)


def give_up_marks(
    session: Session, assessment_id: int, mark_ids: Collection[int], *, by: int | None, at: datetime
) -> int:
    """Give up marks that do not apply to the later version of their document. Return how many.

    The answer no longer rests on them; they are still shown in the old version. Raise as `carry_marks` does.
    """
    begin_save(session, assessment_id)
    chosen = [mark for mark in _undecided(session, assessment_id, mark_ids) if mark.later]
    _settle(session, assessment_id, chosen, by=by, at=at)
    return len(chosen)


def assigned_with_changes(session: Session, auditor: int) -> frozenset[int]:
    """Return the assessments of an auditor with marks whose words are changed or gone in a later version."""
    query = select(_M.assessment_id).join(_O, _O.mark_id == _M.id)
    query = query.join(Assignment, Assignment.assessment_id == _M.assessment_id)
    return frozenset(session.scalars(query.where(Assignment.auditor_id == auditor, _O.state.in_(CHANGED_STATES))))


def changed_since(marks: Iterable[PassageMark], at: datetime) -> tuple[PassageMark, ...]:
    """Return those of an assessment's outdated marks that an answer rested on at a moment and whose words have changed.

    A mark that was carried over counts from the moment when the first mark was set.
    """
    every = tuple(marks)
    before = {mark.later.successor: mark for mark in every if mark.later and mark.later.successor is not None}

    def first_set(mark: PassageMark) -> datetime:
        while mark.id in before:
            mark = before[mark.id]
        return mark.at

    return tuple(
        mark
        for mark in every
        if mark.fits
        and mark.later
        and mark.later.has_changed
        and first_set(mark) <= at
        and (mark.later.decided_at is None or mark.later.decided_at > at)
    )


def _undecided(session: Session, assessment_id: int, mark_ids: Collection[int]) -> list[PassageMark]:
    marks = passage_marks(session, assessment_id)
    return [mark for mark in marks if mark.id in mark_ids and mark.fits and mark.is_current and not mark.withdrawn]


def _settle(
    session: Session, assessment_id: int, marks: Sequence[PassageMark], *, by: int | None, at: datetime
) -> None:
    """Make these marks of their old version only, so that the answer no longer rests on them."""
    if not marks:
        return
    ids = [mark.id for mark in marks]
    decided = update(_O).where(_O.mark_id.in_(ids)).values(decided_at=at, decided_by=by)
    session.execute(decided.execution_options(synchronize_session=False))
    free = update(_M).where(_M.id.in_(ids)).values(evidence_id=None)
    session.execute(free.execution_options(synchronize_session=False))
    for mark in marks:
        before = quoted_json(QuotedPassage(mark.version, mark.anchor, mark.page, mark.words))
        note_marks(session, assessment_id, mark.question, [(mark.option, before, "")], by=by, at=at)
    release_evidence(session, assessment_id, {mark.evidence for mark in marks}, by=by, at=at)
