"""The quick form asks twelve requirements of the full edition, with their law and weights, on one scale of answers."""

import pytest

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.support.avoided_terms import AVOIDED

ASKED = ("r02", "r03", "r07", "r13", "r17", "r20", "r23", "r33", "r87", "r39", "r42", "r44")


@pytest.fixture(scope="module")
def full(edition: Edition) -> Edition:
    return edition


def test_it_is_declared_as_a_quick_form(quick: Edition, full: Edition) -> None:
    assert (quick.form, full.form) == ("quick", "full")


def test_it_asks_twelve_requirements_with_one_question_each_in_this_order(quick: Edition) -> None:
    assert tuple(node.id for node in quick.requirements) == ASKED
    assert tuple(quick.questions) == tuple(f"{requirement}.quick" for requirement in ASKED)
    assert not quick.profile


def test_it_describes_requirements_as_the_full_edition_does(quick: Edition, full: Edition) -> None:
    for node in quick.requirements:
        there = full.nodes[node.id]
        for key in ("title", "expects", "law", "weight", "weight_reason", "effort", "closes", "critical"):
            assert getattr(node, key) == getattr(there, key), (node.id, key)
        assert dict(node.lenses) == {lens: there.lenses[lens] for lens in quick.lenses}, node.id


def test_lens_values_are_those_of_the_full_edition(quick: Edition, full: Edition) -> None:
    assert quick.lenses == {lens: full.lenses[lens] for lens in ("gap", "prevention", "demand", "audience")}
    assert set(full.lenses) - set(quick.lenses) == {"aspect", "subject", "portion"}, "each option is about all of these"


def test_every_question_has_the_same_options_and_a_plan_counts_as_nothing(quick: Edition) -> None:
    ladders = {tuple((o.id, o.points, o.text) for o in q.options) for q in quick.questions.values()}
    assert [(option, points) for option, points, _ in ladders.pop()] == [
        ("none", 0), ("written", 2), ("some", 6), ("all", 10),
    ]  # fmt: skip
    assert not ladders
    for question in quick.questions.values():
        assert question.kind == "one" and question.na == "never" and question.full == 10
        assert question.options[0].text.endswith("or have only planned it."), "plans do not count"


def test_a_question_is_short_and_uses_no_avoided_word(quick: Edition) -> None:
    for question in quick.questions.values():
        assert question.ask.endswith("?") and len(question.ask.split()) <= 25, question.id
        assert not AVOIDED.search(question.ask + question.help), question.id


def test_a_text_alone_meets_no_critical_requirement(quick: Edition) -> None:
    compiled = compile_edition(quick)
    critical = {node.id for node in quick.requirements if node.critical is not None}
    assert critical == {"r02", "r03", "r07", "r13", "r17", "r42", "r44"}
    on_paper, in_part = (
        make_scorecard(compiled, AnswerSheet("", {}, dict.fromkeys(quick.questions, line)))
        for line in ("written", "some")
    )
    assert {node.id for node in on_paper.failed} == critical
    assert not in_part.failed and in_part.cap is None


def test_no_band_has_the_name_of_one_in_the_full_edition(quick: Edition, full: Edition) -> None:
    assert not {band.title for band in quick.bands} & {band.title for band in full.bands}
    assert not {band.id for band in quick.bands} & {band.id for band in full.bands}
