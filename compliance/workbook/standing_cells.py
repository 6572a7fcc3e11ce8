"""The standing of a part or a group as cells: score, worst, best, coverage, band, share; and the headline.

All are live, on every basis: claimed with its interval, evidenced and verified with their coverage.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.numeric import shown
from compliance.scoring.scorecard import Scorecard
from compliance.workbook import formulas as f
from compliance.workbook.cell_styles import Style, band_tint, decimals, percent
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.formulas import MISSING, CellRange, CellReference, Formula, Operand, ValuesOf
from compliance.workbook.question_inputs import has_verdicts
from compliance.workbook.scorecard_columns import REPORTED_COLUMNS, TRACKS, CalculationColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import BAND_ROW, FAILS_ROW, METHOD_SHEET, POINTS_ROW, SCORE_ROW, SUMMARY_SHEET
from compliance.workbook.standing_values import (
    StandingOf,
    band_title_now,
    standing_of_lens,
    standing_of_node,
    values_of_standing,
    values_of_sums,
)
from compliance.workbook.writer import SheetWriter


class StandingColumn(SheetColumn):
    """The columns of a standing: as claimed, then the other two bases with their coverage."""

    SCORE = ColumnSpec(N_("Claimed"))
    WORST = ColumnSpec(N_("At worst"))
    BEST = ColumnSpec(N_("At best"))
    COVERAGE = ColumnSpec(N_("Coverage"))
    BAND = ColumnSpec(N_("Band"), align="centre")
    SHARE = ColumnSpec(N_("Share of overall"))
    EVIDENCED = ColumnSpec(N_("Evidenced"))
    # Translators: the coverage of the score in the column before it.
    EVIDENCED_COVERAGE = ColumnSpec(N_("Coverage of that score"))
    VERIFIED = ColumnSpec(N_("Verified"))
    VERIFIED_COVERAGE = ColumnSpec(N_("Coverage of that score"))


#: Hidden columns with a group's sums: heading, and the column of *Calculation* that is summed.
SUM_COLUMNS = (
    (N_("Sum"), CalculationColumn.CONTRIBUTION),
    (N_("Sum at worst"), CalculationColumn.CONTRIBUTION_WORST),
    (N_("Sum at best"), CalculationColumn.CONTRIBUTION_BEST),
    (N_("Sum of coverage"), CalculationColumn.CONTRIBUTION_COVERAGE),
    (N_("Weight"), CalculationColumn.EFFECTIVE_WEIGHT),
    (N_("Weight at worst"), CalculationColumn.EFFECTIVE_WEIGHT_WORST),
    (N_("Weight at best"), CalculationColumn.EFFECTIVE_WEIGHT_BEST),
    (N_("Weight of coverage"), CalculationColumn.EFFECTIVE_WEIGHT_COVERAGE),
)
#: Columns of *Calculation* that a score and its coverage are computed from.
MEAN_COLUMNS = (
    CalculationColumn.CONTRIBUTION,
    CalculationColumn.CONTRIBUTION_COVERAGE,
    CalculationColumn.EFFECTIVE_WEIGHT,
    CalculationColumn.EFFECTIVE_WEIGHT_COVERAGE,
)
_WEIGHT_COLUMNS = frozenset(track.effective_weight for track in TRACKS)
#: Rows and columns of the bands on *Method*.
FIRST_BAND = 5
BAND_ID, BAND_TITLE, BAND_FROM = 0, 1, 2


def write_standing_headings(sheet: SheetWriter, data: ScorecardData, row: int, first: int) -> None:
    """Write the headings of a standing, from a column on; those of verified figures appear once there is a verdict."""
    columns = list(StandingColumn)
    right = [first + column for column in columns if column.spec.align == "right"]
    headings = [_(column.spec.heading) for column in columns]
    fixed = headings[: StandingColumn.VERIFIED]
    sheet.headings(row, fixed, first=first, right=right, centre=(first + StandingColumn.BAND,))
    is_judged = has_verdicts(data.on("verified").layout)
    for column, heading in enumerate(headings[len(fixed) :], first + len(fixed)):
        live = f.if_(is_judged, f.text_literal(heading), MISSING)
        sheet.text_formula(row, column, live, partial(_heading_now, heading), "head", "right")


def _heading_now(heading: str, data: ScorecardData) -> str:
    return heading if data.has_verdicts else ""


#: A score and its coverage as formulas, and a function that returns their present standing.
LiveStanding: TypeAlias = tuple[Formula, Formula, StandingOf]
#: Sums as formulas, and a function that returns their present values.
LiveSums: TypeAlias = tuple[Sequence[Formula], ValuesOf]


def sum_heads() -> tuple[str, ...]:
    """Return the headings of the hidden columns."""
    return tuple(_(heading) for heading, _column in SUM_COLUMNS)


def write_node_standing(
    sheet: SheetWriter, data: ScorecardData, row: int, column: int, node_id: str, *styles: str | Style
) -> None:
    """Write the standing of a node. The overall band is written elsewhere, as critical requirements cap it."""
    *scores, coverage, share = _node_formulas(data, node_id)
    _write_live(sheet, data, row, column, scores, coverage, share, standing_of_node("claimed", node_id), *styles)
    others = [
        (*formulas, standing_of_node(other.basis, node_id))
        for formulas, other in zip(_node_formulas_beside(data, node_id), data.beside, strict=True)
    ]
    _write_beside(sheet, data, row, column, others, *styles)


def _node_formulas(data: ScorecardData, node_id: str) -> Sequence[Formula]:
    columns = (CalculationColumn.COVERAGE, CalculationColumn.EFFECTIVE_WEIGHT)
    rest = [str(data.layout.part_cell(node_id, column)) for column in columns]
    return [*(data.layout.points(node_id, column) for column in REPORTED_COLUMNS), *rest]


def _node_formulas_beside(data: ScorecardData, node_id: str) -> Sequence[tuple[Formula, Formula]]:
    return [
        (
            other.layout.points(node_id, CalculationColumn.REPORTED),
            str(other.layout.part_cell(node_id, CalculationColumn.COVERAGE)),
        )
        for other in data.beside
    ]


def write_group_standing(
    sheet: SheetWriter,
    data: ScorecardData,
    row: int,
    column: int,
    working: int,
    sums: LiveSums,
    now: StandingOf,
    others: Sequence[LiveStanding],
    *styles: str | Style,
) -> None:
    """Write the standing of a group of questions, from eight sums.

    These are contributions to score, worst, best and coverage, then their weights. `others`: the standing as evidenced
    and as verified.
    """
    formulas, values_of = sums
    cells = [sheet.formula(row, working + i, formula, None, "soft") for i, formula in enumerate(formulas)]
    sheet.valued_by(values_of)
    score = sheet.cell(row, column)
    *scores, coverage, share = _group_formulas(data, cells[:4], cells[4:], score)
    _write_live(sheet, data, row, column, scores, coverage, share, now, *styles)
    _write_beside(sheet, data, row, column, others, *styles)


def _group_formulas(
    data: ScorecardData, carried: Sequence[CellReference], weights: Sequence[CellReference], score: CellReference
) -> Sequence[Formula]:
    scale = f.number_literal(data.edition.scale)
    means = [f"{total}/{weight}*{scale}" for total, weight in zip(carried[:3], weights[:3], strict=True)]
    clamped = [means[0], f.call("MIN", means[1], score), f.call("MAX", means[2], score)]
    scores = [f.if_(f"{w}>0", mean, MISSING) for w, mean in zip(weights[:3], clamped, strict=True)]
    return [*scores, f.ratio(carried[3], weights[3]), str(weights[0])]


def live_mean(data: ScorecardData, sums: Sequence[Formula]) -> tuple[Formula, Formula]:
    """Return formulas of a group's score and coverage from four sums: contributions to both, then the weights of both.

    As verified, there is no score, rather than 0, if nothing in the group has been judged.
    """
    carried, covered, weight, asked = (f"({total})" for total in sums)
    score = f.ratio(f"{carried}*{f.number_literal(data.edition.scale)}", weight)
    if data.by_verdict:
        score = f.if_(f.call("AND", f"{asked}>0", f"{covered}=0"), MISSING, score)
    return score, f.ratio(covered, asked)


def _write_beside(
    sheet: SheetWriter, data: ScorecardData, row: int, column: int, others: Sequence[LiveStanding], *styles: str | Style
) -> None:
    """Write score and coverage as evidenced and as verified; empty without a score, and before any verdict."""
    digits = decimals(data.edition.round)
    for at, (score, coverage, now) in enumerate(others):
        place = column + StandingColumn.EVIDENCED + 2 * at
        sheet.formula(row, place, score, None, *styles, "soft", digits)
        sheet.formula(row, place + 1, coverage, None, *styles, "soft", percent())
        sheet.valued_by(values_of_standing(now, "score", "coverage"))


def lens_sums(data: ScorecardData, lens: str, value: CellReference) -> LiveSums:
    """Return the eight sums over the questions with the value of a lens that a cell names."""
    name = _value_of_lens(data, lens, value)
    questions = tuple([q.id for q in data.edition.questions.values() if q.scored and q.lenses.get(lens) == name])
    formulas = [_lens_sum(data, lens, value, column) for _heading, column in SUM_COLUMNS]
    return formulas, values_of_sums(questions)


def _lens_sum(data: ScorecardData, lens: str, value: CellReference, column: CalculationColumn) -> Formula:
    carries = f"EXACT({data.layout.lens_cells(lens)},{value})*1"
    earns = f"({data.layout.column_cells(CalculationColumn.FULL_MARKS)}>0)*1"  # without questions that only deduct
    counted = f",{earns}" if column in _WEIGHT_COLUMNS else ""
    return f"SUMPRODUCT({carries}{counted},{data.layout.column_cells(column)})"


def lens_beside(data: ScorecardData, lens: str, value: CellReference) -> list[LiveStanding]:
    """Return the standing of the same questions as evidenced and as verified."""
    name = _value_of_lens(data, lens, value)
    return [
        (
            *live_mean(other, [_lens_sum(other, lens, value, column) for column in MEAN_COLUMNS]),
            standing_of_lens(other.basis, lens, name),
        )
        for other in data.beside
    ]


def _value_of_lens(data: ScorecardData, lens: str, value: CellReference) -> str:
    return data.edition.lenses[lens][value.row - first_lens_row(data.edition, lens)]


def first_lens_row(edition: Edition, lens: str) -> int:
    """Return the row on *Lenses* of a lens's first value. Raise KeyError for an unknown lens."""
    row = 5
    for name, values in edition.lenses.items():
        if name == lens:
            return row
        row += len(values) + 3
    raise KeyError(lens)


def _write_live(
    sheet: SheetWriter,
    data: ScorecardData,
    row: int,
    column: int,
    scores: Sequence[Formula],
    coverage: Formula,
    share: Formula,
    now: StandingOf,
    *styles: str | Style,
) -> None:
    digits = decimals(data.edition.round)
    for i, formula in enumerate(scores):
        extra: tuple[str | Style, ...] = ("bold",) if i == 0 else ("soft",)
        sheet.formula(row, column + i, formula, None, *styles, *extra, digits)
    sheet.formula(row, column + StandingColumn.COVERAGE, coverage, None, *styles, percent())
    sheet.formula(row, column + StandingColumn.SHARE, share, None, *styles, "soft", percent(1))
    sheet.valued_by(values_of_standing(now, "score", "worst", "best", "coverage", "weight"))
    band = band_title_of_score(data, sheet.cell(row, column))
    write_band(sheet, data, row, column + StandingColumn.BAND, band, now, *styles)


def write_band(
    sheet: SheetWriter,
    data: ScorecardData,
    row: int,
    column: int,
    formula: Formula,
    now: StandingOf,
    *styles: str | Style,
) -> None:
    """Write the title of a standing's band; an empty cell if the edition has no bands."""
    if not data.edition.bands:
        sheet.text(row, column, "", *styles)
        return
    titles = "".join(band.title for band in data.edition.bands)
    sheet.text_formula(row, column, formula, band_title_now(now), *styles, "centre", may_say=titles)


def band_position(data: ScorecardData, points: Operand) -> Formula:
    """Return the number of a score's band, from 1; 0 for none. The score is rounded first if there is a `band_at`."""
    edition = data.edition
    looked_up = str(points) if edition.band_at is None else f.rounded(points, edition.band_at)
    found = f.call("MATCH", f"{looked_up}+{f.TOLERANCE}", _band_table(data, BAND_FROM), "1")
    below = "1" if edition.bands and edition.bands[0].at <= 0 else "0"  # a score below 0 has the lowest band
    return f.if_(f.is_missing(points), "0", f.call("IFERROR", found, below))


def rounds_into_next_band(data: ScorecardData, points: CellReference) -> Formula:
    """Return a test: shown as a whole number, a score would seem to reach a band that it misses."""
    if not data.edition.bands:
        return "FALSE"
    exact = str(points) if data.edition.band_at is None else f.rounded(points, data.edition.band_at)
    bounds = _band_table(data, BAND_FROM)
    missed = f"SUMPRODUCT(({exact}+{f.TOLERANCE}<{bounds})*({f.rounded(points, 0)}>={bounds}))>0"
    return f.if_(f.is_missing(points), "FALSE", missed)


def band_title(data: ScorecardData, position: CellReference | Formula) -> Formula:
    """Return the title of the band with a number; empty for 0."""
    return f.if_(f"{position}=0", MISSING, f.call("INDEX", _band_table(data, BAND_TITLE), position))


def band_title_of_score(data: ScorecardData, points: CellReference) -> Formula:
    """Return the title of a score's band."""
    return band_title(data, band_position(data, points))


def _band_table(data: ScorecardData, column: int) -> CellRange:
    last = FIRST_BAND + len(data.edition.bands) - 1
    return CellRange(data.layout.cell(METHOD_SHEET, FIRST_BAND, column), data.layout.cell(METHOD_SHEET, last, column))


def colour_bands(sheet: SheetWriter, edition: Edition, first: CellReference, last: CellReference) -> None:
    """Give the title of each band its background."""
    for position, band in enumerate(edition.bands):
        rule = f"EXACT(${f.column_letters(first.column)}{first.row + 1},{f.text_literal(band.title)})"
        sheet.conditional_format(CellRange(first, last), rule, {"bg_color": band_tint(position, len(edition.bands))})


def headline(data: ScorecardData) -> Formula:
    """Return the headline as a formula: the score with its interval, and what caps the band."""
    cells = {
        name: data.layout.cell(SUMMARY_SHEET, SCORE_ROW, k) for k, name in enumerate(("score", "worst", "best"), 1)
    }
    said_as = _decimals_of(data, cells["score"])
    said, _now = f.live_sentence(_HEADLINE, {name: (said_as(cell), "") for name, cell in cells.items()})
    if data.edition.minimum_standards:
        said += f"&{_cap_sentence(data, cells['score'])}"
    return f.if_(f.is_missing(cells["score"]), f.text_literal(_no_score_sentence(data.edition)), said)


# Translators: the numbers change while somebody works in the file, so the sentence has to fit any number.
_HEADLINE = N_(
    "%(score)s points now; between %(worst)s and %(best)s, depending on every blank and every “does not apply”."
)


def headline_now(data: ScorecardData) -> str:
    """Return the present text of the headline."""
    edition, overall = data.edition, data.claimed.overall
    if overall.score is None:
        return _no_score_sentence(edition)
    digits = headline_decimals(edition, overall.score)
    score, worst, best = (shown(points, digits) for points in (overall.score, overall.worst, overall.best))
    said = f.present_sentence(_HEADLINE, score=score, worst=worst, best=best)
    return f"{said} {_cap_now(data.claimed, score)}" if _is_held(data.claimed) else said


def exact_decimals(edition: Edition) -> int:
    """Return the decimals of a score that, as a whole number, would seem to reach a band that it misses."""
    return max(1, edition.round)


def headline_decimals(edition: Edition, score: float | None) -> int:
    """Return the number of decimals of a score in a headline."""
    return exact_decimals(edition) if decimals_to_show(edition, score) else 0


def _decimals_of(data: ScorecardData, score: CellReference) -> Callable[[CellReference], Formula]:
    """Return a function that formats numbers as the score: whole, or with the decimals that it needs."""
    higher, more = rounds_into_next_band(data, score), exact_decimals(data.edition)
    return lambda cell: f.if_(higher, f.fixed_decimals(cell, more), f.fixed_decimals(cell, 0))


def _no_score_sentence(edition: Edition) -> str:
    minimum = edition.root.min_coverage
    if minimum is None:
        return _("No score: none of the questions asked counts.")
    return _("No score yet: at least %(share)s of what is asked must be covered.", share=formats.percent(minimum))


def _cap_sentence(data: ScorecardData, score: CellReference) -> Formula:
    """Return the sentence on the capped band, to be added to the headline; empty if the band is not capped."""
    by_points, band, fails = (data.layout.cell(SUMMARY_SHEET, row, 1) for row in (POINTS_ROW, BAND_ROW, FAILS_ROW))
    points = _decimals_of(data, score)(score)
    live: Mapping[str, Operand] = {"score": points, "by_points": by_points, "band": band, "number": fails}
    said, _now = f.live_sentence(_cap_message(data.edition), {name: (part, "") for name, part in live.items()})
    return f.if_(f"EXACT({by_points},{band})", MISSING, f"{f.text_literal(' ')}&{said}")


def _cap_message(edition: Edition) -> str:
    if any(standard.band is not None or standard.part.prerequisite for standard in edition.minimum_standards):
        # Translators: the numbers change while somebody works in the file, so the sentence has to fit any number.
        return N_(
            "%(score)s points would normally mean %(by_points)s. The band is limited to %(band)s because minimum "
            "standards are not met; they are listed below."
        )
    # Translators: the numbers change while somebody works in the file, so the sentence has to fit any number.
    return N_(
        "%(score)s points would normally mean %(by_points)s. The band is limited to %(band)s because critical "
        "requirements are not met: %(number)s."
    )


def _is_held(card: Scorecard) -> bool:
    return card.cap is not None and card.cap.by_points.title != card.cap.band.title


def _cap_now(card: Scorecard, score: str) -> str:
    cap = card.cap
    assert cap is not None
    bands = {"by_points": cap.by_points.title, "band": cap.band.title}
    return f.present_sentence(_cap_message(card.edition), score=score, **bands, number=str(len(cap.failed)))


LENS_STANDING_COLUMN = 2
