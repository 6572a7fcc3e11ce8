"""What programs learn about public pages: those that show shared links, search engines, and feed readers.

Every absolute address begins with that of the installation. Without one, everything that needs it is left out.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from compliance import store
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import offered_languages
from compliance.store.published_readings import recent_versions
from compliance.store.reading_hearings import correct_reading
from compliance.web.caches import empty_caches
from compliance.web.database import now
from compliance.web.public import syndication
from tests.support.demonstrations import CLOSED
from tests.support.paths import ROOT
from tests.support.sites import Site

ADDRESS = "https://figures.example.org"
SECTOR = f"/sectors/lodging?period={CLOSED}"
READING = "/companies/example-ferries-23/2"
ATOM = {"atom": "http://www.w3.org/2005/Atom"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
#: What needs the public address of the installation.
NEEDING_ADDRESS = ("og:url", "og:image", "application/ld+json", "application/atom+xml", "iframe")


@pytest.fixture
def addressed(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A visitor of the demonstration, which has a public address, under another host name."""
    monkeypatch.setitem(site.app.config, "ADDRESS", ADDRESS)
    empty_caches(site.app)
    yield site.client()
    empty_caches(site.app)


def told(page: str) -> dict[str, list[str]]:
    """The metadata in the head of a page, by name."""
    metas = html.fromstring(page).xpath("//head/meta[@property or @name]")
    said: dict[str, list[str]] = {}
    for meta in metas:
        said.setdefault(meta.get("property") or meta.get("name"), []).append(meta.get("content"))
    return said


def whole_addresses(page: str) -> set[str]:
    return set(re.findall(r"https?://[\w.:-]+", page)) - {
        *("https://creativecommons.org", "https://schema.org", "http://www.w3.org", "https://www.inhope.org"),
        *("https://childhelplineinternational.org", "http://www.sitemaps.org"),
    }


# ── A shared link


@pytest.mark.parametrize(
    ("page", "card"),
    [
        (SECTOR, f"/charts/{CLOSED}/lodging/card.png"),
        ("/sectors", f"/charts/{CLOSED}/all/card.png"),
        (READING, "/charts/companies/example-ferries-23/2/card.png"),
    ],
)
@pytest.mark.parametrize(("prefix", "locale"), [("", "en_GB"), ("/ar", "ar_AR")])
def test_a_shared_link_shows_the_finding_and_a_picture_of_it(
    addressed: FlaskClient, page: str, card: str, prefix: str, locale: str
) -> None:
    text = addressed.get(prefix + page).text
    said, tree = told(text), html.fromstring(text)
    assert said["og:title"][0] == tree.findtext("head/title").rpartition(" · ")[0]
    assert said["og:description"] == said["description"] and len(said["description"][0]) > 20
    assert said["og:locale"] == [locale] and len(said["og:locale:alternate"]) == len(offered_languages()) - 1
    assert said["twitter:card"] == ["summary_large_image"]
    assert said["og:image"] == [f"{ADDRESS}{prefix}{card}"]
    assert said["og:url"] == tree.xpath("//link[@rel='canonical']/@href") == [f"{ADDRESS}{prefix}{page}"]
    picture = addressed.get(said["og:image"][0].removeprefix(ADDRESS))
    assert (picture.status_code, picture.mimetype) == (200, "image/png")


def test_every_public_page_has_a_description_and_pages_for_some_readers_have_none(
    site: Site, addressed: FlaskClient
) -> None:
    assert told(addressed.get("/").text)["og:image"] == [f"{ADDRESS}/charts/{CLOSED}/all/card.png"]
    for page in ("/law", "/method", "/companies", "/publications", "/glossary"):
        said = told(addressed.get(page).text)
        assert said["description"][0] and said["twitter:card"] == ["summary"] and "og:image" not in said
    for page in ("/sign-in", "/nowhere"):
        assert not told(addressed.get(page).text).keys() & {"og:title"} or page == "/sign-in"
    assert "og:title" not in told(site.client("company").get("/account").text)


@pytest.mark.parametrize("page", [SECTOR, "/sectors", READING, "/feed.atom", "/sitemap.xml", "/robots.txt"])
def test_no_absolute_address_is_taken_from_the_request(addressed: FlaskClient, page: str) -> None:
    text = addressed.get(page, headers={"Host": "localhost:5034"}).text
    assert ADDRESS in whole_addresses(text)
    assert not any("localhost" in address for address in whole_addresses(text))


def test_without_a_public_address_everything_that_needs_one_is_left_out(visitor: FlaskClient) -> None:
    for page in (SECTOR, "/sectors", READING, "/publications"):
        text = visitor.get(page).text
        assert '<meta name="description"' in text
        assert [name for name in NEEDING_ADDRESS if name in text] == []
    assert visitor.get("/feed.atom").status_code == visitor.get("/sitemap.xml").status_code == 404
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow:\n"


# ── A data set


@pytest.mark.parametrize("page", [SECTOR, f"/sectors?period={CLOSED}"])
def test_search_engines_are_told_where_the_figures_of_a_page_are(
    addressed: FlaskClient, snapshot: PublishedSnapshot, page: str
) -> None:
    tree = html.fromstring(addressed.get(page).text)
    (data,) = (json.loads(text) for text in tree.xpath("//script[@type='application/ld+json']/text()"))
    assert (data["@context"], data["@type"]) == ("https://schema.org/", "Dataset")
    assert data["url"] == f"{ADDRESS}{page}"
    assert data["name"] and 50 <= len(data["description"]) <= 5000  # what Google requires
    assert data["temporalCoverage"] == str(CLOSED) and data["datePublished"] == snapshot.as_of.isoformat()
    assert data["version"] == snapshot.seal and data["isAccessibleForFree"] is True
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert data["creator"] == {"@type": "Organization", "name": "Article 34", "url": f"{ADDRESS}/"}
    assert "every company is invented" in data["description"]
    for file in data["distribution"]:
        response = addressed.get(file["contentUrl"].removeprefix(ADDRESS))
        kind = file["encodingFormat"].replace("vnd.datapackage+", "")
        assert (response.status_code, response.mimetype) == (200, kind)


# ── The feed


def feed(visitor: FlaskClient, address: str = "/feed.atom") -> etree._Element:
    response = visitor.get(address)
    assert response.mimetype == "application/atom+xml"
    return etree.fromstring(response.data)


def entries(found: etree._Element) -> list[dict[str, str]]:
    return [
        {etree.QName(part).localname: part.text or part.get("href") for part in entry}
        for entry in found.findall("atom:entry", ATOM)
    ]


@pytest.mark.parametrize("prefix", ["", "/ar"])
def test_the_feed_is_valid_atom(addressed: FlaskClient, prefix: str) -> None:
    found = feed(addressed, f"{prefix}/feed.atom")
    rules = etree.RelaxNG(etree.parse(ROOT / "tests/data/atom/rfc4287.rng"))
    assert rules.validate(found), rules.error_log
    # A grammar cannot express that ids are unique, and that the feed is as new as its newest entry.
    told_of = entries(found)
    assert len({entry["id"] for entry in told_of}) == len(told_of) > 2
    moments = [datetime.fromisoformat(entry["updated"]) for entry in told_of]
    assert moments == sorted(moments, reverse=True)
    assert datetime.fromisoformat(found.findtext("atom:updated", namespaces=ATOM)) == moments[0]
    (own,) = found.xpath("atom:link[@rel='self']/@href", namespaces=ATOM)
    assert own == found.findtext("atom:id", namespaces=ATOM) == f"{ADDRESS}{prefix}/feed.atom"
    for entry in told_of:
        assert addressed.get(entry["link"].removeprefix(ADDRESS)).status_code == 200


@pytest.mark.parametrize("broken", ["id", "title", "updated", "author"])
def test_the_grammar_of_the_feed_notices_a_missing_element(addressed: FlaskClient, broken: str) -> None:
    found = feed(addressed)
    found.remove(found.find(f"atom:{broken}", ATOM))
    assert not etree.RelaxNG(etree.parse(ROOT / "tests/data/atom/rfc4287.rng")).validate(found)


def test_the_feed_announces_figures_readings_and_corrections(
    own_demonstration: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(own_demonstration.app.config, "ADDRESS", ADDRESS)
    visitor = own_demonstration.client()
    before = {entry["id"] for entry in entries(feed(visitor))}
    with own_demonstration.store() as session, session.begin():
        versions = {f"{ADDRESS}/companies/{one.slug}/{one.version}" for one in recent_versions(session, 50)}
        years = {f"{ADDRESS}/publications/{year}" for year in store.published_years(session)}
        assert before == versions | years
        by = own_demonstration.people["steward"].id
        store.add_correction(session, CLOSED, what="<b>23 & not 24</b>", why="Counted twice.", by=by, at=now())
    (new,) = (entry for entry in entries(feed(visitor)) if entry["id"] not in before)
    assert new["id"] == f"{ADDRESS}/publications/{CLOSED}#1" and new["link"] == f"{ADDRESS}/publications/{CLOSED}"
    assert new["summary"] == "<b>23 & not 24</b> Counted twice."


def test_the_feed_announces_a_correction_of_a_reading_however_old_the_reading_is(
    own_demonstration: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(own_demonstration.app.config, "ADDRESS", ADDRESS)
    monkeypatch.setattr(syndication, "MOST_ENTRIES", 1)
    with own_demonstration.store() as session, session.begin():
        oldest = recent_versions(session, 50)[-1]
        assert oldest not in recent_versions(session, 1)
        by = own_demonstration.people["steward"].id
        correct_reading(session, oldest.reading_id, what="It is on page 3.", why="A misprint.", by=by, at=now())
    (first,) = entries(feed(own_demonstration.client()))
    assert first["id"] == f"{ADDRESS}/companies/{oldest.slug}/{oldest.version}#1"
    assert first["summary"] == "It is on page 3. A misprint."


# ── Robots


def test_the_site_map_lists_public_pages_in_every_language(addressed: FlaskClient, snapshot: PublishedSnapshot) -> None:
    tree = etree.fromstring(addressed.get("/sitemap.xml").data)
    listed = tree.xpath("//s:url/s:loc/text()", namespaces=SITEMAP)
    assert len(listed) == len(set(listed)) <= 50_000
    pages = {where.removeprefix(ADDRESS) for where in listed}
    sectors = {f"/sectors/{group.sector}?period={CLOSED}" for group in snapshot.sectors}
    assert sectors | {f"/ar{where}" for where in sectors} | {"/", "/fr/", "/law", READING} <= pages
    assert [where for where in pages if re.match(r"(/[a-z]{2})?/(company|account|audit|steward)(/|$)", where)] == []
    english = [where for where in sorted(pages) if not re.match(r"/(fr|es|ar)/", where)]
    assert len(pages) == len(english) * len(offered_languages())
    assert {where: addressed.get(where).status_code for where in english} == dict.fromkeys(english, 200)
    others = tree.xpath("//s:url[1]/x:link/@href", namespaces=SITEMAP)
    assert len(others) == len(offered_languages()) and set(others) <= set(listed)


def test_robots_are_told_where_the_site_map_is(addressed: FlaskClient) -> None:
    assert addressed.get("/robots.txt").text.splitlines()[-1] == f"Sitemap: {ADDRESS}/sitemap.xml"


def test_a_browser_that_asks_for_the_usual_icon_gets_ours(visitor: FlaskClient) -> None:
    icon = visitor.get("/favicon.ico", follow_redirects=True)
    assert (icon.status_code, icon.mimetype) == (200, "image/svg+xml")
    icon.close()
