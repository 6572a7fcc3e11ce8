"""A verdict counts only for the answer and the evidence on which it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import Adjusted
from compliance.store import AnswerEdit, Link, Quotation, SavedAnswer, VerdictEdit
from compliance.store.evidence import add_all_evidence, remove_evidence
from tests.support.examples import tries
from tests.support.stores import NOON, World, hand_in, made_edition, save

QUESTIONS = ("q1", "q2", "q3")
PIECES = (
    Quotation("Code of conduct", page="4", passage="No child works for us."),
    Quotation("Code of conduct", page="4", dated=date(2026, 1, 31)),
    Link("https://example.org/code", accessed=date(2026, 3, 1)),
)
SAID = (
    AnswerEdit("", "o1"),
    AnswerEdit("", "o2"),
    AnswerEdit("", "n/a", "We have none."),
    AnswerEdit("", "n/a", "We work in one country."),
    AnswerEdit("", "", word="not-known"),
    AnswerEdit("", "", word="elsewhere", title="Annual report"),
    AnswerEdit("", "", word="elsewhere", title="Code of conduct"),
    AnswerEdit("", ""),
)


@pytest.fixture
def assigned(session: Session, world: World) -> int:
    """The id of an assessment with one answer, submitted and assigned."""
    save(session, world, AnswerEdit("q1", "o1"))
    hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    return world.assessment


def say(session: Session, world: World, question: str, said: AnswerEdit) -> None:
    """Answer with the version that the page shows now."""
    kept = store.saved_answers(session, world.assessment).get(question)
    edit = AnswerEdit(question, said.text, said.reason, kept.version if kept else 0, "", said.word, said.title)
    assert not save(session, world, edit).conflicts


def judge(session: Session, world: World, edit: VerdictEdit) -> store.SavedVerdicts:
    latest = store.latest_submission(session, world.assessment)
    kept = store.determinations(session, world.assessment).get(edit.question)
    seen = VerdictEdit(edit.question, edit.verdict, edit.value, edit.comment, kept.version if kept else 0)
    return store.save_determinations(
        session, world.assessment, [seen], submission=latest.id, by=world.auditor.id, at=NOON
    )


def counting(session: Session, world: World) -> Mapping[str, object]:
    """Return the verdicts that count for the submission, and check that all functions that read them agree."""
    edition, latest = made_edition(), store.latest_submission(session, world.assessment)
    found = store.submitted_sheet(session, latest, edition).verdicts
    of_period = store.verdicts_of_period(session, 2026).get(world.assessment, ())
    assert store.claimed_sheet(latest, edition, of_period).verdicts == found
    judged = store.judged_sheets(session, [latest], lambda _one: edition)
    assert {number: sheet.verdicts for number, sheet in judged.items()} == ({world.assessment: found} if found else {})
    kept = store.verdicts_on(store.determinations(session, world.assessment), store.submitted_answers(latest))
    assert kept.keys() == found.keys()
    return found


def test_yesterdays_confirmation_does_not_confirm_todays_answer(session: Session, world: World, assigned: int) -> None:
    judge(session, world, VerdictEdit("q1", "confirmed"))
    say(session, world, "q1", AnswerEdit("", "o2"))
    assert counting(session, world) == {"q1": "confirmed"}  # the submission is still the one that was judged
    assert store.answer_sheet(session, assigned, made_edition(), on=NOON.date()).verdicts == {}
    hand_in(session, assigned, by=world.company.id)
    assert counting(session, world) == {}
    assert store.determinations(session, assigned)["q1"].verdict == "confirmed"  # it is stored, but does not count
    say(session, world, "q1", AnswerEdit("", "o1"))
    hand_in(session, assigned, by=world.company.id)
    assert counting(session, world) == {"q1": "confirmed"}  # the answer is the one that was judged


def test_an_unchanged_answer_keeps_its_verdict_whoever_submits_it_again_and_when(
    session: Session, world: World, assigned: int
) -> None:
    judge(session, world, VerdictEdit("q1", "confirmed"))
    say(session, world, "q1", AnswerEdit("", ""))
    edit = AnswerEdit("q1", "o1")
    store.save_answers(session, assigned, [edit], by=world.colleague.id, at=NOON + timedelta(days=3))
    hand_in(session, assigned, by=world.colleague.id, hours=100)
    assert counting(session, world) == {"q1": "confirmed"}


def test_a_verdict_counts_for_the_same_evidence_in_another_order_but_not_for_other_evidence(
    session: Session, world: World, assigned: int
) -> None:
    first, second = add_all_evidence(session, assigned, [("q1", PIECES[0]), ("q1", PIECES[2])], by=None, at=NOON)
    hand_in(session, assigned, by=None)
    judge(session, world, VerdictEdit("q1", "confirmed"))
    remove_evidence(session, assigned, first, by=None, at=NOON)
    hand_in(session, assigned, by=None)
    assert counting(session, world) == {}
    store.add_evidence(session, assigned, "q1", PIECES[0], by=None, at=NOON + timedelta(hours=1))
    hand_in(session, assigned, by=None)
    assert counting(session, world) == {"q1": "confirmed"}
    remove_evidence(session, assigned, second, by=None, at=NOON)
    hand_in(session, assigned, by=None)
    assert counting(session, world) == {}


def test_the_same_verdict_on_a_changed_answer_is_new_and_no_verdict_leaves_the_earlier_one(
    session: Session, world: World, assigned: int
) -> None:
    judge(session, world, VerdictEdit("q1", "confirmed"))
    say(session, world, "q1", AnswerEdit("", "o2"))
    hand_in(session, assigned, by=None)
    assert judge(session, world, VerdictEdit("q1", "")).changed == 0
    assert store.determinations(session, assigned)["q1"].verdict == "confirmed"
    assert judge(session, world, VerdictEdit("q1", "confirmed")).changed == 1
    assert judge(session, world, VerdictEdit("q1", "confirmed")).changed == 0
    assert counting(session, world) == {"q1": "confirmed"}


def test_a_verdict_from_before_digests_were_stored_still_counts(session: Session, world: World, assigned: int) -> None:
    judge(session, world, VerdictEdit("q1", "confirmed"))
    session.execute(text("UPDATE determination SET answer_digest = NULL"))
    say(session, world, "q1", AnswerEdit("", "o2"))
    hand_in(session, assigned, by=None)
    assert counting(session, world) == {"q1": "confirmed"}


def test_the_digest_of_an_answer_stays_what_it_was() -> None:
    # Digests are stored. If the function changed, no verdict given before would count any more.
    pieces = tuple(store.EvidenceItem(i, "q1", piece, "Ana", NOON) for i, piece in enumerate(PIECES))
    kept = SavedAnswer("q1", "n/a", "We have none.", 7, "Ana", NOON, pieces)
    assert store.answer_digest(kept) == "9b250b1c4300680913a0c2269cd83b9b56d801019bf36e579acf2a8d579a73da"
    blank = "2343cd595deaab602c8598999d3a77b467541606013a6c9b512880a4e6bf6f0b"
    assert store.answer_digest(None) == store.answer_digest(SavedAnswer("q2", "", "", 3, "Ben", NOON)) == blank


# ── Comparison with a model


@dataclass
class Model:
    """The answers of the draft and of the submission, and the verdicts with the answers that they are about."""

    draft: dict[str, AnswerEdit] = field(default_factory=dict)
    evidence: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # index in PIECES, and id
    submitted: dict[str, object] = field(default_factory=dict)
    verdicts: dict[str, tuple[str, object]] = field(default_factory=dict)

    def says(self, question: str) -> object:
        said = self.draft.get(question, AnswerEdit("", ""))
        pieces = sorted(piece for piece, _id in self.evidence.get(question, ()))
        return said.text, said.reason, said.word, said.title, tuple(pieces)

    def counting(self, said: Mapping[str, object]) -> dict[str, object]:
        found = {q: verdict for q, (verdict, on) in self.verdicts.items() if said[q] == on}
        return {q: Adjusted("o1") if verdict == "adjusted" else verdict for q, verdict in found.items()}


@pytest.mark.parametrize("seed", range(tries(40)))
def test_after_any_sequence_of_steps_only_verdicts_on_what_is_submitted_count(
    session: Session, world: World, assigned: int, seed: int
) -> None:
    draw, model = Random(seed), Model(draft={"q1": AnswerEdit("", "o1")})
    model.submitted = {question: model.says(question) for question in QUESTIONS}
    for _step in range(20):
        question = draw.choice(QUESTIONS)
        match draw.choice(("say", "say", "show", "take away", "submit", "submit", "judge", "judge", "judge")):
            case "say":
                said = draw.choice(SAID)
                say(session, world, question, said)
                model.draft[question] = said
            case "show":
                which = draw.randrange(len(PIECES))
                number = store.add_evidence(session, assigned, question, PIECES[which], by=None, at=NOON)
                model.evidence.setdefault(question, []).append((which, number))
            case "take away" if pieces := model.evidence.get(question):
                _piece, number = pieces.pop(draw.randrange(len(pieces)))
                remove_evidence(session, assigned, number, by=None, at=NOON)
            case "submit":
                hand_in(session, assigned, by=world.company.id, hours=_step)
                model.submitted = {one: model.says(one) for one in QUESTIONS}
            case "judge":
                verdict = draw.choice(("confirmed", "not-shown", "adjusted", ""))
                judge(session, world, VerdictEdit(question, verdict, "o1" if verdict == "adjusted" else ""))
                if verdict:
                    model.verdicts[question] = verdict, model.submitted[question]
                elif model.verdicts.get(question, ("", None))[1] == model.submitted[question]:
                    del model.verdicts[question]
        assert counting(session, world) == model.counting(model.submitted)
    draft = {question: model.says(question) for question in QUESTIONS}
    assert store.answer_sheet(session, assigned, made_edition(), on=NOON.date()).verdicts == model.counting(draft)
    assert store.determinations(session, assigned).keys() == model.verdicts.keys()
    assert store.verify_trail(session) is None
