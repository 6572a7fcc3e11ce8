"""The sheet *Lenses*: the same questions grouped by CSR gap, prevention level and the other lenses of the edition."""

from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_title, lens_word
from compliance.workbook.assessed import Assessed
from compliance.workbook.look import Style
from compliance.workbook.sheet_names import LENSES
from compliance.workbook.standings import (
    BAND_COLUMN,
    LIVE,
    NUMBERS,
    OTHERS,
    WORKING,
    colour_bands,
    lens_row,
    others_note,
    standing_heads,
    sums_of_lens,
    working_heads,
    write_group,
)
from compliance.workbook.writer import Book, Sheet

STANDING = 2
FIRST_WORKING = STANDING + len(LIVE) + len(OTHERS) + 1


def write_lenses(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet = book.sheet(assessed.places.names[LENSES])
    sheet.widths(30, 20, 9, 9, 9, 10, 14, 10, 10, 10, 10, 10)
    hidden: Style = {"hidden": True}
    sheet.inner.set_column(FIRST_WORKING, FIRST_WORKING + len(WORKING) - 1, 10, None, dict(hidden))
    sheet.text(0, 0, _("Lenses"), "title")
    sheet.inner.set_row(0, 30)
    sheet.inner.merge_range(1, 0, 1, FIRST_WORKING - 2, "", book.style("soft", "wrap"))
    note = _(
        "The share says how much of the overall score rests on a group for this company: it depends on what was asked. "
        "Where every node is a mean or a sum, share times score adds up to the overall score."
    )
    sheet.text(1, 0, f"{note} {others_note()}", "soft", "wrap")
    sheet.inner.set_row(1, 28)
    for lens in assessed.edition.lenses:
        _lens(sheet, assessed, lens)
    sheet.frozen(2)
    sheet.printed(heading=assessed.papers.company, note=_("Scores as claimed"), wide=True)
    sheet.kept_from_slips()


def _lens(sheet: Sheet, assessed: Assessed, lens: str) -> None:
    first, values = lens_row(assessed.edition, lens), assessed.edition.lenses[lens]
    numbers = [STANDING + column for column in NUMBERS]
    heads = (lens_title(lens), _("Id"), *standing_heads())
    sheet.heads(first - 1, heads, right=numbers, centre=(STANDING + BAND_COLUMN,))
    sheet.heads(first - 1, working_heads(), first=FIRST_WORKING)
    for row, value in enumerate(values, first):
        sheet.text(row, 0, lens_word(value), "row")
        sheet.text(row, 1, value, "row", "soft", "small")
        sums = sums_of_lens(assessed, lens, sheet.at(row, 1))
        others = [card.lenses[lens][value] if card else None for card in assessed.others]
        now = assessed.card.lenses[lens][value]
        write_group(sheet, assessed, row, STANDING, FIRST_WORKING, sums, now, others, "row")
    last = first + len(values) - 1
    colour_bands(sheet, assessed.edition, *(sheet.at(row, STANDING + BAND_COLUMN) for row in (first, last)))
