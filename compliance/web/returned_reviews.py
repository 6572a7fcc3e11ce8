"""A scorecard that an auditor sends back: which assessment it is of, and what it would change, compared three ways.

Used by the page of an upload and by `compliance review`. Nothing is written here. Messages are in the language of the
page.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from sqlalchemy.orm import Session

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import read_verdict
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.csv_table import AnswerFileFault, shortened
from compliance.questionnaire.edition import Edition
from compliance.scoring.progress import open_to_verdicts
from compliance.scoring.score import score
from compliance.scoring.standing import ScoreWithBounds, overall_bounds
from compliance.store import (
    AuditorVerdict,
    FrozenSubmission,
    NotFound,
    VerdictEdit,
    determinations,
    submitted_sheet,
)
from compliance.store.passage_checks import CheckEdit, PassageCheck, passage_checks
from compliance.store.passage_marks import SubmittedPassage, submitted_passages
from compliance.store.workbooks import RecordedDownload, workbook_download
from compliance.web.answer_fields import MAX_TEXT_LENGTH, TOO_LONG
from compliance.web.edition_registry import ServedEdition, edition_by_digest
from compliance.web.forms import small_number
from compliance.web.returned_workbooks import CellRemark, WorkbookRefused, cell_remark, refuse_pictures
from compliance.web.verdict_forms import verdict_flaw
from compliance.workbook.cell_texts import clean
from compliance.workbook.fingerprint import Fingerprint
from compliance.workbook.passage_sheet import missing_sheet_words
from compliance.workbook.returned_scorecard import ReturnedPassages, ReturnedScorecard, ReturnedVerdict
from compliance.workbook.review_merge import (
    NOT_REVIEWED_YET,
    ReviewChange,
    ReviewChanges,
    Side,
    StatedVerdict,
    compare_three_ways,
)
from compliance.workbook.scorecard_import import opened_scorecard
from compliance.workbook.three_way import TwoSidedChanges, compare_sides

#: Changes of a workbook to passage checks, by the text of the passage's key. None: not judged.
CheckChanges: TypeAlias = TwoSidedChanges[bool | None]


@dataclass(frozen=True)
class ReturnedReview:
    """A workbook of an assigned submission, compared with what was downloaded and with the current verdicts."""

    submitted: FrozenSubmission
    asked: ServedEdition
    sheet: AnswerSheet  # as submitted, with the current verdicts
    kept: Mapping[str, AuditorVerdict]
    returned: ReturnedScorecard
    download: RecordedDownload | None  # the one it comes from; None: unknown, so there is no base
    changes: ReviewChanges
    faults: tuple[CellRemark, ...]  # cells that were not understood
    ignored: tuple[CellRemark, ...]
    passages: Mapping[str, SubmittedPassage]  # as submitted, by the text of their key
    checks: Mapping[str, PassageCheck]  # the current checks, by the same key
    check_changes: CheckChanges

    @property
    def edition(self) -> Edition:
        """The edition that was answered."""
        return self.asked.compiled.edition

    @property
    def state(self) -> str:
        """A digest of the submission, its verdicts and passage checks, which changes if anybody changes one."""
        versions = {which: one.version for which, one in self.kept.items()}
        versions |= {which: one.version for which, one in self.checks.items()}
        return hashlib.sha256(repr((self.submitted.id, sorted(versions.items()))).encode()).hexdigest()[:16]

    def edits(self, keep: Mapping[str, Side]) -> list[VerdictEdit]:
        """Return the verdicts to save. Raise KeyError for a conflict without a choice."""
        return [
            VerdictEdit(question, said.verdict, said.value, said.comment, self.version(question), said.next_review)
            for question, said in self.changes.applied(keep).items()
        ]

    def check_edits(self, keep: Mapping[str, Side]) -> list[CheckEdit]:
        """Return the passage checks to save. Raise KeyError for a conflict without a choice."""
        said = self.check_changes.applied(keep).items()
        return [CheckEdit(self.passages[key].key, fits, self.check_version(key)) for key, fits in said]

    def check_version(self, key: str) -> int:
        """Return the version of the current check of a passage, or 0 if there is none."""
        return self.checks[key].version if key in self.checks else 0

    def version(self, question: str) -> int:
        """Return the version of the current verdict on a question, or 0 if there is none."""
        return self.kept[question].version if question in self.kept else 0

    def cells_of(self, change: ReviewChange) -> list[str]:
        """Return the cells of a change that differ from the current verdict."""
        cells = self.returned.verdicts[change.question].cells
        parts = ("verdict", "value", "comment", "next_review")
        differ = (part for part in parts if getattr(change.web, part) != getattr(change.workbook, part))
        return [cells[part] for part in differ if part in cells]

    @cached_property
    def verified(self) -> tuple[ScoreWithBounds | None, ScoreWithBounds | None]:
        """The verified score now, and with the changes that do not conflict. Each is None without any verdict."""
        brought = self.changes.applied({change.question: "web" for change in self.changes.conflicts})
        after = _with_verdicts(self.edition, self.sheet, brought)
        before, then = (self._verified(sheet) for sheet in (self.sheet, after))
        return before, then

    def _verified(self, sheet: AnswerSheet) -> ScoreWithBounds | None:
        return overall_bounds(score(self.asked.compiled, [sheet], "verified")) if sheet.verdicts else None


def compare_review(
    session: Session, submission_of: Callable[[Fingerprint], FrozenSubmission], content: bytes, file_name: str
) -> ReturnedReview:
    """Compare a workbook with the submission that it is of. Raise WorkbookRefused, or UnreadableWorkbook.

    `submission_of`: returns the submission that a fingerprint names.
    """
    with opened_scorecard(content) as scorecard:
        if scorecard is None:
            raise _no_scorecard()
        mark = scorecard.mark
        refuse_pictures(content)
        submitted = submission_of(mark)
        asked, download = edition_by_digest(submitted.edition_digest), _download(session, submitted, mark)
        _check_mark(submitted, asked.compiled.edition, mark, download)
        keys = [one.key.text for one in submitted_passages(submitted.sheet)]
        returned = scorecard.returned(asked.compiled.edition, file_name, keys)
    if not mark.assessment and returned.sheet.company != submitted.organisation:
        raise _of_another(returned.sheet.company)
    return _compared(session, submitted, asked, returned, download)


def _compared(
    session: Session,
    submitted: FrozenSubmission,
    asked: ServedEdition,
    returned: ReturnedScorecard,
    download: RecordedDownload | None,
) -> ReturnedReview:
    edition = asked.compiled.edition
    sheet, kept = submitted_sheet(session, submitted, edition), determinations(session, submitted.assessment_id)
    web = {question: _stated(kept[question]) for question in sheet.verdicts if question in kept}
    base = {question: _stated(verdict) for question, verdict in download.verdicts.items()} if download else {}
    workbook = {q: _stated(verdict) for q, verdict in returned.verdicts.items() if q not in returned.unread}
    changes = compare_three_ways(base, web, workbook)
    wrong = dict(_wrong_verdicts(edition, sheet, changes, returned.verdicts))
    faults = (_cell_remark(returned, fault) for fault in returned.faults)
    passages = {one.key.text: one for one in submitted_passages(submitted.sheet)}
    said = passage_checks(session, submitted.assessment_id) if passages else {}
    checks = {key.text: check for key, check in said.items() if key.text in passages}
    came_back, went_out = returned.passages, (download.checks if download else None)
    return ReturnedReview(
        submitted,
        asked,
        sheet,
        kept,
        returned,
        download,
        changes.without(wrong),
        (*faults, *wrong.values(), *_passage_faults(came_back, went_out)),
        (*_ignored(edition, returned), *_passage_remarks(came_back)),
        passages,
        checks,
        compare_sides(
            went_out or {},
            {key: check.fits for key, check in checks.items()},
            came_back.checks if came_back else {},
            None,
        ),
    )


def _passage_faults(came_back: ReturnedPassages | None, went_out: Mapping[str, bool] | None) -> Iterator[CellRemark]:
    """Yield the faults of the sheet *Passages*: cells that were not understood, or that the sheet is missing."""
    if came_back is None and went_out is not None:
        says = missing_sheet_words()
        yield CellRemark("", "", f"{says[:1].upper()}{says[1:]}.")
    for fault in came_back.faults if came_back else ():
        yield _passage_remark(came_back, fault)


def _passage_remarks(came_back: ReturnedPassages | None) -> Iterator[CellRemark]:
    for remark in came_back.remarks if came_back else ():
        yield _passage_remark(came_back, remark)


def _passage_remark(came_back: ReturnedPassages | None, fault: AnswerFileFault) -> CellRemark:
    sheet = came_back.sheet if came_back else ""
    return cell_remark(fault, f"{sheet}!{fault.cell}" if fault.cell else "")


def _cell_remark(returned: ReturnedScorecard, fault: AnswerFileFault) -> CellRemark:
    return cell_remark(fault, f"{returned.sheet_name}!{fault.cell}" if fault.cell else "")


# ── Which workbook it is


def _download(session: Session, submitted: FrozenSubmission, mark: Fingerprint) -> RecordedDownload | None:
    number = small_number(mark.download)
    if number is not None:
        with suppress(NotFound):
            return workbook_download(session, submitted.assessment_id, number)
    return None


def _check_mark(
    submitted: FrozenSubmission, edition: Edition, mark: Fingerprint, download: RecordedDownload | None
) -> None:
    """Raise WorkbookRefused if a workbook is of another assessment, edition or submission."""
    if mark.assessment not in ("", str(submitted.assessment_id)):
        raise _of_another(comma_list(said for said in (mark.company, mark.period) if said))
    if (mark.edition, mark.digest) != (edition.id, edition.digest):
        raise WorkbookRefused(
            _(
                "This workbook belongs to another version of the questionnaire. Download a new one, and copy your "
                "verdicts into it."
            )
        )
    of_now = submitted.at.isoformat(timespec="seconds")
    if (download and download.submission_id != submitted.id) or mark.submission not in ("", of_now):
        raise WorkbookRefused(
            _(
                "The company submitted again on %(date)s, after this workbook went out. Download a new one, and copy "
                "into it what still holds.",
                date=long_date(submitted.at),
            )
        )


def _no_scorecard() -> WorkbookRefused:
    return WorkbookRefused(_("This is not a scorecard from this tool. Choose the workbook that you downloaded here."))


def _of_another(which: str) -> WorkbookRefused:
    return WorkbookRefused(
        _("This workbook is of another assessment (%(which)s). Upload it on the page of that one.", which=which)
    )


# ── What it says


def _stated(verdict: AuditorVerdict | VerdictEdit | ReturnedVerdict) -> StatedVerdict:
    """Return a verdict as a cell can hold it, so that an unchanged one is equal on all sides.

    A comment without a verdict is not stored, so it is not compared.
    """
    if not verdict.verdict:
        return NOT_REVIEWED_YET
    value, comment = (clean(text).strip() for text in (verdict.value, verdict.comment))
    return StatedVerdict(verdict.verdict, value, comment, verdict.next_review)


def _with_verdicts(edition: Edition, sheet: AnswerSheet, brought: Mapping[str, StatedVerdict]) -> AnswerSheet:
    """Return the sheet with these verdicts instead of those on the same questions."""
    read = ((i, read_verdict(edition.questions[i], said.verdict, said.value)) for i, said in brought.items())
    stands = {question: verdict for question, verdict in sheet.verdicts.items() if question not in brought}
    return replace(sheet, verdicts=stands | {question: verdict for question, verdict in read if verdict is not None})


def _wrong_verdicts(
    edition: Edition, sheet: AnswerSheet, changes: ReviewChanges, returned: Mapping[str, ReturnedVerdict]
) -> Iterator[tuple[str, CellRemark]]:
    """Yield, by question, the changes of a workbook that a page of verdicts would refuse too."""
    brought = {change.question: change.workbook for change in (*changes.fitting, *changes.conflicts)}
    judgeable = open_to_verdicts(edition, _with_verdicts(edition, sheet, brought))
    for question, verdict in brought.items():
        cells = returned[question].cells
        if verdict.verdict and question not in judgeable:
            says = _("This question is not asked of the company, so there is nothing to judge. Empty this cell.")
            yield question, CellRemark(cells.get("verdict", ""), verdict.verdict, says)
        elif flaw := verdict_flaw(edition.questions[question], verdict.verdict, verdict.value, sheet):
            part = "value" if verdict.verdict == "adjusted" else "verdict"
            yield question, CellRemark(cells.get(part, ""), verdict.value or verdict.verdict, flaw)
        elif len(verdict.comment) > MAX_TEXT_LENGTH:
            yield question, CellRemark(cells.get("comment", ""), shortened(verdict.comment), _(TOO_LONG))
    for question, row in returned.items():
        if not row.verdict and (row.comment.strip() or row.next_review):
            says = _("Choose a verdict. An answer, a note or a next review is kept only with one.")
            holds = row.comment.strip() or str(row.next_review)
            yield (
                question,
                CellRemark(row.cells.get("comment" if row.comment.strip() else "next_review", ""), holds, says),
            )


def _ignored(edition: Edition, returned: ReturnedScorecard) -> Iterator[CellRemark]:
    """Yield the changes that have no effect here: notes elsewhere, columns of the auditor's own, and locked cells."""
    for key, comment in returned.comments.items():
        if key not in edition.questions:
            yield CellRemark("", comment, _("Only notes beside a question are saved here. Your file keeps this one."))
    for column in returned.own_columns:
        says = _("A column of yours. It is not part of the review; your file keeps it.")
        yield CellRemark("", column.heading, says)
    for remark in (*returned.locked_faults, *returned.remarks):
        yield _cell_remark(returned, remark)
