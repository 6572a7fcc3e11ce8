"""Sector pages: published figures of a closed period, each with its n, period, edition and date.

Next to the name of a company that consented to be named is its sign-off, which may be later than the closing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, abort, current_app, render_template, url_for

from compliance.disclosure.data_package import JsonObject, dataset_for_search
from compliance.disclosure.published import ALL_SECTORS, SectorFigures
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import sector_label
from compliance.narrative.peer_comparison import named_ranking_sentences
from compliance.narrative.requirement_heat import level_words, proven_level, requirement_heat
from compliance.narrative.sector_findings import ShareListing, overview_findings, sector_findings, sector_law_gaps
from compliance.narrative.sector_shares import most_often_missing
from compliance.narrative.sentence import SectorSentence
from compliance.publication import UNSTATED_SECTOR, sign_offs_beside_names, withdrawn_beside_names
from compliance.questionnaire.conditions_and_law import LAW_BODIES
from compliance.questionnaire.edition import GAP_LENS, OVERALL, PREVENTION_LENS
from compliance.store import period, published_years
from compliance.store.reopenings import named_corrections
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest
from compliance.web.forms import choice_or_404
from compliance.web.kept_pages import same_for_everybody
from compliance.web.presenters.invitation_rows import list_views
from compliance.web.presenters.scores import band_views
from compliance.web.presenters.sector_charts import (
    MOST_LISTED,
    NamedRow,
    band_rows,
    bases_row,
    law_rows,
    lens_heatmap,
    lens_median_rows,
    listed_rows,
    named_rows,
    participation_row,
    sector_rows,
    share_block,
    subgroup_rows,
    theme_median_rows,
)
from compliance.web.presenters.sector_comparison import change_table
from compliance.web.presenters.sign_offs import PublicSignOffView, public_sign_off_view
from compliance.web.releases import corrected_on, requested_year, snapshot_of
from compliance.web.urls import public_url, reads_query

bp = Blueprint("sectors", __name__)


@bp.get("/sectors")
@same_for_everybody
@reads_query("period")
def index() -> str:
    """All sectors in one closed period."""
    years = published_years(db())
    if not years:
        return render_template("sectors/none.html")
    snapshot = snapshot_of(requested_year(years))
    edition = edition_by_digest(snapshot.digest).edition
    found = overview_findings(edition, snapshot)
    return render_template(
        "sectors/index.html",
        snapshot=snapshot,
        edition=edition,
        years=years,
        dataset=_dataset(snapshot, ALL_SECTORS, _("Sectors %(period)s", period=snapshot.period), found.participation),
        corrected=corrected_on(snapshot.period),
        found=found,
        rows=sector_rows(edition, snapshot),
        together=participation_row(edition, snapshot.together),
        takings=[participation_row(edition, group) for group in snapshot.sectors],
        lists=list_views(found.lists),
        law=law_rows(edition, found.law),
        heat=lens_heatmap(snapshot, edition),
        bands=band_views(edition),
        by_band=[(sector_label(edition, group.sector), group, band_rows(edition, group)) for group in snapshot.sectors],
    )


@bp.get("/sectors/requirements")
@same_for_everybody
@reads_query("period")
def requirements() -> str:
    """Every requirement in every sector of one closed period."""
    years = published_years(db())
    if not years:
        return render_template("sectors/none.html")
    snapshot = snapshot_of(requested_year(years))
    edition = edition_by_digest(snapshot.digest).edition
    heat = requirement_heat(edition, snapshot)
    if heat is None:
        abort(404)
    return render_template(
        "sectors/requirements.html",
        snapshot=snapshot,
        edition=edition,
        years=years,
        corrected=corrected_on(snapshot.period),
        heat=heat,
        columns=[(id_, sector_label(edition, id_), n) for id_, n in zip(heat.sectors, heat.companies, strict=True)],
        too_few=[sector_label(edition, id_) for id_ in heat.too_few],
        level_of=proven_level,
        level_words=level_words,
    )


@bp.get("/sectors/<sector>")
@same_for_everybody
@reads_query("period", "law")
def sector(sector: str) -> str:
    """One sector in detail."""
    years = published_years(db())
    snapshot = snapshot_of(requested_year(years))
    group = _group(snapshot, sector)
    edition = edition_by_digest(snapshot.digest).edition
    found, title = sector_findings(edition, snapshot, group), sector_label(edition, group.sector)
    body = choice_or_404("law", LAW_BODIES, LAW_BODIES[0])
    ranked, others = named_rows(edition, group, found.named)
    corrected = _corrected_names(snapshot.period, group.sector, [*ranked, *others])
    withdrawn = withdrawn_beside_names(db(), snapshot, group.sector) if ranked or others else {}
    ranked, others = (
        [replace(row, corrected=corrected.get(row.title), withdrawn=withdrawn.get(row.title)) for row in rows]
        for rows in (ranked, others)
    )
    return render_template(
        "sectors/sector.html",
        snapshot=snapshot,
        edition=edition,
        group=group,
        years=years,
        corrected=corrected_on(snapshot.period),
        address=sector,
        title=title,
        dataset=_dataset(snapshot, sector, f"{title}, {snapshot.period}", found.participation),
        found=found,
        body=body,
        law=listed_rows(edition, found.law[body], group.sector, MOST_LISTED),
        requirements=listed_rows(edition, found.requirements, group.sector, MOST_LISTED),
        takings=[participation_row(edition, group), participation_row(edition, snapshot.together)],
        lists=list_views(found.lists),
        overall=bases_row(group.figure(OVERALL), sector_label(edition, group.sector)),
        gaps=lens_median_rows(edition, group, GAP_LENS),
        levels=lens_median_rows(edition, group, PREVENTION_LENS),
        themes=theme_median_rows(edition, group),
        regions=subgroup_rows(edition, group, "region"),
        sizes=subgroup_rows(edition, group, "size"),
        bands=band_rows(edition, group),
        change=change_table(group.change, snapshot.period) if group.change else None,
        ranked=ranked,
        others=others,
        signed=_sign_offs(snapshot, group),
        reading=named_ranking_sentences(group.ranking) if group.ranking and ranked else (),
    )


@bp.get("/sectors/<sector>/brief")
@same_for_everybody
@reads_query("period")
def brief(sector: str) -> str:
    """One sector on a single printed page."""
    snapshot = snapshot_of(requested_year(published_years(db())))
    group = _group(snapshot, sector)
    edition = edition_by_digest(snapshot.digest).edition
    if not group.shows_scores:
        abort(404)
    found = sector_findings(edition, snapshot, group)
    missing = most_often_missing(group.sector, found.requirements.found)
    title = sector_label(edition, group.sector)
    return render_template(
        "sectors/brief.html",
        snapshot=snapshot,
        edition=edition,
        group=group,
        corrected=corrected_on(snapshot.period),
        address=sector,
        title=title,
        found=found,
        overall=bases_row(group.figure(OVERALL), title),
        missing=missing,
        requirements=share_block(edition, found.requirements, group.sector, missing.rows if missing else ()),
        law=sector_law_gaps(edition, group),
    )


@bp.get("/sectors/<sector>/known/<which>")
@same_for_everybody
@reads_query("period")
def known(sector: str, which: str) -> str:
    """All provisions of a body of law, or all requirements, with what the figures of a sector prove about each."""
    snapshot = snapshot_of(requested_year(published_years(db())))
    group = _group(snapshot, sector)
    edition = edition_by_digest(snapshot.digest).edition
    found = sector_findings(edition, snapshot, group)
    listings: dict[str, ShareListing] = {str(body): listing for body, listing in found.law.items()}
    listings["requirements"] = found.requirements
    if which not in listings or not group.shows_scores:
        abort(404)
    listing = listings[which]
    return render_template(
        "sectors/known.html",
        snapshot=snapshot,
        address=sector,
        title=sector_label(edition, group.sector),
        which=which,
        listings=listings,
        listing=listing,
        blocks=listed_rows(edition, listing, group.sector),
        above=share_block(edition, listing, group.sector, listing.found.settled.half_or_more),
        rest=share_block(edition, listing, group.sector, listing.found.rest),
        group=group,
        corrected=corrected_on(snapshot.period),
    )


def _dataset(snapshot: PublishedSnapshot, sector: str, name: str, finding: SectorSentence | None) -> JsonObject | None:
    """Return the description of a page's figures for search engines; None if the installation has no address."""
    if not current_app.config["ADDRESS"]:
        return None
    year = snapshot.period
    if sector == ALL_SECTORS:
        page, table = url_for("sectors.index", period=year), url_for("publications.table", year=year)
    else:
        page = url_for("sectors.sector", sector=sector, period=year)
        table = url_for("publications.sector_table", year=year, sector=sector)
    files = {
        "text/csv": table,
        "application/json": url_for("publications.sealed", year=year),
        "application/vnd.datapackage+json": url_for("publications.package", year=year),
    }
    measured = _("Article 34: codes of conduct measured against children’s law, %(period)s", period=year)
    said = [
        measured,
        str(finding or ""),
        _("Demonstration: every company is invented.") if snapshot.demonstration else "",
    ]
    return dataset_for_search(
        snapshot,
        name=name,
        description=" ".join(f"{words.rstrip('.')}." for words in said if words),
        address=public_url(page),
        publisher={
            "@type": "Organization",
            "name": _("Article 34"),
            "url": public_url(url_for("about.home")),
        },
        files={kind: public_url(path) for kind, path in files.items()},
    )


def _sign_offs(snapshot: PublishedSnapshot, group: SectorFigures) -> dict[str, PublicSignOffView]:
    """Return the sign-offs of named companies, by name. Sign-offs may be later than the figures."""
    if not group.named:
        return {}
    signed = sign_offs_beside_names(db(), snapshot, group.sector)
    closed_at = period(db(), snapshot.period).closed_at if signed else None
    return {name: public_sign_off_view(one, closed_at) for name, one in signed.items()}


def _corrected_names(year: int, sector: str, rows: Sequence[NamedRow]) -> Mapping[str, datetime]:
    """Return when named companies corrected their submissions, by name, without names that two of them share."""
    if not rows:
        return {}
    found = [one for one in named_corrections(db(), year) if (one.sector or UNSTATED_SECTOR) == sector]
    titles = [row.title for row in rows]
    return {one.organisation: one.at for one in found if titles.count(one.organisation) == 1}


def _group(snapshot: PublishedSnapshot, address: str) -> SectorFigures:
    try:
        return snapshot.sector(address)
    except KeyError:
        abort(404)
