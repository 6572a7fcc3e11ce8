"""The scorecard of one assessment as a workbook: change an answer and every score, interval, band and cap follows.

It speaks one language: that of the edition it is given, where the edition has it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from compliance.improvement.plan import ImprovementPlan
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.workbook.gap_sheets import write_example, write_gaps
from compliance.workbook.method_sheets import write_calculation, write_method
from compliance.workbook.review_sheet import write_review
from compliance.workbook.scorecard_data import AssessmentMetadata, PeerFigure, ScorecardData
from compliance.workbook.standing_sheets import write_law, write_lenses, write_requirements
from compliance.workbook.summary_sheet import write_summary
from compliance.workbook.writer import WorkbookWriter


def scorecard_workbook(
    plan: CompiledEdition,
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
    way: ImprovementPlan | None = None,
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
    papers = AssessmentMetadata(name, period, as_of, today, voice, reasons or {}, evidence or {}, tuple(peers), way)
    with in_language(language):
        book = WorkbookWriter(
            title=_("Scorecard of %(company)s", company=name), subject=plan.edition.title, created=_day(as_of)
        )
        assessed = ScorecardData(plan, sheet, papers)
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
