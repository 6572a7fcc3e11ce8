"""The list of assigned submissions as a workbook, and their scorecards in one zip file, both in batches."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from compliance.languages.interface_messages import current_language
from compliance.languages.labels import VOICE_LABELS, label_of, sector_label, size_label
from compliance.questionnaire.edition import SIZE_FIELD, Edition
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import ScoreRecord, record_from_json
from compliance.store import (
    FrozenSubmission,
    NotFound,
    judged_sheets,
    questions_judged,
    submission_batches,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.auditor.queue import reviews_asked_for
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, newest_edition
from compliance.web.presenters.marked_passages import passage_lines
from compliance.web.responses import XLSX, file_download, streamed_download
from compliance.web.scorecard_sources import AnsweredAssessment, answers_handed_in, workbook_content
from compliance.workbook.scorecard_batch import ZippedScorecard, zip_scorecards
from compliance.workbook.scorecard_workbook import SCORED_TOGETHER, ScorecardTemplate, scorecard_workbook
from compliance.workbook.sector_columns import SubmittedScorecard
from compliance.workbook.sector_workbook import write_sector_workbook


@bp.get("/audit.xlsx")
@readers("auditor")
def sector_list() -> Response:
    """Return the list of submitted assessments as a workbook, with one row for each."""
    chosen = reviews_asked_for()
    latest = max(chosen, key=lambda one: one.submission, default=None)
    edition = newest_edition().edition if latest is None else edition_by_digest(latest.edition_digest).edition
    listed = [one.submission for one in chosen if one.edition_id == edition.id]
    sector = request.args.get("sector", "")
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    write_sector_workbook(
        file,
        edition,
        _lines(edition, listed),
        sector=sector_label(edition, sector) if sector else "",
        as_of=now().date(),
        others=len(chosen) - len(listed),
        judged=questions_judged(db(), me().id),
        language=current_language(),
    )
    return file_download("submitted-scorecards.xlsx", file, XLSX)


@bp.get("/audit.zip")
@readers("auditor")
def scorecards() -> ResponseReturnValue:
    """Return the scorecards of the list as one zip file. Each is made, and recorded as a download, when it is sent.

    Making the whole file first would send nothing for minutes, which many servers treat as a timeout.
    """
    numbers = [one.assessment_id for one in reviews_asked_for()]
    if not numbers:  # the list shows that it is empty
        asked: dict[str, Any] = {key: request.args.get(key) for key in ("sector", "period", "state", "find")}
        return redirect(url_for("audit.index", **asked))
    return streamed_download("scorecards.zip", zip_scorecards(_scorecards(numbers)), "application/zip")


def _scorecards(numbers: Iterable[int]) -> Iterator[ZippedScorecard]:
    """Yield the scorecards of assessments, each in its current state. Assignments taken back meanwhile are skipped."""
    template: ScorecardTemplate | None = None
    for block in _blocks(numbers):
        compiled = block[0].asked.compiled
        if template is None or template.compiled is not compiled:
            template = ScorecardTemplate(compiled, current_language())
        scored = template.scored_together([before.sheet for before in block])
        for before, its_scores in zip(block, scored, strict=True):
            read = _handed_in(before.assessment_id)
            if read is None:
                continue
            sheet, metadata = workbook_content(read, passage_lines)
            if (read.submission_id, sheet) == (before.submission_id, before.sheet):
                content = template.workbook(sheet, metadata, its_scores)
            else:  # an auditor judged it meanwhile, or the company submitted again, perhaps to another edition
                content = scorecard_workbook(read.asked.compiled, sheet, metadata, language=current_language())
            yield ZippedScorecard(read.organisation, read.edition.id, content, str(read.year), str(read.assessment_id))


def _blocks(numbers: Iterable[int]) -> Iterator[Sequence[AnsweredAssessment]]:
    """Yield the submissions of assessments in order, in small blocks of one edition, to be scored together."""
    handed_in = (read for read in map(_handed_in, numbers) if read is not None)
    for _edition, of_edition in groupby(handed_in, lambda read: id(read.asked.compiled)):
        while block := list(islice(of_edition, SCORED_TOGETHER)):
            yield block


def _handed_in(number: int) -> AnsweredAssessment | None:
    """Return the submission of an assessment, or None if the auditor may no longer read it."""
    try:
        return answers_handed_in(assigned_review(number), own=False)
    except NotFound:
        return None


def _lines(edition: Edition, listed: Collection[int]) -> Iterator[SubmittedScorecard]:
    for batch in submission_batches(db(), [*listed]):
        verified = _verified_records(batch)
        for one in batch:
            yield sector_line(one, edition, verified.get(one.assessment_id, {}))


def sector_line(submitted: FrozenSubmission, edition: Edition, verified: ScoreRecord) -> SubmittedScorecard:
    """Return a submission as a row of the workbook. `verified`: the current verified scores, or empty."""
    size = json.loads(submitted.sheet)["profile"].get(SIZE_FIELD, {}).get("value", "")
    return SubmittedScorecard(
        company=submitted.organisation,
        sector=sector_label(edition, submitted.sector),
        size=size_label(edition, size) if size else "",
        period=submitted.year,
        record=record_from_json(submitted.scores) | verified,
        submitted=submitted.at.date(),
        voice=label_of(VOICE_LABELS, submitted.voice),
        assessment=submitted.assessment_id,
        address=url_for("audit.assessment", assessment_id=submitted.assessment_id, _external=True),
        organisation=submitted.organisation_id,
    )


def _verified_records(batch: Collection[FrozenSubmission]) -> dict[int, ScoreRecord]:
    """Return the current verified scores of a batch, by assessment, of those with a verdict."""
    sheets = judged_sheets(db(), [*batch], lambda one: edition_by_digest(one.edition_digest).edition)
    found: dict[int, ScoreRecord] = {}
    for digest in dict.fromkeys(one.edition_digest for one in batch if one.assessment_id in sheets):
        numbers = [one.assessment_id for one in batch if one.edition_digest == digest and one.assessment_id in sheets]
        compiled = edition_by_digest(digest).compiled
        found |= dict(zip(numbers, score_records(compiled, [sheets[n] for n in numbers], ("verified",)), strict=True))
    return found
