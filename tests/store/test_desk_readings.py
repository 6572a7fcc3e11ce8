"""Readings of what companies publish: who reads what, what is stored, and when a reading can be decided."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AlreadyExists, CompanyToInvite, NotFound
from compliance.store.desk_answers import (
    DeskConflict,
    add_desk_passage,
    agreed_reading,
    desk_pages,
    finish_reading,
    note_reading_time,
    remove_desk_passage,
    save_decisions,
    save_desk_answers,
)
from compliance.store.desk_readings import (
    add_campaign,
    begin_reading,
    campaign,
    close_campaign,
    desk_reading,
    desk_readings,
    stop_reading,
)
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.independence import NotIndependent
from compliance.store.models import TrailEntry
from compliance.store.read_companies import CompanyToRead, add_read_company, find_read_company, read_companies
from compliance.store.reading_documents import (
    add_reading_document,
    appoint_reader,
    readers_of_reading,
    reading_documents,
    remove_reading_document,
)
from compliance.store.trail_check import verify_trail
from tests.support.desk import (
    STAFF,
    SUPPLIERS,
    Desk,
    advocate,
    answer,
    begin_desk,
    finish,
    passage,
    published,
    read_by_both,
    said,
)
from tests.support.stores import NOON, World, statements


@pytest.fixture
def desk(session: Session) -> Desk:
    return begin_desk(session)


def state(session: Session, desk: Desk) -> str:
    return desk_reading(session, desk.reading).state


# ── Companies and campaigns


def test_each_company_has_an_address_of_its_own_made_of_its_name(session: Session) -> None:
    names = ("Café & Hôtels Ñandú", "Cafe Hotels / Nandu Zwei", "فنادق المثال", "Cafe & Hotels Nandu (other)")
    slugs = [add_read_company(session, CompanyToRead(name=name), by=None, at=NOON).slug for name in names]
    assert slugs[:3] == ["cafe-hotels-nandu", "cafe-hotels-nandu-zwei", "company"]
    assert len(set(slugs)) == 4
    assert find_read_company(session, "company").name == "فنادق المثال"


def test_a_company_is_not_added_twice_under_a_like_name_or_its_identifier(session: Session) -> None:
    add_read_company(session, CompanyToRead(name="Example Hotels Ltd", lei="X" * 18 + "00"), by=None, at=NOON)
    for again in (CompanyToRead(name="Example Hotels"), CompanyToRead(name="Another Name", lei="X" * 18 + "00")):
        with pytest.raises(AlreadyExists, match="Example Hotels Ltd"):
            add_read_company(session, again, by=None, at=NOON)


def test_a_company_that_is_certainly_a_registered_one_is_taken_for_it(session: Session, world: World) -> None:
    known = add_read_company(session, CompanyToRead(name="Example Travel 01"), by=None, at=NOON)
    other = add_read_company(session, CompanyToRead(name="Sample Foods"), by=None, at=NOON)
    assert (known.organisation_id, other.organisation_id) == (world.company.organisation_id, None)


def test_a_campaign_begins_a_reading_of_each_company_on_a_list_that_is_not_being_read(
    session: Session, world: World
) -> None:
    names = ("Alpha Hotels", "Beta Trains", "Gamma Foods")
    invited = [CompanyToInvite(line=number, name=name) for number, name in enumerate(names, 1)]
    by = world.steward.id
    listed = store.add_invitation_list(session, 2026, "Hotels", invited, by=by, at=NOON)
    there = add_read_company(session, CompanyToRead(name="Beta Trains"), by=None, at=NOON)
    under_way = begin_reading(session, there.id, "made", by=None, at=NOON)
    begun = add_campaign(session, "Codes of 2026", "made", list_id=listed, by=None, at=NOON)
    readings = desk_readings(session, campaign_id=begun)
    assert [each.company.name for each in readings] == ["Alpha Hotels", "Gamma Foods"]
    assert campaign(session, begun).states == {"reading": 2}
    assert len(read_companies(session)) == 3
    stop_reading(session, readings[0].id, "It publishes nothing.", by=None, at=NOON)
    begin_reading(session, readings[0].company.id, "made", campaign_id=begun, by=None, at=NOON)
    assert campaign(session, begun).states == {"reading": 2, "stopped": 1}
    close_campaign(session, begun, by=None, at=NOON)
    stop_reading(session, under_way, "Moved.", by=None, at=NOON)
    with pytest.raises(ReadingMovedOn, match="closed"):
        begin_reading(session, there.id, "made", campaign_id=begun, by=None, at=NOON)


def test_a_list_that_names_a_company_twice_begins_one_reading_of_it(session: Session, world: World) -> None:
    lei = "X" * 18 + "00"
    lines = [("Alpha Hotels Ltd", lei), ("Other Name", lei), ("Alpha Hotels", ""), ("Example Travel 01", "")]
    lines.append(("Example Travel 01 Ltd", ""))
    invited = [CompanyToInvite(line=number, name=name, lei=lei) for number, (name, lei) in enumerate(lines, 1)]
    listed = store.add_invitation_list(session, 2026, "Hotels", invited, by=world.steward.id, at=NOON)
    begun = add_campaign(session, "Codes of 2026", "made", list_id=listed, by=None, at=NOON)
    found = [(each.company.name, each.company.organisation_id) for each in desk_readings(session, campaign_id=begun)]
    assert found == [("Alpha Hotels Ltd", None), ("Example Travel 01", world.company.organisation_id)]


def test_a_campaign_asks_as_little_of_the_database_for_a_long_list_as_for_a_short_one(
    session: Session, engine: Engine, world: World
) -> None:
    taken = []
    for count in (3, 30):
        invited = [CompanyToInvite(line=number, name=f"Number {number} of {count}") for number in range(1, count + 1)]
        listed = store.add_invitation_list(session, 2026, f"{count}", invited, by=world.steward.id, at=NOON)
        with statements(engine) as sent:
            begun = add_campaign(session, f"{count}", "made", list_id=listed, by=None, at=NOON)
        assert campaign(session, begun).states == {"reading": count}
        taken.append(sum(one.startswith("SELECT") for one in sent))
    assert taken[0] == taken[1] < 30


def test_companies_of_one_list_whose_names_make_one_address_have_one_each(session: Session, world: World) -> None:
    names = ("فنادق ألف", "Hotels A", "مطاعم باء", "Hotels (A)", "مصارف جيم")
    domains = ("alif.example", "one.example", "ba.example", "two.example", "jim.example")
    invited = [
        CompanyToInvite(line=line, name=name, website_domain=domain)
        for line, (name, domain) in enumerate(zip(names, domains, strict=True), 1)
    ]
    listed = store.add_invitation_list(session, 2026, "Both", invited, by=world.steward.id, at=NOON)
    add_campaign(session, "Both", "made", list_id=listed, by=None, at=NOON)
    slugs = {one.name: one.slug for one in read_companies(session)}
    assert [slugs[name] for name in names] == ["company", "hotels-a", "company-2", "hotels-a-2", "company-3"]
    later = add_read_company(session, CompanyToRead(name="شركات دال"), by=None, at=NOON)
    assert later.slug == "company-4"


# ── Readings, readers, documents


def test_one_reading_of_a_company_is_under_way_at_a_time_and_the_next_has_the_next_number(
    session: Session, desk: Desk
) -> None:
    with pytest.raises(AlreadyExists, match="under way"):
        begin_reading(session, desk.company, "made", by=None, at=NOON)
    stop_reading(session, desk.reading, "The code was replaced.", by=None, at=NOON)
    again = begin_reading(session, desk.company, "made", by=None, at=NOON)
    assert [(each.version, each.state) for each in desk_readings(session, company_id=desk.company)] == [
        (2, "reading"),
        (1, "stopped"),
    ]
    assert desk_reading(session, again).company.name == "Example Hotels 07"


def test_a_reading_can_be_given_up_only_with_a_reason(session: Session, desk: Desk) -> None:
    with pytest.raises(ValueError, match="why"):
        stop_reading(session, desk.reading, "  ", by=None, at=NOON)
    assert state(session, desk) == "reading"


def test_nobody_has_two_places_and_no_place_has_two_people(session: Session, desk: Desk) -> None:
    other = advocate(session, "olu")
    for place, person in (("third", desk.first), ("first", other), ("second", other)):
        with pytest.raises(AlreadyExists):
            appoint_reader(session, desk.reading, place, person.id, by=None, at=NOON)
    assert [each.name for each in readers_of_reading(session, desk.reading).values()] == ["Amara", "Piet", "Ines"]


def test_only_an_advocate_reads_and_nobody_who_is_tied_to_the_company(session: Session, world: World) -> None:
    company = add_read_company(session, CompanyToRead(name="Example Travel 01"), by=None, at=NOON)
    reading = begin_reading(session, company.id, "made", by=None, at=NOON)
    with pytest.raises(NotFound):
        appoint_reader(session, reading, "first", world.auditor.id, by=None, at=NOON)
    member = advocate(session, "mia", world.company.organisation_id)
    with pytest.raises(NotIndependent) as refused:
        appoint_reader(session, reading, "first", member.id, by=None, at=NOON)
    assert refused.value.tie.through == "Example Travel 01"
    free = advocate(session, "fay")
    appoint_reader(session, reading, "first", free.id, by=None, at=NOON)
    document = add_reading_document(session, reading, published(), by=free.id, at=NOON)
    store.add_membership(session, free.id, world.company.organisation_id, by=None, at=NOON)
    later = Desk(reading, company.id, document, free, free, free, {})
    for attempt in (
        lambda: save_desk_answers(session, reading, [said("q1", "o1")], by=free.id, at=NOON),
        lambda: add_desk_passage(session, reading, passage(later, "q1", "o1"), by=free.id, at=NOON),
    ):
        with pytest.raises(NotIndependent):
            attempt()


def test_a_file_is_a_document_of_a_reading_once(session: Session, desk: Desk) -> None:
    with pytest.raises(AlreadyExists):
        add_reading_document(session, desk.reading, published(STAFF), by=desk.first.id, at=NOON)
    assert [each.said for each in reading_documents(session, desk.reading)] == [published()]


def test_a_document_is_taken_away_by_whoever_added_it_with_its_passages(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.second, said("q1", "o1"))
    with pytest.raises(NotFound):
        remove_reading_document(session, desk.reading, desk.document, by=desk.second.id, at=NOON)
    remove_reading_document(session, desk.reading, desk.document, by=desk.first.id, at=NOON)
    assert reading_documents(session, desk.reading) == ()
    assert desk_pages(session, desk.reading, "second").passages == ()


def test_a_new_document_reopens_a_finished_reading(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.first, said("q1", "o1"), said("q2", "o0"))
    finish(session, desk, desk.first)
    add_reading_document(session, desk.reading, published(STAFF, "b"), by=desk.second.id, at=NOON)
    assert readers_of_reading(session, desk.reading)["first"].finished_at is None
    with pytest.raises(ValueError, match="kinds"):
        finish_reading(session, desk.reading, desk.asked, by=desk.first.id, at=NOON)


# ── Answers, and finishing


def test_an_answer_changed_elsewhere_meanwhile_is_not_overwritten_and_both_are_returned(
    session: Session, desk: Desk
) -> None:
    answer(session, desk, desk.first, said("q1", "o1"), said("q2", "o0"))
    answer(session, desk, desk.first, said("q1", "o2", version=1))
    stale = said("q1", "o0", version=1, searched="child")
    fresh = said("q2", "o1", version=1)
    conflicts = save_desk_answers(session, desk.reading, [stale, fresh], by=desk.first.id, at=NOON)
    assert conflicts == (DeskConflict(stale, said("q1", "o2", version=2)),)
    kept = desk_pages(session, desk.reading, "first").answers[SUPPLIERS]
    assert (kept["q1"].value, kept["q2"].value) == ("o2", "o1")


def test_answers_of_the_two_readers_are_separate_and_not_in_the_trail(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.first, said("q1", "o1"))
    save_desk_answers(session, desk.reading, [said("q1", elsewhere="Hiring manual")], by=desk.second.id, at=NOON)
    one, other = (desk_pages(session, desk.reading, place).answers[SUPPLIERS]["q1"] for place in ("first", "second"))
    assert (one.value, other.value, other.elsewhere) == ("o1", "", "Hiring manual")
    told = [entry.before + entry.after for entry in session.scalars(select(TrailEntry)) if "/answer/" in entry.subject]
    assert len(told) == 2
    assert not any(word == "o1" or "Hiring" in word for word in told)
    assert verify_trail(session) is None


def test_a_reader_can_finish_once_every_answer_has_its_passage_or_the_words_searched_for(
    session: Session, desk: Desk
) -> None:
    def missing() -> list[tuple[str, str]]:
        open_ones = finish_reading(session, desk.reading, desk.asked, by=desk.first.id, at=NOON)
        return [(each.question, each.missing) for each in open_ones]

    assert missing() == [("q1", "answer"), ("q2", "answer")]
    both = [said("q1", "o1"), said("q2", "none")]
    save_desk_answers(session, desk.reading, both, by=desk.first.id, at=NOON)
    assert missing() == [("q1", "passage"), ("q2", "searched")]
    add_desk_passage(session, desk.reading, passage(desk, "q1", "o2"), by=desk.first.id, at=NOON)
    assert missing() == [("q1", "passage"), ("q2", "searched")], "a passage for an option that is not chosen"
    add_desk_passage(session, desk.reading, passage(desk, "q1", "o1"), by=desk.first.id, at=NOON)
    searched = said("q2", "none", version=1, searched="child, minor")
    save_desk_answers(session, desk.reading, [searched], by=desk.first.id, at=NOON)
    assert missing() == []
    with pytest.raises(ReadingMovedOn):
        save_desk_answers(session, desk.reading, [said("q1", "o2", version=1)], by=desk.first.id, at=NOON)


def test_a_reference_to_another_document_needs_its_title_and_no_passage(session: Session, desk: Desk) -> None:
    refers = [said("q1", elsewhere="Brand standards"), said("q2", elsewhere="Brand standards")]
    assert save_desk_answers(session, desk.reading, refers, by=desk.first.id, at=NOON) == ()
    finish(session, desk, desk.first)


def test_only_readers_can_answer_and_nobody_can_decide_before_both_have_finished(session: Session, desk: Desk) -> None:
    outsider = advocate(session, "olu")
    for person in (outsider, desk.third):
        with pytest.raises(NotFound):
            save_desk_answers(session, desk.reading, [said("q1", "o1")], by=person.id, at=NOON)
    with pytest.raises(ReadingMovedOn):
        save_decisions(session, desk.reading, desk.asked, [said("q1", "o1")], by=desk.third.id, at=NOON)
    with pytest.raises(ReadingMovedOn):
        agreed_reading(session, desk.reading, desk.asked)


def test_once_both_have_finished_their_differences_wait_for_a_decision_with_a_reason(
    session: Session, desk: Desk
) -> None:
    read_by_both(session, desk)
    assert state(session, desk) == "deciding"
    agreed = agreed_reading(session, desk.reading, desk.asked)
    kind = agreed.kinds[SUPPLIERS]
    assert (kind.differences, kind.agreement.found, kind.agreement.same) == (("q1",), 2, 1)
    assert [(each.question, each.missing) for each in agreed.undecided] == [("q1", "answer")]
    assert list(kind.answers) == ["q2"]
    save_decisions(session, desk.reading, desk.asked, [said("q1", "o1")], by=desk.third.id, at=NOON)
    assert [each.missing for each in agreed_reading(session, desk.reading, desk.asked).undecided] == ["reason"]
    why = said("q1", "o1", version=1, note="Page 1 says so.")
    save_decisions(session, desk.reading, desk.asked, [why], by=desk.third.id, at=NOON)
    agreed = agreed_reading(session, desk.reading, desk.asked)
    assert agreed.undecided == ()
    decided = agreed.kinds[SUPPLIERS].answers["q1"]
    assert (decided.value, decided.differed, decided.decision.note) == ("o1", True, "Page 1 says so.")
    assert [each.place for each in decided.passages] == ["first"]


def test_a_decision_is_taken_only_where_the_readers_differ_and_only_by_whoever_decides(
    session: Session, desk: Desk
) -> None:
    read_by_both(session, desk)
    for who, edit in ((desk.third, said("q2", "o0")), (desk.first, said("q1", "o1"))):
        with pytest.raises(NotFound):
            save_decisions(session, desk.reading, desk.asked, [edit], by=who.id, at=NOON)


def test_a_decision_for_an_answer_of_neither_reader_needs_a_passage_of_its_own(session: Session, desk: Desk) -> None:
    read_by_both(session, desk)
    third = [said("q1", "o2", note="Both overlooked page 9.")]
    save_decisions(session, desk.reading, desk.asked, third, by=desk.third.id, at=NOON)
    assert [each.missing for each in agreed_reading(session, desk.reading, desk.asked).undecided] == ["passage"]
    add_desk_passage(session, desk.reading, passage(desk, "q1", "o2", "9.1"), by=desk.third.id, at=NOON)
    agreed = agreed_reading(session, desk.reading, desk.asked)
    assert agreed.undecided == ()
    assert [each.words for each in agreed.kinds[SUPPLIERS].answers["q1"].passages] == ["Words of 9.1."]


def test_two_readers_who_agree_leave_nothing_to_decide(session: Session, desk: Desk) -> None:
    for who in (desk.first, desk.second):
        answer(session, desk, who, said("q1", "o1"), said("q2", "none", searched="child"))
        finish(session, desk, who)
    agreed = agreed_reading(session, desk.reading, desk.asked)
    assert (agreed.undecided, agreed.kinds[SUPPLIERS].differences) == ((), ())
    assert list(agreed.kinds[SUPPLIERS].answers) == ["q1", "q2"]
    assert len(agreed.kinds[SUPPLIERS].answers["q1"].passages) == 1, "both picked the same words"


def test_readers_can_remove_only_their_own_passages(session: Session, desk: Desk) -> None:
    answer(session, desk, desk.first, said("q1", "o1"))
    (mine,) = desk_pages(session, desk.reading, "first").passages
    remove_desk_passage(session, desk.reading, mine.id, by=desk.second.id, at=NOON)
    assert desk_pages(session, desk.reading, "first").passages == (mine,)
    remove_desk_passage(session, desk.reading, mine.id, by=desk.first.id, at=NOON)
    assert desk_pages(session, desk.reading, "first").passages == ()


def test_time_is_counted_from_page_to_page_but_not_over_gaps_of_more_than_ten_minutes(
    session: Session, desk: Desk
) -> None:
    for minutes in (0, 3, 3, 13, 24, 25):
        note_reading_time(session, desk.reading, desk.first.id, at=NOON + timedelta(minutes=minutes))
    note_reading_time(session, desk.reading, desk.third.id, at=NOON)
    readers = readers_of_reading(session, desk.reading)
    assert [readers[place].seconds for place in ("first", "second", "third")] == [14 * 60, 0, 0]
    answer(session, desk, desk.first, said("q1", "o1"), said("q2", "o0"))
    finish(session, desk, desk.first)
    note_reading_time(session, desk.reading, desk.first.id, at=NOON + timedelta(minutes=26))
    assert readers_of_reading(session, desk.reading)["first"].seconds == 14 * 60
