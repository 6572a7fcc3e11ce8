"""The two cuts of `child-protection-2026`: what texts say, and what companies do."""

import pytest

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_cuts import narrow_to_document
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard

#: The most questions in a desk reading of one document, by kind.
BY_KIND = {
    "employees-code": 38,
    "supplier-code": 22,
    "safeguarding-policy": 41,
    "users-rules": 25,
    "human-rights-policy": 36,
    "other": 35,
}


@pytest.fixture(scope="module")
def code() -> Edition:
    return find_edition("child-protection-code-2026")


@pytest.fixture(scope="module")
def core() -> Edition:
    return find_edition("child-protection-core-2026")


def portion(edition: Edition, value: str) -> set[str]:
    return {q.id for q in edition.questions.values() if q.scored and q.lenses["portion"] == value}


def test_the_code_cut_has_exactly_the_questions_of_the_code_portion(edition: Edition, code: Edition) -> None:
    assert set(code.questions) == portion(edition, "code")
    assert len(code.questions) == 47 and len(code.requirements) == 38
    assert {question.lenses["aspect"] for question in code.questions.values()} == {"code"}


def test_the_core_cut_has_the_questions_of_the_core_and_the_company_s_countries(
    edition: Edition, core: Edition
) -> None:
    assert {q.id for q in core.questions.values() if q.scored} == portion(edition, "core")
    assert not [q.id for q in core.questions.values() if not q.scored and not q.id.startswith("about.")]


@pytest.mark.parametrize("cut", ["code", "core"])
def test_a_cut_leaves_out_the_requirements_of_which_it_asks_nothing(
    edition: Edition, cut: str, request: pytest.FixtureRequest
) -> None:
    made: Edition = request.getfixturevalue(cut)
    kept = {node.id for node in made.requirements}
    assert set(made.left_out) == {node.id for node in edition.requirements} - kept


def test_themes_and_weights_of_the_code_cut_are_those_tested_on_texts(code: Edition) -> None:
    weights = {node.id: node.weight for node in code.root.parts}
    assert weights == {
        "forbidden": 24, "labour": 10, "supply": 14, "binds": 16, "charge": 10, "prevention": 16, "reporting": 13,
        "response": 7, "remedy": 7, "account": 4,
    }  # fmt: skip
    critical = {node.id: node.critical for node in code.requirements if node.critical is not None}
    assert critical == {"r02": 0.4, "r03": 0.5, "r13": 0.3, "r35": 0.4, "r44": 0.4, "r42": 0.35, "r47": 0.3}


def test_every_kind_of_document_is_asked_what_it_can_contain(code: Edition) -> None:
    assert {kind: len(narrow_to_document(code, kind).questions) for kind in code.documents} == BY_KIND


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_text_silent_on_children_earns_nothing_whatever_general_machinery_it_has(code: Edition, kind: str) -> None:
    read = narrow_to_document(code, kind)
    everything = {
        question.id: tuple(option.id for option in question.options) if question.is_multiple_choice else "all"
        for question in read.questions.values()
        if question.is_multiple_choice
    }
    sheet = AnswerSheet("Example", {"size": "250-4999", "sector": "platform"}, everything | {"r02.text": "silent"})
    card = make_scorecard(compile_edition(read), sheet)
    assert card.overall.score == 0 and card.overall.band is not None and card.overall.band.id == "silent"


def test_a_rule_that_punishes_the_child_is_a_flag_that_earns_nothing(code: Edition) -> None:
    flag = code.questions["r51.text"].option("sanctions-child")
    assert flag is not None and flag.points == 0


def test_the_child_labour_line_of_a_supplier_code_opens_general_machinery_only_with_rules_on_young_workers(
    code: Edition,
) -> None:
    """6 points on child labour with a rule on young workers; or 9, as r41.text.b is not asked of employees’ codes."""
    labour = {"r02.text": "labour", "r41.text": ("ban", "minimum"), "r41.text.b": ("night",), "r33.text": ("all",)}

    def trained(kind: str, *rules: str) -> float | None:
        read = compile_edition(narrow_to_document(code, kind))
        answers = {i: a for i, a in (labour | {"r41.text": rules}).items() if i in read.edition.questions}
        card = make_scorecard(read, AnswerSheet("Example", {"size": "250-4999", "sector": "goods"}, answers))
        return card.nodes["r33"].score

    assert trained("supplier-code", "ban", "minimum") == pytest.approx(50)  # 2 of 4 points
    assert trained("employees-code", "ban", "minimum") == 0
    assert trained("employees-code", "ban", "minimum", "hazardous", "higher") == pytest.approx(50)
