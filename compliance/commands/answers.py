"""Answers files, as every command takes them: a .csv or .xlsx file with a row for each company."""

from collections.abc import Sequence
from pathlib import Path

from compliance.commands.failure import Failure
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import read_csv
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, either
from compliance.workbook.reader import read_answers as read_workbook


def read_answers(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    """The answer sheets of a CSV file or a workbook. Raise AnswerFileFaults or UnreadableWorkbook."""
    return read_workbook(edition, path) if path.suffix.lower() == ".xlsx" else read_csv(edition, path)


def sheet_of(sheets: Sequence[AnswerSheet], company: str, path: Path) -> AnswerSheet:
    """The sheet of one company. Raise Failure if the file has none."""
    named = {sheet.company: sheet for sheet in sheets}
    if company not in named:
        hint = did_you_mean(company, named) or f": name one of {either(named)}"
        raise Failure(f"{path}: there is no company {company!r}{hint}")
    return named[company]
