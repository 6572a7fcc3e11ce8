"""The relevance of a form becomes a condition if possible, and is otherwise listed with the reason."""

from pathlib import Path

import pytest

from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Not, Predicate
from tests.support.xlsforms import imported, survey, workbook

SAID = {
    "${one} = 'a'": Predicate("one", ("a",)),
    "'a' = ${one}": Predicate("one", ("a",)),
    "selected(${one}, 'a')": Predicate("one", ("a",)),
    "${one} = ‘a’": Predicate("one", ("a",)),
    "${one} = 'a' or ${one} = \"b\"": Predicate("one", ("a", "b")),
    "${many} != '' and not(selected(${many}, 'a'))": Not(Predicate("many", ("a",))),
    "${number} >= 5": Predicate("number", at_least=5),
    "${whole} > 5": Predicate("whole", at_least=6),
    "${number} < 5.5": Not(Predicate("number", at_least=5.5)),
    "${number} = 5": Predicate("number", ("5",)),
    "(${one} = 'a' and ${number} >= 1) or selected(${many}, 'b')": AnyOf(
        (AllOf((Predicate("one", ("a",)), Predicate("number", at_least=1))), Predicate("many", ("b",)))
    ),
    "string-length(${one}) > 0": Predicate("one", ("a", "b")),
    "count-selected(${many}) >= 1": Predicate("many", ("a", "b", "none")),
    "if(selected(${many}, 'a'), 1, 0) + if(selected(${many}, 'b'), 2, 0) >= 2": Predicate("many", at_least=2),
    "true()": None,
}


@pytest.mark.parametrize("written", SAID)
def test_what_a_condition_can_express_is_carried_over(written: str, tmp_path: Path) -> None:
    made, said = imported(relevant_form(tmp_path, written), tmp_path)
    assert made.questions["last"].asked_when == SAID[written]
    assert "relevance" not in said


UNSAID = {
    "${number} > 5.5": "needs a whole number",
    "${one} = 'c'": "`c` is none of the choices of `one`",
    "${one} = ''": "no condition asks for a blank",
    "${text} != ''": "cannot say that `text` is answered",
    "${many} = 'a'": "only `selected()` is understood",
    "count-selected(${many}) > 1": "a condition compares one question with one value",
    "${number} + 1 > 2": "`+` is not understood",
    "if(selected(${many}, 'a'), 1, 0) >= 1": "a condition compares all points of `many`, with `>=` and a number",
    "if(selected(${many}, 'a'), 1, 0) + if(selected(${many}, 'b'), 3, 0) >= 3": "compares all points of `many`",
    "if(selected(${many}, 'a'), 1, 0) + if(selected(${many}, 'b'), 2, 0) > 2": "compares all points of `many`",
    "if(${one} = 'a', 1, 0) >= 1": "`if` is not understood but in a sum of points",
    "if(selected(${many}, 'a'), 'yes', 0) >= 1": "`if` is not understood but in a sum of points",
    "${number} >= 'many'": "`many` is no number, as `number` is",
    "${number} >= 'inf'": "`inf` is no number, as `number` is",
    "${number} = 'nan'": "`nan` is no number, as `number` is",
    "${one} = ${text}": "a condition compares one question with one value",
    "today() > ${date}": "a condition compares one question with one value",
    "${date} > '2026-01-01'": "compare only numbers with `>`",
    "${after} = 'x'": "`after` stands further down",
    "${one} = 'a' and ${one} = 'b'": "this can never hold",
    "coalesce(${one}, 'a')": "conditions have no `coalesce()`",
    "../one = 'a'": "`.` is not understood",
}


@pytest.mark.parametrize("written", UNSAID)
def test_inexpressible_relevance_is_listed_with_a_reason_and_its_question_is_always_asked(
    written: str, tmp_path: Path
) -> None:
    made, said = imported(relevant_form(tmp_path, written), tmp_path)
    assert made.questions["last"].asked_when is None
    assert f"survey, row 8: the relevance `{written}`, as " in said
    assert UNSAID[written] in said


@pytest.mark.parametrize("written", ["${one} != 'a'", "not(${one} = 'a')", "not(selected(${one}, 'a'))"])
def test_a_condition_that_treats_blanks_differently_from_the_form_is_reported(written: str, tmp_path: Path) -> None:
    made, said = imported(relevant_form(tmp_path, written), tmp_path)
    assert made.questions["last"].asked_when == Not(Predicate("one", ("a",)))
    assert "while `one` is blank, the form shows it; here it is not asked until then" in said


def test_a_negation_about_a_question_that_may_not_be_asked_still_requires_an_answer(tmp_path: Path) -> None:
    rows = ("select_one ab|one|One", "select_one ab|two|Two|${one} = 'a'", "integer|number|Number|${one} = 'a'",
            "text|x|X|${two} != '' and not(${two} = 'a')", "text|y|Y|${number} < 5")  # fmt: skip
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": survey(*rows), "choices": CHOICES}), tmp_path)
    assert made.questions["x"].asked_when == AllOf((Predicate("two", ("a", "b")), Not(Predicate("two", ("a",)))))
    assert made.questions["y"].asked_when == Not(Predicate("number", at_least=5))
    assert "where `number` is not asked, the form does not show it; here it is asked" in said
    assert "`two` is" not in said


def test_relevance_that_depends_on_a_repeat_or_a_map_location_is_left_out_with_the_reason(tmp_path: Path) -> None:
    rows = ("begin_repeat|r|R", "integer|age|Age", "end_repeat", "geopoint|place|Place", "text|x|X|sum(${age}) > 5",
            "text|y|Y|${age} > 5", "text|z|Z|${place} != 'x'")  # fmt: skip
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": survey(*rows)}), tmp_path)
    assert {question.id: question.asked_when for question in made.questions.values()} == dict.fromkeys("xyz")
    assert "asked_when" not in (tmp_path / "draft-1" / "edition.yaml").read_text(encoding="utf-8")
    assert "`sum(${age}) > 5`, as a condition compares one question with one value" in said
    assert "`${age} > 5`, as `age` is in a repeat, which is not carried" in said
    assert "`${place} != 'x'`, as `place` is a place on a map, which is not carried" in said


CHOICES = [row.split("|") for row in ("list_name|name|label|points", "ab|a|A|1", "ab|b|B|2")]


def relevant_form(folder: Path, written: str) -> Path:
    rows = ("select_one ab|one|One", "select_multiple ab|many|Many", "decimal|number|Number", "integer|whole|Whole",
            "text|text|Text", "date|date|Date", f"text|last|Last|{written}", "text|after|After")  # fmt: skip
    return workbook(folder / "form.xlsx", {"survey": survey(*rows), "choices": CHOICES})
