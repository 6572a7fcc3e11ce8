"""Rules for every page: headers, plain error pages, the language, and small static files that are cached for long."""

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from flask import abort

from compliance import store
from compliance.questionnaire.faults import EditionFaults
from compliance.web.access_control import public
from tests.support.paths import ROOT
from tests.support.sites import EDITIONS, NOON, YEAR, Site, begin, make_site, post, save_profile, send
from tests.support.style_sheet import SHEET

pytestmark = pytest.mark.site(TESTING=False, PROPAGATE_EXCEPTIONS=False)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site that answers errors with the pages that visitors see."""
    return sqlite_site


# ── Headers


@pytest.mark.parametrize("where", ["/sign-in", "/nowhere", "/static/look.css", "/account", "/"])
def test_every_response_forbids_foreign_code_framing_and_content_sniffing(site: Site, where: str) -> None:
    response = site.client().get(where)
    response.close()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("where", ["/healthz", "/readyz", "/metrics", "/law/%00", "/api/v1/%00", "/api/v1/nothing"])
def test_responses_without_a_page_forbid_the_same(site: Site, where: str) -> None:
    headers = site.client().get(where).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"]


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_no_method_echoes_the_request(site: Site, method: str) -> None:
    answer = site.client().open("/law", method=method, headers={"Cookie": "article34=what-was-sent"})
    assert answer.status_code == 405 and "what-was-sent" not in answer.text


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    templates = list((ROOT / "templates").rglob("*.html"))
    assert len(templates) > 15
    data = r'[^>]*(?:\bsrc=|type="application/ld\+json")'  # data for machines, which no browser runs
    inline = re.compile(rf"<script(?!{data})|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
    assert [path.name for path in templates if inline.search(path.read_text(encoding="utf-8"))] == []


def test_the_cookies_are_for_this_site_and_no_script(site: Site) -> None:
    response = post(site.client(), "/sign-in", email="ana@example.org", password="correct horse battery")
    cookies = response.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["article34_device", "article34"]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie for cookie in cookies)


@pytest.mark.parametrize("where", ["/account", "/assessments", "/quick", "/nowhere", "/account/password"])
def test_pages_for_people_who_are_signed_in_are_never_cached(site: Site, where: str) -> None:
    assert site.client("ana").get(where).headers.getlist("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("where", ["/sign-in", "/register"])
def test_pages_with_a_form_for_secrets_are_never_cached(site: Site, where: str) -> None:
    assert site.client().get(where).headers.getlist("Cache-Control") == ["no-store"]


def test_a_public_page_that_can_change_is_revalidated_before_it_is_shown_again(site: Site) -> None:
    for where in ("/search", "/search?q=child", "/nowhere", "/law/nothing"):
        assert site.client().get(where).headers["Cache-Control"] == "no-cache, private"


@pytest.mark.parametrize(
    ("read", "coding", "decompress"),
    [("gzip", "gzip", gzip.decompress), ("gzip, deflate, br", "br", brotli.decompress), ("br;q=0", "", bytes)],
)
def test_pages_are_compressed_for_clients_that_accept_that(
    site: Site, read: str, coding: str, decompress: Callable[[bytes], bytes]
) -> None:
    client = site.client()
    plain, packed = client.get("/register"), client.get("/register", headers={"Accept-Encoding": read})
    assert "Content-Encoding" not in plain.headers and packed.headers.get("Content-Encoding", "") == coding
    assert "Accept-Encoding" in packed.headers["Vary"]
    without_token = re.compile(rb'value="[^"]*"')
    assert without_token.sub(b"", decompress(packed.data)) == without_token.sub(b"", plain.data)


def test_static_files_are_named_after_their_content_and_cached(site: Site) -> None:
    found = re.findall(r'"(/static/[^"]+)"', site.client().get("/sign-in").text)
    assert found and all(re.search(r"\?v=[0-9a-f]{10}$", address) for address in found)
    for address in (found[0], "/static/look.css"):
        response = site.client().get(address)
        response.close()
        assert ("immutable" in response.headers["Cache-Control"]) == ("?v=" in address)


def test_the_style_sheet_is_served_minified_and_once(site: Site) -> None:
    client = site.client()
    plain = client.get("/static/look.css")
    packed = client.get("/static/look.css", headers={"Accept-Encoding": "gzip"})
    assert plain.mimetype == "text/css" and "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data == SHEET.encode()
    assert len(packed.data) < 5_000
    known = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.get("/static/look.css", headers=known).status_code == 304
    linked = re.search(r'"/static/look.css\?v=([0-9a-f]{10})"', client.get("/sign-in").text)
    assert linked and linked[1] == hashlib.sha256(plain.data).hexdigest()[:10]
    assert client.get("/static/../static/look.css").status_code in (400, 404)
    assert client.get("/static/nowhere.css").status_code == 404


# ── Errors


def test_every_error_is_a_plain_page_that_says_what_to_do(site: Site) -> None:
    app = site.app
    app.add_url_rule("/fails", "fails", public(fails))
    app.add_url_rule("/abort/<int:code>", "aborts", public(lambda code: abort(code)))
    app.add_url_rule("/refused/<name>", "refused", public(refused))
    client = site.client()
    for where, code in (
        ("/nowhere", 404),
        ("/fails", 500),
        *((f"/abort/{code}", code) for code in (400, 404, 405, 413, 429, 500, 503, 418)),
        ("/refused/PeriodClosed", 409),
        ("/refused/NotFound", 404),
        ("/refused/AlreadyExists", 409),
    ):
        response = client.get(where)
        assert response.status_code == code, where
        page = response.text
        assert page.count("<h1>") == 1 and '<a href="/">' in page, where
        for never in ("Traceback", "secret words", "werkzeug", "sqlalchemy", ".py"):
            assert never not in page, where


def fails() -> str:
    raise ZeroDivisionError("secret words")


def refused(name: str) -> str:
    raise getattr(store, name)("secret words")


def test_a_failing_database_still_gives_a_page(site: Site, tmp_path: Path) -> None:
    client = site.client("ana")
    with site.store() as session:
        session.connection().exec_driver_sql("ALTER TABLE person RENAME TO somewhere_else")
        session.commit()
    response = client.get("/account")
    assert response.status_code == 500
    assert "What was saved before is safe." in response.text


def test_a_post_to_a_page_that_can_only_be_read_says_so(site: Site) -> None:
    response = site.client("ana").post("/account/start")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_a_broken_edition_stops_the_start_with_every_fault(sqlite_url: str, tmp_path: Path) -> None:
    for name, body in (
        ("one.yaml", "id: one\nparts: []\nnonsense: 1\n"),
        ("two.yaml", "id: two\nparts: [{id: a, bogus: 1}]\n"),
    ):
        (tmp_path / name).write_text(body)
    with pytest.raises(EditionFaults) as broken:
        make_site(sqlite_url, tmp_path, EDITIONS=[tmp_path / "one.yaml", EDITIONS / "walk", tmp_path / "two.yaml"])
    assert "one.yaml" in str(broken.value) and "two.yaml" in str(broken.value)


def test_a_theme_cannot_take_the_address_of_a_page(sqlite_url: str, tmp_path: Path) -> None:
    parts = "parts: [{id: check, parts: [{id: q, options: yes-no}]}]\n"
    (tmp_path / "taken.yaml").write_text(f"id: taken\n{parts}")
    with pytest.raises(EditionFaults, match="a page has that address"):
        make_site(sqlite_url, tmp_path, EDITIONS=[tmp_path / "taken.yaml"])


# ── The language


@pytest.mark.parametrize("wanted", ["xx", "tlh, *;q=0.1", "en-GB", "ar", "../../etc", ""])
def test_a_request_in_a_language_not_offered_is_answered_in_the_first_language(site: Site, wanted: str) -> None:
    response = site.client().get("/sign-in", headers={"Accept-Language": wanted})
    assert response.status_code == 200
    assert '<html lang="en" dir="ltr">' in response.text


# ── An auditor's verdicts reach the scorecard


def test_the_verified_score_is_beside_the_claimed_one_once_an_auditor_has_judged(site: Site) -> None:
    number = begin(site)
    save_profile(site, number)
    send(
        site,
        f"/assessments/{number}/people",
        **{f"r4__{part}": "yes" for part in ("code", "practice", "proof", "a", "b")},
    )
    send(site, f"/assessments/{number}/people", **{f"r5__{part}": "yes" for part in ("code", "practice", "proof", "a")})
    handed = {"consent": "counted", "role": "Head of compliance", "confirmed": "yes"}
    post(site.client("ana"), f"/assessments/{number}/check", fields=handed)
    auditor = site.people["audun"].id
    with site.store() as session, session.begin():
        store.assign_auditor(session, number, auditor=auditor, by=None, at=NOON)
    assert "No auditor has given a verdict yet." in site.client("ana").get(f"/assessments/{number}/scorecard").text
    with site.store() as session, session.begin():
        store.record_determination(session, number, "r4.code", verdict="confirmed", by=auditor, at=NOON)
    page = site.client("audun").get(f"/assessments/{number}/scorecard").text
    assert re.search(r"An auditor has given a verdict on 1 of \d+ questions\.", page) and "Verified" in page
    assert YEAR == 2026
