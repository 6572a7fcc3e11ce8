"""Pages in a language in which something is not translated: they stay up, and mark what is in English."""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from jinja2 import ChoiceLoader, DictLoader
from lxml import html

from compliance.languages import catalogues
from compliance.languages.fallback import END, ENGLISH, MARK, OWN, english
from compliance.languages.formats import country_name, listed, sort_key
from compliance.languages.speaking import gettext, mark_english, ngettext, pgettext, speaking
from tests.page_lint import faults_of
from tests.sites import Site, half_answered
from tests.untranslated import catalogues_without

TRANSLATED = [code for code in catalogues.LANGUAGES if code != catalogues.SOURCE]
#: Taken out of every catalogue: a text, a name in an attribute, a title, one with elements in it, one with a count.
SKIP, MAIN, TITLE = "Skip to the content", "Main", "The law"
HOTLINES = "Directories of hotlines: %(helpline)s, to talk to somebody; %(hotline)s, to report material online."
COVERED = "Requirements of this edition rest on %(covered)s of the %(num)s provisions listed here."
NEW = "Somebody wrote this sentence today."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("fallback")
    with catalogues_without(folder / "po", SKIP, MAIN, TITLE, HOTLINES, COVERED, "Company", new=(NEW,)):
        site = half_answered(folder, code="intent")
        page = "<title>{{ _('%s') }}</title><p title=\"{{ _('%s') }}\">{{ _('%s') }}</p>".replace("%s", NEW)
        own = site.app.jinja_env.loader
        assert own is not None
        site.app.jinja_env.loader = ChoiceLoader([DictLoader({"about/accessibility.html": page}), own])
        yield site
        site.close()


def in_english(page: str) -> list[str]:
    """What a page marks as English, links to English aside."""
    return [" ".join(part.text_content().split()) for part in html.fromstring(page).xpath("//span[@lang='en']")]


# ── Pages


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_sentence_that_is_not_translated_leaves_the_pages_where_they_are(site: Site, code: str) -> None:
    assert code in catalogues.offered()
    for where in ("", "law", "method", "sectors", "sign-in", "privacy"):
        response = site.client().get(f"/{code}/{where}")
        assert response.status_code == 200, where
        assert faults_of(response.text) == [], where


@pytest.mark.parametrize("code", TRANSLATED)
def test_exactly_what_is_in_english_is_marked_where_an_element_may_stand(site: Site, code: str) -> None:
    page = site.client().get(f"/{code}/law").text
    marked = [text for text in in_english(page) if "of it is translated" not in text]
    sought = (re.escape(SKIP), "Requirements of this edition rest on .*", "Directories of hotlines: .*", TITLE)
    assert len(marked) == len(sought)
    assert all(map(re.fullmatch, sought, marked)), marked
    assert "<title>The law · " in page and '<nav aria-label="Main">' in page
    assert not MARK.search(page) and "&lt;span" not in page
    assert (f'<span lang="en" dir="ltr">{SKIP}</span>' in page) == (code == "ar")
    assert (f'<span lang="en">{SKIP}</span>' in page) == (code != "ar")


def test_words_of_the_page_within_an_english_sentence_are_in_the_language_of_the_page_again(site: Site) -> None:
    (sentence,) = html.fromstring(site.client().get("/ar/law").text).xpath("//span[contains(., 'Directories')]")
    assert [(part.tag, part.get("lang")) for part in sentence.xpath("bdi")] == [("bdi", "ar")] * 2
    assert len(sentence.xpath("bdi/a")) == 2


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_new_sentence_is_marked_before_any_catalogue_translates_it(site: Site, code: str) -> None:
    page = site.client().get(f"/{code}/accessibility").text
    direction = ' dir="ltr"' if code == "ar" else ""
    assert page == f'<title>{NEW}</title><p title="{NEW}"><span lang="en"{direction}>{NEW}</span></p>'


def test_pages_in_english_mark_nothing_and_say_nothing_of_translations(site: Site) -> None:
    page = site.client().get("/law").text
    assert in_english(page) == [] and not MARK.search(page) and "translated" not in page


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_page_says_how_much_is_translated(site: Site, code: str) -> None:
    page = html.fromstring(site.client().get(f"/{code}/privacy").text)
    (notice,) = page.xpath("//aside[contains(., '99')]")
    assert re.search(r"99\s*%", notice.text_content())
    assert notice.xpath(".//a[@hreflang='en']")


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_page_of_a_company_is_sound(site: Site, code: str) -> None:
    client = site.client("ana")
    for where in ("profile", "code", "people", "scorecard?as=draft", "check", "explain?as=draft", "improve?as=draft"):
        response = client.get(f"/{code}/assessments/1/{where}")
        assert response.status_code == 200, where
        assert faults_of(response.text) == [], where


# ── What is no page


@pytest.mark.parametrize("code", TRANSLATED)
def test_files_hold_no_mark_and_no_element(site: Site, code: str) -> None:
    client = site.client("ana")
    for where in ("scorecard.csv?as=draft", "scorecard.xlsx?as=draft"):
        response = client.get(f"/{code}/assessments/1/{where}")
        assert response.status_code == 200
        for text in parts_of(response.data):
            assert not MARK.search(text) and "span lang" not in text


def parts_of(content: bytes) -> list[str]:
    """The text of a file, or of each part of a workbook."""
    if not content.startswith(b"PK"):
        return [content.decode()]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return [package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))]


@pytest.mark.parametrize("code", TRANSLATED)
def test_outside_a_page_nothing_is_marked(code: str) -> None:
    with speaking(code):
        assert gettext(NEW) == NEW
        mark_english()
        assert gettext(NEW) == f"{ENGLISH}{NEW}{END}"
        with speaking(code):
            assert gettext(NEW) == english(NEW) == NEW
        assert gettext(NEW) == f"{ENGLISH}{NEW}{END}"
    mark_english()
    assert gettext(NEW) == NEW


def test_every_kind_of_message_is_marked_and_what_is_filled_in_is_told_apart() -> None:
    with speaking("ar"):
        mark_english()
        chad = country_name("TCD")
        assert ngettext("%(num)s new land", "%(num)s new lands", 3) == f"{ENGLISH}3 new lands{END}"
        assert pgettext("nobody", "New") == f"{ENGLISH}New{END}"
        assert gettext("%(n)s of %(land)s", n=7, land=chad) == f"{ENGLISH}7 of {OWN}{chad}{END}{END}"
        assert sort_key(english("Zoo")) == "zoo"
        assert listed([english("a"), "b"]) == f"{ENGLISH}a{END}، b"
