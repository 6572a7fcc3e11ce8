"""When an auditor signs the verdicts on a submission, the card is frozen, and verdicts cannot change until revoked."""

import json
from collections.abc import Mapping
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, VerdictEdit
from compliance.store.audit_trail import text_digest
from compliance.store.determinations import AuditorVerdict
from compliance.store.reopenings import open_reopening
from compliance.store.sign_offs import (
    SignedReview,
    revoke_sign_off,
    sign_off,
    sign_offs_of,
    sign_offs_of_period,
)
from tests.support.stores import NOON, World, hand_in, save, settle


def card(verdicts: Mapping[str, AuditorVerdict]) -> str:
    return json.dumps({question: kept.verdict for question, kept in sorted(verdicts.items())})


def seen(session: Session, world: World) -> str:
    return text_digest(card(store.determinations(session, world.assessment)))


def sign(session: Session, world: World, submission: int, *, read: str = "") -> int:
    return sign_off(
        session,
        world.assessment,
        submission=submission,
        seen=read or seen(session, world),
        card=card,
        name=" Audun Auditor ",
        statement="I have reviewed 1 of 2.",
        by=world.auditor.id,
        at=NOON,
    )


def judge(session: Session, world: World, submission: int, *edits: VerdictEdit) -> store.SavedVerdicts:
    by = world.auditor.id
    return store.save_determinations(session, world.assessment, edits, submission=submission, by=by, at=NOON)


def judged(session: Session, world: World) -> int:
    """Add a submission that is assigned and has a verdict, and return its id."""
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1"))
    number = hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    judge(session, world, number, VerdictEdit("q1", "confirmed"))
    return number


@pytest.fixture
def submitted(session: Session, world: World) -> int:
    return judged(session, world)


def latest(session: Session, world: World) -> SignedReview:
    return sign_offs_of(session, world.assessment)[0]


def test_a_sign_off_freezes_name_statement_and_card_with_its_digest_and_the_trail_vouches_for_it(
    session: Session, world: World, submitted: int
) -> None:
    number = sign(session, world, submitted)
    signed = latest(session, world)
    assert (signed.id, signed.submission_id, signed.submission_number) == (number, submitted, 1)
    assert (signed.name, signed.statement, signed.stands) == ("Audun Auditor", "I have reviewed 1 of 2.", True)
    assert (signed.card, signed.digest) == ('{"q1": "confirmed"}', text_digest('{"q1": "confirmed"}'))
    assert sign_offs_of_period(session, 2026) == {world.assessment: (signed,)}
    assert sign_offs_of_period(session, 2025) == {}
    assert store.verify_trail(session) is None
    session.execute(text("UPDATE sign_off SET name = 'Somebody'"))
    assert store.verify_trail(session) is not None


def test_signed_off_verdicts_cannot_change_until_the_sign_off_is_revoked_with_a_reason(
    session: Session, world: World, submitted: int
) -> None:
    number, version = sign(session, world, submitted), store.determinations(session, world.assessment)["q1"].version
    change = VerdictEdit("q1", "not-shown", seen=version)
    for refused in (change, VerdictEdit("q2", "confirmed"), VerdictEdit("q1", "", seen=version)):
        with pytest.raises(store.SignedOff, match="Audun Auditor has signed off"):
            judge(session, world, submitted, refused)
    with pytest.raises(store.SignedOff):
        store.record_determination(session, world.assessment, "q2", verdict="confirmed", by=world.auditor.id, at=NOON)
    assert judge(session, world, submitted, VerdictEdit("q1", "confirmed")).is_saved  # nothing changes
    with pytest.raises(ValueError, match="reason"):
        revoke_sign_off(session, world.assessment, sign_off=number, why=" ", by=world.steward.id, at=NOON)
    revoke_sign_off(session, world.assessment, sign_off=number, why=" Page 4. ", by=world.steward.id, at=NOON)
    revoked = latest(session, world)
    assert (revoked.stands, revoked.revoked_by, revoked.revoked_why) == (False, "Stella", "Page 4.")
    assert revoked.card == '{"q1": "confirmed"}'
    assert judge(session, world, submitted, change).changed == 1
    [noted] = store.history(session, f"assessment/{world.assessment}/sign-off")
    assert (noted.what, noted.before, noted.after) == ("sign-off", f"sign-off/{number}", "revoked\nPage 4.")
    assert store.verify_trail(session) is None
    with pytest.raises(store.AlreadyDecided):
        revoke_sign_off(session, world.assessment, sign_off=number, why="Again.", by=world.steward.id, at=NOON)
    with pytest.raises(store.NotFound):
        revoke_sign_off(session, world.assessment, sign_off=99, why="x", by=world.steward.id, at=NOON)
    assert sign(session, world, submitted) > number


def test_a_review_that_changed_since_it_was_read_or_is_not_assigned_cannot_be_signed_off(
    session: Session, world: World, submitted: int
) -> None:
    read = seen(session, world)
    judge(session, world, submitted, VerdictEdit("q2", "not-shown"))
    with pytest.raises(store.SignOffRefused, match="verdicts were changed"):
        sign(session, world, submitted, read=read)
    hand_in(session, world.assessment, by=world.company.id, hours=1)
    with pytest.raises(store.SignOffRefused, match="submitted again"):
        sign(session, world, submitted)
    store.unassign_auditor(session, world.assessment, auditor=world.auditor.id, by=None, at=NOON)
    with pytest.raises(store.NotFound):
        sign(session, world, submitted)
    assert sign_offs_of(session, world.assessment) == ()


def test_a_sign_off_stays_with_its_submission_and_the_next_one_replaces_it(
    session: Session, world: World, submitted: int
) -> None:
    first = sign(session, world, submitted)
    open_reopening(session, world.assessment, reason="One answer was wrong.", by=world.steward.id, at=NOON)
    again = hand_in(session, world.assessment, by=world.company.id, hours=1)
    stays = latest(session, world)
    assert (stays.stands, stays.is_of_latest, stays.submission_number) == (True, False, 1)
    judge(session, world, again, VerdictEdit("q2", "not-shown"))
    sign(session, world, again)
    now, before = sign_offs_of(session, world.assessment)
    assert (now.stands, now.is_of_latest, now.submission_number) == (True, True, 2)
    assert (before.id, before.stands, before.replaced_by) == (first, False, 2)
    assert before.card == stays.card
    assert store.verify_trail(session) is None


def test_one_of_two_sign_offs_at_the_same_moment_is_refused(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        world = settle(session)
        number = judged(session, world)
        read = seen(session, world)
    ready, outcomes = Barrier(2), []

    def run() -> None:
        ready.wait()
        try:
            with Session(engine) as session, session.begin():
                sign(session, world, number, read=read)
            outcomes.append("signed")
        except store.AlreadyDecided:
            outcomes.append("refused")

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "signed"]
    with Session(engine) as session:
        assert len(sign_offs_of(session, world.assessment)) == 1
