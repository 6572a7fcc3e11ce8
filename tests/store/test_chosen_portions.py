"""Portions that a company chooses are stored with the assessment, frozen by a submission, and noted in the trail."""

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from tests.support.stores import NOON, World, hand_in, save


def choose(session: Session, world: World, *portions: str) -> bool:
    changed = store.choose_portions(session, world.assessment, portions, by=world.company.id, at=NOON)
    session.commit()
    return changed


def test_a_new_assessment_has_no_chosen_portions(session: Session, world: World) -> None:
    assert store.assessment(session, world.assessment).chosen_portions == ""


def test_a_choice_can_be_made_and_withdrawn_and_the_trail_has_the_portions_before_and_after(
    session: Session, world: World
) -> None:
    assert choose(session, world, "deeper", "law")
    assert store.assessment(session, world.assessment).chosen_portions == "deeper|law"
    assert choose(session, world)
    assert store.chosen_portions(session, world.assessment) == ""
    noted = store.history(session, f"assessment/{world.assessment}/portions")
    assert [(e.what, e.before, e.after, e.who) for e in noted] == [
        ("portions", "", "deeper|law", world.company.id),
        ("portions", "deeper|law", "", world.company.id),
    ]
    assert store.verify_trail(session) is None


def test_the_same_choice_again_changes_nothing_and_is_not_noted(session: Session, world: World) -> None:
    choose(session, world, "deeper")
    assert not choose(session, world, "deeper")
    assert len(store.history(session, f"assessment/{world.assessment}/portions")) == 1


def test_taking_a_choice_back_keeps_the_answers(session: Session, world: World) -> None:
    choose(session, world, "deeper")
    save(session, world, AnswerEdit("q1", "o1"))
    choose(session, world)
    assert store.saved_answers(session, world.assessment)["q1"].text == "o1"


def test_a_submission_keeps_what_was_chosen_on_its_day(session: Session, world: World) -> None:
    first = hand_in(session, world.assessment, by=world.company.id)
    choose(session, world, "deeper")
    second = hand_in(session, world.assessment, by=world.company.id)
    choose(session, world)
    session.commit()
    chosen = [store.submission(session, number).chosen_portions for number in (first, second)]
    assert chosen == [None, "deeper"]
    assert store.verify_trail(session) is None


def test_portions_cannot_be_chosen_once_the_period_is_closed(session: Session, world: World) -> None:
    choose(session, world, "deeper")
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: "{}")
    session.commit()
    with pytest.raises(store.PeriodClosed):
        choose(session, world)
    session.rollback()
    assert store.chosen_portions(session, world.assessment) == "deeper"


def test_portions_cannot_be_chosen_for_an_assessment_that_does_not_exist(session: Session, world: World) -> None:
    with pytest.raises(store.NotFound):
        store.choose_portions(session, 999, ["deeper"], by=None, at=NOON)
