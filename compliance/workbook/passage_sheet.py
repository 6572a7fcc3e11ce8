"""The sheet *Passages*: a row for each passage that a company marked, and whether it shows what it was marked for.

It is written only if there are marked passages, and changes no score. Like *Review*, it is read back by headings and
ids.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import AnswerFileFault, column_letters, quoted
from compliance.workbook.cell_texts import clean
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.formulas import CellRange
from compliance.workbook.reader import BookReading, ReadCell, UnreadableWorkbook
from compliance.workbook.returned_scorecard import ReturnedPassages
from compliance.workbook.review_words import CHECK_WORDS, NEW_COPY, normalised, seal, spellings
from compliance.workbook.scorecard_layout import PASSAGES_RANGE, PASSAGES_SHEET, PassageLine
from compliance.workbook.writer import SheetWriter, WorkbookWriter

if TYPE_CHECKING:  # reading a workbook should not import what computes scores
    from compliance.workbook.scorecard_data import ScorecardData

PASSAGES_HEAD = 4


class PassageColumn(SheetColumn):
    """The columns of *Passages*. A returned sheet is read by their headings, never by their order."""

    QUESTION_ID = ColumnSpec(N_("Of the question"), 18, "start")
    QUESTION = ColumnSpec(N_("Question"), 36, "start")
    # Translators: heading of a column: what a quoted passage of a document is said to show.
    SAYS = ColumnSpec(N_("Marked for"), 28, "start")
    # Translators: heading of a column of quoted passages of documents.
    WORDS = ColumnSpec(N_("Passage"), 60, "start")
    DOCUMENT = ColumnSpec(N_("Document"), 24, "start")
    PLACE = ColumnSpec(N_("Place"), 14, "inset")
    # Translators: heading of a column that says whether a passage stands in its file.
    FOUND = ColumnSpec(N_("In the file"), 26, "inset")
    # Translators: heading of a column in which an auditor says whether a passage shows what it was marked for.
    SHOWS = ColumnSpec(N_("Does it show this?"), 18, "inset")
    # Translators: heading of a hidden column that says which passage a row is.
    KEY = ColumnSpec(N_("Passage id"), 6, "start", hidden=True)
    SEAL = ColumnSpec(N_("Seal"), 6, "start", hidden=True)


_C = PassageColumn
#: The company's words, and what was found automatically, which cannot be changed here.
_LOCKED = (_C.QUESTION_ID, _C.QUESTION, _C.SAYS, _C.WORDS, _C.DOCUMENT, _C.PLACE, _C.FOUND)
_TOP_ROWS, _FEWEST_HEADINGS, _SPARE_ROWS = 60, 4, 2_000


# ── Written


def write_passages(book: WorkbookWriter, data: "ScorecardData") -> None:
    """Write the sheet, if there are marked passages."""
    lines, company = data.metadata.passages, data.metadata.company
    if not lines:
        return
    sheet = book.sheet(data.layout.sheet_names[PASSAGES_SHEET])
    how = _(
        "For each passage, say whether it shows what it was marked for: choose from the list of the "
        "framed cell. This changes no score, and no verdict follows from it. Rows may be filtered."
    )
    sheet.title(_("Passages"))
    sheet.text(1, 0, company, "bold", {"quote_prefix": True})
    sheet.xlsx.merge_range(2, 0, 2, _C.SHOWS, "", book.style("soft", "wrap"))
    sheet.text(2, 0, how, "soft", "wrap")
    sheet.xlsx.set_row(2, 30)
    sheet.columns(PASSAGES_HEAD, [column.spec for column in _C])
    for row, line in enumerate(lines, PASSAGES_HEAD + 1):
        _write_line(sheet, row, line)
    last = PASSAGES_HEAD + len(lines)
    book.define_name(PASSAGES_RANGE, CellRange(sheet.cell(PASSAGES_HEAD, 0), sheet.cell(last, _C.SEAL)))
    sheet.freeze_panes(PASSAGES_HEAD + 1, 0)
    sheet.xlsx.autofilter(PASSAGES_HEAD, 0, last, _C.SHOWS)
    sheet.xlsx.print_area(0, 0, last, _C.SHOWS)
    never = _("Never add pictures or details of children or of incidents.")
    sheet.set_up_page(heading=company, note=never, wide=True, repeat=(PASSAGES_HEAD, PASSAGES_HEAD))
    sheet.protect()


def _write_line(sheet: SheetWriter, row: int, line: PassageLine) -> None:
    texts = (line.question_id, line.question, line.says, line.words, line.document, line.place, line.found)
    for column, text in zip(_LOCKED, texts, strict=True):
        looks = ("soft", "small") if column in (_C.QUESTION_ID, _C.FOUND) else ()
        sides = ("inset",) if column.spec.align == "inset" else ()
        sheet.text(row, column, text, "row", "text", *looks, *sides)
    sheet.text(row, _C.SHOWS, "" if line.shows is None else _(CHECK_WORDS[line.shows]), "note", "as_text", "inset")
    offered = [_(words) for words in CHECK_WORDS.values()]
    sheet.dropdown(sheet.cell(row, _C.SHOWS), offered, _("It would not be understood when the file comes back."))
    sheet.text(row, _C.KEY, line.key, "as_text")
    sheet.text(row, _C.SEAL, " ".join(seal(clean(text)) for text in texts), "as_text")


# ── Read back


@dataclass(frozen=True, slots=True)
class _FoundSheet:
    """The sheet's name, its row of headings (counted from 1), its columns (from 0), and other sheets like it."""

    sheet: str
    head: int
    columns: Mapping[PassageColumn, int]
    own: Mapping[int, str]  # headings of columns that the auditor added
    alike: Sequence[str] = ()


def read_passages(book: BookReading, file: str, keys: Collection[str] | None) -> ReturnedPassages | None:
    """Return the entries of the sheet, with its faults; None if the workbook has no such sheet.

    `keys`: the passages that it should have; None: any. Raise UnreadableWorkbook if the sheet cannot be read.
    """
    place = book.named_place(PASSAGES_RANGE)
    if place is None and not keys:
        return None
    found = _find(book, place[0] if place else "")
    if found is None:
        return None
    if gone := sorted({_C.SHOWS, _C.KEY} - found.columns.keys()):
        raise UnreadableWorkbook(
            _(
                "sheet %(sheet)s, row %(row)s: no column is called %(names)s, in any language: %(remedy)s",
                sheet=found.sheet,
                row=found.head,
                names=comma_list(_(column.spec.heading) for column in gone),
                remedy=_(NEW_COPY),
            )
        )
    lines = _Lines(f"{file}, sheet {found.sheet}", found, keys)
    lines.read(book)
    return lines.made()


def missing_sheet_words() -> str:
    """Return the fault of a workbook that was downloaded with the sheet, and has none."""
    return _(
        "the sheet %(sheet)s, or the row of its headings, is missing: %(remedy)s",
        sheet=_("Passages"),
        remedy=_(NEW_COPY),
    )


def check_of(text: str) -> bool | None:
    """Return what a word in any language says of a passage; None: not judged. Raise KeyError for another word."""
    return _spellings()[normalised(text)]


@cache
def _spellings() -> Mapping[str, bool | None]:
    return {spelling: fits for fits, words in CHECK_WORDS.items() for spelling in spellings(words)} | {"": None}


@cache
def _headings() -> Mapping[str, PassageColumn]:
    return {spelling: column for column in _C for spelling in spellings(column.spec.heading)}


def _find(book: BookReading, named: str) -> _FoundSheet | None:
    """Return the sheet with the headings: that of the named range, or the only one; None if there is none.

    Raise UnreadableWorkbook if there are several.
    """
    found = [one for sheet in book.sheets if (one := _headings_of(book, sheet)) is not None]
    ours = [one for one in found if one.sheet == named]
    if not found:
        return None
    if not ours and len(found) > 1:
        names = comma_list(one.sheet for one in found)
        raise UnreadableWorkbook(
            _(
                "several of its sheets are like %(sheet)s: %(names)s: delete all but one",
                sheet=_("Passages"),
                names=names,
            )
        )
    chosen = (ours or found)[0]
    alike = [one.sheet for one in found if one is not chosen]
    return _FoundSheet(chosen.sheet, chosen.head, chosen.columns, chosen.own, alike)


def _headings_of(book: BookReading, sheet: str) -> _FoundSheet | None:
    for number, row in enumerate(book.rows(sheet, _TOP_ROWS), 1):
        known = [(place, _headings().get(normalised(cell.text[:80]))) for place, cell in enumerate(row)]
        ours = [(place, column) for place, column in known if column is not None]
        if len({column for _place, column in ours}) < _FEWEST_HEADINGS:
            continue
        columns = {column: place for place, column in reversed(ours)}
        if len(columns) < len(ours):
            twice = [column for column in columns if sum(column == other for _place, other in ours) > 1]
            raise UnreadableWorkbook(
                _(
                    "sheet %(sheet)s: several of its columns are called %(names)s: delete all but one",
                    sheet=sheet,
                    names=comma_list(row[columns[column]].text for column in twice),
                )
            )
        own = {place: cell.text for place, cell in enumerate(row) if place not in columns.values() and cell.is_filled}
        return _FoundSheet(sheet, number, columns, own)
    return None


class _Lines:
    """The rows below the headings that were read so far, by the key of their passage."""

    def __init__(self, file: str, found: _FoundSheet, keys: Collection[str] | None) -> None:
        self.file, self.found, self.keys = file, found, keys
        self.rows: dict[str, int] = {}
        self.lines: dict[str, PassageLine] = {}
        self.unread: set[str] = set()
        self.faults: list[AnswerFileFault] = []
        self.remarks = [
            self.fault(0, None, _("the sheet %(name)s is like it, and was not read", name=name)) for name in found.alike
        ]
        self.remarks += [
            self.fault(0, None, _("a column of yours, which is not part of the review; your file keeps it"), heading)
            for heading in found.own.values()
        ]

    def fault(self, number: int, column: PassageColumn | None, message: str, holds: str = "") -> AnswerFileFault:
        return AnswerFileFault(self.file, number, "", message, self.cell(number, column), holds)

    def cell(self, number: int, column: PassageColumn | None) -> str:
        if column is None or column not in self.found.columns:
            return ""
        return f"{column_letters(self.found.columns[column])}{number}"

    def value(self, row: Sequence[ReadCell], column: PassageColumn) -> ReadCell:
        place = self.found.columns.get(column, len(row))
        return row[place] if place < len(row) else ReadCell()

    def read(self, book: BookReading) -> None:
        """Read every row below the headings. Raise UnreadableWorkbook if there are far more than there should be."""
        filled, last = 0, 0
        for number, row in enumerate(book.rows(self.found.sheet), 1):
            if number <= self.found.head or not row:
                continue
            filled, last = filled + 1, number
            if filled > 2 * len(self.keys or ()) + _SPARE_ROWS:
                message = _(
                    "sheet %(sheet)s has far more rows than the questionnaire: %(remedy)s",
                    sheet=self.found.sheet,
                    remedy=_(NEW_COPY),
                )
                raise UnreadableWorkbook(message)
            self.read_line(number, row)
        for left, top, right, bottom in book.merged(self.found.sheet):
            self.check_merged(range(left - 1, right), range(max(top, self.found.head + 1), min(bottom, last) + 1))

    def read_line(self, number: int, row: Sequence[ReadCell]) -> None:
        key, said = self.value(row, _C.KEY).text.strip(), self.value(row, _C.SHOWS)
        if not key or (self.keys is not None and key not in self.keys):
            if said.is_filled:
                message = _(
                    "there is no passage of this submission in this row, so this means nothing: empty this cell"
                )
                self.faults.append(self.fault(number, _C.SHOWS, message, said.text))
            else:
                self.remarks.append(self.fault(number, None, _("this row is not a passage of this submission")))
            return
        if key in self.rows:
            message = _("this is already in row %(row)s: delete one of them", row=self.rows[key])
            self.faults.append(self.fault(number, _C.SHOWS, message, said.text))
            self.unread.add(key)
            return
        self.rows[key] = number
        shows, fault = self.read_check(said)
        if fault:
            self.faults.append(self.fault(number, _C.SHOWS, fault, said.text))
            self.unread.add(key)
        texts = [self.value(row, column).text for column in _LOCKED]
        self.lines[key] = PassageLine(key, shows, *texts)
        for column, was in zip(_LOCKED, self.value(row, _C.SEAL).text.split(), strict=False):
            if column in self.found.columns and seal(self.value(row, column).text) != was:
                message = _("this cell is locked and was changed: it is ignored")
                self.remarks.append(self.fault(number, column, message))

    def read_check(self, cell: ReadCell) -> tuple[bool | None, str]:
        """Return the judgement in a cell (None: not judged), and its fault ("": none)."""
        if cell.flaw == "formula":
            what = _(_C.SHOWS.spec.heading)
            return None, _("there is a formula here: type the %(what)s itself", what=quoted(what))
        if cell.flaw:
            return None, _("this cell holds the error %(error)s: empty it, or fill it in", error=cell.text)
        try:
            return check_of(cell.text), ""
        except KeyError:
            offered = comma_list(_(words) for words in CHECK_WORDS.values())
            message = _(
                "%(text)s is not understood: choose from the list of its cell (%(words)s)",
                text=quoted(cell.text),
                words=offered,
            )
            return None, message

    def check_merged(self, columns: range, rows: range) -> None:
        """Add a fault for merged cells: only the first has a content, although it seems to be in each."""
        hit = [key for key, number in self.rows.items() if number in rows]
        if not hit or not any(self.found.columns.get(column) in columns for column in (_C.SHOWS, _C.KEY)):
            return
        first, last = (f"{column_letters(columns[end])}{rows[end]}" for end in (0, -1))
        message = _(
            "the cells %(first)s:%(last)s are merged, and only the first of them holds something: unmerge them",
            first=first,
            last=last,
        )
        self.faults.append(AnswerFileFault(self.file, rows[0], "", message, first))
        self.unread.update(hit)

    def made(self) -> ReturnedPassages:
        """Return the sheet, without judgements that have a fault. A deleted row is a fault, not a blank."""
        for key in self.keys or ():
            if key not in self.rows:
                message = _("the row of a passage is missing: %(remedy)s", remedy=_(NEW_COPY))
                self.faults.append(self.fault(0, None, message, key.partition("/")[0]))
        checks = {key: line.shows for key, line in self.lines.items() if key not in self.unread}
        cells = {key: f"{self.found.sheet}!{self.cell(number, _C.SHOWS)}" for key, number in self.rows.items()}
        return ReturnedPassages(
            self.found.sheet, checks, cells, tuple(self.lines.values()), tuple(self.remarks), tuple(self.faults)
        )
