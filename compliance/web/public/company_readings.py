"""Desk readings of companies, by name, as they are based only on published texts. The order is alphabetical.

Desk readings do not enter figures of sectors. A page never shows a company's own claimed score, but links to the
sector page that names the company, if it consented.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from compliance.disclosure.published_reading import POINT_STATES, ReadingContent
from compliance.languages.formats import sort_key
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import sector_label
from compliance.narrative.reading_wording import (
    heard_sentences,
    kind_title,
    minutes_sentence,
    score_headline,
    version_sentence,
)
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.edition import PEER_GROUP_FIELD, Edition
from compliance.store.published_readings import (
    PublishedVersion,
    latest_versions,
    reading_corrections,
    versions_of,
)
from compliance.web.access_control import public
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest, newest_edition
from compliance.web.forms import choice_or_404
from compliance.web.kept_pages import same_for_everybody
from compliance.web.presenters.desk_readings import kind_views, requirement_points
from compliance.web.presenters.status_sentences import point_state_words
from compliance.web.releases import latest_snapshot, published_contents, sector_named_in
from compliance.web.responses import csv_response, csv_text
from compliance.web.urls import reads_query

bp = Blueprint("company_readings", __name__)

COMPANIES_PER_PAGE = 100
#: Number of requirements on the page of a company; a link leads to all of them.
MOST_LISTED = 4
_COLUMNS = (
    *(
        "company",
        "version",
        "published",
        "document_kind",
        "requirement",
        "question",
        "asked",
        "state",
        "answer",
        "counts",
    ),
    *("quotation", "document", "page", "address", "sha256", "referred_to", "searched", "decided_by_third", "reply"),
)


@dataclass(frozen=True, slots=True)
class ListedReading:
    """A company in the list."""

    content: ReadingContent
    version: PublishedVersion
    kinds: tuple[str, ...]  # titles
    sector: str  # its title


@bp.get("/companies")
@same_for_everybody
@reads_query("sector", "page")
def index() -> str:
    """The companies with a desk reading, by name, a page at a time; of one sector, if the query names one."""
    edition, every = newest_edition().edition, latest_versions(db())
    sectors = {each: sector_label(edition, each) for each in {one.sector or UNSTATED_SECTOR for one in every}}
    known = edition.profile[PEER_GROUP_FIELD].values if PEER_GROUP_FIELD in edition.profile else ()
    chosen = choice_or_404("sector", {*known, *sectors}, "")
    versions = [one for one in every if chosen in ("", one.sector or UNSTATED_SECTOR)]
    versions.sort(key=lambda one: (sort_key(one.company), one.slug))
    total = max(1, -(-len(versions) // COMPANIES_PER_PAGE))
    page = choice_or_404("page", range(1, total + 1), 1)
    shown = versions[(page - 1) * COMPANIES_PER_PAGE : page * COMPANIES_PER_PAGE]
    contents = published_contents(shown)
    where: dict[str, Any] = {"sector": chosen or None}
    return render_template(
        "company_readings/index.html",
        listed=[_listed(edition, one, contents[one.reading_id]) for one in shown],
        sectors=sorted(sectors.items(), key=lambda each: sort_key(each[1])),
        chosen=chosen,
        chosen_title=sector_label(edition, chosen) if chosen else "",
        pages={
            "current": page,
            "total": total,
            "previous_url": url_for("company_readings.index", **where, page=page - 1) if page > 1 else None,
            "next_url": url_for("company_readings.index", **where, page=page + 1) if page < total else None,
        },
    )


@bp.get("/companies/<slug>")
@public
def latest(slug: str) -> AnyResponse:
    """Redirect to the latest version of a company's reading."""
    versions = versions_of(db(), slug)
    return redirect(_address(versions[0])) if versions else abort(404)


@bp.get("/companies/<slug>/<int:version>")
@same_for_everybody
def company(slug: str, version: int) -> str:
    """One version: scores by kind of document, what the texts state and what not, the reply, and the procedure."""
    versions, one = _version(slug, version)
    older = next((each for each in versions if each.version < version), None)
    contents = published_contents([one, older] if older else [one])
    content, edition = contents[one.reading_id], edition_by_digest(one.edition_digest).edition
    kinds = kind_views(edition, content)
    first = requirement_points(edition, content, content.points_of(content.kinds[0].kind) if content.kinds else ())
    return render_template(
        "company_readings/company.html",
        content=content,
        edition=edition,
        one=one,
        versions=versions,
        older=older,
        corrections=reading_corrections(db(), [each.reading_id for each in versions]),
        kinds=kinds,
        headline=score_headline(edition, content.kinds),
        requirements=first[:MOST_LISTED],
        sector=sector_label(edition, content.sector) if content.sector else "",
        heard=heard_sentences(content),
        minutes=minutes_sentence(content),
        compared=list(_compared(edition, content, contents.get(older.reading_id) if older else None)),
        named_in=sector_named_in(one, latest_snapshot()),
        kind_title=kind_title,
        address=url_for("company_readings.company", slug=slug, version=version, _external=True),
    )


@bp.get("/companies/<slug>/<int:version>/<kind>")
@same_for_everybody
@reads_query("show")
def points(slug: str, version: int, kind: str) -> str:
    """All points of one kind of document, or those in one state."""
    _versions, one = _version(slug, version)
    content, edition = published_contents([one])[one.reading_id], edition_by_digest(one.edition_digest).edition
    view = next((each for each in kind_views(edition, content) if each.result.kind == kind), None)
    if view is None:
        abort(404)
    show = choice_or_404("show", POINT_STATES, None)
    found = [point for point in content.points_of(kind) if show is None or point.state == show]
    return render_template(
        "company_readings/points.html",
        content=content,
        edition=edition,
        view=view,
        show=show,
        states=POINT_STATES,
        requirements=requirement_points(edition, content, found),
    )


@bp.get("/companies/<slug>/<int:version>/findings.csv")
@same_for_everybody
def findings(slug: str, version: int) -> Response:
    """All points of a version as a CSV file."""
    _versions, one = _version(slug, version)
    content, edition = published_contents([one])[one.reading_id], edition_by_digest(one.edition_digest).edition
    name = f"article34-{slug}-{version}.csv"
    return csv_response(name, csv_text(_COLUMNS, _rows(edition, content)))


def _rows(edition: Edition, content: ReadingContent) -> Iterator[tuple[str, ...]]:
    head = (content.company, str(content.version), content.published.isoformat() if content.published else "")
    for kind in content.kinds:
        for requirement in requirement_points(edition, content, content.points_of(kind.kind)):
            for view in requirement.points:
                point, quoted = view.point, view.quotations
                yield (
                    *head,
                    *(kind_title(edition, kind.kind), requirement.title, point.question, view.ask),
                    *(point_state_words(point.state), "; ".join(view.says), "yes" if point.counts else "no"),
                    *(_lines(each.words for each in quoted), _lines(each.document.title for each in quoted)),
                    _lines(each.page for each in point.quotations),
                    *(_lines(each.document.url for each in quoted), _lines(each.document.digest for each in quoted)),
                    *("; ".join(point.elsewhere), "; ".join(point.searched), "yes" if point.differed else "no"),
                    view.reply.words if view.reply else "",
                )


def _lines(texts: Iterable[str]) -> str:
    """Return the contents of a cell about several quotations: a line for each, in the same order in every cell."""
    lines = [" ".join(text.split()) for text in texts]
    return "\n".join(lines) if any(lines) else ""


def _compared(edition: Edition, content: ReadingContent, older: ReadingContent | None) -> Iterator[str]:
    """Yield a sentence comparing each kind with the version before, if both were read with the same edition."""
    if older is None:
        return
    if older.edition_digest != content.edition_digest:
        yield _("Version %(version)s was read with another edition: scores are not compared.", version=older.version)
        return
    before = {result.kind: result for result in older.kinds}
    for result in content.kinds:
        if result.kind in before:
            yield version_sentence(edition, result, before[result.kind], older.version)


def _version(slug: str, version: int) -> tuple[tuple[PublishedVersion, ...], PublishedVersion]:
    """Return all versions of a company, and the requested one; 404 if there is no such version."""
    versions = versions_of(db(), slug)
    found = [each for each in versions if each.version == version]
    return (versions, found[0]) if found else abort(404)


def _listed(edition: Edition, one: PublishedVersion, content: ReadingContent) -> ListedReading:
    known = edition_by_digest(one.edition_digest).edition
    return ListedReading(
        content,
        one,
        tuple(kind_title(known, result.kind) for result in content.kinds),
        sector_label(edition, content.sector or UNSTATED_SECTOR),
    )


def _address(one: PublishedVersion) -> str:
    return url_for("company_readings.company", slug=one.slug, version=one.version)
