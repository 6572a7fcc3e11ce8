"""The rows of a scorecard's sheet *Review* as they come back, each known by its id and never by its place.

Columns may have been added, moved or deleted, rows sorted, hidden or inserted, in any of our languages. What is filled
in and not understood is a fault with its cell; nothing is guessed, and nothing dropped.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import marked_english
from compliance.questionnaire.answer_parser import AnswerFault, read_answer
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
from compliance.workbook.fingerprint import (
    Fingerprint,
    checked_company,
)
from compliance.workbook.reader import BookReading, ReadCell, UnreadableWorkbook
from compliance.workbook.returned_scorecard import ReturnedScorecard, ReturnedVerdict
from compliance.workbook.review_words import (
    ENTERED,
    FILLED_IN,
    NEW_COPY,
    SUFFIXES,
    VERDICT_PARTS,
    FoundReview,
    determination_of,
    misplaced_words,
    says_some_evidence,
)
from compliance.workbook.scorecard_layout import (
    OwnColumn,
    ReviewColumn,
    ReviewLine,
    ScorecardLayout,
    option_ids,
)

#: What a company has said, which an auditor cannot change.
_SAID = (ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE, ReviewColumn.WORD)
_CHOSEN, _NOT_CHOSEN = ("x", "1"), ("", "0")
_MARK = "●"  # beside the option that is the answer, as a formula puts it
_SPARE_ROWS = 2_000  # rows beyond those of the questionnaire that somebody may add


def read_review(
    edition: Edition, file: str, found: FoundReview, book: BookReading, mark: Fingerprint
) -> ReturnedScorecard:
    """What stands below the headings, with the faults in it: what has one was not read. Raise UnreadableWorkbook."""
    lines = _Lines(edition, f"{file}, sheet {found.sheet}", found)
    lines.read(book)
    return lines.made(checked_company(book, mark, found.sheet, found.above), mark)


class _Lines:
    """The rows below the headings as read so far, each known by its id; faults, and remarks on what moves nothing."""

    def __init__(self, edition: Edition, file: str, found: FoundReview) -> None:
        self.edition, self.file, self.found = edition, file, found
        self.known = {line.key: line for line in ScorecardLayout(edition).review_lines}
        self.by_id = {line.id: line for line in self.known.values() if line.kind in ("question", "profile")}
        self.cells: dict[str, str] = {}  # by their column in an answers file
        self.rows: dict[str, int] = {}  # of each line, by its key
        self.over: dict[str, str] = {}  # of each, what was written over the formula that counts them
        self.marks: dict[str, list[str]] = {}  # of each question of several answers: its options that are marked
        self.beside: dict[ReviewColumn, dict[str, str]] = {column: {} for column in ENTERED}
        self.own: dict[int, dict[str, str]] = {place: {} for place in found.own}
        self.faults: list[AnswerFileFault] = []
        self.locked_faults: list[AnswerFileFault] = []
        self.unread: set[str] = set()
        self.filled: dict[str, str] = {}  # what an auditor's cells hold, by their names
        self.remarks = [
            AnswerFileFault(file, 0, "", f"the sheet {name} is like it, and was not read") for name in found.alike
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
        question, filled, last = None, 0, 0
        for number, row in enumerate(book.rows(self.found.sheet), 1):
            if number <= self.found.head or not row:
                continue
            filled, last = filled + 1, number
            if filled > 2 * len(self.known) + _SPARE_ROWS:
                raise UnreadableWorkbook(
                    f"sheet {self.found.sheet} has far more rows than the questionnaire: {NEW_COPY}"
                )
            line = self.line_of(number, row, question)
            question = line.id if line and line.kind == "question" else question
            self.read_line(number, row, line)
        for left, top, right, bottom in book.merged(self.found.sheet):
            self.check_merged(range(left - 1, right), range(max(top, self.found.head + 1), min(bottom, last) + 1))

    def value(self, row: Sequence[ReadCell], column: ReviewColumn) -> ReadCell:
        place = self.found.columns.get(column, len(row))
        return row[place] if place < len(row) else ReadCell()

    def line_of(self, number: int, row: Sequence[ReadCell], question: str | None) -> ReviewLine | None:
        """Which line a row is: by its hidden key, or in workbooks without, by its id and the question above."""
        own, key = (self.value(row, column).text.strip() for column in (ReviewColumn.ID, ReviewColumn.LINE))
        line = self.known.get(key)
        if line is not None and own != (line.option or line.id) and line.kind not in ("node", "heading"):
            message = _("its id here was %(id)s: %(remedy)s", id=repr(line.option or line.id), remedy=_(NEW_COPY))
            self.note(number, ReviewColumn.ID, line.id, message)
            line = self.by_id.get(own, line)
        if line is None and ReviewColumn.LINE not in self.found.columns and question is not None:
            option = self.known.get(f"{question}|{own}")
            line = option if option is not None and option.key not in self.rows else None
        if line is None:
            line = self.by_id.get(own) or (self.known.get(own) if own in self.edition.nodes else None)
        if line is not None and line.key in self.rows:
            message = _("this stands in row %(row)s already: delete one of them", row=self.rows[line.key])
            self.note(number, ReviewColumn.ID, line.id, message)
        elif line is not None:
            self.rows[line.key] = number
        return line

    def read_line(self, number: int, row: Sequence[ReadCell], line: ReviewLine | None) -> None:
        kind, name = (line.kind, line.id) if line else ("", "")
        is_many = kind in ("question", "option") and self.edition.questions[name].is_multiple_choice
        for column in ENTERED:
            cell = self.value(row, column)
            if cell.is_filled and column not in _SAID:
                self.filled[self.cell_name(number, column)] = cell.text
            if column == ReviewColumn.ANSWER and ((kind == "option") != is_many):
                self.check_ours(number, cell, line)  # a formula of ours shows what is entered elsewhere
            elif not cell.is_filled:
                self.keep(line, column, "")
            elif column not in FILLED_IN[kind]:
                self.note(number, column, name, misplaced_words(cell.text, kind))
            elif cell.flaw == "formula":
                what = _(column.spec.heading).lower()
                self.note(number, column, name, _("a formula stands here: put the %(what)s there instead", what=what))
            elif cell.flaw:
                message = _("this cell holds the error %(error)s: empty it, or fill it in", error=cell.text)
                self.note(number, column, name, message)
            else:
                self.keep(line, column, cell.text)
        if line is None and ReviewColumn.LINE not in self.found.columns:
            return  # of older workbooks, themes have no id
        if line is None:
            self.remark(number, "", _("this row is none of the questionnaire's, and no new workbook has it"))
            return
        self.check_points(number, row, line)
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
            self.cells[line.key] = text
        elif line.kind == "option":
            self.keep_mark(line, text)

    def keep_mark(self, line: ReviewLine, mark: str) -> None:
        if mark.strip().lower() in _CHOSEN:
            self.marks.setdefault(line.id, []).append(line.option)
        elif mark.strip() not in _NOT_CHOSEN:
            message = f"{mark!r} is no mark: put x beside each answer that holds, or leave it empty"
            self.note(self.rows[line.key], ReviewColumn.ANSWER, line.id, message)

    def keep_own(self, number: int, place: int, cell: ReadCell, line: ReviewLine) -> None:
        """Keep what stands in a column that somebody added; a formula would say something else in another row."""
        if cell.flaw == "formula":
            message = _("no new workbook has the formulas of own columns")
            self.remark(number, f"{column_letters(place)}{number}", message)
        else:
            self.own.setdefault(place, {})[line.key] = cell.text

    def check_ours(self, number: int, cell: ReadCell, line: ReviewLine | None) -> None:
        """What was written over a formula of ours is an answer in the wrong place, or what the formula said."""
        text = cell.text.strip()
        if cell.flaw or not text or line is None or text == _MARK:
            return
        if line.kind == "option":
            message = f"{quoted(text)} stands beside one of its answers: put the answer in the row of the question"
            self.note(number, ReviewColumn.ANSWER, line.id, message)
        else:
            self.over[line.id] = text

    def check_points(self, number: int, row: Sequence[ReadCell], line: ReviewLine) -> None:
        """The points of an answer are the edition's: other ones in the file count only there."""
        option = self.edition.questions[line.id].option(line.option) if line.kind == "option" else None
        shown = self.value(row, ReviewColumn.POINTS)
        if option is not None and shown.is_filled and shown.text != number_text(option.points):
            cell = self.cell_name(number, ReviewColumn.POINTS)
            told = f"the points of an answer are {number_text(option.points)}, and not {quoted(shown.text)} as here"
            self.remark(number, cell, told)

    def check_merged(self, columns: range, rows: range) -> None:
        """Of merged cells only the first holds something; whoever looks at them sees it in each."""
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

    # ── When all rows are read

    def made(self, company: str, mark: Fingerprint) -> ReturnedScorecard:
        """The scorecard, with all faults."""
        self.check_nothing_missing()
        for question in self.edition.questions.values():
            if question.id in self.rows:
                self.join_marks(question)
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
            for part, column in (*VERDICT_PARTS.items(), ("claim", ReviewColumn.ANSWER))
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
            message = _("%(text)s is no date: write year-month-day, such as 2027-01-31", text=quoted(text))
            self.note(self.rows[question], ReviewColumn.NEXT_REVIEW, question, message)
        return None

    def check_nothing_missing(self) -> None:
        """A line that was deleted would otherwise read as a blank. What is asked by choice is in no scorecard."""
        main = self.edition.main.questions
        for line in self.known.values():
            if line.key in self.rows or (line.kind == "question" and line.id not in main):
                continue
            if line.kind in ("question", "profile"):
                self.note(0, None, line.id, _("its row is missing: %(remedy)s", remedy=_(NEW_COPY)))
            elif line.kind == "option" and line.id in self.rows:
                message = f"the line of its answer {line.option!r} is gone: {NEW_COPY}"
                self.note(self.rows[line.id], None, line.id, message)

    def join_marks(self, question: Question) -> None:
        if not question.is_multiple_choice:
            return
        chosen = set(self.marks.get(question.id, ()))
        lines = [*option_ids(question), NOT_APPLICABLE_TEXT]
        self.cells[question.id] = "|".join(option for option in lines if option in chosen)
        over = self.over.get(question.id, "")
        if over and over != self.cells[question.id] and _is_answer(question, over):
            message = f"{quoted(over)} stands over a formula: put x beside each of its answers that holds"
            self.note(self.rows[question.id], ReviewColumn.ANSWER, question.id, message)

    def place_word(self, question_id: str) -> None:
        """Put the word of a blank where an answers file has it. A word beside an answer is a fault."""
        word, answer = (
            self.beside[ReviewColumn.WORD].get(question_id, "").strip(),
            self.cells.get(question_id, "").strip(),
        )
        number = self.rows[question_id]
        if answer.casefold().startswith(BLANK_PREFIX):
            message = f"{answer!r} says why it is blank: put it in the last column"
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
        adjusted = self.beside[ReviewColumn.ADJUSTED].get(question.id, "").strip()
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
        if meant:
            self.cells[question.id + VERDICT_SUFFIX] = "" if meant == "not-reviewed" else meant

    def read_sheet(self, cells: Mapping[str, str]) -> AnswerSheet:
        """The sheet; a cell that cannot be read is a fault, and as good as empty."""
        try:
            return read_sheets(self.edition, list(cells), [list(cells.values())], file=self.file)[0]
        except AnswerFileFaults as found:
            for fault in found.faults:
                line, hash_sign, suffix = fault.column.partition("#")
                column = SUFFIXES.get(hash_sign + suffix, ReviewColumn.ANSWER)
                if column == ReviewColumn.DETERMINATION and self.beside[ReviewColumn.ADJUSTED].get(line):
                    column = ReviewColumn.ADJUSTED
                self.note(
                    self.rows.get(line, 0),
                    column if line in self.rows else None,
                    fault.column,
                    marked_english(fault.message),
                )
                self.unread.add(line)
            wrong = {fault.column for fault in found.faults}
            return self.read_sheet({name: "" if name in wrong else text for name, text in cells.items()})

    def check_asked(self, sheet: AnswerSheet) -> None:
        """Nobody can judge what was not asked."""
        routes = route_questions(self.edition, sheet)
        for question_id in sheet.verdicts:
            if routes[question_id].asked == NO:
                message = _("it is not asked of this company, so there is nothing to determine: empty this cell")
                self.note(self.rows[question_id], ReviewColumn.DETERMINATION, question_id, message)


def _is_answer(question: Question, text: str) -> bool:
    with suppress(AnswerFault):
        return read_answer(question, text) is not None
    return False
