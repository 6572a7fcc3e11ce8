"""The sheet *Summary*: one page with the score and its interval, the band and what holds it, themes and lenses."""

from collections.abc import Callable, Sequence

from compliance.findings.standing import progress_words, reviewed_words
from compliance.languages import formats
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import VOICES, lens_title, lens_word, word
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.progress import progress_at
from compliance.scoring.rounding import shown
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, PeerFigure, shown_or_empty
from compliance.workbook.formulas import EMPTY, Formula, Place, Span
from compliance.workbook.lenses import STANDING as LENS_STANDING
from compliance.workbook.look import (
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
)  # fmt: skip
from compliance.workbook.notes import day_words, disclaimer, not_judged, of_the_translation
from compliance.workbook.places import BAND_ROW, FAILS, VALUES, Column
from compliance.workbook.requirements import met
from compliance.workbook.review import check_count, check_words
from compliance.workbook.sheet_names import LENSES, REVIEW, SUMMARY
from compliance.workbook.standings import (
    BAND_COLUMN,
    LIVE,
    NUMBERS,
    OTHERS,
    OTHERS_COLUMN,
    band_position,
    band_title,
    colour_bands,
    lens_row,
    others_note,
    seems_higher,
    standing_heads,
    title_of,
    write_node,
    write_others,
)
from compliance.workbook.writer import Book, Sheet

LAST = len(LIVE) + len(OTHERS)
BIG, CHECKS, OVERALL_HEAD = 5, 6, BAND_ROW - 5
SCORE_ROW, COVERAGE_ROW, POINTS_ROW, FAILS_ROW = range(BAND_ROW - 4, BAND_ROW)
EVIDENCED, VERIFIED = 4, 5
_CHART_ROWS = 15
_TITLE = 48  # letters of a title that stand in one line
_PLUS, _MINUS = LAST + 1, LAST + 2


def write_summary(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet = book.sheet(assessed.places.names[SUMMARY])
    sheet.widths(38, 12, 12, 12, 13, 14, 10, 11, 10, 11, 10)
    sheet.inner.set_column(_PLUS, _MINUS, 8, None, {"hidden": True})
    _title(sheet, assessed)
    _overall(book, sheet, assessed)
    row = _themes(book, sheet, assessed, BAND_ROW + 2)
    for lens in list(assessed.edition.lenses)[:2]:
        row = _lens(sheet, assessed, lens, row)
    row = _critical(sheet, assessed, row)
    row = _peers(sheet, assessed.papers.peers, row)
    progress = progress_at(assessed.edition, assessed.sheet)
    so_far = _("As downloaded: %(words)s", words=f"{progress_words(progress)} {reviewed_words(progress)}")
    notes = (so_far, others_note(), disclaimer())
    for place, note in enumerate(notes, row):
        sheet.text(place, 0, note, "soft", "small")
    sheet.inner.print_area(0, 0, row + len(notes) - 1, LAST)
    sheet.printed(heading=assessed.papers.company, note=assessed.edition.title)
    sheet.kept_from_slips()


def _title(sheet: Sheet, assessed: Assessed) -> None:
    papers = assessed.papers
    sheet.text(0, 0, _("Article 34 · scorecard"), "topic")
    sheet.text(1, 0, papers.company, "title", {"quote_prefix": True})
    sheet.inner.set_row(1, 32)
    said = (
        assessed.edition.title,
        papers.period,
        word(VOICES, papers.voice),
        papers.as_of and _("law catalogue as of %(day)s", day=day_words(papers.as_of)),
    )
    sheet.text(2, 0, " · ".join(words for words in said if words), "soft", {"quote_prefix": True})
    rule: Style = {"bottom": 1, "bottom_color": INK}
    sheet.fill(3, 0, LAST, rule)
    sheet.text(3, 0, of_the_translation(assessed.edition), "bold", rule)


def _overall(book: Book, sheet: Sheet, assessed: Assessed) -> None:
    edition, card, places = assessed.edition, assessed.card, assessed.places
    scale = f.number(edition.scale)
    of_scale = _("Overall score, as claimed, of %(scale)s", scale=formats.plain(edition.scale))
    sheet.text(BIG - 1, 0, of_scale, "topic")
    sheet.inner.set_row(BIG, 66)
    sheet.inner.set_row(CHECKS, 20)
    others = (_("Evidenced,\nas downloaded"), _("Verified,\nas downloaded"))
    heads = (_("Overall"), _("Claimed"), _("At worst"), _("At best"), *others)
    sheet.heads(OVERALL_HEAD, heads, right=range(1, VERIFIED + 1))
    labels = (_("Score"), _("Coverage"), _("Band by points alone"), _("Critical requirements not met"), _("Band"))
    for row, label in enumerate(labels, SCORE_ROW):
        sheet.text(row, 0, label, "row", "soft")
        sheet.fill(row, 1, VERIFIED, "row")
    now = (card.overall.score, card.overall.worst, card.overall.best)
    for k, column in enumerate((Column.REPORTED, *VALUES[1:])):
        source = places.part(OVERALL, column)
        points = f.unless_off(source, f"{source}*{scale}")
        sheet.formula(SCORE_ROW, k + 1, points, shown_or_empty(now[k]), "row", "bold", decimals(0))
    coverage = str(places.part(OVERALL, Column.COVERAGE))
    sheet.formula(COVERAGE_ROW, 1, coverage, shown_or_empty(card.overall.coverage), "row", percent())
    for at, other in zip((EVIDENCED, VERIFIED), assessed.others, strict=True):
        _other(sheet, other, at)
    if edition.bands:
        _bands(sheet, assessed)
    score = sheet.at(SCORE_ROW, 1)
    sheet.formula(BIG, 0, str(score), shown_or_empty(card.overall.score), "big", decimals(0))
    higher, more = seems_higher(assessed, score), decimals(_more_digits(edition))
    for first, last in ((score, sheet.at(SCORE_ROW, 3)), (sheet.at(BIG, 0), sheet.at(BIG, 0))):
        sheet.highlight(Span(first, last), higher, more)
    sheet.inner.merge_range(BIG, 1, BIG, LAST, "", book.style("start", "finding", "middle"))
    sheet.words(BIG, 1, *_finding(assessed), "finding", "middle")
    sheet.inner.merge_range(CHECKS, 0, CHECKS, LAST, "", book.style("start", "wrap"))
    sheet.words(CHECKS, 0, _to_check(assessed), "", "wrap")
    sheet.highlight(Span(sheet.at(CHECKS, 0), sheet.at(CHECKS, 0)), f"$A${CHECKS + 1}<>{EMPTY}", WARNING)
    for name, place in zip(
        ("overall_score", "overall_worst", "overall_best"), (sheet.at(SCORE_ROW, c) for c in (1, 2, 3)), strict=True
    ):
        book.name(name, place)
    book.name("overall_coverage", sheet.at(COVERAGE_ROW, 1))
    book.name("overall_band", places.overall_band)


def _to_check(assessed: Assessed) -> Formula:
    """How many answers are none, and where they stand; nothing while there are none."""
    checks, review = check_count(assessed.places), assessed.places.names[REVIEW]
    message = N_(
        "Answers to check: %(number)s. See “%(state)s” on the sheet %(review)s. Until then each counts as a blank."
    )
    live = {"number": (checks, "0")} | {
        k: (f.text(v), v) for k, v in {"state": check_words(), "review": review}.items()
    }
    return f.if_(f"{checks}=0", EMPTY, f.sentence(message, live)[0])


def _other(sheet: Sheet, card: Scorecard | None, column: int) -> None:
    """Values, not formulas: what rests on evidence, and what an auditor found, are not entered in this file."""
    if card is None:
        sheet.text(SCORE_ROW, column, not_judged(), "row", "soft", "small", "inset")
        return
    if card.overall.score is not None:
        digits = _digits(card.edition, card.overall.score)
        sheet.number(SCORE_ROW, column, card.overall.score, "row", "bold", decimals(digits))
    if card.overall.coverage is not None:
        sheet.number(COVERAGE_ROW, column, card.overall.coverage, "row", percent())
    sheet.number(FAILS_ROW, column, len(card.failed), "row")
    sheet.text(POINTS_ROW, column, card.cap.by_points.title if card.cap else title_of(card.overall), "row", "right")
    sheet.text(BAND_ROW, column, title_of(card.overall), "row", "bold", "right")


def _bands(sheet: Sheet, assessed: Assessed) -> None:
    """The band by points, the critical requirements that fail, and the band that is left."""
    edition, bands = assessed.edition, assessed.bands
    ids = [band.id for band in edition.bands]
    cap = ids.index(edition.critical_cap) + 1 if edition.critical_cap else len(ids)
    for k in range(3):
        points = sheet.at(SCORE_ROW, k + 1)
        position = band_position(assessed, points)
        by_points, capped = int(bands.by_points[k, 0]), int(bands.capped[k, 0])
        title = edition.bands[by_points].title if by_points >= 0 else ""
        sheet.words(POINTS_ROW, k + 1, band_title(assessed, position), title, "row", "right")
        fails = sum(float(flags[k, 0]) for flags in bands.failed.values())
        count = sheet.formula(FAILS_ROW, k + 1, f"SUM({assessed.places.all_parts(FAILS[k])})", fails, "row")
        held = f.if_(f"{count}>0", f"MIN({position},{cap})", position)
        title = edition.bands[capped].title if capped >= 0 else ""
        sheet.words(BAND_ROW, k + 1, band_title(assessed, held), title, "row", "bold", "right")
    for column in range(1, VERIFIED + 1):
        for row in (POINTS_ROW, BAND_ROW):
            colour_bands(sheet, edition, sheet.at(row, column), sheet.at(row, column))


def _finding(assessed: Assessed) -> tuple[Formula, str]:
    """The headline: the score with its interval, and what holds the band down; and what it says now."""
    edition, overall = assessed.edition, assessed.card.overall
    cells = {name: assessed.places.at(SUMMARY, SCORE_ROW, k) for k, name in enumerate(("score", "worst", "best"), 1)}
    now = {"score": overall.score, "worst": overall.worst, "best": overall.best}
    # Translators: the numbers change while somebody works in the file, so the sentence has to fit any number.
    message = N_(
        "%(score)s points now, and between %(worst)s and %(best)s once every blank and every “does not apply” "
        "is settled."
    )
    digits, said_as = _digits(edition, overall.score), _shown_as(assessed, cells["score"])
    said = f.sentence(message, {name: (said_as(cell), shown(now[name], digits)) for name, cell in cells.items()})
    if edition.critical_cap:
        held = _held(assessed, cells["score"])
        said = (f"{said[0]}&{held[0]}", said[1] + held[1])
    none = _no_score(edition)
    return f.if_(f.off(cells["score"]), f.text(none), said[0]), none if overall.score is None else said[1]


def _more_digits(edition: Edition) -> int:
    """The decimals of a score that a whole number would lift into a band that it misses."""
    return max(1, edition.round)


def _digits(edition: Edition, score: float | None) -> int:
    return _more_digits(edition) if decimals_to_show(edition, score) else 0


def _shown_as(assessed: Assessed, score: Place) -> Callable[[Place], Formula]:
    """How a number beside the score is told: like the score as a whole number, or with the decimals that it needs."""
    higher, more = seems_higher(assessed, score), _more_digits(assessed.edition)
    return lambda cell: f.if_(higher, f.shown(cell, more), f.shown(cell, 0))


def _no_score(edition: Edition) -> str:
    minimum = edition.root.min_coverage
    if minimum is None:
        return _("No score: nothing that is asked counts.")
    return _("No score yet: at least %(share)s of what is asked must be covered.", share=formats.percent(minimum))


def _held(assessed: Assessed, score: Place) -> tuple[Formula, str]:
    """What holds the band below what the points would give, to be added to the headline; nothing if nothing does."""
    card, cap = assessed.card, assessed.card.cap
    by_points, band, fails = (assessed.places.at(SUMMARY, row, 1) for row in (POINTS_ROW, BAND_ROW, FAILS_ROW))
    # Translators: the numbers change while somebody works in the file, so the sentence has to fit any number.
    message = N_(
        "%(score)s points would be %(by_points)s. The band stops at %(band)s because of critical requirements that are "
        "not met: %(number)s."
    )
    formula, now = f.sentence(
        message,
        {
            "score": (
                _shown_as(assessed, score)(score),
                shown(card.overall.score, _digits(card.edition, card.overall.score)),
            ),
            "by_points": (by_points, cap.by_points.title if cap else ""),
            "band": (band, cap.band.title if cap else ""),
            "number": (fails, str(len(cap.failed)) if cap else ""),
        },
    )
    is_held = cap is not None and cap.by_points.title != cap.band.title
    return f.if_(f"EXACT({by_points},{band})", EMPTY, f"{f.text(' ')}&{formula}"), f" {now}" if is_held else ""


def _themes(book: Book, sheet: Sheet, assessed: Assessed, row: int) -> int:
    themes = [theme for theme in assessed.edition.themes if theme.id in assessed.scores.results]
    if not themes:
        return row
    heads = (_("Themes"), *standing_heads())
    sheet.heads(row, heads, right=[1 + column for column in NUMBERS], centre=(1 + BAND_COLUMN,))
    sheet.heads(row, (_("To best"), _("To worst")), first=_PLUS)
    first, last = row + 1, row + len(themes)
    for at, theme in enumerate(themes, first):
        title = theme.title or theme.id
        sheet.text(at, 0, title, "row", "wrap")
        if len(title) > _TITLE:  # or the chart below would be put where the rows are before they grow
            sheet.inner.set_row(at, 15 * -(-len(title) // _TITLE))
        write_node(sheet, assessed, at, 1, theme.id, "row")
        _whiskers(sheet, assessed.card.nodes[theme.id], at)
    colour_bands(sheet, assessed.edition, sheet.at(first, 1 + BAND_COLUMN), sheet.at(last, 1 + BAND_COLUMN))
    _chart(book, sheet, assessed, first, last)
    return last + _CHART_ROWS + 2


def _whiskers(sheet: Sheet, now: Standing, row: int) -> None:
    score, worst, best = (sheet.at(row, column) for column in (1, 2, 3))
    up = 0.0 if now.score is None or now.best is None else now.best - now.score
    down = 0.0 if now.score is None or now.worst is None else now.score - now.worst
    either = f.call("OR", f.off(score), f.off(best))
    sheet.formula(row, _PLUS, f.if_(either, "0", f"{best}-{score}"), up, "unseen")
    sheet.formula(row, _MINUS, f.if_(f.off(score), "0", f"{score}-{worst}"), down, "unseen")


def _chart(book: Book, sheet: Sheet, assessed: Assessed, first: int, last: int) -> None:
    """Each theme as a bar with its interval; 0 is at the start."""
    chart, scale = book.bar_chart(), assessed.edition.scale
    names, values, up, down = (f"={Span(sheet.at(first, at), sheet.at(last, at))}" for at in (0, 1, _PLUS, _MINUS))
    font = {"name": book.font(SANS), "size": 9, "color": SOFT}
    chart.add_series({
        "name": _("Score, with its least and most"),
        "categories": names,
        "values": values,
        "fill": {"color": BAND_COLOURS[2]},
        "gap": 70,
        "y_error_bars": {
            "type": "custom", "plus_values": up, "minus_values": down,
            "line": {"color": INK, "width": 1.25},
        },
    })  # fmt: skip
    title_font = {"name": book.font(SANS), "size": 10, "color": INK}
    chart.set_title({"name": _("Each theme, from its least to its most"), "overlay": False, "name_font": title_font})
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": INK}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": LINE}}
    ticks = {"min": 0, "max": scale, "major_unit": scale / 4, "num_font": font, "num_format": "0.##"}
    chart.set_x_axis(ticks | {"major_gridlines": grid, "line": {"none": True}, "reverse": book.from_right})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 20 * _CHART_ROWS})
    alt = _(
        "Each theme’s score as a bar, with a line from its least to its most. The numbers stand in the table above."
    )
    sheet.inner.insert_chart(last + 1, 0, chart, {"object_position": 1, "description": alt, "y_offset": 6})


def _lens(sheet: Sheet, assessed: Assessed, lens: str, row: int) -> int:
    """The standing of each value of a lens, taken from the sheet *Lenses*."""
    edition = assessed.edition
    heads = (lens_title(lens), *standing_heads())
    sheet.heads(row, heads, right=[1 + column for column in NUMBERS], centre=(1 + BAND_COLUMN,))
    values = edition.lenses[lens]
    for k, value in enumerate(values):
        sheet.text(row + 1 + k, 0, lens_word(value), "row")
        source = assessed.places.at(LENSES, lens_row(edition, lens) + k, LENS_STANDING)
        _lens_value(sheet, assessed, row + 1 + k, source, assessed.card.lenses[lens][value])
        others = [card.lenses[lens][value] if card else None for card in assessed.others]
        write_others(sheet, edition, row + 1 + k, 1 + OTHERS_COLUMN, others, "row")
    last = row + len(values)
    colour_bands(sheet, edition, *(sheet.at(r, 1 + BAND_COLUMN) for r in (row + 1, last)))
    return last + 2


def _lens_value(sheet: Sheet, assessed: Assessed, row: int, source: Place, now: Standing) -> None:
    """The six live cells, each from its cell on *Lenses*."""
    digits = decimals(assessed.edition.round)
    looks: Sequence[tuple[str | Style, ...]] = (
        ("bold", digits), ("soft", digits), ("soft", digits), (percent(),), (), ("soft", percent(1)),
    )  # fmt: skip
    figures = (now.score, now.worst, now.best, now.coverage, None, now.weight)
    for column, (figure, look) in enumerate(zip(figures, looks, strict=True)):
        cell = source._replace(column=source.column + column)
        if column != BAND_COLUMN:
            sheet.formula(row, 1 + column, f.unless_off(cell, cell), shown_or_empty(figure), "row", *look)
        elif assessed.edition.bands:
            sheet.words(row, 1 + column, f.unless_off(cell, cell), title_of(now), "row", "centre")


def _critical(sheet: Sheet, assessed: Assessed, row: int) -> int:
    """The critical requirements, and whether each is met."""
    edition, digits = assessed.edition, decimals(assessed.edition.round)
    critical = [edition.nodes[requirement] for requirement in assessed.bands.failed]
    if not critical:
        return row
    heads = (_("Critical requirements"), _("Claimed"), _("Not met below"), _("State"))
    sheet.heads(row, heads, right=(1, 2), centre=(3,))
    for at, requirement in enumerate(critical, row + 1):
        assert requirement.critical is not None
        sheet.text(at, 0, requirement.title or requirement.id, "row", "wrap")
        reported = assessed.places.part(requirement.id, Column.REPORTED)
        points = f.unless_off(reported, f"{reported}*{f.number(edition.scale)}")
        now = shown_or_empty(assessed.card.nodes[requirement.id].score)
        sheet.formula(at, 1, points, now, "row", "bold", digits)
        sheet.number(at, 2, requirement.critical * edition.scale, "row", "soft", digits)
        sheet.words(at, 3, *met(assessed, requirement), "row", "centre")
    last = row + len(critical)
    missed = f.text(_("not met"))
    not_met = f"$D{row + 2}={missed}"
    sheet.highlight(Span(sheet.at(row + 1, 3), sheet.at(last, 3)), not_met, {"bold": True, "bg_color": TINT})
    return last + 2


def _peers(sheet: Sheet, peers: Sequence[PeerFigure], row: int) -> int:
    """Where the company stands among others: values, as downloaded."""
    if not peers:
        return row
    figures = (_("This company"), _("Companies"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Place"))
    sheet.heads(row, (_("Beside others, as downloaded"), *figures), right=range(1, 7))
    for row, peer in enumerate(peers, row + 1):  # noqa: B020
        sheet.text(row, 0, peer.measure, "row", "text")
        for column, number in enumerate((peer.company, peer.n, peer.lower, peer.middle, peer.upper), 1):
            if number is None:
                sheet.text(row, column, "", "row")
            else:
                sheet.number(row, column, number, "row", "points")
        sheet.text(row, 6, peer.place, "row", "right")
    return row + 2
