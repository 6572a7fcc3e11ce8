"""The sheet *Worked example*: the claimed score in words and sums, from the answers up, and where points are lost."""

from compliance.findings.decimals import decimals_of_points
from compliance.findings.explanation import Line, worked_example
from compliance.findings.points import points_lost
from compliance.languages.speaking import gettext as _
from compliance.workbook.assessed import Assessed
from compliance.workbook.look import decimals, indent
from compliance.workbook.sheet_names import EXAMPLE
from compliance.workbook.writer import Book, Sheet

HEAD, LAST = 3, 4
_LOOKS = {"question": "row", "node": "requirement", "band": "requirement"}


def write_example(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet = book.sheet(assessed.places.names[EXAMPLE])
    sheet.widths(52, 16, 52, 56, 12)
    sheet.text(0, 0, _("Worked example"), "title")
    sheet.inner.set_row(0, 30)
    note = _(
        "The score as claimed, as downloaded, worked out from the answers up so that you can redo it with a pocket "
        "calculator: each part after what it is made of. Results are shares of full marks: 1 is full."
    )
    sheet.inner.merge_range(1, 0, 1, LAST, "", book.style("start", "soft", "wrap"))
    sheet.text(1, 0, note, "soft", "wrap")
    sheet.inner.set_row(1, 28)
    sheet.heads(HEAD, (_("Part"), _("Id"), _("Answered, or joined"), _("Sum"), _("Result")), right=(LAST,), inset=(3,))
    lines = worked_example(assessed.explanation)
    for row, line in enumerate(lines, HEAD + 1):
        _line(sheet, row, line)
    _losses(sheet, assessed, HEAD + len(lines) + 2)
    sheet.frozen(HEAD + 1, 1)
    sheet.printed(heading=assessed.papers.company, note=_("Scores as claimed"), wide=True, repeat=(HEAD, HEAD))
    sheet.kept_from_slips()


def _line(sheet: Sheet, row: int, line: Line) -> None:
    look = _LOOKS[line.kind]
    sheet.text(row, 0, line.title, look, "wrap", indent(line.depth))
    sheet.text(row, 1, line.id, look, "soft", "small", {"bold": False})
    sheet.text(row, 2, line.said, look, "wrap", "small", {"bold": False})
    sheet.text(row, 3, line.sum, look, "wrap", "small", "inset", {"bold": False})
    sheet.text(row, LAST, line.result, look, "right")


def _losses(sheet: Sheet, assessed: Assessed, row: int) -> None:
    """Where points are lost: a line a question, dearest first."""
    sheet.text(row, 0, _("Where points are lost"), "section")
    sheet.fill(row, 1, LAST, "rule")
    lost = points_lost(assessed.explanation)
    if not lost:
        has_score = assessed.explanation.overall is not None
        sheet.text(row + 1, 0, _("No points are lost.") if has_score else _("Without a score, no points are lost."))
        return
    sheet.heads(row + 1, (_("What it is about"), _("Id"), _("Why"), "", _("Points")), right=(LAST,))
    for at, points in enumerate(lost, row + 2):
        sheet.text(at, 0, points.title, "row", "wrap")
        sheet.text(at, 1, points.id, "row", "soft", "small")
        sheet.text(at, 2, points.sentence, "row", "wrap", "small")
        sheet.text(at, 3, "", "row")
        sheet.number(at, LAST, points.points, "row", decimals(decimals_of_points(assessed.edition.round)))
