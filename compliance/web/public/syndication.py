"""For machines: a feed of publications, a site map, and rules for robots.

A feed and a site map need absolute addresses, so there are none if the installation has no address.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import corrections, periods, published_years
from compliance.store.published_readings import (
    corrected_versions,
    latest_versions,
    reading_corrections,
    recent_versions,
)
from compliance.web.access_control import public
from compliance.web.database import db
from compliance.web.edition_registry import newest_edition
from compliance.web.kept_pages import same_for_everybody
from compliance.web.releases import published_contents, snapshot_of
from compliance.web.urls import localised_url_for, public_url, public_urls

bp = Blueprint("syndication", __name__)

#: Number of entries in the feed, the latest ones.
MOST_ENTRIES = 50
#: Public pages without parameters.
_SINGLE_PAGES = (
    *("about.home", "sectors.index", "company_readings.index", "method.index", "method.law", "method.countries"),
    *("publications.index", "publications.columns", "about.glossary", "about.privacy", "about.accessibility"),
    "about.contact",
)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Something that was published or corrected."""

    id: str  # a permanent address, unique among entries
    link: str
    title: str
    summary: str
    at: datetime


@bp.get("/feed.atom")
@same_for_everybody
def feed() -> Response:
    """Publications as Atom (RFC 4287): figures of a period, readings of companies, and corrections of both."""
    _need_address()
    entries = sorted(_entries(), key=lambda entry: entry.at, reverse=True)[:MOST_ENTRIES]
    updated = entries[0].at if entries else datetime(1970, 1, 1, tzinfo=UTC)
    text = render_template(
        "syndication/feed.xml",
        entries=entries,
        updated=updated,
        address=public_url(url_for("syndication.feed")),
        home=public_url(url_for("about.home")),
    )
    return Response(text, mimetype="application/atom+xml")


@bp.get("/sitemap.xml")
@same_for_everybody
def sitemap() -> Response:
    """The addresses of public pages, each in every language (sitemaps.org)."""
    _need_address()
    pages = [public_urls(path) for path in dict.fromkeys(_paths())]
    return Response(render_template("syndication/sitemap.xml", pages=pages), mimetype="application/xml")


@bp.get("/robots.txt")
@same_for_everybody
def robots() -> Response:
    """What robots may read (RFC 9309): everything that is public."""
    where = public_url(url_for("syndication.sitemap"))
    lines = ["User-agent: *", "Disallow:", *([f"Sitemap: {where}"] if where else [])]
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> AnyResponse:
    """Redirect browsers that look for an icon at its usual address."""
    return redirect(localised_url_for("static", filename="mark.svg"), 301)


def _need_address() -> None:
    if not current_app.config["ADDRESS"]:
        abort(404)


def _entries() -> Iterator[FeedEntry]:
    for closed in periods(db()):
        if closed.closed_at is not None:
            snapshot = snapshot_of(closed.year)
            link = public_url(url_for("publications.publication", year=closed.year))
            title = _("Figures of %(period)s", period=closed.year)
            said = _("Seal (SHA-256 of the figures):")
            yield FeedEntry(link, link, title, f"{said} {snapshot.seal}", closed.closed_at)
    numbers: dict[int, int] = {}
    for fault in corrections(db()):  # oldest first, so that numbers do not change
        numbers[fault.year] = numbers.get(fault.year, 0) + 1
        link = public_url(url_for("publications.publication", year=fault.year))
        title = _("Correction of the figures of %(period)s", period=fault.year)
        yield FeedEntry(f"{link}#{numbers[fault.year]}", link, title, f"{fault.what} {fault.why}", fault.at)
    yield from _reading_entries()


def _reading_entries() -> Iterator[FeedEntry]:
    recent = recent_versions(db(), MOST_ENTRIES)
    versions = {one.reading_id: one for one in (*recent, *corrected_versions(db()))}
    contents = published_contents(versions.values())
    links = {
        number: public_url(url_for("company_readings.company", slug=one.slug, version=one.version))
        for number, one in versions.items()
    }
    for one in recent:
        title = _("What %(company)s publishes", company=contents[one.reading_id].company)
        summary = _("Version %(number)s", number=one.version)
        yield FeedEntry(links[one.reading_id], links[one.reading_id], title, summary, one.at)
    numbers: dict[int, int] = {}
    for fault in reversed(reading_corrections(db(), list(versions))):
        number = fault.reading_id
        numbers[number] = numbers.get(number, 0) + 1
        title = _("Correction to the reading of %(company)s", company=contents[number].company)
        summary = f"{fault.what} {fault.why}"
        yield FeedEntry(f"{links[number]}#{numbers[number]}", links[number], title, summary, fault.at)


def _paths() -> Iterator[str]:
    """Yield the addresses of public pages, in the current language."""
    yield from map(url_for, _SINGLE_PAGES)
    edition = newest_edition().complete
    for theme in edition.themes:
        yield url_for("method.theme", theme=theme.id)
    for instrument in edition.instruments:
        yield url_for("method.instrument", instrument=instrument.id)
    for year in published_years(db()):
        yield url_for("publications.publication", year=year)
        yield url_for("sectors.index", period=year)
        for group in snapshot_of(year).sectors:
            yield url_for("sectors.sector", sector=group.sector, period=year)
            if group.shows_scores:
                yield url_for("sectors.requirements", period=year)
                yield url_for("sectors.brief", sector=group.sector, period=year)
    for one in latest_versions(db()):
        yield url_for("company_readings.company", slug=one.slug, version=one.version)
