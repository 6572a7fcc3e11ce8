"""Data frames for analysts: the engine that pages, workbooks and commands use, with pandas on both sides.

    from compliance import frames

    edition = frames.read_edition("child-protection-2026")
    answers = frames.read_answers(edition, "answers-2026-child-protection-2026.csv")
    scores = frames.score(edition, answers)

`read_edition` and `read_answers` read; `score`, `scorecard`, `compare`, `change` and `rank` compute; `published` reads
published figures. Nothing here writes to disk, calls a server or draws an unseeded random number, and frames passed in
are never changed. Every figure is computed by the engine, and equals what `compliance score`, `scorecard`, `benchmark`
and `change` write. The notebook `analysis.ipynb`, beside this file, shows all eight functions.

**Answers** are a frame with a row for each company, whose name is the index or a column called `company`, and with
the columns of an answers file: one for each question, named by its id, `profile.<field>` for the profile, and beside a
question `<id>#reason`, `<id>#evidence` and `<id>#verdict`. A cell holds what a file would: the id of an option, ids or
countries joined by `|`, a number, a date, `n/a`. Lists, tuples, dates, numbers and categories are accepted. A missing
value (None, NaN, NaT, pd.NA) or an empty text is a blank. Answers may also be a long frame with the columns `company`,
`question` (the name of any of these columns) and `answer`. `pandas.read_csv` reads `n/a` as a missing value, and so as
a blank: read answers files with `read_answers`, or with `dtype=str, keep_default_na=False`.

**Results** are tidy. Scores are points on the edition's scale (usually 0 to 100), and shares are between 0 and 1.
Unknown values are missing: NaN in columns of type float64 and str, `<NA>` in Int64, and no category. They are never 0.

**Errors** say what is wrong, where, and what to do. `UnusableAnswers` has a fault for each cell, `WrongArgument` is
for any other argument, and `UnusablePublication` for a file of published figures; `EditionFaults`, `AnswerFileFaults`
and `UnreadableWorkbook` are for editions and answers files. Each is a `UserFacingError`.

In the examples of the functions, `edition` is a small one with two requirements, and `answers` are:

    company  profile.sector  reach.higher.code  reach.higher.training  acc.channel.who
    Aster    travel          stricter           50                     staff|children
    Birch    travel          intent             20                     staff
    Cedar    travel          silent                                    none

Belongs here: turning frames into answer sheets, and results into frames. Does not belong: arithmetic. Start with
`answer_frames`.
"""

from compliance.package_data import how_to_install

try:
    import pandas as _pandas  # noqa: F401  # only whether it is there
except ImportError as missing:
    raise ImportError(f"compliance.frames needs pandas: {how_to_install('analysis')}") from missing

from compliance.frames.answer_frames import CellFault, UnusableAnswers
from compliance.frames.answers_from_files import read_answers
from compliance.frames.comparison_frames import change, compare, rank
from compliance.frames.edition_tables import EditionTables, WrongArgument, read_edition
from compliance.frames.publication_frames import UnusablePublication, published
from compliance.frames.score_frames import score, scorecard
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.faults import EditionFaults, UserFacingError
from compliance.scoring.coded_answers import Basis
from compliance.workbook.package_checks import UnreadableWorkbook

__all__ = [
    "AnswerFileFaults",
    "Basis",
    "CellFault",
    "EditionFaults",
    "EditionTables",
    "UnreadableWorkbook",
    "UnusableAnswers",
    "UnusablePublication",
    "UserFacingError",
    "WrongArgument",
    "change",
    "compare",
    "published",
    "rank",
    "read_answers",
    "read_edition",
    "score",
    "scorecard",
]
