"""Quotations of published readings, side by side: of the companies of a sector, and of two versions of a company."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, url_for

from compliance.disclosure.published_reading import ReadingContent
from compliance.documents.versions import wording_by_subject
from compliance.languages.formats import sort_key
from compliance.languages.labels import sector_label
from compliance.narrative.reading_wording import kind_title
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.edition import Edition
from compliance.store.published_readings import PublishedVersion, latest_versions, versions_of
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest, newest_edition
from compliance.web.forms import choice_or_404
from compliance.web.kept_pages import same_for_everybody
from compliance.web.presenters.desk_readings import quotations_by_requirement, requirements_asked
from compliance.web.presenters.document_pages import QuotedText, WordingLine, wording_lines, wording_of_companies
from compliance.web.releases import published_contents
from compliance.web.urls import reads_query

bp = Blueprint("reading_wording", __name__)

#: Number of companies per page.
MOST_COMPANIES = 25


@dataclass(frozen=True, slots=True)
class KindWording:
    """The wording of two versions in documents of one kind."""

    title: str
    lines: list[WordingLine]
    silent: list[str]  # titles of requirements on which neither version has words


@bp.get("/companies/wording/<sector>")
@same_for_everybody
@reads_query("kind", "requirement", "page")
def companies(sector: str) -> str:
    """The wording of one kind of document on one requirement, by company, in a sector; 404 for one without readings."""
    here = [each for each in latest_versions(db()) if (each.sector or UNSTATED_SECTOR) == sector]
    if not here:
        abort(404)
    asked = _latest_edition(here)
    same = [one for one in here if one.edition_digest == asked.digest]
    contents = published_contents(same)
    read = [(one, contents[one.reading_id]) for one in same]
    kinds = list(dict.fromkeys(result.kind for _one, content in read for result in content.kinds))
    kind = choice_or_404("kind", kinds, kinds[0] if kinds else "")
    titles = requirements_asked(asked, (content for _one, content in read), kind)
    requirement = choice_or_404("requirement", titles, next(iter(titles), ""))
    rows = {row.id: row for row in wording_of_companies(list(_quoted(asked, read, kind)), titles)}
    row = rows.get(requirement)
    total = -(-len(row.companies) // MOST_COMPANIES) if row else 0
    page = choice_or_404("page", range(1, total + 1), 1)
    where: dict[str, Any] = {"sector": sector, "kind": kind, "requirement": requirement}
    return render_template(
        "company_readings/sector_wording.html",
        sector=sector,
        title=sector_label(newest_edition().edition, sector),
        edition=asked,
        kinds=[(each, kind_title(asked, each)) for each in kinds],
        kind=kind,
        rows=list(rows.values()),
        row=row.of_page(page, MOST_COMPANIES) if row else None,
        left_out=[one.company for one in here if one.edition_digest != asked.digest],
        pages={
            "current": page,
            "total": total,
            "previous_url": url_for("reading_wording.companies", **where, page=page - 1) if page > 1 else None,
            "next_url": url_for("reading_wording.companies", **where, page=page + 1) if page < total else None,
        },
    )


@bp.get("/companies/<slug>/<int:version>/wording")
@same_for_everybody
def between_versions(slug: str, version: int) -> str:
    """The wording of a version next to that of the version before, by requirement; 404 for the first version."""
    versions = versions_of(db(), slug)
    one = next((each for each in versions if each.version == version), None)
    before = next((each for each in versions if each.version < version), None)
    if one is None or before is None:
        abort(404)
    contents = published_contents([one, before])
    content, older = contents[one.reading_id], contents[before.reading_id]
    edition, older_edition = (edition_by_digest(each.edition_digest).edition for each in (one, before))
    found = []
    for result in content.kinds:
        titles = requirements_asked(edition, [content], result.kind)
        rows = wording_by_subject(
            list(titles),
            quotations_by_requirement(older_edition, older, result.kind),
            quotations_by_requirement(edition, content, result.kind),
        )
        lines = [line for line in wording_lines(rows, titles) if line.state != "silent"]
        silent = [titles[row.subject] for row in rows if row.state == "silent"]
        found.append(KindWording(kind_title(edition, result.kind), lines, silent))
    return render_template(
        "company_readings/version_wording.html",
        content=content,
        edition=edition,
        one=one,
        before=before,
        kinds=found,
        other_edition=one.edition_digest != before.edition_digest,
    )


def _latest_edition(versions: Iterable[PublishedVersion]) -> Edition:
    """Return the edition of the latest of these readings, as requirements of other editions cannot be compared."""
    latest = max(versions, key=lambda one: (one.at, one.reading_id))
    return edition_by_digest(latest.edition_digest).edition


def _quoted(
    edition: Edition, read: Iterable[tuple[PublishedVersion, ReadingContent]], kind: str
) -> Iterable[QuotedText]:
    """Yield the quotations from documents of one kind, by name of the company."""
    for one, content in sorted(read, key=lambda each: (sort_key(each[1].company), each[1].slug)):
        if any(result.kind == kind for result in content.kinds):
            asked = requirements_asked(edition, [content], kind)
            words = quotations_by_requirement(edition, content, kind)
            said: Mapping[str, list[str]] = {requirement: words.get(requirement, []) for requirement in asked}
            url = url_for("company_readings.points", slug=one.slug, version=one.version, kind=kind)
            yield QuotedText(content.company, url, said)
