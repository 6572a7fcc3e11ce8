"""Readings of published texts, written as rows: answers of two readers, decisions of a third, and what is published."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import ELSEWHERE
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.questionnaire.edition_cuts import narrow_to_document
from compliance.questionnaire.heard_reading import HeardDocument, HeardReading
from compliance.store.desk_models import (
    DeskReadingRow,
    ReadCompanyRow,
    ReadingAnswerRow,
    ReadingDocumentRow,
    ReadingPassageRow,
    ReadingReaderRow,
)
from compliance.store.models import Person
from tests.support import factories

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
STAFF, SUPPLIERS = "employees-code", "supplier-code"
TITLES = {STAFF: "Staff code", SUPPLIERS: "Supplier code"}
PLACES = ("first", "second", "third")


@dataclass
class Texts:
    """A company's reading: the answers as they are stored, by place, kind of document and question."""

    name: str = "Example Hotels 07"
    slug: str = "example-hotels-07"
    version: int = 1
    edition_id: str = "made"
    sector: str = ""
    size: str = ""
    email: str = ""
    organisation_id: int | None = None
    state: str = "deciding"
    kinds: tuple[str, ...] = (STAFF,)
    answers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    seconds: Mapping[str, int] = field(default_factory=lambda: {"first": 3601, "second": 1800})


def text_edition() -> Edition:
    """Return an edition with six questions about a staff code, two of them also about a supplier code, and bands."""
    options = (0.0, 1.0, 2.0)
    questions = [
        factories.one("q1", *options, na="never"),
        factories.many("q2", 1.0, 1.0, na="never"),
        *(factories.one(f"q{number}", *options, na="never", documents=(STAFF,)) for number in range(3, 7)),
    ]
    made = factories.edition(
        factories.node("theme", *questions),
        documents=(STAFF, SUPPLIERS),
        document_titles=TITLES,
        bands=factories.bands(silent=0.0, first=15.0, partial=35.0),
    )
    return replace(made, digest="d" * 64, canonical='{"id":"made"}')


def lowest(question: Question) -> str:
    """Return the answer which says that nothing was found."""
    return NONE_OF_THESE if question.is_multiple_choice else question.options[0].id


def _is_nothing(question: str, option: str) -> bool:
    """Tell whether an option, here or in the edition about codes, says that nothing was found."""
    return option in (NONE_OF_THESE, "silent") or (option == "o0" and question != "q2")


def drawn_answer(rng: random.Random, question: Question) -> str:
    """Draw an answer: nothing found, an option with points, or "" for a reference to another document."""
    what = rng.choice(("nothing", "option", "option", "elsewhere"))
    if what == "nothing":
        return lowest(question)
    worth = [option.id for option in question.options if option.points > 0]
    return rng.choice(worth) if what == "option" and worth else ""


def drawn_texts(rng: random.Random, edition: Edition, **more: object) -> Texts:
    """Draw a decided reading: two readers who often agree, and a third who decides the rest."""
    kinds = tuple(kind for kind in edition.documents if rng.random() < 0.7) or edition.documents[:1]
    texts = Texts(edition_id=edition.id, kinds=kinds, **more)  # type: ignore[arg-type]
    for kind in kinds:
        for question in narrow_to_document(edition, kind).questions.values():
            first = drawn_answer(rng, question)
            second = first if rng.random() < 0.7 else drawn_answer(rng, question)
            texts.answers["first", kind, question.id] = first
            texts.answers["second", kind, question.id] = second
            if set(first.split("|")) != set(second.split("|")):
                texts.answers["third", kind, question.id] = rng.choice((first, second))
    return texts


def settled_texts(edition: Edition, **more: object) -> Texts:
    """Return a reading in which both readers chose the first option with points for every question."""
    texts = Texts(edition_id=edition.id, **more)  # type: ignore[arg-type]
    for kind in texts.kinds:
        for question in narrow_to_document(edition, kind).questions.values():
            value = next((option.id for option in question.options if option.points > 0), "")
            texts.answers |= {(place, kind, question.id): value for place in PLACES[:2]}
    return texts


def write_reading(session: Session, texts: Texts, *, company_id: int | None = None) -> int:
    """Write the rows of a reading, and return its id."""
    if company_id is None:
        company_id = _insert(
            session,
            ReadCompanyRow,
            name=texts.name,
            slug=texts.slug,
            sector=texts.sector,
            email=texts.email,
            organisation_id=texts.organisation_id,
            at=NOON,
        )
    reading = _insert(
        session,
        DeskReadingRow,
        company_id=company_id,
        version=texts.version,
        edition_id=texts.edition_id,
        size=texts.size,
        state=texts.state,
        at=NOON,
    )
    documents = {kind: _document(session, reading, kind, number) for number, kind in enumerate(texts.kinds, 1)}
    people = _readers(session)
    for place, person in zip(PLACES, people, strict=True):
        row = {"reading_id": reading, "place": place, "person_id": person, "finished_at": NOON, "at": NOON}
        session.execute(insert(ReadingReaderRow).values(**row, seconds=texts.seconds.get(place, 0)))
    for (place, kind, question), value in texts.answers.items():
        write_answer(session, reading, place, kind, question, value)
        for option in value.split("|"):
            if place != "third" and not _is_nothing(question, option):
                _passage(session, reading, place, question, option, documents[kind])
    return reading


def write_answer(
    session: Session, reading: int, place: str, kind: str, question: str, value: str, *, at: datetime = NOON
) -> None:
    """Write one answer of one reader."""
    row = {"reading_id": reading, "place": place, "kind": kind, "question": question, "value": value, "at": at}
    row |= {"elsewhere": "" if value else "Incident Procedure", "version": 1, "searched": f"child, minor ({place})"}
    session.execute(insert(ReadingAnswerRow).values(**row, note="It says so on page 3." if place == "third" else ""))


def _readers(session: Session) -> list[int]:
    found = session.scalars(select(Person.id).where(Person.email.like("reader-%")).order_by(Person.id)).all()
    return list(found) or [
        store.add_person(
            session,
            email=f"reader-{place}@example.org",
            name=f"Reader {place}",
            password_hash="x",
            roles=["advocate"],
            organisation_id=None,
            by=None,
            at=NOON,
        ).id
        for place in PLACES
    ]


def _document(session: Session, reading: int, kind: str, number: int) -> int:
    return _insert(
        session,
        ReadingDocumentRow,
        reading_id=reading,
        kind=kind,
        title=TITLES.get(kind, kind),
        dated=date(2026, 3, number),
        language="en",
        url=f"https://hotels-07.example/{kind}",
        accessed=NOON.date() - timedelta(days=3),
        digest=f"{number:x}" * 64,
        file_name=f"{kind}.txt",
        media_type="text/plain",
        size=1000,
        at=NOON,
    )


def _passage(session: Session, reading: int, place: str, question: str, option: str, document: int) -> None:
    row = {"reading_id": reading, "place": place, "question": question, "option": option or ELSEWHERE}
    anchor = f"1.{question}.{option}"
    words = f"We protect every child, as {question} asks and {option or 'another document'} says."
    row |= {"document_id": document, "anchor": anchor, "page": "3", "words": words, "at": NOON}
    session.execute(insert(ReadingPassageRow).values(**row))


def _insert(session: Session, table: type, **values: object) -> int:
    row = table(**values)
    session.add(row)
    session.flush()
    number: int = row.id
    return number


def heard(texts: Texts) -> HeardReading:
    """Return the reading as it would be read from the database, without a database."""
    documents = {kind: number for number, kind in enumerate(texts.kinds, 1)}
    answers: dict[str, dict[str, dict[str, DeskAnswer]]] = {}
    passages = []
    for (place, kind, question), value in texts.answers.items():
        told = DeskAnswer(kind, question, value, "" if value else "Incident Procedure", f"child ({place})")
        told = replace(told, note="It says so on page 3." if place == "third" else "")
        answers.setdefault(place, {}).setdefault(kind, {})[question] = told
        for option in value.split("|") if place != "third" else ():
            if not _is_nothing(question, option):
                where = (documents[kind], f"1.{question}.{option}", "3", f"As {question} asks.")
                passages.append(DeskPassage(0, place, kind, question, option or ELSEWHERE, *where))
    return HeardReading(
        id=1,
        company=texts.name,
        slug=texts.slug,
        sector=texts.sector,
        country="",
        email=texts.email,
        organisation_id=None,
        demonstration=False,
        version=texts.version,
        edition_id=texts.edition_id,
        size=texts.size,
        state=texts.state,
        documents=tuple(
            HeardDocument(number, kind, kind, None, "en", "https://x.example", NOON.date(), False, "a" * 64)
            for kind, number in documents.items()
        ),
        answers=answers,
        passages=tuple(passages),
        seconds=texts.seconds,
    )
