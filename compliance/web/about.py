"""The first page, and the short true pages that every footer links."""

from typing import Any

from flask import Blueprint, current_app, render_template, url_for

from compliance.findings.sectors.page import overview
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.law import AUTHORITIES, Authority
from compliance.web.access import public
from compliance.web.editions import newest_edition, quick_edition
from compliance.web.kept_editions import kept_edition
from compliance.web.quick.walking import question_shape
from compliance.web.releases import latest_snapshot
from compliance.web.sector_figures import sector_rows
from compliance.web.shapes import Shape, provision_shapes

bp = Blueprint("about", __name__)

#: Whom law speaks to, as the first page groups it.
SPEAK_TO: tuple[tuple[Authority, ...], ...] = (("company",), ("states", "interpretation"), ("expectation", "proposal"))
#: The provision that the tool is named after.
NAMESAKE = "crc-34"


@bp.get("/")
@public
def home() -> str:
    """What this is, whether it can be tried, and what it costs."""
    edition, quick = newest_edition().edition, quick_edition()
    snapshot = latest_snapshot()
    return render_template(
        "about/home.html",
        edition=edition,
        questions=sum(question.scored for question in edition.questions.values()),
        sample=_sample(edition),
        first=_first(quick.edition) if quick else None,
        quick_questions=len(quick.edition.questions) if quick else 0,
        snapshot=snapshot,
        found=overview(kept_edition(snapshot.digest).edition, snapshot) if snapshot else None,
        rows=sector_rows(snapshot) if snapshot else (),
        namesake=next(iter(provision_shapes(edition, [NAMESAKE])), None),
        speaks_to=_speaks_to(edition),
    )


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept about whom."""
    return render_template("about/privacy.html")


@bp.get("/accessibility")
@public
def accessibility() -> str:
    """What the pages are made to do, and what is not known."""
    return render_template("about/accessibility.html")


@bp.get("/contact")
@public
def contact() -> str:
    """Whom to ask, and where to turn about a child."""
    return render_template("about/contact.html", contact=current_app.config.get("CONTACT", ""))


@bp.app_context_processor
def _footer() -> dict[str, Any]:
    pages = (
        ("method.index", _("Method and data")),
        ("method.law", _("The law")),
        ("publications.index", _("Publications")),
        ("about.privacy", _("Privacy")),
        ("about.accessibility", _("Accessibility")),
        ("about.contact", _("Contact")),
    )
    return {"footer_links": [{"url": url_for(endpoint), "label": label} for endpoint, label in pages]}


def _first(edition: Edition) -> Shape:
    """The first question of the quick check, to begin it with."""
    first = next(iter(edition.questions.values()))
    return question_shape(edition, first)


def _sample(edition: Edition) -> Question | None:
    """The first question with options to choose one of: what a company meets first."""
    return next((q for q in edition.questions.values() if q.scored and q.kind == "one"), None)


def _speaks_to(edition: Edition) -> dict[tuple[Authority, ...], list[str]]:
    """The instruments by whom they speak to, each in the first group that a provision of it belongs to."""
    groups: dict[Authority, list[str]] = {authority: [] for authority in AUTHORITIES}
    for instrument in edition.instruments:
        first = min((provision.authority for provision in instrument.provisions), key=AUTHORITIES.index)
        groups[first].append(instrument.short)
    return {together: [short for authority in together for short in groups[authority]] for together in SPEAK_TO}
