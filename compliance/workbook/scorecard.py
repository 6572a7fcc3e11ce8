"""The scorecard of one assessment as a workbook: change an answer and every score, interval, band and cap follows.

It speaks one language: that of the edition it is given, where the edition has it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import speaking
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.improve import Improvement
from compliance.scoring.plan import Plan
from compliance.workbook.assessed import Assessed, Papers, PeerFigure
from compliance.workbook.calculation import write_calculation
from compliance.workbook.example import write_example
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
    today: date | None = None,
    voice: str = "",
    reasons: Mapping[str, str] | None = None,
    evidence: Mapping[str, str] | None = None,
    peers: Sequence[PeerFigure] = (),
    way: Improvement | None = None,
    language: str = "en",
) -> bytes:
    """The .xlsx file of one sheet's claimed scorecard, with what is evidenced and verified beside it.

    `as_of` is the day of the law catalogue, ISO 8601; `today` is the day for which it is judged whether law binds
    the company, and without it that is said in general; `reasons` (beside those of n/a) and
    `evidence` are texts by question id; `peers` are figures that may be shown; `way` is how the
    next band is reached, if that is to stand in it. `language` is what our own words are in; the
    plan's edition brings the texts of the questionnaire.
    The same arguments give the same bytes. Raise ValueError for a language that there is not.
    """
    name = company or sheet.company
    papers = Papers(name, period, as_of, today, voice, reasons or {}, evidence or {}, tuple(peers), way)
    with speaking(language):
        book = Book(title=_("Scorecard of %(company)s", company=name), subject=plan.edition.title, created=_day(as_of))
        assessed = Assessed(plan, sheet, papers)
        for write in _SHEETS:
            write(book, assessed)
        return book.content()


_SHEETS = (
    write_summary,
    write_review,
    write_requirements,
    write_lenses,
    write_gaps,
    write_example,
    write_law,
    write_method,
    write_calculation,
)


def _day(as_of: str) -> datetime | None:
    try:
        return datetime.fromisoformat(as_of).replace(tzinfo=None)
    except ValueError:
        return None
