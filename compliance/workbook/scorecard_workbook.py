"""The scorecard of one assessment as a workbook: change an answer or a verdict, and every score and band follows.

It speaks one language: that of the edition it is given, where the edition has it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.workbook.change_sheet import write_changes
from compliance.workbook.choices_sheet import write_choices
from compliance.workbook.gap_sheets import write_example, write_gaps
from compliance.workbook.method_sheets import write_calculations, write_method
from compliance.workbook.passage_sheet import write_passages
from compliance.workbook.peer_sheet import write_peers
from compliance.workbook.reconciliation_sheet import write_reconciliation
from compliance.workbook.recorded_workbook import RecordedWorkbookWriter, WorkbookRecord
from compliance.workbook.review_sheet import write_review
from compliance.workbook.scorecard_data import AssessmentMetadata, ScorecardData
from compliance.workbook.standing_sheets import write_law, write_lenses, write_requirements
from compliance.workbook.summary_sheet import write_summary
from compliance.workbook.writer import WorkbookWriter


def scorecard_workbook(
    compiled: CompiledEdition, sheet: AnswerSheet, metadata: AssessmentMetadata | None = None, *, language: str = "en"
) -> bytes:
    """The .xlsx file of one sheet's scorecard: claimed, evidenced and verified, each live.

    `metadata` is what is said around the answers; without it the company's name is that of the sheet.
    `language`: the language of our own words, by its code; the edition of the plan brings the questionnaire's texts.
    The same arguments give the same bytes. Raise ValueError for a language that there is not.
    """
    return _written(WorkbookWriter, compiled, sheet, metadata or AssessmentMetadata(), language)


class ScorecardTemplate:
    """The scorecards of one plan in one language, one after the other: only what is a company's own is written anew.

    The first leaves cells, formulas and looks for all that follow; each file is, byte for byte, `scorecard_workbook`.
    """

    def __init__(self, compiled: CompiledEdition, language: str = "en") -> None:
        self.compiled, self._language, self._record = compiled, language, WorkbookRecord()

    def workbook(self, sheet: AnswerSheet, metadata: AssessmentMetadata | None = None) -> bytes:
        """The same as `scorecard_workbook`."""
        made = partial(RecordedWorkbookWriter, self._record)
        return _written(made, self.compiled, sheet, metadata or AssessmentMetadata(), self._language)


def _written(
    book_writer: Callable[..., WorkbookWriter],
    compiled: CompiledEdition,
    sheet: AnswerSheet,
    metadata: AssessmentMetadata,
    language: str,
) -> bytes:
    metadata = replace(metadata, company=metadata.company or sheet.company)
    with in_language(language):
        book = book_writer(
            title=_("Scorecard of %(company)s", company=metadata.company),
            subject=compiled.edition.title,
            created=_moment(metadata.downloaded_at) or _moment(metadata.law_as_of),
        )
        data = ScorecardData(compiled, sheet, metadata)
        for name, text in data.fingerprint.properties.items():
            book.xlsx.set_custom_property(name, text, "text")
        for write in _SHEETS:
            write(book, data)
        return book.content()


_SHEETS = (
    write_summary,
    write_review,
    write_passages,
    write_requirements,
    write_lenses,
    write_gaps,
    write_peers,
    write_changes,
    write_example,
    write_law,
    write_method,
    write_reconciliation,
    write_calculations,
    write_choices,
)


def _moment(iso: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    except ValueError:
        return None
