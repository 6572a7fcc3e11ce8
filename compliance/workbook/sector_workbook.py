"""The submitted scorecards of a sector as a list for the auditor: a row for each, with statistics above.

Rows are streamed, and only the numbers for statistics are held in memory, even for ten thousand rows.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time
from typing import IO

import numpy as np

from compliance.languages.interface_messages import N_, in_language, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.method_wording import day_words, legal_disclaimer, translation_note
from compliance.narrative.score_wording import no_verdict_note
from compliance.questionnaire.edition import Edition
from compliance.workbook import formulas as f
from compliance.workbook.cell_texts import one_line
from compliance.workbook.formulas import CachedValue, CellRange, Formula, safe_sheet_names
from compliance.workbook.sector_columns import ListColumn, SubmittedScorecard, list_columns
from compliance.workbook.standing_cells import colour_bands
from compliance.workbook.streamed_rows import StreamedWorksheet
from compliance.workbook.writer import SheetWriter, WorkbookWriter

FIRST_STATISTIC, SECTOR_HEAD = 4, 9
#: Rows of statistics above the headings: the name of each, and its quantile (None: a count).
STATISTICS: tuple[tuple[str, float | None], ...] = (
    # Translators: heading of a row of numbers: how many submissions have a figure in the column below.
    (N_("Submissions counted"), None),
    (N_("Lower quartile"), 0.25),
    (N_("Median"), 0.5),
    (N_("Upper quartile"), 0.75),
)


def write_sector_workbook(
    file: IO[bytes],
    edition: Edition,
    lines: Iterable[SubmittedScorecard],
    *,
    sector: str = "",
    as_of: date | None = None,
    others: int = 0,
    judged: Collection[str] = (),
    language: str = "en",
) -> None:
    """Write the .xlsx file: a row for each line, in the given order. Lines are iterated once, and not kept.

    A missing score is an empty cell, never 0. `others`: number of submissions to another edition, which are left out.
    `judged`: ids of questions with a verdict in any line; themes and requirements with such a question have a column
    for the verified score. `language`: of our own words. Raise ValueError for an unknown language.
    """
    with in_language(language):
        title = _("Submitted scorecards: %(sector)s", sector=sector) if sector else _("Submitted scorecards")
        created = datetime.combine(as_of, time()) if as_of else None
        book = WorkbookWriter(title=title, subject=edition.title, created=created, file=file)
        sheet = book.sheet(safe_sheet_names([_("Companies")])[0], StreamedWorksheet)
        columns = list_columns(edition, judged)
        count, companies, figures = _rows(book, sheet, columns, lines)
        day = _("as of %(day)s", day=day_words(as_of.isoformat())) if as_of else ""
        said = (edition.title, _counted(count, companies), day, translation_note(edition))
        _said(sheet, title, said, others, is_judged=bool(judged))
        last = SECTOR_HEAD + max(count, 1)
        _heads(sheet, columns, last, figures)
        _set_up(sheet, edition, columns, last, title)
        book.content()


def _rows(
    book: WorkbookWriter, sheet: SheetWriter, columns: Sequence[ListColumn], lines: Iterable[SubmittedScorecard]
) -> tuple[int, int, list["array[float]"]]:
    """Write the lines. Return their number, the number of companies, and the figures of each column.

    Excel cannot sort rows with locked cells on a protected sheet, so cells are unlocked, and a rule refuses entries.
    """
    looks = [book.style("start", "row", *column.looks, {"locked": False}) for column in columns]
    stream = sheet.xlsx.stream(SECTOR_HEAD + 1, looks)
    figures: list[array[float]] = [array("d") for _column in columns]
    companies = set()
    for line in lines:
        cells = [column.cell(line) for column in columns]
        stream.add(cells)
        companies.add(line.organisation)
        for column, cell, kept in zip(columns, cells, figures, strict=True):
            if column.counted and isinstance(cell, float):
                kept.append(cell)
    return stream.next_row - SECTOR_HEAD - 1, len(companies), figures


def _counted(submissions: int, companies: int) -> str:
    return _(
        "%(submissions)s of %(companies)s",
        submissions=ngettext("One submission", "%(num)s submissions", submissions),
        companies=ngettext("one company", "%(num)s companies", companies),
    )


def _said(sheet: SheetWriter, title: str, said: Sequence[str], others: int, *, is_judged: bool) -> None:
    sheet.title(one_line(title), {"quote_prefix": True})
    sheet.text(1, 0, " · ".join(filter(None, said)), "soft")
    kept = _("Claimed and evidenced scores are as they were saved with each submission.")
    verified = _("Verified scores follow from the verdicts given so far.") if is_judged else no_verdict_note()
    sheet.text(2, 0, f"{kept} {verified} {legal_disclaimer()}", "soft", "small")
    if others:
        sheet.text(3, 0, _left_out(others), "soft", "small")


def _left_out(others: int) -> str:
    """Return the note on submissions to another edition, whose scores cannot be compared with these."""
    return ngettext(
        "1 more submission uses another edition and is not in this list.",
        "%(num)s more submissions use another edition and are not in this list.",
        others,
    )


def _heads(sheet: SheetWriter, columns: Sequence[ListColumn], last: int, figures: Sequence["array[float]"]) -> None:
    """Write the statistics of all figures, and the headings with those of groups above."""
    for row, (name, _part) in enumerate(STATISTICS, FIRST_STATISTIC):
        sheet.text(row, 0, _(name), "soft", "row")
        sheet.fill(row, 1, len(columns) - 1, "row")
    for at, (column, found) in enumerate(zip(columns, figures, strict=True)):
        if column.group:
            sheet.text(SECTOR_HEAD - 1, at, column.group, "topic")
        if column.counted:
            _statistics(sheet, at, column, last, found)
    numbers = [at for at, column in enumerate(columns) if "right" in column.looks]
    inset = [at for at, column in enumerate(columns) if "inset" in column.looks]
    bands = [at for at, column in enumerate(columns) if column.is_band]
    sheet.headings(SECTOR_HEAD, [column.heading for column in columns], right=numbers, centre=bands, inset=inset)
    sheet.xlsx.set_row(SECTOR_HEAD, 76)


def _statistics(sheet: SheetWriter, at: int, column: ListColumn, last: int, found: "array[float]") -> None:
    cells = CellRange(sheet.cell(SECTOR_HEAD + 1, at), sheet.cell(last, at))
    for row, (_name, part) in enumerate(STATISTICS, FIRST_STATISTIC):
        look = ("plain",) if part is None else column.looks
        sheet.formula(row, at, _formula(cells, part), _value(found, part), "row", *look, "soft")


def _formula(cells: CellRange, part: float | None) -> Formula:
    count = f.call("COUNT", cells)
    if part is None:
        return count
    quantile = f.call("QUARTILE", cells, f.number_literal(part * 4))
    return f.if_(f"{count}=0", f.MISSING, quantile)


def _value(found: "array[float]", part: float | None) -> CachedValue:
    """Return the result of the formula: a count, or a quantile of type 7, as both programs compute it."""
    if part is None:
        return float(len(found))
    return float(np.quantile(np.frombuffer(found), part)) if found else ""


def _set_up(sheet: SheetWriter, edition: Edition, columns: Sequence[ListColumn], last: int, title: str) -> None:
    sheet.widths(*(column.width for column in columns))
    for at in (at for at, column in enumerate(columns) if column.is_band):
        colour_bands(sheet, edition, sheet.cell(SECTOR_HEAD + 1, at), sheet.cell(last, at))
    sheet.xlsx.autofilter(SECTOR_HEAD, 0, last, len(columns) - 1)
    sheet.freeze_panes(SECTOR_HEAD + 1, 1)
    printed = max(at for at, column in enumerate(columns) if column.printed)
    sheet.xlsx.print_area(0, 0, last, printed)
    sheet.set_up_page(heading=title, note=legal_disclaimer(), wide=True, repeat=(SECTOR_HEAD, SECTOR_HEAD))
    refused = {
        "validate": "custom",
        "value": "=FALSE",
        "error_title": one_line(_("Not changed"), 32),
        "error_message": _("This list shows what was submitted. It can be sorted and filtered, but not changed."),
    }
    sheet.xlsx.data_validation(SECTOR_HEAD + 1, 0, last, len(columns) - 1, refused)
    sheet.protect()
