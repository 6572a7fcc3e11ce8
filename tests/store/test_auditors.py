"""Auditors read only what is submitted and assigned to them."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import Adjusted
from compliance.store import AnswerEdit
from compliance.store.assignments import AssignedAuditor
from tests.support.stores import NOON, World, begin, hand_in, made_edition, save, statements


def assign(session: Session, world: World, assessment: int | None = None) -> None:
    chosen = assessment or world.assessment
    store.assign_auditor(session, chosen, auditor=world.auditor.id, by=world.steward.id, at=NOON)


def another(session: Session, name: str, sector: str) -> int:
    """Add a company that has submitted its assessment, and return the assessment's id."""
    member = store.register_company(
        session, organisation=name, name=name, email=f"{name[-2:]}@example.org", password_hash=None, at=NOON
    )
    assessment = begin(session, member, 2026)
    store.save_answers(session, assessment, [AnswerEdit("profile.sector", sector)], by=member.id, at=NOON)
    hand_in(session, assessment, by=member.id)
    return assessment


def test_an_auditor_sees_an_assessment_once_it_is_both_assigned_and_submitted(session: Session, world: World) -> None:
    assign(session, world)
    assert store.assessments_for_auditor(session, world.auditor.id) == ()
    with pytest.raises(store.NotFound):
        store.assigned_submission(session, world.assessment, auditor=world.auditor.id)
    number = hand_in(session, world.assessment, by=world.company.id)
    assert [s.id for s in store.assessments_for_auditor(session, world.auditor.id)] == [number]
    assert store.assigned_submission(session, world.assessment, auditor=world.auditor.id).id == number


def test_an_auditor_does_not_find_a_submission_that_is_not_assigned(session: Session, world: World) -> None:
    other = another(session, "Example Retail 02", "retail")
    assert store.assessments_for_auditor(session, world.auditor.id) == ()
    with pytest.raises(store.NotFound):
        store.assigned_submission(session, other, auditor=world.auditor.id)


def test_an_auditor_does_not_find_a_submission_assigned_to_another(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    other = store.add_person(
        session, email="b@example.org", name="B", password_hash=None, roles=["auditor"], by=world.steward.id, at=NOON
    )
    assert store.assessments_for_auditor(session, other.id) == ()
    with pytest.raises(store.NotFound):
        store.assigned_submission(session, world.assessment, auditor=other.id)


def test_an_assignment_can_be_taken_back(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    assert store.auditors_of(session, 2026) == {world.assessment: (AssignedAuditor(world.auditor.id, due=None),)}
    store.unassign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    assert store.assessments_for_auditor(session, world.auditor.id) == ()
    with pytest.raises(store.NotFound):
        store.unassign_auditor(session, world.assessment, auditor=world.auditor.id, by=None, at=NOON)


def test_only_auditors_can_be_assigned_and_only_to_existing_assessments(session: Session, world: World) -> None:
    with pytest.raises(store.NotFound, match="no auditor"):
        store.assign_auditor(session, world.assessment, auditor=world.company.id, by=None, at=NOON)
    with pytest.raises(store.NotFound, match="no assessment"):
        store.assign_auditor(session, 999, auditor=world.auditor.id, by=None, at=NOON)


def test_assigned_submissions_are_found_by_company_and_period_in_one_statement(
    engine: Engine, session: Session, world: World
) -> None:
    for number, sector in enumerate(["retail", "travel", "retail", "travel"], 10):
        assign(session, world, another(session, f"Example {number}", sector))
    [last] = [one.id for one in store.companies(session) if one.name == "Example 13"]
    with statements(engine) as sent:
        found = store.assessments_for_auditor(session, world.auditor.id, organisation=last, year=2026)
    assert [s.organisation for s in found] == ["Example 13"]
    assert len(sent) == 1
    assert store.assessments_for_auditor(session, world.auditor.id, year=2025) == ()
    assert len(store.assessments_for_auditor(session, world.auditor.id)) == 4


def test_an_auditor_sees_the_submission_and_not_a_later_draft(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    seen = store.saved_answers(session, world.assessment)["q1"].version
    save(session, world, AnswerEdit("q1", "o2", seen=seen))
    [listed] = store.assessments_for_auditor(session, world.auditor.id)
    assert store.submitted_answers(listed)["q1"].text == "o1"


def test_submissions_are_read_some_at_a_time_in_the_order_asked_for(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10, 15):
        assign(session, world, another(session, f"Example {number}", "retail"))
    monkeypatch.setattr("compliance.store.submissions.BATCH_SIZE", 2)
    listed = store.assessments_for_auditor(session, world.auditor.id)
    numbers = [one.id for one in reversed(listed)]
    batches = list(store.submission_batches(session, [*numbers, 99_999]))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [one.id for batch in batches for one in batch] == numbers
    assert all(one.sheet for batch in batches for one in batch)


# ── Determinations


def test_a_verdict_reaches_the_sheet_and_the_one_before_stays_in_the_trail(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1"))
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    judge = world.auditor.id
    store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=judge, at=NOON)
    store.record_determination(session, world.assessment, "q2", verdict="not-shown", by=judge, at=NOON)
    store.record_determination(
        session, world.assessment, "q1", verdict="adjusted", value="o2", comment="Page 4 says so.", by=judge, at=NOON
    )
    verdicts = {"q1": Adjusted("o2"), "q2": "not-shown"}
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).verdicts == verdicts
    handed_in = store.latest_submission(session, world.assessment)
    assert store.submitted_sheet(session, handed_in, made_edition()).verdicts == verdicts
    found = store.determinations(session, world.assessment)["q1"]
    assert (found.verdict, found.value, found.comment, found.by) == ("adjusted", "o2", "Page 4 says so.", "Audun")
    noted = store.history(session, f"assessment/{world.assessment}/determination/q1")
    assert [(n.before, n.after) for n in noted] == [
        ("", "confirmed"),
        ("confirmed", "adjusted\no2\nPage 4 says so."),
    ]


def test_the_same_verdict_again_is_no_change(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    for _ in range(2):
        store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)
    assert len(store.history(session, f"assessment/{world.assessment}/determination/q1")) == 1


def test_an_auditor_cannot_judge_an_assessment_that_is_not_assigned(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    with pytest.raises(store.NotFound):
        store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)


@pytest.mark.parametrize(("verdict", "value"), [("adjusted", ""), ("confirmed", "o1"), ("maybe", "")])
def test_a_verdict_is_one_of_three_and_only_adjusting_names_an_answer(
    session: Session, world: World, verdict: str, value: str
) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assign(session, world)
    with pytest.raises(DBAPIError, match="ck_determination"):
        store.record_determination(
            session, world.assessment, "q1", verdict=verdict, value=value, by=world.auditor.id, at=NOON
        )
