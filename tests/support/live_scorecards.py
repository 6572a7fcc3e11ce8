"""Comparison of scorecard workbooks with the engine on every basis, and input as auditors type it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

from compliance.languages.interface_messages import gettext, in_language
from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable, Verdict, write_answer
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.scoring.coded_answers import BASES, code_answers
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, Standing, make_scorecard
from compliance.workbook.formulas import CellReference
from compliance.workbook.review_words import DETERMINATION_WORDS, Determination
from compliance.workbook.scorecard_columns import CalculationColumn, ReviewColumn
from compliance.workbook.scorecard_data import AssessmentMetadata, ScorecardData
from compliance.workbook.scorecard_layout import (
    LAW_SHEET,
    LENSES_SHEET,
    REQUIREMENTS_SHEET,
    REVIEW_SHEET,
    SUMMARY_SHEET,
    ScorecardLayout,
)
from compliance.workbook.standing_cells import first_lens_row
from compliance.workbook.standing_sheets import (
    LAW_HEAD,
    LAW_STANDING_COLUMN,
    NODE_STANDING_COLUMN,
    REQUIREMENTS_HEAD,
    requirements_by_provision,
)
from tests.support.random_editions import random_answer
from tests.support.recalculation import Cells, Saved, Value, same, with_cells

_SUMMARY_COLUMNS = {"claimed": 1, "evidenced": 4, "verified": 5}


def cell_name(place: CellReference) -> str:
    return place.without_sheet.replace("$", "")


def at(cells: Cells, place: CellReference) -> Value:
    return cells.get((place.sheet, cell_name(place)))


# ── Expected values


#: For each expected value: a description, its cell, and the value.
Said: TypeAlias = Iterable[tuple[str, CellReference, Value]]


def _standing_row(first: CellReference, cards: list[Mapping[str, Standing]], name: str) -> Said:
    """Return the cells of a standing, from `first` on: six as claimed, then score and coverage on the other bases."""
    claimed = cards[0][name]
    title = claimed.band.title if claimed.band else None
    said: list[Value] = [claimed.score, claimed.worst, claimed.best, claimed.coverage, title, claimed.weight]
    for card in cards[1:]:
        said += [card[name].score, card[name].coverage]
    return [(f"{name} {i}", first._replace(column=first.column + i), value) for i, value in enumerate(said)]


def _must_say(made: Edition, cards: list[Scorecard], answers: AnswerSheet) -> Said:
    layouts = [ScorecardLayout(made, basis) for basis in BASES]
    layout, unjudged = layouts[0], code_answers(made, [answers], "verified").unjudged
    for row, node in enumerate(cards[0].nodes, REQUIREMENTS_HEAD + 1):
        place = layout.cell(REQUIREMENTS_SHEET, row, NODE_STANDING_COLUMN)
        yield from _standing_row(place, [card.nodes for card in cards], node)
    for lens, groups in cards[0].lenses.items():
        for row, group in enumerate(groups, first_lens_row(made, lens)):
            yield from _standing_row(layout.cell(LENSES_SHEET, row, 2), [card.lenses[lens] for card in cards], group)
    row = LAW_HEAD + 1
    data = ScorecardData(compile_edition(made), answers, AssessmentMetadata())
    for provision, requirements in requirements_by_provision(made, data).items():
        place = layout.cell(LAW_SHEET, row, LAW_STANDING_COLUMN)
        yield from _standing_row(place, [card.law for card in cards], provision)
        row += 1 + len(requirements)
    for question, standing in cards[0].questions.items():
        points = None if standing.score is None else standing.score / made.scale * made.questions[question].unit_points
        yield question, layout.review_cell(question, ReviewColumn.POINTS), points
    for card, on_basis in zip(cards, layouts, strict=True):
        of_parts = [(part, s, CalculationColumn.REPORTED) for part, s in card.nodes.items()]
        of_parts += [(part, s, CalculationColumn.SCORE) for part, s in card.questions.items()]
        for part, standing, column in of_parts:
            for figure, where, scale in (
                (standing.score, column, made.scale), (standing.worst, CalculationColumn.WORST, made.scale),
                (standing.best, CalculationColumn.BEST, made.scale), (standing.coverage, CalculationColumn.COVERAGE, 1),
            ):  # fmt: skip
                value = None if figure is None else figure / scale
                yield f"{on_basis.basis} {part} {where.name}", on_basis.part_cell(part, where), value
        at_column, overall = _SUMMARY_COLUMNS[on_basis.basis], card.overall
        is_off = on_basis.basis == "verified" and (unjudged is None or bool(unjudged[0]))
        score = gettext("No auditor has given a verdict yet.") if is_off else overall.score
        yield f"{on_basis.basis} overall", layout.cell(SUMMARY_SHEET, 9, at_column), score
        yield f"{on_basis.basis} coverage", layout.cell(SUMMARY_SHEET, 10, at_column), overall.coverage
        by_points = card.cap.by_points.title if card.cap else overall.band.title if overall.band else None
        yield f"{on_basis.basis} by points", layout.cell(SUMMARY_SHEET, 11, at_column), by_points
        bands = overall.bands if on_basis.basis == "claimed" else overall.bands[:1]
        for k, band in enumerate(bands):
            title = None if band is None else band.title
            yield f"{on_basis.basis} band {k}", layout.cell(SUMMARY_SHEET, 13, at_column + k), title


def differences(cells: Cells, made: Edition, answers: AnswerSheet) -> list[object]:
    """Return the cells of a recalculated file that differ from the engine's results, in the current language."""
    compiled = compile_edition(made)
    cards = [make_scorecard(compiled, answers, basis) for basis in BASES]
    said = _must_say(compiled.edition, cards, answers)
    return [(name, at(cells, place), value) for name, place, value in said if not same(at(cells, place), value)]


def stale(before: Saved, after: Saved) -> list[object]:
    """Return the formula cells whose saved value differs from the recalculated one."""
    pairs = [(cell, before.values.get(cell), after.values.get(cell)) for cell in before.formulas]
    return [pair for pair in pairs if not same(*pair[1:])]


# ── Input of an auditor


def drawn_answer(rng: Random, question: Question) -> Answer:
    """Draw a valid answer to a question of any kind."""
    if question.kind == "date":
        return rng.choice(["2026-03-31", "1999-12-31"])
    return rng.choice(["French", "Words"]) if question.kind == "text" else random_answer(rng, question)


def drawn_sheet(rng: Random, made: Edition) -> AnswerSheet:
    """Draw a sheet of any edition, with blanks, N/A, and a profile with gaps."""
    answers: dict[str, Answer] = {}
    for question in made.questions.values():
        dice = rng.random()
        if dice < 0.15 and question.na == "reason":
            answers[question.id] = NotApplicable(rng.choice(["", "there is none"]))
        elif dice > 0.3:
            answers[question.id] = drawn_answer(rng, question)
    about: dict[str, str | float] = {
        name: rng.choice(field.values) if field.values else 12.0
        for name, field in made.profile.items()
        if rng.random() < 0.8
    }
    evidenced = frozenset(question for question in answers if rng.random() < 0.5)
    return AnswerSheet("Example Foods", about, answers, evidenced)


def with_verdicts(rng: Random, made: Edition, sheet: AnswerSheet, share: float = 0.6) -> AnswerSheet:
    """Draw verdicts on a share of the questions: confirmed, not shown, or adjusted to an answer or to N/A."""
    verdicts: dict[str, Verdict] = {}
    for question in made.main.questions.values():
        dice = rng.random()
        if rng.random() >= share:
            continue
        if dice < 0.4:
            verdicts[question.id] = "confirmed"
        elif dice < 0.6:
            verdicts[question.id] = "not-shown"
        elif question.na == "reason" and dice < 0.7:
            verdicts[question.id] = Adjusted(NotApplicable())
        else:
            verdicts[question.id] = Adjusted(drawn_answer(rng, question))
    return replace(sheet, verdicts=verdicts)


def typed_into(content: bytes, made: Edition, answers: AnswerSheet, language: str, rng: Random | None = None) -> bytes:
    """Return the file after another sheet was typed into it: profile, answers, evidence and verdicts of the main part.

    `rng` chooses among the spellings of a determination.
    """
    made = made.main
    with in_language(language):
        layout = ScorecardLayout(made)
        changes: dict[CellReference, str | float | None] = {
            layout.claim_cell(PROFILE_PREFIX + name): answers.profile.get(name) for name in made.profile
        }
        for question in made.questions.values():
            given, verdict = answers.answers.get(question.id), answers.verdicts.get(question.id)
            adjusted = verdict.answer if isinstance(verdict, Adjusted) else None
            for column, value in (
                (ReviewColumn.ANSWER, _typed(given)),
                (ReviewColumn.REASON, given.reason if isinstance(given, NotApplicable) else None),
                (ReviewColumn.EVIDENCE, "seen" if question.id in answers.evidenced else None),
                (ReviewColumn.DETERMINATION, _word(verdict, given, rng) if verdict else None),
                (ReviewColumn.ADJUSTED, _typed(adjusted)),
            ):
                changes[layout.review_cell(question.id, column)] = value
        named = {cell_name(place): value for place, value in changes.items()}
        return with_cells(content, layout.sheet_names[REVIEW_SHEET], named)


def _typed(answer: Answer | None) -> str | float | None:
    return answer if isinstance(answer, float) else write_answer(answer) or None


def _word(verdict: Verdict, given: Answer | None, rng: Random | None) -> str:
    word: Determination = "adjusted" if isinstance(verdict, Adjusted) else verdict
    spellings = [gettext(DETERMINATION_WORDS[word]), word]
    if isinstance(given, NotApplicable) and word != "adjusted":
        spellings.append(gettext(DETERMINATION_WORDS["na-accepted" if word == "confirmed" else "na-refused"]))
    chosen = rng.choice(spellings) if rng else spellings[0]
    return chosen.upper() if rng and rng.random() < 0.3 else chosen
