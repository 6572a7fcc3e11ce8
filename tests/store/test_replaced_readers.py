"""When a reader of published texts drops out: who replaces them, what the new reader sees, and what is kept."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance.questionnaire.desk_reading import ReaderPlace
from compliance.store import AlreadyExists, NotFound
from compliance.store.desk_answers import (
    agreed_reading,
    desk_pages,
    note_reading_time,
    save_decisions,
    save_desk_answers,
)
from compliance.store.desk_readings import begin_reading
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.independence import NotIndependent
from compliance.store.models import TrailEntry
from compliance.store.read_companies import CompanyToRead, add_read_company
from compliance.store.reading_documents import DeskReader, appoint_reader, readers_of_reading, replace_reader
from compliance.store.trail_check import verify_trail
from tests.support.desk import SUPPLIERS, Desk, advocate, answer, begin_desk, finish, read_by_both, said
from tests.support.stores import NOON, World


@pytest.fixture
def desk(session: Session) -> Desk:
    return begin_desk(session)


def test_a_reader_who_drops_out_is_replaced_by_somebody_who_begins_with_nothing(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.first, said("q1", "o1"))
    answer(session, desk, desk.second, said("q1", "o2"), said("q2", "none", searched="child, minor"))
    note_reading_time(session, desk.reading, desk.second.id, at=NOON)
    note_reading_time(session, desk.reading, desk.second.id, at=NOON + timedelta(minutes=5))
    other = advocate(session, "olu")
    replace_reader(session, desk.reading, "second", other.id, "Piet is ill.", by=desk.third.id, at=NOON)
    assert readers_of_reading(session, desk.reading)["second"] == DeskReader("second", other.id, "Olu", 0, None)
    pages = desk_pages(session, desk.reading, "second")
    assert (pages.answers, pages.passages) == ({}, ())
    assert desk_pages(session, desk.reading, "first").answers[SUPPLIERS]["q1"].value == "o1"
    with pytest.raises(NotFound):
        save_desk_answers(session, desk.reading, [said("q1", "o2", version=1)], by=desk.second.id, at=NOON)
    answer(session, desk, other, said("q1", "o1"), said("q2", "none", searched="young"))
    finish(session, desk, other)
    answer(session, desk, desk.first, said("q2", "none", searched="child"))
    finish(session, desk, desk.first)
    agreed = agreed_reading(session, desk.reading, desk.asked).kinds[SUPPLIERS]
    assert agreed.differences == () and agreed.answers["q2"].searched == ("child", "young")
    assert verify_trail(session) is None


def test_what_a_replaced_reader_had_answered_is_kept_in_the_trail_with_the_reason(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.second, said("q1", "o2"), said("q2", "none", searched="child, minor"))
    other = advocate(session, "olu")
    replace_reader(session, desk.reading, "second", other.id, " Piet is ill. ", by=desk.third.id, at=NOON)
    *kept, told = session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(4)).all()[::-1]
    assert (told.subject, told.before) == (f"reading/{desk.reading}/reader/second", f"person/{desk.second.id}")
    assert (told.after, told.who) == (f"person/{other.id}\nPiet is ill.", desk.third.id)
    first, second, passage_kept = (json.loads(each.before) for each in kept)
    assert [each.what for each in kept] == ["answer", "answer", "evidence"], "the trail of pages repeats none of these"
    assert (first["value"], second["searched"]) == ("o2", "child, minor")
    assert (passage_kept["option"], passage_kept["words"]) == ("o2", "Words of 1.1.")


@pytest.mark.parametrize(
    ("who", "place", "whom", "why", "refused"),
    [
        ("first", "second", "olu", "Too slow.", NotFound),  # a reader cannot remove the other
        ("second", "third", "olu", "I would rather not.", NotFound),
        ("third", "second", "first", "She reads both.", AlreadyExists),
        ("third", "second", "third", "I do it myself.", AlreadyExists),
        ("third", "second", "olu", " \n ", ValueError),
        ("third", "first", "olu", "She has finished.", ReadingMovedOn),
    ],
)
def test_replacing_a_reader_needs_permission_a_free_successor_a_reason_and_an_unfinished_reading(
    session: Session, desk: Desk, who: str, place: ReaderPlace, whom: str, why: str, refused: type[Exception]
) -> None:
    answer(session, desk, desk.first, said("q1", "o1"), said("q2", "o0"))
    finish(session, desk, desk.first)
    answer(session, desk, desk.second, said("q1", "o2"))
    people = {"first": desk.first, "second": desk.second, "third": desk.third, "olu": advocate(session, "olu")}
    before = readers_of_reading(session, desk.reading)
    with pytest.raises(refused):
        replace_reader(session, desk.reading, place, people[whom].id, why, by=people[who].id, at=NOON)
    assert readers_of_reading(session, desk.reading) == before
    assert desk_pages(session, desk.reading, "second").answers[SUPPLIERS]["q1"].value == "o2"


def test_only_an_advocate_without_ties_can_replace_a_reader(session: Session, world: World) -> None:
    company = add_read_company(session, CompanyToRead(name="Example Travel 01"), by=None, at=NOON)
    reading = begin_reading(session, company.id, "made", by=None, at=NOON)
    free = advocate(session, "fay")
    appoint_reader(session, reading, "first", free.id, by=None, at=NOON)
    member = advocate(session, "mia", world.company.organisation_id)
    for person, refused in ((member, NotIndependent), (world.auditor, NotFound)):
        with pytest.raises(refused):
            replace_reader(session, reading, "first", person.id, "I am ill.", by=free.id, at=NOON)
    replace_reader(session, reading, "first", advocate(session, "olu").id, "I am ill.", by=free.id, at=NOON)
    assert readers_of_reading(session, reading)["first"].name == "Olu"


def test_the_person_who_decides_can_be_replaced_too_and_earlier_decisions_stand(session: Session, desk: Desk) -> None:
    read_by_both(session, desk)
    why = said("q1", "o1", note="Page 1 says so.")
    save_decisions(session, desk.reading, desk.asked, [why], by=desk.third.id, at=NOON)
    other = advocate(session, "olu")
    replace_reader(session, desk.reading, "third", other.id, "Ines has left.", by=other.id, at=NOON)
    assert agreed_reading(session, desk.reading, desk.asked).undecided == ()
    changed = said("q1", "o0", version=1, searched="child", note="It does not.")
    assert save_decisions(session, desk.reading, desk.asked, [changed], by=other.id, at=NOON) == ()
