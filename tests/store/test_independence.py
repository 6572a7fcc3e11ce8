"""Auditors are independent. With a tie to a company, an auditor cannot be assigned, and assignments end."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.assignments import AssignedAuditor, due_dates
from compliance.store.independence import (
    Tie,
    declare_interest,
    ended_assignments,
    ties_of,
    withdraw_interest,
)
from compliance.store.list_pages import PageRequest, interests_page
from tests.support.stores import NOON, World, hand_in, settle

DUE = date(2026, 6, 1)


def company_of(world: World) -> int:
    assert world.company.organisation_id is not None
    return world.company.organisation_id


def another(session: Session, name: str, **about: str) -> int:
    return store.add_organisation(session, name, at=NOON, status="confirmed", **about)


def work_for(session: Session, person: store.Member, company: int, role: str = "contributor") -> None:
    store.add_membership(session, person.id, company, role=role, by=None, at=NOON)


def assign(session: Session, world: World, due: date | None = None) -> bool:
    by = world.steward.id
    return store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=by, at=NOON, due=due)


def decided(world: World) -> dict[str, object]:
    return {"reason": "tried out", "by": world.steward.id, "at": NOON}


def refused(session: Session, world: World) -> Tie:
    with pytest.raises(store.NotIndependent, match="choose another auditor") as refusal:
        assign(session, world)
    assert store.auditors_of(session, 2026) == {}
    return refusal.value.tie


# ── Ties


def test_nobody_audits_a_current_or_former_employer_or_a_company_merged_with_one(
    session: Session, world: World
) -> None:
    here = company_of(world)
    work_for(session, world.auditor, here)
    assert refused(session, world) == Tie("member", "Example Travel 01")
    store.remove_member(session, here, world.auditor.id, by=None, at=NOON)
    assert refused(session, world) == Tie("member", "Example Travel 01")
    session.rollback()
    old = another(session, "Example Old")
    work_for(session, world.colleague, old)
    work_for(session, world.auditor, old)
    store.remove_member(session, old, world.auditor.id, by=None, at=NOON)
    store.merge_company(session, old, into=here, seen="confirmed", **decided(world))
    assert refused(session, world) == Tie("member", "Example Old")


def test_a_company_with_the_same_owner_or_group_as_an_employer_is_a_tie_too(session: Session, world: World) -> None:
    here = company_of(world)
    sister = another(session, "Example Sister")
    work_for(session, world.colleague, sister, "owner")
    work_for(session, world.auditor, sister)
    assert here not in ties_of(session, world.auditor.id)
    store.change_member_role(session, here, world.colleague.id, "owner", by=None, at=NOON)
    assert refused(session, world) == Tie("owner", "Example Sister")
    store.count_apart(session, here, **decided(world))  # this only concerns figures
    assert refused(session, world) == Tie("owner", "Example Sister")
    store.group_companies(session, sister, here, **decided(world))
    assert refused(session, world) == Tie("group", "Example Sister")


def test_a_company_with_the_same_web_domain_as_an_employer_is_a_tie_and_one_without_is_not(
    session: Session, world: World
) -> None:
    here = company_of(world)
    of_auditor = another(session, "Example Web", website_domain="web.example")
    same, other = another(session, "Example Twin", website_domain="web.example"), another(session, "Example Other")
    work_for(session, world.auditor, of_auditor)
    ties = ties_of(session, world.auditor.id)
    assert ties == {of_auditor: Tie("member", "Example Web"), same: Tie("domain", "Example Web")}
    assert {here, other}.isdisjoint(ties)
    assert assign(session, world)


def test_a_declared_interest_ties_to_the_company_and_its_group_until_it_is_withdrawn(
    session: Session, world: World
) -> None:
    sister, auditor = another(session, "Example Sister"), world.auditor.id
    store.group_companies(session, sister, company_of(world), **decided(world))
    declare_interest(session, auditor, sister, what="  I advised them. ", by=auditor, at=NOON)
    assert refused(session, world) == Tie("group", "Example Sister")
    [declared] = interests_page(session, auditor, PageRequest()).rows
    assert (declared.organisation, declared.what, declared.by_name) == ("Example Sister", "I advised them.", "Audun")
    with pytest.raises(store.AlreadyExists):
        declare_interest(session, auditor, sister, what="Again.", by=auditor, at=NOON)
    withdraw_interest(session, auditor, sister, by=auditor, at=NOON)
    assert assign(session, world)
    noted = store.history(session, f"person/{auditor}/interest/organisation/{sister}")
    assert [(n.what, n.before, n.after) for n in noted] == [
        ("interest", "", "I advised them."),
        ("interest", "I advised them.", ""),
    ]
    assert store.verify_trail(session) is None


def test_auditors_cannot_withdraw_an_interest_that_the_steward_noted_about_them(session: Session, world: World) -> None:
    auditor, here = world.auditor.id, company_of(world)
    declare_interest(session, auditor, here, what="A relative works there.", by=world.steward.id, at=NOON)
    with pytest.raises(store.NotFound):
        withdraw_interest(session, auditor, here, by=auditor, at=NOON)
    withdraw_interest(session, auditor, here, by=world.steward.id, at=NOON)
    assert interests_page(session, auditor, PageRequest()).rows == ()
    with pytest.raises(store.NotFound):
        declare_interest(session, auditor, 999, what="x", by=None, at=NOON)


# ── Assignments that end


def test_an_assignment_ends_if_an_interest_is_declared_later_and_the_trail_says_why(
    session: Session, world: World
) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)
    [ended] = declare_interest(session, world.auditor.id, company_of(world), what="x", by=world.auditor.id, at=NOON)
    assert (ended.assessment_id, ended.organisation, ended.year) == (world.assessment, "Example Travel 01", 2026)
    assert ended.tie == Tie("interest", "Example Travel 01")
    assert ended_assignments(session, auditor=world.auditor.id) == (ended,) == ended_assignments(session)
    assert store.auditors_of(session, 2026) == {}
    assert store.determinations(session, world.assessment).keys() == {"q1"}  # verdicts stay
    with pytest.raises(store.NotFound):
        store.record_determination(session, world.assessment, "q1", verdict="not-shown", by=world.auditor.id, at=NOON)


WAYS = ("joins", "asked and was let in", "group", "owner", "merger")


def test_an_assignment_ends_whatever_the_tie_results_from(session: Session, world: World) -> None:
    for way in WAYS:
        assign(session, world)
        tie(session, world, way)
        assert store.auditors_of(session, 2026) == {}, way
        [ended] = ended_assignments(session, auditor=world.auditor.id)
        assert ended.assessment_id == world.assessment, way
        session.rollback()


def tie(session: Session, world: World, way: str) -> None:
    """Tie the auditor to the company in one of the WAYS."""
    here, elsewhere = company_of(world), another(session, "Example Elsewhere")
    if way in ("group", "owner", "merger"):
        work_for(session, world.colleague, elsewhere, "owner")
        work_for(session, world.auditor, elsewhere)
    if way == "joins":
        work_for(session, world.auditor, here)
    elif way == "asked and was let in":
        number = store.ask_to_join(session, world.auditor.id, here, words="", at=NOON)
        store.answer_request(session, number, accept=True, reason="", by=world.company.id, at=NOON)
    elif way == "group":
        store.group_companies(session, elsewhere, here, **decided(world))
    elif way == "owner":
        store.change_member_role(session, here, world.colleague.id, "owner", by=None, at=NOON)
    else:
        store.merge_company(session, elsewhere, into=here, seen="confirmed", **decided(world))


def test_other_assignments_stand_when_one_ends(session: Session, world: World) -> None:
    assign(session, world)
    work_for(session, world.auditor, another(session, "Example Elsewhere"))
    assert ended_assignments(session) == ()
    assert store.auditors_of(session, 2026) == {world.assessment: (AssignedAuditor(world.auditor.id, None),)}


def test_a_tie_prevails_over_an_assignment_made_at_the_same_moment(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        world = settle(session)
    ready, refusals = Barrier(2), []

    def run(change: object) -> None:
        ready.wait()
        try:
            with Session(engine) as session, session.begin():
                change(session)  # type: ignore[operator]
        except store.NotIndependent as refusal:
            refusals.append(refusal)

    def declare(session: Session) -> None:
        declare_interest(session, world.auditor.id, company_of(world), what="x", by=None, at=NOON)

    threads = [Thread(target=run, args=(change,)) for change in (declare, lambda session: assign(session, world))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert store.auditors_of(session, 2026) == {}
        assert len(refusals) + len(ended_assignments(session)) == 1


# ── Due dates


def test_an_assignment_has_a_due_date_that_can_be_changed_and_the_trail_has_both(
    session: Session, world: World
) -> None:
    later = DUE + timedelta(days=30)
    assert assign(session, world, DUE)
    assert not assign(session, world, DUE)
    assert not assign(session, world)  # without a date, the old one stays
    assert due_dates(session, world.auditor.id) == {world.assessment: DUE}
    assert assign(session, world, later)
    assert store.auditors_of(session, 2026) == {world.assessment: (AssignedAuditor(world.auditor.id, later),)}
    who = f"person/{world.auditor.id}"
    assert [(n.before, n.after) for n in store.history(session, f"assessment/{world.assessment}/auditors")] == [
        ("", f"{who}\ndue 2026-06-01"),
        (f"{who}\ndue 2026-06-01", f"{who}\ndue 2026-07-01"),
    ]
