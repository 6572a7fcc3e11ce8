"""A returned scorecard of one company, saved by any program: its fingerprint and its content."""

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
    """Return the fingerprint of a scorecard; None for another workbook. Raise UnreadableWorkbook if refused."""
    with _opened(content) as (book, found):
        return found_fingerprints(book, found.sheet)[0] if found else None


def read_returned(
    edition: Edition, content: bytes, file: str, passages: Collection[str] | None = None
) -> ReturnedScorecard | None:
    """Return the scorecard in a workbook, with its faults, leaving out entries with a fault; None for another workbook.

    `passages`: keys of the passages that it should have; None: any. Raise UnreadableWorkbook if refused.
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
    """Return the scorecard in a workbook; None for another workbook.

    Raise UnreadableWorkbook if it is refused, AnswerFileFaults with all faults in its cells.
    """
    returned = read_returned(edition, content, file)
    if returned is not None:
        beside = returned.passages.faults if returned.passages else ()
        if faults := (*returned.faults, *returned.locked_faults, *beside):
            raise AnswerFileFaults(faults)
    return returned


@contextmanager
def _opened(content: bytes) -> Iterator[tuple[BookReading, FoundReview | None]]:
    """Open a workbook with its sheet *Review*, None if it is not a scorecard. Raise UnreadableWorkbook if refused."""
    with opened_workbook(content) as book:
        if book.is_oversized and not has_fingerprint(book):
            yield book, None  # a long table of answers, which is read row by row
            return
        found = find_review(book)
        if found is None and (book.named_place(ANSWERS_RANGE) is not None or has_fingerprint(book)):
            raise UnreadableWorkbook(
                _(
                    "it is a scorecard, and its sheet %(sheet)s, or the row of its headings, is missing or damaged: "
                    "%(remedy)s",
                    sheet=_("Review"),
                    remedy=_(NEW_COPY),
                )
            )
        yield book, found
