"""Answers read from workbooks: one row for each company on the first sheet, or the returned scorecard of one company.

How a scorecard is read, and what it has besides answers, is in `scorecard_import`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import iter_sheets as each_row
from compliance.questionnaire.csv_table import AnswerFileFault, AnswerFileFaults
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import one_of
from compliance.workbook.ods_book import ods_answer_rows, ods_merged_below, ods_sheet_names
from compliance.workbook.package_checks import MOST_BYTES, UnreadableWorkbook, check_package
from compliance.workbook.reader import answer_rows, merged_below, sheet_names
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.scorecard_import import read_scorecard

#: Passes rows through, so that a caller can show progress.
RowProgress: TypeAlias = Callable[[Iterable[list[str]]], Iterator[list[str]]]
#: Is called with the names of all sheets of a workbook of which only the first is read.
OnExtraSheets: TypeAlias = Callable[[Sequence[str]], object]
#: Is called with a returned scorecard, which has more than its answers.
OnScorecard: TypeAlias = Callable[[ReturnedScorecard], object]


def iter_answer_sheets(
    edition: Edition,
    path: Path,
    watch: RowProgress = iter,
    tell: OnExtraSheets = len,
    returned: OnScorecard = id,
) -> Iterator[AnswerSheet]:
    """Yield the answer sheets of a workbook: one for each row of its first sheet, or that of a returned scorecard.

    `watch` passes the rows through, `tell` is called with the names of all sheets if there are several, `returned` with
    the scorecard. Raise UnreadableWorkbook if the file is refused, AnswerFileFaults with every fault of its rows.
    """
    content = workbook_content(path)
    try:
        scorecard = read_scorecard(edition, content, str(path))
        if scorecard is None:
            yield from _read_wide_table(edition, path, content, watch, tell)
        else:
            returned(scorecard)
            yield scorecard.sheet
    except UnreadableWorkbook as fault:
        raise UnreadableWorkbook(f"{path}: {fault}") from fault


def workbook_content(path: Path) -> bytes:
    """Return the content of a file that should be a workbook. Raise UnreadableWorkbook if the file is too large."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableWorkbook(f"{path}: the file has more than {MOST_BYTES // 1_000_000} MB: split it")
    return path.read_bytes()


def _read_wide_table(
    edition: Edition, path: Path, content: bytes, watch: RowProgress, tell: OnExtraSheets
) -> Iterator[AnswerSheet]:
    """Yield one answer sheet for each row below a header, as in a CSV file."""
    is_ods = check_package(content).format == "ods"
    rows = ods_answer_rows(content) if is_ods else answer_rows(content)
    first, header = next(((n, row) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)), (0, []))
    sheets = ods_sheet_names(content) if is_ods else sheet_names(content)
    if not first:
        where = f"sheet {sheets[0]}: " if len(sheets) > 1 else ""
        raise UnreadableWorkbook(f"{where}its first sheet is empty: begin with a row of column names")
    file = f"{path}, sheet {sheets[0]}" if len(sheets) > 1 else str(path)
    if len(sheets) > 1:
        tell(sheets)
    yield from each_row(edition, header, watch(rows), file=file, first_row=first + 1)
    _refuse_merged((ods_merged_below if is_ods else merged_below)(content, first), file)


def _refuse_merged(below: Sequence[str], file: str) -> None:
    """Raise AnswerFileFaults if cells are merged: only the first has a content, although it seems to be in each."""
    if below:
        message = (
            f"cells are merged, and only the first of them has an answer: {one_of(below)}: unmerge them, fill each"
        )
        raise AnswerFileFaults([AnswerFileFault(file, 0, "", message)])
