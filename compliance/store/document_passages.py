"""The extracted texts of documents, and the passages that people mark in them for their answers.

A mark says that a passage of one version of a document supports one option of a question; it does not choose the
option. The first mark of a passage adds the passage to the question's evidence, and removing the last such mark removes
it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.evidence import (
    LibraryUse,
    Quotation,
    add_evidence,
    evidence_of,
    remove_evidence,
)
from compliance.store.evidence_library import LibraryItem
from compliance.store.evidence_models import DocumentTextRow, KeptSuggestionsRow, PassageMarkRow, PassageOutcomeRow
from compliance.store.passage_marks import PassageMark as PassageMark
from compliance.store.passage_marks import passage_marks as passage_marks
from compliance.store.passage_marks import says_the_same
from compliance.store.transactions import begin_save, insert_or_replace


@dataclass(frozen=True, slots=True)
class StoredText:
    """The text of a file as JSON, or why it cannot be read. One of the two is empty."""

    digest: str  # SHA-256 of the file
    format: int
    refusal: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptSuggestions:
    """The passages of a file that an encoder suggested for the elements of an edition in a language, as JSON."""

    digest: str  # SHA-256 of the file
    edition: str  # digest of the edition
    language: str
    model: str  # the encoder with its version
    suggestions: str


@dataclass(frozen=True, slots=True)
class QuotedPassage:
    """A passage of a version of a document, with its words."""

    version: int  # id of the version
    anchor: str
    page: str  # "" if the document has no pages
    words: str
    dated: date | None = None  # date of the document


_T, _M, _O, _S = DocumentTextRow, PassageMarkRow, PassageOutcomeRow, KeptSuggestionsRow


def keep_document_text(
    session: Session, digest: str, *, format: int, refusal: str = "", text: str = "", at: datetime
) -> None:
    """Store the text of a file, or why it cannot be read, replacing what was stored before."""
    row = {"digest": digest, "format": format, "refusal": refusal, "text": storable_text(text), "at": at}
    session.execute(insert_or_replace(session, _T, ["digest"]).values(**row))


def document_texts(session: Session, digests: Collection[str], *, format: int) -> Mapping[str, StoredText]:
    """Return the texts of these files stored in this format, by digest."""
    if not digests:
        return {}
    query = select(_T.digest, _T.format, _T.refusal, _T.text).where(_T.digest.in_(digests), _T.format == format)
    return {row.digest: StoredText(*row) for row in session.execute(query)}


def keep_suggestions(session: Session, found: KeptSuggestions, *, format: int, at: datetime) -> None:
    """Store suggestions, replacing earlier ones. `format`: of the text, as in `document_texts`."""
    row = {**asdict(found), "suggestions": storable_text(found.suggestions), "format": format, "at": at}
    session.execute(insert_or_replace(session, _S, ["digest", "edition", "language", "model"]).values(**row))


def kept_suggestions(
    session: Session, digests: Collection[str], *, edition: str, model: str, format: int
) -> tuple[KeptSuggestions, ...]:
    """Return what a model suggested in these files for an edition, in all languages."""
    if not digests:
        return ()
    query = select(_S.digest, _S.edition, _S.language, _S.model, _S.suggestions).where(
        _S.digest.in_(digests), _S.edition == edition, _S.model == model, _S.format == format
    )
    return tuple(KeptSuggestions(*row) for row in session.execute(query))


def texts_without_suggestions(session: Session, *, model: str, format: int) -> tuple[str, ...]:
    """Return the digests of files whose text is stored and which this model has not processed yet."""
    done = select(_S.digest).where(_S.digest == _T.digest, _S.model == model, _S.format == format)
    query = select(_T.digest).where(_T.format == format, _T.text != "", ~done.exists()).order_by(_T.digest)
    return tuple(session.scalars(query))


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
    """Mark a passage of a document for options of a question, and add it as evidence. Return the number of new marks.

    Raise NotFound, PeriodClosed, or CompanyMerged.
    """
    begin_save(session, assessment_id)
    there = marks_at(session, assessment_id, question, passage)
    new = [option for option in dict.fromkeys(options) if not (option in there and there[option].fits)]
    if not new:
        return 0
    marked = [row for row in there.values() if row.fits]
    rest = partial(_rest, session, assessment_id, item, passage, question, by=by, at=at)
    evidence = marked[0].evidence_id if marked else rest()
    for option in new:
        _keep(session, assessment_id, question, option, passage, fits=True, evidence=evidence, by=by, at=at)
    note_marks(session, assessment_id, question, [(option, "", quoted_json(passage)) for option in new], by=by, at=at)
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
    """Dismiss a suggested passage for an option, unless it is marked for it. Raise as `mark_passage` does."""
    begin_save(session, assessment_id)
    if option in marks_at(session, assessment_id, question, passage):
        return
    _keep(session, assessment_id, question, option, passage, fits=False, evidence=None, by=by, at=at)
    note_marks(session, assessment_id, question, [(option, "", f"not this: {quoted_json(passage)}")], by=by, at=at)


def unmark_passages(
    session: Session, assessment_id: int, mark_ids: Collection[int], *, by: int | None, at: datetime
) -> None:
    """Remove marks and dismissals, by id, skipping those that are gone. Raise as `mark_passage` does.

    Evidence that was added by marks is removed with the last of them.
    """
    begin_save(session, assessment_id)
    mine = select(_M.id).where(_M.assessment_id == assessment_id, _M.id.in_(mark_ids))
    session.execute(delete(_O).where(_O.mark_id.in_(mine)).execution_options(synchronize_session=False))
    gone = delete(_M).where(_M.assessment_id == assessment_id, _M.id.in_(mark_ids))
    columns = (_M.question, _M.option, _M.fits, _M.version_id, _M.anchor, _M.words, _M.evidence_id)
    rows = session.execute(gone.returning(*columns).execution_options(synchronize_session=False)).all()
    for row in sorted(rows, key=lambda row: (row.question, row.option)):
        said = quoted_json(QuotedPassage(row.version_id, row.anchor, "", row.words))
        before = said if row.fits else f"not this: {said}"
        note_marks(session, assessment_id, row.question, [(row.option, before, "")], by=by, at=at)
    release_evidence(session, assessment_id, {row.evidence_id for row in rows}, by=by, at=at)


def release_evidence(
    session: Session, assessment_id: int, evidence_ids: Collection[int | None], *, by: int | None, at: datetime
) -> None:
    """Remove evidence that was added by marks and that no mark refers to any more. Raise as `mark_passage` does."""
    brought = {number for number in evidence_ids if number is not None}
    kept = set(session.scalars(select(_M.evidence_id).where(_M.evidence_id.in_(brought)))) if brought else set()
    there = {piece.id for pieces in evidence_of(session, assessment_id).values() for piece in pieces} if brought else ()
    for number in sorted(brought - kept):
        if number in there:
            remove_evidence(session, assessment_id, number, by=by, at=at)


def marks_at(session: Session, assessment_id: int, question: str, passage: QuotedPassage) -> Mapping[str, Any]:
    """Return the marks and dismissals of a passage for a question, by option: id, fits, evidence_id.

    Those whose outcome in a later version was decided are left out.
    """
    of_old = select(_O.mark_id).where(_O.mark_id == _M.id, _O.decided_at.is_not(None)).exists()
    query = select(_M.option, _M.fits, _M.evidence_id, _M.id).where(
        ~of_old,
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
    """Add the passage as evidence, unless the answer has it already. Return the id of the evidence, or None.

    If an earlier mark added the same passage, for example from another version, return the id of that evidence. None:
    the evidence was there without a mark, so it is not removed with marks. If only a few people may see the document,
    its words are not copied into a quotation that everybody can see; the evidence is then the file itself.
    """
    there = evidence_of(session, assessment_id).get(question, ())
    rests_on: LibraryUse | Quotation
    if item.details.seen_by == "few":
        rests_on = use = LibraryUse(item.id, passage.anchor, passage.words)
        same = [piece.id for piece in there if (piece.item, piece.rests_on.part) == (use.item, use.part)]
    else:
        rests_on = quoted = Quotation(item.details.title, passage.page, passage.dated, passage.words)
        same = [
            piece.id
            for piece in there
            if isinstance(piece.rests_on, Quotation) and says_the_same(piece.rests_on, quoted)
        ]
    if not same:
        return add_evidence(session, assessment_id, question, rests_on, by=by, at=at)
    brought: int | None = session.scalar(select(_M.evidence_id).where(_M.evidence_id.in_(same)).limit(1))
    return brought


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
    there = select(_M.id).where(*mine)
    session.execute(delete(_O).where(_O.mark_id.in_(there)).execution_options(synchronize_session=False))
    session.execute(delete(_M).where(*mine).execution_options(synchronize_session=False))
    session.add(_M(**key, **values))
    session.flush()


def note_marks(
    session: Session,
    assessment_id: int,
    question: str,
    changes: Sequence[tuple[str, str, str]],
    *,
    by: int | None,
    at: datetime,
) -> None:
    """Record in the trail the changed marks of a passage: option, words before, words after."""
    subject = f"assessment/{assessment_id}/passage/{question}"
    events = [TrailEvent("evidence", f"{subject}/{option}", before, after) for option, before, after in changes]
    record_events(session, events, by=by, at=at)


def quoted_json(passage: QuotedPassage) -> str:
    """Return what the trail records of a passage."""
    said = {"version": passage.version, "anchor": passage.anchor, "words": passage.words}
    return json.dumps(said, ensure_ascii=False)
