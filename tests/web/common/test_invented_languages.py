"""Every page in two invented languages, which put brackets around texts: words outside of them are not translated."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance.web.access_control import PUBLIC, readers_of
from tests.support.crawling import FEW, crawl, post_forms, routes_of, send_empty, without_numbers
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import ROLES, demonstrate
from tests.support.examples import SHARE, sampled
from tests.support.invented_languages import Escaped, editions_in_invented_languages, invented, invented_languages
from tests.support.page_lint import Page, faults_of
from tests.support.sites import Site, answers, post

#: Which reader visits the pages in which language; in `make test`, each reader in one language.
WALKS = sampled([*product(["fr"], (None, *ROLES)), ("ar", None), ("ar", "company")])
#: The language in which forms are sent too.
SENT_IN = {reader: code for code, reader in reversed(WALKS)}
#: A form that would lock out a person whom another test needs.
NOT_SENT = "/steward/people/"


@pytest.fixture(scope="module")
def site(
    demonstrated_file: str, sqlite_files: SqliteFolder, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("invented")
    editions = editions_in_invented_languages(shared_folder)
    with invented_languages(shared_folder):
        site = demonstrate(sqlite_files.copy_of(demonstrated_file), folder, editions)
        yield site
        site.close()


def test_an_invented_text_is_longer_and_keeps_its_placeholders() -> None:
    text = invented("%(num)s of 100 %% are <b>silent</b>", "fr")
    assert text.startswith("⟦%(num)s ") and text.endswith("⟧")
    assert "100 %%" in text and "<b>" in text and "silent" not in text
    assert len(text) > 1.3 * len("%(num)s of 100 %% are <b>silent</b>")


def test_untranslated_words_are_found_and_words_in_brackets_are_not() -> None:
    page = '<html lang="fr"><p>⟦á⟧ Hello <bdi translate="no">Ana</bdi> <a lang="en" title="b">c</a>'
    page += '<i aria-label="Left">⟦x <b>⟦y⟧</b> z⟧ 12 S2 AR 5(1)(bb) Chili</i><br>'
    page += "<svg><text>Score</text></svg></p></html>"
    assert Escaped(page).found == ["Hello", "Left", "Score"]


@pytest.fixture(scope="module")
def walked(site: Site) -> Callable[[str, str | None], tuple[FlaskClient, dict[str, str]]]:
    """A reader's browser and every page that it reached in a language, or some of each route in the second language.

    Each combination is visited once.
    """

    @cache
    def walk(code: str, reader: str | None) -> tuple[FlaskClient, dict[str, str]]:
        client = site.client(reader)
        by_number = SHARE >= 1 and code == "fr"
        kind_of = without_numbers if by_number else routes_of(site.app)
        if SHARE < 1 and reader is not None:
            kind_of = public_as_one_kind(site.app, kind_of)
        return client, crawl(client, f"/{code}/", few=1 if by_number else FEW, kind_of=kind_of)

    return walk


def public_as_one_kind(app: Flask, kind_of: Callable[[str], str]) -> Callable[[str], str]:
    """Return a function that maps public addresses to one kind, and others to theirs.

    A reader then visits the first page and all that is not public. The rest is visited by somebody not signed in.
    """

    def kind(address: str) -> str:
        found = kind_of(address)
        return "public" if PUBLIC in (readers_of(app, found.partition("?")[0]) or ()) else found

    return kind


@pytest.mark.parametrize(("code", "reader"), WALKS)
def test_every_word_of_every_page_is_translated(
    walked: Callable[[str, str | None], tuple[FlaskClient, dict[str, str]]], code: str, reader: str | None
) -> None:
    _client, pages = walked(code, reader)
    assert len(pages) > (60 if SHARE >= 1 else 25)
    assert {address: wrong for address, page in pages.items() if page and (wrong := wrong_with(page))} == {}


@pytest.mark.parametrize("reader", [None, "company", "steward"])
def test_every_word_about_a_refused_form_is_translated(
    walked: Callable[[str, str | None], tuple[FlaskClient, dict[str, str]]], reader: str | None
) -> None:
    client, pages = walked(SENT_IN[reader], reader)
    forms = {action: token for page in pages.values() for action, token in post_forms(page).items()}
    sent = sorted((action for action in forms if NOT_SENT not in action), key=lambda action: "sign-out" in action)
    assert len(sent) > 1
    said = {action: send_empty(client, action, forms[action]) for action in sent}
    assert {action: wrong for action, page in said.items() if (wrong := wrong_with(page.text))} == {}
    assert all("⟦" in page.text for page in said.values())


def test_every_word_of_an_error_page_is_translated(site: Site) -> None:
    for where in ("/fr/nowhere", "/fr/de/law", "/fr/law/nothing", "/ar/method/none"):
        response = site.client().get(where)
        assert response.status_code == 404
        assert wrong_with(response.text) == [], where


def test_every_word_of_a_page_of_questions_with_faults_is_translated(site: Site) -> None:
    number = open_assessment(site)
    faulty = {"profile.size": "nonsense", "about.headquarters": ["DEU", "FRA"]}
    assert wrong_with(sent(site, f"/fr/assessments/{number}/profile", faulty).text) == []
    for theme in ("code", "reach", "charge", "people", "response", "account", "roots"):
        page = site.client("company").get(f"/fr/assessments/{number}/{theme}").text
        shown = [name.partition("#")[0] for name in names_of(page) if name.endswith("#version")]
        given = dict.fromkeys(shown, "nonsense") | {f"{name}#opened": "soon" for name in shown}
        refused = sent(site, f"/fr/assessments/{number}/{theme}", given)
        assert refused.status_code == 200 and 'id="errors"' in refused.text
        assert wrong_with(refused.text) == [], theme


def wrong_with(page: str) -> list[str]:
    return [*Escaped(page).found, *faults_of(page)]


def open_assessment(site: Site) -> int:
    links = Page(site.client("company").get("/assessments").text).links
    return max(int(address.split("/")[2]) for address in links if re.fullmatch(r"/assessments/\d+", address))


def sent(site: Site, where: str, given: dict[str, str | list[str]]) -> TestResponse:
    return post(site.client("company"), where, fields=answers() | versions(given) | given)


def versions(given: dict[str, str | list[str]]) -> dict[str, str]:
    return {f"{name}#version": "0" for name in given if "#" not in name}


def names_of(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('name="')[1:]]
