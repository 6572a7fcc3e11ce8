"""Charts of the pages of desk readings as picture files. Each shows one version, which never changes."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, Response, abort, url_for

from compliance.disclosure.published_reading import ReadingContent
from compliance.languages.formats import long_date, number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.reading_wording import score_headline
from compliance.questionnaire.edition import Edition
from compliance.store.published_readings import PublishedVersion, versions_of
from compliance.web.access_control import public
from compliance.web.database import db
from compliance.web.demonstration import is_demonstration
from compliance.web.edition_registry import edition_by_digest
from compliance.web.picture_files import picture_response
from compliance.web.presenters.desk_readings import KindFigures, kind_views
from compliance.web.presenters.group_charts import axis_numbers
from compliance.web.presenters.pictures import CARD, Drawing, Picture, PictureRow, draw_card, draw_picture
from compliance.web.releases import published_contents
from compliance.web.urls import public_url

bp = Blueprint("reading_pictures", __name__)


@bp.get("/charts/companies/<slug>/<int:version>/<chart>.svg", defaults={"kind": "svg"})
@bp.get("/charts/companies/<slug>/<int:version>/<chart>.png", defaults={"kind": "png"})
@bp.get("/charts/companies/<slug>/<int:version>/<chart>", defaults={"kind": "frame"})
@public
def picture(slug: str, version: int, chart: str, kind: str) -> Response:
    """A chart of the page of a company, as a file, or on a page to be embedded in a frame."""
    one = next((each for each in versions_of(db(), slug) if each.version == version), None)
    if one is None or chart not in _CHARTS:
        abort(404)
    page = url_for("company_readings.company", slug=slug, version=version)
    return picture_response(kind, lambda: _drawn(one, chart, public_url(page)), page, one.digest, chart)


def _drawn(one: PublishedVersion, chart: str, address: str) -> Drawing:
    """Return a chart of a page; 404 if there is nothing to show."""
    content = published_contents([one])[one.reading_id]
    edition = edition_by_digest(one.edition_digest).edition
    drawn = _CHARTS[chart](edition, content, kind_views(edition, content))
    if not drawn.rows:
        abort(404)
    topic = f"{content.company}: {drawn.topic}"
    filled = replace(drawn, topic=topic, sources=_sources(content, one), address=address)
    return draw_card(filled) if chart == CARD else draw_picture(filled)


def _sources(content: ReadingContent, one: PublishedVersion) -> tuple[str, ...]:
    """Return the citation, and a note on the limits of a reading."""
    cited = _(
        "Article 34, desk reading of %(company)s, version %(number)s, published %(day)s.",
        company=content.company,
        number=one.version,
        day=long_date(one.at),
    )
    caution = _(
        "Read by the Article 34 desk from published documents alone. A reading measures words on paper: a high score "
        "does not prove safety, and a low one does not prove harm."
    )
    invented = _("Demonstration: every company is invented.") if is_demonstration() else ""
    return f"{cited} CC BY 4.0. {invented}".rstrip(), caution


def _scores(edition: Edition, content: ReadingContent, kinds: list[KindFigures]) -> Picture:
    how = _(
        "Out of %(scale)s. The dot is the score. The line is the range from the lowest to the highest: with other "
        "documents that the text refers to counted as nothing or in full, and with the answers of either reader. A "
        "score below 15 is not shown in digits. Kinds of document are neither compared nor added up.",
        scale=number(edition.scale),
    )
    rows = [
        PictureRow(
            title=kind.title,
            below_title=ngettext("one point asked", "%(num)s points asked", kind.result.points),
            value=kind.score,
            below_value=kind.range,
            marks=kind.score_marks,
            height=1.9,
            note=kind.band,
        )
        for kind in kinds
    ]
    headline = str(score_headline(edition, content.kinds))
    topic = _("Code score, by kind of document")
    return Picture(topic=topic, finding=headline, how=how, axis=axis_numbers(edition.scale), rows=rows)


def _counts(_edition: Edition, _content: ReadingContent, kinds: list[KindFigures]) -> Picture:
    how = _(
        "“Referred” means that the text names another document that deals with the point. “Not in this text” does not "
        "mean that the company has no such rule."
    )
    rows = [
        PictureRow(
            title=kind.title,
            value=ngettext("one point", "%(num)s points", kind.result.points),
            marks=kind.count_marks,
            height=1.6,
            note=_(
                "said %(said)s, referred %(referred)s, not in this text %(silent)s",
                said=number(kind.result.said),
                referred=number(kind.result.referred),
                silent=number(kind.result.silent),
            ),
        )
        for kind in kinds
    ]
    finding = "; ".join(kind.silence for kind in kinds)
    return Picture(topic=_("Said, referred, silent"), finding=finding, how=how, rows=rows)


def _agreement(_edition: Edition, _content: ReadingContent, kinds: list[KindFigures]) -> Picture:
    how = _(
        "Two people read the documents independently. A third decided where they differed. The headline leaves out the "
        "points where both found nothing, because it is easy to agree on nothing."
    )
    rows = [
        PictureRow(
            title=kind.title,
            value=ngettext("one point", "%(num)s points", kind.result.points),
            marks=kind.agreement_marks,
            height=1.6,
            note=" ".join((f"{kind.agreement}.", *kind.agreed_more)),
        )
        for kind in kinds
    ]
    return Picture(topic=_("Two readers"), finding=kinds[0].agreement if kinds else "", how=how, rows=rows)


#: The charts of a page, by the ids of their headings.
_CHARTS: Mapping[str, Callable[[Edition, ReadingContent, list[KindFigures]], Picture]] = {
    CARD: _scores,
    "score": _scores,
    "counts": _counts,
    "agree": _agreement,
}
