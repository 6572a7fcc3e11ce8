"""The steps of two readers and of the third, who decides, in any order, compared with a model of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy.orm import Session

from compliance.questionnaire.desk_reading import DeskAnswer
from compliance.store import NotFound
from compliance.store.desk_answers import (
    DeskPages,
    add_desk_passage,
    agreed_reading,
    all_desk_pages,
    finish_reading,
    remove_desk_passage,
    save_decisions,
    save_desk_answers,
)
from compliance.store.desk_readings import desk_reading
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.reading_documents import add_reading_document, readers_of_reading
from tests.support.desk import SUPPLIERS, begin_desk, passage, published, said
from tests.support.examples import tries
from tests.support.stores import NOON

PLACES = ("first", "second", "third")
VALUES = {"q1": ("o0", "o1", "o2", ""), "q2": ("o0", "o1", "none", "o0|o1", "")}
STEPS = ("answer",) * 8 + ("passage",) * 10 + ("finish",) * 5
#: The answers of one reader, by question: value, title, words searched, note.
Said = dict[str, tuple[str, str, str, str]]


@dataclass
class Model:
    """A model of what each reader may do, and of what is stored."""

    state: str = "reading"
    finished: set[str] = field(default_factory=set)
    answers: dict[str, Said] = field(default_factory=lambda: {place: {} for place in PLACES})
    passages: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {place: set() for place in PLACES})
    documents: int = 1

    def writes(self, place: str) -> bool:
        if place == "third":
            return self.state == "deciding"
        return self.state == "reading" and place not in self.finished

    def differing(self) -> list[str]:
        return [q for q in VALUES if self.compared("first", q) != self.compared("second", q)]

    def compared(self, place: str, question: str) -> set[str]:
        return set(self.answers[place][question][0].split("|"))

    def complete(self, place: str, question: str) -> bool:
        if question not in self.answers[place]:
            return False
        value, title, searched, _note = self.answers[place][question]
        if not value:
            return bool(title)
        if value in ("o0", "none") and not (question == "q2" and value == "o0"):
            return bool(searched)
        return any((question, option) in self.passages[place] for option in value.split("|"))


@pytest.mark.parametrize("seed", range(tries(30)))
def test_after_any_sequence_of_steps_what_is_stored_and_what_is_allowed_agree_with_the_model(
    session: Session, seed: int
) -> None:
    draw, model, desk = Random(seed), Model(), begin_desk(session)
    people = dict(zip(PLACES, (desk.first, desk.second, desk.third), strict=True))
    pages = _checked_pages(session, desk.reading, model)
    for step in range(90):
        place, question = draw.choice(PLACES), draw.choice(tuple(VALUES))
        who, what = people[place].id, draw.choice(STEPS if step > 25 else (*STEPS, "remove", "document"))
        before = session.begin_nested()
        refused = ""
        try:
            match what:
                case "answer":
                    there = pages[place].answers.get(SUPPLIERS, {}).get(question)
                    value = draw.choice(VALUES[question])
                    wanted = (value, "" if value else "Manual", draw.choice(("", "child")), draw.choice(("", "So.")))
                    edit = DeskAnswer(SUPPLIERS, question, *wanted[:3], note=wanted[3])
                    stale = there is not None and draw.random() < 0.2
                    edit = said(question, value, (there.version if there else 0) - stale, **_more(edit))
                    if place == "third":
                        conflicts = save_decisions(session, desk.reading, desk.asked, [edit], by=who, at=NOON)
                    else:
                        conflicts = save_desk_answers(session, desk.reading, [edit], by=who, at=NOON)
                    same = model.answers[place].get(question) == wanted
                    assert bool(conflicts) == (stale and not same)
                    if not conflicts:
                        model.answers[place][question] = wanted
                case "passage":
                    option = draw.choice(("o0", "o1", "o2"))
                    new = add_desk_passage(session, desk.reading, passage(desk, question, option), by=who, at=NOON)
                    assert new == ((question, option) not in model.passages[place])
                    model.passages[place].add((question, option))
                case "remove":
                    all_kept = [p for each in PLACES for p in pages[each].passages]
                    if all_kept:
                        one = draw.choice(all_kept)
                        remove_desk_passage(session, desk.reading, one.id, by=who, at=NOON)
                        if one.place == place:
                            model.passages[place].discard((one.question, one.option))
                case "finish":
                    missing = finish_reading(session, desk.reading, desk.asked, by=who, at=NOON)
                    complete = all(model.complete(place, each) for each in VALUES)
                    assert (missing == ()) == complete
                    if complete:
                        model.finished.add(place)
                        model.state = "deciding" if {"first", "second"} <= model.finished else "reading"
                case "document":
                    model.documents += 1
                    another = published(SUPPLIERS, f"{model.documents}-")
                    add_reading_document(session, desk.reading, another, by=who, at=NOON)
                    model.finished.clear()
        except (NotFound, ReadingMovedOn) as fault:
            refused = type(fault).__name__
        if refused:
            before.rollback()
            model.documents -= what == "document"
            assert not _allowed(model, what, place, question), (what, place, question, refused)
        else:
            before.commit()
        pages = _checked_pages(session, desk.reading, model)
        assert desk_reading(session, desk.reading).state == model.state
        found = {each for each, r in readers_of_reading(session, desk.reading).items() if r.finished_at}
        assert found == model.finished
    if model.state == "deciding":
        agreed = agreed_reading(session, desk.reading, desk.asked).kinds[SUPPLIERS]
        assert list(agreed.differences) == model.differing()
        assert agreed.answers.keys() >= VALUES.keys() - set(model.differing())


def _more(edit: DeskAnswer) -> dict[str, str]:
    return {"elsewhere": edit.elsewhere, "searched": edit.searched, "note": edit.note}


def _allowed(model: Model, what: str, place: str, question: str) -> bool:
    if what == "document":
        return model.state == "reading"
    if what == "finish":
        return place != "third" and model.writes(place)
    if what == "answer" and place == "third":
        return model.writes(place) and question in model.differing()
    return model.writes(place)


def _checked_pages(session: Session, reading: int, model: Model) -> Mapping[str, DeskPages]:
    """Compare the pages of all readers with the model, and return them."""
    pages = all_desk_pages(session, reading, PLACES)
    for place, kept in pages.items():
        told = {q: (a.value, a.elsewhere, a.searched, a.note) for q, a in kept.answers.get(SUPPLIERS, {}).items()}
        assert told == model.answers[place]
        assert {(each.question, each.option) for each in kept.passages} == model.passages[place]
    return pages
