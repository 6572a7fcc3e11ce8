"""The scorecard as a workbook says what the engine says: as saved, recalculated, and after an auditor changed it."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import AnswerSheet, NotApplicable, write_answer
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, QUESTION_KINDS
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, Standing, make_scorecard
from compliance.workbook.formulas import CellReference
from compliance.workbook.scorecard_layout import (
    LENSES_SHEET,
    REQUIREMENTS_SHEET,
    REVIEW_SHEET,
    SUMMARY_SHEET,
    CalculationColumn,
    ReviewColumn,
    ScorecardLayout,
)
from compliance.workbook.standing_cells import first_lens_row
from compliance.workbook.standing_sheets import REQUIREMENTS_HEAD as TREE_HEAD
from tests.support.examples import sampled, tries
from tests.support.factories import bands, edition, many, number, one, places, profile, sheet, when
from tests.support.paths import EDITIONS
from tests.support.random_editions import random_answer, random_edition, random_sheet
from tests.support.recalculation import Cells, Saved, Value, same, saved, with_cells
from tests.support.workbooks import GAPS, gaps_of, real, real_seeds, real_sheet, scorecard_of
from tests.workbook.conftest import Recalculate

BATCH = 10  # workbooks of the real edition in one run of LibreOffice
SEEDS = {"en": real_seeds(tries(50)), "ar": real_seeds(tries(25))}
BATCHES = [(language, first) for language, seeds in SEEDS.items() for first in range(0, len(seeds), BATCH)]


# ── Editions of every shape

SMALL = when("profile.size", "1-9")
STEERED = edition(
    Question("founded", "Founded", "date", evidence="none"),
    Question("sites", "Sites", "number", na="reason"),
    Question("where", "Where", "countries"),
    Question("law", "Law", "text", na="reason"),
    one("1", 0, 1, 2, asked_when=when("founded", "2026-03-31")),
    many(
        "b", 1, 2, -1, full=2, asked_when=Predicate("sites", at_least=3.0), counts_when=when("where", "KHM", "THA"),
        na="reason",
    ),
    number("c", 80, 10, clip=False, counts_when=Not(when("law", "French"))),
    number("d", 1, 9e3, log=True, asked_when=AllOf((Predicate("profile.staff", at_least=50.0), SMALL))),
    one("e", 0, 5, asked_when=when("b", "none"), na="reason"),
    number("f", asked_when=Predicate("profile.staff", ("12", "50"))),
    one("g", 0, 1, counts_when=Predicate("sites", ("7", "0.5"))),
    root={"min_coverage": 0.3},
    bands=bands(low=0, mid=40.5, high=80),
    profile=profile(size=("1-9", "10-49"), staff=()),
)  # fmt: skip


def steered_sheet(rng: Random) -> AnswerSheet:
    kinds: dict[str, list[object]] = {
        "founded": ["2026-03-31", "1999-12-31"],
        "sites": [0.5, 7.0, NotApplicable("none")],
        "where": [("KHM", "VNM"), ("FRA",), ("FRA", "THA")],
        "law": ["French", "french", NotApplicable("")],
        "b": [("o0", "o2"), ("none",), ("o1",), NotApplicable("x")],
        "e": ["o0", "o1", NotApplicable("")],
        "c": [0.0, 100.0, 45.0],
        "d": [1.0, 30.0, 5000.0],
    }
    answers = {
        question.id: rng.choice(kinds[question.id]) if question.id in kinds else random_answer(rng, question)
        for question in STEERED.questions.values()
        if rng.random() < 0.8
    }
    about: dict[str, str | float] = {}
    if rng.random() < 0.8:
        about["size"] = rng.choice(["1-9", "10-49"])
    if rng.random() < 0.8:
        about["staff"] = rng.choice([12.0, 50.0, 400.0])
    return AnswerSheet("Example", about, answers)  # type: ignore[arg-type]  # one dictionary for all kinds


def odd_sheets() -> list[tuple[Edition, AnswerSheet]]:
    """Editions drawn at random, of every rule, depth, condition and kind of question."""
    drawn = []
    for seed in range(tries(45)):
        rng = Random(seed)
        made = random_edition(rng, negative=seed % 3 > 0, by_choice=seed % 4 == 3)
        drawn.append((made, random_sheet(rng, made)))
    return drawn + [(STEERED, steered_sheet(Random(seed))) for seed in range(15)]


def conditions_in(condition: Condition | None) -> Iterator[Condition]:
    """A condition and those it is made of."""
    if condition is None:
        return
    yield condition
    parts = (condition.part,) if isinstance(condition, Not) else getattr(condition, "parts", ())
    for part in parts:
        yield from conditions_in(part)


def shapes_of(made: Edition) -> set[object]:
    """The features of an edition that formulas depend on."""
    nodes, questions = list(made.nodes.values()), list(made.questions.values())
    conditions = [part.asked_when for part in (*nodes, *questions)] + [part.counts_when for part in questions]
    return {
        made.blank,
        *(("rule", node.combine) for node in nodes),
        *(("kind", question.kind) for question in questions),
        *(type(part) for condition in conditions for part in conditions_in(condition)),
        *(("asked only if", type(part)) for part in (*nodes, *questions) if part.asked_when),
        *(("counts only if", True) for part in questions if part.counts_when),
        *(("minimum coverage", node is made.root) for node in nodes if node.min_coverage is not None),
        *(("critical", True) for node in nodes if node.critical is not None),
        *(("prerequisite", type(part)) for part in (*nodes, *questions) if part.prerequisite),
        *(("only takes away", type(part)) for part in (*nodes, *questions) if part.only_deducts),
        *(("limit", node.max is None, node.floor) for node in nodes),
        *(("required", True) for band in made.bands if band.requires),
        *(("takes away", True) for question in questions if any(option.points < 0 for option in question.options)),
        *(("number", question.log, question.clip) for question in questions if question.range),
    }


def test_what_is_drawn_meets_every_kind_of_case() -> None:
    """So that few workbooks prove what many did."""
    for seeds in SEEDS.values():
        assert {gaps_of(seed) for seed in seeds} == set(GAPS) or len(seeds) < len(GAPS)
    met = set().union(*(shapes_of(made) for made, _answers in odd_sheets()))
    rules = {("rule", rule) for rule in AGGREGATION_METHODS}
    kinds = {("kind", kind) for kind in QUESTION_KINDS}
    asked = {("asked only if", Node), ("asked only if", Question), ("counts only if", True)}
    whole = {("minimum coverage", True), ("minimum coverage", False), ("critical", True), ("takes away", True)}
    numbers = {("number", False, True), ("number", False, False), ("number", True, True)}
    whole |= {("limit", True, True), ("limit", False, False), ("required", True), ("only takes away", Question)}
    whole |= {("prerequisite", Node), ("prerequisite", Question)}
    wanted = {"zero", "drop", Predicate, Not, AllOf, AnyOf, *rules, *kinds, *asked, *whole, *numbers}
    assert met >= wanted or tries(45) < 6  # too few are drawn where tests run on each changed line


# ── Reading a file back


def cell_name(place: CellReference) -> str:
    return place.without_sheet.replace("$", "")


def at(cells: Cells, place: CellReference) -> Value:
    return cells.get((place.sheet, cell_name(place)))


def standing_at(cells: Cells, first: CellReference) -> list[Value]:
    return [at(cells, first._replace(column=first.column + i)) for i in range(6)]


def expected(standing: Standing) -> list[Value]:
    title = standing.band.title if standing.band else None
    return [standing.score, standing.worst, standing.best, standing.coverage, title, standing.weight]


def differences(cells: Cells, card: Scorecard) -> list[object]:
    """Where the cells of a recalculated file do not say what the scorecard says."""
    made, layout, found = card.edition, ScorecardLayout(card.edition), []
    pairs: list[tuple[str, Value, Value]] = []
    for row, standing in enumerate(card.nodes.values(), TREE_HEAD + 1):
        stands = zip(standing_at(cells, layout.cell(REQUIREMENTS_SHEET, row, 4)), expected(standing), strict=True)
        pairs += [(f"{standing.id} {i}", *pair) for i, pair in enumerate(stands)]
    for lens, groups in card.lenses.items():
        for row, group in enumerate(groups.values(), first_lens_row(made, lens)):
            stands = zip(standing_at(cells, layout.cell(LENSES_SHEET, row, 2)), expected(group), strict=True)
            pairs += [(f"{lens}:{group.id} {i}", *pair) for i, pair in enumerate(stands)]
    for question, standing in card.questions.items():
        points = None if standing.score is None else standing.score / made.scale * made.questions[question].unit_points
        pairs.append((question, at(cells, layout.review_cell(question, ReviewColumn.POINTS)), points))
        pairs.append((question, at(cells, layout.part_cell(question, CalculationColumn.COVERAGE)), standing.coverage))
    overall = [None if band is None else band.title for band in card.overall.bands]
    pairs += [(f"band {k}", at(cells, layout.cell(SUMMARY_SHEET, 13, k + 1)), band) for k, band in enumerate(overall)]
    by_points = card.cap.by_points.title if card.cap else overall[0]
    pairs.append(("cap", at(cells, layout.cell(SUMMARY_SHEET, 11, 1)), by_points))
    for name, here, engine in pairs:
        if not same(here, engine):
            found.append((name, here, engine))
    return found


def stale(before: Saved, after: Saved) -> list[object]:
    """Formula cells whose saved value is not what they come to."""
    pairs = [(cell, before.values.get(cell), after.values.get(cell)) for cell in before.formulas]
    return [pair for pair in pairs if not same(*pair[1:])]


def entered(content: bytes, made: Edition, answers: AnswerSheet) -> bytes:
    """The file after an auditor has typed another sheet's answers and profile into it: those of the main part."""
    made = made.main
    layout = ScorecardLayout(made)
    changes: dict[str, str | float | None] = {}
    for name in made.profile:
        changes[cell_name(layout.answer_cell(PROFILE_PREFIX + name))] = answers.profile.get(name)
    for question in made.questions.values():
        answer = answers.answers.get(question.id)
        if question.kind != "many":
            value = answer if isinstance(answer, float) else write_answer(answer)
            changes[cell_name(layout.answer_cell(question.id))] = value
            continue
        marked = answer if isinstance(answer, tuple) else ("n/a",) if isinstance(answer, NotApplicable) else ()
        for line in layout.review_lines:
            if line.kind == "option" and line.id == question.id:
                place = layout.review_cell(question.id, ReviewColumn.ANSWER, line.option)
                changes[cell_name(place)] = "x" if line.option in marked else None
    return with_cells(content, layout.sheet_names[REVIEW_SHEET], changes)


# ── As downloaded


def test_without_asking_for_it_saved_values_would_be_believed(recalculate: Recalculate) -> None:
    """Guards the tests below: a wrong saved value must come out right, or nothing was recalculated."""
    content = scorecard_of(edition(one("a")), sheet(a="o1"))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f><v>7</v>", part))
    wrong, right = saved(file.getvalue()).values, saved(recalculate({"wrong": file.getvalue()})["wrong"]).values
    assert wrong["Summary", "B10"] == 7
    assert right["Summary", "B10"] == 100


@pytest.mark.parametrize(("language", "first"), BATCHES)
def test_every_sheet_of_the_real_edition_equals_the_engine(recalculate: Recalculate, language: str, first: int) -> None:
    sheets = {f"s{seed}": real_sheet(seed) for seed in SEEDS[language][first : first + BATCH]}
    files = {name: scorecard_of(real(language), answers, language) for name, answers in sheets.items()}
    after = recalculate(files)
    compiled, shut = compile_edition(real(language)), 0
    with in_language(language):
        for name, answers in sheets.items():
            card = make_scorecard(compiled, answers)
            shut += len(card.asked - card.counting)
            cells = saved(after[name])
            assert differences(cells.values, card) == [], name
            assert stale(saved(files[name]), cells) == [], name
    assert shut > 0


#: What holds a band down, what takes points away, and two ways of which one is enough; typed in over a blank sheet.
STANDARDS: dict[str, tuple[dict[str, str | float], str, str]] = {
    "breeam-like": ({"ene01": "c6", "light": "yes", "leaks": "yes", "meters": "yes", "timber": "no"}, "Excellent",
                    "Unclassified"),
    "cei-like": ({"protection": "part", "benefits": "no", "culture": "no", "public": "no", "breach": "breached"},
                 "none", "none"),
    "leed-like": ({"pollution": "yes", "neighbourhood": "yes", "bicycles": "yes", "rest": 69.0}, "platinum",
                  "platinum"),
}  # fmt: skip


def test_standards_deductions_and_paths_are_worked_out_anew_when_answers_change(recalculate: Recalculate) -> None:
    editions = {name: load_edition(EDITIONS / f"{name}.yaml") for name in STANDARDS}
    blank = {name: scorecard_of(made, AnswerSheet("Example", {}, {})) for name, made in editions.items()}
    sheets = {name: AnswerSheet("Example", {}, dict(answers)) for name, (answers, _by, _held) in STANDARDS.items()}
    after = recalculate({name: entered(blank[name], editions[name], sheets[name]) for name in STANDARDS})
    for name, (_answers, by_points, held) in STANDARDS.items():
        cells, layout = saved(after[name]).values, ScorecardLayout(editions[name])
        assert differences(cells, make_scorecard(compile_edition(editions[name]), sheets[name])) == [], name
        assert at(cells, layout.cell(SUMMARY_SHEET, 11, 1)) == by_points
        assert at(cells, layout.cell(SUMMARY_SHEET, 13, 1)) == held
        said = [str(value) for (sheet, _cell), value in cells.items() if sheet == "Summary"]
        assert any("because minimum standards are not met" in words for words in said) == (by_points != held)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_edition_of_any_shape_equals_the_engine(recalculate: Recalculate, language: str) -> None:
    odd = dict(enumerate(odd_sheets()))
    odd = {i: odd[i] for one, i in sampled(product(("en", "ar"), odd)) if one == language}
    files = {f"s{i}": scorecard_of(*pair, language) for i, pair in odd.items()}
    after = recalculate(files)
    with in_language(language):
        for i, (made, answers) in odd.items():
            card = make_scorecard(compile_edition(made), answers)
            cells = saved(after[f"s{i}"])
            assert differences(cells.values, card) == [], i
            assert stale(saved(files[f"s{i}"]), cells) == [], i


# ── Changed


def test_changed_answers_and_profile_change_everything_as_the_engine_does(recalculate: Recalculate) -> None:
    pairs: list[tuple[Edition, AnswerSheet, AnswerSheet]] = [
        (real(), real_sheet(seed), real_sheet(100 + seed)) for seed in real_seeds(tries(8))
    ]  # fmt: skip
    pairs += [(STEERED, steered_sheet(Random(i)), steered_sheet(Random(100 + i))) for i in range(tries(12))]
    for i, (made, answers) in enumerate(odd_sheets()[: tries(25)]):
        pairs.append((made, answers, random_sheet(Random(500 + i), made)))
    files = {f"s{i}": entered(scorecard_of(made, old), made, new) for i, (made, old, new) in enumerate(pairs)}
    after = recalculate(files)
    for i, (made, _, new) in enumerate(pairs):
        cells, fresh = saved(after[f"s{i}"]).values, saved(scorecard_of(made, new))
        assert differences(cells, make_scorecard(compile_edition(made), new)) == [], i
        live = [(c, cells.get(c), fresh.values.get(c)) for c in fresh.formulas if c[0] != "Gaps"]
        assert [triple for triple in live if not same(*triple[1:])] == [], i


ASKED = edition(
    one("a", 0, 1, 2), many("b", 1, 2, na="reason"), number("c", log=True, start=1.0), one("d", 0, 1, na="reason"),
    Question("e", "Day", "date"), Question("f", "Where", "countries"), places("g", of="f"),
    profile=profile(size=("1-9", "10-49"), staff=()),
)  # fmt: skip
GIVEN = sheet(
    about={"size": "1-9", "staff": 9.0}, a="o2", b=("o0",), c=50.0, d="o1", e="2026-01-31", f=("KHM",), g=("KHM",)
)  # fmt: skip
WRONG: Mapping[str, list[str | float]] = {
    "a": ["O2", "o", "*", "o?", "n/a", 2, "o0|o1", "=1/0"],
    "b": ["y", 2, "-1", "=1/0"],
    "c": [0, -3, "50", "fifty", "n/a", "=1/0"],
    "d": ["N.A.", "na", "o2", True],
    "e": ["31.01.2026", "2026-02-30", "2026-1-31", "soon"],
    "f": ["Cambodia", "khm", "KHM,THA", "KHM|", "KHM||THA", "KH1"],
    "g": ["all", "KHM|none", "+dated", "none|+dated", "NONE", "khm", "KHM|+later", "KHM,THA", "n/a"],
    "profile.size": ["small", "10 - 49", 9],
    "profile.staff": ["many", "9"],
}


def test_what_is_no_answer_says_so_and_counts_as_a_blank(recalculate: Recalculate) -> None:
    layout, content = ScorecardLayout(ASKED), scorecard_of(ASKED, GIVEN)
    cases = [(part, value) for part, wrong in WRONG.items() for value in wrong]
    files = {}
    for i, (part, value) in enumerate(cases):
        place = layout.review_cell("b", ReviewColumn.ANSWER, "o1") if part == "b" else layout.answer_cell(part)
        files[f"s{i}"] = with_cells(content, "Review", {cell_name(place): value})
    after = recalculate(files)
    for i, (part, value) in enumerate(cases):
        name = part.removeprefix(PROFILE_PREFIX)
        without = replace(
            GIVEN,
            answers={k: v for k, v in GIVEN.answers.items() if k != part},
            profile={k: v for k, v in GIVEN.profile.items() if part == name or k != name},
        )
        cells = saved(after[f"s{i}"]).values
        assert at(cells, layout.review_cell(part, ReviewColumn.STATE)) == "check this answer", (part, value)
        assert str(at(cells, layout.cell(SUMMARY_SHEET, 6, 0))).startswith("Answers to check: 1."), (part, value)
        assert differences(cells, make_scorecard(compile_edition(ASKED), without)) == [], (part, value)


def test_spellings_that_the_engine_takes_are_taken(recalculate: Recalculate) -> None:
    layout, content = ScorecardLayout(ASKED), scorecard_of(ASKED, GIVEN)
    typed: dict[str, str | float | None] = {"a": " o1 ", "d": "N/A", "f": "KHM | THA", "c": 2, "profile.size": "10-49 "}
    typed["g"] = "+dated | KHM|DEU "
    changes = {cell_name(layout.answer_cell(part)): value for part, value in typed.items()}
    changes[cell_name(layout.review_cell("b", ReviewColumn.ANSWER, "o0"))] = 1
    changes[cell_name(layout.review_cell("b", ReviewColumn.ANSWER, "o1"))] = "X"
    cells = saved(recalculate({"s": with_cells(content, "Review", changes)})["s"]).values
    assert at(cells, layout.cell(SUMMARY_SHEET, 6, 0)) is None
    answers = {**GIVEN.answers, "a": "o1", "d": NotApplicable(), "c": 2.0, "b": ("o0", "o1"), "f": ("KHM", "THA")}
    answers["g"] = ("DEU", "KHM", "+dated")
    card = make_scorecard(compile_edition(ASKED), replace(GIVEN, answers=answers))
    assert differences(cells, card) == []
