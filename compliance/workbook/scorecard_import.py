"""A returned scorecard of one company, saved by any program: its fingerprint and its content."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.edition import Edition
from compliance.workbook.fingerprint import Fingerprint, check_edition, found_fingerprints, has_fingerprint
from compliance.workbook.passage_sheet import read_passages
from compliance.workbook.reader import BookReading, UnreadableWorkbook, checked_workbook, damage_refused
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.review_lines import read_review
from compliance.workbook.review_words import NEW_COPY, FoundReview, check_columns, find_review
from compliance.workbook.scorecard_layout import ANSWERS_RANGE


class OpenScorecard:
    """A scorecard that is opened once: first for its fingerprint, which says whose it is, then for its content."""

    def __init__(self, book: BookReading, found: FoundReview) -> None:
        self._book, self._found = book, found
        self._marks = found_fingerprints(book, found.sheet)

    @property
    def mark(self) -> Fingerprint:
        """Its fingerprint."""
        return self._marks[0]

    def returned(self, edition: Edition, file: str, passages: Collection[str] | None = None) -> ReturnedScorecard:
        """Return its content with its faults, leaving out entries with a fault.

        `passages`: keys of the passages that it should have; None: any. Raise UnreadableWorkbook if refused.
        """
        with damage_refused():
            check_edition(edition, self._marks)
            check_columns(self._found)
            returned = read_review(edition, file, self._found, self._book, self.mark)
            return replace(returned, passages=read_passages(self._book, file, passages))


@contextmanager
def opened_scorecard(content: bytes) -> Iterator[OpenScorecard | None]:
    """Open a scorecard; None for another workbook. Raise UnreadableWorkbook if refused."""
    with checked_workbook(content) as book:
        with damage_refused():
            found = _review_of(book)
            opened = OpenScorecard(book, found) if found else None
        yield opened


def read_fingerprint(content: bytes) -> Fingerprint | None:
    """Return the fingerprint of a scorecard; None for another workbook. Raise UnreadableWorkbook if refused."""
    with opened_scorecard(content) as opened:
        return opened.mark if opened else None


def read_returned(
    edition: Edition, content: bytes, file: str, passages: Collection[str] | None = None
) -> ReturnedScorecard | None:
    """Return the scorecard in a workbook as `OpenScorecard.returned` does; None for another workbook."""
    with opened_scorecard(content) as opened:
        return opened.returned(edition, file, passages) if opened else None


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


def _review_of(book: BookReading) -> FoundReview | None:
    """Return the sheet *Review* of a workbook; None if it is not a scorecard. Raise UnreadableWorkbook if refused."""
    if book.is_oversized and not has_fingerprint(book):
        return None  # a long table of answers, which is read row by row
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
    return found
