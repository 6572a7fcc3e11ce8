"""Pages that are the same for everybody: the same bytes for all, kept, and rendered again once anything changes."""

import gzip
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import brotli
import pytest
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from compliance import store
from compliance.questionnaire.edition import Edition
from compliance.store.models import Assessment, TrailEntry
from compliance.web.access_control import PUBLIC, readers_of
from compliance.web.caches import empty_caches
from compliance.web.database import store_engine
from compliance.web.kept_pages import is_same_for_everybody, same_for_everybody
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.demonstrations import CLOSED, ROLES, demonstrate
from tests.support.examples import SHARE
from tests.support.paths import DATA
from tests.support.sites import EDITIONS, NOON, Site, make_site, post, settled
from tests.support.stores import statements

#: Public pages that are not kept, and why: they depend on more than their address and what is published.
NOT_KEPT = {
    "static": "kept under the name of its content",
    "about.security_txt": "says until when it holds, counted from today",
    "search": "drawn from what somebody typed",
    "security": "a form with a token",
    "company": "a form with a token",
    "confirmation": "for anyone with the link",
    "drafts": "for anyone with the link",
    "mail_settings": "for anyone with the link",
    "single_sign_on": "a step of signing in",
    "quick": "shows the answers of this visitor, or of a link",
    "api": "so many answers for each network, each with its own tag",
    "sector_pictures": "made once from figures that never change, and kept apart",
    "reading_pictures": "made once from what never changes, and kept apart",
    "syndication.favicon": "leads on to the mark",
    "company_readings.latest": "leads on to the latest version",
    "publications.latest_table": "leads on to where the file is now",
    "publications.latest_sector_table": "leads on to where the file is now",
}
READ = "/companies/example-ferries-23/2"
PERIOD = f"/publications/{CLOSED}"
#: An address for each page that is kept.
KEPT = (
    *("/", "/privacy", "/accessibility", "/glossary", "/contact"),
    *("/method", "/method/code", "/method/portions/core", "/law", "/law/crc", "/countries"),
    *("/sectors", f"/sectors/lodging?period={CLOSED}&law=standards", "/sectors/lodging/known/children"),
    *("/publications", PERIOD, "/publications/columns"),
    *(f"{PERIOD}/{name}" for name in ("figures.json", "figures.csv", "all-sectors.csv", "sectors/lodging.csv")),
    *(f"{PERIOD}/datapackage.json", f"{PERIOD}/sectors/lodging.xlsx"),
    *(f"/sectors/requirements?period={CLOSED}", f"/sectors/lodging/brief?period={CLOSED}"),
    *("/companies", "/companies/wording/transport", READ, f"{READ}/supplier-code", f"{READ}/findings.csv"),
    *(f"{READ}/wording", "/api", "/robots.txt"),
)
#: Without a public address, the installation has none of these.
ADDRESSED = ("/feed.atom", "/sitemap.xml")
LANGUAGES = ("", "/fr", "/es", "/ar")
BROWSERS: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "gzip, deflate, br, zstd": brotli.decompress,
}


def kept(edition: Edition) -> tuple[str, ...]:
    return (*KEPT, f"/method/editions/{edition.digest}.json")


def told(response: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    """Everything in a response, except the number of the request and the time."""
    headers = {k: v for k, v in response.headers.items() if k not in ("X-Request-ID", "Date")}
    return response.status_code, response.data, headers


# ── Which pages are kept


def test_every_public_page_is_the_same_for_everybody_except_those_named_here(site: Site, edition: Edition) -> None:
    def is_public(rule: Rule) -> bool:
        return "GET" in (rule.methods or ()) and PUBLIC in (readers_of(site.app, rule.endpoint) or ())

    there = {rule.endpoint for rule in site.app.url_map.iter_rules() if is_public(rule)}
    same = {endpoint for endpoint in there if is_same_for_everybody(site.app, endpoint)}
    named = {each for each in there if each in NOT_KEPT or each.partition(".")[0] in NOT_KEPT}
    assert same == there - named and not same & named
    router = site.app.url_map.bind("localhost")
    assert {router.match(address.partition("?")[0])[0] for address in (*kept(edition), *ADDRESSED)} == same


def test_every_reader_gets_the_same_bytes_in_every_language(site: Site, edition: Edition) -> None:
    empty_caches(site.app)
    readers = {role: site.client(role) for role in ROLES}
    every = [f"{head}{address}" for address in kept(edition) for head in LANGUAGES]
    for number, address in enumerate(every if SHARE >= 1 else every[::5]):  # each in one language, or nearly so
        first = ROLES[number % len(ROLES)]  # a page may be rendered first for somebody who is signed in
        drawn = told(readers[first].get(address))
        asked = {"Accept-Language": "ar, fr;q=0.8", "Cookie": "article34_language=ar", "User-Agent": "Another/1.0"}
        others = {who: told(client.get(address)) for who, client in readers.items() if who != first}
        others["a visitor"] = told(site.client().get(address))
        others["another browser"] = told(site.client().get(address, headers=asked))
        assert drawn[0] == 200, address
        assert {who: each == drawn for who, each in others.items()} == dict.fromkeys(others, True), address
        assert "Set-Cookie" not in drawn[2] and drawn[2].get("Vary", "Accept-Encoding") == "Accept-Encoding", address
        assert drawn[2]["Cache-Control"].startswith("public, "), address
        assert re.fullmatch(r'"[0-9a-f]{32}"', drawn[2]["ETag"]), address
        assert b"csrf_token" not in drawn[1] and b"@example.org" not in drawn[1], address


@pytest.mark.site(ADDRESS="https://figures.example.org")
@pytest.mark.parametrize("address", ADDRESSED)
def test_files_for_machines_are_the_same_for_everybody(sqlite_site: Site, address: str) -> None:
    signed_in, visitor = told(sqlite_site.client("ana").get(address)), told(sqlite_site.client().get(address))
    assert signed_in == visitor and visitor[0] == 200
    assert visitor[2]["Cache-Control"] == "public, no-cache" and visitor[2]["Vary"] == "Accept-Encoding"


def test_a_person_signed_in_finds_a_link_to_their_start_page(site: Site) -> None:
    page = site.client().get("/law").text
    assert '<a href="/account/start">Your account</a>' in page and "/sign-out" not in page
    begins = {role: site.client(role).get("/account/start").headers["Location"] for role in ROLES}
    assert begins == {"company": "/assessments", "auditor": "/audit", "advocate": "/advocate", "steward": "/steward"}
    assert site.client().get("/account/start").headers["Location"] == "/sign-in?next=/account/start"


def test_a_message_to_one_person_waits_for_a_page_that_is_not_kept(site: Site) -> None:
    client = site.client()
    forgotten = client.post("/quick/forget", headers={"Sec-Fetch-Site": "same-origin"})
    assert "Your answers were deleted." not in client.get("/law").text
    assert "Your answers were deleted." in client.get(forgotten.headers["Location"]).text


def test_a_form_with_a_token_is_never_kept(sqlite_site: Site) -> None:
    sqlite_site.app.config["PROPAGATE_EXCEPTIONS"] = False
    sqlite_site.app.testing = False
    sqlite_site.app.add_url_rule("/form", "form", same_for_everybody(lambda: generate_csrf()))
    for _look in range(2):
        answer = sqlite_site.client().get("/form")
        assert answer.status_code == 500 and "public" not in answer.headers["Cache-Control"]


# ── How they are sent


@pytest.mark.parametrize("accepted", BROWSERS)
def test_a_browser_that_has_a_page_is_told_that_it_has_not_changed(site: Site, accepted: str) -> None:
    client, plain = site.client(), site.client().get("/sectors")
    for _look in range(2):  # rendered and kept
        headers = {"Accept-Encoding": accepted}
        page = client.get("/sectors", headers=headers)
        assert BROWSERS[accepted](page.data) == plain.data and int(page.headers["Content-Length"]) == len(page.data)
        for known in (page.headers["ETag"], f"W/{page.headers['ETag']}", f'"other", {page.headers["ETag"]}', "*"):
            again = client.get("/sectors", headers={**headers, "If-None-Match": known})
            assert (again.status_code, again.data) == (304, b""), known
            assert again.headers["ETag"] == page.headers["ETag"]
            assert again.headers["Cache-Control"] == page.headers["Cache-Control"]
            assert again.headers["Vary"] == "Accept-Encoding" and "Content-Type" not in again.headers
        head = client.head("/sectors", headers=headers)
        assert head.data == b"" and told(head)[2] == told(page)[2]
        empty_caches(site.app)


def test_different_bytes_have_different_tags(site: Site) -> None:
    pages = [site.client().get("/law", headers={"Accept-Encoding": accepted}) for accepted in BROWSERS]
    tags = [page.headers["ETag"] for page in pages]
    assert len(set(tags)) == len(BROWSERS) and all(tag.startswith('"') for tag in tags)
    other = site.client().get("/law", headers={"Accept-Encoding": "gzip", "If-None-Match": tags[2]})
    assert other.status_code == 200, "the browser has it in Brotli, and asks for gzip"


def test_unknown_parameters_change_nothing_and_repeated_ones_are_refused(site: Site) -> None:
    client = site.client()
    assert told(client.get("/law?utm_source=mail&period=2024")) == told(client.get("/law"))
    assert client.get("/sectors?period=2025&period=2024").status_code == 400
    assert client.get("/sectors?period=2024").data != client.get("/sectors?period=2025").data
    assert client.get("/sectors?period=1999").status_code == 404


def test_a_kept_page_takes_one_statement(site: Site) -> None:
    client = site.client("company")
    for address in ("/sectors/lodging", "/ar/law", PERIOD):
        client.get(address)
        with statements(store_engine(site.app)) as sent:
            client.get(address)
        assert len(sent) == 1 and "FROM trail" in sent[0], address


# ── When they are rendered again


def test_a_correction_is_shown_at_once_in_every_process(own_demonstration: Site, tmp_path: Path) -> None:
    other = demonstrate(store_engine(own_demonstration.app).url.render_as_string(hide_password=False), tmp_path)
    browsers = [site.client() for site in (own_demonstration, other)]
    before = [browser.get(PERIOD) for browser in browsers]
    assert before[0].data == before[1].data
    steward = own_demonstration.client("steward")
    fields = {"what": "The median of lodging was 52.", "why": "A slip"}
    answer = post(steward, f"/steward/periods/{CLOSED}/corrections", fields=fields)
    assert "The correction is published." in steward.get(answer.headers["Location"]).text
    for browser, old in zip(browsers, before, strict=True):
        now = browser.get(PERIOD, headers={"If-None-Match": old.headers["ETag"]})
        assert now.status_code == 200 and "The median of lodging was 52." in now.text
    other.close()


def test_a_closing_is_shown_at_once_in_every_process(
    databases: SqliteFolder | PostgresCluster, settled_url: str, tmp_path: Path
) -> None:
    url = databases.copy_of(settled_url)
    closing, other = settled(url, tmp_path), settled(url, tmp_path)
    for site in (closing, other):
        assert "No sector is published yet" in site.client().get("/").text
        assert "2025" not in site.client().get("/publications").text.partition("<main")[2]
    content = (DATA / "snapshots" / "format-1.json").read_text(encoding="utf-8").removesuffix("\n")
    with closing.store() as session, session.begin():
        store.open_period(session, CLOSED, opens=date(CLOSED, 1, 1), by=None, at=NOON)
        store.close_period(session, CLOSED, by=None, at=NOON, snapshot=lambda: content)
    for site in (other, closing):
        assert site.client().get(PERIOD).status_code == 200
        assert f'href="{PERIOD}"' in site.client().get("/publications").text
        site.close()
    databases.drop(url)


def test_the_everyday_work_of_a_company_leaves_every_page_kept(own_demonstration: Site) -> None:
    site = own_demonstration
    visitor, looked_at = site.client(), ("/", "/sectors", "/sectors/lodging", "/law/crc", "/companies", PERIOD)
    before = {address: told(visitor.get(address)) for address in looked_at}
    company = site.client("company")
    with site.store() as session:
        open_now = session.scalar(
            select(Assessment.id)
            .where(Assessment.organisation_id == site.people["company"].organisation_id)
            .order_by(Assessment.period_year.desc())
            .limit(1)
        )
    page = f"/assessments/{open_now}/code"
    form = company.get(page).text
    question = re.search(r'name="([^"#]+)#version" value="(\d+)"', form)
    assert question
    fields = {f"{question[1]}#version": question[2], question[1]: "", f"{question[1]}#reason": ""}
    assert post(company, page, form_at=page, fields=fields).status_code in (200, 302)
    with site.store() as session:
        assert session.scalar(select(TrailEntry.what).order_by(TrailEntry.id.desc()).limit(1)) == "answer"
    for address in looked_at:
        with statements(store_engine(site.app)) as sent:
            assert told(visitor.get(address)) == before[address]
        assert len(sent) == 1, f"{address} was drawn anew"
    empty_caches(site.app)
    assert {address: told(visitor.get(address)) for address in looked_at} == before


def test_a_kept_page_has_the_same_tag_in_every_process_with_the_same_settings_and_editions(
    sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    url = sqlite_files.copy_of(settled_sqlite_url)

    def tag(where: str, **settings: object) -> str:
        site = make_site(url, tmp_path, **settings)
        found = site.client().get(where).headers["ETag"]
        site.close()
        return found

    assert tag("/contact") == tag("/contact") != tag("/contact", CONTACT="The office")
    assert tag("/law") != tag("/law", ADDRESS="https://figures.example.org")
    assert tag("/method") == tag("/method") != tag("/method", EDITIONS=[EDITIONS / "desk"])
    sqlite_files.drop(url)
