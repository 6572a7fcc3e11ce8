"""The scorecard as a workbook says what the engine says, claimed, evidenced and verified: as saved, recalculated, and
after an auditor worked in it.
"""

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice, product
from random import Random

import pytest

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Not, Predicate
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, QUESTION_KINDS
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_layout import (
    GAPS_SHEET,
    RECONCILIATION_SHEET,
    REVIEW_SHEET,
    SUMMARY_SHEET,
    ScorecardLayout,
)
from tests.support.examples import SHARE, tries
from tests.support.factories import edition, many, number, one, places, profile, sheet
from tests.support.live_scorecards import (
    at,
    cell_name,
    differences,
    drawn_sheet,
    stale,
    typed_into,
    with_verdicts,
)  # fmt: skip
from tests.support.odd_editions import STEERED, odd_sheets, shapes_of, steered_sheet
from tests.support.paths import EDITIONS
from tests.support.random_editions import random_sheet
from tests.support.recalculation import Recalculator, Saved, same, saved, with_cells
from tests.support.workbooks import GAPS, gaps_of, real, real_seeds, real_sheet, scorecard_of

#: How many assessments of the main edition, and of each other edition.
MAIN_SEEDS = real_seeds({0.1: 1, 1: 6}.get(SHARE, tries(20)))
IN_ONE_RUN = 3  # of LibreOffice: a large workbook takes it seconds
PARTS = max(1, round(8 * SHARE))  # in which all other workbooks are recalculated, each in good time
OF_EACH_OTHER = range(1 if SHARE <= 1 else round(2 * SHARE))
LARGE = ("child-protection-code-2026", "child-protection-core-2026") if SHARE >= 1 else ()
SOME = slice(None, None, 1 if SHARE >= 1 else 3)  # of the other editions
WAYS = (("en", True), ("ar", False), ("ar", True), ("en", False))


@dataclass(frozen=True)
class Case:
    """A file to recalculate, and a function that finds its faults afterwards."""

    content: bytes
    faults: Callable[[Saved], list[object]]


#: Functions that make the cases, by name. Each part of the tests makes only its own cases.
Drawn = tuple[str, Callable[[], Case]]


def faults_of(recalculate: Recalculator, cases: Mapping[str, Case]) -> dict[str, list[object]]:
    """The faults of each file after one run of LibreOffice; files without faults are left out."""
    files = {name: case.content if SHARE >= 1 else for_calculation(case.content) for name, case in cases.items()}
    after = recalculate(files)
    found = {name: case.faults(saved(after[name])) for name, case in cases.items()}
    return {name: faults[:20] for name, faults in found.items() if faults}


def for_calculation(content: bytes) -> bytes:
    """The file without what is printed, looks of cells and lists to choose from: a third of LibreOffice's work."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/workbook.xml":
                part = re.sub(rb'<definedName name="_xlnm\.Print_[^<]*</definedName>', b"", part)
            elif name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb'(<c r="[A-Z]+\d+") s="\d+"', rb"\1", part)
                part = re.sub(rb"<dataValidations .*?</dataValidations>", b"", part, flags=re.DOTALL)
            new.writestr(name, part)
    return file.getvalue()


def as_downloaded(made: Edition, answers: AnswerSheet, language: str = "en") -> Case:
    """A case as downloaded: every score is that of the engine, and every saved value is the result of its formula."""
    content = scorecard_of(made, answers, language)

    def faults(after: Saved) -> list[object]:
        with in_language(language):
            return [*differences(after.values, made, answers), *stale(saved(content), after)]

    return Case(content, faults)


def typed(made: Edition, old: AnswerSheet, new: AnswerSheet, language: str = "en", seed: int = 0) -> Case:
    """The same after typing in all answers of a sheet: every cell says what a new file of this sheet would say.

    Except what stays as downloaded: the order of gaps, and the reconciliation.
    """
    content = typed_into(scorecard_of(made, old, language), made, new, language, Random(seed))

    def faults(after: Saved) -> list[object]:
        with in_language(language):
            names = ScorecardLayout(made).sheet_names
            fresh, apart = saved(scorecard_of(made, new, language)), {names[GAPS_SHEET], names[RECONCILIATION_SHEET]}
            live = [(cell, after.values.get(cell), fresh.values.get(cell)) for cell in fresh.formulas]
            named = names_of_countries(made)
            wrong = [each for each in live if each[0][0] not in apart and each[0] not in named and not same(*each[1:])]
            return [*differences(after.values, made, new), *wrong]

    return Case(content, faults)


def names_of_countries(made: Edition) -> set[tuple[str, str]]:
    """The cells with names of countries, which are only in downloaded files and not in typed lists."""
    layout = ScorecardLayout(made.main)
    asked = [question.id for question in made.main.questions.values() if question.kind == "countries"]
    places_of = [layout.review_cell(question, ReviewColumn.WORDS) for question in asked]
    return {(place.sheet, cell_name(place)) for place in places_of}


# ── The main edition


def main_case(number: int, seed: int) -> Case:
    language, is_typed = WAYS[number % len(WAYS)]
    rng, made = Random(seed), real(language)
    judged = with_verdicts(rng, made, real_sheet(seed), share=rng.choice([0.3, 0.6, 1.0]))
    if not is_typed:
        return as_downloaded(made, judged if number % 3 else real_sheet(seed), language)
    return typed(made, real_sheet(100 + seed), judged, language, seed)


@pytest.mark.parametrize("first", range(0, len(MAIN_SEEDS), IN_ONE_RUN))
def test_workbooks_of_the_main_edition_equal_the_engine_as_downloaded_and_typed_in(
    recalculate: Recalculator, first: int
) -> None:
    numbered = list(enumerate(MAIN_SEEDS))[first : first + IN_ONE_RUN]
    assert faults_of(recalculate, {f"s{seed}": main_case(number, seed) for number, seed in numbered}) == {}


# ── Editions of every shape


def odd_cases() -> Iterator[Drawn]:
    for i, (made, answers) in enumerate(odd_sheets()):
        yield f"odd{i}", partial(odd_case, i, made, answers)


def odd_case(number: int, made: Edition, answers: AnswerSheet) -> Case:
    rng = Random(500 + number)
    language, is_typed = WAYS[number % len(WAYS)]
    judged = with_verdicts(rng, made, answers, share=rng.choice([0.0, 0.3, 0.7, 1.0]))
    other = steered_sheet(rng) if made is STEERED else random_sheet(rng, made)
    return typed(made, other, judged, language, number) if is_typed else as_downloaded(made, judged, language)


def other_cases() -> Iterator[Drawn]:
    """All other editions, of the tool and of the tests; if the share is below 1, every third of these.

    Then also without those of `standard_cases`.
    """
    ours = [load_edition(edition_path(name)) for name in ("child-protection-quick", *LARGE)]
    found = [path for path in sorted(EDITIONS.glob("*.yaml")) if SHARE >= 1 or path.stem not in STANDARDS]
    of_the_tests = map(load_edition, found[SOME])
    for made, seed in product((*ours, *of_the_tests), OF_EACH_OTHER):
        yield f"{made.id}-{seed}", partial(other_case, made, seed)


def other_case(made: Edition, seed: int) -> Case:
    rng = Random(seed)
    judged = with_verdicts(rng, made, drawn_sheet(rng, made))
    return typed(made, drawn_sheet(rng, made), judged, seed=seed)


def test_the_random_assessments_cover_every_kind_of_case() -> None:
    """So a few workbooks prove as much as many."""
    assert {gaps_of(seed) for seed in MAIN_SEEDS} == set(GAPS) or len(MAIN_SEEDS) < len(GAPS)
    met = set().union(*(shapes_of(made) for made, _answers in odd_sheets()))
    rules = {("rule", rule) for rule in AGGREGATION_METHODS}
    kinds = {("kind", kind) for kind in QUESTION_KINDS}
    asked = {("asked only if", Node), ("asked only if", Question), ("counts only if", True)}
    whole = {("minimum coverage", True), ("minimum coverage", False), ("critical", True), ("takes away", True)}
    numbers = {("number", False, True), ("number", False, False), ("number", True, True)}
    whole |= {("limit", True, True), ("limit", False, False), ("required", True), ("only takes away", Question)}
    whole |= {("prerequisite", Node), ("prerequisite", Question)}
    wanted = {"zero", "drop", Predicate, Not, AllOf, AnyOf, *rules, *kinds, *asked, *whole, *numbers}
    assert met >= wanted or tries(45) < 6  # too few are drawn if tests run for each changed line


#: Standards that limit a band, deductions, and two paths of which one is enough; typed into a blank scorecard.
STANDARDS: dict[str, tuple[dict[str, str | float], str, str]] = {
    "breeam-like": ({"ene01": "c6", "light": "yes", "leaks": "yes", "meters": "yes", "timber": "no"}, "Excellent",
                    "Unclassified"),
    "cei-like": ({"protection": "part", "benefits": "no", "culture": "no", "public": "no", "breach": "breached"},
                 "none", "none"),
    "leed-like": ({"pollution": "yes", "neighbourhood": "yes", "bicycles": "yes", "rest": 69.0}, "platinum",
                  "platinum"),
}  # fmt: skip


def standard_cases() -> Iterator[Drawn]:
    """Standards, deductions and paths are recalculated when answers change."""
    for name in STANDARDS:
        yield name, partial(standard_case, name)


def standard_case(name: str) -> Case:
    answers, by_points, held = STANDARDS[name]
    made, given = load_edition(EDITIONS / f"{name}.yaml"), AnswerSheet("Example", {}, dict(answers))
    case = typed(made, AnswerSheet("Example", {}, {}), given)
    return replace(case, faults=partial(standard_faults, case, ScorecardLayout(made), by_points, held))


def standard_faults(case: Case, layout: ScorecardLayout, by_points: str, held: str, after: Saved) -> list[object]:
    cells = after.values
    bands_now = [at(cells, layout.cell(SUMMARY_SHEET, row, 1)) for row in (11, 13)]
    said = any(
        "because minimum standards are not met" in str(v) for (page, _c), v in cells.items() if page == "Summary"
    )
    wrong = [] if bands_now == [by_points, held] and said == (by_points != held) else [(bands_now, said)]
    return [*case.faults(after), *wrong]


# ── Invalid answers, and spellings of answers and verdicts

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
    "b": ["y", 2, "o0,o1", "o0|o3", "o0|", "none|o1", "O0", "=1/0"],
    "c": [0, -3, "50", "fifty", "n/a", "=1/0"],
    "d": ["N.A.", "na", "o2", True],
    "e": ["31.01.2026", "2026-02-30", "2026-1-31", "soon"],
    "f": ["Cambodia", "khm", "KHM,THA", "KHM|", "KHM||THA", "KH1"],
    "g": ["all", "KHM|none", "+dated", "none|+dated", "NONE", "khm", "KHM|+later", "KHM,THA", "n/a"],
    "profile.size": ["small", "10 - 49", 9],
    "profile.staff": ["many", "9"],
}


def copied(part: str, number: int) -> str:
    """The id of the copy of a question or field into which an invalid answer is typed."""
    return f"{part}_{number}"


#: A copy of each question for each invalid answer to it. A question of places gets the invalid list, or a valid one if
#: the answer itself is invalid.
COPIES = edition(
    ASKED.questions["f"],
    *(
        replace(ASKED.questions[part], id=copied(part, i))
        for part, values in WRONG.items() if part in ASKED.questions
        for i in range(len(values))
    ),
    *(replace(ASKED.questions["g"], id=copied("of_f", i), places=copied("f", i)) for i in range(len(WRONG["f"]))),
    profile={
        copied(name, i): replace(field, id=copied(name, i))
        for name, field in ASKED.profile.items()
        for i in range(len(WRONG[PROFILE_PREFIX + name]))
    },
)  # fmt: skip


def wrong_cases() -> Iterator[Drawn]:
    """Invalid answers are pointed out and count as blanks."""
    typed_in = {copied(part, i): value for part, values in WRONG.items() for i, value in enumerate(values)}
    origin = {copied(part, i): part for part, values in WRONG.items() for i in range(len(values))}
    right = {"f": GIVEN.answers["f"]} | {copied("of_f", i): GIVEN.answers["g"] for i in range(len(WRONG["f"]))}
    answered = {copy: GIVEN.answers[part] for copy, part in origin.items() if part in ASKED.questions}
    about = {name: GIVEN.profile[name.rpartition("_")[0]] for name in COPIES.profile}
    content, layout = (
        scorecard_of(COPIES, replace(GIVEN, answers=answered | right, profile=about)),
        ScorecardLayout(COPIES),
    )
    changes = {cell_name(layout.claim_cell(part)): value for part, value in typed_in.items()}
    without = replace(GIVEN, answers=right, profile={})
    faults = partial(wrong_faults, COPIES, typed_in, without, "check this answer")
    yield "wrong", partial(Case, with_cells(content, "Review", changes), faults)


def wrong_faults(made: Edition, parts: Collection[str], without: AnswerSheet, words: str, after: Saved) -> list[object]:
    layout, cells = ScorecardLayout(made), after.values
    states = {part: at(cells, layout.review_cell(part, ReviewColumn.STATE)) for part in parts}
    said = str(at(cells, layout.cell(SUMMARY_SHEET, 6, 0)))
    wrong: list[object] = [(part, state) for part, state in states.items() if state != words]
    if not said.startswith(f"Answers to check: {len(parts)}."):
        wrong.append(said)
    return [*wrong, *differences(cells, made, without)]


#: Determinations and adjusted answers that contradict each other or are not understood, by question.
WRONG_VERDICTS: list[dict[str, tuple[str | float, str | float | None]]] = [
    {"a": ("looks fine", None), "b": ("Answer confirmed", "o1"), "d": ("Answer adjusted", None), "e": (7, None),
     "f": ("“Does not apply” refused", None), "g": ("", "KHM")},
    {"a": ("conf*", None), "b": ("=1/0", None), "d": ("“Does not apply” accepted", None), "e": ("adjusted", "soon")},
]  # fmt: skip


def wrong_verdict_cases() -> Iterator[Drawn]:
    """An unknown determination is pointed out and counts as none; an invalid adjusted answer counts as a blank."""
    judged = replace(GIVEN, verdicts={"c": "confirmed"})
    content, layout = scorecard_of(ASKED, judged), ScorecardLayout(ASKED)
    columns = (ReviewColumn.DETERMINATION, ReviewColumn.ADJUSTED)
    for i, wrong in enumerate(WRONG_VERDICTS):
        changes = {
            cell_name(layout.review_cell(part, column)): value
            for part, values in wrong.items()
            for column, value in zip(columns, values, strict=True)
        }
        typed_in = with_cells(content, "Review", changes)
        yield f"verdict-{i}", partial(Case, typed_in, partial(wrong_faults, ASKED, wrong, judged, "check the verdict"))


def spelling_cases() -> Iterator[Drawn]:
    """Spellings that the engine accepts are accepted."""
    layout, content = ScorecardLayout(ASKED), scorecard_of(ASKED, GIVEN)
    claims: dict[str, str | float | None] = {
        "a": " o1: option 1", "d": "N/A", "f": "KHM | THA", "c": 2, "profile.size": "10-49 ", "g": "+dated | KHM|DEU ",
        "b": "o1| o0 |o1",
    }  # fmt: skip
    changes = {layout.claim_cell(part): value for part, value in claims.items()}
    for part, word, adjusted in (("a", " ANSWER ADJUSTED ", "o2: option 2"), ("d", "“does not apply” Refused", None)):
        changes[layout.review_cell(part, ReviewColumn.DETERMINATION)] = word
        changes[layout.review_cell(part, ReviewColumn.ADJUSTED)] = adjusted
    answers = {**GIVEN.answers, "a": "o1", "d": NotApplicable(), "c": 2.0, "b": ("o0", "o1"), "f": ("KHM", "THA")}
    answers["g"] = ("DEU", "KHM", "+dated")
    profile_now = {**GIVEN.profile, "size": "10-49"}
    new = replace(GIVEN, answers=answers, profile=profile_now, verdicts={"a": Adjusted("o2"), "d": "not-shown"})

    def faults(after: Saved) -> list[object]:
        unsaid = at(after.values, layout.cell(SUMMARY_SHEET, 6, 0)) is None
        return [*([] if unsaid else ["something to check"]), *differences(after.values, ASKED, new)]

    typed_in = with_cells(content, layout.sheet_names[REVIEW_SHEET], {cell_name(p): v for p, v in changes.items()})
    yield "spellings", partial(Case, typed_in, faults)


def reconciliation_cases() -> Iterator[Drawn]:
    """A score that differs from the engine's is counted, unless something on which its basis rests was changed."""
    content, claim = scorecard_of(ASKED, GIVEN), cell_name(ScorecardLayout(ASKED).claim_cell("a"))
    wrong = with_cells(content, "Reconciliation", {"C7": 55, "F7": 55})

    def counts(number: int, after: Saved) -> list[object]:
        said = str(after.values["Reconciliation", "A4"])
        return [] if said.endswith(f"where nothing was changed: {number}") else [said]

    yield "reconciled", partial(Case, wrong, partial(counts, 2))
    yield "reconciled-changed", partial(Case, with_cells(wrong, "Review", {claim: "o1"}), partial(counts, 0))


def guard() -> Case:
    """A check of the tests: a wrong saved value must be corrected, otherwise nothing was recalculated."""
    content = scorecard_of(edition(one("a")), sheet(a="o1"))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f><v>7</v>", part))
    assert saved(file.getvalue()).values["Summary", "B10"] == 7
    return Case(file.getvalue(), lambda after: [] if after.values["Summary", "B10"] == 100 else ["not recalculated"])


@pytest.mark.parametrize("part", range(PARTS))
def test_workbooks_of_all_editions_equal_the_engine_and_unreadable_cells_count_as_blank(
    recalculate: Recalculator, part: int
) -> None:
    drawn = (
        odd_cases, other_cases, standard_cases, wrong_cases, wrong_verdict_cases, spelling_cases, reconciliation_cases,
    )  # fmt: skip
    named = islice(chain.from_iterable(each() for each in drawn), part, None, PARTS)
    assert faults_of(recalculate, {"guard": guard()} | {name: make() for name, make in named}) == {}
