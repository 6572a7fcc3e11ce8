"""The scorecard of one assessment as a workbook: if an answer or a verdict is changed, all scores and bands follow.

Its own words are in one language; questions are in the language of the edition.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TypeAlias, TypeVar

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.result_store import DENSE_LIMIT
from compliance.scoring.scorecard import FewScored, ScoredSheet
from compliance.workbook.change_sheet import write_changes
from compliance.workbook.choices_sheet import prepare_choices
from compliance.workbook.gap_sheets import prepare_example, write_example, write_gaps
from compliance.workbook.method_sheets import prepare_calculation, write_calculation, write_method
from compliance.workbook.passage_sheet import write_passages
from compliance.workbook.peer_sheet import write_peers
from compliance.workbook.prepared_workbook import PreparedWorkbook
from compliance.workbook.reconciliation_sheet import prepare_reconciliation, write_reconciliation
from compliance.workbook.review_entries import write_review
from compliance.workbook.review_sheet import prepare_review
from compliance.workbook.scorecard_data import AssessmentMetadata, ScorecardData, ScoredOn
from compliance.workbook.scorecard_layout import (
    CALCULATION_SHEETS,
    CHANGES_SHEET,
    CHOICES_SHEET,
    EXAMPLE_SHEET,
    GAPS_SHEET,
    LAW_SHEET,
    LENSES_SHEET,
    METHOD_SHEET,
    PASSAGES_SHEET,
    PEERS_SHEET,
    RECONCILIATION_SHEET,
    REQUIREMENTS_SHEET,
    REVIEW_SHEET,
    SUMMARY_SHEET,
)
from compliance.workbook.standing_sheets import (
    prepare_law,
    prepare_lenses,
    prepare_requirements,
    write_law,
    write_lenses,
    write_requirements,
)
from compliance.workbook.summary_sheet import prepare_summary, write_summary
from compliance.workbook.writer import WorkbookWriter


def scorecard_workbook(
    compiled: CompiledEdition, sheet: AnswerSheet, metadata: AssessmentMetadata | None = None, *, language: str = "en"
) -> bytes:
    """Return the .xlsx file of one sheet's scorecard: claimed, evidenced and verified, all live.

    `metadata`: who answered, when, and more; without it, the company's name is that of the sheet. `language`: the code
    of the language of our own words; the edition has the questionnaire's texts. The same arguments give the same bytes.
    Raise ValueError for an unknown language.
    """
    return ScorecardTemplate(compiled, language).workbook(sheet, metadata)


SCORED_TOGETHER = DENSE_LIMIT  # sheets


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would scan all shared objects repeatedly and free little."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class ScorecardTemplate:
    """Writes the scorecards of one edition in one language, one after the other.

    Content that is the same for every company is written once. Each scorecard completes a copy of it.
    """

    def __init__(self, compiled: CompiledEdition, language: str = "en") -> None:
        self.compiled, self._language = compiled, language
        self._plan = scorecard_plan(compiled)
        self._prepared: dict[Sequence[str], PreparedWorkbook] = {}  # by the ids of its sheets

    def workbook(
        self,
        sheet: AnswerSheet,
        metadata: AssessmentMetadata | None = None,
        scored: ScoredOn | None = None,
    ) -> bytes:
        """Return the file as `scorecard_workbook` does. `scored`: the scores, if `scored_together` computed them."""
        if scored is None:
            return self._workbook(sheet, metadata or AssessmentMetadata(), None)
        with _collector_paused():
            return self._workbook(sheet, metadata or AssessmentMetadata(), scored)

    def scored_together(self, sheets: Sequence[AnswerSheet]) -> Sequence[ScoredOn]:
        """Return the scores of at most `SCORED_TOGETHER` sheets, which is faster than scoring them one by one."""
        with _collector_paused():
            few = {
                basis: FewScored(self.compiled, sheets, basis, gaps=basis == "claimed", integration=False)
                for basis in BASES
            }
            return [partial(_scored_on, few, at) for at in range(len(sheets))]

    def workbooks(self, cards: Iterable[tuple[AnswerSheet, Callable[[], AssessmentMetadata]]]) -> Iterator[bytes]:
        """Yield the files of many sheets, several scored together. The metadata of a sheet is requested in its turn."""
        source = iter(cards)
        while block := list(islice(source, SCORED_TOGETHER)):
            scored = self.scored_together([sheet for sheet, _said in block])
            for at, (sheet, said) in enumerate(block):
                yield self.workbook(sheet, said(), scored[at])

    def _workbook(self, sheet: AnswerSheet, said: AssessmentMetadata, scored: ScoredOn | None) -> bytes:
        named = replace(said, company=said.company or sheet.company)
        data = ScorecardData(self.compiled, sheet, named, plan=self._plan, scored=scored)
        with in_language(self._language):
            sheets = sheets_of(said)
            if sheets not in self._prepared:
                self._prepared[sheets] = prepared_scorecard(PreparedWorkbook("", ""), self._plan, sheets)
                self._prepared[sheets].share()
            content = write_scorecard(self._prepared[sheets].copy(), data)
            data.forget()
            return content


def _scored_on(few: Mapping[Basis, FewScored], at: int, basis: Basis) -> ScoredSheet:
    return few[basis].of(at)


def sheets_of(metadata: AssessmentMetadata) -> Sequence[str]:
    """Return the ids of the sheets of a scorecard with this metadata."""
    left_out = {
        PASSAGES_SHEET: not metadata.passages,
        PEERS_SHEET: metadata.published is None,
        CHANGES_SHEET: metadata.earlier is None,
    }
    return tuple(sheet for sheet in _SHEETS if not left_out.get(sheet))


Book = TypeVar("Book", bound=WorkbookWriter)


def scorecard_plan(compiled: CompiledEdition) -> ScorecardData:
    """Return data without a company or any answer, so that shared content cannot contain any."""
    return ScorecardData(compiled, AnswerSheet("", {}, {}), AssessmentMetadata())


def prepared_scorecard(book: Book, plan: ScorecardData, sheets: Sequence[str]) -> Book:
    """Write the content that all scorecards of an edition share."""
    for sheet in sheets:
        book.sheet(plan.layout.sheet_names[sheet])
        if (prepare := _SHEETS[sheet][0]) is not None:
            prepare(book, plan)
    return book


def write_scorecard(book: WorkbookWriter, data: ScorecardData) -> bytes:
    """Write a company's content into a prepared workbook, and return the finished file."""
    said = data.metadata
    book.describe(
        title=_("Scorecard of %(company)s", company=said.company),
        subject=data.edition.title,
        created=_moment(said.downloaded_at) or _moment(said.law_as_of),
    )
    for name, text in data.fingerprint.properties.items():
        book.xlsx.set_custom_property(name, text, "text")
    for sheet in sheets_of(said):
        if (write := _SHEETS[sheet][1]) is not None:
            write(book, data)
    book.give_values(data)
    return book.content()


_Write: TypeAlias = Callable[[WorkbookWriter, ScorecardData], None]
#: The sheets in order: functions that write shared content, and a company's content.
_SHEETS: Mapping[str, tuple[_Write | None, _Write | None]] = {
    SUMMARY_SHEET: (prepare_summary, write_summary),
    REVIEW_SHEET: (prepare_review, write_review),
    PASSAGES_SHEET: (None, write_passages),
    REQUIREMENTS_SHEET: (prepare_requirements, write_requirements),
    LENSES_SHEET: (prepare_lenses, write_lenses),
    GAPS_SHEET: (None, write_gaps),
    PEERS_SHEET: (None, write_peers),
    CHANGES_SHEET: (None, write_changes),
    EXAMPLE_SHEET: (prepare_example, write_example),
    LAW_SHEET: (prepare_law, write_law),
    METHOD_SHEET: (None, write_method),
    RECONCILIATION_SHEET: (prepare_reconciliation, write_reconciliation),
    **{
        sheet: (partial(prepare_calculation, basis), partial(write_calculation, basis))
        for basis, sheet in CALCULATION_SHEETS.items()
    },
    CHOICES_SHEET: (prepare_choices, None),
}


def _moment(iso: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    except ValueError:
        return None
