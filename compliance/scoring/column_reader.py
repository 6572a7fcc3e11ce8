"""Tables of answers read column by column as long as all cells are plain, and row by row otherwise.

Numbers are plain if written as in JSON: digits, a minus and a decimal point. Blanks and n/a are plain too. Other cells
are read by `answer_parser`, and faults are reported by the reader of sheets: some rows are either read completely by
column, or not at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import orjson

from compliance.questionnaire.answer_parser import AnswerFault, read_profile
from compliance.questionnaire.answers import (
    COMPANY_COLUMN,
    NOT_APPLICABLE_TEXT,
    Answer,
    AnswerSheet,
    BlankWord,
    NotApplicable,
)
from compliance.questionnaire.answers_file import SheetReader, is_no_evidence
from compliance.questionnaire.companies_seen import Profile
from compliance.questionnaire.csv_table import CsvTable
from compliance.questionnaire.edition import LARGEST_NUMBER, Edition, Question
from compliance.questionnaire.profile_fields import ProfileField
from compliance.scoring.answer_columns import CompanyColumns, NumberCells
from compliance.scoring.numeric import Floats

#: How many rows are read at once.
_ROWS_AT_ONCE = 2048
#: The characters of plain numbers. Rows with others, such as `+`, are read cell by cell.
_NUMBER_LETTERS = b"0123456789.,- "
_NOT_APPLICABLE = NOT_APPLICABLE_TEXT.encode()


@dataclass(frozen=True, slots=True)
class _PlainNumbers:
    """Adjacent columns of numbers."""

    numbers: Floats  # one row per company; NaN: no number
    na: Mapping[int, Sequence[int]]  # by column, counted from the first one: the rows where it is not applicable


def iter_companies(
    edition: Edition, table: CsvTable, *, file: str, done: Callable[[int], object] = id
) -> Iterator[CompanyColumns | AnswerSheet]:
    """Yield the companies of a table: many at once by column if their rows are plain, and otherwise sheet by sheet.

    The content is the same either way. Rows with faults, or that columns cannot represent, are read as sheets. Raise
    AnswerFileFaults at the end, as `iter_sheets` does. `done` is called with the number of rows read.
    """
    sheets = SheetReader(edition, table.header, table.rows, file=file, first_row=table.first_row)
    columns, row = _ColumnReader(sheets), table.first_row
    lines, rows = list[str](), sheets.first_rows
    while (lines or rows) and not sheets.has_too_many_faults:
        found = columns.read_lines(lines, row) if lines else None
        if found is None:
            rows = rows or [line.split(table.delimiter) if line else [] for line in lines]
            found = columns.read(rows, row)
        if found is not None:
            yield found
        else:
            yield from sheets.sheets(rows, row)
        number = len(lines) or len(rows)
        row += number
        done(number)
        lines = table.rows.plain_lines(_ROWS_AT_ONCE) if columns.can_read_lines(table.delimiter) else []
        rows = [] if lines else list(islice(table.rows, _ROWS_AT_ONCE))
    sheets.finish()


class _ColumnReader:
    """A reader of rows column by column, as long as all cells are plain."""

    def __init__(self, table: SheetReader) -> None:
        self._table, self._edition = table, table.edition
        self._at = table.positions
        self._questions = {at: self._edition.questions[question] for question, at in self._at.answers.items()}
        of_number = sorted(at for at, question in self._questions.items() if question.kind == "number")
        #: Runs of adjacent columns of numbers: the first column, and the one after the last.
        self._runs: list[tuple[int, int]] = []
        for at in of_number:
            start, stop = self._runs.pop() if self._runs and self._runs[-1][1] == at else (at, at)
            self._runs.append((start, stop + 1))

    def can_read_lines(self, delimiter: str) -> bool:
        """Tell whether lines end in columns of numbers separated by commas, as in JSON."""
        return delimiter == "," and bool(self._runs) and self._runs[-1][1] == len(self._at.names)

    def read_lines(self, lines: Sequence[str], first_row: int) -> CompanyColumns | None:
        """Read lines as `read` does, without splitting the numbers at their end. Return None if these are not plain."""
        start, width = self._runs[-1][0], len(self._at.names)
        if {line.count(",") for line in lines} != {width - 1}:
            return None
        rows = [line.split(",", start) for line in lines]
        last = _plain_numbers([row[start] for row in rows], width - start)
        return None if last is None else self._read(rows, first_row, {start: last})

    def read(self, rows: Sequence[Sequence[str]], first_row: int) -> CompanyColumns | None:
        """Return the columns of some rows, or None if their lengths differ, or a cell is wrong."""
        return self._read(rows, first_row, {}) if {*map(len, rows)} == {len(self._at.names)} else None

    def _read(
        self, rows: Sequence[Sequence[str]], first_row: int, plain: Mapping[int, _PlainNumbers]
    ) -> CompanyColumns | None:
        """Return the columns of some rows, or None. `plain`: numbers read already, by the first column of each run."""
        at = self._at
        if at.company is None or at.verdicts or self._edition.places_questions:
            return None
        companies = [row[at.company].strip() for row in rows]
        if not all(companies) or not all(map(str.isprintable, companies)) or COMPANY_COLUMN in companies:
            return None
        if any(row[i].strip() for i, name in enumerate(at.names) if not name for row in rows):
            return None
        try:
            numbers = {
                position: cells
                for start, stop in self._runs
                for position, cells in self._numbers(rows, start, stop, plain.get(start))
            }
            answers = {
                question: numbers[position] if position in numbers else self._answers(rows, question, position)
                for question, position in at.answers.items()
            }
            profile = {
                name: self._profile(self._edition.profile[name], rows, position)
                for name, position in at.profile.items()
            }
        except AnswerFault:
            return None
        evidence = {question: [row[position].strip() for row in rows] for question, position in at.evidence.items()}
        if any(is_no_evidence(text) for texts in evidence.values() for text in texts):
            return None
        known: list[Profile] = [
            tuple((name, value) for name, value in zip(profile, values, strict=True) if value is not None)
            for values in (zip(*profile.values(), strict=True) if profile else [()] * len(rows))
        ]
        if not self._table.companies.add_new(companies, known, first_row):
            return None
        return CompanyColumns(companies, profile, answers, {q: [*map(bool, texts)] for q, texts in evidence.items()})

    def _numbers(
        self, rows: Sequence[Sequence[str]], start: int, stop: int, plain: _PlainNumbers | None
    ) -> Iterator[tuple[int, NumberCells]]:
        """Yield the cells of adjacent columns of numbers, by position. Raise AnswerFault if one is not an answer."""
        plain = plain or _plain_numbers([",".join(row[start:stop]) for row in rows], stop - start)
        for position in range(start, stop):
            question = self._questions[position]
            if plain is None:
                yield position, self._number_cells(rows, question, position)
                continue
            numbers, na = plain.numbers[:, position - start], plain.na.get(position - start, ())
            if (na and question.na == "never") or not _are_answers(question, numbers):
                raise AnswerFault
            reasons = self._at.reasons.get(question.id)
            said = {row: "" if reasons is None else rows[row][reasons].strip() for row in na}
            yield position, NumberCells(numbers, {row: NotApplicable(reason) for row, reason in said.items()})

    def _number_cells(self, rows: Sequence[Sequence[str]], question: Question, position: int) -> NumberCells:
        """Return the cells of one column, read one by one. Raise AnswerFault if one is not an answer."""
        numbers, na = np.full(len(rows), np.nan), {}
        for row, answer in enumerate(self._answers(rows, question.id, position)):
            if isinstance(answer, NotApplicable):
                na[row] = answer
            elif isinstance(answer, float):
                numbers[row] = answer
        return NumberCells(numbers, na)

    def _answers(self, rows: Sequence[Sequence[str]], question: str, position: int) -> list[Answer | None]:
        texts, reasons = [row[position].strip() for row in rows], self._at.reasons.get(question)
        if reasons is None:
            by_text = {text: self._table.read(question, text, "") for text in dict.fromkeys(texts)}
            said = [by_text[text] for text in texts]
        else:
            said = [
                self._table.read(question, text, row[reasons].strip()) for text, row in zip(texts, rows, strict=True)
            ]
        return [None if isinstance(answer, BlankWord) else answer for answer in said]

    def _profile(self, field: ProfileField, rows: Sequence[Sequence[str]], position: int) -> list[str | float | None]:
        return [read_profile(field, row[position]) for row in rows]


def _plain_numbers(lines: Sequence[str], width: int) -> _PlainNumbers | None:
    """Return the numbers in lines of `width` cells separated by commas.

    They are parsed as JSON, which is quick. Return None if some cell is neither a plain number, nor blank, nor n/a.
    """
    text = ",".join(lines).encode()
    other = text.translate(None, _NUMBER_LETTERS)
    if other.replace(_NOT_APPLICABLE, b""):
        return None
    if other:
        text = text.replace(_NOT_APPLICABLE, b"true")
    text = b"[0,%b,0]" % text  # so that every blank is between two commas
    try:
        _first, *cells, _last = orjson.loads(text.replace(b",,", b",null,").replace(b",,", b",null,"))
    except orjson.JSONDecodeError:
        return None
    if len(cells) != len(lines) * width:
        return None
    na: dict[int, list[int]] = {}
    if other:
        for position in [position for position, cell in enumerate(cells) if cell is True]:
            cells[position] = None
            na.setdefault(position % width, []).append(position // width)
    return _PlainNumbers(np.array(cells, float).reshape(-1, width), na)


def _are_answers(question: Question, numbers: Floats) -> bool:
    """Tell whether no number is too large, and all have a logarithm if the question needs it."""
    too_large = np.abs(numbers) > LARGEST_NUMBER
    return not (too_large | (numbers <= 0)).any() if question.log else not too_large.any()
