"""The first page, and the short pages that every footer links."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, get_template_attribute, render_template, url_for

from compliance.languages.formats import sort_key
from compliance.languages.glossary import DEFINED_WORDS, definition
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.sector_findings import overview_findings
from compliance.questionnaire.conditions_and_law import AUTHORITIES, Authority
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.portions import asked_counts
from compliance.web.access_control import public
from compliance.web.caches import cached_fragment
from compliance.web.database import now
from compliance.web.edition_registry import edition_by_digest, newest_edition, quick_edition
from compliance.web.kept_pages import same_for_everybody
from compliance.web.presenters.provisions import provision_views
from compliance.web.presenters.question_views import QuestionView, quick_question_view
from compliance.web.presenters.sector_charts import sector_rows
from compliance.web.releases import latest_snapshot
from compliance.web.urls import whole_url_in_english

bp = Blueprint("about", __name__)

#: Authorities of law in the groups of the first page.
AUTHORITY_GROUPS: tuple[tuple[Authority, ...], ...] = (
    ("company",),
    ("states", "interpretation"),
    ("expectation", "proposal"),
)
#: The provision that the tool is named after.
NAMESAKE = "crc-34"
#: Data that are deleted after some time, in the order of `RETENTION_DAYS`.
_KEPT_FOR_A_TIME: Mapping[str, str] = {
    "mails": N_("E-mails, after they were sent or given up"),
    "workbooks": N_("Workbooks that came back and were never applied"),
    "invitations": N_("Invitations and requests of colleagues, after they were decided or expired"),
    "jobs": N_("Records of work in the background, after it ended"),
    "accounts": N_("Closed accounts, before they are deleted"),
    "files": N_("Files that nothing refers to any more"),
}
#: Validity of security.txt: RFC 9116 recommends less than a year.
SECURITY_TXT_LASTS = timedelta(days=180)


@bp.get("/")
@same_for_everybody
def home() -> str:
    """The first page: the purpose of the tool, a question to try, and the effort."""
    edition, quick = newest_edition().complete, quick_edition()
    snapshot = latest_snapshot()
    return render_template(
        "about/home.html",
        edition=edition,
        counts=asked_counts(edition),
        sample=_sample(edition),
        first=_first_quick_question(quick.edition) if quick else None,
        quick_questions=len(quick.edition.questions) if quick else 0,
        snapshot=snapshot,
        found=overview_findings(edition_by_digest(snapshot.digest).edition, snapshot) if snapshot else None,
        rows=sector_rows(edition_by_digest(snapshot.digest).edition, snapshot) if snapshot else (),
        namesake=next(iter(provision_views(edition, [NAMESAKE])), None),
        speaks_to=_instruments_by_audience(edition),
    )


@bp.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """The contact for reports of vulnerabilities (RFC 9116); 404 if none is configured."""
    if not (contact := current_app.config["SECURITY_CONTACT"]):
        abort(404)
    lines = {
        "Contact": contact,
        "Expires": f"{(now() + SECURITY_TXT_LASTS).date()}T00:00:00Z",
        "Preferred-Languages": "en",
        "Canonical": whole_url_in_english("about.security_txt"),
    }
    return Response("".join(f"{name}: {value}\n" for name, value in lines.items()), mimetype="text/plain")


@bp.get("/privacy")
@same_for_everybody
def privacy() -> str:
    """Which personal data are stored, of whom, and how long."""
    return render_template("about/privacy.html", kept={kind: _(words) for kind, words in _KEPT_FOR_A_TIME.items()})


@bp.get("/accessibility")
@same_for_everybody
def accessibility() -> str:
    """The accessibility statement."""
    return render_template("about/accessibility.html")


@bp.get("/glossary")
@same_for_everybody
def glossary() -> str:
    """The words that pages use, in alphabetical order, with their meanings."""
    words = [(anchor, _(defined.word), definition(anchor)) for anchor, defined in DEFINED_WORDS.items()]
    return render_template("about/glossary.html", words=sorted(words, key=lambda word: sort_key(word[1])))


@bp.get("/contact")
@same_for_everybody
def contact() -> str:
    """Contacts, and hotlines for a child in danger."""
    return render_template("about/contact.html")


@bp.app_context_processor
def _footer() -> dict[str, Any]:
    return {"footer": cached_fragment(_drawn_footer, "footer")}


def _drawn_footer() -> str:
    pages = (
        ("method.index", _("Method and data")),
        ("about.glossary", _("Glossary")),
        ("method.law", _("The law")),
        ("search.index", _("Search")),
        ("publications.index", _("Publications")),
        ("about.privacy", _("Privacy")),
        ("about.accessibility", _("Accessibility")),
        ("about.contact", _("Contact")),
    )
    links = [{"url": url_for(endpoint), "label": label} for endpoint, label in pages]
    return str(get_template_attribute("parts/around.html", "footer")(links))


def _first_quick_question(edition: Edition) -> QuestionView:
    """Return the first question of the quick check, with which it can be begun."""
    first = next(iter(edition.questions.values()))
    return quick_question_view(edition, first)


def _sample(edition: Edition) -> Question | None:
    """Return the first scored question with one option to choose, as a sample."""
    return next((q for q in edition.questions.values() if q.scored and q.kind == "one"), None)


def _instruments_by_audience(edition: Edition) -> dict[tuple[Authority, ...], list[str]]:
    """Return the instruments by group of authorities, each in the first group that one of its provisions belongs to."""
    groups: dict[Authority, list[str]] = {authority: [] for authority in AUTHORITIES}
    for instrument in edition.instruments:
        first = min((provision.authority for provision in instrument.provisions), key=AUTHORITIES.index)
        groups[first].append(instrument.short)
    return {together: [short for authority in together for short in groups[authority]] for together in AUTHORITY_GROUPS}
