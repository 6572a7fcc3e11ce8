"""Comments on questions are saved once, withdrawn by their authors, and vouched for by the trail without words."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from compliance.store.audit_trail import text_digest
from compliance.store.comments import (
    MAX_COMMENT_LENGTH,
    add_comments,
    comment_counts,
    comments_on,
    latest_comments,
    withdraw_comment,
)
from tests.support.stores import NOON, World, hand_in, save

NAUGHTY = (
    "\0",
    "null",
    "=1+1",
    "<script>alert(1)</script>",
    "'; DROP TABLE question_comment; --",
    "‮سري‬",
    "👩‍👧 🏳️‍🌈",
    "\ufdd0a\ud800b",
)


def write(session: Session, world: World, *written: tuple[str, str], by: store.Member | None = None) -> tuple[int, ...]:
    return add_comments(session, world.assessment, written, by=(by or world.company).id, at=NOON)


def test_comments_have_an_author_and_a_time_and_the_latest_comes_first(session: Session, world: World) -> None:
    write(session, world, ("q1", " Legal has the list.\n"), ("q2", "Which year?"))
    write(session, world, ("q1", "Got it."), by=world.colleague)
    found = comments_on(session, world.assessment, "q1", most=9)
    assert [(c.text, c.name, c.at) for c in found] == [("Got it.", "Ben", NOON), ("Legal has the list.", "Ana", NOON)]
    assert comment_counts(session, world.assessment) == {"q1": 2, "q2": 1}
    assert comments_on(session, world.assessment, "q1", most=9, before=found[0].id) == found[1:]
    latest = latest_comments(session, world.assessment, ["q1", "q2", "q3"], most=1)
    assert {q: [c.text for c in found] for q, found in latest.items()} == {"q1": ["Got it."], "q2": ["Which year?"]}


def test_a_form_sent_twice_adds_one_comment_and_another_person_may_add_the_same(session: Session, world: World) -> None:
    first = write(session, world, ("q1", "Ask Legal."))
    assert write(session, world, ("q1", "Ask Legal. ")) == first
    assert write(session, world, ("q1", "Ask Legal."), by=world.colleague) != first
    assert comment_counts(session, world.assessment) == {"q1": 2}


def test_only_the_author_can_withdraw_a_comment_and_its_text_is_then_deleted(session: Session, world: World) -> None:
    [number] = write(session, world, ("q1", "The child is called …"))
    with pytest.raises(store.NotFound):
        withdraw_comment(session, world.assessment, number, by=world.colleague.id, at=NOON)
    with pytest.raises(store.NotFound):
        withdraw_comment(session, world.assessment + 1, number, by=world.company.id, at=NOON)
    later = NOON + timedelta(hours=1)
    for _ in range(2):  # the button pressed twice
        assert withdraw_comment(session, world.assessment, number, by=world.company.id, at=later) == "q1"
    [left] = comments_on(session, world.assessment, "q1", most=9)
    assert (left.text, left.name, left.withdrawn_at) == ("", "Ana", later)
    assert comment_counts(session, world.assessment) == {}
    assert write(session, world, ("q1", "The child is called …")) != (number,), "it can be said anew"


def test_the_trail_vouches_for_the_words_and_does_not_keep_them(session: Session, world: World) -> None:
    [number] = write(session, world, ("q1", "Sørensen knows."))
    withdraw_comment(session, world.assessment, number, by=world.company.id, at=NOON)
    told = store.history(session, f"assessment/{world.assessment}/comment/q1")
    vouched = f"{number}: {text_digest('Sørensen knows.')}"
    assert [(e.what, e.before, e.after) for e in told] == [("comment", "", vouched), ("comment", vouched, "")]
    assert store.verify_trail(session) is None


@pytest.mark.parametrize("words", NAUGHTY)
def test_any_text_is_read_back_unchanged_except_for_characters_that_no_database_keeps(
    session: Session, world: World, words: str
) -> None:
    write(session, world, ("q1", words))
    session.commit()
    kept = [c.text for c in comments_on(session, world.assessment, "q1", most=9)]
    cleaned = words.replace("\0", "").replace("\ufdd0", "").replace("\ud800", "")
    assert kept == ([cleaned] if cleaned else [])


def test_a_comment_has_a_maximum_length(session: Session, world: World) -> None:
    write(session, world, ("q1", "x" * MAX_COMMENT_LENGTH))
    with pytest.raises(ValueError, match="at most 2000"):
        write(session, world, ("q1", "x" * (MAX_COMMENT_LENGTH + 1)))


def test_in_a_closed_period_comments_can_be_withdrawn_but_not_added(session: Session, world: World) -> None:
    [number] = write(session, world, ("q1", "Ask Legal."))
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: "{}")
    with pytest.raises(store.PeriodClosed):
        write(session, world, ("q1", "Too late."))
    withdraw_comment(session, world.assessment, number, by=world.company.id, at=NOON)
    assert comment_counts(session, world.assessment) == {}


def test_comments_are_not_part_of_a_submission(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    write(session, world, ("q1", "Sørensen knows."))
    frozen = store.submission(session, hand_in(session, world.assessment, by=world.company.id))
    assert "rensen" not in frozen.sheet + frozen.scores
