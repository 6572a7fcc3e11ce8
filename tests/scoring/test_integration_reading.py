"""The reading of integration, from isolated to integrated: its rule, worked companies, and editions."""

from dataclasses import replace

import pytest

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.scoring.attribution import integration_of
from compliance.scoring.coded_answers import BASES
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.integration import Integration, IntegrationCell, Integrations
from compliance.scoring.question_outcomes import best_answer
from compliance.scoring.score import score
from compliance.scoring.scorecard import make_scorecard
from tests.support.factories import edition, node, one, sheet
from tests.support.paths import GOLDEN

LEVELS = ("pre-primary", "primary", "secondary", "tertiary")
#: Numbers of cells of the general form if all of it is asked, by level.
CELLS = dict(zip(LEVELS, (6, 6, 5, 5), strict=True))


def measures(joined: float | None, *filled: int) -> Integration:
    """Return a company with these numbers of filled cells at the levels of the general form."""
    cells = [
        IntegrationCell(level, f"audience {i}", 1.0 if i < full else 0.0)
        for (level, count), full in zip(CELLS.items(), filled, strict=True)
        for i in range(count)
    ]
    return Integration(tuple(cells), joined)


# ── The rule


def test_aster_has_started_at_most_levels_and_is_partly_joined() -> None:
    aster = measures((0.7 + 0.4 + 0.5 + 0.6) / 4, 1, 4, 2, 4)
    assert (aster.filled, len(aster.cells), aster.reading) == (11, 22, "partly-joined")
    assert aster.breadth == 0.5
    assert aster.late == pytest.approx(0.36, abs=0.005)
    assert aster.joined == pytest.approx(0.55)
    assert aster.levels == {"pre-primary": (1, 6), "primary": (4, 6), "secondary": (2, 5), "tertiary": (4, 5)}


def test_birch_acts_mostly_after_harm_and_is_reactive() -> None:
    birch = measures(0.30, 0, 1, 0, 4)
    assert (birch.filled, birch.reading) == (5, "reactive")
    assert birch.breadth == pytest.approx(0.23, abs=0.005)
    assert birch.late == pytest.approx(0.80)


def test_cedar_works_at_every_level_and_is_integrated() -> None:
    cedar = measures(0.65, 2, 5, 3, 4)
    assert (cedar.filled, cedar.reading) == (14, "integrated")
    assert cedar.breadth == pytest.approx(0.64, abs=0.005)
    assert cedar.late == pytest.approx(0.29, abs=0.005)


@pytest.mark.parametrize(
    ("joined", "filled", "expected"),
    [
        (0.6, (2, 5, 3, 4), "integrated"),
        (0.59, (2, 5, 3, 4), "partly-joined"),
        (0.65, (1, 6, 3, 4), "partly-joined"),  # root causes: 1 of 6 is below a third
        (0.65, (2, 4, 3, 4), "partly-joined"),  # 13 of 22 is below 0.6
        (None, (6, 6, 5, 5), "partly-joined"),  # no figure says that it is joined
        (None, (2, 2, 1, 1), "partly-joined"),
        (0.24, (2, 5, 3, 4), "isolated"),
        (0.25, (2, 5, 3, 4), "partly-joined"),
        (1.0, (1, 2, 1, 1), "isolated"),  # 5 of 22 is below a quarter
        (0.3, (1, 1, 2, 4), "partly-joined"),  # half is late, not more
        (0.1, (0, 1, 2, 4), "reactive"),  # comes before isolated
        (1.0, (0, 0, 0, 0), "isolated"),
    ],
)
def test_the_first_reading_whose_condition_is_met_applies(
    joined: float, filled: tuple[int, ...], expected: str
) -> None:
    assert measures(joined, *filled).reading == expected


def test_a_cell_is_filled_if_its_value_is_at_least_one_half() -> None:
    assert [IntegrationCell("primary", "staff", value).is_filled for value in (0.49, 0.5 - 1e-12, 0.5, 1.0)] == [
        False,
        True,
        True,
        True,
    ]


# ── From answers


def practice(question_id: str, level: str, audience: str, **keys: object) -> Edition:
    return one(question_id, lenses={"prevention": level, "audience": audience, "aspect": "practice"}, **keys)


def small(**keys: object) -> Edition:
    """Return an edition with three cells of practice, one of them of two questions, and a question of proof."""
    lenses = {"prevention": LEVELS, "audience": ("staff", "children"), "aspect": ("practice", "proof")}
    proof = {"prevention": "secondary", "audience": "staff", "aspect": "proof"}
    return edition(
        node("r1", practice("a", "primary", "staff"), practice("b", "primary", "staff", weight=3), expects="One."),
        node("r2", practice("c", "tertiary", "children", na="reason"), expects="Two."),
        node("r3", practice("d", "pre-primary", "staff"), one("e", lenses=proof), expects="Three."),
        **{"lenses": lenses, "joined": ("r1", "r3"), **keys},
    )


def read(made: Edition, given: AnswerSheet, basis: str = "claimed") -> Integrations:
    found = integration_of(score(compile_edition(made), [given], basis))
    assert found is not None
    return found


def test_the_value_of_a_cell_is_the_weighted_mean_of_its_questions_on_practice() -> None:
    now = read(small(), sheet(a="o1", b="o0", c="o1", d="o1", e="o0")).now
    assert now is not None
    assert now.cells == (
        IntegrationCell("pre-primary", "staff", 1.0),
        IntegrationCell("primary", "staff", 0.25),
        IntegrationCell("tertiary", "children", 1.0),
    )
    assert now.joined == pytest.approx((0.25 + 0.5) / 2)
    assert (now.filled, now.late, now.reading) == (2, 0.5, "partly-joined")


def test_a_question_that_is_not_applicable_has_no_cell_or_an_empty_one_in_the_worst_case() -> None:
    given = sheet(a="o1", b="o1", c=NotApplicable("there is none"), d="o1", e="o1")
    found = read(small(), given)
    assert found.now and found.worst and found.best
    assert found.now.levels == found.best.levels == {"pre-primary": (1, 1), "primary": (1, 1)}
    assert found.worst.levels == {"pre-primary": (1, 1), "primary": (1, 1), "tertiary": (0, 1)}
    assert (found.now.reading, found.worst.reading) == ("integrated", "partly-joined")


def test_blanks_widen_the_range_from_the_worst_to_the_best_reading() -> None:
    found = read(small(), sheet(a="o1", b="o1", d="o0"))
    assert found.now and found.worst and found.best
    assert found.now.filled == found.worst.filled == 1
    assert found.best.filled == 2
    assert found.best.joined == pytest.approx(0.75)


def test_practice_without_evidence_fills_no_evidenced_cell() -> None:
    given = sheet(a="o1", b="o1", c="o1", d="o1", e="o1")
    unproven = AnswerSheet(given.company, given.profile, given.answers)
    claimed, evidenced = read(small(), unproven).now, read(small(), unproven, "evidenced").now
    assert claimed and evidenced
    assert (claimed.reading, evidenced.reading, evidenced.filled) == ("integrated", "isolated", 0)


def test_without_a_score_there_is_no_reading() -> None:
    made = small(root={"min_coverage": 0.5})
    assert read(made, sheet()).now is None
    assert read(made, sheet(a="o1", b="o1", c="o1", d="o1", e="o1")).now is not None
    given = sheet(a="o1", b="o1", c="o1", d="o1", e="o1")
    assert read(small(), given, "verified").now is None, "no auditor has judged"


@pytest.mark.parametrize("without", [{"joined": ()}, {"lenses": {"aspect": ("practice", "proof")}}])
def test_an_edition_without_joined_requirements_or_an_audience_lens_has_no_reading(without: dict[str, object]) -> None:
    assert integration_of(score(compile_edition(small(**without)), [sheet(a="o1")])) is None


# ── Our edition


@pytest.fixture(scope="module")
def ours() -> Edition:
    return find_edition("child-protection-2026")


#: Numbers of cells of the practice questions of the core, by level.
OURS = dict(zip(LEVELS, (2, 5, 4, 4), strict=True))
#: Profile values with which questions of the general form are asked. Fields for modules are "no".
ASKED = {"size": "5000-up", "children": "in-care", **dict.fromkeys(("minors_served", "staff_travel"), "yes")}
ASKED |= dict.fromkeys(("consumer_marketing", "migrant_labour"), "yes")


def all_done(made: Edition) -> AnswerSheet:
    """Return the best answers to the whole general form."""
    about = {field.id: "no" if "no" in field.values else field.values[-1] for field in made.profile.values()}
    answers = {question.id: best_answer(question) for question in made.questions.values() if question.scored}
    return AnswerSheet("Example 01", {**about, **ASKED}, answers)


def test_a_company_that_does_everything_is_integrated(ours: Edition) -> None:
    card = make_scorecard(compile_edition(ours), all_done(ours))
    assert card.integration is not None and card.integration.now is not None
    now = card.integration.now
    assert (now.reading, now.filled, now.joined) == ("integrated", 15, 1.0)
    assert now.levels == {level: (cells, cells) for level, cells in OURS.items()}


def test_a_company_that_does_nothing_is_isolated(ours: Edition) -> None:
    full = all_done(ours)
    nothing = {
        i: min(ours.questions[i].options, key=lambda o: o.points).id
        for i in full.answers
        if ours.questions[i].kind == "one"
    }
    nothing |= {i: ("none",) for i in full.answers if ours.questions[i].kind == "many"}
    card = make_scorecard(compile_edition(ours), AnswerSheet("Example 02", full.profile, nothing))
    assert card.integration is not None and card.integration.now is not None
    assert (card.integration.now.reading, card.integration.now.filled) == ("isolated", 0)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("name", ["paper.csv", "deeds.csv"])
def test_the_reading_stands_between_its_worst_and_its_best(ours: Edition, name: str, basis: str) -> None:
    sheet = read_answers_csv(ours, GOLDEN / name)[0]
    judged = replace(sheet, verdicts=dict.fromkeys(sheet.answers, "confirmed"))
    found = read(ours, judged if basis == "verified" else sheet, basis)
    assert found.worst and found.best
    middle = found.now or found.worst
    assert found.worst.breadth <= middle.breadth <= found.best.breadth
    for level, (filled, cells) in middle.levels.items():
        assert filled / cells <= found.best.levels[level][0] / found.best.levels[level][1]


def test_without_any_verdict_there_is_no_verified_reading_nor_a_worst_or_best_one(ours: Edition) -> None:
    found = read(ours, read_answers_csv(ours, GOLDEN / "deeds.csv")[0], "verified")
    assert (found.now, found.worst, found.best) == (None, None, None)
