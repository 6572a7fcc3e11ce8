"""The scorecard: how good, how sure, which band, what holds it down, what to do first. As page, workbook and table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Response, render_template, request, url_for
from werkzeug.utils import secure_filename

from compliance.benchmark.snapshot import Snapshot
from compliance.languages.formats import day, listed
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import language
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.facts import Facts, facts_of
from compliance.scoring.columns import Basis
from compliance.scoring.improve import improve
from compliance.scoring.score import score
from compliance.scoring.table import Row, score_rows
from compliance.store import Kept, Link, NotFound, Submitted, assigned_submission, latest_submission, submitted_sheet
from compliance.store import submitted_answers as answers_of
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.card_shapes import card_shapes
from compliance.web.company.changes import Changed, changed_since
from compliance.web.csv_file import csv_response, csv_text
from compliance.web.database import db, now
from compliance.web.editions import Asked
from compliance.web.kept_editions import kept_edition
from compliance.web.releases import latest_snapshot, snapshot_of
from compliance.web.signing_in import me
from compliance.workbook.scorecard import scorecard_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Read:
    """What a scorecard is read from: the answers handed in, or those of a draft as they stand now."""

    assessment_id: int
    organisation: str
    year: int
    voice: str
    asked: Asked
    sheet: AnswerSheet
    answers: Mapping[str, Kept]
    submitted_at: datetime | None  # None: a draft
    changed: Changed | None = None  # since it was submitted; None: it was not, or the reader is an auditor
    own: bool = True
    closed: bool = False  # the period

    @property
    def id(self) -> int:
        """Of the assessment, as other pages of a company call it."""
        return self.assessment_id

    @property
    def facts(self) -> Facts | None:
        """What is known of the company today, for whether law binds it: it is told so itself, and nobody else is."""
        return facts_of(self.asked.edition, self.sheet, self.today) if self.today else None

    @property
    def today(self) -> date | None:
        """The day for which its own company is told whether law binds it; None: the reader is an auditor."""
        return now().date() if self.own else None

    @property
    def file_name(self) -> str:
        """A name for files, safe on every system."""
        state = "" if self.submitted_at else "-draft"
        return f"scorecard-{secure_filename(self.organisation) or self.assessment_id}-{self.year}{state}"


@bp.get("/assessments/<int:assessment_id>/scorecard")
@readers("company", "auditor")
def scorecard(assessment_id: int) -> str:
    """The page."""
    read = read_of(assessment_id)
    return render_template(
        "company/scorecard.html",
        read=read,
        edition=read.asked.edition,
        as_of=day(date.fromisoformat(as_of)) if (as_of := law_as_of(read.asked.edition)) else "",
        draft=is_draft(),
        leads=explained_addresses(read),
        **card_shapes(read.asked.plan, read.sheet, _published(read.year), read.facts),
    )


@bp.get("/assessments/<int:assessment_id>/scorecard.xlsx")
@readers("company", "auditor")
def workbook(assessment_id: int) -> Response:
    """The workbook with live formulas."""
    read = read_of(assessment_id)
    content = scorecard_workbook(
        read.asked.plan,
        read.sheet,
        company=read.organisation,
        period=str(read.year),
        as_of=law_as_of(read.asked.edition),
        today=read.today,
        voice=read.voice,
        reasons={i: kept.reason for i, kept in read.answers.items() if kept.reason},
        way=improve(read.asked.plan, read.sheet) if read.asked.edition.bands else None,
        evidence={i: _evidence_words(kept) for i, kept in read.answers.items() if kept.evidence},
        language=language(),
    )
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{read.file_name}.xlsx"'
    return response


@bp.get("/assessments/<int:assessment_id>/scorecard.csv")
@readers("company", "auditor")
def table(assessment_id: int) -> Response:
    """The scores as a table: a row for each node and lens value."""
    read = read_of(assessment_id)
    rows = [tuple(row) for row in score_rows(score(read.asked.plan, [read.sheet]))]
    return csv_response(f"{read.file_name}.csv", csv_text(Row._fields, rows))


def explained_addresses(read: Read, basis: Basis | None = None) -> dict[str, str]:
    """Where each node is worked out, as it was handed in or as it stands now."""
    more: dict[str, Any] = {"assessment_id": read.assessment_id, "as": "draft" if is_draft() else None, "basis": basis}
    return {node: url_for("company.explained", node=node, **more) for node in read.asked.edition.nodes}


def law_as_of(edition: Edition) -> str:
    """The latest day on which an instrument's status was read, ISO 8601; empty without a law catalogue."""
    return max((instrument.as_of for instrument in edition.instruments), default="")


def _published(year: int) -> Snapshot | None:
    """What is published of a year, or while nothing is, of the last one before."""
    try:
        return snapshot_of(year)
    except NotFound:
        return latest_snapshot()


def is_draft() -> bool:
    """Whether the address asks for the answers as they stand now."""
    return request.args.get("as") == "draft"


def read_of(assessment_id: int) -> Read:
    """One's own assessment, or one that is assigned to me. Raise NotFound."""
    roles = me().roles_held
    if "company" in roles:
        try:
            return _own(opened(assessment_id))
        except NotFound:
            if "auditor" not in roles:
                raise
    return _handed_in(assigned_submission(db(), assessment_id, auditor=me().id), own=False)


def _own(here: Opened) -> Read:
    try:
        submitted = latest_submission(db(), here.assessed.id)
    except NotFound:
        return _draft(here, None)
    changed = changed_since(submitted, here.kept)
    if is_draft():
        return _draft(here, changed)
    return replace(_handed_in(submitted, own=True), changed=changed, closed=here.assessed.closed)


def _draft(here: Opened, changed: Changed | None) -> Read:
    a = here.assessed
    return Read(
        a.id, a.organisation, a.year, a.voice, here.asked, here.sheet, here.kept, None, changed, closed=a.closed
    )


def _handed_in(submitted: Submitted, *, own: bool) -> Read:
    asked = kept_edition(submitted.edition_digest)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    return Read(
        submitted.assessment_id,
        submitted.organisation,
        submitted.year,
        submitted.voice,
        asked,
        sheet,
        answers_of(submitted),
        submitted.at,
        own=own,
    )


def _evidence_words(kept: Kept) -> str:
    """All the evidence of an answer in one text, a line each."""
    lines = []
    for piece in kept.evidence:
        rests_on = piece.rests_on
        if isinstance(rests_on, Link):
            lines.append(" ".join(part for part in (rests_on.url, _dated(rests_on.accessed)) if part))
        else:
            place = listed(p for p in (rests_on.document, _page(rests_on.page), _dated(rests_on.dated)) if p)
            passage = _("“%(words)s”", words=rests_on.passage) if rests_on.passage else ""
            lines.append(f"{passage} {place}".strip())
    return "\n".join(lines)


def _page(page: str) -> str:
    return _("page %(page)s", page=page) if page else ""


def _dated(when: object) -> str:
    return f"({when})" if when else ""
