"""The language of a page: at the beginning of its address, in its links, and in e-mails."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from compliance.languages import interface_messages
from compliance.web.caches import empty_caches
from compliance.web.urls import is_local
from tests.support.invented_languages import Escaped, invented, invented_languages
from tests.support.sites import PASSWORD, Site, begin, make_site, outbox, post, token

MAIL = {"ADDRESS": "http://localhost", "MAIL_SERVER": "mail.example.org"}

pytestmark = pytest.mark.site(TESTING=False, **MAIL)


@pytest.fixture(scope="module")
def _spoken(shared_folder: Path) -> Iterator[None]:
    with invented_languages(shared_folder):
        yield


@pytest.fixture
def site(_spoken: None, sqlite_site: Site) -> Site:
    """A site in the invented languages."""
    return sqlite_site


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


# ── Addresses


@pytest.mark.parametrize(
    ("where", "language", "way"), [("/law", "en", "ltr"), ("/fr/law", "fr", "ltr"), ("/ar/law", "ar", "rtl")]
)
def test_a_page_is_in_the_language_of_its_address(visitor: FlaskClient, where: str, language: str, way: str) -> None:
    page = visitor.get(where).text
    assert f'<html lang="{language}" dir="{way}">' in page
    assert ("⟦" in page) == (language != "en")


def test_every_address_on_a_page_has_its_language_and_files_have_one_address(visitor: FlaskClient) -> None:
    page = visitor.get("/fr/register").text
    own = set(re.findall(r'(?:href|action|src)="(/[^"]*)"', page)) - set(
        re.findall(r'href="([^"]*)"[^>]* hreflang', page)
    )
    assert {address for address in own if not address.startswith("/fr/")} == {
        address for address in own if address.startswith("/static/")
    }
    assert '<a class="brand" href="/fr/">' in page
    assert visitor.get("/fr").status_code == 200


def test_signing_in_and_out_keep_the_language(visitor: FlaskClient) -> None:
    asked = visitor.get("/fr/account")
    assert asked.headers["Location"] == "/fr/sign-in?next=/fr/account"
    fields = {"email": "ana@example.org", "password": PASSWORD}
    there = post(visitor, "/fr/sign-in?next=/fr/account", form_at="/fr/sign-in", fields=fields)
    assert there.headers["Location"] == "/fr/account"
    out = post(visitor, "/fr/sign-out", form_at="/fr/account")
    assert out.headers["Location"] == "/fr/"


@pytest.mark.parametrize("wanted", ["//[x", "http://[x"])
def test_a_next_page_whose_address_cannot_be_parsed_is_refused(site: Site, wanted: str) -> None:
    fields = {"email": "ana@example.org", "password": PASSWORD}
    for address, more in (("/sign-in", {"next": wanted}), (f"/sign-in?next={wanted}", {})):
        answered = post(site.client(), address, form_at="/sign-in", fields=fields | more)
        assert answered.status_code == 400 and "This address cannot be read" in answered.text
    assert site.client().get(f"/sign-in?next={wanted}").status_code == 400


@pytest.mark.parametrize("address", ["//[x", "//a.example", "/\\a.example", "http://a.example/", "a", "/a\nb", ""])
def test_only_a_path_of_this_site_is_local(address: str) -> None:
    assert not is_local(address)
    assert is_local(f"/account?next={quote(address)}")


def test_a_form_kept_while_signing_in_keeps_its_language(site: Site) -> None:
    number = begin(site)
    page = site.client().post(f"/fr/assessments/{number}/code", data={"r1.code": "intent", "r1.code#version": "0"})
    assert page.status_code == 401
    assert f'value="/fr/assessments/{number}/code"' in page.text and Escaped(page.text).found == []


@pytest.mark.parametrize(
    ("asked", "there"),
    [("/en/law?period=2025", "/law?period=2025"), ("/en", "/"), ("/en//evil.example", "/evil.example")],
)
def test_english_addresses_have_no_language_part_and_one_with_it_redirects(
    visitor: FlaskClient, asked: str, there: str
) -> None:
    assert visitor.get(asked).headers["Location"] == there
    assert visitor.head(asked).headers.get("Location") == there  # as programs that check links ask
    assert visitor.get("/fr/en/law").status_code == 404


# ── Links to the other languages


def test_every_page_links_to_itself_in_the_other_languages_by_their_own_names(visitor: FlaskClient) -> None:
    page = visitor.get("/fr/law/crc?period=2025").text
    links = re.findall(r'<a href="([^"]+)" lang="(\w+)" hreflang="\w+">([^<]+)</a>', page.partition("<main")[0])
    assert links == [
        ("/law/crc", "en", "English"),
        ("/ar/law/crc", "ar", "العربية"),
    ]


def test_public_pages_tell_search_engines_their_address_in_each_language(visitor: FlaskClient) -> None:
    for where in ("/law", "/fr/law", "/ar/law"):
        assert alternates(visitor.get(where).text) == {
            "en": "http://localhost/law",
            "fr": "http://localhost/fr/law",
            "ar": "http://localhost/ar/law",
            "x-default": "http://localhost/law",
        }


def test_pages_for_some_readers_and_error_pages_tell_search_engines_no_addresses(site: Site) -> None:
    client = site.client("ana")
    assert alternates(client.get("/fr/account").text) == {}
    assert alternates(client.get("/fr/nowhere").text) == {}
    assert alternates(client.get("/fr/law/nothing").text) == {}


def test_if_only_one_language_is_offered_no_page_mentions_others(sqlite_url: str, tmp_path: Path) -> None:
    kept = interface_messages.offered_languages()
    site = make_site(sqlite_url, tmp_path)
    page = site.client().get("/law").text
    assert ("hreflang" in page) == (len(kept) > 1)
    site.close()


# ── Nobody is sent to another language


@pytest.mark.parametrize("where", ["/", "/law", "/fr/law"])
def test_the_address_alone_decides_whatever_the_browser_or_an_earlier_cookie_says(
    visitor: FlaskClient, where: str
) -> None:
    plain = visitor.get(where)
    visitor.set_cookie("article34_language", "ar")
    asked = visitor.get(f"{where}", headers={"Accept-Language": "ar, fr;q=0.8"})
    assert plain.status_code == asked.status_code == 200 and plain.data == asked.data
    assert "Set-Cookie" not in asked.headers and "Accept-Language" not in asked.headers["Vary"]


def test_the_first_page_mentions_the_other_languages_in_their_own_words(visitor: FlaskClient) -> None:
    main = visitor.get("/").text.partition("<main")[2]
    assert '<a href="/fr/" lang="fr" hreflang="fr">Français</a>' in main
    assert '<a href="/ar/" lang="ar" hreflang="ar">العربية</a>' in main


# ── Pages that do not exist


@pytest.mark.parametrize("where", ["/de/law", "/es", "/pt-BR/", "/zh/nowhere"])
def test_an_unknown_language_is_answered_with_the_languages_on_offer(visitor: FlaskClient, where: str) -> None:
    response = visitor.get(where)
    assert response.status_code == 404
    assert "This tool is not available in that language" in response.text
    main = response.text.partition("<main")[2]
    assert re.findall(r'<a href="([^"]+)" lang="(\w+)"', main) == [
        ("/", "en"),
        ("/fr/", "fr"),
        ("/ar/", "ar"),
    ]


@pytest.mark.parametrize("where", ["/xx/law", "/nowhere", "/law/de", "/fr/nowhere"])
def test_an_unknown_address_is_not_taken_for_a_language(visitor: FlaskClient, where: str) -> None:
    response = visitor.get(where)
    assert response.status_code == 404
    assert "not available in that language" not in response.text


# ── A translation in draft


def test_a_page_in_draft_says_so_once_in_its_language_and_english_says_nothing(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = invented("This translation is a draft. The English text prevails.", "fr")
    assert line not in visitor.get("/fr/law").text
    monkeypatch.setattr("compliance.web.templating.has_unreviewed", lambda code: code == "fr")
    empty_caches(visitor.application)
    page = visitor.get("/fr/law").text
    assert page.count(line) == 1 and '<a href="/law" hreflang="en">' in page
    assert line not in visitor.get("/law").text


def test_a_scorecard_that_is_no_draft_still_says_that_its_translation_is_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.templating.has_unreviewed", lambda code: code == "fr")
    page = site.client("ana").get(f"/fr/assessments/{begin(site)}/scorecard").text
    assert page.count(invented("This translation is a draft. The English text prevails.", "fr")) == 1


# ── E-mails, and messages of Flask-Security


def test_a_mail_is_in_the_language_of_the_request_and_its_link_leads_back_into_it(site: Site) -> None:
    client, form = site.client(), "/ar/account/forgotten"
    post(client, form, form_at=form, email="ana@example.org")
    (mail,) = outbox(site)
    assert (mail.language, mail.subject) == ("ar", invented("A link to choose a new password", "ar"))
    link = re.search(r"http://localhost(/ar/account/forgotten/\S+)", mail.text)
    assert link and "⟦" in mail.text.partition(link[0])[0]
    assert f'<a href="{link[0]}"' in mail.html
    assert '<html lang="ar" dir="rtl">' in client.get(link[1]).text


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong", "new_password": "another long one", "new_password_confirm": "another long one"},
        {"password": PASSWORD, "new_password": "short", "new_password_confirm": "other"},
        {"password": PASSWORD, "new_password": PASSWORD, "new_password_confirm": PASSWORD},
        {},
    ],
)
def test_every_fault_of_a_password_is_explained_in_the_language_of_the_page(site: Site, fields: dict[str, str]) -> None:
    client = site.client("ana")
    page = client.get("/fr/account/password")
    said = client.post("/fr/account/password", data={"csrf_token": token(page.text), **fields})
    assert said.status_code == 200 and 'id="errors"' in said.text
    assert Escaped(said.text).found == [], fields


def test_the_message_after_a_change_is_in_the_language_of_the_page(site: Site) -> None:
    new = {"password": PASSWORD, "new_password": "another battery", "new_password_confirm": "another battery"}
    client = site.client("ana")
    there = post(client, "/fr/account/password", form_at="/fr/account/password", fields=new)
    assert there.headers["Location"] == "/fr/account/start"
    page = client.get("/fr/account").text
    assert invented("Your password was changed.", "fr") in page and Escaped(page).found == []


# ── A questionnaire that is not translated


def test_an_untranslated_questionnaire_is_shown_and_marked_as_english_and_the_page_says_so(site: Site) -> None:
    note = invented("This questionnaire is not available in this language yet. It is shown in English.", "ar")
    number = begin(site)
    page = site.client("ana").get(f"/ar/assessments/{number}/code").text
    assert page.count(note) == 1
    assert re.search(r'<h2><span class="topic">⟦.*?</span><bdi lang="en">[A-Z]', page)
    assert Escaped(page).found == ["What the code says ·"], "a title cannot be marked in part"
    assert "This questionnaire is not available" not in site.client("ana").get(f"/assessments/{number}/code").text
