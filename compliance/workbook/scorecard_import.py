"""One company's scorecard that comes back, whoever saved it: which one it is, and what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.edition import Edition
from compliance.workbook.fingerprint import (
    Fingerprint,
    check_edition,
    found_fingerprints,
    has_fingerprint,
)
from compliance.workbook.reader import BookReading, UnreadableWorkbook, opened_workbook
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.review_lines import read_review
from compliance.workbook.review_words import (
    NEW_COPY,
    FoundReview,
    check_columns,
    find_review,
)
from compliance.workbook.scorecard_layout import (
    ANSWERS_RANGE,
)


class OpenedScorecard:
    """A workbook that is a scorecard, while it is open: what it says of itself is read before its answers."""

    def __init__(self, book: BookReading, found: FoundReview) -> None:
        self._book, self._found = book, found
        self._marks = found_fingerprints(book, found.sheet)

    @property
    def fingerprint(self) -> Fingerprint:
        """What it says of itself."""
        return self._marks[0]

    def read(self, edition: Edition, file: str) -> ReturnedScorecard:
        """What it holds, with the faults in it: what has one was not read. Raise UnreadableWorkbook."""
        mark, found = self.fingerprint, self._found
        check_edition(edition, self._marks)
        check_columns(found, is_old=not mark.format)
        return read_review(edition, file, found, self._book, mark)


@contextmanager
def opened_scorecard(content: bytes) -> Iterator[OpenedScorecard | None]:
    """A scorecard that came back, to be read; None if a workbook is none. Raise UnreadableWorkbook."""
    with opened_workbook(content) as book:
        found = find_review(book)
        if found is None and (book.named_place(ANSWERS_RANGE) is not None or has_fingerprint(book)):
            raise UnreadableWorkbook(
                f"it is a scorecard, and its sheet Review, or the row of its headings, is gone or damaged: {NEW_COPY}"
            )
        yield None if found is None else OpenedScorecard(book, found)


def read_scorecard(edition: Edition, content: bytes, file: str) -> ReturnedScorecard | None:
    """The scorecard in a workbook; None if it is none. Raise UnreadableWorkbook, or AnswerFileFaults with each cell."""
    with opened_scorecard(content) as opened:
        returned = opened.read(edition, file) if opened else None
    if returned and (faults := (*returned.faults, *returned.locked_faults)):
        raise AnswerFileFaults(faults)
    return returned
