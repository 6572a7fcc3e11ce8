"""The answers of a reading's three readers, the passages that support them, and who has finished.

The first and second readers answer while the reading is in the state `reading`. Once both have finished, the third
reader decides where they differ. Locking is optimistic, as for answers of companies: a stale save is not written but
returned.

Of the first and second reader's answers, the trail keeps only digests, so that neither can read there what the other
answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from compliance.questionnaire.desk_reading import (
    BOTH,
    AgreedAnswer,
    DeskAnswer,
    DeskPassage,
    KindQuestions,
    OpenPoint,
    ReaderPlace,
    ReadersAgreement,
    agreed_answers,
    agreement,
    differences,
    open_points,
    undecided,
)
from compliance.store.answers_and_evidence import canonical_json
from compliance.store.audit_trail import TrailEvent, record_events, storable_text, text_digest
from compliance.store.desk_models import (
    DeskReadingRow,
    ReadingAnswerRow,
    ReadingDocumentRow,
    ReadingPassageRow,
    ReadingReaderRow,
)
from compliance.store.desk_readings import (
    DeskReading,
    begin_reading_change,
    desk_reading,
    move_reading,
    reading_subject,
)
from compliance.store.exceptions import NotFound, ReadingMovedOn
from compliance.store.reading_documents import DeskReader, kinds_by_reading, readers_of_reading, refuse_tied
from compliance.store.transactions import insert_or_replace

#: A longer gap between two pages is a break and is not counted as reading time.
LONGEST_GAP = timedelta(minutes=10)
_A, _S, _D, _P = ReadingAnswerRow, ReadingPassageRow, ReadingDocumentRow, ReadingReaderRow


@dataclass(frozen=True, slots=True)
class DeskConflict:
    """An answer that was not saved because it was changed elsewhere in the meantime, and the stored one."""

    wanted: DeskAnswer
    kept: DeskAnswer | None  # None: the stored answer was deleted


@dataclass(frozen=True, slots=True)
class DeskPages:
    """One reader's answers, and the passages that support them."""

    place: ReaderPlace
    answers: Mapping[str, Mapping[str, DeskAnswer]]  # by kind of document and question
    passages: tuple[DeskPassage, ...]


@dataclass(frozen=True, slots=True)
class AgreedKind:
    """The agreed answers about the documents of one kind, and where the readers differ."""

    asked: KindQuestions
    agreement: ReadersAgreement
    differences: tuple[str, ...]  # questions, in order
    undecided: tuple[OpenPoint, ...]
    answers: Mapping[str, AgreedAnswer]  # by question, in order; without undecided questions


@dataclass(frozen=True, slots=True)
class AgreedReading:
    """The agreed answers of a reading that both readers have finished."""

    reading: DeskReading
    readers: Mapping[ReaderPlace, DeskReader]  # with the seconds that each took
    kinds: Mapping[str, AgreedKind]  # by kind of document
    pages: Mapping[ReaderPlace, DeskPages]  # the answers of each reader

    @property
    def undecided(self) -> tuple[OpenPoint, ...]:
        """The points that still need a decision. If there are none, the draft can be sent to the company."""
        return tuple(point for kind in self.kinds.values() for point in kind.undecided)


def desk_pages(session: Session, reading_id: int, place: ReaderPlace) -> DeskPages:
    """Return one reader's answers and passages."""
    return all_desk_pages(session, reading_id, [place])[place]


def all_desk_pages(
    session: Session, reading_id: int, places: Sequence[ReaderPlace] = ("first", "second", "third")
) -> Mapping[ReaderPlace, DeskPages]:
    """Return the answers and passages of each reader. Pages show a reader the others' only once both have finished."""
    answers: dict[str, dict[str, dict[str, DeskAnswer]]] = {place: {} for place in places}
    columns = (_A.place, _A.kind, _A.question, _A.value, _A.elsewhere, _A.searched, _A.sure, _A.note, _A.version)
    query = select(*columns).where(_A.reading_id == reading_id, _A.place.in_(places)).order_by(_A.kind, _A.question)
    for place, *row in session.execute(query):
        answer = _answer(row)
        answers[place].setdefault(answer.kind, {})[answer.question] = answer
    passages = _passages(session, _S.reading_id == reading_id, _S.place.in_(places))
    return {
        place: DeskPages(place, answers[place], tuple(each for each in passages if each.place == place))
        for place in places
    }


def _answer(row: Sequence[Any]) -> DeskAnswer:
    return DeskAnswer(*row)


def save_desk_answers(
    session: Session, reading_id: int, edits: Sequence[DeskAnswer], *, by: int, at: datetime
) -> tuple[DeskConflict, ...]:
    """Save answers of the first or second reader. Return those that were not saved because they changed meanwhile.

    The version of an edit is the one that the page showed. An edit with neither value nor title deletes the answer.
    Raise NotFound unless `by` is the first or second reader, ReadingMovedOn once they have finished, or
    NotIndependent.
    """
    place = _open_place(session, reading_id, by)
    return _save(session, reading_id, place, edits, by=by, at=at)


def save_decisions(
    session: Session,
    reading_id: int,
    asked: Mapping[str, KindQuestions],
    edits: Sequence[DeskAnswer],
    *,
    by: int,
    at: datetime,
) -> tuple[DeskConflict, ...]:
    """Save the third reader's decisions on questions where the two readers differ. The note is the reason.

    Return those that were not saved, as `save_desk_answers` does. During the hearing, any point can be decided again,
    as the company may point out what both readers overlooked. Raise NotFound unless `by` is the third reader, or,
    before the hearing, for a question on which the readers agree; ValueError during the hearing for a change without a
    reason; ReadingMovedOn; or NotIndependent.
    """
    heard = _deciding(session, reading_id, by) == "hearing"
    if heard and not all(edit.note.strip() and (edit.value or edit.elsewhere) for edit in edits):
        raise ValueError("a finding that the company was told of is changed with a reason")
    pages = all_desk_pages(session, reading_id)
    first, second = pages["first"], pages["second"]
    for edit in edits:
        kind = asked.get(edit.kind)
        given = first.answers.get(edit.kind, {}), second.answers.get(edit.kind, {})
        if kind is None or edit.question not in (given[0] if heard else differences(kind, *given)):
            raise NotFound(f"the readers do not differ on {edit.question}")
    return _save(session, reading_id, "third", edits, by=by, at=at)


def add_desk_passage(session: Session, reading_id: int, passage: DeskPassage, *, by: int, at: datetime) -> bool:
    """Add a passage that supports an option, and return whether it is new. Its id, place and kind are ignored.

    The third reader adds passages once both readers have finished. Raise NotFound for a document that the reading does
    not have, and otherwise as `save_desk_answers` does.
    """
    place = _writing_place(session, reading_id, by)
    there = select(_D.id).where(_D.id == passage.document, _D.reading_id == reading_id)
    if session.scalar(there) is None:
        raise NotFound(f"no document {passage.document} in reading {reading_id}")
    key = {
        "reading_id": reading_id,
        "place": place,
        "question": passage.question,
        "option": passage.option,
        "document_id": passage.document,
        "anchor": passage.anchor,
    }
    if session.scalar(select(_S.id).where(*(getattr(_S, name) == value for name, value in key.items()))) is not None:
        return False
    session.execute(insert(_S).values(**key, page=passage.page, words=storable_text(passage.words), at=at))
    said = canonical_json({**key, "words": passage.words})
    _note(session, reading_id, place, [(f"passage/{passage.question}/{passage.option}", "", said)], by=by, at=at)
    return True


def remove_desk_passage(session: Session, reading_id: int, passage_id: int, *, by: int, at: datetime) -> None:
    """Remove a passage that `by` added, if it still exists. Raise as `save_desk_answers` does."""
    place = _writing_place(session, reading_id, by)
    gone = delete(_S).where(_S.id == passage_id, _S.reading_id == reading_id, _S.place == place)
    columns = (_S.question, _S.option, _S.document_id, _S.anchor, _S.words)
    row = session.execute(gone.returning(*columns).execution_options(synchronize_session=False)).first()
    if row is not None:
        said = canonical_json(list(row))
        _note(session, reading_id, place, [(f"passage/{row.question}/{row.option}", said, "")], by=by, at=at)


def still_open(pages: DeskPages, asked: Mapping[str, KindQuestions]) -> tuple[OpenPoint, ...]:
    """Return what a reader still has to enter before they can finish."""
    found = (open_points(each, pages.answers.get(kind, {}), pages.passages) for kind, each in asked.items())
    return tuple(point for points in found for point in points)


def finish_reading(
    session: Session, reading_id: int, asked: Mapping[str, KindQuestions], *, by: int, at: datetime
) -> tuple[OpenPoint, ...]:
    """Finish the reading for `by`, unless points are missing, which are returned. Once both have, it can be decided.

    `asked`: the questions for each kind of document in the reading. Raise ValueError if it has other kinds or none,
    NotFound, ReadingMovedOn, or NotIndependent.
    """
    place = _open_place(session, reading_id, by)
    if not asked or set(kinds_by_reading(session, [reading_id]).get(reading_id, ())) != asked.keys():
        raise ValueError("what is asked is not of the kinds of document that are there")
    missing = still_open(desk_pages(session, reading_id, place), asked)
    if missing:
        return missing
    mine = update(_P).where(_P.reading_id == reading_id, _P.place == place).values(finished_at=at)
    session.execute(mine.execution_options(synchronize_session=False))
    event = TrailEvent("reading", reading_subject(reading_id, "reader", place), "reading", "finished")
    record_events(session, [event], by=by, at=at)
    readers = readers_of_reading(session, reading_id)
    if all(each in readers and readers[each].finished_at is not None for each in BOTH):
        move_reading(session, reading_id, "deciding", by=by, at=at)
    return ()


def note_reading_time(session: Session, reading_id: int, person_id: int, *, at: datetime) -> None:
    """Count the time since a reader last opened or saved a page of the reading, unless they have finished.

    Gaps longer than `LONGEST_GAP` are not counted.
    """
    under_way = exists().where(DeskReadingRow.id == reading_id, DeskReadingRow.state.in_(("reading", "deciding")))
    mine = _P.reading_id == reading_id, _P.person_id == person_id, _P.finished_at.is_(None), under_way
    row = session.execute(select(_P.seen_at, _P.seconds).where(*mine)).first()
    if row is None or (row.seen_at is not None and at <= row.seen_at):
        return
    gap = at - row.seen_at if row.seen_at is not None else LONGEST_GAP * 2
    more = int(gap.total_seconds()) if gap <= LONGEST_GAP else 0
    # If two pages are opened at the same moment, only one is counted.
    same = _P.seen_at.is_(None) if row.seen_at is None else _P.seen_at == row.seen_at
    change = update(_P).where(*mine, same).values(seen_at=at, seconds=row.seconds + more)
    session.execute(change.execution_options(synchronize_session=False))


def agreed_reading(session: Session, reading_id: int, asked: Mapping[str, KindQuestions]) -> AgreedReading:
    """Return the agreed answers of a reading that both readers have finished, by kind of document.

    Each comes with its passages, the words searched for, both readers' answers, and the reason of a decision. Raise
    NotFound, or ReadingMovedOn while they are still reading.
    """
    reading = desk_reading(session, reading_id)
    if reading.state == "reading":
        raise ReadingMovedOn("the readers have not finished yet")
    pages = all_desk_pages(session, reading_id)
    first, second, third = (pages[place] for place in _PLACES)
    passages = (*first.passages, *second.passages, *third.passages)
    kinds = {}
    for kind, questions in asked.items():
        one, other, decided = (each.answers.get(kind, {}) for each in (first, second, third))
        kinds[kind] = AgreedKind(
            questions,
            agreement(questions, one, other),
            differences(questions, one, other),
            undecided(questions, one, other, decided, passages),
            agreed_answers(questions, one, other, decided, passages),
        )
    return AgreedReading(reading, readers_of_reading(session, reading_id), kinds, pages)


_PLACES: tuple[ReaderPlace, ...] = ("first", "second", "third")


def _open_place(session: Session, reading_id: int, person: int) -> ReaderPlace:
    """Return whether a person is the first or second reader. Raise NotFound, ReadingMovedOn, or NotIndependent."""
    begin_reading_change(session, reading_id, "reading")
    place = _place(session, reading_id, person)
    if place.place == "third":
        raise NotFound("whoever decides answers only where the readers differ")
    if place.finished_at is not None:
        raise ReadingMovedOn("you have finished your reading: it stays as it is")
    return place.place


def _deciding(session: Session, reading_id: int, person: int) -> str:
    """Return the state of a reading that this person decides. Raise NotFound, ReadingMovedOn, or NotIndependent."""
    state = begin_reading_change(session, reading_id, "deciding", "hearing")
    if _place(session, reading_id, person).place != "third":
        raise NotFound("somebody else decides where the readers differ")
    return state


def _writing_place(session: Session, reading_id: int, person: int) -> ReaderPlace:
    """Return the place of a reader who may write now. Raise NotFound, ReadingMovedOn, or NotIndependent."""
    if begin_reading_change(session, reading_id, "reading", "deciding", "hearing") == "reading":
        return _open_place(session, reading_id, person)
    _deciding(session, reading_id, person)
    return "third"


def _place(session: Session, reading_id: int, person: int) -> DeskReader:
    found = [each for each in readers_of_reading(session, reading_id).values() if each.person_id == person]
    if not found:
        raise NotFound(f"person {person} does not read reading {reading_id}")
    refuse_tied(session, reading_id, person)
    return found[0]


def _save(
    session: Session, reading_id: int, place: ReaderPlace, edits: Sequence[DeskAnswer], *, by: int, at: datetime
) -> tuple[DeskConflict, ...]:
    kept = desk_pages(session, reading_id, place).answers
    conflicts, events = [], []
    for edit in map(_cleaned, edits):
        there = kept.get(edit.kind, {}).get(edit.question)
        if there is None and not (edit.value or edit.elsewhere):
            continue
        if there is not None and replace(there, version=edit.version) == edit:
            continue
        if edit.version != (there.version if there else 0):
            conflicts.append(DeskConflict(edit, there))
            continue
        _write(session, reading_id, place, edit, at)
        events.append((f"answer/{edit.kind}/{edit.question}", _told(there), _told(edit)))
    _note(session, reading_id, place, events, by=by, at=at)
    return tuple(conflicts)


def _cleaned(edit: DeskAnswer) -> DeskAnswer:
    """Return an edit without characters that no database keeps, and without a title if it has a value."""
    elsewhere, searched, note = (storable_text(each).strip() for each in (edit.elsewhere, edit.searched, edit.note))
    return replace(edit, elsewhere="" if edit.value else elsewhere, searched=searched, note=note)


def _write(session: Session, reading_id: int, place: ReaderPlace, edit: DeskAnswer, at: datetime) -> None:
    key = {"reading_id": reading_id, "place": place, "kind": edit.kind, "question": edit.question}
    if not (edit.value or edit.elsewhere):
        gone = delete(_A).where(*(getattr(_A, name) == value for name, value in key.items()))
        session.execute(gone.execution_options(synchronize_session=False))
        return
    said = {name: getattr(edit, name) for name in ("value", "elsewhere", "searched", "sure", "note")}
    row = {**key, **said, "version": edit.version + 1, "at": at}
    session.execute(insert_or_replace(session, _A, list(key)).values(**row))


def _told(answer: DeskAnswer | None) -> str:
    if answer is None or not (answer.value or answer.elsewhere):
        return ""
    said = {name: getattr(answer, name) for name in ("value", "elsewhere", "searched", "sure", "note")}
    return canonical_json(said)


def _note(
    session: Session,
    reading_id: int,
    place: ReaderPlace,
    changes: Sequence[tuple[str, str, str]],
    *,
    by: int,
    at: datetime,
) -> None:
    def told(words: str) -> str:
        return words if place == "third" or not words else text_digest(words)

    events = [
        TrailEvent("reading", reading_subject(reading_id, place, part), told(before), told(after))
        for part, before, after in changes
    ]
    record_events(session, events, by=by, at=at)


def _passages(session: Session, *conditions: Any) -> tuple[DeskPassage, ...]:
    columns = (_S.id, _S.place, _D.kind, _S.question, _S.option, _S.document_id, _S.anchor, _S.page, _S.words)
    query = select(*columns).join(_D, _D.id == _S.document_id).where(*conditions).order_by(_S.id)
    return tuple(DeskPassage(*row) for row in session.execute(query))
