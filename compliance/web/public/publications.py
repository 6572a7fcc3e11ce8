"""Publications: the sealed figures of each period, tables as CSV, and a Frictionless Data Package."""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from compliance.disclosure.data_package import LICENCE_ADDRESS, CorrectionNotice, PackageResource, data_package
from compliance.disclosure.figure_rows import FIGURES
from compliance.disclosure.figure_table import TABLE_COLUMNS, figure_table
from compliance.disclosure.published import ALL_SECTORS
from compliance.disclosure.snapshot import PublishedSnapshot, sealed_text
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import sector_label
from compliance.store import corrections, published, published_years
from compliance.store.audit_trail import last_entry_about
from compliance.store.signed_heads import kept_signed_head
from compliance.web.access_control import public
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest, edition_with_labels
from compliance.web.kept_pages import same_for_everybody
from compliance.web.releases import published_year, release_file_name, requested_year, snapshot_of
from compliance.web.responses import csv_text, download
from compliance.web.urls import reads_query

bp = Blueprint("publications", __name__)

_FILES = "article34_publication_files"


@bp.get("/publications")
@same_for_everybody
def index() -> str:
    """All publications, latest first, with corrections."""
    snapshots = [snapshot_of(year) for year in published_years(db())]
    return render_template("publications/index.html", snapshots=snapshots, corrections=corrections(db()))


@bp.get("/publications/<int(fixed_digits=4):year>")
@same_for_everybody
def publication(year: int) -> str:
    """One publication: its seal and how to check it, its files and corrections."""
    snapshot = _published(year)
    edition = edition_with_labels(snapshot.digest)
    entry = last_entry_about(db(), f"snapshot/{year}")
    return render_template(
        "publications/publication.html",
        snapshot=snapshot,
        sealed_name=release_file_name(snapshot, "figures", "json"),
        sectors=[(group.sector, sector_label(edition, group.sector)) for group in snapshot.sectors],
        corrections=corrections(db(), year),
        entry=entry,
        signed=kept_signed_head(db(), entry[0]) if entry else None,
    )


@bp.get("/publications/columns")
@same_for_everybody
def columns() -> str:
    """The meaning of each column of the tables, and of each figure."""
    figures = {figure: kind.title for figure, kind in FIGURES.items()}
    return render_template("publications/columns.html", columns=TABLE_COLUMNS, figures=figures)


@bp.get("/publications/<int(fixed_digits=4):year>/figures.json")
@same_for_everybody
def sealed(year: int) -> Response:
    """The sealed figures: the SHA-256 of this file is the seal."""
    snapshot = _published(year)
    content = sealed_text(published(db(), year).content)
    return _file(snapshot, release_file_name(snapshot, "figures", "json"), content.encode(), "application/json")


@bp.get("/publications/<int(fixed_digits=4):year>/figures.csv")
@same_for_everybody
def table(year: int) -> Response:
    """All figures of a publication, as CSV."""
    snapshot = _published(year)
    return _file(snapshot, release_file_name(snapshot, "figures", "csv"), _table(snapshot), "text/csv")


@bp.get("/publications/<int(fixed_digits=4):year>/all-sectors.csv")
@same_for_everybody
def together_table(year: int) -> Response:
    """All figures of all sectors together, with the groups by need and by size, as CSV."""
    snapshot = _published(year)
    return _file(snapshot, release_file_name(snapshot, "all-sectors", "csv"), _table(snapshot, ALL_SECTORS), "text/csv")


@bp.get("/publications/<int(fixed_digits=4):year>/sectors/<sector>.csv")
@same_for_everybody
def sector_table(year: int, sector: str) -> Response:
    """All figures of one sector, as CSV."""
    snapshot = _published(year)
    if sector not in {group.sector for group in snapshot.sectors}:
        abort(404)
    return _file(snapshot, release_file_name(snapshot, sector, "csv"), _table(snapshot, sector), "text/csv")


@bp.get("/publications/<int(fixed_digits=4):year>/datapackage.json")
@same_for_everybody
def package(year: int) -> Response:
    """The files of a publication described as a Frictionless Data Package."""
    snapshot = _published(year)
    said = data_package(
        snapshot,
        _files(snapshot),
        scale=edition_by_digest(snapshot.digest).edition.scale,
        address=url_for("publications.publication", year=year, _external=True),
        edition_address=url_for("method.edition_file", digest=snapshot.digest, _external=True),
        corrections=[CorrectionNotice(c.at.date(), c.what, c.why) for c in corrections(db(), year)],
    )
    content = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return _file(snapshot, "datapackage.json", content, "application/json")


@bp.get("/sectors.csv")
@public
@reads_query("period")
def latest_table() -> AnyResponse:
    """Redirect from the former address of the table of a period."""
    return redirect(url_for("publications.table", year=requested_year(published_years(db()))), 301)


@bp.get("/sectors/<sector>.csv")
@public
@reads_query("period")
def latest_sector_table(sector: str) -> AnyResponse:
    """Redirect from the former address of the table of a sector."""
    year = requested_year(published_years(db()))
    return redirect(url_for("publications.sector_table", year=year, sector=sector), 301)


def _published(year: int) -> PublishedSnapshot:
    return snapshot_of(published_year(str(year), published_years(db())))


def _table(snapshot: PublishedSnapshot, sector: str | None = None) -> bytes:
    edition = edition_by_digest(snapshot.digest).edition
    return csv_text([column.name for column in TABLE_COLUMNS], figure_table(snapshot, edition, sector)).encode()


def _files(snapshot: PublishedSnapshot) -> tuple[PackageResource, ...]:
    """Return the files of a publication, described in the current language. They never change, so this is cached."""
    known: dict[tuple[str, str], tuple[PackageResource, ...]] = current_app.extensions.setdefault(_FILES, {})
    key = (snapshot.seal, current_language())
    if key not in known:
        known[key] = tuple(_each_file(snapshot))
    return known[key]


def _each_file(snapshot: PublishedSnapshot) -> Iterator[PackageResource]:
    year, edition = snapshot.period, edition_by_digest(snapshot.digest).edition
    yield PackageResource.of("figures", "figures.csv", _("Every figure, %(period)s", period=year), _table(snapshot))
    title = _("All sectors together, %(period)s", period=year)
    yield PackageResource.of("all-sectors", "all-sectors.csv", title, _table(snapshot, ALL_SECTORS))
    for group in snapshot.sectors:
        title = f"{sector_label(edition, group.sector)}, {year}"
        yield PackageResource.of(group.sector, f"sectors/{group.sector}.csv", title, _table(snapshot, group.sector))
    content = sealed_text(published(db(), year).content).encode()
    yield PackageResource.of(
        "sealed", "figures.json", _("The sealed figures, %(period)s", period=year), content, is_table=False
    )


def _file(snapshot: PublishedSnapshot, name: str, content: bytes, kind: str) -> Response:
    """Return a file of a publication, with links to its licence and its description."""
    response = download(name, content, kind)
    described = url_for("publications.package", year=snapshot.period)
    response.headers["Link"] = f'<{LICENCE_ADDRESS}>; rel="license", <{described}>; rel="describedby"'
    return response
