"""Questions asked by choice do not affect the score shown, and have a separate score."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from compliance.cli import main
from compliance.improvement.plan import improve
from compliance.improvement.problem import Target
from compliance.questionnaire.answers_file import read_sheets
from compliance.questionnaire.edition import Edition, Node, weighs
from compliance.questionnaire.edition_cuts import KeptTerms, cut_edition, kept_questions
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.kept_scorecards import results_digest
from compliance.scoring.score import score
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.standing import by_choice_bounds
from compliance.web.database import store_engine
from compliance.web.edition_registry import newest_edition
from compliance.web.serving import preview_app
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.examples import examples
from tests.support.factories import sheet
from tests.support.guide import guide_file
from tests.support.random_editions import random_edition, random_sheet
from tests.support.reference_arithmetic import evaluate

PORTIONS = guide_file("portions-1.yaml")
randoms = st.randoms(use_true_random=False)


@pytest.fixture
def portions(tmp_path: Path) -> Edition:
    """The edition of the guide."""
    return loaded(tmp_path, PORTIONS)


def loaded(folder: Path, text: str) -> Edition:
    (folder / "portions-1.yaml").write_text(text, encoding="utf-8")
    return load_edition(folder / "portions-1.yaml")


# ── The main part


def test_the_main_part_is_the_same_edition_without_its_optional_questions(portions: Edition) -> None:
    asked_of_all = portions.main
    assert list(asked_of_all.questions) == ["channel.open", "channel.tried"]
    assert (asked_of_all.id, asked_of_all.digest) == (portions.id, portions.digest)
    assert asked_of_all.main is asked_of_all and portions.main is asked_of_all


def test_scorecards_of_the_whole_edition_and_of_its_main_part_are_stored_separately(portions: Edition) -> None:
    answers = sheet(portions)
    assert results_digest(portions, answers) != results_digest(portions.main, answers)


def test_an_edition_without_portions_is_its_own_main_part() -> None:
    edition = random_edition(Random(1))
    assert edition.main is edition


def test_the_optional_portions_are_part_of_the_digest_and_are_read_back(tmp_path: Path, portions: Edition) -> None:
    assert edition_from_canonical(portions.canonical).by_choice == {"portion": ("deeper",)}
    assert loaded(tmp_path, PORTIONS.replace("by_choice: {portion: deeper}\n", "")).digest != portions.digest


def test_the_calculations_of_the_guide_are_correct(portions: Edition) -> None:
    def overall(**answers: str | float) -> float | None:
        return make_scorecard(compile_edition(portions), sheet(**answers)).overall.score

    def beside(**answers: str | float) -> float | None:
        found = by_choice_bounds(portions, sheet(**answers))
        return found.score if found else None

    # (1 + 0.5)/2 = 0.75, with any answer to the question by choice, and without it
    for more in ({}, {"channel__heard": "yes"}, {"channel__heard": "no"}):
        assert overall(channel__open="yes", channel__tried=50.0, **more) == 75
    assert beside(channel__open="yes", channel__tried=50.0, channel__heard="yes") == 100
    assert overall(channel__open="no", channel__tried=50.0, channel__heard="yes") == 25
    assert beside(channel__open="no", channel__tried=50.0, channel__heard="yes") == 0  # its gate is closed


def test_an_edition_without_portions_has_no_separate_score_of_optional_questions() -> None:
    assert by_choice_bounds(random_edition(Random(1)), sheet()) is None


def test_only_chosen_portions_count_in_the_score_of_optional_questions(tmp_path: Path) -> None:
    text = PORTIONS.replace("[core, deeper]", "[core, deeper, more]").replace(
        "portion: deeper}\nparts", "portion: [deeper, more]}\nparts"
    )
    text += "      - {id: channel.more, portion: more, ask: Is there more?, options: yes-no}\n"
    edition, given = loaded(tmp_path, text), sheet(channel__open="yes", channel__heard="yes", channel__more="no")
    scores = [by_choice_bounds(edition, given, values=values) for values in (None, ["deeper"], ["more"], [])]
    assert [found.score if found else None for found in scores] == [50, 100, 0, None]


@given(randoms)
@examples(200)
def test_answers_to_optional_questions_change_no_score_of_the_main_part(rng: Random) -> None:
    edition = random_edition(rng, by_choice=True)
    chosen = random_sheet(rng, edition)
    kept = {question: answer for question, answer in chosen.answers.items() if question in edition.main.questions}
    compiled = compile_edition(edition)
    card, without = (make_scorecard(compiled, each) for each in (chosen, replace(chosen, answers=kept)))
    assert card.overall == without.overall and card.nodes == without.nodes and card.lenses == without.lenses
    assert card.gaps == without.gaps and card.cap == without.cap and card.asked == without.asked


@given(randoms)
@examples(200)
def test_the_main_part_has_the_same_scores_as_in_a_second_implementation(rng: Random) -> None:
    edition = random_edition(rng, by_choice=True)
    sheets = [replace(random_sheet(rng, edition), company=f"Example {number}") for number in range(3)]
    together = score(compile_edition(edition), sheets).results
    for number, each in enumerate(sheets):
        expected = evaluate(edition.main, each)
        assert set(expected) == set(together)
        for part, wanted in expected.items():
            result = together[part]
            found = [float(kind[number]) for kind in (result.score, result.worst, result.best, result.coverage)]
            np.testing.assert_allclose(found, [np.nan if w is None else w for w in wanted], rtol=0, atol=1e-12)


@given(randoms)
@examples(100)
def test_a_portion_is_scored_by_its_questions_alone_but_its_conditions_depend_on_all_answers(rng: Random) -> None:
    made = random_edition(rng, by_choice=True, blank="zero", rules=("mean",), limits=False)
    edition = replace(made, root=replace(made.root, min_coverage=None))
    given = random_sheet(rng, edition)
    of_question = {part: found[0] for part, found in evaluate(edition, given).items()}

    def mean(node: Node) -> float | None:
        """Return the weighted mean of the parts that have a share, with conditions of the whole edition."""
        parts = [(p.weight, mean(p) if isinstance(p, Node) else of_question[p.id]) for p in node.parts if weighs(p)]
        on = [(weight, share) for weight, share in parts if share is not None]
        return sum(weight * share for weight, share in on) / sum(weight for weight, _ in on) if on else None

    root, found = edition.chosen(), by_choice_bounds(edition, given)
    assert (root is None) == (found is None)
    if root is not None and found is not None:
        expected = mean(root)
        assert found.score == (None if expected is None else pytest.approx(100 * expected, abs=1e-9))


def test_answers_to_optional_questions_are_read_and_change_neither_workbook_nor_plan(portions: Edition) -> None:
    header = ["company", "channel.open", "channel.tried", "channel.heard"]
    compiled = compile_edition(portions)
    books, plans = [], []
    for heard in ("", "yes", "no"):
        (read,) = read_sheets(portions, header, [["Example 1", "yes", "50", heard]])
        assert read_sheets(portions.main, header, [["Example 1", "yes", "50", heard]])[0].answers.keys() == {
            "channel.open",
            "channel.tried",
        }
        books.append(scorecard_workbook(compiled, read, AssessmentMetadata()))
        plans.append(improve(compiled, read, Target(None, 90.0)).steps)
    assert books[0] == books[1] == books[2] and plans[0] == plans[1] == plans[2]


def test_a_form_and_the_pages_ask_only_the_main_part(tmp_path: Path, portions: Edition) -> None:
    form = tmp_path / "form.xlsx"
    result = CliRunner().invoke(main, ["xlsform", str(tmp_path / "portions-1.yaml"), "--out", str(form)])
    assert result.exit_code == 0, result.output
    names = {row[1] for row in openpyxl.load_workbook(form)["survey"].iter_rows(values_only=True)}
    assert "channel__open" in names and "channel__heard" not in names
    app = preview_app(tmp_path / "portions-1.yaml", tmp_path / "preview")
    with app.test_request_context():
        served = newest_edition()
        assert "channel.heard" not in served.edition.questions and "channel.heard" in served.complete.questions
    assert app.test_client().get("/method/channel").status_code == 200
    store_engine(app).dispose()


def test_a_cut_of_the_portion_alone_asks_it_of_everybody(tmp_path: Path) -> None:
    text = PORTIONS.replace(',\n         counts_when: {channel.open: "yes"}}', "}")
    edition = loaded(tmp_path, text)
    cut = cut_edition(edition, kept_questions(edition, KeptTerms({"portion": ("deeper",)})))
    assert not cut.by_choice and list(cut.main.questions) == ["channel.heard"]
    both = cut_edition(edition, {"channel.open", "channel.heard"})
    assert both.by_choice == edition.by_choice


# ── Faults


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        (
            "portion: deeper}\nparts",
            "portions: deeper}\nparts",
            3,
            "there is no lens `portions`; did you mean `portion`?",
        ),
        (
            "portion: deeper}\nparts",
            "portion: deepr}\nparts",
            3,
            "`deepr` is no value of the lens `portion` (core, deeper); did you mean `deeper`?",
        ),
        ("{portion: deeper}\nparts", "deeper\nparts", 3, "`by_choice` takes lenses with the values that are asked by"),
        (
            "portion: deeper}\nparts",
            "portion: [core, deeper]}\nparts",
            3,
            "nothing is left that everybody is asked: take a value out of `by_choice`",
        ),
        (
            'options: yes-no,\n         counts_when: {channel.open: "yes"}}',
            'options: yes-no}\n      - {id: late, portion: core, options: yes-no, asked_when: {channel.heard: "yes"}}',
            11,
            "`late` is asked of everybody and looks at `channel.heard`, which is asked by choice: ask both alike",
        ),
        (
            "parts:\n  - id: channel\n",
            "bands: [{id: low, from: 0}]\ncritical_cap: low\nparts:\n"
            "  - id: more\n    expects: More.\n    critical: 0.5\n"
            "    parts: [{id: more.one, portion: deeper, options: yes-no}]\n  - id: channel\n",
            9,
            "the critical requirement `more` has no scored question that everybody is asked: take one out of what is",
        ),
        (
            "by_choice",
            "form: quick\nby_choice",
            3,
            "a quick form asks everybody the same, one choice a question: it has",
        ),
    ],
)
def test_each_fault_is_reported_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    assert old in PORTIONS
    with pytest.raises(EditionFaults) as caught:
        loaded(tmp_path, PORTIONS.replace(old, new, 1))
    found = [str(fault) for fault in caught.value.faults]
    assert any(f"yaml:{line}: {expected}" in each for each in found), found
