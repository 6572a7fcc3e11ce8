"""The sheet *Summary*: one page with the score and its interval, the band and what holds it, themes and lenses."""

from collections.abc import Sequence

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.rounding import shown
from compliance.scoring.scorecard import Standing
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, PeerFigure, shown_or_empty
from compliance.workbook.formulas import EMPTY, Formula, Place, Span
from compliance.workbook.lenses import STANDING as LENS_STANDING
from compliance.workbook.look import BAND_COLOURS, INK, LINE, SANS, SOFT, WARNING, Style, decimals
from compliance.workbook.places import FAILS, LENSES, OVERALL_BAND, SUMMARY, VALUES, Column
from compliance.workbook.requirements import met
from compliance.workbook.review import check_count
from compliance.workbook.standings import (
    BAND_COLUMN,
    HEADS,
    band_position,
    band_title,
    colour_bands,
    lens_row,
    title_of,
    write_node,
)
from compliance.workbook.wording import DISCLAIMER, NOT_JUDGED, lens_title, value_title, voice_words
from compliance.workbook.writer import Book, Sheet

LAST = 7
BIG, CHECKS, OVERALL_HEAD = 5, 6, OVERALL_BAND.row - 5
BAND_ROW = OVERALL_BAND.row
SCORE_ROW, COVERAGE_ROW, POINTS_ROW, FAILS_ROW = range(BAND_ROW - 4, BAND_ROW)
EVIDENCED = 4
_CHART_ROWS = 15
_TITLE = 48  # letters of a title that stand in one line
_PLUS, _MINUS = 9, 10


def write_summary(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet = book.sheet(SUMMARY)
    sheet.widths(38, 13, 13, 13, 13, 14, 10, 12)
    sheet.inner.set_column(_PLUS, _MINUS, 8, None, {"hidden": True})
    _title(sheet, assessed)
    _overall(book, sheet, assessed)
    row = _themes(book, sheet, assessed, BAND_ROW + 2)
    for lens in list(assessed.edition.lenses)[:2]:
        row = _lens(sheet, assessed, lens, row)
    row = _critical(sheet, assessed, row)
    row = _peers(sheet, assessed.papers.peers, row)
    if not assessed.sheet.verdicts:
        sheet.text(row, 0, NOT_JUDGED, "soft", "small")
        row += 1
    sheet.text(row, 0, DISCLAIMER, "soft", "small")
    sheet.inner.print_area(0, 0, row, LAST)
    sheet.printed(heading=assessed.papers.company, note=assessed.edition.title)
    sheet.kept_from_slips()


def _title(sheet: Sheet, assessed: Assessed) -> None:
    papers = assessed.papers
    sheet.text(0, 0, "Article 34 · scorecard", "topic")
    sheet.text(1, 0, papers.company, "title", {"quote_prefix": True})
    sheet.inner.set_row(1, 32)
    said = (
        assessed.edition.title,
        papers.period,
        voice_words(papers.voice),
        papers.as_of and f"law catalogue as of {papers.as_of}",
    )
    sheet.text(2, 0, " · ".join(word for word in said if word), "soft", {"quote_prefix": True})
    sheet.fill(3, 0, LAST, {"bottom": 1, "bottom_color": INK})


def _overall(book: Book, sheet: Sheet, assessed: Assessed) -> None:
    edition, card, places = assessed.edition, assessed.card, assessed.places
    digits, scale = decimals(edition.round), f.number(edition.scale)
    sheet.text(BIG - 1, 0, f"Overall score, as claimed, of {f.number(edition.scale)}", "topic")
    sheet.inner.set_row(BIG, 66)
    sheet.inner.set_row(CHECKS, 20)
    sheet.heads(
        OVERALL_HEAD, ("Overall", "As it stands", "At worst", "At best", "Evidenced,\nas downloaded"), right=range(1, 5)
    )
    for row, label in zip(
        range(SCORE_ROW, BAND_ROW + 1),
        ("Score", "Coverage", "Band by points alone", "Critical requirements not met", "Band"),
        strict=True,
    ):
        sheet.text(row, 0, label, "row", "soft")
        sheet.fill(row, 1, 4, "row")
    now = (card.overall.score, card.overall.worst, card.overall.best)
    for k, column in enumerate((Column.REPORTED, *VALUES[1:])):
        source = places.part(OVERALL, column)
        points = f.unless_off(source, f"{source}*{scale}")
        sheet.formula(SCORE_ROW, k + 1, points, shown_or_empty(now[k]), "row", "bold", "right", digits)
    coverage = str(places.part(OVERALL, Column.COVERAGE))
    sheet.formula(COVERAGE_ROW, 1, coverage, shown_or_empty(card.overall.coverage), "row", "right", "percent")
    _evidenced(sheet, assessed.evidenced.overall, digits)
    if edition.bands:
        _bands(sheet, assessed)
    score = sheet.at(SCORE_ROW, 1)
    sheet.formula(BIG, 0, str(score), shown_or_empty(card.overall.score), "big", decimals(0))
    sheet.inner.merge_range(BIG, 1, BIG, LAST, "", book.style("finding", "middle"))
    sheet.formula(BIG, 1, *_finding(assessed), "finding", "middle")
    sheet.inner.merge_range(CHECKS, 0, CHECKS, LAST, "", book.style("wrap"))
    checks = check_count(places)
    said = f.text(". See “check this answer” on the sheet Review. Until then each counts as a blank.")
    sheet.formula(CHECKS, 0, f.if_(f"{checks}=0", EMPTY, f"{f.text('Answers to check: ')}&{checks}&{said}"), "", "wrap")
    sheet.highlight(Span(sheet.at(CHECKS, 0), sheet.at(CHECKS, 0)), f"$A${CHECKS + 1}<>{EMPTY}", WARNING)
    for name, place in zip(
        ("overall_score", "overall_worst", "overall_best"), (sheet.at(SCORE_ROW, c) for c in (1, 2, 3)), strict=True
    ):
        book.name(name, place)
    book.name("overall_coverage", sheet.at(COVERAGE_ROW, 1))
    book.name("overall_band", OVERALL_BAND)


def _evidenced(sheet: Sheet, standing: Standing, digits: Style) -> None:
    """Values, not formulas: what rests on evidence is not entered in this file."""
    if standing.score is not None:
        sheet.number(SCORE_ROW, EVIDENCED, standing.score, "row", "right", digits)
    if standing.coverage is not None:
        sheet.number(COVERAGE_ROW, EVIDENCED, standing.coverage, "row", "right", "percent")
    sheet.text(BAND_ROW, EVIDENCED, str(title_of(standing)), "row", "right")


def _bands(sheet: Sheet, assessed: Assessed) -> None:
    """The band by points, the critical requirements that fail, and the band that is left."""
    edition, bands = assessed.edition, assessed.bands
    ids = [band.id for band in edition.bands]
    cap = ids.index(edition.critical_cap) + 1 if edition.critical_cap else len(ids)
    for k in range(3):
        points = sheet.at(SCORE_ROW, k + 1)
        position = band_position(edition, points)
        by_points, capped = int(bands.by_points[k, 0]), int(bands.capped[k, 0])
        title = edition.bands[by_points].title if by_points >= 0 else ""
        sheet.formula(POINTS_ROW, k + 1, band_title(edition, position), title, "row", "right")
        fails = sum(float(flags[k, 0]) for flags in bands.failed.values())
        count = sheet.formula(FAILS_ROW, k + 1, f"SUM({assessed.places.all_parts(FAILS[k])})", fails, "row", "right")
        held = f.if_(f"{count}>0", f"MIN({position},{cap})", position)
        title = edition.bands[capped].title if capped >= 0 else ""
        sheet.formula(BAND_ROW, k + 1, band_title(edition, held), title, "row", "bold", "right")
    for column in range(1, EVIDENCED + 1):
        for row in (POINTS_ROW, BAND_ROW):
            colour_bands(sheet, edition, sheet.at(row, column), sheet.at(row, column))


def _finding(assessed: Assessed) -> tuple[Formula, str]:
    """The headline: the score with its interval, and what holds the band down; and what it says now."""
    edition, card = assessed.edition, assessed.card
    score, worst, best = (Place(SUMMARY, SCORE_ROW, column) for column in (1, 2, 3))
    none = _no_score(edition)
    ends = (" points now, and between ", " and ", " once every blank and every “does not apply” is settled.")
    parts = [f.shown(score, 0), f.text(ends[0]), f.shown(worst, 0), f.text(ends[1]),
             f.shown(best, 0), f.text(ends[2])]  # fmt: skip
    said = [shown(n, 0) for n in (card.overall.score, card.overall.worst, card.overall.best)]
    sentence = f"{said[0]}{ends[0]}{said[1]}{ends[1]}{said[2]}{ends[2]}"
    if edition.critical_cap:
        parts.append(_held(score))
        sentence += _held_now(assessed, said[0])
    return f.if_(f.off(score), f.text(none), "&".join(parts)), none if card.overall.score is None else sentence


def _no_score(edition: Edition) -> str:
    minimum = edition.root.min_coverage
    if minimum is None:
        return "No score: nothing that is asked counts."
    return f"No score yet: at least {minimum * 100:g} % of what is asked must be covered."


_STOPS, _BECAUSE = ". The band stops at ", " because of critical requirements that are not met: "


def _held(score: Place) -> Formula:
    by_points, band, fails = (Place(SUMMARY, row, 1) for row in (POINTS_ROW, BAND_ROW, FAILS_ROW))
    parts = (f.text(" "), f.shown(score, 0), f.text(" points would be "), by_points, f.text(_STOPS), band,
             f.text(_BECAUSE), fails, f.text("."))  # fmt: skip
    return f.if_(f"EXACT({by_points},{band})", EMPTY, "&".join(map(str, parts)))


def _held_now(assessed: Assessed, score: str) -> str:
    cap = assessed.card.cap
    if cap is None or cap.by_points.title == cap.band.title:
        return ""
    return f" {score} points would be {cap.by_points.title}{_STOPS}{cap.band.title}{_BECAUSE}{len(cap.failed)}."


def _themes(book: Book, sheet: Sheet, assessed: Assessed, row: int) -> int:
    themes = [theme for theme in assessed.edition.themes if theme.id in assessed.scores.results]
    if not themes:
        return row
    sheet.heads(row, ("Themes", *HEADS, "Evidenced,\nas downloaded"), right=(1, 2, 3, 4, 6, 7), centre=(5,))
    sheet.heads(row, ("To best", "To worst"), first=_PLUS)
    first, last = row + 1, row + len(themes)
    for at, theme in enumerate(themes, first):
        title = theme.title or theme.id
        sheet.text(at, 0, title, "row", "wrap")
        if len(title) > _TITLE:  # or the chart below would be put where the rows are before they grow
            sheet.inner.set_row(at, 15 * -(-len(title) // _TITLE))
        write_node(sheet, assessed, at, 1, theme.id, "row")
        evidenced = assessed.evidenced.nodes[theme.id].score
        if evidenced is None:
            sheet.text(at, LAST, "", "row")
        else:
            sheet.number(at, LAST, evidenced, "row", "soft", decimals(assessed.edition.round))
        _whiskers(sheet, assessed.card.nodes[theme.id], at)
    colour_bands(sheet, assessed.edition, sheet.at(first, 1 + BAND_COLUMN), sheet.at(last, 1 + BAND_COLUMN))
    _chart(book, sheet, assessed, first, last)
    return last + _CHART_ROWS + 2


def _whiskers(sheet: Sheet, now: Standing, row: int) -> None:
    score, worst, best = (sheet.at(row, column) for column in (1, 2, 3))
    up = 0.0 if now.score is None or now.best is None else now.best - now.score
    down = 0.0 if now.score is None or now.worst is None else now.score - now.worst
    either = f.call("OR", f.off(score), f.off(best))
    sheet.formula(row, _PLUS, f.if_(either, "0", f"{best}-{score}"), up)
    sheet.formula(row, _MINUS, f.if_(f.off(score), "0", f"{score}-{worst}"), down)


def _chart(book: Book, sheet: Sheet, assessed: Assessed, first: int, last: int) -> None:
    """Each theme as a bar with its interval."""
    chart, scale = book.bar_chart(), assessed.edition.scale
    names, values, up, down = (f"={Span(sheet.at(first, at), sheet.at(last, at))}" for at in (0, 1, _PLUS, _MINUS))
    font = {"name": SANS, "size": 9, "color": SOFT}
    chart.add_series({
        "name": "Score, with its least and most",
        "categories": names,
        "values": values,
        "fill": {"color": BAND_COLOURS[2]},
        "gap": 70,
        "y_error_bars": {
            "type": "custom", "plus_values": up, "minus_values": down,
            "line": {"color": INK, "width": 1.25},
        },
    })  # fmt: skip
    chart.set_title({"name": "Each theme, from its least to its most", "overlay": False,
                     "name_font": {"name": SANS, "size": 10, "color": INK}})  # fmt: skip
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": INK}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": LINE}}
    ticks = {"min": 0, "max": scale, "major_unit": scale / 4, "num_font": font, "num_format": "0.##"}
    chart.set_x_axis(ticks | {"major_gridlines": grid, "line": {"none": True}})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 20 * _CHART_ROWS})
    alt = "Each theme's score as a bar, with a line from its least to its most. The numbers stand in the table above."
    sheet.inner.insert_chart(last + 1, 0, chart, {"object_position": 1, "description": alt})


def _lens(sheet: Sheet, assessed: Assessed, lens: str, row: int) -> int:
    """The standing of each value of a lens, taken from the sheet *Lenses*."""
    edition, digits = assessed.edition, decimals(assessed.edition.round)
    sheet.heads(row, (lens_title(lens), *HEADS), right=(1, 2, 3, 4, 6), centre=(5,))
    values = edition.lenses[lens]
    for at, value in enumerate(values, row + 1):
        now = assessed.card.lenses[lens][value]
        figures = (now.score, now.worst, now.best, now.coverage, None, now.weight)
        forms: tuple[Style | str, ...] = (digits, digits, digits, "percent", "centre", {"num_format": "0.0%"})
        sheet.text(at, 0, value_title(value), "row")
        source_row = lens_row(edition, lens) + at - row - 1
        for column, (figure, form) in enumerate(zip(figures, forms, strict=True)):
            source = Place(LENSES, source_row, LENS_STANDING + column)
            cached = title_of(now) if column == BAND_COLUMN else shown_or_empty(figure)
            look: Sequence[str] = ("bold",) if column == 0 else () if column in (3, BAND_COLUMN) else ("soft",)
            if column == BAND_COLUMN and not edition.bands:
                continue
            sheet.formula(at, 1 + column, f.unless_off(source, source), cached, "row", *look, form)
    last = row + len(values)
    colour_bands(sheet, edition, *(sheet.at(r, 1 + BAND_COLUMN) for r in (row + 1, last)))
    return last + 2


def _critical(sheet: Sheet, assessed: Assessed, row: int) -> int:
    """The critical requirements, and whether each is met."""
    edition, digits = assessed.edition, decimals(assessed.edition.round)
    critical = [edition.nodes[requirement] for requirement in assessed.bands.failed]
    if not critical:
        return row
    sheet.heads(row, ("Critical requirements", "Score", "Not met below", "State"), right=(1, 2), centre=(3,))
    for at, requirement in enumerate(critical, row + 1):
        assert requirement.critical is not None
        sheet.text(at, 0, requirement.title or requirement.id, "row", "wrap")
        reported = assessed.places.part(requirement.id, Column.REPORTED)
        points = f.unless_off(reported, f"{reported}*{f.number(edition.scale)}")
        now = shown_or_empty(assessed.card.nodes[requirement.id].score)
        sheet.formula(at, 1, points, now, "row", "bold", digits)
        sheet.number(at, 2, requirement.critical * edition.scale, "row", "soft", digits)
        sheet.formula(at, 3, *met(assessed, requirement), "row", "centre")
    last = row + len(critical)
    not_met = f'$D{row + 2}="not met"'
    sheet.highlight(Span(sheet.at(row + 1, 3), sheet.at(last, 3)), not_met, {"bold": True, "bg_color": "#f7eef3"})
    return last + 2


def _peers(sheet: Sheet, peers: Sequence[PeerFigure], row: int) -> int:
    """Where the company stands among others: values, as downloaded."""
    if not peers:
        return row
    heads = (
        "Beside others, as downloaded",
        "This company",
        "Companies",
        "Lower quarter",
        "Middle",
        "Upper quarter",
        "Place",
    )
    sheet.heads(row, heads, right=range(1, 7))
    for row, peer in enumerate(peers, row + 1):  # noqa: B020
        sheet.text(row, 0, peer.measure, "row", "text")
        for column, number in enumerate((peer.company, peer.n, peer.lower, peer.middle, peer.upper), 1):
            if number is None:
                sheet.text(row, column, "", "row")
            else:
                sheet.number(row, column, number, "row", "points")
        sheet.text(row, 6, peer.place, "row", "right")
    return row + 2
