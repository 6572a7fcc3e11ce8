"""The scorecard of one assessment as a workbook: change an answer and every score, interval, band and cap follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.plan import Plan
from compliance.workbook.assessed import Assessed, Papers, PeerFigure
from compliance.workbook.calculation import write_calculation
from compliance.workbook.gaps import write_gaps
from compliance.workbook.law import write_law
from compliance.workbook.lenses import write_lenses
from compliance.workbook.method import write_method
from compliance.workbook.requirements import write_requirements
from compliance.workbook.review import write_review
from compliance.workbook.summary import write_summary
from compliance.workbook.writer import Book


def scorecard_workbook(
    plan: Plan,
    sheet: AnswerSheet,
    *,
    company: str = "",
    period: str = "",
    as_of: str = "",
    voice: str = "",
    reasons: Mapping[str, str] | None = None,
    evidence: Mapping[str, str] | None = None,
    peers: Sequence[PeerFigure] = (),
) -> bytes:
    """The .xlsx file of one sheet's claimed scorecard.

    `as_of` is the day of the law catalogue, ISO 8601; `reasons` (beside those of n/a) and
    `evidence` are texts by question id; `peers` are figures that may be shown.
    The same arguments give the same bytes.
    """
    name = company or sheet.company
    assessed = Assessed(plan, sheet, Papers(name, period, as_of, voice, reasons or {}, evidence or {}, tuple(peers)))
    book = Book(title=f"Scorecard of {name}", subject=plan.edition.title, created=_day(as_of))
    for write in (
        write_summary,
        write_review,
        write_requirements,
        write_lenses,
        write_gaps,
        write_law,
        write_method,
        write_calculation,
    ):
        write(book, assessed)
    return book.content()


def _day(as_of: str) -> datetime | None:
    try:
        return datetime.fromisoformat(as_of).replace(tzinfo=None)
    except ValueError:
        return None
