"""Answers read from workbooks: a row a company on the first sheet, or one company's scorecard that comes back.

A scorecard may be in any language: its cells are found by the names we gave them, and hold ids.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from compliance.questionnaire.answers import BLANK_PREFIX, COMPANY_COLUMN, NOT_APPLICABLE_TEXT, AnswerSheet
from compliance.questionnaire.answers_file import EVIDENCE_SUFFIX, REASON_SUFFIX, VERDICT_SUFFIX, read_sheets
from compliance.questionnaire.answers_file import iter_sheets as each_row
from compliance.questionnaire.csv_table import AnswerFileFault, AnswerFileFaults
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.questionnaire.faults import one_of
from compliance.workbook.reader import (
    MOST_BYTES,
    NamedCells,
    UnreadableWorkbook,
    answer_rows,
    merged_below,
    named_cells,
    sheet_names,
)
from compliance.workbook.scorecard_layout import ANSWERS_RANGE, COMPANY_CELL, EDITION_ID_CELL, ReviewColumn, option_ids

#: Rows on their way, as somebody watches them go by.
RowProgress: TypeAlias = Callable[[Iterable[list[str]]], Iterator[list[str]]]
#: Hears the names of the sheets of a workbook of which the first alone is read.
OnExtraSheets: TypeAlias = Callable[[Sequence[str]], object]

_CHOSEN, _NOT_CHOSEN = ("x", "1"), ("", "0")
_FORMULA = "a formula stands here: put the answer there instead"


def iter_answer_sheets(
    edition: Edition, path: Path, watch: RowProgress = iter, tell: OnExtraSheets = len
) -> Iterator[AnswerSheet]:
    """The answer sheets of a workbook, one by one: of its first sheet, or of the scorecard that it is.

    `watch` sees the rows go by; `tell` hears the names of sheets that are not read. Raise UnreadableWorkbook if the
    file is refused, AnswerFileFaults with every fault of its rows.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableWorkbook(f"{path}: the file has more than {MOST_BYTES // 1_000_000} MB: split it")
    content = path.read_bytes()
    try:
        answers = named_cells(content, ANSWERS_RANGE)
        if answers is None:
            yield from _read_wide_table(edition, path, content, watch, tell)
        else:
            yield _read_scorecard(edition, path, content, answers)
    except UnreadableWorkbook as fault:
        raise UnreadableWorkbook(f"{path}: {fault}") from fault


def _read_wide_table(
    edition: Edition, path: Path, content: bytes, watch: RowProgress, tell: OnExtraSheets
) -> Iterator[AnswerSheet]:
    """One row for each company below a header, as in a CSV file."""
    rows = answer_rows(content)
    first, header = next(((n, row) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)), (0, []))
    sheets = sheet_names(content)
    if not first:
        where = f"sheet {sheets[0]}: " if len(sheets) > 1 else ""
        raise UnreadableWorkbook(f"{where}its first sheet is empty: begin with a row of column names")
    file = f"{path}, sheet {sheets[0]}" if len(sheets) > 1 else str(path)
    if len(sheets) > 1:
        tell(sheets)
    yield from each_row(edition, header, watch(rows), file=file, first_row=first + 1)
    _refuse_merged(content, file, first)


def _refuse_merged(content: bytes, file: str, header: int) -> None:
    """Of merged cells only the first holds something; whoever looks at them sees it in each."""
    if below := merged_below(content, header):
        message = (
            f"cells are merged, and only the first of them has an answer: {one_of(below)}: unmerge them, fill each"
        )
        raise AnswerFileFaults([AnswerFileFault(file, 0, "", message)])


def _read_scorecard(edition: Edition, path: Path, content: bytes, answers: NamedCells) -> AnswerSheet:
    of_edition, company = _only(named_cells(content, EDITION_ID_CELL)), _only(named_cells(content, COMPANY_CELL))
    if of_edition != edition.id:
        raise UnreadableWorkbook(f"this scorecard answers the edition {of_edition}, and {edition.id} was named")
    read = _ReturnedScorecard(f"{path}, sheet {answers.sheet}")
    _read_lines(edition, answers, read)
    _check_nothing_missing(edition, read)
    _place_words(read)
    cells = {COMPANY_COLUMN: company} | read.cells
    try:
        sheets = read_sheets(edition, list(cells), [list(cells.values())], file=read.file)
    except AnswerFileFaults as found:
        read.faults += [replace(fault, row=read.rows.get(fault.column.partition("#")[0], 0)) for fault in found.faults]
    if read.faults:
        raise AnswerFileFaults(read.faults)
    return sheets[0]


def _only(named: NamedCells | None) -> str:
    """The text of a name for one cell."""
    return (named.rows[0][0] or "") if named and named.rows and named.rows[0] else ""


@dataclass(slots=True)
class _ReturnedScorecard:
    """A scorecard as read so far: cells by their column in an answers file, rows by id, and faults."""

    file: str
    cells: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)  # of each profile field and question
    words: dict[str, str] = field(default_factory=dict)  # of each question: why it is blank, if that is said
    options: dict[str, set[str]] = field(default_factory=dict)  # of each question: those that have a line
    faults: list[AnswerFileFault] = field(default_factory=list)

    def note(self, row: int, column: str, message: str) -> None:
        self.faults.append(AnswerFileFault(self.file, row, column, message))


def _read_lines(edition: Edition, answers: NamedCells, read: _ReturnedScorecard) -> None:
    question: Question | None = None
    for number, cells in enumerate(answers.rows[1:], answers.first_row + 1):
        row = {column: cells[column] if column < len(cells) else "" for column in ReviewColumn}
        own = row[ReviewColumn.ID] or ""
        if question is not None and own in _lines_of(question) and own not in read.options[question.id]:
            _read_option(read, number, question, own, row[ReviewColumn.ANSWER])
        elif own in edition.questions:
            question = edition.questions[own]
            _read_question(read, number, question, row)
        elif own.removeprefix(PROFILE_PREFIX) in edition.profile and own.startswith(PROFILE_PREFIX):
            _keep(read, number, own, row[ReviewColumn.ANSWER])


def _lines_of(question: Question) -> list[str]:
    """The ids on the lines below a question."""
    return (
        [*option_ids(question), *([NOT_APPLICABLE_TEXT] if question.na == "reason" else [])] if question.options else []
    )


def _read_question(
    read: _ReturnedScorecard, number: int, question: Question, row: Mapping[ReviewColumn, str | None]
) -> None:
    read.options[question.id] = set()
    _keep(read, number, question.id, "" if question.is_multiple_choice else row[ReviewColumn.ANSWER])
    read.words[question.id] = (row[ReviewColumn.WORD] or "").strip()
    for suffix, column in (
        (REASON_SUFFIX, ReviewColumn.REASON),
        (EVIDENCE_SUFFIX, ReviewColumn.EVIDENCE),
        (VERDICT_SUFFIX, ReviewColumn.DETERMINATION),
    ):
        read.cells[question.id + suffix] = row[column] or ""


def _read_option(read: _ReturnedScorecard, number: int, question: Question, option: str, mark: str | None) -> None:
    read.options[question.id].add(option)
    if not question.is_multiple_choice:
        return
    if mark is None:
        read.note(number, question.id, _FORMULA)
    elif mark.strip().lower() in _CHOSEN:
        read.cells[question.id] = "|".join(filter(None, (read.cells[question.id], option)))
    elif mark.strip() not in _NOT_CHOSEN:
        read.note(number, question.id, f"{mark!r} is no mark: put x beside each answer that holds, or leave it empty")


def _keep(read: _ReturnedScorecard, number: int, column: str, text: str | None) -> None:
    if column in read.rows:
        read.note(number, column, f"this stands in row {read.rows[column]} already: delete one of them")
        return
    read.rows[column] = number
    read.cells[column] = text or ""
    if text is None:
        read.note(number, column, _FORMULA)


def _place_words(read: _ReturnedScorecard) -> None:
    """Put the word of each blank where an answers file has it. A word beside an answer is a fault."""
    for question_id, word in read.words.items():
        answer, number = read.cells[question_id].strip(), read.rows[question_id]
        if answer.casefold().startswith(BLANK_PREFIX):
            read.note(number, question_id, f"{answer!r} says why it is blank: put it in the last column")
        elif word and answer:
            read.note(number, question_id, f"it is answered, and {word!r} says why it is blank: delete one of the two")
        elif word and not word.casefold().startswith(BLANK_PREFIX):
            read.note(number, question_id, f"{word!r} is no reason for a blank: choose one from the list of its cell")
        elif word:
            read.cells[question_id] = word


def _check_nothing_missing(edition: Edition, read: _ReturnedScorecard) -> None:
    """A line that was deleted would otherwise read as a blank. What is asked by choice is in no scorecard."""
    for column in _expected_ids(edition.main):
        if column not in read.rows:
            read.note(0, column, "its row is gone: put it back, or take a new scorecard")
    for question_id, seen in read.options.items():
        for option in _lines_of(edition.questions[question_id]):
            if option not in seen:
                message = f"the line of its answer {option!r} is gone: put it back, or take a new scorecard"
                read.note(read.rows[question_id], question_id, message)


def _expected_ids(edition: Edition) -> Iterator[str]:
    yield from (PROFILE_PREFIX + name for name in edition.profile)
    yield from edition.questions
