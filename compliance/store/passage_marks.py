"""The passages that a company marked in documents for its answers, as they are now and as they were submitted."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from compliance.store.evidence import EvidenceItem, KeptFile, Quotation
from compliance.store.evidence_models import LibraryItemRow, LibraryVersion, PassageMarkRow, PassageOutcomeRow
from compliance.store.models import Person

_M, _O = PassageMarkRow, PassageOutcomeRow
_LATER = aliased(LibraryVersion)
#: The states of a passage that does not say the same in a later version.
CHANGED_STATES = ("reworded", "gone")


@dataclass(frozen=True, slots=True)
class LaterPassage:
    """What became of a marked passage in a later version of its document, and whether somebody decided about it."""

    version: int  # id of the later version
    number: int  # of the later version
    state: str  # unchanged, moved, reworded, gone
    anchor: str  # "", like page and words, if it is gone
    page: str
    words: str
    decided_at: datetime | None = None
    successor: int | None = None  # id of the mark that replaced it; None although decided: the mark was given up

    @property
    def has_changed(self) -> bool:
        """Whether it no longer says the same."""
        return self.state in CHANGED_STATES


@dataclass(frozen=True, slots=True)
class PassageMark:
    """A stored mark or, if `fits` is false, the dismissal of a suggested passage."""

    id: int
    question: str
    option: str
    fits: bool
    item: int
    version: int  # id of the version
    number: int  # of the version
    anchor: str
    page: str
    words: str
    evidence: int | None
    title: str  # of the document
    language: str  # of the document; "": not given
    withdrawn: bool
    by: str  # name of the person
    at: datetime
    digest: str = ""  # SHA-256 of the file
    later: LaterPassage | None = None  # None: there is no later version, or it could not be read

    @property
    def is_current(self) -> bool:
        """Whether the answer rests on it. Otherwise it is a mark of an old version, and only shown there."""
        return self.later is None or self.later.decided_at is None

    @property
    def needs_look(self) -> bool:
        """Whether the answer rests on words that are changed or gone in a later version."""
        changed = self.later is not None and self.later.has_changed
        return changed and self.fits and self.is_current and not self.withdrawn

    @property
    def key(self) -> "PassageKey":
        """The key of the mark: its passage, and the option that it supports."""
        return PassageKey(self.question, self.option, self.version, self.anchor)


class PassageKey(NamedTuple):
    """The key of a mark: a question's option, a version of a document, and an anchor in it."""

    question: str
    option: str
    version: int
    anchor: str

    @property
    def text(self) -> str:
        """The key as text, for forms and workbooks."""
        return "/".join(map(str, self))


@dataclass(frozen=True, slots=True)
class SubmittedPassage:
    """A marked passage that an answer rested on when the assessment was submitted."""

    key: PassageKey
    item: int
    file: int  # id of the version that the answer rests on; if the document was replaced, later than the one marked
    number: int  # of that version; 0: it is later than the one marked
    title: str  # of the document
    page: str
    words: str
    language: str
    digest: str  # SHA-256 of that file
    evidence: tuple[int, ...]  # the pieces of evidence that quote it


def passage_marks(session: Session, assessment_id: int) -> tuple[PassageMark, ...]:
    """Return the marks and dismissals of an assessment, the oldest first, including marks of old versions."""
    rows = session.connection().execute(_select_marks_of_one(), {"assessment": assessment_id})
    return tuple(_mark(row) for row in rows)


def outdated_marks(session: Session, assessment_ids: Collection[int]) -> Mapping[int, tuple[PassageMark, ...]]:
    """Return the marks whose document was compared with a later version, by assessment id, the oldest first."""
    query = _select_marks().add_columns(_M.assessment_id)
    query = query.where(_M.assessment_id.in_(assessment_ids), _O.mark_id.is_not(None))
    found: dict[int, tuple[PassageMark, ...]] = {}
    for *row, assessment_id in session.execute(query) if assessment_ids else ():
        found[assessment_id] = (*found.get(assessment_id, ()), _mark(row))
    return found


@cache  # built once, as building the statement takes as long as reading some marks
def _select_marks() -> Select[*tuple[Any, ...]]:
    v, i = LibraryVersion, LibraryItemRow
    return (
        select(
            *(_M.id, _M.question, _M.option, _M.fits, v.item_id, _M.version_id, v.number, _M.anchor, _M.page, _M.words),
            *(_M.evidence_id, i.title, i.language, i.withdrawn_at, Person.name, _M.at, v.digest),
            *(_O.version_id, _LATER.number, _O.state, _O.anchor, _O.page, _O.words, _O.decided_at, _O.successor_id),
        )
        .join(v, v.id == _M.version_id)
        .join(i, i.id == v.item_id)
        .outerjoin(Person, Person.id == _M.by)
        .outerjoin(_O, _O.mark_id == _M.id)
        .outerjoin(_LATER, _LATER.id == _O.version_id)
        .order_by(_M.id)
    )


@cache
def _select_marks_of_one() -> Select[*tuple[Any, ...]]:
    return _select_marks().where(_M.assessment_id == bindparam("assessment"))


def passages_to_freeze(
    session: Session, assessment_id: int, evidence: Mapping[str, Sequence[EvidenceItem]]
) -> Mapping[str, list[dict[str, Any]]]:
    """Return the marks whose passages this evidence quotes, by question, for the sheet of a submission."""
    found: dict[str, list[dict[str, Any]]] = {}
    for mark in passage_marks(session, assessment_id):
        quoting = [piece for piece in evidence.get(mark.question, ()) if _quotes(piece, mark)]
        if mark.fits and mark.is_current and quoting:
            said = {name: value for name in _FROZEN if (value := getattr(mark, name))}
            said |= {"file": mark.version, "evidence": [piece.id for piece in quoting]}
            later = (one for one in quoting if isinstance(one.rests_on, KeptFile) and one.version != mark.version)
            if (piece := next(later, None)) is not None and isinstance(piece.rests_on, KeptFile):
                said |= {"file": piece.version, "number": 0, "digest": piece.rests_on.digest}
            found.setdefault(mark.question, []).append(said)
    return found


def submitted_passages(sheet: str) -> tuple[SubmittedPassage, ...]:
    """Return the marked passages in the stored sheet of a submission, question by question."""
    if '"passages":{' not in sheet:  # most have none
        return ()
    frozen: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(sheet).get("passages", {})
    return tuple(_submitted(question, said) for question, marks in frozen.items() for said in marks)


#: The fields of a mark that the sheet of a submission contains.
_FROZEN = ("option", "version", "number", "item", "anchor", "page", "words", "title", "language", "digest")


def _submitted(question: str, said: Mapping[str, Any]) -> SubmittedPassage:
    key = PassageKey(question, said["option"], said["version"], said["anchor"])
    texts = {name: said.get(name, "") for name in ("title", "page", "words", "language", "digest")}
    numbers = {name: said[name] for name in ("item", "file", "number")}
    return SubmittedPassage(key, **numbers, **texts, evidence=tuple(said["evidence"]))


def _quotes(piece: EvidenceItem, mark: PassageMark) -> bool:
    """Tell whether a piece of evidence was added by a mark, or quotes the same passage."""
    if piece.id == mark.evidence:
        return True
    if isinstance(piece.rests_on, KeptFile):
        return (piece.item, piece.rests_on.part) == (mark.item, mark.anchor)
    there = Quotation(mark.title, mark.page, None, mark.words)
    return isinstance(piece.rests_on, Quotation) and says_the_same(piece.rests_on, there)


def _mark(row: Sequence[Any]) -> PassageMark:
    kept, (language, withdrawn_at, name, at, digest), later = row[:12], row[12:17], row[17:]
    outcome = None if later[0] is None else LaterPassage(*later)
    said: tuple[Any, ...] = (*kept, language or "", withdrawn_at is not None, name or "", at, digest, outcome)
    return PassageMark(*said)


def says_the_same(one: Quotation, other: Quotation) -> bool:
    """Tell whether two quotations are the same apart from white space and dates."""

    def said(piece: Quotation) -> list[list[str]]:
        return [part.split() for part in (piece.document, piece.page, piece.passage)]

    return said(one) == said(other)
