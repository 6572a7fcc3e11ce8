"""Answers of many companies as a wide table: a row a company, a column a question. In and out.

Columns: `company`, `profile.<field>`, one per question id, and beside each if
wanted `<id>#reason` (why not applicable), `<id>#evidence` (anything: the answer
rests on evidence) and `<id>#verdict` (`confirmed`, `not-shown` or the adjusted
answer). Every cell is text: `NA`, `0`, `None` and `null` are values, and only
an empty cell is a blank.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from compliance.questionnaire.answers import (
    Adjusted,
    Answer,
    AnswerFault,
    AnswerSheet,
    NotApplicable,
    Verdict,
    number_text,
    read_answer,
    read_profile,
    write_answer,
)
from compliance.questionnaire.assembly import COMPANY
from compliance.questionnaire.edition import PROFILE, Edition
from compliance.questionnaire.faults import did_you_mean

REASON, EVIDENCE, VERDICT = "#reason", "#evidence", "#verdict"
_BESIDE = (REASON, EVIDENCE, VERDICT)
_HAS_EVIDENCE = "yes"
_REMEMBERED = 1000  # different texts of one column that are read once only


@dataclass(frozen=True, slots=True)
class AnswerFileFault:
    """One thing that is wrong in an answers file: row as a spreadsheet counts it, and the column's name."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        row = f", row {self.row}" if self.row else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{row}{column}: {self.message}"


class AnswerFileFaults(Exception):
    """An answers file that cannot be used, with every fault in it, one a line."""

    def __init__(self, faults: Iterable[AnswerFileFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as a CSV file has it: rows of text below a header, and the row in the file at which they begin."""

    header: list[str]
    rows: list[list[str]]
    first_row: int


def read_csv(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    """The answer sheets of a CSV file with `,`, `;` or tabs, in UTF-8 or UTF-16. Raise AnswerFileFaults."""
    table = read_table(path)
    return read_sheets(edition, table.header, table.rows, file=str(path), first_row=table.first_row)


def read_table(path: Path) -> TextTable:
    """A CSV file with `,`, `;` or tabs, in UTF-8 or UTF-16. Raise AnswerFileFaults if it is none, or empty."""
    text = _decoded(path)
    header_line = re.match(r"\s*([^\r\n]*)", text)
    delimiter = max(",;\t", key=header_line[0].count) if header_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        message = f"broken from here on ({error}): check the quotation marks"
        raise AnswerFileFaults([AnswerFileFault(str(path), len(rows) + 1, "", message)]) from error
    first = next((number for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)), 0)
    if not first:
        raise AnswerFileFaults([AnswerFileFault(str(path), 0, "", f"the file is empty: begin with {COMPANY}, …")])
    return TextTable(rows[first - 1], rows[first:], first + 1)


def read_sheets(
    edition: Edition, header: Sequence[str], rows: Iterable[Sequence[str]], *, file: str = "answers", first_row: int = 2
) -> tuple[AnswerSheet, ...]:
    """The answer sheets in rows of text below a header. Raise AnswerFileFaults with every fault, by row and column."""
    table = _Table(edition, file)
    columns = table.columns([name.strip() for name in header], first_row - 1)
    sheets = [
        sheet
        for number, row in enumerate(rows, first_row)
        if any(cell.strip() for cell in row) and (sheet := table.sheet(columns, row, number)) is not None
    ]
    if table.faults:
        raise AnswerFileFaults(table.faults)
    return tuple(sheets)


def write_csv(edition: Edition, sheets: Sequence[AnswerSheet], file: TextIO) -> None:
    """Write sheets so that `read_csv` gives them back. Open the file with `newline=""`."""
    writer = csv.writer(file)
    header = list(_header(edition, sheets))
    writer.writerow(header)
    for sheet in sheets:
        writer.writerow([_cell(sheet, name) for name in header])


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        message = "not UTF-8: save it as “CSV UTF-8”"
        raise AnswerFileFaults([AnswerFileFault(str(path), 0, "", message)]) from error
    if "\0" in text:
        message = "this is no text: save it as “CSV UTF-8”, or give the .xlsx file its ending"
        raise AnswerFileFaults([AnswerFileFault(str(path), 0, "", message)])
    return text


def _header(edition: Edition, sheets: Sequence[AnswerSheet]) -> Iterator[str]:
    """Every profile field and question, and the columns beside a question that some sheet needs."""
    yield COMPANY
    yield from (PROFILE + name for name in edition.profile)
    answers = [(question_id, answer) for sheet in sheets for question_id, answer in sheet.answers.items()]
    reasons = {question_id for question_id, answer in answers if isinstance(answer, NotApplicable) and answer.reason}
    evidenced = {question_id for sheet in sheets for question_id in sheet.evidenced}
    judged = {question_id for sheet in sheets for question_id in sheet.verdicts}
    for question_id in edition.questions:
        yield question_id
        for suffix, used in zip(_BESIDE, (reasons, evidenced, judged), strict=True):
            if question_id in used:
                yield question_id + suffix


def _cell(sheet: AnswerSheet, column: str) -> str:
    if column == COMPANY:
        return sheet.company
    if column.startswith(PROFILE):
        value = sheet.profile.get(column.removeprefix(PROFILE), "")
        return number_text(value) if isinstance(value, float) else value
    question_id, _, beside = column.partition("#")
    if not beside:
        return write_answer(sheet.answers.get(question_id))
    if "#" + beside == REASON:
        answer = sheet.answers.get(question_id)
        return answer.reason if isinstance(answer, NotApplicable) else ""
    if "#" + beside == EVIDENCE:
        return _HAS_EVIDENCE if question_id in sheet.evidenced else ""
    verdict = sheet.verdicts.get(question_id, "")
    return write_answer(verdict.answer) if isinstance(verdict, Adjusted) else verdict


@dataclass(slots=True)
class _Columns:
    """Where each thing stands in a row."""

    names: list[str]
    company: int | None = None
    profile: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)


class _Table:
    """Reads rows and keeps the faults."""

    def __init__(self, edition: Edition, file: str) -> None:
        self.edition, self.file = edition, file
        self.faults: list[AnswerFileFault] = []
        self.companies: dict[str, int] = {}  # row by name
        self.remembered: dict[str, dict[str, Answer | None]] = {}

    def note(self, row: int, column: str, message: str) -> None:
        self.faults.append(AnswerFileFault(self.file, row, column, message))

    def columns(self, header: Sequence[str], row: int) -> _Columns:
        """Understand the header; what is unknown or stands twice is a fault."""
        found = _Columns(list(header))
        known = [COMPANY, *(PROFILE + name for name in self.edition.profile), *self.edition.questions]
        seen: set[str] = set()
        for position, name in enumerate(header):
            if name and name in seen:
                self.note(row, name, "this column stands twice: delete one")
            elif name == COMPANY:
                found.company = position
            elif name and not self._place(name, position, found):
                hint = did_you_mean(name, known) or ": delete it, or check the edition"
                self.note(row, name, f"the edition has no such column{hint}")
            seen.add(name)
        if found.company is None:
            self.note(row, COMPANY, f"this column is missing: name the companies in a column `{COMPANY}`")
        return found

    def _place(self, name: str, position: int, found: _Columns) -> bool:
        if name.startswith(PROFILE):
            if (field_name := name.removeprefix(PROFILE)) not in self.edition.profile:
                return False
            found.profile[field_name] = position
            return True
        question_id, _, beside = name.partition("#")
        groups = {"": found.answers, "reason": found.reasons, "evidence": found.evidence, "verdict": found.verdicts}
        if question_id not in self.edition.questions or beside not in groups or name.endswith("#"):
            return False
        groups[beside][question_id] = position
        return True

    def sheet(self, columns: _Columns, row: Sequence[str], number: int) -> AnswerSheet | None:
        """One row as a sheet; None where the company has no name."""
        width = len(columns.names)
        for position, cell in enumerate(row):
            if cell.strip() and (position >= width or not columns.names[position]):
                self.note(number, f"{position + 1}", f"{cell!r} stands in a column without a name: name it")
        row = [cell.strip() for cell in row[:width]] + [""] * (width - len(row))
        company = row[columns.company] if columns.company is not None else ""
        self._check_company(company, columns, number)
        sheet = AnswerSheet(
            company=company,
            profile=dict(self._profile(columns, row, number)),
            answers=dict(self._answers(columns, row, number)),
            evidenced=frozenset(question_id for question_id, at in columns.evidence.items() if row[at]),
            verdicts=dict(self._verdicts(columns, row, number)),
        )
        return sheet if company else None

    def _check_company(self, company: str, columns: _Columns, number: int) -> None:
        if not company and columns.company is not None:
            self.note(number, COMPANY, "a row needs the name of its company")
        elif company in self.companies:
            first = self.companies[company]
            self.note(number, COMPANY, f"{company!r} stands in row {first} already: keep one row a company")
        elif company:
            self.companies[company] = number

    def _profile(self, columns: _Columns, row: Sequence[str], number: int) -> Iterator[tuple[str, str | float]]:
        for name, at in columns.profile.items():
            try:
                value = read_profile(self.edition.profile[name], row[at])
            except AnswerFault as fault:
                self.note(number, PROFILE + name, str(fault))
                continue
            if value is not None:
                yield name, value

    def _answers(self, columns: _Columns, row: Sequence[str], number: int) -> Iterator[tuple[str, Answer]]:
        for question_id, at in columns.answers.items():
            reason = columns.reasons.get(question_id)
            answer = self._answer(question_id, row[at], row[reason] if reason is not None else "", question_id, number)
            if answer is not None:
                yield question_id, answer

    def _verdicts(self, columns: _Columns, row: Sequence[str], number: int) -> Iterator[tuple[str, Verdict]]:
        for question_id, at in columns.verdicts.items():
            if row[at] == "confirmed" or row[at] == "not-shown":
                yield question_id, "confirmed" if row[at] == "confirmed" else "not-shown"
            else:
                answer = self._answer(question_id, row[at], "", question_id + VERDICT, number)
                if answer is not None:
                    yield question_id, Adjusted(answer)

    def _answer(self, question_id: str, text: str, reason: str, column: str, number: int) -> Answer | None:
        """One answer; texts that many companies share are read once."""
        if not text:
            return None
        question = self.edition.questions[question_id]
        remembered = self.remembered.setdefault(question_id, {})
        if text in remembered and not reason:
            return remembered[text]
        try:
            answer = read_answer(question, text, reason)
        except AnswerFault as fault:
            hint = "; or write confirmed or not-shown" if column.endswith(VERDICT) else ""
            self.note(number, column, f"{fault}{hint}")
            return None
        if answer is not None and not reason and len(remembered) < _REMEMBERED:
            remembered[text] = answer
        return answer
