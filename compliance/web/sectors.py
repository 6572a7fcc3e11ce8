"""Sectors: public figures of closed periods, each with its n, period, edition and date."""

from flask import Blueprint, abort, render_template, request

from compliance.benchmark.published import Group
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.ranking import named_sentences
from compliance.findings.sectors.page import Listing, overview, sector_findings
from compliance.languages.words import sector_title
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.law import BODIES, Body
from compliance.store import published_years
from compliance.web.access import public
from compliance.web.addresses import reads
from compliance.web.database import db
from compliance.web.kept_editions import kept_edition
from compliance.web.releases import asked_year, corrected_on, snapshot_of
from compliance.web.sector_figures import (
    band_rows,
    bases_row,
    cut_rows,
    law_rows,
    lens_heat,
    lens_rows,
    listed_rows,
    named_rows,
    sector_rows,
    share_block,
    taking,
    theme_rows,
)
from compliance.web.shapes import band_shapes

bp = Blueprint("sectors", __name__)

#: How many requirements and provisions a page lists; a link leads to all of them.
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
    found = overview(edition, snapshot)
    return render_template(
        "sectors/index.html",
        snapshot=snapshot,
        edition=edition,
        years=years,
        corrected=corrected_on(snapshot.period),
        found=found,
        rows=sector_rows(snapshot),
        together=taking(snapshot.together),
        takings=[taking(group) for group in snapshot.sectors],
        law=law_rows(edition, found.law),
        heat=lens_heat(snapshot, edition),
        bands=band_shapes(edition),
        by_band=[(sector_title(group.sector), group, band_rows(edition, group)) for group in snapshot.sectors],
    )


@bp.get("/sectors/<sector>")
@public
@reads("period", "law")
def sector(sector: str) -> str:
    """One sector in detail."""
    years = published_years(db())
    snapshot = snapshot_of(asked_year(years))
    group = _group(snapshot, sector)
    edition = kept_edition(snapshot.digest).edition
    found = sector_findings(edition, snapshot, group)
    body = _body()
    ranked, others = named_rows(edition, group, found.named)
    return render_template(
        "sectors/sector.html",
        snapshot=snapshot,
        edition=edition,
        group=group,
        years=years,
        corrected=corrected_on(snapshot.period),
        address=sector,
        title=sector_title(group.sector),
        found=found,
        body=body,
        law=listed_rows(edition, found.law[body], group.sector, MOST_LISTED),
        requirements=listed_rows(edition, found.requirements, group.sector, MOST_LISTED),
        takings=[taking(group), taking(snapshot.together)],
        overall=bases_row(group.figure(OVERALL), sector_title(group.sector)),
        gaps=lens_rows(group, "gap", edition.lenses.get("gap", ())),
        levels=lens_rows(group, "prevention", edition.lenses.get("prevention", ())),
        themes=theme_rows(edition, group),
        regions=cut_rows(group, "region"),
        sizes=cut_rows(group, "size"),
        bands=band_rows(edition, group),
        ranked=ranked,
        others=others,
        reading=named_sentences(group.league) if group.league and ranked else (),
    )


@bp.get("/sectors/<sector>/known/<which>")
@public
@reads("period")
def known(sector: str, which: str) -> str:
    """Every provision of a body of law, or every requirement, with what is known of each in a sector."""
    snapshot = snapshot_of(asked_year(published_years(db())))
    group = _group(snapshot, sector)
    edition = kept_edition(snapshot.digest).edition
    found = sector_findings(edition, snapshot, group)
    listings: dict[str, Listing] = {str(body): listing for body, listing in found.law.items()}
    listings["requirements"] = found.requirements
    if which not in listings or not group.shows_scores:
        abort(404)
    listing = listings[which]
    return render_template(
        "sectors/known.html",
        snapshot=snapshot,
        address=sector,
        title=sector_title(group.sector),
        which=which,
        listings=listings,
        listing=listing,
        blocks=listed_rows(edition, listing, group.sector),
        above=share_block(edition, listing, group.sector, listing.found.settled.half_or_more),
        rest=share_block(edition, listing, group.sector, listing.found.rest),
        group=group,
        corrected=corrected_on(snapshot.period),
    )


def _body() -> Body:
    """The body of law that the address asks for; children's law where it asks for none."""
    wanted = request.args.get("law", BODIES[0])
    found = next((body for body in BODIES if body == wanted), None)
    if found is None:
        abort(404)
    return found


def _group(snapshot: Snapshot, address: str) -> Group:
    try:
        return snapshot.sector(address)
    except KeyError:
        abort(404)
