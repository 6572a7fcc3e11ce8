"""Answers files: a wide table with a row for each company and a column for each question, read and written.

Columns: `company`, `profile.<field>`, one per question id and, optionally beside each, `<id>#reason` (why not
applicable), `<id>#evidence` (any text: the answer rests on evidence) and `<id>#verdict` (`confirmed`, `not-shown` or
the adjusted answer). Every cell is text: `NA`, `0`, `None` and `null` are values. A blank is an empty cell, or one that
spells a blank with its word (`blank:not-known`).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO

from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_blank, read_profile
from compliance.questionnaire.answers import (
    COMPANY_COLUMN,
    Adjusted,
    Answer,
    AnswerSheet,
    BlankWord,
    NotApplicable,
    Verdict,
    number_text,
    write_answer,
    write_verdict,
)
from compliance.questionnaire.companies_seen import CompaniesSeen
from compliance.questionnaire.countries import countries
from compliance.questionnaire.csv_table import (
    DELIMITERS,
    AnswerFileFault,
    AnswerFileFaults,
    column_letters,
    escaped_cell,
    quoted,
    read_table,
)
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.questionnaire.faults import FaultMessage, did_you_mean, one_of
from compliance.questionnaire.places import BOXES, NO_PLACE

REASON_SUFFIX, EVIDENCE_SUFFIX, VERDICT_SUFFIX = "#reason", "#evidence", "#verdict"
_SUFFIXES = (REASON_SUFFIX, EVIDENCE_SUFFIX, VERDICT_SUFFIX)
_HAS_EVIDENCE = "yes"
#: Any text in an evidence column counts as evidence. These words say that there is none, and are refused.
_NO_EVIDENCE_WORDS = frozenset({"no", "none", "n/a", "false", "0", "-"})
_CACHE_SIZE = 1000  # different texts of one column whose answers are remembered
_MOST_COLUMNS_NAMED = 10  # above this number, columns that the edition does not have are one fault
_HEADER_SEARCH_ROWS = 10  # rows below the first in which a header is looked for, to say where it is
_MOST_FAULTS = 10_000  # reading stops after this number of faults


def read_answers_csv(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    """Return the sheets of a CSV file in UTF-8 or UTF-16, split at `,`, `;` or tabs. Raise AnswerFileFaults."""
    table = read_table(path)
    return read_sheets(edition, table.header, table.rows, file=str(path), first_row=table.first_row)


def read_sheets(
    edition: Edition, header: Sequence[str], rows: Iterable[Sequence[str]], *, file: str = "answers", first_row: int = 2
) -> tuple[AnswerSheet, ...]:
    """Return the answer sheets in rows below a header. Raise AnswerFileFaults with all faults, by row and column."""
    return tuple(iter_sheets(edition, header, rows, file=file, first_row=first_row))


def iter_sheets(
    edition: Edition, header: Sequence[str], rows: Iterable[Sequence[str]], *, file: str = "answers", first_row: int = 2
) -> Iterator[AnswerSheet]:
    """Yield the answer sheets of rows below a header as the rows are read, without keeping them.

    Faults are known only when all rows are read: if AnswerFileFaults is raised in the end, discard the sheets.
    """
    rows = iter(rows)
    table = SheetReader(edition, header, rows, file=file, first_row=first_row)
    yield from table.sheets(chain(table.first_rows, rows), first_row)
    table.finish()


def write_answers_csv(edition: Edition, sheets: Sequence[AnswerSheet], file: IO[str]) -> None:
    """Write sheets so that `read_answers_csv` returns the same ones. Open the file with `newline=""`."""
    writer = csv.writer(file)
    header, rows = answer_table(edition, sheets)
    writer.writerow(header)
    writer.writerows(map(escaped_cell, row) for row in rows)


def answer_table(edition: Edition, sheets: Sequence[AnswerSheet]) -> tuple[list[str], Iterator[list[str]]]:
    """Return the header of an answers file with these sheets, and its rows. Their cells are not escaped yet."""
    header = list(_header(edition, sheets))
    return header, ([_cell(sheet, name) for name in header] for sheet in sheets)


def _header(edition: Edition, sheets: Sequence[AnswerSheet]) -> Iterator[str]:
    """Yield every profile field and question, and the columns beside a question that some sheet needs."""
    yield COMPANY_COLUMN
    yield from (PROFILE_PREFIX + name for name in edition.profile)
    answers = [(question_id, answer) for sheet in sheets for question_id, answer in sheet.answers.items()]
    reasons = {question_id for question_id, answer in answers if isinstance(answer, NotApplicable) and answer.reason}
    evidenced = {question_id for sheet in sheets for question_id in sheet.evidenced}
    judged = {question_id for sheet in sheets for question_id in sheet.verdicts}
    for question_id in edition.questions:
        yield question_id
        for suffix, used in zip(_SUFFIXES, (reasons, evidenced, judged), strict=True):
            if question_id in used:
                yield question_id + suffix


def _cell(sheet: AnswerSheet, column: str) -> str:
    if column == COMPANY_COLUMN:
        return sheet.company
    if column.startswith(PROFILE_PREFIX):
        value = sheet.profile.get(column.removeprefix(PROFILE_PREFIX), "")
        return number_text(value) if isinstance(value, float) else value
    question_id, _, beside = column.partition("#")
    if not beside:
        word = sheet.words.get(question_id)
        return write_answer(sheet.answers.get(question_id)) or (word.text if word else "")
    if "#" + beside == REASON_SUFFIX:
        answer = sheet.answers.get(question_id)
        return answer.reason if isinstance(answer, NotApplicable) else ""
    if "#" + beside == EVIDENCE_SUFFIX:
        return _HAS_EVIDENCE if question_id in sheet.evidenced else ""
    verdict = sheet.verdicts.get(question_id)
    return write_verdict(verdict) if verdict is not None else ""


@dataclass(slots=True)
class ColumnPositions:
    """The position in a row of each profile field, question and suffix, counted from 0."""

    names: list[str]
    company: int | None = None
    profile: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)


class SheetReader:
    """Reads rows below a header and collects faults. Raises AnswerFileFaults if there is no company column."""

    def __init__(
        self, edition: Edition, header: Sequence[str], rows: Iterator[Sequence[str]], *, file: str, first_row: int
    ) -> None:
        """Read the header and the first rows, which are kept in `first_rows`."""
        self.edition, self.file = edition, file
        self.faults: list[AnswerFileFault] = []
        self.foreign: list[str] = []  # columns that the edition does not have
        self.companies = CompaniesSeen()
        #: By column without a name: its first value, and the rows that have a value there.
        self.nameless: dict[int, tuple[str, list[int]]] = {}
        self.remembered: dict[str, dict[str, Answer | BlankWord | None]] = {}
        self.first_rows = list(islice(rows, _HEADER_SEARCH_ROWS))
        names = [name.strip().lstrip("\ufeff") for name in header]
        self.positions = self.columns(names, first_row - 1, self.first_rows)

    @property
    def has_too_many_faults(self) -> bool:
        """True if there are too many faults to go on reading."""
        return len(self.faults) > _MOST_FAULTS

    def sheets(self, rows: Iterable[Sequence[str]], first_row: int) -> Iterator[AnswerSheet]:
        """Yield the sheets of some rows."""
        for number, row in enumerate(rows, first_row):
            if any(cell.strip() for cell in row) and (sheet := self.sheet(self.positions, row, number)) is not None:
                yield sheet
            if self.has_too_many_faults:
                break

    def finish(self) -> None:
        """Raise AnswerFileFaults if there is any fault. Call this once all rows are read."""
        self.note_nameless(len(self.positions.names))
        self._raise_if_any()

    def note(self, row: int, column: str, message: str) -> None:
        """Add a fault."""
        self.faults.append(AnswerFileFault(self.file, row, column, message))

    def _raise_if_any(self) -> None:
        if self.faults:
            raise AnswerFileFaults(self.faults, self.foreign)

    def columns(self, header: Sequence[str], row: int, below: Sequence[Sequence[str]]) -> ColumnPositions:
        """Return the positions of columns, noting faults of the header. Raise AnswerFileFaults if none is `company`."""
        found = ColumnPositions(list(header))
        seen: set[str] = set()
        for position, name in enumerate(header):
            if name and name in seen:
                self.note(row, name, "this column stands twice: delete one")
            elif name == COMPANY_COLUMN:
                found.company = position
            elif name and not self._place(name, position, found):
                self.foreign.append(name)
                if len(self.foreign) <= _MOST_COLUMNS_NAMED:
                    self.note(row, name, self._foreign_words(name))
            seen.add(name)
        if len(self.foreign) > _MOST_COLUMNS_NAMED:
            self.faults = [fault for fault in self.faults if fault.column not in self.foreign]
            words = f"the edition has no such columns: {one_of(self.foreign, 5)}: delete them, or check the edition"
            self.note(row, "", words)
        if found.company is None:
            self.note(row, COMPANY_COLUMN, f"this column is missing: {_header_hint(below, row)}")
            self._raise_if_any()
        return found

    def _foreign_words(self, name: str) -> str:
        known = [COMPANY_COLUMN, *(PROFILE_PREFIX + name for name in self.edition.profile), *self.edition.questions]
        apart = next((words for sign, words in DELIMITERS.items() if sign in name), "")
        if not apart and "|" in name:
            return f"the edition has no such column: part columns by {one_of(DELIMITERS.values())}"
        hint = f": it has {apart} in it, and the others are parted otherwise" if apart else did_you_mean(name, known)
        return f"the edition has no such column{hint or ': delete it, or check the edition'}"

    def _place(self, name: str, position: int, found: ColumnPositions) -> bool:
        """Note the position of a column. Return False if it is unknown. Columns that a cut leaves out are ignored."""
        if name.partition("#")[0] in self.edition.cut_away:
            return True
        if name.startswith(PROFILE_PREFIX):
            if (field_name := name.removeprefix(PROFILE_PREFIX)) not in self.edition.profile:
                return False
            found.profile[field_name] = position
            return True
        question_id, _, beside = name.partition("#")
        groups = {"": found.answers, "reason": found.reasons, "evidence": found.evidence, "verdict": found.verdicts}
        if question_id not in self.edition.questions or beside not in groups or name.endswith("#"):
            return False
        groups[beside][question_id] = position
        return True

    def sheet(self, columns: ColumnPositions, row: Sequence[str], number: int) -> AnswerSheet | None:
        """Return the sheet of one row, or None if the company has no name."""
        width = len(columns.names)
        row = [cell.strip() for cell in row]
        if [cell for cell in row if cell] == [name for name in columns.names if name]:
            self.note(number, COMPANY_COLUMN, "the header stands here again: delete this row")
            return None
        for position, cell in enumerate(row):
            if cell and (position >= width or not columns.names[position]):
                self.nameless.setdefault(position, (cell, []))[1].append(number)
        row = row[:width] + [""] * (width - len(row))
        company = row[columns.company] if columns.company is not None else ""
        answers: dict[str, Answer] = {}
        words: dict[str, BlankWord] = {}
        for question_id, said in self._answers(columns, row, number):
            if isinstance(said, BlankWord):
                words[question_id] = said
            else:
                answers[question_id] = said
        sheet = AnswerSheet(
            company=company,
            profile=dict(self._profile(columns, row, number)),
            answers=answers,
            evidenced=frozenset(self._evidenced(columns, row, number)),
            verdicts=dict(self._verdicts(columns, row, number)),
            words=words,
        )
        self._check_company(sheet, number)
        return sheet if company else None

    def note_nameless(self, width: int) -> None:
        """Note a fault for each column that has values but no name. Of many beyond the header, note the first."""
        beyond = sorted(position for position in self.nameless if position >= width)
        unsaid = set(beyond[1:]) if len(beyond) > _MOST_COLUMNS_NAMED else set()
        for position, (cell, rows) in sorted(self.nameless.items()):
            if position in unsaid:
                continue
            more = f", and in {len(rows) - 1} more below" if len(rows) > 1 else ""
            if unsaid and position == beyond[0]:
                more += f", and so in {len(unsaid)} columns to the right"
            message = (
                f"{quoted(cell)} stands in a column without a name{more}: name each column, in one cell of the header"
            )
            if position >= width:
                message += ", and put a text that has a comma in it in quotation marks"
            self.note(rows[0], column_letters(position), message)

    def _check_company(self, sheet: AnswerSheet, number: int) -> None:
        if not _is_visible(sheet.company):
            self.note(number, COMPANY_COLUMN, "a row needs the name of its company")
            return
        row, profile = self.companies.first(sheet.company, tuple(sheet.profile.items()), number)
        if row != number:
            apart = [name for name, value in sheet.profile.items() if profile.get(name, value) != value]
            told = [f"{name} {profile[name]} there and {sheet.profile[name]} here" for name in apart[:2]]
            differing = f", with {', '.join(told)}" if told else ""
            self.note(
                number,
                COMPANY_COLUMN,
                f"{quoted(sheet.company)} stands in row {row} already{differing}: keep one row a company",
            )

    def _profile(self, columns: ColumnPositions, row: Sequence[str], number: int) -> Iterator[tuple[str, str | float]]:
        for name, at in columns.profile.items():
            try:
                value = read_profile(self.edition.profile[name], row[at])
            except AnswerFault as fault:
                self.note(number, PROFILE_PREFIX + name, fault.message)
                continue
            if value is not None:
                yield name, value

    def _answers(
        self, columns: ColumnPositions, row: Sequence[str], number: int
    ) -> Iterator[tuple[str, Answer | BlankWord]]:
        for question_id, at in columns.answers.items():
            reason = columns.reasons.get(question_id)
            answer = self._answer(question_id, row[at], row[reason] if reason is not None else "", question_id, number)
            if answer is not None:
                yield question_id, answer

    def _evidenced(self, columns: ColumnPositions, row: Sequence[str], number: int) -> Iterator[str]:
        for question_id, at in columns.evidence.items():
            if is_no_evidence(row[at]):
                message = FaultMessage(
                    "%(text)s would count as evidence: leave the cell empty, or say where the evidence is",
                    text=quoted(row[at]),
                )
                self.note(number, question_id + EVIDENCE_SUFFIX, message)
            elif row[at]:
                yield question_id

    def _verdicts(self, columns: ColumnPositions, row: Sequence[str], number: int) -> Iterator[tuple[str, Verdict]]:
        for question_id, at in columns.verdicts.items():
            if row[at] == "confirmed" or row[at] == "not-shown":
                yield question_id, "confirmed" if row[at] == "confirmed" else "not-shown"
            else:
                answer = self._answer(question_id, row[at], "", question_id + VERDICT_SUFFIX, number)
                if isinstance(answer, BlankWord):
                    message = FaultMessage(
                        "%(text)s is no answer that could be the true one: write confirmed or not-shown",
                        text=answer.text,
                    )
                    self.note(number, question_id + VERDICT_SUFFIX, message)
                elif answer is not None:
                    yield question_id, Adjusted(answer)

    def _answer(self, question_id: str, text: str, reason: str, column: str, number: int) -> Answer | BlankWord | None:
        """Return one answer, the word of a blank, or None for a blank or a fault."""
        try:
            return self.read(question_id, text, reason)
        except AnswerFault as fault:
            message = fault.message
            if column.endswith(VERDICT_SUFFIX):
                message = FaultMessage("%(fault)s; a verdict may also be confirmed or not-shown", fault=message)
            self.note(number, column, message)
            return None

    def read(self, question_id: str, text: str, reason: str) -> Answer | BlankWord | None:
        """Return what a cell, already stripped, says. Common texts are read once. Raise AnswerFault."""
        if not text:
            return None
        question = self.edition.questions[question_id]
        remembered = self.remembered.setdefault(question_id, {})
        if text in remembered and not reason:
            return remembered[text]
        answer = read_blank(question, text) or _with_known_countries(question, read_answer(question, text, reason))
        if answer is not None and not reason and len(remembered) < _CACHE_SIZE:
            remembered[text] = answer
        return answer


def is_no_evidence(text: str) -> bool:
    """Tell whether a cell says that there is no evidence, although any other text there counts as some."""
    return text.lower() in _NO_EVIDENCE_WORDS


def _is_visible(company: str) -> bool:
    """Tell whether a name has a visible character: old files end in a character that is not."""
    return any(map(str.isprintable, company))


def _with_known_countries(question: Question, answer: Answer | None) -> Answer | None:
    """Return the answer. Raise AnswerFault if it names an unknown country, which would have no region or need."""
    if question.kind in ("countries", "places") and isinstance(answer, tuple):
        for code in answer:
            if code not in (NO_PLACE, *BOXES) and code not in countries():
                raise AnswerFault(
                    "%(text)s is no country of ISO 3166, whose codes have three letters, as in KHM", text=quoted(code)
                )
    return answer


def _header_hint(below: Sequence[Sequence[str]], row: int) -> str:
    """Return the remedy for a first row that is not a header, for a message."""
    for number, cells in enumerate(below, row + 1):
        if COMPANY_COLUMN in (cell.strip() for cell in cells):
            return f"it stands in row {number}, so delete the rows above that one"
    return f"name the companies in a column `{COMPANY_COLUMN}`"
