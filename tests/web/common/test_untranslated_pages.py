"""Pages in a language with untranslated texts still work, and mark what is in English."""

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader
from lxml import html

from compliance.languages import interface_messages
from compliance.languages.formats import comma_list, country_name, sort_key
from compliance.languages.interface_messages import (
    ENGLISH_BEGINS,
    MARK,
    MARK_ENDS,
    PAGE_LANGUAGE_BEGINS,
    gettext,
    in_language,
    mark_english_fallbacks,
    marked_english,
    ngettext,
    pgettext,
)
from compliance.questionnaire.loader import find_edition
from compliance.web.caches import empty_caches
from compliance.web.page_text import in_elements
from tests.support.examples import ways
from tests.support.invented_languages import catalogues_in
from tests.support.page_lint import faults_of
from tests.support.quick_walks import LINES, answer
from tests.support.sites import Site, half_answered, make_site, outbox, post, settle
from tests.support.untranslated import catalogues_without, edition_without

TRANSLATED = [code for code in interface_messages.LANGUAGES if code != interface_messages.SOURCE_LANGUAGE]
#: Removed from every catalogue: a text, a name in an attribute, a title, a text with elements, a text with a count.
SKIP, MAIN, TITLE = "Skip to the content", "Main", "The law"
HOTLINES = "Directories of hotlines: %(helpline)s, to talk to somebody; %(hotline)s, to report material online."
COVERED = "Requirements of this edition rest on %(covered)s of the %(num)s provisions listed here."
LINK = "A link to choose a new password"
SAVED = "Everything is saved."
EXPIRES = "The link works for %(within)s. If you did not ask for it, do nothing: your password was not changed."
NEW = "Somebody wrote this sentence today."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("fallback")
    with catalogues_without(folder / "po", SKIP, MAIN, TITLE, HOTLINES, COVERED, SAVED, "Company", new=(NEW,)):
        site = half_answered(folder, code="intent")
        page = "<title>{{ _('%s') }}</title><p title=\"{{ _('%s') }}\">{{ _('%s') }}</p>".replace("%s", NEW)
        own = site.app.jinja_env.loader
        assert own is not None
        site.app.jinja_env.loader = ChoiceLoader([DictLoader({"about/accessibility.html": page}), own])
        yield site
        site.close()


def in_english(page: str) -> list[str]:
    """The texts that a page marks as English, except links to English pages."""
    return [" ".join(part.text_content().split()) for part in html.fromstring(page).xpath("//span[@lang='en']")]


# ── Pages


@pytest.mark.parametrize("code", ways(TRANSLATED, "fr"))
def test_pages_still_work_if_a_sentence_is_not_translated(site: Site, code: str) -> None:
    assert code in interface_messages.offered_languages()
    for where in ("", "law", "method", "sectors", "sign-in", "privacy"):
        response = site.client().get(f"/{code}/{where}")
        assert response.status_code == 200, where
        assert faults_of(response.text) == [], where


@pytest.fixture(scope="module")
def already(site: Site) -> dict[str, Counter[str]]:
    """The English texts on the page of the law in each language with the tool's own catalogues."""
    with catalogues_in(Path(interface_messages.__file__).parents[1] / "translations"):
        empty_caches(site.app)
        found = {code: Counter(in_english(site.client().get(f"/{code}/law").text)) for code in TRANSLATED}
    empty_caches(site.app)
    return found


@pytest.mark.parametrize("code", ways(TRANSLATED, "es"))
def test_exactly_the_english_texts_are_marked_wherever_an_element_is_allowed(
    site: Site, already: dict[str, Counter[str]], code: str
) -> None:
    page = site.client().get(f"/{code}/law").text
    marked = [text for text in Counter(in_english(page)) - already[code] if "of it is translated" not in text]
    sought = (re.escape(SKIP), "Requirements of this edition rest on .*", "Directories of hotlines: .*", TITLE)
    assert len(marked) == len(sought)
    assert all(map(re.fullmatch, sought, marked)), marked
    assert "<title>The law · " in page and '<nav aria-label="Main">' in page
    assert not MARK.search(page) and "&lt;span" not in page
    assert (f'<span lang="en" dir="ltr">{SKIP}</span>' in page) == (code == "ar")
    assert (f'<span lang="en">{SKIP}</span>' in page) == (code != "ar")


def test_translated_words_within_an_english_sentence_are_marked_with_the_language_of_the_page(site: Site) -> None:
    (sentence,) = html.fromstring(site.client().get("/ar/law").text).xpath("//span[contains(., 'Directories')]")
    assert [(part.tag, part.get("lang")) for part in sentence.xpath("bdi")] == [("bdi", "ar")] * 2
    assert len(sentence.xpath("bdi/a")) == 2


@pytest.mark.parametrize("code", ways(TRANSLATED, "ar"))
def test_a_new_sentence_is_marked_before_any_catalogue_translates_it(site: Site, code: str) -> None:
    page = site.client().get(f"/{code}/accessibility").text
    direction = ' dir="ltr"' if code == "ar" else ""
    assert page == f'<title>{NEW}</title><p title="{NEW}"><span lang="en"{direction}>{NEW}</span></p>'


def test_a_language_with_too_little_translated_has_no_pages(tmp_path: Path) -> None:
    said = [message.id for message in interface_messages.catalogue("fr") if isinstance(message.id, str) and message.id]
    with catalogues_without(tmp_path / "po", *said[: len(said) // 8]):
        assert interface_messages.offered_languages() == ("en",)
        site = make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path)
        assert [site.client().get(f"/{code}/law").status_code for code in TRANSLATED] == [404, 404, 404]
        assert "hreflang" not in site.client().get("/law").text
        site.close()


def test_english_pages_mark_nothing_and_do_not_mention_translations(site: Site) -> None:
    page = site.client().get("/law").text
    assert in_english(page) == [] and not MARK.search(page) and "translated" not in page


@pytest.mark.parametrize("code", ways(TRANSLATED, "fr"))
def test_a_page_says_how_much_is_translated(site: Site, code: str) -> None:
    page = html.fromstring(site.client().get(f"/{code}/privacy").text)
    (notice,) = page.xpath("//aside[contains(., '%')]")
    share = math.floor(100 * interface_messages.translated_share(code))
    assert 90 <= share < 100 and re.search(rf"\b{share}\s*%", notice.text_content())
    assert notice.xpath(".//a[@hreflang='en']")


@pytest.mark.parametrize("code", ways(TRANSLATED, "es"))
def test_a_message_for_the_next_page_is_marked_if_that_is_in_another_language(site: Site, code: str) -> None:
    client = site.client("ana")
    for read_in, there in ((f"/{code}", [SAVED]), ("", [])):
        post(client, f"/{code}/assessments/1/people", next="stop")
        page = client.get(f"{read_in}/assessments/1/profile").text
        assert SAVED in page and not MARK.search(page)
        assert [text for text in in_english(page) if text == SAVED] == there


@pytest.mark.parametrize("code", ways(TRANSLATED, "ar"))
def test_every_page_of_a_company_is_valid(site: Site, code: str) -> None:
    client = site.client("ana")
    for where in ("profile", "code", "people", "scorecard?as=draft", "check", "explain?as=draft", "improve?as=draft"):
        response = client.get(f"/{code}/assessments/1/{where}")
        assert response.status_code == 200, where
        assert faults_of(response.text) == [], where


# ── Questionnaires and law


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("quick")
    names = ("child-protection-quick", "child-protection-2026")
    editions = [edition_without(name, folder, "r03.quick", "crc", "crc-34") for name in names]
    site = make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=editions)
    yield site
    site.close()


@pytest.mark.parametrize("code", ways(TRANSLATED, "fr"))
def test_each_untranslated_text_of_a_draft_is_in_english_and_marked(quick: Site, code: str) -> None:
    client = quick.client()
    own = "Do all your rules protect everyone under 18 from sexual exploitation, whatever the local age of consent?"
    pages = [client.get(f"/{code}/quick/{number}").text for number in range(2, 13)]
    (asked,) = (page for page in pages if own in page)
    assert own in in_english(asked)
    law = client.get(f"/{code}/law/crc").text
    assert "Convention on the Rights of the Child" in in_english(law)
    assert re.search("<title>\u2068?CRC", law)
    for page in (*pages, law):
        assert faults_of(page) == []
        assert not MARK.search(page)


@pytest.mark.parametrize("code", ways(TRANSLATED, "es"))
def test_a_workbook_has_the_english_texts_of_a_draft_without_a_mark(quick: Site, code: str) -> None:
    client = quick.client()
    edition = find_edition("child-protection-quick")
    for number, line in enumerate(LINES, 1):
        answer(client, edition, number, line)
    assert client.get(f"/{code}/quick/result").status_code == 200  # texts of pages are cached with their marks
    parts = parts_of(client.get(f"/{code}/quick/result.xlsx").data)
    assert any("Do all your rules protect everyone under 18" in text for text in parts)
    assert not any(MARK.search(text) for text in parts)


# ── Files and e-mails


@pytest.mark.parametrize("code", ways(TRANSLATED, "ar"))
def test_files_contain_no_marks_and_no_elements(site: Site, code: str) -> None:
    client = site.client("ana")
    for where in ("scorecard.csv?as=draft", "scorecard.xlsx?as=draft"):
        response = client.get(f"/{code}/assessments/1/{where}")
        assert response.status_code == 200
        for text in parts_of(response.data):
            assert not MARK.search(text) and "span lang" not in text


def test_mails_contain_no_marks_and_no_elements(tmp_path: Path) -> None:
    config = {"ADDRESS": "http://localhost", "MAIL_SERVER": "mail.example.org"}
    with catalogues_without(tmp_path / "po", LINK, EXPIRES):
        site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, **config))
        form = "/ar/account/forgotten"
        assert post(site.client(), form, form_at=form, email="ana@example.org").status_code in (200, 302)
        (mail,) = outbox(site)
        site.close()
    assert mail.subject == LINK
    for text in (mail.subject, mail.text):
        assert not MARK.search(text) and "<" not in text
    assert not MARK.search(mail.html) and "<span" not in mail.html
    assert "The link works for " in mail.text and EXPIRES.partition(". ")[2] in mail.text


def parts_of(content: bytes) -> list[str]:
    """The text of a file, or the texts of all parts of a workbook."""
    if not content.startswith(b"PK"):
        return [content.decode()]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return [package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))]


@pytest.mark.parametrize("code", ways(TRANSLATED, "fr"))
def test_nothing_is_marked_outside_of_pages(code: str) -> None:
    with in_language(code):
        assert gettext(NEW) == NEW
        mark_english_fallbacks()
        assert gettext(NEW) == f"{ENGLISH_BEGINS}{NEW}{MARK_ENDS}"
        with in_language(code):
            assert gettext(NEW) == marked_english(NEW) == NEW
        assert gettext(NEW) == f"{ENGLISH_BEGINS}{NEW}{MARK_ENDS}"
    mark_english_fallbacks()
    assert gettext(NEW) == NEW


def test_every_kind_of_message_is_marked_and_values_filled_in_are_distinguished() -> None:
    with in_language("ar"):
        mark_english_fallbacks()
        chad = country_name("TCD")
        assert ngettext("%(num)s new land", "%(num)s new lands", 3) == f"{ENGLISH_BEGINS}3 new lands{MARK_ENDS}"
        assert pgettext("nobody", "New") == f"{ENGLISH_BEGINS}New{MARK_ENDS}"
        assert (
            gettext("%(n)s of %(land)s", n=7, land=chad)
            == f"{ENGLISH_BEGINS}7 of {PAGE_LANGUAGE_BEGINS}{chad}{MARK_ENDS}{MARK_ENDS}"
        )
        assert sort_key(marked_english("Zoo")) == "zoo"
        assert comma_list([marked_english("a"), "b"]) == f"{ENGLISH_BEGINS}a{MARK_ENDS}، b"


# ── Marks on a page


@pytest.mark.parametrize(
    ("marked", "page"),
    [
        ("<p>⟦Hello⟧</p>", '<p><span lang="en">Hello</span></p>'),
        ("<p>⟦Of ⟨la loi⟧⟧</p>", '<p><span lang="en">Of <bdi lang="fr">la loi</bdi></span></p>'),
        ("<p>⟦A⟧, ⟦B⟧</p>", '<p><span lang="en">A</span>, <span lang="en">B</span></p>'),
        ("<a title=\"a > ⟦b⟧\" href='⟦c⟧'>⟦d⟧</a>", '<a title="a > b" href=\'c\'><span lang="en">d</span></a>'),
        ("<title>⟦A⟧</title><option>⟦B⟧</option>", "<title>A</title><option>B</option>"),
        ("<textarea>⟦A⟧</textarea><b>⟦B⟧</b>", '<textarea>A</textarea><b><span lang="en">B</span></b>'),
        ("<svg><title>⟦A⟧</title><text x='1'>⟦B⟧</text></svg>", "<svg><title>A</title><text x='1'>B</text></svg>"),
        ("<p>⟧typed⟦</p>", "<p>typed</p>"),
        ("<p>3 &lt; 4 ⟦A⟧</p>", '<p>3 &lt; 4 <span lang="en">A</span></p>'),
    ],
)
def test_marks_become_elements_or_nothing(marked: str, page: str) -> None:
    assert (
        in_elements(marked.translate(str.maketrans("⟦⟨⟧", ENGLISH_BEGINS + PAGE_LANGUAGE_BEGINS + MARK_ENDS)), "fr")
        == page
    )
