"""A reading of what a company publishes: a small edition about documents, advocates, and a started reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage, KindQuestions, kind_questions
from compliance.questionnaire.edition import Edition
from compliance.store.desk_answers import add_desk_passage, finish_reading, save_desk_answers
from compliance.store.desk_readings import begin_reading
from compliance.store.read_companies import CompanyToRead, add_read_company
from compliance.store.reading_documents import PublishedDocument, add_reading_document, appoint_reader
from tests.support import factories
from tests.support.stores import NOON

SUPPLIERS, STAFF = "supplier-code", "employees-code"


@dataclass(frozen=True)
class Desk:
    """A reading of one company's supplier code, with its first and second readers and the third, who decides."""

    reading: int
    company: int
    document: int
    first: store.Member
    second: store.Member
    third: store.Member
    asked: Mapping[str, KindQuestions]


def code_edition() -> Edition:
    """Return an edition with q1 and q3 (one of o0 to o2; q3 of staff codes of large firms only) and q2 (several)."""
    large = factories.when("profile.size", "big")
    questions = (
        factories.one("q1", 0.0, 1.0, 2.0, na="never"),
        factories.many("q2", 1.0, 1.0, na="never"),
        factories.one("q3", 0.0, 1.0, 2.0, na="never", documents=(STAFF,), asked_when=large),
    )
    profile = factories.profile(sector=("travel", "other"), size=("small", "big"))
    return factories.edition(factories.node("theme", *questions), profile=profile, documents=(SUPPLIERS, STAFF))


def advocate(session: Session, name: str, organisation_id: int | None = None) -> store.Member:
    """Add an advocate and, with an organisation, make the advocate a member of that company too."""
    return store.add_person(
        session,
        email=f"{name}@example.org",
        name=name.title(),
        password_hash="x",
        roles=["advocate", "company"] if organisation_id is not None else ["advocate"],
        organisation_id=organisation_id,
        by=None,
        at=NOON,
    )


def published(kind: str = SUPPLIERS, digest: str = "a") -> PublishedDocument:
    """Return a published document of this kind."""
    return PublishedDocument(
        kind=kind,
        title=f"Code {digest}",
        url="https://example.org/code",
        accessed=date(2026, 3, 1),
        digest=(digest * 64)[:64],
        file_name="code.txt",
        media_type="text/plain",
        size=100,
    )


def begin_desk(session: Session) -> Desk:
    """Begin a reading of Example Hotels 07 by three advocates."""
    company = add_read_company(session, CompanyToRead(name="Example Hotels 07"), by=None, at=NOON).id
    first, second, third = (advocate(session, name) for name in ("amara", "piet", "ines"))
    reading = begin_reading(session, company, "made", by=first.id, at=NOON)
    appoint_reader(session, reading, "first", first.id, by=first.id, at=NOON)
    appoint_reader(session, reading, "second", second.id, by=first.id, at=NOON)
    appoint_reader(session, reading, "third", third.id, by=first.id, at=NOON)
    document = add_reading_document(session, reading, published(), by=first.id, at=NOON)
    asked = {SUPPLIERS: kind_questions(code_edition(), SUPPLIERS)}
    return Desk(reading, company, document, first, second, third, asked)


def said(question: str, value: str = "", version: int = 0, **more: str) -> DeskAnswer:
    """Return an answer about the supplier code."""
    return DeskAnswer(SUPPLIERS, question, value, version=version, **more)


def passage(desk: Desk, question: str, option: str, anchor: str = "1.1") -> DeskPassage:
    """Return a passage of the document as evidence for an option."""
    return DeskPassage(0, "", "", question, option, desk.document, anchor, "1", f"Words of {anchor}.")


def answer(session: Session, desk: Desk, who: store.Member, *answers: DeskAnswer) -> None:
    """Save answers, with a passage for each chosen option."""
    assert save_desk_answers(session, desk.reading, answers, by=who.id, at=NOON) == ()
    for each in answers:
        for option in each.value.split("|") if each.value and not each.searched else ():
            add_desk_passage(session, desk.reading, passage(desk, each.question, option), by=who.id, at=NOON)


def finish(session: Session, desk: Desk, who: store.Member) -> None:
    """Finish a reading of which nothing is missing."""
    assert finish_reading(session, desk.reading, desk.asked, by=who.id, at=NOON) == ()


def read_by_both(session: Session, desk: Desk) -> None:
    """Let both readers finish. They differ on q1 and agree on q2."""
    answer(session, desk, desk.first, said("q1", "o1"), said("q2", "o0|o1"))
    answer(session, desk, desk.second, said("q1", "o0", searched="child, minor"), said("q2", "o1|o0"))
    finish(session, desk, desk.first)
    finish(session, desk, desk.second)
