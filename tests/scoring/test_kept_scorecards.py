"""Stored scorecards are read back unchanged, and found only while everything that they depend on is unchanged."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest

from compliance.questionnaire.answers import Adjusted, AnswerSheet, BlankWord
from compliance.scoring import kept_scorecards
from compliance.scoring.coded_answers import BASES
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.kept_scorecards import results_digest, scorecards_from_json, scorecards_to_json
from compliance.scoring.scorecard import make_scorecard
from tests.support.examples import tries
from tests.support.random_editions import random_edition, random_sheet


def judged(rng: Random, sheet: AnswerSheet) -> AnswerSheet:
    given = {i: rng.choice(["confirmed", "not-shown", Adjusted(answer)]) for i, answer in sheet.answers.items()}
    return replace(sheet, verdicts={i: verdict for i, verdict in given.items() if rng.random() < 0.5})


@pytest.mark.parametrize("seed", range(tries(60)))
def test_stored_scorecards_are_read_back_unchanged(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    compiled, sheet = compile_edition(made), judged(rng, random_sheet(rng, made))
    cards = tuple(make_scorecard(compiled, sheet, basis) for basis in BASES)
    assert scorecards_from_json(compiled.edition, sheet, scorecards_to_json(cards)) == cards


@pytest.mark.parametrize("seed", range(tries(40)))
def test_any_change_of_answers_verdicts_evidence_or_profile_changes_the_digest(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    sheet = judged(rng, random_sheet(rng, made, not_applicable=0.1))
    digests = [results_digest(made, each) for each in (sheet, *changed(sheet))]
    assert len(set(digests)) == len(digests) >= 3


def changed(sheet: AnswerSheet) -> list[AnswerSheet]:
    """Return copies of the sheet, each without another one of its parts, and one with another profile field."""

    def less(of: Mapping[str, object]) -> list[dict[str, object]]:
        return [{key: of[key] for key in of if key != gone} for gone in of]

    found = [replace(sheet, answers=answers) for answers in less(sheet.answers)]
    found += [replace(sheet, verdicts=verdicts) for verdicts in less(sheet.verdicts)]
    found += [replace(sheet, evidenced=sheet.evidenced - {gone}) for gone in sheet.evidenced]
    return [*found, replace(sheet, profile={**sheet.profile, "more": "1"})]


def test_an_adjusted_answer_named_confirmed_is_not_mistaken_for_the_verdict() -> None:
    made = random_edition(Random(1))
    one, other = AnswerSheet(verdicts={"q": "confirmed"}), AnswerSheet(verdicts={"q": Adjusted("confirmed")})
    assert results_digest(made, one) != results_digest(made, other)


def test_company_names_reasons_of_blanks_and_the_order_of_answers_do_not_change_the_digest() -> None:
    made = random_edition(Random(1))
    sheet = AnswerSheet(
        "One", {"a": "x", "b": 1.0}, {"q1": "yes", "q2": ("a", "b")}, words={"q3": BlankWord("not-known")}
    )
    same = AnswerSheet("Other", {"b": 1.0, "a": "x"}, {"q2": ("a", "b"), "q1": "yes"})
    assert results_digest(made, sheet) == results_digest(made, same)


def test_changed_code_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    made, sheet = random_edition(Random(1)), AnswerSheet()
    before = results_digest(made, sheet)
    monkeypatch.setattr(kept_scorecards, "_code_digest", lambda: "another")
    assert results_digest(made, sheet) != before
