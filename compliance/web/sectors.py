"""Sectors: public figures of closed periods, each with its n, period, edition and date."""

from flask import Blueprint, abort, render_template

from compliance.benchmark.published import Group
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.ranking import named_sentences
from compliance.languages.words import sector_title
from compliance.questionnaire.edition import OVERALL
from compliance.store import published_years
from compliance.web.access import public
from compliance.web.addresses import reads
from compliance.web.database import db
from compliance.web.kept_editions import kept_edition
from compliance.web.releases import asked_year, corrected_on, snapshot_of
from compliance.web.sector_figures import (
    columns,
    cut_spreads,
    lens_heat,
    lens_spreads,
    named_rows,
    overall_spreads,
    provision_shares,
    requirement_shares,
    standings,
    stated,
    taking,
    theme_spreads,
)
from compliance.web.sector_headlines import (
    Found,
    glance_headline,
    leading_sector,
    participation_headline,
    sector_headlines,
    together_lead,
    waiting_note,
    widest_across,
)
from compliance.web.shapes import band_shapes

bp = Blueprint("sectors", __name__)

#: How many requirements and provisions a page lists.
MOST_LISTED = 8


@bp.get("/sectors")
@public
@reads("period")
def index() -> str:
    """How sectors stand in one closed period."""
    years = published_years(db())
    if not years:
        return render_template("sectors/none.html")
    snapshot = snapshot_of(asked_year(years))
    edition = kept_edition(snapshot.digest).edition
    return render_template(
        "sectors/index.html",
        snapshot=snapshot,
        edition=edition,
        years=years,
        corrected=corrected_on(snapshot.period),
        lead=together_lead(snapshot),
        headline=glance_headline(snapshot, edition.scale),
        participation=participation_headline(snapshot.together.participation),
        standings=standings(snapshot, accent=leading_sector(snapshot)),
        together=taking(snapshot.together),
        takings=[taking(group) for group in snapshot.sectors],
        heat=lens_heat(snapshot, edition),
        heat_headline=widest_across(
            [lens_spreads(group, "gap", edition.lenses.get("gap", ())) for group in snapshot.sectors], edition.scale
        ),
        bands=band_shapes(edition),
        rows=[
            (standing, columns(edition, group))
            for standing, group in zip(standings(snapshot), snapshot.sectors, strict=True)
        ],
        waiting=waiting_note(snapshot.together),
    )


@bp.get("/sectors/<sector>")
@public
@reads("period")
def sector(sector: str) -> str:
    """One sector in detail."""
    snapshot = snapshot_of(asked_year(published_years(db())))
    group = _group(snapshot, sector)
    edition = kept_edition(snapshot.digest).edition
    found = Found(
        columns(edition, group),
        lens_spreads(group, "gap", edition.lenses.get("gap", ())),
        lens_spreads(group, "prevention", edition.lenses.get("prevention", ())),
        theme_spreads(edition, group),
        requirement_shares(edition, group, MOST_LISTED),
        provision_shares(edition, group, MOST_LISTED),
        cut_spreads(group, "region"),
        cut_spreads(group, "size"),
    )
    return render_template(
        "sectors/sector.html",
        snapshot=snapshot,
        edition=edition,
        group=group,
        years=published_years(db()),
        corrected=corrected_on(snapshot.period),
        address=sector,
        title=sector_title(group.sector),
        heads=sector_headlines(edition, group, found),
        found=found,
        takings=[taking(group), taking(snapshot.together)],
        median=stated(group.figure(OVERALL).claimed.median),
        overall=overall_spreads(group),
        named=named_rows(edition, group),
        ranked=named_sentences(group.league) if group.league else (),
    )


def _group(snapshot: Snapshot, address: str) -> Group:
    try:
        return snapshot.sector(address)
    except KeyError:
        abort(404)
