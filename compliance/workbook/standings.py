"""How something stands, as six cells: score, at worst, at best, coverage, band, and its share of the whole."""

from collections.abc import Sequence

from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.scorecard import Standing
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, shown_or_empty
from compliance.workbook.formulas import EMPTY, Formula, Place, Span
from compliance.workbook.look import Style, band_tint, decimals
from compliance.workbook.places import CARRIED, METHOD, SHARES, VALUES, Column
from compliance.workbook.writer import Cached, Sheet

HEADS = ("Score", "At worst", "At best", "Coverage", "Band", "Share of overall")
#: The columns that hold a group's sums, out of sight.
WORKING_HEADS = ("Sum", "at worst", "at best", "coverage", "Weight", "at worst", "at best", "coverage")
BAND_COLUMN = 4
#: Where the bands stand on *Method*.
FIRST_BAND = 5
BAND_ID, BAND_TITLE, BAND_FROM = 0, 1, 2


def write_node(sheet: Sheet, assessed: Assessed, row: int, column: int, node_id: str, *styles: str | Style) -> None:
    """The standing of a node. The band of the whole is found elsewhere, as critical requirements cap it."""
    places, now = assessed.places, assessed.card.nodes[node_id]
    scale = f.number(assessed.edition.scale)
    sources = [places.part(node_id, c) for c in (Column.REPORTED, *VALUES[1:])]
    scores = [f.unless_off(source, f"{source}*{scale}") for source in sources]
    coverage, share = places.part(node_id, Column.COVERAGE), places.part(node_id, Column.SHARE_SCORE)
    _write(sheet, assessed, row, column, scores, str(coverage), str(share), now, *styles)


def write_group(
    sheet: Sheet,
    assessed: Assessed,
    row: int,
    column: int,
    working: int,
    sums: Sequence[tuple[Formula, float]],
    now: Standing,
    *styles: str | Style,
) -> None:
    """The standing of a group of questions, from eight sums: carried by score, worst, best, coverage; then weights."""
    cells = [sheet.formula(row, working + i, formula, value, "soft") for i, (formula, value) in enumerate(sums)]
    carried, weights, scale = cells[:4], cells[4:], f.number(assessed.edition.scale)
    means = [f"{total}/{weight}*{scale}" for total, weight in zip(carried[:3], weights[:3], strict=True)]
    score = sheet.at(row, column)
    clamped = [means[0], f.call("MIN", means[1], score), f.call("MAX", means[2], score)]
    scores = [f.if_(f"{w}>0", mean, EMPTY) for w, mean in zip(weights[:3], clamped, strict=True)]
    _write(sheet, assessed, row, column, scores, f.ratio(carried[3], weights[3]), str(weights[0]), now, *styles)


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


def _write(
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
    sheet.formula(row, column + 3, coverage, shown_or_empty(now.coverage), *styles, "percent")
    if assessed.edition.bands:
        band = band_of(assessed.edition, sheet.at(row, column))
        sheet.formula(row, column + BAND_COLUMN, band, title_of(now), *styles, "centre")
    else:
        sheet.text(row, column + BAND_COLUMN, "", *styles)
    sheet.formula(row, column + 5, share, now.weight, *styles, "soft", {"num_format": "0.0%"})


def title_of(standing: Standing) -> Cached:
    """The title of a standing's band, empty for none."""
    return standing.band.title if standing.band else ""


def band_position(edition: Edition, points: Place) -> Formula:
    """Which band, counted from 1; 0 for none. A score is looked up as it is shown, or as `band_at` says."""
    looked_up = str(points) if edition.band_at is None else f.rounded(points, edition.band_at)
    found = f.call("MATCH", f"{looked_up}+{f.TOLERANCE}", _bands(edition, BAND_FROM), "1")
    return f.if_(f.off(points), "0", f.call("IFERROR", found, "0"))


def band_title(edition: Edition, position: Place | Formula) -> Formula:
    """The title of the band at a position; empty for none."""
    return f.if_(f"{position}=0", EMPTY, f.call("INDEX", _bands(edition, BAND_TITLE), position))


def band_of(edition: Edition, points: Place) -> Formula:
    """The title of a score's band."""
    return band_title(edition, band_position(edition, points))


def _bands(edition: Edition, column: int) -> Span:
    last = FIRST_BAND + len(edition.bands) - 1
    return Span(Place(METHOD, FIRST_BAND, column), Place(METHOD, last, column))


def colour_bands(sheet: Sheet, edition: Edition, first: Place, last: Place) -> None:
    """Give the word of each band its ground."""
    for position, band in enumerate(edition.bands):
        rule = f"EXACT(${f.column_letters(first.column)}{first.row + 1},{f.text(band.title)})"
        sheet.highlight(Span(first, last), rule, {"bg_color": band_tint(position, len(edition.bands))})
