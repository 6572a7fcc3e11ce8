"""The answers behind a scorecard in the order of a reporting standard: a page, a CSV table and a text for a report."""

from flask import Response, abort, render_template

from compliance.narrative.crosswalk_report import (
    TABLE_COLUMNS,
    CrosswalkReport,
    closed_before_words,
    crosswalk_report,
    evidence_words,
    first_points,
    point_heading,
    report_text,
    requirement_heading,
    silent_words,
    source_lines,
    start_words,
    summary_words,
    table_rows,
)
from compliance.web.access_control import readers
from compliance.web.company.blueprint import ScorecardSource, bp, explanation_urls, is_draft, scorecard_source
from compliance.web.edition_registry import crosswalks_to
from compliance.web.presenters.evidence import evidence_in_words
from compliance.web.responses import csv_response, csv_text, download

_SPOKEN = {
    "closed_before": closed_before_words,
    "evidence": evidence_words,
    "heading": point_heading,
    "requirement_heading": requirement_heading,
    "silent": silent_words,
}


@bp.get("/assessments/<int:assessment_id>/crosswalk/<to>")
@readers("company", "auditor")
def crosswalk(assessment_id: int, to: str) -> str:
    """Show the answers by point of a standard. 404 for a standard without a crosswalk."""
    read = scorecard_source(assessment_id)
    report = _report(read, to)
    return render_template(
        "company/crosswalk.html",
        read=read,
        draft=is_draft(),
        report=report,
        standards=list(crosswalks_to(read.edition).values()),
        leads=explanation_urls(read),
        first=first_points(report),
        anchors={point.name: f"p{position}" for position, point in enumerate(report.points, 1)},
        start=start_words(report),
        summary=summary_words(report),
        sources=source_lines(report),
        spoken=_SPOKEN,
    )


@bp.get("/assessments/<int:assessment_id>/crosswalk/<to>/table.csv")
@readers("company", "auditor")
def crosswalk_table(assessment_id: int, to: str) -> Response:
    """Download the table as CSV: for each point, a row for each related answer."""
    read = scorecard_source(assessment_id)
    return csv_response(f"{_file_name(read, to)}.csv", csv_text(TABLE_COLUMNS, table_rows(_report(read, to))))


@bp.get("/assessments/<int:assessment_id>/crosswalk/<to>/start.md")
@readers("company", "auditor")
def crosswalk_text(assessment_id: int, to: str) -> Response:
    """Download the text that starts a report, in Markdown."""
    read = scorecard_source(assessment_id)
    return download(f"{_file_name(read, to)}.md", report_text(_report(read, to)), "text/markdown")


def _report(read: ScorecardSource, to: str) -> CrosswalkReport:
    """Return the report on all questions, including optional ones. Abort with 404 for an unknown standard."""
    found = crosswalks_to(read.edition).get(to)
    if found is None:
        abort(404)
    evidence = {question: evidence_in_words(kept) for question, kept in read.answers.items() if kept.evidence}
    return crosswalk_report(found, read.asked.complete, read.sheet, evidence)


def _file_name(read: ScorecardSource, to: str) -> str:
    return read.file_name.replace("scorecard", to, 1)
