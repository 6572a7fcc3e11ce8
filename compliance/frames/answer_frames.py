"""Frames of answers, turned into the answer sheets that the engine scores.

The reader of answers files reads frames too, so the same values are refused, with the same messages, naming the company
and the column. Nothing is guessed, and every fault is reported at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from compliance.frames.edition_tables import EditionTables, WrongArgument
from compliance.questionnaire.answers import COMPANY_COLUMN, AnswerSheet, number_text
from compliance.questionnaire.answers_file import EVIDENCE_SUFFIX, read_sheets
from compliance.questionnaire.csv_table import (
    MOST_FAULTS_PER_COLUMN,
    MOST_REPORT_LINES,
    AnswerFileFaults,
    quoted,
    shortened,
)
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import UserFacingError, one_of

#: The columns of a long frame, beside the company.
QUESTION_COLUMN, ANSWER_COLUMN = "question", "answer"
#: Notes a fault, given the position of the row, the column, and the message.
_Note = Callable[[int, str, str], None]


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that is wrong in a frame of answers."""

    row: int | None  # its position in the frame, from 0, as for `iloc`; None: a whole column or frame
    company: str  # "": unknown
    column: str  # "": the whole frame
    message: str

    def __str__(self) -> str:
        company = f" ({shortened(self.company)})" if self.company else ""
        row = "" if self.row is None else f", row {self.row}{company}"
        column = f", column {shortened(self.column)}" if self.column else ""
        return f"answers{row}{column}: {self.message}"


class UnusableAnswers(UserFacingError):
    """A frame of answers that cannot be used, with every fault in it. Its text lists the first of many."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: -1 if fault.row is None else fault.row))
        super().__init__("\n".join(_report(self.faults)))


def _report(faults: Sequence[CellFault]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    shown = 0
    for fault in faults:
        seen[fault.column] += 1
        if seen[fault.column] <= MOST_FAULTS_PER_COLUMN and shown < MOST_REPORT_LINES:
            shown += 1
            yield str(fault)
    if len(faults) > shown:
        yield f"answers: {len(faults)} faults in all, of which these are the first; `faults` of this error has them all"


def answer_sheets(edition: EditionTables, answers: object) -> tuple[AnswerSheet, ...]:
    """Return the answer sheets of a wide or long frame, at least one, in its order.

    Raise UnusableAnswers with every fault, or WrongArgument if it is not a frame.
    """
    if not isinstance(answers, pd.DataFrame):
        kind = type(answers).__name__
        raise WrongArgument(f"answers: this is a {kind}, and a DataFrame is needed, as `read_answers` returns")
    table = _with_company(answers)
    if {QUESTION_COLUMN, ANSWER_COLUMN} <= set(table.columns) - edition.edition.questions.keys():
        return _sheets(edition.edition, *_widened(table))
    return _sheets(edition.edition, table, None)


def _with_company(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the company, and other named index levels, as columns. Raise UnusableAnswers."""
    if answers.columns.nlevels > 1:
        _refuse(f"its columns have {answers.columns.nlevels} levels: give each one name, the id of a question")
    named = [name for name in answers.index.names if name is not None]
    twice = [str(name) for name in named if name in answers.columns]
    if twice:
        _refuse(f"{one_of(twice)} stands in the index and in a column: drop one, as with reset_index(drop=True)")
    if list(answers.columns).count(COMPANY_COLUMN) > 1:
        _refuse(f"the column `{COMPANY_COLUMN}` stands twice: drop one")
    if COMPANY_COLUMN not in (*named, *answers.columns):
        found = "has no name" if not named else f"is called {one_of(map(str, named))}"
        _refuse(
            f"there is no column `{COMPANY_COLUMN}`, and the index {found}: name the companies in either, as with "
            f'rename_axis(index="{COMPANY_COLUMN}")'
        )
    if not len(answers):
        _refuse("there is no row in it: add one for each company")
    return answers.reset_index(drop=not named)


def _refuse(message: str) -> None:
    raise UnusableAnswers([CellFault(None, "", "", message)])


def _widened(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[tuple[str, str], int]]:
    """Return a long frame as a wide one, and the row of each company and column. Raise UnusableAnswers."""
    wanted = [COMPANY_COLUMN, QUESTION_COLUMN, ANSWER_COLUMN]
    if more := [str(name) for name in table.columns if name not in wanted]:
        _refuse(f"long answers have the columns {one_of(wanted)}, and no others: drop {one_of(more)}")
    rows: dict[tuple[str, str], int] = {}
    wide: dict[str, dict[str, Any]] = {}
    faults = []
    for row, (company, question, answer) in enumerate(table[wanted].itertuples(index=False)):
        name, column = (_company_name(company) or "").strip(), question.strip() if isinstance(question, str) else ""
        if not name:
            faults.append(CellFault(row, "", COMPANY_COLUMN, "this row is about no company: name one, as a text"))
        elif not column:
            faults.append(CellFault(row, name, QUESTION_COLUMN, "this row is about no question: name one"))
        elif (name, column) in rows:
            first = rows[name, column]
            faults.append(CellFault(row, name, column, f"row {first} has this answer already: keep one of them"))
        else:
            rows[name, column] = row
            wide.setdefault(name, {})[column] = answer
    if faults:
        raise UnusableAnswers(faults)
    columns = list(dict.fromkeys(column for _name, column in rows))
    made = {column: [answers.get(column) for answers in wide.values()] for column in columns}
    return pd.DataFrame({COMPANY_COLUMN: list(wide), **made}, dtype=object), rows


def _sheets(
    edition: Edition, table: pd.DataFrame, long_rows: Mapping[tuple[str, str], int] | None
) -> tuple[AnswerSheet, ...]:
    """Return the sheets of a wide frame. `long_rows`: the rows of its cells in the long frame that it comes from."""
    faults: list[CellFault] = []
    companies = [_company_name(value) for value in table[COMPANY_COLUMN]]

    def note(row: int, column: str, message: str) -> None:
        company = companies[row] or "" if row >= 0 else ""
        here = row if long_rows is None else long_rows.get((company, column), -1)
        faults.append(CellFault(here if here >= 0 else None, company, column, message))

    for row, company in enumerate(companies):
        if company is None:
            note(row, COMPANY_COLUMN, "the name of a company is a text: write it as one")
    beside = table.drop(columns=COMPANY_COLUMN)
    columns = {at: str(name) for at, name in enumerate(beside.columns)}
    cells = [_texts(beside.iloc[:, at], name, note) for at, name in columns.items()]
    rows = zip([company or "" for company in companies], *cells, strict=True)
    try:
        sheets = read_sheets(edition, [COMPANY_COLUMN, *columns.values()], rows, first_row=0)
    except AnswerFileFaults as found:
        for fault in found.faults:
            if fault.row < 0 or companies[fault.row] is not None:  # an unusable name is already noted
                note(fault.row, fault.column, fault.message)
    if faults:
        raise UnusableAnswers(faults)
    return sheets


def _company_name(value: object) -> str | None:
    """Return the name of a company, which may be an integer, "" for a missing one, or None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    return "" if _is_missing(value) else None


def _texts(column: "pd.Series[Any]", name: str, note: _Note) -> list[str]:
    """Return the cells of a column as an answers file spells them. One that cannot be spelt is a fault, and blank."""
    if isinstance(column.dtype, pd.StringDtype):
        return ["" if _is_missing(text) else text for text in column.tolist()]
    texts = []
    for row, value in enumerate(column):
        text = _spelt(value, is_mark=name.endswith(EVIDENCE_SUFFIX))
        if text is None:
            kind, remedy = type(value).__name__, "write what an answers file would hold, such as the id of an option"
            note(row, name, f"{quoted(str(value))} is of type {kind}, and no answer: {remedy}")
        texts.append(text or "")
    return texts


def _spelt(value: Any, *, is_mark: bool) -> str | None:
    """Return a cell as an answers file spells it, or None if it cannot. `is_mark`: it marks evidence."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return "|".join(value) if len(value) and all(isinstance(part, str) for part in value) else None
    if _is_missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return ("yes" if value else "") if is_mark else None
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        return number_text(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
