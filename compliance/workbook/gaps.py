"""The sheet *Gaps*: the requirements not fully met, worst first, as they were when the file was downloaded."""

from compliance.scoring.gaps import Gap
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, shown_or_empty
from compliance.workbook.look import decimals
from compliance.workbook.places import GAPS, Column
from compliance.workbook.wording import lens_title, provision_title, value_title
from compliance.workbook.writer import Book, Sheet

HEAD = 3
_NOTE = (
    "Order, points lost and points gained are values as downloaded. Points lost add up to what is missing; points "
    "gained are what the overall score would rise by if this requirement alone were met. “Score now” is live."
)
_NO_SCORE = "There is no overall score, so no gaps are listed: too little of what is asked is covered."
_NO_GAPS = "Every requirement that was asked is fully met."


def write_gaps(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, lenses = book.sheet(GAPS), list(assessed.edition.lenses)[:2]
    sheet.widths(4, 46, 10, 9, 9, 9, 9, *[15] * len(lenses), 34, 52, 7)
    sheet.text(0, 0, "Gaps, worst first", "title")
    sheet.inner.set_row(0, 30)
    sheet.text(1, 0, _NOTE, "soft")
    taken = f"as downloaded{' on ' + assessed.papers.as_of if assessed.papers.as_of else ''}"
    sheet.text(HEAD - 1, 0, taken, "topic")
    heads = (
        "",
        "Requirement",
        "Critical",
        "Score",
        "Score now",
        "Points lost",
        "Points gained",
        *map(lens_title, lenses),
    )
    sheet.heads(
        HEAD,
        (*heads, "Measured against", "What closes it", "Effort"),
        right=(*range(3, 7), 9 + len(lenses)),
        inset=(1, 7),
    )
    for position, gap in enumerate(assessed.card.gaps, 1):
        _gap(sheet, assessed, HEAD + position, position, gap, lenses)
    if not assessed.card.gaps:
        sheet.text(HEAD + 1, 1, _NO_SCORE if assessed.card.overall.score is None else _NO_GAPS)
    sheet.frozen(HEAD + 1, 2)
    sheet.printed(heading=assessed.papers.company, note=taken.capitalize(), wide=True, repeat=(HEAD, HEAD))
    sheet.kept_from_slips()


def _gap(sheet: Sheet, assessed: Assessed, row: int, position: int, gap: Gap, lenses: list[str]) -> None:
    edition, requirement, digits = assessed.edition, gap.requirement, decimals(assessed.edition.round)
    sheet.number(row, 0, position, "row", "soft")
    sheet.text(row, 1, requirement.title or requirement.id, "row", "wrap", "bold", "inset")
    sheet.text(row, 2, "not met" if gap.fails_critical else "", "row", "wrap", "bold")
    sheet.number(row, 3, gap.score, "row", digits)
    reported = assessed.places.part(requirement.id, Column.REPORTED)
    now = f.unless_off(reported, f"{reported}*{f.number(edition.scale)}")
    sheet.formula(row, 4, now, shown_or_empty(assessed.card.nodes[requirement.id].score), "row", "soft", digits)
    sheet.number(row, 5, gap.loss, "row", digits)
    sheet.number(row, 6, gap.gain, "row", digits)
    for column, lens in enumerate(lenses, 7):
        sheet.text(
            row, column, value_title(requirement.lenses.get(lens, "")), "row", *(["inset"] if column == 7 else [])
        )
    after = 7 + len(lenses)
    law = ", ".join(provision_title(edition, provision) for provision in requirement.law)
    sheet.text(row, after, law, "row", "wrap", "small", "soft")
    sheet.text(row, after + 1, requirement.closes, "row", "wrap")
    sheet.number(row, after + 2, requirement.effort, "row", "soft", "points")
