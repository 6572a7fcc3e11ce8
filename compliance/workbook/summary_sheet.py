"""The sheet *Summary*: one page with the score and its interval, the band and what caps it, themes and lenses."""

from collections.abc import Sequence
from functools import partial
from itertools import product

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import VOICE_LABELS, label_of, lens_label, lens_value_label
from compliance.narrative.method_wording import day_words, legal_disclaimer, translation_note
from compliance.narrative.score_wording import no_verdict_note, part_title, progress_words, reviewed_words
from compliance.questionnaire.edition import ASPECT_LENS, OVERALL, Node
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.numeric import SCORE, number_or_none
from compliance.scoring.progress import progress_of, questions_in
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import check_answer_words, count_to_check
from compliance.workbook.cell_styles import (  # fmt: skip
    BAND_COLOURS,
    INK,
    LINE,
    SANS,
    SOFT,
    TINT,
    WARNING,
    Style,
    decimals,
    percent,
)
from compliance.workbook.formulas import MISSING, CachedValue, CellRange, CellReference, Formula
from compliance.workbook.minimum_standards import standard_met
from compliance.workbook.question_inputs import has_verdicts
from compliance.workbook.scorecard_columns import REPORTED_COLUMNS, SCORE_TRACKS, CalculationColumn, ScoreTrack
from compliance.workbook.scorecard_data import ScorecardData, cached_score
from compliance.workbook.scorecard_layout import (
    BAND_ROW,
    COVERAGE_ROW,
    FAILS_ROW,
    LENSES_SHEET,
    POINTS_ROW,
    REVIEW_SHEET,
    SCORE_ROW,
    SUMMARY_SHEET,
)
from compliance.workbook.standing_cells import LENS_STANDING_COLUMN as LENS_STANDING
from compliance.workbook.standing_cells import (
    StandingColumn,
    band_position,
    band_title,
    colour_bands,
    exact_decimals,
    first_lens_row,
    headline,
    headline_now,
    rounds_into_next_band,
    write_node_standing,
    write_standing_headings,
)
from compliance.workbook.standing_values import (
    StandingOf,
    band_title_now,
    standing_of_lens,
    standing_of_node,
    standing_value,
    values_of_standing,
)
from compliance.workbook.writer import SheetWriter, WorkbookWriter

LAST_COLUMN = len(StandingColumn)
BIG_SCORE_ROW, CHECKS_ROW, OVERALL_HEAD_ROW = 5, 6, BAND_ROW - 5

EVIDENCED_COLUMN, VERIFIED_COLUMN = 4, 5
_ERROR_BAR_PLUS, _ERROR_BAR_MINUS = LAST_COLUMN + 1, LAST_COLUMN + 2  # hidden
_CHART_ROWS = 15
_TITLE_LENGTH = 48  # letters of a title that fit on one line


def prepare_summary(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies only in the values of formulas."""
    sheet = book.sheet(data.layout.sheet_names[SUMMARY_SHEET])
    sheet.widths(38, 12, 12, 12, 13, 14, 12, 11, 10, 11, 10)
    sheet.xlsx.set_column(_ERROR_BAR_PLUS, _ERROR_BAR_MINUS, 8, None, {"hidden": True})
    sheet.text(0, 0, _("Article 34 · scorecard"), "topic")
    sheet.xlsx.set_row(1, 32)
    sheet.fill(3, 0, LAST_COLUMN, _TITLE_RULE)
    sheet.text(3, 0, translation_note(data.edition), "bold", _TITLE_RULE)
    _overall(book, sheet, data)
    row = _prepare_themes(sheet, data)
    for lens in _summary_lenses(data):
        row = _lens(sheet, data, lens, row)
    sheet.known["notes"] = str(_critical(sheet, data, row))
    sheet.protect()


def write_summary(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: name, verified score or a note that there is none, chart, and notes."""
    sheet = book.sheet(data.layout.sheet_names[SUMMARY_SHEET])
    _title(sheet, data)
    _verified_score(sheet, data.on("verified"))
    if themes := _themes(data):
        _chart(sheet, data, themes)
    progress = progress_of(data.edition, data.sheet, data.routes, questions_in(data.edition))
    reviewed = f" {reviewed_words(progress)}" if data.has_verdicts else ""  # else a live cell above says so
    so_far = _("As downloaded: %(words)s", words=progress_words(progress) + reviewed)
    notes, row = (*data.metadata.by_choice, so_far, legal_disclaimer()), int(sheet.known["notes"])
    for place, note in enumerate(notes, row):
        sheet.text(place, 0, note, "soft", "small")
    sheet.xlsx.print_area(0, 0, row + len(notes) - 1, LAST_COLUMN)
    sheet.set_up_page(heading=data.metadata.company, note=data.edition.title, pages=1)


_TITLE_RULE: Style = {"bottom": 1, "bottom_color": INK}


def _summary_lenses(data: ScorecardData) -> list[str]:
    """Return the aspect lens (code, practice, proof) and the first two other lenses; more do not fit on the page."""
    lenses = list(data.edition.lenses)
    others = [lens for lens in lenses if lens != ASPECT_LENS][:2]
    return [ASPECT_LENS, *others] if ASPECT_LENS in lenses else others


def _title(sheet: SheetWriter, data: ScorecardData) -> None:
    metadata = data.metadata
    sheet.text(1, 0, metadata.company, "title", {"quote_prefix": True})
    said = (
        data.edition.title,
        metadata.period if metadata.period not in data.edition.title else "",
        label_of(VOICE_LABELS, metadata.voice),
        metadata.law_as_of and _("law catalogue as of %(day)s", day=day_words(metadata.law_as_of)),
    )
    sheet.text(2, 0, " · ".join(words for words in said if words), "soft", {"quote_prefix": True})


def _overall(book: WorkbookWriter, sheet: SheetWriter, data: ScorecardData) -> None:
    edition, layout, now = data.edition, data.layout, standing_of_node("claimed", OVERALL)
    of_scale = _("Overall score, as claimed, out of %(scale)s", scale=formats.short_decimal(edition.scale))
    sheet.text(BIG_SCORE_ROW - 1, 0, of_scale, "topic")
    sheet.xlsx.set_row(BIG_SCORE_ROW, 66)
    sheet.xlsx.set_row(CHECKS_ROW, 20)
    heads = (_("Overall"), _("Claimed"), _("At worst"), _("At best"), _("Evidenced"), _("Verified"))
    sheet.headings(OVERALL_HEAD_ROW, heads, right=range(1, VERIFIED_COLUMN + 1))
    fails = _("Critical requirements not met")
    if any(standard.part.prerequisite for standard in edition.minimum_standards):
        fails = _("Critical requirements and prerequisites not met")
    labels = (_("Score"), _("Coverage"), _("Band by points alone"), fails, _("Band"))
    for row, label in enumerate(labels, SCORE_ROW):
        sheet.text(row, 0, label, "row", "soft")
        sheet.fill(row, 1, VERIFIED_COLUMN, "row")
    for at, column in enumerate(REPORTED_COLUMNS, 1):
        sheet.formula(SCORE_ROW, at, layout.points(OVERALL, column), None, "row", "bold", decimals(0))
    coverage = str(layout.part_cell(OVERALL, CalculationColumn.COVERAGE))
    sheet.formula(COVERAGE_ROW, 1, coverage, None, "row", percent())
    sheet.valued_by(values_of_standing(now, "score", "worst", "best", "coverage"))
    for at, track in enumerate(SCORE_TRACKS, 1):
        _bands(sheet, data, at, track, str(sheet.cell(SCORE_ROW, at)))
    for at, other in zip((EVIDENCED_COLUMN, VERIFIED_COLUMN), data.beside, strict=True):
        _beside(sheet, other, at)
    for row, at in product((POINTS_ROW, BAND_ROW), range(1, VERIFIED_COLUMN + 1)):
        colour_bands(sheet, edition, sheet.cell(row, at), sheet.cell(row, at))
    score = sheet.cell(SCORE_ROW, 1)
    sheet.formula(BIG_SCORE_ROW, 0, str(score), standing_value(now, "score"), "big", decimals(0))
    higher, more = rounds_into_next_band(data, score), decimals(exact_decimals(edition))
    sheet.conditional_format(CellRange(score, sheet.cell(SCORE_ROW, 3)), higher, more)
    big = sheet.cell(BIG_SCORE_ROW, 0)
    sheet.conditional_format(CellRange(big, big), higher, more)
    for place in (sheet.cell(SCORE_ROW, EVIDENCED_COLUMN), sheet.cell(SCORE_ROW, VERIFIED_COLUMN)):
        lifts = f.if_(f.call("ISNUMBER", place), rounds_into_next_band(data, place), "FALSE")
        sheet.conditional_format(CellRange(place, place), lifts, more)
    sheet.xlsx.merge_range(BIG_SCORE_ROW, 1, BIG_SCORE_ROW, LAST_COLUMN, "", book.style("start", "finding", "middle"))
    sheet.text_formula(BIG_SCORE_ROW, 1, headline(data), headline_now, "finding", "middle")
    sheet.xlsx.merge_range(CHECKS_ROW, 0, CHECKS_ROW, LAST_COLUMN, "", book.style("start", "wrap"))
    sheet.text_formula(CHECKS_ROW, 0, _to_check(data), "", "wrap")
    sheet.conditional_format(
        CellRange(sheet.cell(CHECKS_ROW, 0), sheet.cell(CHECKS_ROW, 0)), f"$A${CHECKS_ROW + 1}<>{MISSING}", WARNING
    )
    for name, place in zip(
        ("overall_score", "overall_worst", "overall_best"), (sheet.cell(SCORE_ROW, c) for c in (1, 2, 3)), strict=True
    ):
        book.define_name(name, place)
    book.define_name("overall_coverage", sheet.cell(COVERAGE_ROW, 1))
    book.define_name("overall_band", layout.overall_band)


def _to_check(data: ScorecardData) -> Formula:
    """Return the sentence on answers to check, and where they are; empty if there are none."""
    checks, review = count_to_check(data.layout, data.on("verified").layout), data.layout.sheet_names[REVIEW_SHEET]
    message = N_(
        "Answers to check: %(number)s. See “%(state)s” on the sheet %(review)s. Until then each counts as a blank."
    )
    live = {"number": (checks, "0")} | {
        k: (f.text_literal(v), v) for k, v in {"state": check_answer_words(), "review": review}.items()
    }
    return f.if_(f"{checks}=0", MISSING, f.live_sentence(message, live)[0])


def _beside(sheet: SheetWriter, data: ScorecardData, column: int) -> None:
    """Write the evidenced or verified score with coverage and bands; `_verified_score` writes the verified score."""
    now = standing_of_node(data.basis, OVERALL)
    points = data.layout.points(OVERALL, CalculationColumn.REPORTED)
    if not data.by_verdict:
        sheet.formula(SCORE_ROW, column, points, standing_value(now, "score"), *_SCORE_BESIDE)
    coverage = str(data.layout.part_cell(OVERALL, CalculationColumn.COVERAGE))
    sheet.formula(COVERAGE_ROW, column, coverage, standing_value(now, "coverage"), "row", percent())
    _bands(sheet, data, column, SCORE_TRACKS[0], points)


_SCORE_BESIDE: Sequence[str | Style] = ("row", "bold", "wrap", "right", decimals(0))


def _verified_score(sheet: SheetWriter, data: ScorecardData) -> None:
    """Write the verified score, or, before any verdict, a note that there is none."""
    reported = data.layout.points(OVERALL, CalculationColumn.REPORTED)
    points = f.if_(has_verdicts(data.layout), reported, f.text_literal(no_verdict_note()))
    if data.is_off:
        sheet.xlsx.set_row(SCORE_ROW, 40)  # room for the note: the chart's position follows from the heights set here
        sheet.text_formula(SCORE_ROW, VERIFIED_COLUMN, points, no_verdict_note(), *_SCORE_BESIDE, "small")
    else:
        sheet.formula(SCORE_ROW, VERIFIED_COLUMN, points, cached_score(data.card.overall.score), *_SCORE_BESIDE)


def _bands(sheet: SheetWriter, data: ScorecardData, column: int, track: ScoreTrack, points: Formula) -> None:
    """Write the band by points, the number of critical requirements that fail, and the capped band."""
    edition, layout = data.edition, data.layout
    if not edition.bands:
        return
    position, titles = band_position(data, points), "".join(band.title for band in edition.bands)
    by_points, left = (partial(_band_now, data.basis, track, is_capped) for is_capped in (False, True))
    sheet.text_formula(POINTS_ROW, column, band_title(data, position), by_points, "row", "right", may_say=titles)
    number = f"SUM({layout.column_cells(track.critical_fails)})"
    if data.by_verdict:
        number = f.if_(has_verdicts(layout), number, MISSING)
    sheet.formula(FAILS_ROW, column, number, partial(_fails_now, data.basis, track), "row")
    limits = layout.column_cells(track.highest_band)
    held = f.if_(f"COUNT({limits})>0", f"MIN({position},{limits})", position)
    sheet.text_formula(BAND_ROW, column, band_title(data, held), left, "row", "bold", "right", may_say=titles)


def _band_now(basis: Basis, track: ScoreTrack, is_capped: bool, data: ScorecardData) -> str:
    bands = data.on(basis).bands
    position = int((bands.capped if is_capped else bands.by_points)[track.figure, 0])
    return data.edition.bands[position].title if position >= 0 else ""


def _fails_now(basis: Basis, track: ScoreTrack, data: ScorecardData) -> CachedValue:
    on_basis = data.on(basis)
    return "" if on_basis.is_off else sum(float(flags[track.figure, 0]) for flags in on_basis.bands.failed.values())


_THEMES_HEAD = BAND_ROW + 2


def _themes(data: ScorecardData) -> list[Node]:
    return [theme for theme in data.edition.themes if theme.id in data.scores.results]


def _prepare_themes(sheet: SheetWriter, data: ScorecardData) -> int:
    """Write a row for each theme, above the chart. Return the next free row."""
    themes = _themes(data)
    if not themes:
        return _THEMES_HEAD
    sheet.headings(_THEMES_HEAD, (_("Themes"),))
    write_standing_headings(sheet, data, _THEMES_HEAD, 1)
    sheet.headings(_THEMES_HEAD, (_("To best"), _("To worst")), first=_ERROR_BAR_PLUS)
    for at, theme in enumerate(themes, _THEMES_HEAD + 1):
        title = part_title(theme)
        sheet.text(at, 0, title, "row", "wrap")
        if len(title) > _TITLE_LENGTH:  # otherwise rows grow on opening, after the chart's position was set
            sheet.xlsx.set_row(at, 15 * -(-len(title) // _TITLE_LENGTH))
        write_node_standing(sheet, data, at, 1, theme.id, "row")
        _error_bars(sheet, theme, at)
    ends = (sheet.cell(_THEMES_HEAD + at, 1 + StandingColumn.BAND) for at in (1, len(themes)))
    colour_bands(sheet, data.edition, *ends)
    return _THEMES_HEAD + len(themes) + _CHART_ROWS + 2


def _error_bars(sheet: SheetWriter, theme: Node, row: int) -> None:
    score, worst, best = (sheet.cell(row, column) for column in (1, 2, 3))
    either = f.call("OR", f.is_missing(score), f.is_missing(best))
    up, down = partial(_to_best, theme.id), partial(_to_worst, theme.id)
    sheet.formula(row, _ERROR_BAR_PLUS, f.if_(either, "0", f"{best}-{score}"), up, "unseen")
    sheet.formula(row, _ERROR_BAR_MINUS, f.if_(f.is_missing(score), "0", f"{score}-{worst}"), down, "unseen")


def _to_best(theme_id: str, data: ScorecardData) -> float:
    now = data.claimed.nodes[theme_id]
    return 0.0 if now.score is None or now.best is None else now.best - now.score


def _to_worst(theme_id: str, data: ScorecardData) -> float:
    now = data.claimed.nodes[theme_id]
    return 0.0 if now.score is None or now.worst is None else now.score - now.worst


def _chart(sheet: SheetWriter, data: ScorecardData, themes: Sequence[Node]) -> None:
    """Write a chart with each theme as a bar with its interval; 0 is at the start."""
    book, scale, columns = sheet.book, data.edition.scale, (0, 1, _ERROR_BAR_PLUS, _ERROR_BAR_MINUS)
    first, last = _THEMES_HEAD + 1, _THEMES_HEAD + len(themes)
    chart = book.bar_chart()
    names, values, up, down = (f"={CellRange(sheet.cell(first, at), sheet.cell(last, at))}" for at in columns)
    font = {"name": book.font(SANS), "size": 9, "color": SOFT}
    chart.add_series({
        "name": _("Score, with the least and the most it could be"),
        "categories": names,
        "values": values,
        "categories_data": [part_title(theme) for theme in themes],  # the present values of the cells
        "values_data": [cached_score(data.claimed.nodes[theme.id].score) for theme in themes],
        "fill": {"color": BAND_COLOURS[2]},
        "gap": 70,
        "y_error_bars": {
            "type": "custom", "plus_values": up, "minus_values": down,
            "plus_data": [_to_best(theme.id, data) for theme in themes],
            "minus_data": [_to_worst(theme.id, data) for theme in themes],
            "line": {"color": INK, "width": 1.25},
        },
    })  # fmt: skip
    title_font = {"name": book.font(SANS), "size": 10, "color": INK}
    title = _("Each theme’s score, with the least and the most it could be")
    chart.set_title({"name": title, "overlay": False, "name_font": title_font})
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": INK}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": LINE}}
    ticks = {"min": 0, "max": scale, "major_unit": scale / 4, "num_font": font, "num_format": "0.##"}
    chart.set_x_axis(ticks | {"major_gridlines": grid, "line": {"none": True}, "reverse": book.is_right_to_left})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 20 * _CHART_ROWS})
    alt = _(
        "Each theme’s score as a bar, with a line from the least to the most it could be. The numbers are "
        "in the table above."
    )
    sheet.xlsx.insert_chart(last + 1, 0, chart, {"object_position": 1, "description": alt, "y_offset": 6})


def _lens(sheet: SheetWriter, data: ScorecardData, lens: str, row: int) -> int:
    """Write the standing of each value of a lens, taken from the sheet *Lenses*. Return the next free row."""
    edition = data.edition
    sheet.headings(row, (lens_label(data.edition, lens),))
    write_standing_headings(sheet, data, row, 1)
    values = edition.lenses[lens]
    for k, value in enumerate(values):
        sheet.text(row + 1 + k, 0, lens_value_label(data.edition, lens, value), "row")
        source = data.layout.cell(LENSES_SHEET, first_lens_row(edition, lens) + k, LENS_STANDING)
        _lens_value(sheet, data, row + 1 + k, source, [standing_of_lens(basis, lens, value) for basis in BASES])
    last = row + len(values)
    colour_bands(sheet, edition, *(sheet.cell(r, 1 + StandingColumn.BAND) for r in (row + 1, last)))
    return last + 2


def _lens_value(
    sheet: SheetWriter, data: ScorecardData, row: int, source: CellReference, now: Sequence[StandingOf]
) -> None:
    """Write the standing of a lens value from its cells on *Lenses*. `now`: its present standing, on each basis."""
    digits, titles = decimals(data.edition.round), "".join(band.title for band in data.edition.bands)
    looks: Sequence[tuple[str | Style, ...]] = (
        ("bold", digits), ("soft", digits), ("soft", digits), (percent(),), ("centre",), ("soft", percent(1)),
        *2 * (("soft", digits), ("soft", percent())),
    )  # fmt: skip
    claimed = [(now[0], figure) for figure in ("score", "worst", "best", "coverage", "band", "weight")]
    beside = [(standing, figure) for standing in now[1:] for figure in ("score", "coverage")]
    for column, ((standing, figure), look) in enumerate(zip([*claimed, *beside], looks, strict=True)):
        cell = source._replace(column=source.column + column)
        live = f.unless_missing(cell, cell)
        if column != StandingColumn.BAND:
            sheet.formula(row, 1 + column, live, standing_value(standing, figure), "row", *look)
        elif data.edition.bands:
            sheet.text_formula(row, 1 + column, live, band_title_now(standing), "row", *look, may_say=titles)


def _critical(sheet: SheetWriter, data: ScorecardData, row: int) -> int:
    """Write the minimum standards, and whether each is met. Return the next free row."""
    edition, digits = data.edition, decimals(data.edition.round)
    standards = [standard for standard, _fails in data.bands.unmet]
    if not standards:
        return row
    is_critical_only = all(standard.band is None and not standard.part.prerequisite for standard in standards)
    title = _("Critical requirements") if is_critical_only else _("Minimum standards")
    sheet.headings(row, (title, _("Claimed"), _("Not met below"), _("State")), right=(1, 2), centre=(3,))
    for at, standard in enumerate(standards, row + 1):
        part = standard.part
        name = part_title(part) if standard.band is None else f"{standard.band.title}: {part_title(part)}"
        sheet.text(at, 0, name, "row", "wrap")
        value = data.layout.part_cell(part.id, CalculationColumn.SCORE)
        # Both are in the unit of the standard: points if it is given in points, else the scale of scores.
        unit = edition.scale if standard.points is None else part.unit_points
        points = f.unless_missing(value, f"{value}*{f.number_literal(unit)}")
        sheet.formula(at, 1, points, partial(_points_now, part.id, unit), "row", "bold", digits)
        sheet.number(at, 2, standard.share * unit, "row", "soft", digits)
        sheet.text_formula(at, 3, *standard_met(data, standard), "row", "centre")
    last = row + len(standards)
    missed = f.text_literal(_("not met"))
    not_met = f"$D{row + 2}={missed}"
    sheet.conditional_format(
        CellRange(sheet.cell(row + 1, 3), sheet.cell(last, 3)), not_met, {"bold": True, "bg_color": TINT}
    )
    return last + 2


def _points_now(part_id: str, unit: float, data: ScorecardData) -> float | None:
    return number_or_none(data.scores.results[part_id].value[SCORE, 0], unit)
