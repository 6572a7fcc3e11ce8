"""The method and the law: public, whole, and of the very edition that is asked."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template

from compliance.benchmark.thresholds import MIN_COMPANIES, QUARTILES_FROM
from compliance.questionnaire.edition import Edition, Node
from compliance.web.access import public
from compliance.web.editions import newest_edition
from compliance.web.kept_editions import kept_edition
from compliance.web.law_figures import law_figures
from compliance.web.method_view import by_authority, catalogue, gated, requirement_views, theme_rows, worked_example
from compliance.web.releases import latest_snapshot
from compliance.web.shapes import band_shapes

bp = Blueprint("method", __name__)


@bp.get("/method")
@public
def index() -> str:
    """How a score is made."""
    edition = newest_edition().edition
    return render_template(
        "method/index.html",
        edition=edition,
        bands=band_shapes(edition),
        cap=next((band for band in band_shapes(edition) if band["id"] == edition.critical_cap), None),
        critical=[node for node in edition.requirements if node.critical is not None],
        themes=theme_rows(edition),
        example=worked_example(edition),
        min_companies=MIN_COMPANIES,
        quartiles_from=QUARTILES_FROM,
        **_sizes(edition),
    )


@bp.get("/method/<theme>")
@public
def theme(theme: str) -> str:
    """One theme: every requirement, question, option and point."""
    edition = newest_edition().edition
    themes = {node.id: node for node in edition.themes}
    if theme not in themes:
        abort(404)
    return render_template(
        "method/theme.html",
        edition=edition,
        theme=themes[theme],
        row=next(row for row in theme_rows(edition) if row.id == theme),
        requirements=requirement_views(edition, themes[theme]),
        gates=gated(edition, themes[theme]),
        **_neighbours(edition, themes[theme]),
    )


@bp.get("/method/editions/<digest>.json")
@public
def edition_file(digest: str) -> Response:
    """An edition as canonical JSON: the text whose SHA-256 is its digest."""
    asked = kept_edition(digest)
    response = Response(asked.edition.canonical, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.edition.id}-{digest[:8]}.json"'
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.get("/law")
@public
def law() -> str:
    """Every instrument with its provisions, by whom it speaks to."""
    edition = newest_edition().edition
    chapters = catalogue(edition)
    return render_template(
        "method/law.html",
        edition=edition,
        groups=by_authority(chapters),
        covered=sum(len(chapter.covered) for chapter in chapters),
        listed=sum(len(chapter.provisions) for chapter in chapters),
    )


@bp.get("/law/<instrument>")
@public
def instrument(instrument: str) -> str:
    """One instrument: every provision, its source, the requirements that rest on it, how companies do on it."""
    edition = newest_edition().edition
    found = [chapter for chapter in catalogue(edition) if chapter.instrument.id == instrument]
    if not found:
        abort(404)
    snapshot = latest_snapshot()
    figures = law_figures(snapshot, kept_edition(snapshot.digest).edition) if snapshot else None
    return render_template("method/instrument.html", edition=edition, chapter=found[0], figures=figures)


def _sizes(edition: Edition) -> Mapping[str, Any]:
    scored = [question for question in edition.questions.values() if question.scored]
    used = {provision for requirement in edition.requirements for provision in requirement.law}
    return {"questions": len(scored), "provisions": len(used)}


def _neighbours(edition: Edition, node: Node) -> Mapping[str, Node | None]:
    place = edition.themes.index(node)
    return {
        "previous": edition.themes[place - 1] if place else None,
        "following": edition.themes[place + 1] if place + 1 < len(edition.themes) else None,
    }
