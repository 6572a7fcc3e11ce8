"""Prerequisites, minimum standards of bands, deductions and alternative paths, worked by hand."""

from dataclasses import replace

import pytest

from compliance.improvement.plan import improve
from compliance.improvement.problem import band_target
from compliance.narrative.score_explanation import worked_example_lines
from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition_folder import canonical_json
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.scoring.attribution import losses
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import SCORE, rounded
from compliance.scoring.score import score
from compliance.scoring.scorecard import Scorecard, make_scorecard
from compliance.scoring.serialisation import submission_json_writer
from compliance.scoring.standing import record_from_json
from compliance.scoring.worked_example import explain
from tests.support.paths import EDITIONS

BREEAM, CEI, LEED = (
    compile_edition(load_edition(EDITIONS / f"{name}-like.yaml")) for name in ("breeam", "cei", "leed")
)
#: The score is (3 · s + 1 · w)/4, where s is the share of 10 credits and w the share of water that is met.
TIMBER = {"timber": "yes"}
ALL_BUT_ENERGY = TIMBER | {"light": "yes", "leaks": "yes", "meters": "yes"}


def card(compiled: object, answers: dict[str, Answer]) -> Scorecard:
    return make_scorecard(compiled, AnswerSheet("Example", {}, answers))  # type: ignore[arg-type]


def shown(found: Scorecard) -> tuple[float | None, str]:
    points = found.overall.score
    return None if points is None else rounded(points, 0), found.overall.band.id if found.overall.band else ""


@pytest.mark.parametrize(
    ("credits", "answers", "points", "band"),
    [
        ("c9", ALL_BUT_ENERGY, 100, "outstanding"),
        ("c6", ALL_BUT_ENERGY, 78, "excellent"),  # (3 · 0.7 + 1)/4 = 0.775
        ("c5", ALL_BUT_ENERGY, 70, "excellent"),  # (3 · 0.6 + 1)/4 = 0.7, and 5 of the 4 credits needed
        ("c9", ALL_BUT_ENERGY | {"leaks": "no", "meters": "no"}, 75, "excellent"),  # (3 · 1 + 0)/4
        ("c9", ALL_BUT_ENERGY | {"timber": "no"}, 100, "unclassified"),  # a prerequisite, which earns nothing
        ("c9", {key: value for key, value in ALL_BUT_ENERGY.items() if key != "timber"}, 100, "unclassified"),  # blank
    ],
)
def test_a_rating_needs_its_points_and_its_minimum_standards(
    credits: str, answers: dict[str, Answer], points: float, band: str
) -> None:
    assert shown(card(BREEAM, {**answers, "ene01": credits})) == (points, band)


def held_at_very_good() -> dict[str, Answer]:
    """Return answers with three credits for energy, one too few for Excellent, for an edition with halved bands."""
    return {**ALL_BUT_ENERGY, "ene01": "c3"}


def test_a_minimum_standard_that_is_not_met_limits_the_band_and_is_named() -> None:
    easier = replace(BREEAM.edition, bands=tuple(replace(b, at=b.at / 2) for b in BREEAM.edition.bands))
    found = card(compile_edition(easier), held_at_very_good())  # (3 · 0.4 + 1)/4 = 0.55, Outstanding from 42.5
    assert shown(found) == (55, "very-good")
    assert found.cap is not None
    assert (found.cap.by_points.id, [s.band.id for s in found.cap.unmet if s.band]) == (
        "outstanding", ["excellent", "outstanding"],
    )  # fmt: skip
    said = worked_example_lines(explain(compile_edition(easier), found.sheet))[-1].said
    assert "Excellent requires 4 points of “How many credits for the use of energy?”, which reaches 3 points" in said
    record = record_from_json(submission_json_writer(compile_edition(easier))(found.sheet))
    assert record["claimed"]["by_points"] == "outstanding"


def test_a_blank_prerequisite_is_unmet_for_the_score_and_open_for_the_interval() -> None:
    found = card(BREEAM, {"ene01": "c9", "light": "yes", "leaks": "yes", "meters": "yes"})
    assert [band.id for band in found.overall.bands if band] == ["unclassified", "unclassified", "outstanding"]
    assert [part.id for part in found.failed] == ["timber"]
    assert found.questions["timber"].weight == 0


def test_a_plan_for_a_higher_band_also_meets_prerequisites_and_minimum_standards() -> None:
    easier = compile_edition(
        replace(BREEAM.edition, bands=tuple(replace(b, at=b.at / 2) for b in BREEAM.edition.bands))
    )
    sheet = AnswerSheet("Example", {}, held_at_very_good() | {"timber": "no"})
    plan = improve(easier, sheet, band_target(easier.edition, 4))  # there are already enough points for Outstanding
    assert plan.is_reached and plan.is_exact
    assert plan.after.band is not None and plan.after.band.id == "excellent"
    assert plan.change == {"timber": "yes", "ene01": "c4"}
    assert all(step.lifts_critical for step in plan.steps)
    searched = replace(easier.edition, blank="drop")  # without a linear program, the search finds the same plan
    assert improve(compile_edition(searched), sheet, band_target(searched, 4)).change == plan.change


@pytest.mark.parametrize(
    ("answers", "points", "band"),
    [
        ({"protection": "yes", "benefits": "yes", "culture": "yes", "public": "yes", "breach": "clean"}, 100, "all"),
        ({"protection": "yes", "benefits": "yes", "culture": "yes", "public": "yes", "breach": "breached"}, 75, "most"),
        ({"protection": "yes", "culture": "yes", "benefits": "no", "public": "no", "breach": "breached"}, 35, "some"),
        ({"protection": "part", "culture": "no", "benefits": "no", "public": "no", "breach": "breached"}, -10, "none"),
        ({"protection": "yes", "benefits": "yes", "culture": "part", "public": "yes", "breach": "clean"}, 80, "nearly"),
        ({"protection": "yes", "benefits": "no", "culture": "part", "public": "no", "breach": "clean"}, 40, "half"),
    ],
)
def test_a_deduction_takes_its_points_from_the_sum(answers: dict[str, Answer], points: float, band: str) -> None:
    assert shown(card(CEI, answers)) == (points, band)


def test_a_floor_keeps_a_score_at_zero_or_above_and_losses_still_add_up() -> None:
    root = replace(CEI.edition.root, floor=True)
    floored = compile_edition(replace(CEI.edition, root=root))
    sheet = AnswerSheet("Example", {}, {"protection": "part", "breach": "breached"})  # 15 − 25 = −10
    found = score(floored, [sheet])
    assert found.overall.value[SCORE, 0] == 0
    assert sum(losses(found)[question][0] for question in floored.edition.questions) == pytest.approx(1)


PATH = {"neighbourhood": "yes"}
CREDITS = dict.fromkeys(("land", "priority", "density", "transit", "bicycles", "parking", "vehicles"), "yes")


@pytest.mark.parametrize(
    ("answers", "points", "band"),
    [
        (PATH | {"rest": 69.0}, 85, "platinum"),  # 16 + 69; if both paths counted, it would be 85 of 126, or 74 of 110
        (CREDITS | {"rest": 69.0}, 85, "platinum"),
        (PATH | CREDITS | {"rest": 69.0}, 85, "platinum"),  # 32 points count as 16
        (CREDITS | {"density": "no", "rest": 69.0}, 80, "platinum"),  # 11 + 69
        (PATH | {"rest": 94.0}, 110, "platinum"),
    ],
)
def test_either_path_earns_the_full_marks_of_a_sum_with_a_maximum(
    answers: dict[str, Answer], points: float, band: str
) -> None:
    assert shown(card(LEED, {"pollution": "yes", **answers})) == (points, band)
    assert shown(card(LEED, answers))[1] == "not-certified", "without the prerequisite"


@pytest.mark.parametrize("compiled", [BREEAM, CEI, LEED])
def test_the_canonical_json_of_these_editions_is_read_back(compiled: object) -> None:
    made = compiled.edition  # type: ignore[attr-defined]
    again = edition_from_canonical(made.canonical)
    assert (again.root, again.bands, canonical_json(again)) == (made.root, made.bands, made.canonical)
