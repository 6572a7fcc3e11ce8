"""Words on blanks are stored with the title of a document, frozen by a submission, and noted in the trail."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import BlankWord
from compliance.store import AnswerEdit
from tests.support.stores import NOON, World, hand_in, made_edition, save


@pytest.mark.parametrize("title", ["", "Supplier code 2025", "=1+1 | “a”; b: c", "سياسة حماية الطفل", "x" * 4000])
def test_a_reason_of_a_blank_is_stored_and_submitted_with_the_title_of_its_document(
    session: Session, world: World, title: str
) -> None:
    save(session, world, AnswerEdit("q1", "", word="elsewhere", title=title))
    kept = store.saved_answers(session, world.assessment)["q1"]
    assert (kept.text, kept.word, kept.title) == ("", "elsewhere", title)
    (noted,) = store.history(session, store.answer_subject(world.assessment, "q1"))
    assert noted.after == (f"blank:elsewhere: {title}" if title else "blank:elsewhere")
    now = store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date())
    assert now.words == {"q1": BlankWord("elsewhere", title)} and now.answers == {}
    frozen = store.submission(session, hand_in(session, world.assessment, by=world.company.id))
    assert store.submitted_answers(frozen)["q1"] == kept
    assert store.submitted_sheet(session, frozen, made_edition()).words == now.words


def test_another_title_is_another_answer_and_an_answer_or_another_reason_removes_the_title(
    session: Session, world: World
) -> None:
    seen = save(session, world, AnswerEdit("q1", "", word="elsewhere", title="Supplier code")).versions["q1"]
    (conflict,) = save(session, world, AnswerEdit("q1", "", word="elsewhere", title="Child policy")).conflicts
    assert (conflict.kept.title, conflict.wanted.title) == ("Supplier code", "Child policy")
    seen = save(session, world, AnswerEdit("q1", "", word="not-known", title="Child policy", seen=seen)).versions["q1"]
    assert store.saved_answers(session, world.assessment)["q1"].title == ""
    save(session, world, AnswerEdit("q1", "o1", title="Child policy", seen=seen))
    assert store.saved_answers(session, world.assessment)["q1"].title == ""
    told = [(seen.before, seen.after) for seen in store.history(session, store.answer_subject(world.assessment, "q1"))]
    assert told == [
        ("", "blank:elsewhere: Supplier code"),
        ("blank:elsewhere: Supplier code", "blank:not-known"),
        ("blank:not-known", "o1"),
    ]


def test_the_database_refuses_a_title_without_the_reason_that_it_belongs_to(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "", word="not-known"))
    session.commit()
    with pytest.raises(DBAPIError, match="ck_answer_title"):
        session.execute(text("UPDATE answer SET title = 'Supplier code'"))
    session.rollback()
