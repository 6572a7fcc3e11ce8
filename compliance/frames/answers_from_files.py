"""Answers files as frames."""

from pathlib import Path

import pandas as pd

from compliance.frames.edition_tables import EditionTables
from compliance.questionnaire.answers import COMPANY_COLUMN
from compliance.questionnaire.answers_file import answer_table, read_answers_csv
from compliance.questionnaire.csv_table import AnswerFileFault, AnswerFileFaults, is_workbook
from compliance.workbook.answer_import import iter_answer_sheets


def read_answers(edition: EditionTables, path: str | Path) -> pd.DataFrame:
    """Return the answers in a .csv, .xlsx or .ods file with a row for each company, or in a returned scorecard.

    Index: company. Columns: those of an answers file with every profile field and every question of the edition, and
    beside a question `#reason`, `#evidence` and `#verdict` if some company has one. All are str, spelt as in a file
    (`n/a` and `none` are answers), and a blank is missing, so that `to_csv` writes a file that reads back unchanged.
    Convert numbers with `pandas.to_numeric(answers["r01.share"], errors="coerce")`.

    Raise FileNotFoundError, AnswerFileFaults with every fault by row and column, or UnreadableWorkbook.

        answers = read_answers(edition, "answers-2026-child-protection-2026.csv")
    """
    file = Path(path)
    made = edition.edition
    sheets = tuple(iter_answer_sheets(made, file)) if is_workbook(file) else read_answers_csv(made, file)
    if not sheets:
        message = "there is a header and no company below it: add a row for each"
        raise AnswerFileFaults([AnswerFileFault(str(file), 0, "", message)])
    header, rows = answer_table(made, sheets)
    table = pd.DataFrame([[cell or None for cell in row] for row in rows], columns=header, dtype="str")
    return table.set_index(COMPANY_COLUMN)
