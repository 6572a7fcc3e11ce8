"""A page of verdicts is saved whole or not at all, and never overwrites verdicts that were given meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import Adjusted
from compliance.store import AnswerEdit, VerdictEdit
from tests.support.stores import NOON, World, begin, hand_in, made_edition, save, statements


@pytest.fixture
def submitted(session: Session, world: World) -> int:
    """The id of a submission with two answers, assigned to the auditor."""
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "n/a", "We have none."))
    number = hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    return number


def judge(session: Session, world: World, submission: int, *edits: VerdictEdit) -> store.SavedVerdicts:
    return store.save_determinations(
        session, world.assessment, edits, submission=submission, by=world.auditor.id, at=NOON
    )


def versions(session: Session, world: World) -> dict[str, int]:
    return {question: kept.version for question, kept in store.determinations(session, world.assessment).items()}


def noted(session: Session, world: World, question: str) -> list[tuple[str, str]]:
    found = store.history(session, f"assessment/{world.assessment}/determination/{question}")
    return [(entry.before, entry.after) for entry in found]


def test_a_page_of_verdicts_is_kept_with_notes_and_reaches_the_sheet(
    session: Session, world: World, submitted: int
) -> None:
    edits = VerdictEdit("q1", "adjusted", "o2", "Page 4."), VerdictEdit("q2", "not-shown"), VerdictEdit("q3", "")
    saved = judge(session, world, submitted, *edits)
    assert (saved.changed, saved.is_saved) == (2, True)
    kept = store.determinations(session, world.assessment)
    assert kept.keys() == {"q1", "q2"}
    assert (kept["q1"].value, kept["q1"].comment, kept["q1"].by) == ("o2", "Page 4.", "Audun")
    sheet = store.submitted_sheet(session, store.submission(session, submitted), made_edition())
    assert sheet.verdicts == {"q1": Adjusted("o2"), "q2": "not-shown"}
    assert noted(session, world, "q1") == [("", "adjusted\no2\nPage 4.")]
    assert store.verify_trail(session) is None


def test_the_same_page_twice_changes_nothing_and_is_noted_once(session: Session, world: World, submitted: int) -> None:
    edits = VerdictEdit("q1", "confirmed"), VerdictEdit("q2", "")
    judge(session, world, submitted, *edits)
    before, head = versions(session, world), store.trail_head(session)
    again = judge(session, world, submitted, *edits)  # although the version it saw is old
    assert (again.changed, again.is_saved) == (0, True)
    assert versions(session, world) == before
    assert store.trail_head(session) == head


def test_if_somebody_else_saved_a_verdict_first_nothing_is_saved_and_both_verdicts_are_returned(
    session: Session, world: World, submitted: int
) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "confirmed", comment="I saw it."))
    head = store.trail_head(session)
    mine = VerdictEdit("q1", "not-shown", comment="I saw nothing."), VerdictEdit("q2", "not-shown")
    saved = judge(session, world, submitted, *mine)
    (conflict,) = saved.conflicts
    assert conflict.wanted == mine[0]
    assert conflict.kept is not None and conflict.kept.comment == "I saw it."
    assert (saved.is_saved, saved.changed) == (False, 0)
    assert store.determinations(session, world.assessment).keys() == {"q1"}
    assert store.trail_head(session) == head
    seen = versions(session, world)["q1"]
    assert judge(session, world, submitted, VerdictEdit("q1", "not-shown", seen=seen), mine[1]).changed == 2


def test_a_verdict_that_was_taken_back_meanwhile_is_a_conflict_too(
    session: Session, world: World, submitted: int
) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    seen = versions(session, world)["q1"]
    assert judge(session, world, submitted, VerdictEdit("q1", "", seen=seen)).changed == 1
    assert noted(session, world, "q1") == [("", "confirmed"), ("confirmed", "")]
    (conflict,) = judge(session, world, submitted, VerdictEdit("q1", "not-shown", seen=seen)).conflicts
    assert conflict.kept is None
    assert judge(session, world, submitted, VerdictEdit("q1", "confirmed")).changed == 1
    assert versions(session, world)["q1"] > seen  # no version is used twice, so that two cannot be confused


def test_the_same_verdict_saved_twice_is_not_a_conflict(session: Session, world: World, submitted: int) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"), VerdictEdit("q2", "not-shown"))
    assert store.determinations(session, world.assessment).keys() == {"q1", "q2"}


def test_an_answer_of_several_lines_is_not_taken_for_an_answer_and_its_note(
    session: Session, world: World, submitted: int
) -> None:
    judge(session, world, submitted, VerdictEdit("words", "adjusted", "a\nb"))
    seen = versions(session, world)["words"]
    assert judge(session, world, submitted, VerdictEdit("words", "adjusted", "a", "b", seen=seen)).changed == 1


def test_verdicts_on_a_submission_that_is_no_longer_the_latest_are_not_kept(
    session: Session, world: World, submitted: int
) -> None:
    hand_in(session, world.assessment, by=world.company.id, hours=1)
    saved = judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    assert (saved.submitted_meanwhile, saved.is_saved) == (True, False)
    assert store.determinations(session, world.assessment) == {}


def test_verdicts_on_an_assessment_that_is_not_assigned_cannot_be_saved(
    session: Session, world: World, submitted: int
) -> None:
    store.unassign_auditor(session, world.assessment, auditor=world.auditor.id, by=None, at=NOON)
    with pytest.raises(store.NotFound):
        judge(session, world, submitted, VerdictEdit("q1", "confirmed"))


def test_a_verdict_can_be_saved_after_the_period_is_closed(session: Session, world: World, submitted: int) -> None:
    session.execute(text("UPDATE period SET closed_at = '2026-12-31 12:00:00.000000'"))
    assert judge(session, world, submitted, VerdictEdit("q1", "confirmed")).changed == 1


def test_verdicts_that_the_edition_cannot_read_do_not_count(session: Session, world: World, submitted: int) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "adjusted", "o9"), VerdictEdit("q9.gone", "confirmed"))
    assert store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date()).verdicts == {}


def test_the_sheets_of_all_assessments_with_verdicts_are_read_in_one_statement(
    engine: Engine, session: Session, world: World, submitted: int
) -> None:
    member = store.register_company(
        session, organisation="Example 02", name="B", email="b2@example.org", password_hash=None, at=NOON
    )
    other = begin(session, member, 2026)
    hand_in(session, other, by=member.id)
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    both = [store.latest_submission(session, number) for number in (world.assessment, other)]
    with statements(engine) as sent:
        found = store.judged_sheets(session, both, lambda _one: made_edition())
    assert len(sent) == 1
    assert {number: sheet.verdicts for number, sheet in found.items()} == {world.assessment: {"q1": "confirmed"}}
    assert found[world.assessment].answers["q1"] == "o1"


def test_verdicts_as_they_were_at_a_moment_do_not_depend_on_later_changes(
    session: Session, world: World, submitted: int
) -> None:
    def judge_at(day: int, *edits: VerdictEdit) -> None:
        seen = versions(session, world)
        store.save_determinations(
            session, world.assessment, [replace(edit, seen=seen.get(edit.question, 0)) for edit in edits],
            submission=submitted, by=world.auditor.id, at=NOON + timedelta(days=day),
        )  # fmt: skip

    judge_at(1, VerdictEdit("q1", "adjusted", "o2", "Page 4."), VerdictEdit("q2", "not-shown", "", "No page."))
    judge_at(3, VerdictEdit("q1", "confirmed"), VerdictEdit("q3", "confirmed"))
    judge_at(4, VerdictEdit("q1", "not-shown"), VerdictEdit("q2", ""))

    def at(day: int) -> dict[str, tuple[str, str]]:
        when = NOON + timedelta(days=day)
        told = store.verdicts_before(session, world.assessment, ["q1", "q2", "q3"], when)
        return {one.question: (one.verdict, one.value) for one in told}

    assert at(1) == {}
    assert at(2) == at(3) == {"q1": ("adjusted", "o2"), "q2": ("not-shown", "")}
    assert at(4) == {"q1": ("confirmed", ""), "q2": ("not-shown", ""), "q3": ("confirmed", "")}
    assert at(5) == {"q1": ("not-shown", ""), "q3": ("confirmed", "")}
