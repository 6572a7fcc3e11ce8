"""The documents of a reading, and its readers.

Neither reader is told how far the other one is. If a document is added or removed, both readers count as unfinished
again, since there is something else to read now.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.questionnaire.desk_reading import BOTH, ReaderPlace
from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.desk_models import (
    DeskReadingRow,
    ReadCompanyRow,
    ReadingAnswerRow,
    ReadingDocumentRow,
    ReadingPassageRow,
    ReadingReaderRow,
)
from compliance.store.desk_readings import (
    DeskReading,
    begin_reading_change,
    reading_of,
    reading_subject,
    select_readings,
)
from compliance.store.exceptions import AlreadyExists, NotFound, ReadingMovedOn
from compliance.store.independence import person_subject, require_independence
from compliance.store.models import Person, PersonRole
from compliance.store.transactions import insert_unless_there


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDocument:
    """A document as it was found: its file, and where it is published."""

    kind: str
    title: str
    url: str
    accessed: date
    digest: str
    file_name: str
    media_type: str
    size: int
    dated: date | None = None
    language: str = ""
    is_extract: bool = False


@dataclass(frozen=True, slots=True)
class ReadingDocument:
    """A document of a reading."""

    id: int
    reading_id: int
    said: PublishedDocument
    by: int | None
    by_name: str


@dataclass(frozen=True, slots=True)
class DeskReader:
    """A reader of a reading: the first, the second, or the third, who decides."""

    place: ReaderPlace
    person_id: int
    name: str
    seconds: int
    finished_at: datetime | None


_C, _R, _D, _P, _A = ReadCompanyRow, DeskReadingRow, ReadingDocumentRow, ReadingReaderRow, ReadingAnswerRow


def add_reading_document(
    session: Session, reading_id: int, document: PublishedDocument, *, by: int | None, at: datetime
) -> int:
    """Add a document whose file is in the storage, and return its id. Readers who have finished become unfinished.

    Raise NotFound, ReadingMovedOn, or AlreadyExists if the reading has that file already.
    """
    begin_reading_change(session, reading_id, "reading")
    row = {**{name: getattr(document, name) for name in document.__slots__}, "reading_id": reading_id}
    row |= {"title": storable_text(document.title).strip(), "url": storable_text(document.url).strip()}
    new = insert_unless_there(session, _D, ["reading_id", "digest"]).values({**row, "by": by, "at": at})
    number = session.execute(new.returning(_D.id)).scalar_one_or_none()
    if number is None:
        raise AlreadyExists("this file is a document of the reading already")
    _take_up_again(session, reading_id)
    said = "\n".join((document.kind, row["title"], row["url"], document.digest))
    record_events(
        session, [TrailEvent("reading", reading_subject(reading_id, "document", number), "", said)], by=by, at=at
    )
    return int(number)


def remove_reading_document(session: Session, reading_id: int, document_id: int, *, by: int, at: datetime) -> None:
    """Remove a document that `by` added, with all its passages. Raise NotFound or ReadingMovedOn."""
    begin_reading_change(session, reading_id, "reading")
    mine = [each for each in reading_documents(session, reading_id) if (each.id, each.by) == (document_id, by)]
    if not mine:
        raise NotFound(f"no document {document_id} that one has added")
    for gone in (
        delete(ReadingPassageRow).where(ReadingPassageRow.document_id == document_id),
        delete(_D).where(_D.id == document_id),
    ):
        session.execute(gone.execution_options(synchronize_session=False))
    _take_up_again(session, reading_id)
    event = TrailEvent("reading", reading_subject(reading_id, "document", document_id), mine[0].said.title, "")
    record_events(session, [event], by=by, at=at)


def reading_documents(session: Session, reading_id: int) -> tuple[ReadingDocument, ...]:
    """Return the documents of a reading, in the order in which they were added."""
    names = PublishedDocument.__slots__
    columns = [getattr(_D, name) for name in names]
    query = select(_D.id, *columns, _D.by, Person.name).outerjoin(Person, Person.id == _D.by)
    rows = session.execute(query.where(_D.reading_id == reading_id).order_by(_D.id))
    return tuple(
        ReadingDocument(
            row[0], reading_id, PublishedDocument(**dict(zip(names, row[1:-2], strict=True))), row[-2], row[-1] or ""
        )
        for row in rows
    )


def kinds_by_reading(session: Session, reading_ids: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
    """Return the kinds of document of each reading, in the order in which they were added."""
    query = select(_D.reading_id, _D.kind).where(_D.reading_id.in_(list(reading_ids))).order_by(_D.id)
    found: dict[int, dict[str, None]] = {}
    for number, kind in session.execute(query):
        found.setdefault(number, {})[kind] = None
    return {number: tuple(kinds) for number, kinds in found.items()}


def appoint_reader(
    session: Session, reading_id: int, place: ReaderPlace, person_id: int, *, by: int | None, at: datetime
) -> None:
    """Appoint an advocate as a reader. The third can also be appointed after both others have finished.

    Raise NotFound, ReadingMovedOn, AlreadyExists if the place is taken or the person has another, or NotIndependent.
    """
    begin_reading_change(session, reading_id, *(("reading", "deciding") if place == "third" else ("reading",)))
    _refuse_unfit(session, reading_id, person_id)
    row = {"reading_id": reading_id, "place": place, "person_id": person_id, "seconds": 0, "by": by, "at": at}
    new = insert_unless_there(session, _P).values(row).returning(_P.place)
    if session.execute(new).first() is None:
        raise AlreadyExists("this place is taken, or the person has another one in this reading")
    event = TrailEvent("reading", reading_subject(reading_id, "reader", place), "", person_subject(person_id))
    record_events(session, [event], by=by, at=at)


def replace_reader(
    session: Session, reading_id: int, place: ReaderPlace, person_id: int, why: str, *, by: int, at: datetime
) -> None:
    """Replace a reader who drops out with another advocate, with a reason.

    A new first or second reader begins from nothing: the earlier one's answers are deleted, and the trail keeps them
    word for word. Decisions of a third reader stay, as each has its own reason. A first or second reader can only give
    up their own place. Raise ValueError without a reason, NotFound, ReadingMovedOn once that reader has finished,
    AlreadyExists if the new person has a place in this reading, or NotIndependent.
    """
    said = storable_text(why).strip()
    if not said:
        raise ValueError("say why the reader is replaced")
    begin_reading_change(
        session, reading_id, *(("reading", "deciding", "hearing") if place == "third" else ("reading",))
    )
    readers = readers_of_reading(session, reading_id)
    if place not in readers or place not in may_replace(readers, by):
        raise NotFound(f"no {place} reader whom person {by} may replace")
    if readers[place].finished_at is not None:
        raise ReadingMovedOn("this reader has finished: what they have read stands")
    _refuse_unfit(session, reading_id, person_id)
    if any(each.person_id == person_id for each in readers.values()):
        raise AlreadyExists("the person has a place in this reading")
    anew = {} if place == "third" else {"seconds": 0}
    events = [] if place == "third" else _taken_out(session, reading_id, place)
    change = update(_P).where(_P.reading_id == reading_id, _P.place == place)
    change = change.values(person_id=person_id, seen_at=None, by=by, at=at, **anew)
    session.execute(change.execution_options(synchronize_session=False))
    subject, before = reading_subject(reading_id, "reader", place), person_subject(readers[place].person_id)
    events.append(TrailEvent("reading", subject, before, f"{person_subject(person_id)}\n{said}"))
    record_events(session, events, by=by, at=at)


def may_replace(readers: Mapping[ReaderPlace, DeskReader], person_id: int) -> tuple[ReaderPlace, ...]:
    """Return the places that a person may give to somebody else: a first or second reader their own, others any."""
    own = next((place for place in BOTH if place in readers and readers[place].person_id == person_id), None)
    return tuple(readers) if own is None else (own,)


def _taken_out(session: Session, reading_id: int, place: ReaderPlace) -> list[TrailEvent]:
    """Delete a reader's answers and passages. Return trail events that keep them, of kinds that pages do not show."""
    a, s = ReadingAnswerRow, ReadingPassageRow
    answers = session.execute(
        select(a.kind, a.question, a.value, a.elsewhere, a.searched, a.sure, a.note)
        .where(a.reading_id == reading_id, a.place == place)
        .order_by(a.kind, a.question)
    )
    passages = session.execute(
        select(s.question, s.option, s.document_id, s.anchor, s.page, s.words)
        .where(s.reading_id == reading_id, s.place == place)
        .order_by(s.id)
    )
    events = [
        TrailEvent("answer", reading_subject(reading_id, place, "answer", *row[:2]), _as_json(row._mapping), "")
        for row in answers
    ]
    events += [
        TrailEvent("evidence", reading_subject(reading_id, place, "passage", *row[:2]), _as_json(row._mapping), "")
        for row in passages
    ]
    for table in (a, s):
        gone = delete(table).where(table.reading_id == reading_id, table.place == place)
        session.execute(gone.execution_options(synchronize_session=False))
    return events


def _as_json(row: Mapping[Any, Any]) -> str:
    return json.dumps(dict(row), ensure_ascii=False)


def _refuse_unfit(session: Session, reading_id: int, person_id: int) -> None:
    """Raise NotFound if a person is not an active advocate, or NotIndependent."""
    active = Person.id == person_id, Person.active.is_(True), PersonRole.role == "advocate"
    if session.scalar(select(Person.id).join(PersonRole, PersonRole.person_id == Person.id).where(*active)) is None:
        raise NotFound(f"person {person_id} is no advocate")
    refuse_tied(session, reading_id, person_id)


def refuse_tied(session: Session, reading_id: int, person_id: int) -> None:
    """Raise NotIndependent for a person who is tied to the company that is read."""
    organisation = session.scalar(
        select(_C.organisation_id).join(_R, _R.company_id == _C.id).where(_R.id == reading_id)
    )
    if organisation is not None:
        require_independence(session, person_id, organisation)


def readers_of_reading(session: Session, reading_id: int) -> Mapping[ReaderPlace, DeskReader]:
    """Return the readers of a reading, by place: first, second, third."""
    return readers_by_reading(session, [reading_id]).get(reading_id, {})


def readers_by_reading(session: Session, reading_ids: Iterable[int]) -> Mapping[int, Mapping[ReaderPlace, DeskReader]]:
    """Return the readers of several readings, by reading id and place."""
    query = (
        select(_P.reading_id, _P.place, _P.person_id, Person.name, _P.seconds, _P.finished_at)
        .join(Person, Person.id == _P.person_id)
        .where(_P.reading_id.in_(list(reading_ids)))
        .order_by(_P.place)  # first, second, third
    )
    found: dict[int, dict[ReaderPlace, DeskReader]] = {}
    for number, *row in session.execute(query):
        reader = _reader(row)
        found.setdefault(number, {})[reader.place] = reader
    return found


def _reader(row: Sequence[Any]) -> DeskReader:
    return DeskReader(*row)


def _take_up_again(session: Session, reading_id: int) -> None:
    """Mark the first and second readers as unfinished, because the documents have changed."""
    again = update(_P).where(_P.reading_id == reading_id, _P.place != "third").values(finished_at=None)
    session.execute(again.execution_options(synchronize_session=False))


# ── Waiting readings


@dataclass(frozen=True, slots=True)
class WaitingReading:
    """A reading that waits for an advocate."""

    reading: DeskReading
    place: ReaderPlace | None  # of the advocate in this reading; None: no place
    is_undecided: bool  # both readers have finished, and at least one difference has no decision


def waiting_readings(session: Session, person: int, *, today: date, most: int) -> tuple[WaitingReading, ...]:
    """Return the readings that wait for an advocate to read, decide, send the draft or publish, `most` at most.

    Those in which the person has a place come first; within each part, they are sorted by company name.
    """
    mine = aliased(_P)
    free, third, reads = mine.place.is_(None), mine.place == "third", mine.place.in_(BOTH)
    is_open = _is_undecided()
    others = or_(free, third)  # the steps after reading are not for the first and second readers
    waits = or_(
        and_(_R.state == "reading", reads, mine.finished_at.is_(None)),
        and_(_R.state == "reading", free, or_(*(~_is_taken(place) for place in BOTH))),
        and_(_R.state == "deciding", others, or_(~is_open, third, ~_is_taken("third"))),
        and_(_R.state == "hearing", others, or_(_R.reply_ended_at.is_not(None), _R.reply_until < today)),
    )
    query = select_readings().add_columns(mine.place, and_(_R.state == "deciding", is_open))
    query = query.outerjoin(mine, and_(mine.reading_id == _R.id, mine.person_id == person)).where(waits)
    ordered = query.order_by(case((free, 1), else_=0), _C.name, _C.id, _R.version.desc())
    return tuple(
        WaitingReading(reading_of(row[:-2]), row[-2], bool(row[-1])) for row in session.execute(ordered.limit(most))
    )


def _is_taken(place: str) -> ColumnElement[bool]:
    return exists().where(_P.reading_id == _R.id, _P.place == place)


def _is_undecided() -> ColumnElement[bool]:
    """Return a condition: in a reading that both readers have finished, at least one difference has no decision."""
    alone = or_(func.count() == 1, func.min(_A.value) != func.max(_A.value))
    points = select(literal(1)).where(_A.reading_id == _R.id).correlate(_R).group_by(_A.kind, _A.question)
    return points.having(func.max(_A.place) != "third", alone).exists()
