"""One company's scorecard that comes back, whoever saved it: which one it is, and what it holds."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.edition import Edition
from compliance.workbook.fingerprint import Fingerprint, check_edition, found_fingerprints, has_fingerprint
from compliance.workbook.passage_sheet import read_passages
from compliance.workbook.reader import BookReading, UnreadableWorkbook, opened_workbook
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.review_lines import read_review
from compliance.workbook.review_words import NEW_COPY, FoundReview, check_columns, find_review
from compliance.workbook.scorecard_layout import ANSWERS_RANGE


def read_fingerprint(content: bytes) -> Fingerprint | None:
    """What a scorecard says of itself; None if a workbook is none. Raise UnreadableWorkbook."""
    with _opened(content) as (book, found):
        return found_fingerprints(book, found.sheet)[0] if found else None


def read_returned(
    edition: Edition, content: bytes, file: str, passages: Collection[str] | None = None
) -> ReturnedScorecard | None:
    """The scorecard in a workbook, with the faults in it: what has one was not read. None if it is none.

    `passages`: the keys of those that it should have; None: of whatever it has. Raise UnreadableWorkbook.
    """
    with _opened(content) as (book, found):
        if found is None:
            return None
        marks = found_fingerprints(book, found.sheet)
        check_edition(edition, marks)
        check_columns(found)
        returned = read_review(edition, file, found, book, marks[0])
        return replace(returned, passages=read_passages(book, file, passages))


def read_scorecard(edition: Edition, content: bytes, file: str) -> ReturnedScorecard | None:
    """The scorecard in a workbook; None if it is none. Raise UnreadableWorkbook, or AnswerFileFaults with each cell."""
    returned = read_returned(edition, content, file)
    if returned is not None:
        beside = returned.passages.faults if returned.passages else ()
        if faults := (*returned.faults, *returned.locked_faults, *beside):
            raise AnswerFileFaults(faults)
    return returned


@contextmanager
def _opened(content: bytes) -> Iterator[tuple[BookReading, FoundReview | None]]:
    """A workbook while it is open, with its sheet *Review*; None if it is no scorecard. Raise UnreadableWorkbook."""
    with opened_workbook(content) as book:
        if book.is_oversized and not has_fingerprint(book):
            return None  # a long table of answers, which is read row by row
        found = find_review(book)
        if found is None and (book.named_place(ANSWERS_RANGE) is not None or has_fingerprint(book)):
            raise UnreadableWorkbook(
                _(
                    "it is a scorecard, and its sheet %(sheet)s, or the row of its headings, is gone or damaged: "
                    "%(remedy)s",
                    sheet=_("Review"),
                    remedy=_(NEW_COPY),
                )
            )
        yield book, found
