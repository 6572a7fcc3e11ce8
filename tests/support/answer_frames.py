"""Data frames of answers, made from answer sheets."""

from collections.abc import Sequence

import pandas as pd

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import answer_table
from compliance.questionnaire.edition import Edition


def frame_of(made: Edition, sheets: Sequence[AnswerSheet]) -> pd.DataFrame:
    """Return the answers of the sheets as `read_answers` would read them from a file."""
    header, rows = answer_table(made, sheets)
    table = pd.DataFrame([[cell or None for cell in row] for row in rows], columns=header, dtype="str")
    return table.set_index("company")
