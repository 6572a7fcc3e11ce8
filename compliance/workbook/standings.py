"""How something stands: as claimed in six live cells, then as evidenced and as verified when it was downloaded."""

from collections.abc import Sequence

from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.scorecard import Standing
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, shown_or_empty
from compliance.workbook.formulas import EMPTY, Formula, Place, Span
from compliance.workbook.look import Style, band_tint, decimals, percent
from compliance.workbook.places import CARRIED, SHARES, VALUES, Column
from compliance.workbook.sheet_names import METHOD
from compliance.workbook.writer import Sheet

#: Live, as claimed.
LIVE = (N_("Claimed"), N_("At worst"), N_("At best"), N_("Coverage"), N_("Band"), N_("Share of overall"))
#: Values, as downloaded: the other two bases, and how much of what is asked each rests on.
OTHERS = (
    N_("Evidenced"),
    # Translators: the coverage of the score in the column before it.
    N_("Its coverage"),
    N_("Verified"),
    N_("Its coverage"),
)
#: The columns that hold a group's sums, out of sight.
WORKING = (
    N_("Sum"), N_("Sum at worst"), N_("Sum at best"), N_("Sum of coverage"),
    N_("Weight"), N_("Weight at worst"), N_("Weight at best"), N_("Weight of coverage"),
)  # fmt: skip
BAND_COLUMN, SHARE_COLUMN, OTHERS_COLUMN = 4, 5, 6
#: Those of the columns that hold numbers.
NUMBERS = tuple(column for column in range(len(LIVE) + len(OTHERS)) if column != BAND_COLUMN)
#: Where the bands stand on *Method*.
FIRST_BAND = 5
BAND_ID, BAND_TITLE, BAND_FROM = 0, 1, 2


def standing_heads() -> tuple[str, ...]:
    """The headings of those cells."""
    return tuple(map(_, (*LIVE, *OTHERS)))


def others_note() -> str:
    """How to read the last four."""
    return _("Claimed is live; evidenced and verified are values as downloaded.")


def working_heads() -> tuple[str, ...]:
    """The headings of the hidden ones."""
    return tuple(map(_, WORKING))


def write_node(sheet: Sheet, assessed: Assessed, row: int, column: int, node_id: str, *styles: str | Style) -> None:
    """The standing of a node. The band of the whole is found elsewhere, as critical requirements cap it."""
    places, now = assessed.places, assessed.card.nodes[node_id]
    others = [card.nodes[node_id] if card else None for card in assessed.others]
    scale = f.number(assessed.edition.scale)
    sources = [places.part(node_id, c) for c in (Column.REPORTED, *VALUES[1:])]
    scores = [f.unless_off(source, f"{source}*{scale}") for source in sources]
    coverage, share = places.part(node_id, Column.COVERAGE), places.part(node_id, Column.SHARE_SCORE)
    _write_live(sheet, assessed, row, column, scores, str(coverage), str(share), now, *styles)
    write_others(sheet, assessed.edition, row, column + OTHERS_COLUMN, others, *styles)


def write_group(
    sheet: Sheet,
    assessed: Assessed,
    row: int,
    column: int,
    working: int,
    sums: Sequence[tuple[Formula, float]],
    now: Standing,
    others: Sequence[Standing | None],
    *styles: str | Style,
) -> None:
    """The standing of a group of questions, from eight sums: carried by score, worst, best, coverage; then weights."""
    cells = [sheet.formula(row, working + i, formula, value, "soft") for i, (formula, value) in enumerate(sums)]
    carried, weights, scale = cells[:4], cells[4:], f.number(assessed.edition.scale)
    means = [f"{total}/{weight}*{scale}" for total, weight in zip(carried[:3], weights[:3], strict=True)]
    score = sheet.at(row, column)
    clamped = [means[0], f.call("MIN", means[1], score), f.call("MAX", means[2], score)]
    scores = [f.if_(f"{w}>0", mean, EMPTY) for w, mean in zip(weights[:3], clamped, strict=True)]
    coverage = f.ratio(carried[3], weights[3])
    _write_live(sheet, assessed, row, column, scores, coverage, str(weights[0]), now, *styles)
    write_others(sheet, assessed.edition, row, column + OTHERS_COLUMN, others, *styles)


def write_others(
    sheet: Sheet, edition: Edition, row: int, column: int, others: Sequence[Standing | None], *styles: str | Style
) -> None:
    """Score and coverage as evidenced and as verified; empty for what has no score, and before any verdict."""
    for at, standing in zip(range(column, column + len(OTHERS), 2), others, strict=True):
        figures = (None, None) if standing is None else (standing.score, standing.coverage)
        for figure, k, form in zip(figures, (0, 1), (decimals(edition.round), percent()), strict=True):
            if figure is None:
                sheet.text(row, at + k, "", *styles)
            else:
                sheet.number(row, at + k, figure, *styles, "soft", form)


def sums_of_lens(assessed: Assessed, lens: str, value: Place) -> list[tuple[Formula, float]]:
    """The eight sums over the questions that carry the value of a lens which a cell names."""
    name = _lens_value(assessed, lens, value)
    questions = [q for q in assessed.edition.questions.values() if q.scored and q.lenses.get(lens) == name]
    carries = f"EXACT({assessed.places.lens(lens)},{value})*1"
    formulas = [f"SUMPRODUCT({carries},{assessed.places.all_parts(c)})" for c in (*CARRIED, *SHARES)]
    return list(zip(formulas, sums_now(assessed, questions), strict=True))


def _lens_value(assessed: Assessed, lens: str, value: Place) -> str:
    return assessed.edition.lenses[lens][value.row - lens_row(assessed.edition, lens)]


def sums_now(assessed: Assessed, questions: Sequence[Question]) -> list[float]:
    """What those sums are now."""
    carried = [sum(assessed.carried(q, k) for q in questions) for k in range(4)]
    weights = [float(sum(assessed.shares[q.id][k, 0] for q in questions)) for k in range(3)]
    return [*carried, *weights, float(sum(assessed.coverage_shares[q.id][0] for q in questions))]


def lens_row(edition: Edition, lens: str) -> int:
    """The row on *Lenses* of a lens's first value."""
    row = 5
    for name, values in edition.lenses.items():
        if name == lens:
            return row
        row += len(values) + 3
    raise KeyError(lens)


def _write_live(
    sheet: Sheet,
    assessed: Assessed,
    row: int,
    column: int,
    scores: Sequence[Formula],
    coverage: Formula,
    share: Formula,
    now: Standing,
    *styles: str | Style,
) -> None:
    digits = decimals(assessed.edition.round)
    values = (now.score, now.worst, now.best)
    for i, (formula, value) in enumerate(zip(scores, values, strict=True)):
        extra: tuple[str | Style, ...] = ("bold",) if i == 0 else ("soft",)
        sheet.formula(row, column + i, formula, shown_or_empty(value), *styles, *extra, digits)
    sheet.formula(row, column + 3, coverage, shown_or_empty(now.coverage), *styles, percent())
    if assessed.edition.bands:
        band = band_of(assessed, sheet.at(row, column))
        sheet.words(row, column + BAND_COLUMN, band, title_of(now), *styles, "centre")
    else:
        sheet.text(row, column + BAND_COLUMN, "", *styles)
    sheet.formula(row, column + 5, share, now.weight, *styles, "soft", percent(1))


def title_of(standing: Standing) -> str:
    """The title of a standing's band, empty for none."""
    return standing.band.title if standing.band else ""


def band_position(assessed: Assessed, points: Place) -> Formula:
    """Which band, counted from 1; 0 for none. A score is looked up as it is shown, or as `band_at` says."""
    edition = assessed.edition
    looked_up = str(points) if edition.band_at is None else f.rounded(points, edition.band_at)
    found = f.call("MATCH", f"{looked_up}+{f.TOLERANCE}", _bands(assessed, BAND_FROM), "1")
    return f.if_(f.off(points), "0", f.call("IFERROR", found, "0"))


def seems_higher(assessed: Assessed, points: Place) -> Formula:
    """Whether a score would seem to reach a band that it misses, were it shown as a whole number."""
    if not assessed.edition.bands:
        return "FALSE"
    exact = str(points) if assessed.edition.band_at is None else f.rounded(points, assessed.edition.band_at)
    bounds = _bands(assessed, BAND_FROM)
    missed = f"SUMPRODUCT(({exact}+{f.TOLERANCE}<{bounds})*({f.rounded(points, 0)}>={bounds}))>0"
    return f.if_(f.off(points), "FALSE", missed)


def band_title(assessed: Assessed, position: Place | Formula) -> Formula:
    """The title of the band at a position; empty for none."""
    return f.if_(f"{position}=0", EMPTY, f.call("INDEX", _bands(assessed, BAND_TITLE), position))


def band_of(assessed: Assessed, points: Place) -> Formula:
    """The title of a score's band."""
    return band_title(assessed, band_position(assessed, points))


def _bands(assessed: Assessed, column: int) -> Span:
    last = FIRST_BAND + len(assessed.edition.bands) - 1
    return Span(assessed.places.at(METHOD, FIRST_BAND, column), assessed.places.at(METHOD, last, column))


def colour_bands(sheet: Sheet, edition: Edition, first: Place, last: Place) -> None:
    """Give the word of each band its ground."""
    for position, band in enumerate(edition.bands):
        rule = f"EXACT(${f.column_letters(first.column)}{first.row + 1},{f.text(band.title)})"
        sheet.highlight(Span(first, last), rule, {"bg_color": band_tint(position, len(edition.bands))})
