"""The texts of documents as they were read, and the passages that people marked in them for their answers.

A mark says that a passage of one version of a document bears on one option of a question. It ticks nothing. The
passage becomes evidence of the question with it, once, and goes again with the last mark that brought it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.evidence import (
    EvidenceItem,
    KeptFile,
    LibraryUse,
    Quotation,
    add_evidence,
    evidence_of,
    remove_evidence,
)
from compliance.store.evidence_library import LibraryItem
from compliance.store.evidence_models import DocumentTextRow, LibraryItemRow, LibraryVersion, PassageMarkRow
from compliance.store.models import Person
from compliance.store.transactions import begin_save, insert_or_replace


@dataclass(frozen=True, slots=True)
class StoredText:
    """What a file says, as JSON, or why it is not read: one of the two is empty."""

    digest: str  # SHA-256 of the file
    format: int
    refusal: str
    text: str


@dataclass(frozen=True, slots=True)
class QuotedPassage:
    """A passage of a version of a document, with its words."""

    version: int  # its id
    anchor: str
    page: str  # "" where the document has none
    words: str
    dated: date | None = None  # the document


@dataclass(frozen=True, slots=True)
class PassageMark:
    """A mark as it is kept; or that a suggestion is not this, which `fits` tells."""

    id: int
    question: str
    option: str
    fits: bool
    item: int
    version: int  # its id
    number: int  # of the version
    anchor: str
    page: str
    words: str
    evidence: int | None
    title: str  # of the document
    language: str  # of the document, as somebody said; ""
    withdrawn: bool
    by: str  # name of the person
    at: datetime
    digest: str = ""  # SHA-256 of the file


class PassageKey(NamedTuple):
    """Which passage is marked, and what for: a question's option, a version of a document, and an anchor in it."""

    question: str
    option: str
    version: int
    anchor: str

    @property
    def text(self) -> str:
        """The key as forms and workbooks have it."""
        return "/".join(map(str, self))


@dataclass(frozen=True, slots=True)
class SubmittedPassage:
    """A passage that was marked when the assessment was submitted, and that the answer rested on."""

    key: PassageKey
    item: int
    file: int  # id of the version that the answer rests on: a later one than was marked where the document was replaced
    number: int  # of that version; 0: of a later one
    title: str  # of the document
    page: str
    words: str
    language: str
    digest: str  # SHA-256 of that file
    evidence: tuple[int, ...]  # the pieces of evidence that quote it


_T, _M = DocumentTextRow, PassageMarkRow


def keep_document_text(
    session: Session, digest: str, *, format: int, refusal: str = "", text: str = "", at: datetime
) -> None:
    """Keep what a file says, or why it is not read, in place of what was kept of it before."""
    row = {"digest": digest, "format": format, "refusal": refusal, "text": storable_text(text), "at": at}
    session.execute(insert_or_replace(session, _T, ["digest"]).values(**row))


def document_texts(session: Session, digests: Collection[str], *, format: int) -> Mapping[str, StoredText]:
    """What is kept in this format of these files, by digest."""
    if not digests:
        return {}
    query = select(_T.digest, _T.format, _T.refusal, _T.text).where(_T.digest.in_(digests), _T.format == format)
    return {row.digest: StoredText(*row) for row in session.execute(query)}


def passage_marks(session: Session, assessment_id: int) -> tuple[PassageMark, ...]:
    """The marks of an assessment, and what was dismissed, the oldest first."""
    return tuple(_mark(row) for row in session.execute(_select_marks(), {"assessment": assessment_id}))


@cache  # a statement is built once: that takes as long as reading some marks
def _select_marks() -> Select[*tuple[Any, ...]]:
    v, i = LibraryVersion, LibraryItemRow
    return (
        select(
            *(_M.id, _M.question, _M.option, _M.fits, v.item_id, _M.version_id, v.number, _M.anchor, _M.page, _M.words),
            *(_M.evidence_id, i.title, i.language, i.withdrawn_at, Person.name, _M.at, v.digest),
        )
        .join(v, v.id == _M.version_id)
        .join(i, i.id == v.item_id)
        .outerjoin(Person, Person.id == _M.by)
        .where(_M.assessment_id == bindparam("assessment"))
        .order_by(_M.id)
    )


def passages_to_freeze(
    session: Session, assessment_id: int, evidence: Mapping[str, Sequence[EvidenceItem]]
) -> Mapping[str, list[dict[str, Any]]]:
    """By question, the marks whose passages this evidence quotes, for the sheet of a submission."""
    found: dict[str, list[dict[str, Any]]] = {}
    for mark in passage_marks(session, assessment_id):
        quoting = [piece for piece in evidence.get(mark.question, ()) if _quotes(piece, mark)]
        if mark.fits and quoting:
            said = {name: value for name in _FROZEN if (value := getattr(mark, name))}
            said |= {"file": mark.version, "evidence": [piece.id for piece in quoting]}
            later = (one for one in quoting if isinstance(one.rests_on, KeptFile) and one.version != mark.version)
            if (piece := next(later, None)) is not None and isinstance(piece.rests_on, KeptFile):
                said |= {"file": piece.version, "number": 0, "digest": piece.rests_on.digest}
            found.setdefault(mark.question, []).append(said)
    return found


def submitted_passages(sheet: str) -> tuple[SubmittedPassage, ...]:
    """The marked passages in the sheet of a submission as it is stored, question by question."""
    if '"passages":{' not in sheet:  # most have none
        return ()
    frozen: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(sheet).get("passages", {})
    return tuple(_submitted(question, said) for question, marks in frozen.items() for said in marks)


def mark_passage(
    session: Session,
    assessment_id: int,
    item: LibraryItem,
    passage: QuotedPassage,
    question: str,
    options: Sequence[str],
    *,
    by: int | None,
    at: datetime,
) -> int:
    """Mark a passage of a document for options of a question, and rest the answer on it; how many marks are new.

    Raise NotFound, PeriodClosed, or CompanyMerged.
    """
    begin_save(session, assessment_id)
    there = _marks_at(session, assessment_id, question, passage)
    new = [option for option in dict.fromkeys(options) if not (option in there and there[option].fits)]
    if not new:
        return 0
    marked = [row for row in there.values() if row.fits]
    rest = partial(_rest, session, assessment_id, item, passage, question, by=by, at=at)
    evidence = marked[0].evidence_id if marked else rest()
    for option in new:
        _keep(session, assessment_id, question, option, passage, fits=True, evidence=evidence, by=by, at=at)
    _note(session, assessment_id, question, [(option, "", _words(passage)) for option in new], by=by, at=at)
    return len(new)


def dismiss_passage(
    session: Session,
    assessment_id: int,
    passage: QuotedPassage,
    question: str,
    option: str,
    *,
    by: int | None,
    at: datetime,
) -> None:
    """Say that a suggested passage is not this. A mark stays a mark. Raise as `mark_passage` does."""
    begin_save(session, assessment_id)
    if option in _marks_at(session, assessment_id, question, passage):
        return
    _keep(session, assessment_id, question, option, passage, fits=False, evidence=None, by=by, at=at)
    _note(session, assessment_id, question, [(option, "", f"not this: {_words(passage)}")], by=by, at=at)


def unmark_passages(
    session: Session, assessment_id: int, mark_ids: Collection[int], *, by: int | None, at: datetime
) -> None:
    """Take marks away, or that something was dismissed; what is gone already is left alone. Raise as above.

    Evidence that came with marks goes with the last of them.
    """
    begin_save(session, assessment_id)
    gone = delete(_M).where(_M.assessment_id == assessment_id, _M.id.in_(mark_ids))
    columns = (_M.question, _M.option, _M.fits, _M.version_id, _M.anchor, _M.words, _M.evidence_id)
    rows = session.execute(gone.returning(*columns).execution_options(synchronize_session=False)).all()
    for row in sorted(rows, key=lambda row: (row.question, row.option)):
        said = _words(QuotedPassage(row.version_id, row.anchor, "", row.words))
        before = said if row.fits else f"not this: {said}"
        _note(session, assessment_id, row.question, [(row.option, before, "")], by=by, at=at)
    brought = {row.evidence_id for row in rows if row.evidence_id is not None}
    kept = set(session.scalars(select(_M.evidence_id).where(_M.evidence_id.in_(brought)))) if brought else set()
    there = {piece.id for pieces in evidence_of(session, assessment_id).values() for piece in pieces} if brought else ()
    for number in sorted(brought - kept):
        if number in there:
            remove_evidence(session, assessment_id, number, by=by, at=at)


def _mark(row: Any) -> PassageMark:
    *kept, language, withdrawn_at, name, at, digest = row
    said: tuple[Any, ...] = (*kept, language or "", withdrawn_at is not None, name or "", at, digest)
    return PassageMark(*said)


#: What the sheet of a submission keeps of a mark.
_FROZEN = ("option", "version", "number", "item", "anchor", "page", "words", "title", "language", "digest")


def _submitted(question: str, said: Mapping[str, Any]) -> SubmittedPassage:
    key = PassageKey(question, said["option"], said["version"], said["anchor"])
    texts = {name: said.get(name, "") for name in ("title", "page", "words", "language", "digest")}
    numbers = {name: said[name] for name in ("item", "file", "number")}
    return SubmittedPassage(key, **numbers, **texts, evidence=tuple(said["evidence"]))


def _quotes(piece: EvidenceItem, mark: PassageMark) -> bool:
    """Tell if a piece of evidence came with a mark, or says the same."""
    if piece.id == mark.evidence:
        return True
    if isinstance(piece.rests_on, KeptFile):
        return (piece.item, piece.rests_on.part) == (mark.item, mark.anchor)
    there = Quotation(mark.title, mark.page, None, mark.words)
    return isinstance(piece.rests_on, Quotation) and _alike(piece.rests_on, there)


def _marks_at(session: Session, assessment_id: int, question: str, passage: QuotedPassage) -> Mapping[str, Any]:
    """What is kept of a passage and a question, by option."""
    query = select(_M.option, _M.fits, _M.evidence_id).where(
        _M.assessment_id == assessment_id,
        _M.question == question,
        _M.version_id == passage.version,
        _M.anchor == passage.anchor,
    )
    return {row.option: row for row in session.execute(query)}


def _rest(
    session: Session,
    assessment_id: int,
    item: LibraryItem,
    passage: QuotedPassage,
    question: str,
    *,
    by: int | None,
    at: datetime,
) -> int | None:
    """Rest the answer on the passage; the id of the new evidence, or None where it rests on it already.

    Words of a document that few may see are not copied into a passage that all may see: the answer rests on the file.
    """
    there = evidence_of(session, assessment_id).get(question, ())
    if item.details.seen_by == "few":
        use = LibraryUse(item.id, passage.anchor, passage.words)
        if any((piece.item, piece.rests_on.part) == (use.item, use.part) for piece in there):
            return None
        return add_evidence(session, assessment_id, question, use, by=by, at=at)
    quoted = Quotation(item.details.title, passage.page, passage.dated, passage.words)
    same = (isinstance(piece.rests_on, Quotation) and _alike(piece.rests_on, quoted) for piece in there)
    return None if any(same) else add_evidence(session, assessment_id, question, quoted, by=by, at=at)


def _alike(one: Quotation, other: Quotation) -> bool:
    def said(piece: Quotation) -> list[list[str]]:
        return [part.split() for part in (piece.document, piece.page, piece.passage)]

    return said(one) == said(other)


def _keep(
    session: Session,
    assessment_id: int,
    question: str,
    option: str,
    passage: QuotedPassage,
    *,
    fits: bool,
    evidence: int | None,
    by: int | None,
    at: datetime,
) -> None:
    key = {
        "assessment_id": assessment_id,
        "question": question,
        "option": option,
        "version_id": passage.version,
        "anchor": passage.anchor,
    }
    values = {"fits": fits, "page": passage.page, "words": passage.words, "evidence_id": evidence, "by": by, "at": at}
    mine = [getattr(_M, name) == value for name, value in key.items()]
    session.execute(delete(_M).where(*mine).execution_options(synchronize_session=False))
    session.add(_M(**key, **values))
    session.flush()


def _note(
    session: Session,
    assessment_id: int,
    question: str,
    changes: Sequence[tuple[str, str, str]],
    *,
    by: int | None,
    at: datetime,
) -> None:
    subject = f"assessment/{assessment_id}/passage/{question}"
    events = [TrailEvent("evidence", f"{subject}/{option}", before, after) for option, before, after in changes]
    record_events(session, events, by=by, at=at)


def _words(passage: QuotedPassage) -> str:
    said = {"version": passage.version, "anchor": passage.anchor, "words": passage.words}
    return json.dumps(said, ensure_ascii=False)
