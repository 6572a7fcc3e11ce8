"""Sectors: public figures of closed periods, each with its n, period, edition and date, and as CSV."""

from flask import Blueprint, Response, abort, render_template, request, url_for

from compliance.benchmark.published import Group
from compliance.benchmark.rows import FigureRow, snapshot_rows
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.ranking import named_sentences
from compliance.languages.words import sector_title
from compliance.questionnaire.edition import OVERALL
from compliance.store import published_years
from compliance.web.access import public
from compliance.web.csv_file import csv_response, csv_text
from compliance.web.database import db
from compliance.web.kept_editions import kept_edition
from compliance.web.releases import snapshot_of
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
def index() -> str:
    """How sectors stand in one closed period."""
    years = published_years(db())
    if not years:
        return render_template("sectors/none.html")
    snapshot = _chosen(years)
    edition = kept_edition(snapshot.digest).edition
    return render_template(
        "sectors/index.html",
        snapshot=snapshot,
        edition=edition,
        years=years,
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
def sector(sector: str) -> str:
    """One sector in detail."""
    snapshot = _chosen(published_years(db()))
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


@bp.get("/sectors.csv")
@public
def all_as_csv() -> Response:
    """Every public figure of a period."""
    snapshot = _chosen(published_years(db()))
    return _csv(snapshot, f"article34-sectors-{snapshot.period}.csv", None)


@bp.get("/sectors/<sector>.csv")
@public
def sector_as_csv(sector: str) -> Response:
    """Every public figure of one sector."""
    snapshot = _chosen(published_years(db()))
    group = _group(snapshot, sector)
    return _csv(snapshot, f"article34-{sector}-{snapshot.period}.csv", group.sector)


def _chosen(years: tuple[int, ...]) -> Snapshot:
    """The period that the address asks for, or the latest."""
    wanted = request.args.get("period", "")
    if not years or (wanted and wanted not in map(str, years)):
        abort(404)
    return snapshot_of(int(wanted) if wanted else years[0])


def _group(snapshot: Snapshot, address: str) -> Group:
    try:
        return snapshot.sector(address)
    except KeyError:
        abort(404)


def _csv(snapshot: Snapshot, name: str, sector: str | None) -> Response:
    address = url_for("sectors.index", period=snapshot.period, _external=True)
    remark = f"{snapshot.citation}. {address}"
    if snapshot.demonstration:
        remark = f"Demonstration: every company is invented. {remark}"
    return csv_response(name, csv_text(FigureRow._fields, snapshot_rows(snapshot, sector), remark=remark))
