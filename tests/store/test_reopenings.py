"""Something final is corrected only after it was reopened, with a reason, and the first submission stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from compliance.store.reopenings import (
    SubmissionReopening,
    answer_reopening,
    ask_to_reopen,
    latest_reopenings,
    open_reopening,
    reopenings_of,
)
from tests.support.stores import NOON, World, hand_in, made_edition, save, sign_off

WHY = "We named the wrong year in question 1."
CLOSING = NOON + timedelta(days=1)


@pytest.fixture
def submitted(session: Session, world: World) -> int:
    """The id of a submission with one answer, assigned to the auditor."""
    save(session, world, AnswerEdit("q1", "o1"))
    number = hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    return number


def close(session: Session, world: World, at: datetime = CLOSING) -> None:
    store.close_period(session, 2026, by=world.steward.id, at=at, snapshot=lambda: "{}")


def sign(session: Session, world: World, submission: int) -> None:
    sign_off(session, world.assessment, submission, by=world.auditor.id)


def revoke(session: Session) -> None:
    session.execute(text("UPDATE sign_off SET revoked_at = '2026-04-01 12:00:00.000000', revoked_why = 'A mistake.'"))


def ask(session: Session, world: World, why: str = WHY) -> SubmissionReopening:
    return ask_to_reopen(session, world.assessment, reason=why, by=world.company.id, at=CLOSING)


def reopen(session: Session, world: World, by: store.Member | None = None) -> SubmissionReopening:
    return open_reopening(session, world.assessment, reason=WHY, by=(by or world.auditor).id, at=CLOSING)


def answer(session: Session, world: World, number: int, refused_why: str = "") -> SubmissionReopening:
    by = world.steward.id
    return answer_reopening(session, world.assessment, number, refused_why=refused_why, by=by, at=CLOSING)


def correct(session: Session, world: World, value: str = "o2", consent: str = "counted") -> int:
    """Change the first answer and submit again, with a clock that is slow. Return the id of the submission."""
    kept = store.saved_answers(session, world.assessment).get("q1")
    assert not save(session, world, AnswerEdit("q1", value, seen=kept.version if kept else 0)).conflicts
    return hand_in(session, world.assessment, by=world.company.id, consent=consent)


# ── When a reopening is necessary


def test_before_anything_is_final_a_company_can_submit_again_and_cannot_ask_for_a_reopening(
    session: Session, world: World, submitted: int
) -> None:
    assert not store.assessment(session, world.assessment).is_final
    with pytest.raises(store.NothingToReopen):
        ask(session, world)
    with pytest.raises(store.NothingToReopen):
        reopen(session, world)
    assert correct(session, world) > submitted
    assert reopenings_of(session, world.assessment) == ()


def test_an_assessment_that_was_never_submitted_cannot_be_reopened(session: Session, world: World) -> None:
    close(session, world)
    with pytest.raises(store.NotFound):
        ask(session, world)


def test_after_the_closing_only_an_assessment_that_was_reopened_can_be_changed(
    session: Session, world: World, submitted: int
) -> None:
    other = store.assessment_for(session, world.company.organisation_id or 0, edition="other", year=2026, at=NOON).id
    close(session, world)
    with pytest.raises(store.PeriodClosed):
        correct(session, world)
    reopen(session, world)
    here = store.assessment(session, world.assessment)
    assert (here.closed, here.period_closed, here.takes_submission) == (False, True, True)
    correct(session, world)
    there = store.assessment(session, other)
    assert (there.closed, there.takes_submission) == (True, False)
    with pytest.raises(store.PeriodClosed):
        store.save_answers(session, other, [AnswerEdit("q1", "o1")], by=world.company.id, at=CLOSING)


def test_an_assessment_is_final_again_once_it_is_corrected(session: Session, world: World, submitted: int) -> None:
    close(session, world)
    reopen(session, world)
    correct(session, world)
    with pytest.raises(store.PeriodClosed):
        correct(session, world, "o1")
    assert store.assessment(session, world.assessment).closed


def test_a_sign_off_prevents_a_new_submission_until_it_is_revoked(
    session: Session, world: World, submitted: int
) -> None:
    sign(session, world, submitted)
    here = store.assessment(session, world.assessment)
    assert (here.closed, here.is_final, here.takes_submission) == (False, True, False)
    with pytest.raises(store.SubmissionSigned):
        correct(session, world)  # only the draft can be saved
    assert store.latest_submission(session, world.assessment).id == submitted
    assert store.assessment(session, world.assessment).takes_submission is False
    revoke(session)
    assert hand_in(session, world.assessment, by=world.company.id) > submitted


def test_a_sign_off_remains_about_the_first_submission(session: Session, world: World, submitted: int) -> None:
    sign(session, world, submitted)
    reopen(session, world)
    assert correct(session, world) > submitted
    signed = session.execute(text("SELECT submission_id FROM sign_off WHERE revoked_at IS NULL")).scalar_one()
    assert signed == submitted


# ── Asking, opening, refusing


def test_a_reopening_is_asked_for_opened_and_done_with_the_corrected_submission(
    session: Session, world: World, submitted: int
) -> None:
    close(session, world)
    asked = ask(session, world, f"  {WHY}\0 ")
    assert (asked.state, asked.reason, asked.asked_by, asked.submission_id) == ("asked", WHY, "Ana", submitted)
    with pytest.raises(store.PeriodClosed):
        correct(session, world)  # asking opens nothing
    opened = answer(session, world, asked.id)
    assert (opened.state, opened.decided_by, opened.refused_why) == ("open", "Stella", "")
    number = correct(session, world)
    [done] = reopenings_of(session, world.assessment)
    assert (done.state, done.submission_id) == ("done", submitted)
    assert done.followed_at == store.submission(session, number).at
    linked = session.execute(text("SELECT followed_by FROM reopening")).scalar_one()
    assert linked == number
    noted = store.history(session, f"assessment/{world.assessment}/reopening/{asked.id}")
    assert [(entry.before, entry.after, entry.who) for entry in noted] == [
        ("", f"asked\n{WHY}", world.company.id),
        ("asked", "open", world.steward.id),
        ("open", f"done\nsubmission/{number}", world.company.id),
    ]
    assert store.verify_trail(session) is None


def test_a_refused_reopening_has_a_reason_and_can_be_asked_for_again(
    session: Session, world: World, submitted: int
) -> None:
    close(session, world)
    refused = answer(session, world, ask(session, world).id, "The answer was right.")
    assert (refused.state, refused.refused_why) == ("refused", "The answer was right.")
    with pytest.raises(store.PeriodClosed):
        correct(session, world)
    again = ask(session, world, "It was not: see page 4.")
    assert [one.state for one in reopenings_of(session, world.assessment)] == ["asked", "refused"]
    assert latest_reopenings(session, [world.assessment, 999]) == {world.assessment: again}


def test_only_one_reopening_is_asked_for_or_open_at_a_time_and_it_is_answered_once(
    session: Session, world: World, submitted: int
) -> None:
    close(session, world)
    asked = ask(session, world)
    for begin in (ask, reopen):
        with pytest.raises(store.AlreadyDecided):
            begin(session, world)
    answer(session, world, asked.id)
    for again in ("", "No."):
        with pytest.raises(store.AlreadyDecided):
            answer(session, world, asked.id, again)
    with pytest.raises(store.AlreadyDecided):
        ask(session, world)


def test_only_a_steward_or_an_assigned_auditor_can_open_a_reopening(
    session: Session, world: World, submitted: int
) -> None:
    close(session, world)
    asked = ask(session, world)
    other = store.add_person(
        session, email="b@example.org", name="B", password_hash=None, roles=["auditor"], by=world.steward.id, at=NOON
    )
    for person in (other, world.company, world.colleague):
        with pytest.raises(store.NotFound):
            answer_reopening(session, world.assessment, asked.id, by=person.id, at=CLOSING)
        with pytest.raises(store.NotFound):
            reopen(session, world, person)
    with pytest.raises(store.NotFound):
        answer_reopening(session, world.assessment, 999, by=world.auditor.id, at=CLOSING)
    assert answer_reopening(session, world.assessment, asked.id, by=world.auditor.id, at=CLOSING).state == "open"


def test_a_reopening_cannot_be_answered_under_another_assessment(
    session: Session, world: World, submitted: int
) -> None:
    other = store.assessment_for(session, world.company.organisation_id or 0, edition="other", year=2026, at=NOON).id
    close(session, world)
    with pytest.raises(store.NotFound):
        answer_reopening(session, other, ask(session, world).id, by=world.steward.id, at=CLOSING)


def test_an_unanswered_request_is_done_once_the_company_could_submit_again(
    session: Session, world: World, submitted: int
) -> None:
    sign(session, world, submitted)
    ask(session, world)
    revoke(session)
    correct(session, world)
    [done] = reopenings_of(session, world.assessment)
    assert (done.state, done.decided_by) == ("done", "")


# ── Which submission counts


def test_figures_of_a_closed_period_ignore_a_correction_that_an_auditor_reads(
    session: Session, world: World, submitted: int
) -> None:
    def counting() -> list[int]:
        listed = store.latest_submissions(session, 2026, counting=True)
        assert [one.id for one in store.iter_latest_submissions(session, 2026)] == [one.id for one in listed]
        return [one.id for one in listed]

    close(session, world)
    assert counting() == [submitted]
    reopen(session, world)
    number = correct(session, world)
    assert store.submission(session, number).at > CLOSING  # regardless of the slow clock
    assert counting() == [submitted]
    assert [one.id for one in store.assessments_for_auditor(session, world.auditor.id)] == [number]
    assert store.latest_submission(session, world.assessment).id == number
    assert [one.id for one in store.submissions_of(session, world.assessment)] == [number, submitted]
    assert store.submitted_answers(store.submission(session, submitted))["q1"].text == "o1"
    assert store.assessment_counts(session, [world.company.organisation_id or 0]) == {
        world.company.organisation_id: (1, 1)
    }


def test_a_correction_before_the_closing_counts(session: Session, world: World, submitted: int) -> None:
    sign(session, world, submitted)
    reopen(session, world)
    number = correct(session, world)
    close(session, world)
    assert [one.id for one in store.latest_submissions(session, 2026)] == [number]


def test_a_corrected_submission_keeps_only_verdicts_on_unchanged_answers_and_the_first_keeps_all(
    session: Session, world: World, submitted: int
) -> None:
    save(session, world, AnswerEdit("q2", "o1"))
    first = hand_in(session, world.assessment, by=world.company.id)
    edits = [store.VerdictEdit("q1", "confirmed"), store.VerdictEdit("q2", "confirmed")]
    store.save_determinations(session, world.assessment, edits, submission=first, by=world.auditor.id, at=NOON)
    close(session, world)
    reopen(session, world)
    correct(session, world)
    [counting] = store.latest_submissions(session, 2026)
    latest = store.latest_submission(session, world.assessment)
    assert store.submitted_sheet(session, counting, made_edition()).verdicts.keys() == {"q1", "q2"}
    assert store.submitted_sheet(session, latest, made_edition()).verdicts.keys() == {"q2"}


@pytest.mark.parametrize(("first", "then"), [("named", "private"), ("named", "named"), ("private", "counted")])
def test_the_consent_of_a_correction_counts_from_the_next_closing_on(
    session: Session, world: World, submitted: int, first: str, then: str
) -> None:
    hand_in(session, world.assessment, by=world.company.id, consent=first)
    close(session, world)
    reopen(session, world)
    number = correct(session, world, consent=then)
    assert store.consent_of(session, world.assessment) == then
    assert store.submission(session, number).consent == first  # as it was at the closing
    assert [one.consent for one in store.latest_submissions(session, 2026)] == [first]
    kept = store.nonrespondent_consents(session, 2027)
    assert kept == {world.company.organisation_id: then}
    noted = [e.after for e in store.history(session, f"assessment/{world.assessment}/consent")]
    assert noted == ["counted", first, *([then] if then != first else [])]
    assert store.verify_trail(session) is None


def test_a_correction_replaces_the_consent_chosen_since_the_closing(
    session: Session, world: World, submitted: int
) -> None:
    hand_in(session, world.assessment, by=world.company.id, consent="named")
    close(session, world)
    store.change_consent(session, world.assessment, "private", by=world.company.id, at=CLOSING)
    reopen(session, world)
    correct(session, world, consent="named")
    assert store.consent_of(session, world.assessment) == "named"
    assert [one.consent for one in store.latest_submissions(session, 2026)] == ["named"]
