"""The rows of a returned sheet *Review*, identified by their ids and never by their places.

Columns may have been added, moved or deleted, and rows sorted, hidden or inserted, in any language. An entry that is
not understood is a fault with its cell; nothing is guessed, and nothing dropped.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from compliance.languages.interface_messages import N_, fault_words
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import (
    BLANK_PREFIX,
    COMPANY_COLUMN,
    NOT_APPLICABLE_TEXT,
    Adjusted,
    AnswerSheet,
    number_text,
    write_answer,
)
from compliance.questionnaire.answers_file import VERDICT_SUFFIX, read_sheets
from compliance.questionnaire.csv_table import AnswerFileFault, AnswerFileFaults, column_letters, quoted
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.questionnaire.routing import NO, route_questions
from compliance.workbook.fingerprint import Fingerprint, checked_company
from compliance.workbook.package_checks import damaged
from compliance.workbook.reader import BookReading, ReadCell, UnreadableWorkbook
from compliance.workbook.returned_scorecard import ReturnedScorecard, ReturnedVerdict
from compliance.workbook.review_words import (
    ENTERED,
    FILLED_IN,
    NEW_COPY,
    OFFER_SEPARATOR,
    SEALED,
    SUFFIXES,
    VERDICT_PARTS,
    FoundReview,
    determination_of,
    misplaced_words,
    says_some_evidence,
    seal,
    unknown_determination_words,
)
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_layout import OwnColumn, ReviewLine, ScorecardLayout

#: Columns with a company's answers, which an auditor cannot change.
_SAID = (ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE, ReviewColumn.WORD)
_PLAIN = {"na-accepted": "confirmed", "na-refused": "not-shown", "not-reviewed": ""}
_LOCKED = (
    N_("this cell is locked and was changed: the site ignores the change"),
    N_("this cell is locked and was changed: it is ignored"),
)
_SPARE_ROWS = 2_000  # rows that may be added to those of the questionnaire


def read_review(
    edition: Edition, file: str, found: FoundReview, book: BookReading, mark: Fingerprint
) -> ReturnedScorecard:
    """Return the content below the headings, with its faults; entries with a fault are left out.

    Raise UnreadableWorkbook if there are far too many rows, or if the company's name was changed.
    """
    lines = _Lines(edition, f"{file}, sheet {found.sheet}", found)
    lines.read(book)
    return lines.made(checked_company(book, mark, found.sheet, found.above), mark)


class _Lines:
    """The rows below the headings that were read so far, by id, with faults, and remarks on what changes nothing."""

    def __init__(self, edition: Edition, file: str, found: FoundReview) -> None:
        self.edition, self.file, self.found = edition, file, found
        self.known = {line.key: line for line in ScorecardLayout(edition).review_lines}
        self.by_id = {line.id: line for line in self.known.values() if line.kind in ("question", "profile")}
        self.cells: dict[str, str] = {}  # by column of an answers file
        self.rows: dict[str, int] = {}  # row of each line, by its key
        self.beside: dict[ReviewColumn, dict[str, str]] = {column: {} for column in ENTERED}
        self.own: dict[int, dict[str, str]] = {place: {} for place in found.own}
        self.faults: list[AnswerFileFault] = []
        self.locked_faults: list[AnswerFileFault] = []
        self.unread: set[str] = set()
        self.filled: dict[str, str] = {}  # contents of an auditor's cells, by name of the cell
        self.remarks = [
            AnswerFileFault(file, 0, "", _("the sheet %(name)s is like it, and was not read", name=name))
            for name in found.alike
        ]

    def note(self, number: int, column: ReviewColumn | None, line: str, message: str) -> None:
        cell = self.cell_name(number, column)
        fault = AnswerFileFault(self.file, number, line, message, cell, self.filled.get(cell, ""))
        if column in _SAID or (column is None and line.startswith(PROFILE_PREFIX)):
            self.locked_faults.append(fault)
        else:
            self.faults.append(fault)
            self.unread.add(line)

    def cell_name(self, number: int, column: ReviewColumn | None) -> str:
        if column is None or column not in self.found.columns:
            return ""
        return f"{column_letters(self.found.columns[column])}{number}"

    def read(self, book: BookReading) -> None:
        """Read every row below the headings. Raise UnreadableWorkbook if there are far more than the edition has."""
        filled, last = 0, 0
        for number, row in enumerate(book.rows(self.found.sheet), 1):
            if number <= self.found.head or not row:
                continue
            filled, last = filled + 1, number
            if filled > 2 * len(self.known) + _SPARE_ROWS:
                raise UnreadableWorkbook(
                    _(
                        "sheet %(sheet)s has far more rows than the questionnaire: %(remedy)s",
                        sheet=self.found.sheet,
                        remedy=_(NEW_COPY),
                    )
                )
            self.read_line(number, row, self.line_of(number, row))
        for left, top, right, bottom in book.merged(self.found.sheet):
            self.check_merged(range(left - 1, right), range(max(top, self.found.head + 1), min(bottom, last) + 1))

    def value(self, row: Sequence[ReadCell], column: ReviewColumn) -> ReadCell:
        place = self.found.columns.get(column, len(row))
        return row[place] if place < len(row) else ReadCell()

    def line_of(self, number: int, row: Sequence[ReadCell]) -> ReviewLine | None:
        """Return the line of a row, by its hidden key, or else by its id; None if the row has none."""
        own, key = (self.value(row, column).text.strip() for column in (ReviewColumn.ID, ReviewColumn.LINE))
        line = self.known.get(key)
        if line is not None and own != line.id and line.kind in ("question", "profile"):
            message = _("its id here was %(id)s: %(remedy)s", id=repr(line.id), remedy=_(NEW_COPY))
            self.note(number, ReviewColumn.ID, line.id, message)
            line = self.by_id.get(own, line)
        if line is None:
            line = self.by_id.get(own) or (self.known.get(own) if own in self.edition.nodes else None)
        if line is not None and line.key in self.rows:
            message = _("this is already in row %(row)s: delete one of them", row=self.rows[line.key])
            self.note(number, ReviewColumn.ID, line.id, message)
        elif line is not None:
            self.rows[line.key] = number
        return line

    def read_line(self, number: int, row: Sequence[ReadCell], line: ReviewLine | None) -> None:
        kind, name = (line.kind, line.id) if line else ("", "")
        for column in ENTERED:
            cell = self.value(row, column)
            if cell.is_filled and column not in _SAID:
                self.filled[self.cell_name(number, column)] = cell.text
            if not cell.is_filled:
                self.keep(line, column, "")
            elif column not in FILLED_IN[kind]:
                self.note(number, column, name, misplaced_words(cell.text, kind))
            elif cell.flaw == "formula":
                what = _(column.spec.heading).lower()
                self.note(number, column, name, _("there is a formula here: type the %(what)s itself", what=what))
            elif cell.flaw:
                message = _("this cell holds the error %(error)s: empty it, or fill it in", error=cell.text)
                self.note(number, column, name, message)
            else:
                self.keep(line, column, cell.text)
        if line is None and ReviewColumn.LINE not in self.found.columns:
            return  # in older workbooks, themes have no id
        if line is None:
            self.remark(number, "", _("this row is not part of the questionnaire, and no new workbook has it"))
            return
        self.check_locked(number, row, line)
        for place, cell in enumerate(row):
            if cell.is_filled and place not in self.found.known:
                self.keep_own(number, place, cell, line)

    def remark(self, number: int, cell: str, message: str) -> None:
        self.remarks.append(AnswerFileFault(self.file, number, "", message, cell))

    def keep(self, line: ReviewLine | None, column: ReviewColumn, text: str) -> None:
        if line is None:
            return
        if column != ReviewColumn.ANSWER:
            self.beside[column][line.key] = text
        elif line.kind in ("question", "profile"):
            question = self.edition.questions.get(line.id)
            self.cells[line.key] = _without_words(question, text) if question else text

    def keep_own(self, number: int, place: int, cell: ReadCell, line: ReviewLine) -> None:
        """Keep a cell of an added column, unless it is a formula, which would mean something else in another row."""
        if cell.flaw == "formula":
            message = _("no new workbook has the formulas of own columns")
            self.remark(number, f"{column_letters(place)}{number}", message)
        else:
            self.own.setdefault(place, {})[line.key] = cell.text

    def check_locked(self, number: int, row: Sequence[ReadCell], line: ReviewLine) -> None:
        """Add remarks on locked cells that, by their seals, were changed since the download."""
        seals = self.value(row, ReviewColumn.SEAL).text.split()
        for column, was in zip(SEALED, seals, strict=False):
            cell = self.value(row, column)
            if column in self.found.columns and seal(cell.text) != was:
                self.remark(number, self.cell_name(number, column), _(_LOCKED[column == ReviewColumn.TEXT]))
        question, shown = self.edition.questions.get(line.id), self.value(row, ReviewColumn.FULL_MARKS)
        full = number_text(float(question.full)) if question is not None and question.scored else shown.text
        if shown.is_filled and shown.text != full:
            told = _(
                "full marks are %(full)s, and not %(text)s as here: it is ignored", full=full, text=quoted(shown.text)
            )
            self.remark(number, self.cell_name(number, ReviewColumn.FULL_MARKS), told)

    def check_merged(self, columns: range, rows: range) -> None:
        """Add a fault for merged cells: only the first has a content, although it seems to be in each."""
        lines = {number: key for key, number in self.rows.items()}
        of_ours = next((number for number in rows if number in lines), None)
        if of_ours is None or not any(self.found.columns.get(column) in columns for column in ENTERED):
            return
        first, last = (f"{column_letters(columns[end])}{rows[end]}" for end in (0, -1))
        message = _(
            "the cells %(first)s:%(last)s are merged, and only the first of them holds something: unmerge them",
            first=first,
            last=last,
        )
        name, holds = self.known[lines[of_ours]].id, self.filled.get(first, "")
        fault = AnswerFileFault(self.file, of_ours, name, message, first, holds)
        if not any(self.found.columns.get(column) in columns for column in ENTERED if column not in _SAID):
            self.locked_faults.append(fault)
            return
        self.faults.append(fault)
        self.unread |= {self.known[lines[number]].id for number in rows if number in lines}

    # ── After all rows are read

    def made(self, company: str, mark: Fingerprint) -> ReturnedScorecard:
        """Return the scorecard, with all faults."""
        self.check_nothing_missing()
        for question in self.edition.questions.values():
            if question.id in self.rows:
                self.place_word(question.id)
                self.place_beside(question)
        reviews = {question: self.next_review(question) for question in self.edition.questions}
        sheet = self.read_sheet({COMPANY_COLUMN: company} | self.cells)
        self.check_asked(sheet)
        beside = {column: {key: text for key, text in kept.items() if text} for column, kept in self.beside.items()}
        evidence = {key: text for key, text in beside[ReviewColumn.EVIDENCE].items() if not says_some_evidence(text)}
        own = tuple(OwnColumn(self.found.own.get(place, ""), cells) for place, cells in sorted(self.own.items()))
        comments, reasons = beside[ReviewColumn.COMMENT], beside[ReviewColumn.REASON]
        verdicts = {
            question: self.verdict(question, sheet, comments.get(question, ""), reviews[question])
            for question in self.edition.questions
            if question in self.rows
        }
        return ReturnedScorecard(
            sheet,
            mark,
            reasons,
            evidence,
            comments,
            verdicts,
            own,
            tuple(self.remarks),
            tuple(self.faults),
            tuple(self.locked_faults),
            frozenset(self.unread),
            self.found.sheet,
        )

    def verdict(self, question: str, sheet: AnswerSheet, comment: str, next_review: date | None) -> ReturnedVerdict:
        number, found = self.rows[question], sheet.verdicts.get(question)
        cells = {
            part: f"{self.found.sheet}!{self.cell_name(number, column)}"
            for part, column in VERDICT_PARTS.items()
            if column in self.found.columns
        }
        if isinstance(found, Adjusted):
            return ReturnedVerdict(question, "adjusted", write_answer(found.answer), comment, next_review, cells)
        return ReturnedVerdict(question, found or "", "", comment, next_review, cells)

    def next_review(self, question: str) -> date | None:
        """Return the day of the next review; None if there is none, or it has a fault."""
        text = self.beside[ReviewColumn.NEXT_REVIEW].get(question, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            message = _("%(text)s is no date: write year-month-day, such as 2027-01-31", text=quoted(text))
            self.note(self.rows[question], ReviewColumn.NEXT_REVIEW, question, message)
        return None

    def check_nothing_missing(self) -> None:
        """Add faults for deleted rows, which would otherwise be blanks. Questions by choice are in no scorecard."""
        main = self.edition.main.questions
        for line in self.known.values():
            if line.key in self.rows or (line.kind == "question" and line.id not in main):
                continue
            if line.kind in ("question", "profile"):
                self.note(0, None, line.id, _("its row is missing: %(remedy)s", remedy=_(NEW_COPY)))

    def place_word(self, question_id: str) -> None:
        """Put the word of a blank where an answers file has it. A word in addition to an answer is a fault."""
        word, answer = (
            self.beside[ReviewColumn.WORD].get(question_id, "").strip(),
            self.cells.get(question_id, "").strip(),
        )
        number = self.rows[question_id]
        if answer.casefold().startswith(BLANK_PREFIX):
            message = _("%(text)s says why it is blank: put it in the column for that", text=quoted(answer))
            self.note(number, ReviewColumn.ANSWER, question_id, message)
        elif word and answer:
            message = _("it is answered, and %(text)s says why it is blank: delete one of the two", text=quoted(word))
            self.note(number, ReviewColumn.WORD, question_id, message)
        elif word and not word.casefold().startswith(BLANK_PREFIX):
            message = _("%(text)s is no reason for a blank: choose one from the list of its cell", text=quoted(word))
            self.note(number, ReviewColumn.WORD, question_id, message)
        elif word:
            self.cells[question_id] = word

    def place_beside(self, question: Question) -> None:
        """Put reason, evidence and verdict where an answers file has them."""
        for suffix, column in SUFFIXES.items():
            self.cells[question.id + suffix] = self.beside[column].get(question.id, "")
        verdict = self.cells[question.id + VERDICT_SUFFIX].strip()
        adjusted = _without_words(question, self.beside[ReviewColumn.ADJUSTED].get(question.id, "").strip())
        meant = None if question.option(verdict) else determination_of(verdict)
        if meant == "adjusted":
            if not adjusted or (determination_of(adjusted) and not question.option(adjusted)):
                message = _(
                    "the answer is adjusted: write the true answer here, and not %(text)s", text=quoted(adjusted)
                )
                self.note(self.rows[question.id], ReviewColumn.ADJUSTED, question.id, message)
            self.cells[question.id + VERDICT_SUFFIX] = adjusted
            return
        if adjusted:
            message = _(
                "%(text)s adjusts the answer, and the determination does not say so: make them agree",
                text=quoted(adjusted),
            )
            self.note(self.rows[question.id], ReviewColumn.ADJUSTED, question.id, message)
        if meant in ("na-accepted", "na-refused") and not self.is_not_applicable(question.id):
            message = _(
                "%(text)s is for an answer of n/a, which this is not: choose another determination",
                text=quoted(verdict),
            )
            self.note(self.rows[question.id], ReviewColumn.DETERMINATION, question.id, message)
        if meant:
            self.cells[question.id + VERDICT_SUFFIX] = _PLAIN.get(meant, meant)

    def is_not_applicable(self, question: str) -> bool:
        return self.cells.get(question, "").strip().casefold() == NOT_APPLICABLE_TEXT

    def read_sheet(self, cells: Mapping[str, str]) -> AnswerSheet:
        """Return the answer sheet. A cell that cannot be read is a fault, and counts as empty.

        Raise UnreadableWorkbook if the company has no name.
        """
        try:
            return read_sheets(self.edition, list(cells), [list(cells.values())], file=self.file)[0]
        except AnswerFileFaults as found:
            if any(fault.column == COMPANY_COLUMN for fault in found.faults):
                raise damaged() from found
            for fault in found.faults:
                line, hash_sign, suffix = fault.column.partition("#")
                column = SUFFIXES.get(hash_sign + suffix, ReviewColumn.ANSWER)
                if column == ReviewColumn.DETERMINATION and self.beside[ReviewColumn.ADJUSTED].get(line):
                    column = ReviewColumn.ADJUSTED
                message = fault_words(fault.message)
                if column == ReviewColumn.DETERMINATION:
                    message = unknown_determination_words(
                        self.beside[column][line], is_not_applicable=self.is_not_applicable(line)
                    )
                self.note(self.rows.get(line, 0), column if line in self.rows else None, fault.column, message)
                self.unread.add(line)
            wrong = {fault.column for fault in found.faults}
            return self.read_sheet({name: "" if name in wrong else text for name, text in cells.items()})

    def check_asked(self, sheet: AnswerSheet) -> None:
        """Add faults for determinations on questions that were not asked."""
        routes = route_questions(self.edition, sheet)
        for question_id in sheet.verdicts:
            if routes[question_id].asked == NO:
                message = _("it is not asked of this company, so there is nothing to determine: empty this cell")
                self.note(self.rows[question_id], ReviewColumn.DETERMINATION, question_id, message)


def _without_words(question: Question, text: str) -> str:
    """Return only the id of an option with its words, as lists offer it; any other text unchanged."""
    option, separator, _words = text.strip().partition(OFFER_SEPARATOR)
    is_choice = question.option(option) is not None or option.casefold() == NOT_APPLICABLE_TEXT
    return option if separator and is_choice and question.kind == "one" else text
