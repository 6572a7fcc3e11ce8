"""The sheet *Lenses*: the same questions grouped by CSR gap, prevention level and the other lenses of the edition."""

from compliance.workbook.assessed import Assessed
from compliance.workbook.look import Style
from compliance.workbook.places import LENSES
from compliance.workbook.standings import (
    BAND_COLUMN,
    HEADS,
    WORKING_HEADS,
    colour_bands,
    lens_row,
    sums_of_lens,
    write_group,
)
from compliance.workbook.wording import lens_title, value_title
from compliance.workbook.writer import Book, Sheet

STANDING, WORKING = 2, 9
_NOTE = (
    "The share says how much of the overall score rests on a group for this company: it depends on what was asked. "
    "Where every node is a mean or a sum, share times score adds up to the overall score."
)


def write_lenses(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet = book.sheet(LENSES)
    sheet.widths(30, 20, 9, 9, 9, 10, 14, 10)
    hidden: Style = {"hidden": True}
    sheet.inner.set_column(WORKING, WORKING + len(WORKING_HEADS) - 1, 10, None, dict(hidden))
    sheet.text(0, 0, "Lenses", "title")
    sheet.inner.set_row(0, 30)
    sheet.inner.merge_range(1, 0, 1, 7, "", book.style("soft", "wrap"))
    sheet.text(1, 0, _NOTE, "soft", "wrap")
    sheet.inner.set_row(1, 28)
    for lens in assessed.edition.lenses:
        _lens(sheet, assessed, lens)
    sheet.frozen(2)
    sheet.printed(heading=assessed.papers.company, note="Scores as claimed")
    sheet.kept_from_slips()


def _lens(sheet: Sheet, assessed: Assessed, lens: str) -> None:
    first, values = lens_row(assessed.edition, lens), assessed.edition.lenses[lens]
    numbers = (*range(STANDING, STANDING + BAND_COLUMN), STANDING + BAND_COLUMN + 1)
    sheet.heads(first - 1, (lens_title(lens), "Id", *HEADS), right=numbers, centre=(STANDING + BAND_COLUMN,))
    sheet.heads(first - 1, WORKING_HEADS, first=WORKING)
    for row, value in enumerate(values, first):
        sheet.text(row, 0, value_title(value), "row")
        sheet.text(row, 1, value, "row", "soft", "small")
        sums = sums_of_lens(assessed, lens, sheet.at(row, 1))
        write_group(sheet, assessed, row, STANDING, WORKING, sums, assessed.card.lenses[lens][value], "row")
    last = first + len(values) - 1
    colour_bands(sheet, assessed.edition, *(sheet.at(row, STANDING + BAND_COLUMN) for row in (first, last)))
