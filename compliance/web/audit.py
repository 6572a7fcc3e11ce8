"""An auditor's pages: the submitted assessments assigned to them, and nothing else."""

from flask import Blueprint, Response, abort, render_template, request

from compliance.findings.bases import cards_of
from compliance.languages.formats import sort_key
from compliance.languages.speaking import language
from compliance.languages.words import sector_title
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.progress import progress_at
from compliance.scoring.scorecard import make_scorecard
from compliance.store import (
    Submitted,
    any_judged,
    assessments_for_auditor,
    assigned_submission,
    submitted_answers,
    submitted_sheet,
)
from compliance.web.access import readers
from compliance.web.audit_view import (
    list_row,
    profile_rows,
    question_views,
    requirement_rows,
    sector_line,
)
from compliance.web.company.bases_shape import bases_shape
from compliance.web.company.scorecard import XLSX
from compliance.web.database import db, now
from compliance.web.editions import newest_edition
from compliance.web.kept_editions import kept_edition
from compliance.web.shapes import band_shape, band_shapes, provision_shapes, row_shape
from compliance.web.signing_in import me
from compliance.workbook.sector import sector_workbook

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@readers("auditor")
def index() -> str:
    """The submitted assessments assigned to me, by sector and period."""
    mine = assessments_for_auditor(db(), me().id)
    return render_template(
        "audit/index.html",
        everything=len(mine),
        judged=any_judged(db(), me().id),
        rows=[list_row(one, kept_edition(one.edition_digest).edition) for one in _chosen(mine)],
        sectors=sorted({one.sector for one in mine}, key=lambda sector: sort_key(sector_title(sector))),
        years=sorted({one.year for one in mine}, reverse=True),
        sector=request.args.get("sector", ""),
        period=request.args.get("period", ""),
    )


@bp.get("/audit.xlsx")
@readers("auditor")
def sector_list() -> Response:
    """The same list as a workbook, one row an assessment."""
    chosen = _chosen(assessments_for_auditor(db(), me().id))
    latest = max(chosen, key=lambda one: one.id, default=None)
    edition = newest_edition().edition if latest is None else kept_edition(latest.edition_digest).edition
    lines = [sector_line(one) for one in chosen if one.edition_id == edition.id]
    as_of, others = now().date().isoformat(), len(chosen) - len(lines)
    content = sector_workbook(edition, lines, sector=_sector_name(), as_of=as_of, others=others, language=language())
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="submitted-scorecards.xlsx"'
    return response


@bp.get("/audit/<int:assessment_id>")
@readers("auditor")
def assessment(assessment_id: int) -> str:
    """One assessment as it was submitted: how it stands, and every requirement. Raise NotFound unless assigned."""
    submitted = _assigned(assessment_id)
    asked = kept_edition(submitted.edition_digest)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    cards = cards_of(asked.plan, sheet)
    claimed = cards.claimed
    return render_template(
        "audit/assessment.html",
        submitted=submitted,
        edition=asked.edition,
        bases=bases_shape(cards, OVERALL),
        progress=progress_at(asked.edition, sheet),
        by_points=band_shape(asked.edition, claimed.cap.by_points) if claimed.cap else None,
        failed=claimed.failed,
        bands=band_shapes(asked.edition),
        profile=profile_rows(asked.edition, submitted_answers(submitted)),
        themes=requirement_rows(cards),
    )


@bp.get("/audit/<int:assessment_id>/<theme>")
@readers("auditor")
def theme(assessment_id: int, theme: str) -> str:
    """The answers of one theme, with reasons, evidence and law. Raise NotFound unless assigned."""
    submitted = _assigned(assessment_id)
    asked = kept_edition(submitted.edition_digest)
    themes = {node.id: node for node in asked.edition.themes}
    if theme not in themes:
        abort(404)
    place = asked.edition.themes.index(themes[theme])
    sheet = submitted_sheet(db(), submitted, asked.edition)
    claimed, evidenced = make_scorecard(asked.plan, sheet), make_scorecard(asked.plan, sheet, "evidenced")
    return render_template(
        "audit/theme.html",
        submitted=submitted,
        edition=asked.edition,
        theme=themes[theme],
        requirements=[
            {
                "node": node,
                "row": row_shape(asked.edition, "", claimed.nodes.get(node.id)),
                "provisions": provision_shapes(asked.edition, node.law),
                "questions": question_views(node, claimed, evidenced, submitted_answers(submitted)),
            }
            for node in themes[theme].nodes()
            if node.is_requirement
        ],
        previous=asked.edition.themes[place - 1] if place else None,
        following=asked.edition.themes[place + 1] if place + 1 < len(asked.edition.themes) else None,
    )


def _assigned(assessment_id: int) -> Submitted:
    return assigned_submission(db(), assessment_id, auditor=me().id)


def _chosen(mine: tuple[Submitted, ...]) -> tuple[Submitted, ...]:
    """Those of the sector and the period that the address asks for."""
    sector, period = request.args.get("sector", ""), request.args.get("period", "")
    return tuple(one for one in mine if sector in ("", one.sector or "unstated") and period in ("", str(one.year)))


def _sector_name() -> str:
    sector = request.args.get("sector", "")
    return sector_title(sector) if sector else ""
