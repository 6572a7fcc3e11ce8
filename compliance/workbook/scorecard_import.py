"""One company's scorecard that comes back: its sheet *Review* read by its headings and ids, never by place.

Columns may have been added, moved or deleted, rows sorted, hidden or inserted, names of cells lost, in any of our
languages. What is filled in and not understood is a fault with its cell; nothing is guessed, and nothing dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

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
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.routing import NO, route_questions
from compliance.workbook.fingerprint import Fingerprint, checked_company, checked_fingerprint, has_fingerprint
from compliance.workbook.reader import BookReading, ReadCell, UnreadableWorkbook, opened_workbook
from compliance.workbook.review_words import (
    ENTERED,
    FILLED_IN,
    KIND_WORDS,
    NEW_COPY,
    OFFER_SEPARATOR,
    SEALED,
    SUFFIXES,
    VERDICT_PARTS,
    FoundReview,
    check_columns,
    determination_of,
    find_review,
    says_some_evidence,
    seal,
)
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_layout import ANSWERS_RANGE, OwnColumn, ReviewLine, ScorecardLayout

_PLAIN = {"na-accepted": "confirmed", "na-refused": "not-shown", "not-reviewed": ""}
_LOCKED = (
    "this cell is locked and was changed: whoever keeps the answers ignores it",
    "this cell is locked and was changed: it is ignored",
)
_SPARE_ROWS = 2_000  # rows beyond those of the questionnaire that somebody may add


@dataclass(frozen=True, slots=True)
class ReturnedVerdict:
    """What an auditor's cells say of one question, and where each of them stands."""

    question: str
    verdict: Literal["confirmed", "adjusted", "not-shown", ""]  # the empty text: not reviewed
    value: str = ""  # the answer that an adjusted one is adjusted to, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None
    cells: Mapping[str, str] = field(default_factory=dict)  # by part, as in VERDICT_PARTS: "Review!K36"


@dataclass(frozen=True, slots=True)
class ReturnedScorecard:
    """A scorecard that came back: its answers and verdicts, and all that stands beside them."""

    sheet: AnswerSheet
    fingerprint: Fingerprint
    reasons: Mapping[str, str]  # by question, as the two below
    evidence: Mapping[str, str]
    comments: Mapping[str, str]  # an auditor's, by the key of a line of *Review*
    verdicts: Mapping[str, ReturnedVerdict]  # of every question that has a row, judged or not
    own_columns: tuple[OwnColumn, ...]
    remarks: tuple[AnswerFileFault, ...]  # on what is passed over and moves nothing


def read_scorecard(edition: Edition, content: bytes, file: str) -> ReturnedScorecard | None:
    """The scorecard in a workbook; None if it is none. Raise UnreadableWorkbook, or AnswerFileFaults with each cell."""
    with opened_workbook(content) as book:
        found = find_review(book)
        if found is None:
            if book.named_place(ANSWERS_RANGE) is None and not has_fingerprint(book):
                return None
            raise UnreadableWorkbook(
                f"it is a scorecard, and its sheet Review, or the row of its headings, is gone or damaged: {NEW_COPY}"
            )
        mark = checked_fingerprint(edition, book, found.sheet)
        lines = _Lines(edition, f"{file}, sheet {found.sheet}", found)
        check_columns(found)
        lines.read(book)
        company = checked_company(book, mark, found.sheet, found.above)
    return lines.made(company, mark)


# ── What it holds


class _Lines:
    """The rows below the headings as read so far, each known by its id; faults, and remarks on what moves nothing."""

    def __init__(self, edition: Edition, file: str, found: FoundReview) -> None:
        self.edition, self.file, self.found = edition, file, found
        self.known = {line.key: line for line in ScorecardLayout(edition).review_lines}
        self.by_id = {line.id: line for line in self.known.values() if line.kind in ("question", "profile")}
        self.cells: dict[str, str] = {}  # by their column in an answers file
        self.rows: dict[str, int] = {}  # of each line, by its key
        self.beside: dict[ReviewColumn, dict[str, str]] = {column: {} for column in ENTERED}
        self.own: dict[int, dict[str, str]] = {place: {} for place in found.own}
        self.faults: list[AnswerFileFault] = []
        self.remarks = [
            AnswerFileFault(file, 0, "", f"the sheet {name} is like it, and was not read") for name in found.alike
        ]

    def note(self, number: int, column: ReviewColumn | None, line: str, message: str) -> None:
        self.faults.append(AnswerFileFault(self.file, number, line, message, self.cell_name(number, column)))

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
                    f"sheet {self.found.sheet} has far more rows than the questionnaire: {NEW_COPY}"
                )
            self.read_line(number, row, self.line_of(number, row))
        for left, top, right, bottom in book.merged(self.found.sheet):
            self.check_merged(range(left - 1, right), range(max(top, self.found.head + 1), min(bottom, last) + 1))

    def value(self, row: Sequence[ReadCell], column: ReviewColumn) -> ReadCell:
        place = self.found.columns.get(column, len(row))
        return row[place] if place < len(row) else ReadCell()

    def line_of(self, number: int, row: Sequence[ReadCell]) -> ReviewLine | None:
        """Which line a row is: by its hidden key, or without it by its id."""
        own, key = (self.value(row, column).text.strip() for column in (ReviewColumn.ID, ReviewColumn.LINE))
        line = self.known.get(key)
        if line is not None and own != line.id and line.kind in ("question", "profile"):
            self.note(number, ReviewColumn.ID, line.id, f"its id here was {line.id!r}: {NEW_COPY}")
            line = self.by_id.get(own, line)
        if line is None:
            line = self.by_id.get(own) or (self.known.get(own) if own in self.edition.nodes else None)
        if line is not None and line.key in self.rows:
            message = f"this stands in row {self.rows[line.key]} already: delete one of them"
            self.note(number, ReviewColumn.ID, line.id, message)
        elif line is not None:
            self.rows[line.key] = number
        return line

    def read_line(self, number: int, row: Sequence[ReadCell], line: ReviewLine | None) -> None:
        kind, name = (line.kind, line.id) if line else ("", "")
        for column in ENTERED:
            cell = self.value(row, column)
            if not cell.is_filled:
                self.keep(line, column, "")
            elif column not in FILLED_IN[kind]:
                where = f"{quoted(cell.text)} stands beside {KIND_WORDS[kind]}"
                self.note(
                    number, column, name, f"{where}, where it means nothing: put it beside the question it is about"
                )
            elif cell.flaw == "formula":
                what = "answer" if column == ReviewColumn.ANSWER else column.spec.heading.lower()
                self.note(number, column, name, f"a formula stands here: put the {what} there instead")
            elif cell.flaw:
                self.note(number, column, name, f"this cell holds the error {cell.text}: empty it, or fill it in")
            else:
                self.keep(line, column, cell.text)
        if line is None and ReviewColumn.LINE not in self.found.columns:
            return  # of older workbooks, themes have no id
        if line is None:
            self.remark(number, "", "this row is none of the questionnaire's, and no new workbook has it")
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
        """Keep what stands in a column that somebody added; a formula would say something else in another row."""
        if cell.flaw == "formula":
            self.remark(number, f"{column_letters(place)}{number}", "no new workbook has the formulas of own columns")
        else:
            self.own.setdefault(place, {})[line.key] = cell.text

    def check_locked(self, number: int, row: Sequence[ReadCell], line: ReviewLine) -> None:
        """Tell which locked cells were changed since the file was made, as their seals say."""
        seals = self.value(row, ReviewColumn.SEAL).text.split()
        for column, was in zip(SEALED, seals, strict=False):
            cell = self.value(row, column)
            if column in self.found.columns and seal(cell.text) != was:
                self.remark(number, self.cell_name(number, column), _LOCKED[column == ReviewColumn.TEXT])
        question, shown = self.edition.questions.get(line.id), self.value(row, ReviewColumn.FULL_MARKS)
        full = number_text(float(question.full)) if question is not None and question.scored else shown.text
        if shown.is_filled and shown.text != full:
            told = f"full marks are {full}, and not {quoted(shown.text)} as here: it is ignored"
            self.remark(number, self.cell_name(number, ReviewColumn.FULL_MARKS), told)

    def check_merged(self, columns: range, rows: range) -> None:
        """Of merged cells only the first holds something; whoever looks at them sees it in each."""
        lines = {number: key for key, number in self.rows.items()}
        of_ours = next((number for number in rows if number in lines), None)
        if of_ours is None or not any(self.found.columns.get(column) in columns for column in ENTERED):
            return
        first, last = (f"{column_letters(columns[end])}{rows[end]}" for end in (0, -1))
        message = f"the cells {first}:{last} are merged, and only the first of them holds something: unmerge them"
        self.faults.append(AnswerFileFault(self.file, of_ours, self.known[lines[of_ours]].id, message, first))

    # ── When all rows are read

    def made(self, company: str, mark: Fingerprint) -> ReturnedScorecard:
        """The scorecard. Raise AnswerFileFaults."""
        self.check_nothing_missing()
        for question in self.edition.questions.values():
            if question.id in self.rows:
                self.place_word(question.id)
                self.place_beside(question)
        reviews = {question: self.next_review(question) for question in self.edition.questions}
        sheet = self.read_sheet({COMPANY_COLUMN: company} | self.cells)
        if sheet is not None:
            self.check_asked(sheet)
        if self.faults or sheet is None:
            raise AnswerFileFaults(self.faults)
        beside = {column: {key: text for key, text in kept.items() if text} for column, kept in self.beside.items()}
        evidence = {key: text for key, text in beside[ReviewColumn.EVIDENCE].items() if not says_some_evidence(text)}
        own = tuple(OwnColumn(self.found.own.get(place, ""), cells) for place, cells in sorted(self.own.items()))
        comments, reasons = beside[ReviewColumn.COMMENT], beside[ReviewColumn.REASON]
        verdicts = {
            question: self.verdict(question, sheet, comments.get(question, ""), reviews[question])
            for question in self.edition.questions
            if question in self.rows
        }
        return ReturnedScorecard(sheet, mark, reasons, evidence, comments, verdicts, own, tuple(self.remarks))

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
        """The day of the next review; None where there is none, or it is a fault."""
        text = self.beside[ReviewColumn.NEXT_REVIEW].get(question, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            message = f"{quoted(text)} is no date: write year-month-day, such as 2027-01-31"
            self.note(self.rows[question], ReviewColumn.NEXT_REVIEW, question, message)
        return None

    def check_nothing_missing(self) -> None:
        """A line that was deleted would otherwise read as a blank. What is asked by choice is in no scorecard."""
        main = self.edition.main.questions
        for line in self.known.values():
            if line.key in self.rows or (line.kind == "question" and line.id not in main):
                continue
            if line.kind in ("question", "profile"):
                self.note(0, None, line.id, f"its row is gone: {NEW_COPY}")

    def place_word(self, question_id: str) -> None:
        """Put the word of a blank where an answers file has it. A word beside an answer is a fault."""
        word, answer = (
            self.beside[ReviewColumn.WORD].get(question_id, "").strip(),
            self.cells.get(question_id, "").strip(),
        )
        number = self.rows[question_id]
        if answer.casefold().startswith(BLANK_PREFIX):
            message = f"{answer!r} says why it is blank: put it in the column for that"
            self.note(number, ReviewColumn.ANSWER, question_id, message)
        elif word and answer:
            message = f"it is answered, and {word!r} says why it is blank: delete one of the two"
            self.note(number, ReviewColumn.WORD, question_id, message)
        elif word and not word.casefold().startswith(BLANK_PREFIX):
            message = f"{word!r} is no reason for a blank: choose one from the list of its cell"
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
                message = f"the answer is adjusted: write the true answer here, and not {quoted(adjusted) or 'nothing'}"
                self.note(self.rows[question.id], ReviewColumn.ADJUSTED, question.id, message)
            self.cells[question.id + VERDICT_SUFFIX] = adjusted
            return
        if adjusted:
            message = f"{quoted(adjusted)} adjusts the answer, and the determination does not say so: make them agree"
            self.note(self.rows[question.id], ReviewColumn.ADJUSTED, question.id, message)
        is_na = self.cells.get(question.id, "").strip().casefold() == NOT_APPLICABLE_TEXT
        if meant in ("na-accepted", "na-refused") and not is_na:
            message = f"{quoted(verdict)} is said of n/a, and it is answered otherwise: choose another determination"
            self.note(self.rows[question.id], ReviewColumn.DETERMINATION, question.id, message)
        if meant:
            self.cells[question.id + VERDICT_SUFFIX] = _PLAIN.get(meant, meant)

    def read_sheet(self, cells: Mapping[str, str]) -> AnswerSheet | None:
        try:
            return read_sheets(self.edition, list(cells), [list(cells.values())], file=self.file)[0]
        except AnswerFileFaults as found:
            for fault in found.faults:
                line, hash_sign, suffix = fault.column.partition("#")
                column = SUFFIXES.get(hash_sign + suffix, ReviewColumn.ANSWER)
                if column == ReviewColumn.DETERMINATION and self.beside[ReviewColumn.ADJUSTED].get(line):
                    column = ReviewColumn.ADJUSTED
                number = self.rows.get(line, 0)
                self.faults.append(replace(fault, row=number, cell=self.cell_name(number, column) if number else ""))
            return None

    def check_asked(self, sheet: AnswerSheet) -> None:
        """Nobody can judge what was not asked."""
        routes = route_questions(self.edition, sheet)
        for question_id in sheet.verdicts:
            if routes[question_id].asked == NO:
                message = "it is not asked of this company, so there is nothing to determine: empty this cell"
                self.note(self.rows[question_id], ReviewColumn.DETERMINATION, question_id, message)


def _without_words(question: Question, text: str) -> str:
    """The id of an option before its words, as a list offers both; any other text as it is."""
    option, separator, _words = text.strip().partition(OFFER_SEPARATOR)
    is_choice = question.option(option) is not None or option.casefold() == NOT_APPLICABLE_TEXT
    return option if separator and is_choice and question.kind == "one" else text
