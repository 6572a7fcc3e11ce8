"""Kinds of questions: their table agrees with how answers are read and what editions may declare."""

from pathlib import Path

import pytest

from compliance.questionnaire.answer_parser import read_answer
from compliance.questionnaire.edition import Option, Question
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.vocabulary import KIND_FACTS, QUESTION_KINDS, QuestionKind

OPTIONS = (Option("a", 1.0, "A"), Option("b", 0.0, "B"))
EXAMPLES: dict[QuestionKind, str] = {
    "one": "a",
    "many": "a|b",
    "number": "12.5",
    "date": "2026-03-31",
    "text": "a",
    "countries": "KHM|THA",
    "places": "KHM|THA",
}
#: The options and whatever else a question of each kind needs.
PLACES = "[" + ", ".join(f"{{id: {i}, points: {n}}}" for n, i in enumerate(("none", "some", "most", "all"))) + "]"
NEEDS: dict[QuestionKind, str] = {"places": ", places: c"}


@pytest.mark.parametrize("kind", QUESTION_KINDS)
def test_an_answer_is_of_the_type_that_its_kind_says(kind: QuestionKind) -> None:
    question = Question("q", "Q?", kind, options=OPTIONS if KIND_FACTS[kind].has_options else ())
    answer = read_answer(question, EXAMPLES[kind])
    assert isinstance(answer, tuple) == KIND_FACTS[kind].takes_several
    assert isinstance(answer, float) == KIND_FACTS[kind].has_range


@pytest.mark.parametrize("kind", QUESTION_KINDS)
def test_an_edition_may_say_of_a_question_what_its_kind_allows(kind: QuestionKind, tmp_path: Path) -> None:
    facts = KIND_FACTS[kind]
    options = PLACES if facts.is_worked_out else "yes-no"
    for keys, is_allowed in (
        (f"options: {options}", facts.has_options),
        ("range: [0, 10]", facts.has_range),
        ("unit: persons", not facts.has_options),
    ):
        file = tmp_path / "edition.yaml"
        above = "  - {id: s, options: yes-no}\n  - {id: c, kind: countries}\n"
        file.write_text(f"id: e\nparts:\n{above}  - {{id: q, kind: {kind}, {keys}{NEEDS.get(kind, '')}}}\n")
        if is_allowed:
            assert load_edition(file).questions["q"].kind == kind
        else:
            with pytest.raises(EditionFaults, match=f"`kind: {kind}`"):
                load_edition(file)


@pytest.mark.parametrize("kind", QUESTION_KINDS)
def test_a_condition_compares_what_has_points_or_is_a_number(kind: QuestionKind, tmp_path: Path) -> None:
    file = tmp_path / "edition.yaml"
    listed = PLACES if KIND_FACTS[kind].is_worked_out else "yes-no"
    options = f", options: {listed}" if KIND_FACTS[kind].has_options else ""
    file.write_text(
        f"id: e\nparts:\n  - {{id: c, kind: countries}}\n  - {{id: q, kind: {kind}{options}{NEEDS.get(kind, '')}}}\n"
        "  - {id: s, options: yes-no, asked_when: {q: {at_least: 1}}}\n"
    )
    if KIND_FACTS[kind].is_comparable:
        assert load_edition(file).questions["s"].asked_when is not None
    else:
        with pytest.raises(EditionFaults, match="`q` has no number or points to compare"):
            load_edition(file)
